//! The live sessions of one key.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Firing, Measured, aggregate::Aggregate};

/// A session: from its first record to the gap after its last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Session {
    pub(super) start_ms: i64,
    pub(super) end_ms: i64,
    pub(super) aggregate: Aggregate,
}

impl Session {
    /// A record's own; `None` if it ends beyond what 64 bits hold.
    #[inline]
    pub(super) fn of(record: Measured, gap: i64) -> Option<Self> {
        let end_ms = record.time_ms.checked_add(gap)?;
        Some(Self { start_ms: record.time_ms, end_ms, aggregate: Aggregate::of(record.value) })
    }

    /// Returns whether they overlap, or one begins where the other ends.
    fn touches(&self, other: &Self) -> bool {
        self.start_ms <= other.end_ms && other.start_ms <= self.end_ms
    }

    fn absorb(&mut self, other: &Self) {
        self.start_ms = self.start_ms.min(other.start_ms);
        self.end_ms = self.end_ms.max(other.end_ms);
        self.aggregate.merge(&other.aggregate);
    }

    pub(super) fn firing(&self, key: u32) -> Firing {
        self.aggregate.firing((self.start_ms, self.end_ms), key)
    }

    /// Returns what takes its row back.
    pub(super) fn withdrawal(&self, key: u32) -> Firing {
        let Self { start_ms, end_ms, .. } = *self;
        Firing { start_ms, end_ms, key, count: 0, sum: 0, min: 0, max: 0 }
    }

    /// Returns whether they have the same row.
    pub(super) fn is_named_as(&self, other: &Self) -> bool {
        (self.start_ms, self.end_ms) == (other.start_ms, other.end_ms)
    }
}

/// The live sessions of a key, at least one. No two touch, so their ends are in the order of their starts.
#[derive(Debug, Clone)]
pub(super) struct KeySessions {
    pub(super) key: u32,
    /// When to look at this key next.
    pub(super) timer: i64,
    /// All but the last, by start.
    earlier: BTreeMap<i64, Session>,
    /// The last one: most keys have no other, and most records belong to it.
    last: Session,
}

impl KeySessions {
    /// A key with one session, which nobody looks at yet.
    pub(super) fn new(key: u32, only: Session) -> Self {
        Self { key, timer: i64::MAX, earlier: BTreeMap::new(), last: only }
    }

    /// Returns whether one of them touches `own`.
    pub(super) fn touches(&self, own: &Session) -> bool {
        // Of those that begin before `own` ends, the last is the one that ends last.
        let before = self.earlier.range(..=own.end_ms).next_back();
        self.last.touches(own) || before.is_some_and(|(_, session)| session.touches(own))
    }

    /// Merges `own` with those that it touches, of which `gone` is told: the result, and how many went into it.
    #[inline]
    pub(super) fn merge(&mut self, own: Session, mut gone: impl FnMut(&Session)) -> (Session, u64) {
        if (self.last.start_ms..=self.last.end_ms).contains(&own.start_ms) {
            gone(&self.last);
            self.last.absorb(&own);
            return (self.last, 1);
        }
        self.merge_any(own, gone)
    }

    fn merge_any(&mut self, own: Session, mut gone: impl FnMut(&Session)) -> (Session, u64) {
        let (mut merged, mut absorbed) = (own, 0);
        while let Some((&start, session)) = self.earlier.range(..=merged.end_ms).next_back()
            && session.touches(&merged)
        {
            gone(session);
            merged.absorb(session);
            self.earlier.remove(&start);
            absorbed += 1;
        }
        if self.last.touches(&merged) {
            gone(&self.last);
            self.last.absorb(&merged);
            return (self.last, absorbed + 1);
        }
        if merged.start_ms > self.last.start_ms {
            self.earlier.insert(self.last.start_ms, self.last);
            self.last = merged;
        } else {
            self.earlier.insert(merged.start_ms, merged);
        }
        (merged, absorbed)
    }

    /// All, in order.
    pub(super) fn all(&self) -> impl Iterator<Item = &Session> {
        self.earlier.values().chain([&self.last])
    }

