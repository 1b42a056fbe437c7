//! Keeps all records of some keys: a key is in by its hash, whatever stands beside it.

use std::collections::HashSet;

use crate::error::Error;

/// Tells our hashes from those that others make with one seed.
const CONTEXT: &str = "counterpoint 2026-11 sample by key";
/// Percent are given with so many decimals at most.
const MOST_DECIMALS: usize = 6;

/// A share of keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sample {
    /// The share as it was given: `1%`.
    pub(crate) share: String,
    /// Millionths of a percent.
    parts: u64,
    /// The seed that decides which keys are in.
    pub(crate) seed: u64,
}

impl Sample {
    /// Returns the sample of a share such as `1%` or `0.05%`.
    pub fn new(share: &str, seed: u64) -> Result<Self, Error> {
        let wrong = || {
            Error::usage(format!("a sample can't be `{}`", crate::shown(share)))
                .with_hint("say which share of the keys, such as `1%`: above 0 and at most 100%".to_owned())
        };
        let number = share.strip_suffix('%').ok_or_else(wrong)?;
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        let digits = format!("{whole}{fraction:0<MOST_DECIMALS$}");
        let is_number = whole.bytes().chain(fraction.bytes()).all(|byte| byte.is_ascii_digit());
        if !is_number || whole.is_empty() || fraction.len() > MOST_DECIMALS {
            return Err(wrong());
        }
        let parts: u64 = digits.parse().map_err(|_| wrong())?;
        let share = share.to_owned();
        if (1..=Self::ALL).contains(&parts) { Ok(Self { share, parts, seed }) } else { Err(wrong()) }
    }

    /// All keys, in millionths of a percent.
    const ALL: u64 = 100_000_000;
}

/// Decides of each record whether it is kept.
pub(super) struct Sampler {
    key: [u8; 32],
    /// Hashes below this are in.
    limit: u128,
    columns: Vec<usize>,
    /// The keys that were kept, by their hashes.
    kept: HashSet<[u8; 16]>,
    text: Vec<u8>,
    pub(super) seen: u64,
}

impl Sampler {
    pub(super) fn new(sample: &Sample, columns: Vec<usize>) -> Self {
        let limit = (u128::from(sample.parts) << 64) / u128::from(Sample::ALL);
        let key = blake3::derive_key(CONTEXT, &sample.seed.to_le_bytes());
        Self { key, limit, columns, kept: HashSet::new(), text: Vec::new(), seen: 0 }
    }

    /// Returns whether a record is kept; `field` appends a field's value.
    pub(super) fn keeps(&mut self, field: impl Fn(usize, &mut Vec<u8>)) -> bool {
        self.seen += 1;
        let mut hasher = blake3::Hasher::new_keyed(&self.key);
        for &column in &self.columns {
            self.text.clear();
            field(column, &mut self.text);
            // The length keeps `a`, `bc` and `ab`, `c` apart.
            hasher.update(&(self.text.len() as u64).to_le_bytes());
            hasher.update(&self.text);
        }
        let hash = hasher.finalize();
        let (mut head, mut id) = ([0; 8], [0; 16]);
        head.copy_from_slice(&hash.as_bytes()[..8]);
        id.copy_from_slice(&hash.as_bytes()[..16]);
        let is_in = u128::from(u64::from_le_bytes(head)) < self.limit;
        if is_in {
            self.kept.insert(id);
        }
        is_in
    }

    /// Returns how many keys were kept.
    pub(super) fn keys(&self) -> u64 {
        self.kept.len() as u64
    }
}
