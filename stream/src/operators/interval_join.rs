//! Two streams joined by key, where the right record's time lies in an interval around the left one's.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{
    Either, JoinKind, Joined, Keyed, codec,
    dirty::{Changes, Dirty},
    due::Due,
    interval::Interval,
    keyed::{drop_late, end_of, is_late_for_engine},
};
use crate::{Context, Operator};

/// Joins each left record with each right record of its key for which
/// `left.time + lower ≤ right.time ≤ left.time + upper`.
///
/// A pair is given as soon as both are there. A record that comes late is dropped; all others are kept until event time
/// has passed every counterpart that they could have. A left record that then has none is given alone, if the join is
/// [`LeftOuter`](JoinKind::LeftOuter).
///
/// What is late, the flavour's engine decides. Per record it is as in Flink's interval join: what is exactly at the
/// watermark isn't late, but a counterpart whose interval ends there has just been forgotten, so they miss each other and
/// neither is counted. Per trigger, as in Spark, what is at the watermark is late.
#[derive(Debug, Clone)]
pub struct IntervalJoin<L, R> {
    kind: JoinKind,
    unmatched: Unmatched,
    interval: Interval,
    lefts: BTreeMap<Place, Left<L>>,
    rights: BTreeMap<Place, R>,
    /// When unmatched left records are given early.
    tells: Due<(u64, u32, i64)>,
    /// When left records are forgotten, by arrival, key and time.
    left_ends: Due<(u64, u32, i64)>,
    right_ends: Due<(u64, u32, i64)>,
    arrived: u64,
    dirty_lefts: Dirty<Place>,
    dirty_rights: Dirty<Place>,
}

/// When a left record without a counterpart is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unmatched {
    /// When no counterpart can come any more, so it is never wrong.
    Settled,
    /// As soon as event time has passed the interval, without waiting for the allowed lateness; at once, if it has when
    /// the left record comes. A counterpart that comes later is given too, and nothing is taken back.
    Early,
}

/// Key, event time, and number by arrival.
type Place = (u32, i64, u64);

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Left<L> {
    record: L,
    /// It was given, with a counterpart or without.
    is_told: bool,
}

impl<L: Keyed, R: Keyed> IntervalJoin<L, R> {
    /// An error if no time lies between `lower_ms` and `upper_ms`.
    pub fn new(kind: JoinKind, lower_ms: i64, upper_ms: i64) -> Result<Self, String> {
        if lower_ms > upper_ms {
            return Err(format!("the join's interval from {lower_ms} ms to {upper_ms} ms is empty"));
        }
        Ok(Self {
            kind,
            unmatched: Unmatched::Settled,
            interval: Interval { lower_ms, upper_ms },
            lefts: BTreeMap::new(),
            rights: BTreeMap::new(),
            tells: Due::default(),
            left_ends: Due::default(),
            right_ends: Due::default(),
            arrived: 0,
            dirty_lefts: Dirty::default(),
            dirty_rights: Dirty::default(),
        })
    }

    /// Returns the same join, which gives unmatched left records at another time.
    #[must_use]
    pub fn unmatched(mut self, unmatched: Unmatched) -> Self {
        self.unmatched = unmatched;
        self
    }

    /// Keeps a left record and sees to it that it is told and forgotten in time.
    fn put_left(&mut self, (key, time_ms, arrived): Place, left: Left<L>) {
        let end_ms = self.end_of_left(time_ms);
        let is_told = left.is_told;
        // One that is kept again, as told, is watched already.
        if self.lefts.insert((key, time_ms, arrived), left).is_none() {
            self.left_ends.push(end_ms, (arrived, key, time_ms));
            if self.unmatched == Unmatched::Early && !is_told {
                self.tells.push(end_ms, (arrived, key, time_ms));
            }
        }
    }

    /// When no counterpart of a left record can come any more.
    fn end_of_left(&self, time_ms: i64) -> i64 {
        // Without any possible counterpart it ends with its own time.
        end_of(self.interval.of_left(time_ms).map_or(time_ms, |(_, last)| last))
    }

