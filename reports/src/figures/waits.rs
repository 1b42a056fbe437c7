//! The axis of waiting: logarithmic, with a place for no wait at all on its left.

use compare::{SweepPoint, WaitUnit};

use super::canvas::{Canvas, Drawn};
use crate::format::{axis_count, chosen_duration, duration, significant};

/// Says how many decades left of the shortest wait no wait stands.
const GAP: f64 = 0.7;
/// Air on both sides, in decades.
const AIR: f64 = 0.25;
const NS_PER_MS: f64 = 1e6;

/// Where waits stand.
pub(super) struct Waits {
    unit: WaitUnit,
    shortest: f64,
    longest: f64,
    has_zero: bool,
}

impl Waits {
    /// The axis of these points, or nothing where there are too few for a picture, or they can't be told apart on it.
    pub(super) fn of(points: &[&SweepPoint]) -> Option<Self> {
        let unit = points.first()?.wait.unit;
        let waits = || points.iter().map(|point| point.wait.p99);
        let fit = points.iter().all(|point| point.wait.unit == unit && point.wait.p99.is_finite());
        let positive = || waits().filter(|&wait| wait > 0.0);
        let shortest = positive().fold(f64::INFINITY, f64::min);
        let longest = positive().fold(0.0, f64::max);
        let has_zero = waits().any(|wait| wait <= 0.0);
        let is_wide = has_zero || longest > shortest;
        (fit && shortest.is_finite() && is_wide).then_some(Self { unit, shortest, longest, has_zero })
    }

    pub(super) fn x(&self, point: &SweepPoint) -> f64 {
        if point.wait.p99 > 0.0 { point.wait.p99.log10() } else { self.zero() }
    }

    fn zero(&self) -> f64 {
        self.shortest.log10() - GAP
    }

    pub(super) fn ends(&self) -> (f64, f64) {
        let left = if self.has_zero { self.zero() } else { self.shortest.log10() };
        (left - AIR, self.longest.log10() + AIR)
    }

    /// Powers of ten, as many as there is room for, and 0 where something doesn't wait.
    pub(super) fn paint(&self, canvas: &Canvas<'_>) -> Drawn {
        if self.has_zero {
            canvas.below(self.zero(), "0")?;
        }
        let (first, last) = (self.shortest.log10().floor() as i32, self.ends().1.floor() as i32);
        let step = 1 + (last - first) as usize / canvas.x_ticks();
        for decade in (first..=last).rev().step_by(step) {
            let x = f64::from(decade);
            // A label beside that of 0 would run into it.
            let is_clear = !self.has_zero || x > self.zero() + GAP / 2.0;
            if is_clear && x >= self.ends().0 {
                canvas.upright(x)?;
                canvas.below(x, &self.label(10_f64.powi(decade)))?;
            }
        }
        Ok(())
    }

    fn label(&self, wait: f64) -> String {
        match self.unit {
            WaitUnit::Ms => chosen_duration(wait * NS_PER_MS),
            WaitUnit::Records if wait < 1.0 => String::new(),
            WaitUnit::Records => axis_count(wait),
        }
    }

    /// Returns the wait of a point.
    pub(super) fn told(&self, point: &SweepPoint) -> String {
        let wait = point.wait.p99.max(0.0);
        match self.unit {
            WaitUnit::Ms => duration(wait * NS_PER_MS),
            WaitUnit::Records => format!("{} records", significant(wait)),
        }
    }

    /// Returns what the axis counts.
    pub(super) fn name(&self) -> &'static str {
        match self.unit {
            WaitUnit::Ms => "time",
            WaitUnit::Records => "records",
        }
    }
}
