//! Where rows are delivered outside of the store, as a checkpoint's steps see it: positions that only grow, and what
//! stands behind one.

use std::path::Path;

use super::{
    RecoveryError,
    bytes::Bytes,
    epochs::{self, Epochs},
    sink::Sink,
};

/// Holds what the world outside sees of a run: bytes in a file, or epochs of rows in a sink elsewhere.
///
/// A position is a number of bytes, or of epochs. What stands before one is known by its hash.
pub struct Output(Kind);

enum Kind {
    Bytes(Box<Bytes>),
    Epochs(Epochs),
}

impl Output {
    /// Bytes that live as long as this value.
    pub fn in_memory() -> Self {
        Self(Kind::Bytes(Box::new(Bytes::in_memory())))
    }

    /// The file at `path`, made if it isn't there.
    pub fn open(path: &Path) -> std::io::Result<Self> {
        Ok(Self(Kind::Bytes(Box::new(Bytes::open(path)?))))
    }

    /// Epochs in a sink elsewhere.
    pub fn into(sink: Box<dyn Sink>) -> Self {
        Self(Kind::Epochs(Epochs::new(sink)))
    }

    /// Takes over, if the sink asks for that: the number by which the writer is known.
    pub(super) fn take_over(&mut self) -> Result<u64, RecoveryError> {
        match &mut self.0 {
            Kind::Bytes(_) => Ok(0),
            Kind::Epochs(epochs) => epochs.take_over(),
        }
    }

    /// Returns the position behind all that was delivered.
    pub fn end(&self) -> u64 {
        match &self.0 {
            Kind::Bytes(bytes) => bytes.end(),
            Kind::Epochs(epochs) => epochs.end(),
        }
    }

    /// Returns the position behind `rows` that stand at `at`.
    pub(super) fn behind(&self, at: u64, rows: &[u8]) -> u64 {
        match &self.0 {
            Kind::Bytes(_) => at + rows.len() as u64,
            Kind::Epochs(_) => at + u64::from(!rows.is_empty()),
        }
    }

    /// Returns a position in words.
    pub(super) fn counted(&self, position: u64) -> String {
        let unit = if self.is_elsewhere() { "epochs" } else { "bytes" };
        format!("{position} {unit}")
    }

    /// Delivers `rows` at position `at`, which is at most its end: the same again changes nothing.
    pub(super) fn deliver(&mut self, writer: u64, at: u64, rows: &[u8]) -> Result<(), RecoveryError> {
        match &mut self.0 {
            Kind::Bytes(bytes) => Ok(bytes.write_at(at, rows)?),
            Kind::Epochs(epochs) => epochs.deliver(writer, at, rows),
        }
    }

    /// Cuts off what stands behind `end`. Whether there was anything.
    pub(super) fn cut(&mut self, end: u64) -> Result<bool, RecoveryError> {
        match &mut self.0 {
            Kind::Bytes(bytes) => Ok(bytes.cut(end)?),
            Kind::Epochs(epochs) => epochs.cut(end),
        }
    }

    /// Cuts what follows the last whole row behind position `from`. Whether there was anything.
    pub(super) fn cut_torn(&mut self, from: u64) -> Result<bool, RecoveryError> {
        match &mut self.0 {
            Kind::Bytes(bytes) => {
                let all = bytes.read()?;
                Ok(bytes.cut(from + whole_rows(&all[from as usize..]) as u64)?)
            }
            // An epoch is there or it isn't.
            Kind::Epochs(_) => Ok(false),
        }
    }

    /// Returns whether behind position `at` stands nothing but what `rows` begin with.
    pub(super) fn ends_within(&mut self, at: u64, rows: &[u8]) -> Result<bool, RecoveryError> {
        match &mut self.0 {
            Kind::Bytes(bytes) => Ok(rows.starts_with(&bytes.read()?[at as usize..])),
            Kind::Epochs(epochs) => Ok(epochs.ends_within(at, rows)),
        }
    }

