//! A row that is followed: what each version has there, and when the truth left it.

use std::cmp::Ordering;

use compare::{Pair, Role, number_order};

/// A row in which the versions differ.
pub(super) struct Row {
    pub(super) key: Vec<String>,
    /// Its values in each version's answer; nothing where that has no such row.
    pub(super) values: Pair<Option<Vec<String>>>,
    /// Says whether the truth is each version's row now; neither side has one before the first record.
    pub(super) is_true: Pair<bool>,
    /// The record at which the truth last left each version's row.
    pub(super) left_at: Pair<Option<Left>>,
}

/// A record, by its place in the order of the replay.
#[derive(Debug, Clone, Copy)]
pub(super) struct Left {
    pub(super) record: u64,
    pub(super) event_time_ms: Option<i64>,
    pub(super) newest_ms: Option<i64>,
}

impl Left {
    /// By how much it came behind the newest event time before it, if it did.
    pub(super) fn behind_ms(&self) -> Option<i64> {
        let behind = self.newest_ms.zip(self.event_time_ms).map(|(newest, own)| newest.saturating_sub(own));
        behind.filter(|behind| *behind > 0)
    }
}

impl Row {
    pub(super) fn new(key: Vec<String>, values: Pair<Option<Vec<String>>>) -> Self {
        let is_true = values.as_ref().map(Option::is_none);
        Self { key, values, is_true, left_at: Pair { stable: None, candidate: None } }
    }

    /// The truth has these values from `here` on.
    pub(super) fn change(&mut self, truth: Option<&[String]>, here: Left) {
        for role in Role::BOTH {
            if self.is_true[role] {
                self.left_at[role] = Some(here);
            }
            self.is_true[role] = match (&self.values[role], truth) {
                (None, None) => true,
                (Some(values), Some(truth)) => {
                    values.iter().zip(truth).all(|(one, other)| is_equal(one, other))
                }
                _ => false,
            };
        }
    }

    /// The first record that only one of the two has taken in, and the one that hasn't. Nothing where a version's row never was
    /// true.
    pub(super) fn parting(&self) -> Option<(Left, Role)> {
        let end = |role: Role| if self.is_true[role] { Some(None) } else { self.left_at[role].map(Some) };
        match (end(Role::Stable)?, end(Role::Candidate)?) {
            (Some(stable), Some(candidate)) if stable.record <= candidate.record => {
                Some((stable, Role::Stable))
            }
            (_, Some(candidate)) => Some((candidate, Role::Candidate)),
            (Some(stable), None) => Some((stable, Role::Stable)),
            (None, None) => None,
        }
    }
}

/// Numbers by their value, for a job may write `2.50` or `2.5`.
fn is_equal(one: &str, other: &str) -> bool {
    one == other || number_order(one, other) == Some(Ordering::Equal)
}