    /// The first.
    pub(super) fn first(&self) -> &Session {
        self.earlier.first_key_value().map_or(&self.last, |(_, session)| session)
    }

    /// Those that end after `time_ms`, in order.
    pub(super) fn ending_after(&self, time_ms: i64) -> impl Iterator<Item = &Session> {
        // The last of those that begin by then may end after it; all later ones do.
        let from = self.earlier.range(..=time_ms).next_back().map_or(time_ms, |(&start, _)| start);
        let sessions = self.earlier.range(from..).map(|(_, session)| session).chain([&self.last]);
        sessions.filter(move |session| session.end_ms > time_ms)
    }

    /// Forgets those that end at `time_ms` or earlier: how many, and whether that was all.
    pub(super) fn forget(&mut self, time_ms: i64) -> (u64, bool) {
        let mut forgotten = 0;
        while let Some(first) = self.earlier.first_entry()
            && first.get().end_ms <= time_ms
        {
            first.remove();
            forgotten += 1;
        }
        let is_all = self.last.end_ms <= time_ms;
        (forgotten + u64::from(is_all), is_all)
    }

    /// A key with these sessions; the error says why they can't be one's.
    pub(super) fn restored(key: u32, timer: i64, sessions: &[Session]) -> Result<Self, String> {
        let complain = || format!("the saved state of sessions can't be right: those of key {key}");
        let is_ordered = sessions.is_sorted_by(|a, b| a.end_ms < b.start_ms);
        if !is_ordered || sessions.iter().any(|session| session.start_ms >= session.end_ms) {
            return Err(complain());
        }
        let (&last, earlier) = sessions.split_last().ok_or_else(complain)?;
        let earlier = earlier.iter().map(|session| (session.start_ms, *session)).collect();
        Ok(Self { key, timer, earlier, last })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn session(start_ms: i64, end_ms: i64) -> Session {
        Session { start_ms, end_ms, aggregate: Aggregate::of(1) }
    }

    fn bounds<'a>(sessions: impl Iterator<Item = &'a Session>) -> Vec<(i64, i64)> {
        sessions.map(|session| (session.start_ms, session.end_ms)).collect()
    }

    proptest! {
        #[test]
        fn sessions_are_as_in_a_plain_list(
            given in prop::collection::vec((0_i64..60, 1_i64..5), 1..25),
            probe in 0_i64..70,
        ) {
            let given: Vec<Session> = given.iter().map(|&(start, gap)| session(start, start + gap)).collect();
            let mut state = KeySessions::new(7, given[0]);
            let mut plain = vec![given[0]];
            for own in &given[1..] {
                let (touched, rest): (Vec<_>, Vec<_>) = plain.iter().partition(|other| other.touches(own));
                prop_assert_eq!(state.touches(own), !touched.is_empty());
                let mut merged = *own;
                for other in &touched {
                    merged.absorb(other);
                }
                let mut gone = vec![];
                let result = state.merge(*own, |session| gone.push(*session));
                prop_assert_eq!(result, (merged, touched.len() as u64));
                gone.sort_by_key(|session| session.start_ms);
                prop_assert_eq!(gone, touched);
                plain = rest;
                plain.push(merged);
                plain.sort_by_key(|session| session.start_ms);
                prop_assert_eq!(bounds(state.all()), bounds(plain.iter()));
                prop_assert_eq!(state.first(), &plain[0]);
            }
            let after = plain.iter().filter(|session| session.end_ms > probe);
            prop_assert_eq!(bounds(state.ending_after(probe)), bounds(after));
            let over = plain.iter().filter(|session| session.end_ms <= probe).count();
            prop_assert_eq!(state.forget(probe), (over as u64, over == plain.len()));
        }
    }

    #[test]
    fn sessions_that_touch_or_overlap_are_no_saved_state() {
        for sessions in
            [&[][..], &[session(5, 5)], &[session(0, 5), session(5, 9)], &[session(9, 12), session(0, 5)]]
        {
            assert!(KeySessions::restored(7, 0, sessions).is_err());
        }
        assert!(KeySessions::restored(7, 0, &[session(0, 5), session(6, 9)]).is_ok());
    }
}
