//! A figure of a run that can be set beside that of another.

use crate::format::{axis_count, bytes, count, duration, plain, plain_spaces};

/// Tells how a figure is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FigureUnit {
    /// A whole number of something.
    Count,
    /// One quantity over another.
    Ratio,
    /// Nanoseconds.
    Ns,
    /// Bytes.
    Bytes,
}

/// A figure of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct RunFigure {
    /// Its name, by which `runs trend --value` takes it.
    pub name: &'static str,
    /// Describes it for people.
    pub about: &'static str,
    /// Tells how it is written.
    pub unit: FigureUnit,
    /// The number.
    pub value: f64,
    /// From where to where it may be, where it was estimated or bounded.
    pub interval: Option<[f64; 2]>,
    /// It is what the machine made of it, and means nothing beside that of another.
    pub is_machines: bool,
}

impl RunFigure {
    /// Returns it for people, without its interval.
    pub fn text(&self) -> String {
        self.written(self.value)
    }

    /// Returns its interval for people: `1.05 to 1.09`.
    pub fn interval_text(&self) -> Option<String> {
        self.interval.map(|[low, high]| format!("{} to {}", self.written(low), self.written(high)))
    }

    fn written(&self, value: f64) -> String {
        let text = match self.unit {
            FigureUnit::Count => count(value as u64),
            FigureUnit::Ratio => format!("{value:.4}"),
            FigureUnit::Ns => duration(value),
            FigureUnit::Bytes => bytes(value as u64),
        };
        plain_spaces(&text)
    }

    /// Returns a number as it stands at an axis.
    pub(crate) fn at_axis(&self, value: f64) -> String {
        match self.unit {
            FigureUnit::Count => axis_count(value),
            FigureUnit::Ratio => plain(value),
            FigureUnit::Ns | FigureUnit::Bytes => self.written(value),
        }
    }

    /// Returns whether the two can't be told apart: both are estimates and their intervals meet, or they are equal.
    pub fn may_equal(&self, other: &Self) -> bool {
        let ends = |figure: &Self| figure.interval.unwrap_or([figure.value; 2]);
        let ([low, high], [other_low, other_high]) = (ends(self), ends(other));
        low <= other_high && other_low <= high
    }
}