    /// Leaves half of `rows`, as a crash in the middle of delivering does.
    pub(super) fn tear(&mut self, rows: &[u8]) -> Result<(), RecoveryError> {
        match &mut self.0 {
            Kind::Bytes(bytes) => Ok(bytes.tear(rows)?),
            Kind::Epochs(_) => Err(RecoveryError::Whole),
        }
    }

    /// Makes what was delivered survive a power cut.
    pub(super) fn sync(&mut self) -> Result<(), RecoveryError> {
        match &mut self.0 {
            Kind::Bytes(bytes) => Ok(bytes.sync()?),
            // An epoch that was delivered is.
            Kind::Epochs(_) => Ok(()),
        }
    }

    /// Leaves what a power cut does.
    pub(super) fn lose_unsynced(&mut self) -> Result<bool, RecoveryError> {
        match &mut self.0 {
            Kind::Bytes(bytes) => Ok(bytes.lose_unsynced()?),
            Kind::Epochs(_) => Ok(false),
        }
    }

    /// The hash of all that was delivered.
    pub(super) fn running_hash(&mut self) -> Result<blake3::Hash, RecoveryError> {
        match &mut self.0 {
            Kind::Bytes(bytes) => Ok(bytes.running_hash()?),
            Kind::Epochs(epochs) => Ok(epochs.hash_to(epochs.end())),
        }
    }

    /// The hash of what stands before `end`.
    pub(super) fn hash_to(&mut self, end: u64) -> Result<blake3::Hash, RecoveryError> {
        match &mut self.0 {
            Kind::Bytes(bytes) => Ok(bytes.hash_to(end)?),
            Kind::Epochs(epochs) => Ok(epochs.hash_to(end)),
        }
    }

    /// Returns whether it still holds what was delivered, as far as that can be seen without reading rows.
    pub(super) fn is_untouched(&mut self) -> Result<bool, RecoveryError> {
        match &mut self.0 {
            Kind::Bytes(bytes) => Ok(bytes.is_untouched()?),
            // Its rows are read in any case.
            Kind::Epochs(_) => Ok(true),
        }
    }

    /// Returns whether the rows have to be read back, whoever delivered them.
    pub(super) fn is_elsewhere(&self) -> bool {
        matches!(self.0, Kind::Epochs(_))
    }

    /// How many rows were delivered, where more may have been than stand there now.
    pub(super) fn delivered_rows(&self) -> Option<u64> {
        match &self.0 {
            Kind::Bytes(_) => None,
            Kind::Epochs(epochs) => Some(epochs.rows()),
        }
    }

    /// All rows that stand there, as lines.
    pub fn read(&mut self) -> Result<Vec<u8>, RecoveryError> {
        match &mut self.0 {
            Kind::Bytes(bytes) => Ok(bytes.read()?),
            Kind::Epochs(epochs) => epochs.read(),
        }
    }

    /// Removes what was made elsewhere for the run; a file is its folder's business.
    pub fn remove(&mut self) -> Result<(), RecoveryError> {
        match &mut self.0 {
            Kind::Bytes(_) => Ok(()),
            Kind::Epochs(epochs) => epochs.remove(),
        }
    }
}

pub use epochs::columns;

/// Returns how many bytes of `lines` are whole rows of CSV.
fn whole_rows(lines: &[u8]) -> usize {
    let (mut is_quoted, mut whole) = (false, 0);
    for (at, byte) in lines.iter().enumerate() {
        match byte {
            b'"' => is_quoted = !is_quoted,
            b'\n' if !is_quoted => whole = at + 1,
            _ => {}
        }
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::whole_rows;

    #[test]
    fn a_torn_row_is_told_from_a_line_within_quotes() {
        for (lines, whole) in [
            (&b""[..], 0),
            (b"1,a", 0),
            (b"1,a\n", 4),
            (b"1,a\n2,", 4),
            (b"1,\"a\nb\"\n2", 8),
            (b"1,\"a\nb", 0),
            (b"1,\"\"\"\n\"\n", 8),
        ] {
            assert_eq!(whole_rows(lines), whole, "{}", lines.escape_ascii());
        }
    }
}
