//! Changes that a connector sends again after a crash, of tables without a key.
//!
//! Equal rows that came in one statement agree in everything, so a change is sent again only where its run has as many equal
//! ones as a run before it.

use hashbrown::HashMap;

use foldhash::quality::FixedState;

use super::event::Position;

/// So many changes are remembered, the newest; a connector sends again what came since it last wrote down where it was.
const MOST: usize = 1 << 20;

#[derive(Debug, Clone, Copy, Default)]
struct Seen {
    run: u32,
    in_run: u32,
    /// The most that a run before had.
    before: u32,
}

#[derive(Debug, Default)]
pub(super) struct Repeats {
    newer: HashMap<u64, Seen, FixedState>,
    older: HashMap<u64, Seen, FixedState>,
}

impl Repeats {
    /// Takes in a change by the hash of all that it says; returns whether it was there before.
    pub(super) fn note(&mut self, hash: u64, position: Position) -> bool {
        if position.lsn.is_none() || position.run == 0 {
            return false;
        }
        if self.newer.len() >= MOST {
            self.older = std::mem::take(&mut self.newer);
        }
        let older = &mut self.older;
        let seen = self.newer.entry(hash).or_insert_with(|| older.remove(&hash).unwrap_or_default());
        if seen.run != position.run {
            seen.before = seen.before.max(seen.in_run);
            (seen.run, seen.in_run) = (position.run, 0);
        }
        seen.in_run += 1;
        seen.in_run <= seen.before
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_changes_of_one_run_stay_and_those_of_the_next_go() {
        let mut repeats = Repeats::default();
        let mut note = |run, hash| repeats.note(hash, Position { lsn: Some(5), committed: 0, run });
        assert_eq!([note(1, 7), note(1, 7), note(1, 8)], [false; 3]);
        assert_eq!([note(2, 7), note(2, 7), note(2, 7), note(2, 8)], [true, true, false, true]);
        assert_eq!([note(3, 7), note(3, 7), note(3, 7), note(3, 7)], [true, true, true, false]);
    }

    #[test]
    fn without_a_run_or_a_place_in_the_log_nothing_is_known() {
        let mut repeats = Repeats::default();
        for position in [Position::default(), Position { lsn: Some(1), ..Position::default() }] {
            assert!(!repeats.note(1, position) && !repeats.note(1, position));
        }
    }
}