    /// Returns whether a left record of this time that has no counterpart yet is given alone at once.
    fn is_over(&self, time_ms: i64, context: &Context) -> bool {
        self.kind == JoinKind::LeftOuter
            && self.unmatched == Unmatched::Early
            && self.end_of_left(time_ms) <= context.complete_to
    }

    fn put_right(&mut self, (key, time_ms, arrived): Place, right: R) {
        let end_ms = end_of(self.interval.of_right(time_ms).map_or(time_ms, |(_, last)| last));
        self.rights.insert((key, time_ms, arrived), right);
        self.right_ends.push(end_ms, (arrived, key, time_ms));
    }

    fn settings(&self) -> String {
        let Interval { lower_ms, upper_ms } = self.interval;
        let unmatched = match self.unmatched {
            Unmatched::Settled => "settled",
            Unmatched::Early => "early",
        };
        format!("an interval from {lower_ms} to {upper_ms} ms, {}, unmatched {unmatched}", self.kind)
    }

    /// Takes saved records.
    fn put_saved(
        &mut self,
        lefts: impl Iterator<Item = (Place, Option<Left<L>>)>,
        rights: impl Iterator<Item = (Place, Option<R>)>,
    ) {
        for (place, left) in lefts {
            match left {
                Some(left) => self.put_left(place, left),
                None => _ = self.lefts.remove(&place),
            }
        }
        for (place, right) in rights {
            match right {
                Some(right) => self.put_right(place, right),
                None => _ = self.rights.remove(&place),
            }
        }
    }

    fn forget_lefts(&mut self) {
        self.lefts.clear();
        (self.tells, self.left_ends) = (Due::default(), Due::default());
    }

    fn forget_rights(&mut self) {
        self.rights.clear();
        self.right_ends = Due::default();
    }

    fn take_left(&mut self, left: L, context: &mut Context, emit: &mut impl FnMut(Joined<L, R>, &mut Context))
    where
        L: Clone,
        R: Clone,
    {
        let place = (left.key(), left.time_ms(), self.next());
        let mut is_told = false;
        if let Some((from, to)) = self.interval.of_left(place.1) {
            for right in self.rights.range((place.0, from, 0)..=(place.0, to, u64::MAX)).map(|(_, r)| r) {
                is_told = true;
                emit(Joined { left: left.clone(), right: Some(right.clone()) }, context);
            }
        }
        if !is_told && self.is_over(place.1, context) {
            is_told = true;
            emit(Joined { left: left.clone(), right: None }, context);
        }
        self.put_left(place, Left { record: left, is_told });
        self.dirty_lefts.note(place, self.lefts.len());
        context.hold(1);
    }

    fn take_right(
        &mut self,
        right: R,
        context: &mut Context,
        emit: &mut impl FnMut(Joined<L, R>, &mut Context),
    ) where
        L: Clone,
        R: Clone,
    {
        let place = (right.key(), right.time_ms(), self.next());
        if let Some((from, to)) = self.interval.of_right(place.1) {
            let live = self.lefts.len();
            for (at, left) in self.lefts.range_mut((place.0, from, 0)..=(place.0, to, u64::MAX)) {
                if !left.is_told {
                    left.is_told = true;
                    self.dirty_lefts.note(*at, live);
                }
                emit(Joined { left: left.record.clone(), right: Some(right.clone()) }, context);
            }
        }
        self.put_right(place, right);
        self.dirty_rights.note(place, self.rights.len());
        context.hold(1);
    }

    fn next(&mut self) -> u64 {
        // It can wrap only if a forged saved state said so, and then it decides ties alone.
        self.arrived = self.arrived.wrapping_add(1);
        self.arrived
    }
}

