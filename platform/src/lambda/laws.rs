//! The laws of a merge, tried on the user's own records before anything is served by it.

use batch::Merge;
use compare::RowDifference;
use datasets::{Answer, Record, SplitMix64, Table};

use crate::{error::Error, problem::Work, trial::Trial};

/// Random splits are tried on so many records at most, and so many of them.
const MOST_RECORDS: usize = 20_000;
const SPLITS: u64 = 16;

/// A merge, and the records that it is tried on.
pub(super) struct Laws<'a, R: Record> {
    pub(super) trial: &'a Trial<'a, R>,
    pub(super) merge: Merge,
}

impl<R: Record> Laws<'_, R> {
    /// Tries identity, associativity, and that any split equals the whole: at these boundaries over all records, and at
    /// random over some. Returns how many splits were tried.
    ///
    /// # Errors
    ///
    /// With the smallest split that breaks a law.
    pub(super) fn hold(&self, boundaries: &[u64]) -> Result<u64, Error> {
        let all = self.trial.arranged.records.len();
        let some = all.min(MOST_RECORDS);
        let mut random = SplitMix64::new(self.trial.plan.replay.seed);
        let mut tried = 0;
        for &boundary in boundaries {
            self.split(0, boundary as usize, all)?;
            tried += 1;
        }
        let whole = self.answer(0, some)?;
        let empty = whole.without_rows();
        if self.merged(&empty, &whole) != whole || self.merged(&whole, &empty) != whole {
            return Err(self.broken("identity", "merged with an empty answer, an answer is not what it was"));
        }
        if some < 2 {
            return Ok(tried);
        }
        for _ in 0..SPLITS {
            let mut at = || random.uniform(1, some as u64 - 1) as usize;
            let (one, other) = (at(), at());
            let (first, second) = (one.min(other), one.max(other));
            self.split(0, first, some)?;
            let [a, b, c] =
                [(0, first), (first, second), (second, some)].map(|(from, to)| self.answer(from, to));
            let (a, b, c) = (a?, b?, c?);
            if self.merged(&self.merged(&a, &b), &c) != self.merged(&a, &self.merged(&b, &c)) {
                let parts = format!("records 0..{first}, {first}..{second} and {second}..{some}");
                return Err(self.broken(
                    "associativity",
                    &format!("{parts} merge to two answers, depending on which two are merged first"),
                ));
            }
            tried += 1;
        }
        Ok(tried)
    }

    /// Tries one split of the records from `from` to `to`.
    fn split(&self, from: usize, at: usize, to: usize) -> Result<(), Error> {
        if self.splits_well((from, at, to))? {
            return Ok(());
        }
        let (from, at, to) = self.smallest((from, at, to))?;
        let (whole, merged) =
            (self.answer(from, to)?, self.merged(&self.answer(from, at)?, &self.answer(at, to)?));
        let keys = &self.trial.loaded.keys;
        let found = compare::compare_answers(&whole, &merged, keys, compare::Rules::EXACT);
        let first = found.examples.into_iter().next().map(RowDifference::from);
        let first = first.as_ref().map_or_else(String::new, told);
        Err(self.broken(
            "any split equals the whole",
            &format!("the answers to records {from}..{at} and {at}..{to} merge to another one than that to {from}..{to}{first}"),
        ))
    }

    fn splits_well(&self, (from, at, to): (usize, usize, usize)) -> Result<bool, Error> {
        Ok(self.merged(&self.answer(from, at)?, &self.answer(at, to)?) == self.answer(from, to)?)
    }

    /// Leaves out records at both ends as long as the split still breaks the law: a half of them, a quarter, and so on.
    fn smallest(&self, split: (usize, usize, usize)) -> Result<(usize, usize, usize), Error> {
        let (mut from, at, mut to) = split;
        let mut step = (to - from) / 2;
        while step > 0 {
            if from + step < at && !self.splits_well((from + step, at, to))? {
                from += step;
            } else if to - at > step && !self.splits_well((from, at, to - step))? {
                to -= step;
            } else {
                step /= 2;
            }
        }
        Ok((from, at, to))
    }

    fn merged(&self, one: &Table, other: &Table) -> Table {
        (self.merge.rows)(one, other, &self.trial.loaded.keys)
    }

    fn answer(&self, from: usize, to: usize) -> Result<Table, Error> {
        let (records, keys) = (&self.trial.arranged.records[from..to], &self.trial.loaded.keys);
        let computed = (self.trial.problem.reference)(records, keys, &self.trial.plan.params, Work::Full);
        match computed.map_err(|error| Error::input(error.message))?.answer {
            Answer::Table(table) => Ok(table),
            Answer::Decisions(_) => Err(Error::Invalid("the batch answer is no table".to_owned())),
        }
    }

    fn broken(&self, law: &str, how: &str) -> Error {
        let name = self.trial.problem.entry.name;
        Error::Invalid(
            datasets::shown(&format!("the merge of {name} breaks a law on these records ({law}): {how}"))
                .to_string(),
        )
    }
}

/// The first row in which a merged answer differs from the whole one.
fn told(difference: &RowDifference) -> String {
    match difference {
        RowDifference::Missing { key, .. } => format!("; the row of key '{}' is missing", key.join(",")),
        RowDifference::Extra { key, .. } | RowDifference::Superseded { key, .. } => {
            format!("; the row of key '{}' is one too many", key.join(","))
        }
        RowDifference::Changed { key, column, left, right, .. } => {
            format!("; key '{}' has {column} {right}, not {left}", key.join(","))
        }
    }
}
