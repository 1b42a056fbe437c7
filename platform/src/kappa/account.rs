//! Describes what an upgrade leaves in the results: its steps, lags, estimates, and who answered for what.

use compare::{
    Pair, Rates,
    architecture::{
        AnsweredBy, ArrivalEstimate, Changelog, LagPoint, Parted, Transition, UpgradeVerdict, Work,
    },
};

use super::protocol::State;
use crate::serving::{rows::paired, store::Row, timeline::Timeline};

/// Points of the lag, and estimates, are kept so that there are about this many.
const POINTS: u64 = 200;
const ESTIMATES: u64 = 20;

/// Describes what has been seen so far.
#[derive(Debug, Default)]
pub(super) struct Account {
    pub(super) transitions: Vec<Transition>,
    pub(super) lag: Vec<LagPoint>,
    pub(super) estimates: Vec<ArrivalEstimate>,
    pub(super) started_at: Option<u64>,
    pub(super) arrived_at: Option<u64>,
    pub(super) switched_at: Option<u64>,
    pub(super) rolled_back_at: Option<u64>,
    pub(super) dropped: Option<String>,
    /// Nothing was shown of the candidate, neither good nor bad.
    pub(super) is_undecided: bool,
    pub(super) verdict: Option<UpgradeVerdict>,
    pub(super) parted: Option<Parted>,
    pub(super) switch: Option<Changelog>,
    pub(super) rollback: Option<Changelog>,
    /// Rows that stable served when the switch was made, and the candidate not yet.
    pub(super) under_way: Option<u64>,
    pub(super) ledger: Vec<AnsweredBy>,
    pub(super) work: Pair<Work>,
    /// Describes what subscribers saw at the switch, row by row, as CSV.
    pub(super) changelog: String,
    pub(super) busy_ns: Pair<u64>,
    /// Stable's time and records before the candidate was started, and while it worked beside it.
    pub(super) alone: (u64, u64),
    pub(super) beside: (u64, u64),
}

impl Account {
    pub(super) fn step(&mut self, (from, to): (State, State), cause: String, at: (&Timeline, u64)) {
        let (timeline, records) = at;
        self.transitions.push(Transition {
            records,
            time_ms: timeline.at(records),
            from: from.name().to_owned(),
            to: to.name().to_owned(),
            cause,
        });
    }

    /// Notes how far behind the candidate is, now and then.
    pub(super) fn note_lag(&mut self, timeline: &Timeline, records: u64, lag: u64) {
        let each = (timeline.records() / POINTS).max(1);
        if self.lag.last().is_none_or(|last| records >= last.records + each || (lag == 0) != (last.lag == 0))
        {
            self.lag.push(LagPoint { records, time_ms: timeline.at(records), lag });
        }
    }

    /// Estimates when the candidate will have caught up, now and then. Returns whether that is never.
    pub(super) fn estimate(&mut self, timeline: &Timeline, records: u64, lag: u64, cap_per_ms: f64) -> bool {
        let each = (timeline.records() / ESTIMATES / 4).max(1);
        if self.estimates.last().is_some_and(|last| records < last.records + each) {
            return false;
        }
        let now = timeline.at(records);
        let Some(rates) = Rates::of(timeline.until(records), now) else { return false };
        // As far ahead as a hundred logs: what takes longer is never.
        let arrival = rates.arrival(lag as f64, cap_per_ms, 100.0 * timeline.length_ms() as f64);
        let at = |ms: Option<f64>| ms.map(|ms| now.saturating_add(ms.round() as i64));
        self.estimates.push(ArrivalEstimate {
            records,
            time_ms: now,
            from_ms: at(arrival.from_ms),
            to_ms: at(arrival.to_ms),
            coverage: compare::COVERAGE,
        });
        arrival.from_ms.is_none()
    }

    /// Records before `to` that nobody has answered for yet are answered for by `by`.
    pub(super) fn answered(&mut self, to: u64, by: &str) {
        let from = self.ledger.last().map_or(0, |last| last.to);
        if from == to {
            return;
        }
        match self.ledger.last_mut() {
            Some(last) if last.by == by => last.to = to,
            _ => self.ledger.push(AnsweredBy { from, to, by: by.to_owned() }),
        }
    }
}

/// Describes what subscribers see when `new` is served in place of `old`.
pub(super) fn changelog(old: &[Row], new: &[Row]) -> Changelog {
    let mut seen = Changelog::default();
    paired(old, new, |_, before, after| match (before, after) {
        (None, _) => seen.added += 1,
        (_, None) => seen.removed += 1,
        (before, after) if before == after => seen.kept += 1,
        _ => seen.changed += 1,
    });
    seen
}

/// Returns whether each record is in exactly one range.
pub(super) fn covers_once(ledger: &[AnsweredBy], records: u64) -> bool {
    let mut at = 0;
    for range in ledger {
        if range.from != at || range.to <= range.from {
            return false;
        }
        at = range.to;
    }
    at == records
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(rows: &[(&str, &str)]) -> Vec<Row> {
        rows.iter().map(|(key, value)| (key.as_bytes().to_vec(), value.as_bytes().to_vec())).collect()
    }

    #[test]
    fn a_changelog_counts_each_key_once() {
        let old = rows(&[("a", "1"), ("b", "2"), ("d", "4")]);
        let new = rows(&[("b", "2"), ("c", "3"), ("d", "5"), ("e", "6")]);
        assert_eq!(changelog(&old, &new), Changelog { added: 2, changed: 1, removed: 1, kept: 1 });
        assert_eq!(changelog(&[], &[]), Changelog::default());
    }

    #[test]
    fn each_record_is_answered_for_once() {
        let mut account = Account::default();
        for (to, by) in [(3, "stable"), (3, "candidate"), (5, "stable"), (9, "candidate"), (12, "stable")] {
            account.answered(to, by);
        }
        let ranges: Vec<_> =
            account.ledger.iter().map(|range| (range.from, range.to, range.by.as_str())).collect();
        assert_eq!(ranges, [(0, 5, "stable"), (5, 9, "candidate"), (9, 12, "stable")]);
    }
}
