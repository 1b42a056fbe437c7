//! Says what is wrong with a file; a panic of the library below is one of the ways to find out.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Once;

use datasets::{Error, Place};
use parquet::errors::ParquetError;

/// A message that names neither file nor row yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) message: String,
    pub(crate) hint: Option<&'static str>,
}

impl Fault {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), hint: None }
    }

    pub(crate) fn with_hint(mut self, hint: &'static str) -> Self {
        self.hint = Some(hint);
        self
    }

    pub(crate) fn of_encryption() -> Self {
        Self::new("the Parquet file is encrypted, which isn't read")
            .with_hint("write it again without encryption")
    }

    /// Puts the name of the column at fault before the message.
    pub(crate) fn of_column(self, name: &str) -> Self {
        Self { message: format!("column '{}': {}", datasets::short_name(name), self.message), ..self }
    }

    /// Returns the error of a file as a whole.
    pub(crate) fn in_file(self, path: &Path) -> Error {
        let hint = self.hint.map(str::to_owned);
        Error::Input { place: Place::file(path), message: self.message, hint }
    }

    /// Returns the error of a row, counted from 1.
    pub(crate) fn in_row(self, path: &Path, row: u64) -> Error {
        let hint = self.hint.map(str::to_owned);
        Error::Input { place: Place::line(path, row), message: self.message, hint }
    }
}

impl From<ParquetError> for Fault {
    fn from(error: ParquetError) -> Self {
        let text = error.to_string();
        let cause = ["Parquet error: ", "EOF: ", "NYI: ", "External: "]
            .iter()
            .fold(text.as_str(), |text, prefix| text.strip_prefix(prefix).unwrap_or(text));
        let shown = datasets::shown(cause);
        let has = |words: &[&str]| words.iter().any(|word| cause.contains(word));
        match &error {
            ParquetError::NYI(_) => Self::new(format!("it is written in a way that isn't read: {shown}")),
            _ if has(&["encrypt", "Encrypt"]) => Self::of_encryption(),
            _ if has(&["Encoding", "encoding"]) => {
                Self::new(format!("an encoding that isn't known or doesn't fit: {shown}"))
            }
            _ if has(&["Codec", "codec"]) => Self::new(format!("a compression that isn't known: {shown}")),
            _ => Self::new(format!("the file is damaged or cut: {shown}")),
        }
    }
}

thread_local! {
    static IS_HUSHED: Cell<bool> = const { Cell::new(false) };
}

/// Calls into the library below, whose panics are faults of the file that it reads: nothing of them is printed.
pub(crate) fn caught<T>(read: impl FnOnce() -> Result<T, Fault>) -> Result<T, Fault> {
    static HUSH: Once = Once::new();
    HUSH.call_once(|| {
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if !IS_HUSHED.get() {
                usual(panic);
            }
        }));
    });
    IS_HUSHED.set(true);
    // Whatever was read is dropped with the error.
    let read = catch_unwind(AssertUnwindSafe(read));
    IS_HUSHED.set(false);
    read.unwrap_or_else(|_| Err(Fault::new("the file is damaged: its parts contradict each other")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_a_fault() {
        let fault = caught::<()>(|| panic!("index out of bounds")).expect_err("it panics");
        assert!(fault.message.contains("damaged"), "{fault:?}");
        assert_eq!(caught(|| Ok(1)), Ok(1));
    }
}
