//! How well rows that a model has made agree with the answer that is to be explained.

use std::hash::BuildHasher;

use crate::rows::{Key, Rows, Values};

/// What a set of rules is worth in one half of the rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Score {
    /// Rows in which answer and reference differ.
    pub(crate) differing: u64,
    /// Of these, those that are as the rules say.
    pub(crate) explained: u64,
    /// Rows in which answer and reference are the same, and the rules say otherwise.
    pub(crate) spoiled: u64,
}

impl Score {
    pub(crate) fn gain(self) -> i64 {
        self.explained.cast_signed() - self.spoiled.cast_signed()
    }

    /// Says whether it accounts for most of what differs, and spoils hardly anything.
    pub(crate) fn holds(self) -> bool {
        self.explained * 2 > self.differing && self.spoiled * 20 <= self.explained
    }

    pub(crate) fn plus(self, other: Self) -> Self {
        Self {
            differing: self.differing + other.differing,
            explained: self.explained + other.explained,
            spoiled: self.spoiled + other.spoiled,
        }
    }
}

/// The answer and the reference, restricted to some keys.
#[derive(Debug)]
pub(crate) struct Both {
    pub(crate) answer: Rows,
    pub(crate) reference: Rows,
}

/// Says in which half a row is: rules are sought in the first, and the second is held out. By the row's key, so that it's the
/// same each time.
pub(crate) fn half(key: &Key) -> usize {
    let hash = foldhash::fast::FixedState::with_seed(0x5eed).hash_one(key);
    usize::from(hash >> 63 == 1)
}

impl Both {
    /// Takes the rows that `is_in` names.
    pub(crate) fn restricted(&self, is_in: impl Fn(&Key) -> bool) -> Self {
        let some = |rows: &Rows| {
            rows.iter().filter(|(key, _)| is_in(key)).map(|(key, values)| (*key, *values)).collect()
        };
        Self { answer: some(&self.answer), reference: some(&self.reference) }
    }

    /// The keys of rows that differ, each with what the reference and the answer have.
    pub(crate) fn differing(&self) -> impl Iterator<Item = (&Key, Option<&Values>, Option<&Values>)> {
        let mine = self.answer.iter().map(|(key, values)| (key, self.reference.get(key), Some(values)));
        let lacking = self.reference.iter().filter(|(key, _)| !self.answer.contains_key(*key));
        let lacking = lacking.map(|(key, values)| (key, Some(values), None));
        mine.chain(lacking).filter(|(_, reference, answer)| reference != answer)
    }

    /// The keys of rows that differ otherwise than these rows say.
    pub(crate) fn left<'a>(&'a self, rows: &'a Rows) -> impl Iterator<Item = &'a Key> {
        self.differing().filter(|(key, _, answer)| rows.get(*key) != *answer).map(|(key, ..)| key)
    }

    /// Holds rows against both; the score of each half.
    pub(crate) fn score(&self, rows: &Rows) -> [Score; 2] {
        let mut scores = [Score::default(); 2];
        let mut judge = |key: &Key, reference: Option<&Values>, answer: Option<&Values>| {
            let score = &mut scores[half(key)];
            let is_as_said = rows.get(key) == answer;
            if reference == answer {
                score.spoiled += u64::from(!is_as_said);
            } else {
                score.differing += 1;
                score.explained += u64::from(is_as_said);
            }
        };
        for (key, values) in &self.answer {
            judge(key, self.reference.get(key), Some(values));
        }
        for (key, values) in &self.reference {
            if !self.answer.contains_key(key) {
                judge(key, Some(values), None);
            }
        }
        for key in rows.keys() {
            if !self.answer.contains_key(key) && !self.reference.contains_key(key) {
                judge(key, None, None);
            }
        }
        scores
    }
}
