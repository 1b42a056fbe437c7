//! A stream joined with the versions of a table: each record with the row that was valid at its time.

use std::collections::BTreeMap;

use serde::{Serialize, de::DeserializeOwned};

use super::{
    Either, JoinKind, Joined, Keyed, codec,
    dirty::{Changes, Dirty},
    due::Due,
    keyed::{drop_late, end_of, is_late, late},
};
use crate::{Context, Operator};

/// Joins each left record with the right record of its key that is valid at its time: the one with the greatest time
/// that is at most the left one's; of those with the same time, the last to arrive.
///
/// A left record waits until event time has passed it, for a right one may come before that; the versions that can
/// still be asked for are kept, so in the end one for each key. A left record that comes late is dropped. A right one
/// that does is late for the left ones that have gone, so it stands in the late side output; but for those that wait
/// or come it is still good, and only if it is of no use to them either does it count as late.
#[derive(Debug, Clone)]
pub struct AsOfJoin<L, R> {
    kind: JoinKind,
    /// Left records by time and arrival.
    waiting: BTreeMap<Waiting, L>,
    /// Right records by key, time and arrival.
    versions: BTreeMap<Version, R>,
    /// Keys, by the time from which one of their versions stands in for all before it.
    superseded: Due<u32>,
    /// All left records before this have gone.
    gone_to: i64,
    arrived: u64,
    dirty_waiting: Dirty<Waiting>,
    dirty_versions: Dirty<Version>,
}

/// A left record's time, and its number by arrival.
type Waiting = (i64, u64);
/// A right record's key and time, and its number by arrival.
type Version = (u32, i64, u64);

impl<L, R> AsOfJoin<L, R> {
    /// With no record on either side.
    pub fn new(kind: JoinKind) -> Self {
        Self {
            kind,
            waiting: BTreeMap::new(),
            versions: BTreeMap::new(),
            superseded: Due::default(),
            gone_to: i64::MIN,
            arrived: 0,
            dirty_waiting: Dirty::default(),
            dirty_versions: Dirty::default(),
        }
    }

    fn next(&mut self) -> u64 {
        // It can wrap only if a forged saved state said so, and then it decides ties alone.
        self.arrived = self.arrived.wrapping_add(1);
        self.arrived
    }

    fn put_version(&mut self, place: Version, right: R) {
        self.versions.insert(place, right);
        self.superseded.push(place.1, place.0);
    }

    /// Returns whether every left record that has not gone has a later version to go by.
    fn is_superseded(&self, key: u32, time_ms: i64) -> bool {
        time_ms < self.gone_to
            && self
                .versions
                .range((key, time_ms.saturating_add(1), 0)..=(key, self.gone_to, u64::MAX))
                .next()
                .is_some()
    }

    /// Forgets the versions of `key` before the one that is valid at `time_ms`.
    fn forget_before(&mut self, key: u32, time_ms: i64, context: &mut Context) {
        let first = (key, i64::MIN, 0);
        let Some((&valid, _)) = self.versions.range(first..=(key, time_ms, u64::MAX)).next_back() else {
            return;
        };
        while let Some((&before, _)) = self.versions.range(first..valid).next() {
            self.versions.remove(&before);
            self.dirty_versions.note(before, self.versions.len());
            context.release(1);
        }
    }
}

impl<L: Keyed, R: Keyed> AsOfJoin<L, R> {
    fn take_left(&mut self, left: L, context: &mut Context) {
        if is_late(left.time_ms(), context) {
            return drop_late(&left, context);
        }
        let place = (left.time_ms(), self.next());
        self.waiting.insert(place, left);
        self.dirty_waiting.note(place, self.waiting.len());
        context.hold(1);
    }

    fn take_right(&mut self, right: R, context: &mut Context) {
        let (key, time_ms) = (right.key(), right.time_ms());
        if is_late(time_ms, context) {
            context.drop_late(late(&right, context));
            if self.is_superseded(key, time_ms) {
                return context.count_late();
            }
        }
        let place = (key, time_ms, self.next());
        self.put_version(place, right);
        self.dirty_versions.note(place, self.versions.len());
        context.hold(1);
    }
}