impl<L, R> Operator<Either<L, R>> for IntervalJoin<L, R>
where
    L: Keyed + Clone + Serialize + DeserializeOwned,
    R: Keyed + Clone + Serialize + DeserializeOwned,
{
    type Out = Joined<L, R>;

    #[inline]
    fn push(
        &mut self,
        input: Either<L, R>,
        context: &mut Context,
        emit: &mut impl FnMut(Self::Out, &mut Context),
    ) {
        match input {
            late if is_late_for_engine(late.time_ms(), context) => drop_late(&late, context),
            Either::Left(left) => self.take_left(left, context, emit),
            Either::Right(right) => self.take_right(right, context, emit),
        }
    }

    #[inline]
    fn advance(&mut self, context: &mut Context, emit: &mut impl FnMut(Self::Out, &mut Context)) {
        let is_outer = self.kind == JoinKind::LeftOuter;
        while let Some((_, (arrived, key, time_ms))) = self.tells.pop(context.complete_to) {
            let left = self.lefts.get_mut(&(key, time_ms, arrived)).filter(|left| !left.is_told);
            if let Some(left) = left.filter(|_| is_outer) {
                left.is_told = true;
                emit(Joined { left: left.record.clone(), right: None }, context);
                self.dirty_lefts.note((key, time_ms, arrived), self.lefts.len());
            }
        }
        let to = context.forget_to();
        while let Some((_, (arrived, key, time_ms))) = self.left_ends.pop(to) {
            let Some(left) = self.lefts.remove(&(key, time_ms, arrived)) else { continue };
            self.dirty_lefts.note((key, time_ms, arrived), self.lefts.len());
            context.release(1);
            if is_outer && !left.is_told {
                emit(Joined { left: left.record, right: None }, context);
            }
        }
        while let Some((_, (arrived, key, time_ms))) = self.right_ends.pop(to) {
            if self.rights.remove(&(key, time_ms, arrived)).is_some() {
                self.dirty_rights.note((key, time_ms, arrived), self.rights.len());
                context.release(1);
            }
        }
    }

    /// Left records of a left outer join that were never given.
    fn close(&mut self, context: &mut Context) {
        if self.kind == JoinKind::LeftOuter {
            context.count_not_emitted(self.lefts.values().filter(|left| !left.is_told).count() as u64);
        }
    }

    fn save(&self, out: &mut Vec<u8>) {
        codec::save(&(self.settings(), &self.lefts, &self.rights, self.arrived), out);
    }

    fn restore(&mut self, bytes: &mut &[u8]) -> Result<(), String> {
        let (settings, lefts, rights, arrived): (String, BTreeMap<Place, Left<L>>, BTreeMap<Place, R>, u64) =
            codec::restore("interval join", bytes)?;
        codec::check_same("interval join", &settings, &self.settings())?;
        self.forget_lefts();
        self.forget_rights();
        let lefts = lefts.into_iter().map(|(place, left)| (place, Some(left)));
        self.put_saved(lefts, rights.into_iter().map(|(place, right)| (place, Some(right))));
        self.arrived = arrived;
        Ok(())
    }

    fn mark_saved(&mut self) {
        self.dirty_lefts.clear();
        self.dirty_rights.clear();
    }

    fn changes(&mut self, out: &mut Vec<u8>) {
        let Self { lefts, rights, .. } = self;
        let all = || lefts.iter().map(|(&place, left)| (place, left));
        let changed_lefts = self.dirty_lefts.changes(|place| lefts.get(&place), all);
        let all = || rights.iter().map(|(&place, right)| (place, right));
        let changed_rights = self.dirty_rights.changes(|place| rights.get(&place), all);
        codec::save(&(changed_lefts, changed_rights, self.arrived), out);
    }

    fn apply(&mut self, bytes: &mut &[u8]) -> Result<(), String> {
        let (lefts, rights, arrived): (Changes<Place, Left<L>>, Changes<Place, R>, u64) =
            codec::restore("interval join", bytes)?;
        let ((are_lefts_whole, lefts), (are_rights_whole, rights)) =
            (lefts.into_parts(), rights.into_parts());
        if are_lefts_whole {
            self.forget_lefts();
        }
        if are_rights_whole {
            self.forget_rights();
        }
        self.put_saved(lefts, rights);
        self.arrived = arrived;
        self.dirty_lefts.clear();
        self.dirty_rights.clear();
        Ok(())
    }
}
