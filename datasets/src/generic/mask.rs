//! Hides values: each becomes a keyed hash of itself, so that equal ones stay equal and none can be read.

/// So many hexadecimal digits stand for a value.
pub(super) const DIGITS: usize = 16;
/// Tells our hashes from those that others make with one key.
const CONTEXT: &str = "counterpoint 2026-11 masked values";

/// The key of a mask, and the columns that it lies on.
pub(super) struct Mask {
    key: [u8; 32],
    columns: Vec<bool>,
}

impl Mask {
    /// Returns the mask of columns; a secret of any length makes its key, and without one the key is forgotten with it.
    pub(super) fn new(secret: Option<&[u8]>, columns: Vec<bool>) -> std::io::Result<Self> {
        let key = if let Some(secret) = secret {
            blake3::derive_key(CONTEXT, secret)
        } else {
            let mut key = [0; 32];
            getrandom::fill(&mut key).map_err(std::io::Error::other)?;
            key
        };
        Ok(Self { key, columns })
    }

    /// Returns whether the column there is hidden.
    pub(super) fn hides(&self, column: usize) -> bool {
        self.columns[column]
    }

    /// Returns what stands for a value. All stand-ins have one length, so none is the beginning of another.
    pub(super) fn hide(&self, value: &[u8]) -> [u8; DIGITS] {
        let hash = blake3::keyed_hash(&self.key, value);
        let mut digits = [0; DIGITS];
        digits.copy_from_slice(&hash.to_hex().as_bytes()[..DIGITS]);
        digits
    }
}