impl<L, R> Operator<Either<L, R>> for AsOfJoin<L, R>
where
    L: Keyed + Serialize + DeserializeOwned,
    R: Keyed + Clone + Serialize + DeserializeOwned,
{
    type Out = Joined<L, R>;

    #[inline]
    fn push(
        &mut self,
        input: Either<L, R>,
        context: &mut Context,
        _: &mut impl FnMut(Self::Out, &mut Context),
    ) {
        match input {
            Either::Left(left) => self.take_left(left, context),
            Either::Right(right) => self.take_right(right, context),
        }
    }

    #[inline]
    fn advance(&mut self, context: &mut Context, emit: &mut impl FnMut(Self::Out, &mut Context)) {
        let to = context.forget_to();
        while let Some(first) = self.waiting.first_entry().filter(|first| end_of(first.key().0) <= to) {
            let (place, left) = first.remove_entry();
            self.dirty_waiting.note(place, self.waiting.len());
            context.release(1);
            let versions =
                self.versions.range((left.key(), i64::MIN, 0)..=(left.key(), left.time_ms(), u64::MAX));
            let right = versions.map(|(_, right)| right.clone()).next_back();
            if right.is_some() || self.kind == JoinKind::LeftOuter {
                emit(Joined { left, right }, context);
            }
        }
        while let Some((_, key)) = self.superseded.pop(to) {
            self.forget_before(key, to, context);
        }
        self.gone_to = self.gone_to.max(to);
    }

    fn close(&mut self, context: &mut Context) {
        context.count_not_emitted(self.waiting.len() as u64);
    }

    fn save(&self, out: &mut Vec<u8>) {
        let rest = (&self.waiting, &self.versions, self.gone_to, self.arrived);
        codec::save(&(self.kind.to_string(), rest), out);
    }

    fn restore(&mut self, bytes: &mut &[u8]) -> Result<(), String> {
        let kind: String = codec::restore("as-of join", bytes)?;
        codec::check_same("as-of join", &kind, &self.kind.to_string())?;
        (self.waiting, self.versions, self.gone_to, self.arrived) = codec::restore("as-of join", bytes)?;
        self.superseded = self.versions.keys().map(|&(key, time_ms, _)| (time_ms, key)).collect();
        Ok(())
    }

    fn mark_saved(&mut self) {
        self.dirty_waiting.clear();
        self.dirty_versions.clear();
    }

    fn changes(&mut self, out: &mut Vec<u8>) {
        let Self { waiting, versions, .. } = self;
        let all = || waiting.iter().map(|(&place, left)| (place, left));
        let changed_waiting = self.dirty_waiting.changes(|place| waiting.get(&place), all);
        let all = || versions.iter().map(|(&place, right)| (place, right));
        let changed_versions = self.dirty_versions.changes(|place| versions.get(&place), all);
        codec::save(&(changed_waiting, changed_versions, self.gone_to, self.arrived), out);
    }

    fn apply(&mut self, bytes: &mut &[u8]) -> Result<(), String> {
        let (waiting, versions): (Changes<Waiting, L>, Changes<Version, R>) =
            codec::restore("as-of join", bytes)?;
        (self.gone_to, self.arrived) = codec::restore("as-of join", bytes)?;
        let (is_whole, waiting) = waiting.into_parts();
        if is_whole {
            self.waiting.clear();
        }
        for (place, left) in waiting {
            match left {
                Some(left) => _ = self.waiting.insert(place, left),
                None => _ = self.waiting.remove(&place),
            }
        }
        let (is_whole, versions) = versions.into_parts();
        if is_whole {
            self.versions.clear();
            self.superseded = Due::default();
        }
        for (place, right) in versions {
            match right {
                Some(right) => self.put_version(place, right),
                None => _ = self.versions.remove(&place),
            }
        }
        self.dirty_waiting.clear();
        self.dirty_versions.clear();
        Ok(())
    }
}
