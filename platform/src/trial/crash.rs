//! Names a job of this process that panics: the program can't go on, but it can say whose code it was.

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
};

use replay::{Control, Panicked};

use crate::error::Error;

/// Does what has jobs of this process work, which the control watches; `name` says what the one with this number is called.
pub(crate) fn naming<T>(
    control: &Control,
    name: impl Fn(usize) -> String,
    work: impl FnOnce() -> Result<T, Error>,
) -> Result<T, Error> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| match control.panicked() {
        Some(Panicked { which, first, end }) => {
            let at = match end - first {
                0 => format!("when it concluded after {first} records"),
                1 => format!("at record {first}"),
                _ => format!("at one of the records {first} to {}", end - 1),
            };
            let said = datasets::shown(&said(&*panic)).to_string();
            Err(Error::Crashed(format!("the {} panicked {at}: {said}", name(which))))
        }
        // It was no job.
        None => resume_unwind(panic),
    })
}

/// Describes what a panic said.
pub(crate) fn said(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "a panic".to_owned())
}
