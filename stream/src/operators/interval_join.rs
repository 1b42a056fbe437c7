//! Two streams joined by key, where the right record's time lies in an interval around the left one's.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{
    Either, JoinKind, Joined, Keyed, codec,
    due::Due,
    keyed::{drop_late, end_of, is_late},
};
use crate::{Context, Operator};

/// Joins each left record with each right record of its key for which
/// `left.time + lower ≤ right.time ≤ left.time + upper`.
///
/// A pair is given as soon as both are there. A record that comes late is dropped; all others are kept until event time
/// has passed every counterpart that they could have. A left record that then has none is given alone, if the join is
/// [`LeftOuter`](JoinKind::LeftOuter).
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
}

/// When a left record without a counterpart is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unmatched {
    /// When no counterpart can come any more, so it is never wrong.
    Settled,
    /// As soon as event time has passed the interval, without waiting for the allowed lateness: a counterpart that
    /// comes in that is given too, and nothing is taken back.
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

#[derive(Debug, Clone, Copy)]
struct Interval {
    lower_ms: i64,
    upper_ms: i64,
}

impl Interval {
    /// The times of the right records that a left one at `time_ms` can have.
    fn of_left(self, time_ms: i64) -> Option<(i64, i64)> {
        let time = i128::from(time_ms);
        clamped(time + i128::from(self.lower_ms), time + i128::from(self.upper_ms))
    }

    /// The times of the left records that a right one at `time_ms` can have.
    fn of_right(self, time_ms: i64) -> Option<(i64, i64)> {
        let time = i128::from(time_ms);
        clamped(time - i128::from(self.upper_ms), time - i128::from(self.lower_ms))
    }
}

/// The part of an interval that 64 bits can hold, if any.
fn clamped(from: i128, to: i128) -> Option<(i64, i64)> {
    let (least, most) = (i128::from(i64::MIN), i128::from(i64::MAX));
    (from <= most && to >= least).then(|| (from.max(least) as i64, to.min(most) as i64))
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
        })
    }

    /// The same join, which gives unmatched left records at another time.
    #[must_use]
    pub fn unmatched(mut self, unmatched: Unmatched) -> Self {
        self.unmatched = unmatched;
        self
    }

    fn watch_left(&mut self, (key, time_ms, arrived): Place, is_told: bool) {
        // Without any possible counterpart it ends with its own time.
        let end_ms = end_of(self.interval.of_left(time_ms).map_or(time_ms, |(_, last)| last));
        self.left_ends.push(end_ms, (arrived, key, time_ms));
        if self.unmatched == Unmatched::Early && !is_told {
            self.tells.push(end_ms, (arrived, key, time_ms));
        }
    }

    fn watch_right(&mut self, (key, time_ms, arrived): Place) {
        let end_ms = end_of(self.interval.of_right(time_ms).map_or(time_ms, |(_, last)| last));
        self.right_ends.push(end_ms, (arrived, key, time_ms));
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
        self.watch_left(place, is_told);
        self.lefts.insert(place, Left { record: left, is_told });
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
            let lefts = self.lefts.range_mut((place.0, from, 0)..=(place.0, to, u64::MAX));
            for left in lefts.map(|(_, left)| left) {
                left.is_told = true;
                emit(Joined { left: left.record.clone(), right: Some(right.clone()) }, context);
            }
        }
        self.watch_right(place);
        self.rights.insert(place, right);
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
            late if is_late(late.time_ms(), context) => drop_late(&late, context),
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
            }
        }
        let to = context.forget_to();
        while let Some((_, (arrived, key, time_ms))) = self.left_ends.pop(to) {
            let Some(left) = self.lefts.remove(&(key, time_ms, arrived)) else { continue };
            context.release(1);
            if is_outer && !left.is_told {
                emit(Joined { left: left.record, right: None }, context);
            }
        }
        while let Some((_, (arrived, key, time_ms))) = self.right_ends.pop(to) {
            if self.rights.remove(&(key, time_ms, arrived)).is_some() {
                context.release(1);
            }
        }
    }

    /// Left records of a left outer join that were never given.
    fn close(&mut self, context: &mut Context) {
        if self.kind == JoinKind::LeftOuter {
            context.count_unfired(self.lefts.values().filter(|left| !left.is_told).count() as u64);
        }
    }

    fn save(&self, out: &mut Vec<u8>) {
        codec::save(&(&self.lefts, &self.rights, self.arrived), out);
    }

    fn restore(&mut self, bytes: &mut &[u8]) -> Result<(), String> {
        (self.lefts, self.rights, self.arrived) = codec::restore("interval join", bytes)?;
        (self.tells, self.left_ends, self.right_ends) = (Due::default(), Due::default(), Due::default());
        let lefts: Vec<(Place, bool)> = self.lefts.iter().map(|(&at, left)| (at, left.is_told)).collect();
        for (place, is_told) in lefts {
            self.watch_left(place, is_told);
        }
        let rights: Vec<Place> = self.rights.keys().copied().collect();
        for place in rights {
            self.watch_right(place);
        }
        Ok(())
    }
}
