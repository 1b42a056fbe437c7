//! How well rows that a model has made agree with the answer that is to be explained.

use std::hash::BuildHasher;

use crate::rows::{ByKey, Key, Rows, Values};

/// Says what a set of rules is worth in one half of the rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Score {
    /// Rows in which answer and reference differ.
    pub(crate) differing: u64,
    /// Of these, those that are as the rules say.
    pub(crate) explained: u64,
    /// Rows in which answer and reference are the same, and the rules say otherwise.
    pub(crate) spoiled: u64,
    /// Rows that the rules give, and that the answer has.
    pub(crate) given: u64,
}

impl Score {
    pub(crate) fn gain(self) -> i64 {
        self.explained.cast_signed() - self.spoiled.cast_signed()
    }

    /// Says whether it accounts for most of what differs, and spoils hardly anything. That rows are lacking is as any rules say
    /// that give no rows, so some of what they give has to be there.
    ///
    /// Of a number that rows have suggested, another would always give some of them: it has to give nearly all.
    pub(crate) fn holds(self, has_number: bool) -> bool {
        let most = if has_number { self.differing * 9 / 10 } else { self.differing / 2 };
        let has_most = self.explained > most && self.spoiled * 20 <= self.explained;
        has_most && (self.is_exact() || self.given * 20 >= self.explained)
    }

    /// Says whether all that differs is as the rules say, and nothing else.
    pub(crate) fn is_exact(self) -> bool {
        self.explained == self.differing && self.spoiled == 0 && self.given > 0
    }

    pub(crate) fn plus(self, other: Self) -> Self {
        Self {
            differing: self.differing + other.differing,
            explained: self.explained + other.explained,
            spoiled: self.spoiled + other.spoiled,
            given: self.given + other.given,
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
}

/// Answer and reference beside each other, so that many answers can be held against them.
#[derive(Debug)]
pub(crate) struct Board {
    rows: ByKey<Place>,
    /// Says what rules are worth that give no rows at all.
    empty: [Score; 2],
}

/// A row of either.
#[derive(Debug)]
struct Place {
    half: u8,
    differs: bool,
    answer: Option<Values>,
}

impl Place {
    fn of(key: &Key, reference: Option<&Values>, answer: Option<&Values>) -> Self {
        Self { half: half(key) as u8, differs: reference != answer, answer: answer.copied() }
    }

    /// Adds what it is worth that rules say this of the row, or takes it away.
    fn tell(&self, scores: &mut [Score; 2], said: Option<&Values>, by: i64) {
        let score = &mut scores[usize::from(self.half)];
        let is_as_said = said == self.answer.as_ref();
        let count = match (self.differs, is_as_said) {
            (true, true) => &mut score.explained,
            (false, false) => &mut score.spoiled,
            (true, false) | (false, true) => return,
        };
        *count = count.saturating_add_signed(by);
    }
}

impl Board {
    pub(crate) fn new(both: &Both) -> Self {
        let lacking = both.reference.iter().filter(|(key, _)| !both.answer.contains_key(*key));
        let mine =
            both.answer.iter().map(|(key, own)| (*key, Place::of(key, both.reference.get(key), Some(own))));
        let lacking = lacking.map(|(key, other)| (*key, Place::of(key, Some(other), None)));
        let rows: ByKey<Place> = mine.chain(lacking).collect();
        let mut empty = [Score::default(); 2];
        for place in rows.values() {
            empty[usize::from(place.half)].differing += u64::from(place.differs);
            place.tell(&mut empty, None, 1);
        }
        Self { rows, empty }
    }

    /// Holds rows against both; the score of each half.
    pub(crate) fn score(&self, rows: &Rows) -> [Score; 2] {
        let mut scores = self.empty;
        for (key, values) in rows {
            let Some(place) = self.rows.get(key) else {
                scores[half(key)].spoiled += 1;
                continue;
            };
            place.tell(&mut scores, None, -1);
            place.tell(&mut scores, Some(values), 1);
            scores[usize::from(place.half)].given += u64::from(place.answer.as_ref() == Some(values));
        }
        scores
    }
}
