//! Holds what the page's script tells of the points of a picture, and with how many digits.

use super::{BOTTOM, Extent, Frame, Picture, Room, SCALE, TOP, WIDE};
use crate::format::{chosen_duration, count, fixed, one_line};

/// Which point is meant where the pointer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Near {
    /// The one that is nearest from left to right: lines and bars over the same axis.
    Across,
    /// The one that is nearest.
    Around,
}

/// Holds what a reader is told of a picture's points.
#[derive(Debug, Clone)]
pub(in crate::figures) struct Tips {
    near: Near,
    /// Stands before each line that is told; empty where the line says all.
    names: Vec<String>,
    all: Vec<Tip>,
}

/// A point in the units of the axes, and its values, in the order of their names.
pub(in crate::figures) type Tip = ((f64, f64), Vec<String>);

/// No more points are told of: a pointer can't tell them apart.
const MOST: usize = 100;

impl Tips {
    /// Of points over one axis: that one is told of which is nearest from left to right.
    pub(in crate::figures) fn across(names: &[&str], all: impl IntoIterator<Item = Tip>) -> Self {
        Self::new(Near::Across, names, all)
    }

    /// Of points anywhere: the nearest one is told of.
    pub(in crate::figures) fn around(names: &[&str], all: impl IntoIterator<Item = Tip>) -> Self {
        Self::new(Near::Around, names, all)
    }

    /// Returns no more of them than so many: pictures that stand in a column are small, and a page is.
    pub(in crate::figures) fn at_most(self, most: usize) -> Self {
        let apart = self.all.len().div_ceil(most).max(1);
        Self { all: self.all.into_iter().step_by(apart).collect(), ..self }
    }

    fn new(near: Near, names: &[&str], all: impl IntoIterator<Item = Tip>) -> Self {
        let all: Vec<Tip> = all.into_iter().filter(|((x, y), _)| x.is_finite() && y.is_finite()).collect();
        let names = names.iter().map(|name| one_line(name)).collect();
        Self { near, names, all }.at_most(MOST)
    }

    /// Returns all of it for the script, with tabs between: which point is meant, and the names; then a point a line, its place
    /// in thousandths of the plot and its values.
    pub(super) fn written(&self, extent: Extent) -> String {
        let Extent { x: (left, right), y: (low, high) } = extent.drawable();
        let near = match self.near {
            Near::Across => "across",
            Near::Around => "around",
        };
        let mut text = [&[near.to_owned()], self.names.as_slice()].concat().join("\t");
        for ((x, y), lines) in &self.all {
            let share = |value: f64, from: f64, to: f64| ((value - from) / (to - from)).clamp(0.0, 1.0) * 1e3;
            let [x, y] =
                [share(*x, left, right), share(*y, low, high)].map(|at| (at.round() as u64).to_string());
            let lines: Vec<String> = lines.iter().map(|line| one_line(line)).collect();
            text = format!("{text}\n{x}\t{y}\t{}", lines.join("\t"));
        }
        text
    }
}

/// Returns the edges of a picture's plot in its units: left, right, bottom, top.
pub(super) fn edges(picture: &Picture<'_>, frame: Frame) -> String {
    let Room { left, right } = picture.room;
    let edges = [left, frame.width - right, frame.height - BOTTOM, TOP];
    edges.map(|edge| (edge * SCALE).to_string()).join(" ")
}

/// Writes values of an axis as finely as its picture shows them: the last digit is about a pixel.
#[derive(Debug, Clone, Copy)]
pub(in crate::figures) struct Fine {
    /// The power of ten of the last digit.
    last: i32,
}

/// No value has more decimals.
const MOST_DECIMALS: i32 = 6;

impl Fine {
    /// For the axis that goes up, in a picture of the usual height.
    pub(in crate::figures) fn upwards(extent: Extent) -> Self {
        Self::of(extent.drawable().y, WIDE.height - TOP - BOTTOM)
    }

    /// For the axis that goes from left to right, in the widest picture.
    pub(in crate::figures) fn across(extent: Extent) -> Self {
        Self::of(extent.drawable().x, WIDE.width - Room::LINES.left - Room::LINES.right)
    }

    fn of((low, high): (f64, f64), pixels: i32) -> Self {
        let pixel = (high - low) / f64::from(pixels);
        Self { last: (pixel.log10().round() as i32).clamp(-MOST_DECIMALS, 18) }
    }

    /// Returns a number of the axis.
    pub(in crate::figures) fn write(self, value: f64) -> String {
        if self.last < 0 || !value.is_finite() {
            return fixed(value, self.last.unsigned_abs() as usize);
        }
        let unit = 10_f64.powi(self.last);
        let size = (value.abs() / unit).round() * unit;
        let sign = if value < 0.0 && size > 0.0 { "\u{2212}" } else { "" };
        format!("{sign}{}", count(size as u64))
    }

    /// Returns a duration in nanoseconds whose logarithm to the base ten the axis has.
    pub(in crate::figures) fn write_power(self, log: f64) -> String {
        let digits = (-self.last).clamp(1, 3);
        let unit = 10_f64.powi(log.floor() as i32 + 1 - digits);
        chosen_duration((10_f64.powf(log) / unit).round() * unit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn up(low: f64, high: f64) -> Fine {
        Fine::upwards(Extent { x: (0.0, 1.0), y: (low, high) })
    }

    #[test]
    fn the_last_digit_is_about_a_pixel() {
        assert_eq!(up(1.0, 1.3).write(1.234_567), "1.235");
        assert_eq!(up(1.0, 20.0).write(1.234_567), "1.2");
        assert_eq!(up(0.0, 200.0).write(17.4), "17");
        assert_eq!(up(0.0, 1e6).write(123_456.0), "120,000");
        assert_eq!(up(-1e6, 0.0).write(-123_456.0), "\u{2212}120,000");
        assert_eq!(up(0.0, 1e-12).write(3e-13), "0.000000");
        assert_eq!(up(0.0, f64::NAN).write(f64::NAN), crate::format::NONE);
    }

    #[test]
    fn a_duration_on_a_logarithmic_axis_has_the_digits_that_can_be_seen() {
        assert_eq!(up(1.0, 4.0).write_power(1_234_f64.log10()), "1.2\u{a0}µs");
        assert_eq!(up(3.0, 3.5).write_power(1_234_f64.log10()), "1.23\u{a0}µs");
        assert_eq!(up(1.0, 9.0).write_power(96_f64.log10()), "100\u{a0}ns");
    }

    proptest::proptest! {
        /// A text is less than two pixels from what is drawn, and a digit less would be further off than a third of one.
        #[test]
        fn what_is_written_is_what_is_seen(low in -1e6..1e6_f64, range in 1e-3..1e6_f64, at in 0.0..1.0_f64) {
            let (fine, value) = (up(low, low + range), low + at * range);
            let text = fine.write(value).replace(',', "").replace('\u{2212}', "-");
            let pixel = range / f64::from(WIDE.height - TOP - BOTTOM);
            let written: f64 = text.parse().expect("a number");
            proptest::prop_assert!((written - value).abs() <= 2.0 * pixel, "{} for {}", text, value);
            let unit = text.split_once('.').map_or(1.0, |(_, decimals)| decimals.chars().fold(1.0, |unit, _| unit / 10.0));
            proptest::prop_assert!(fine.last >= 0 || unit * 3.3 >= pixel, "{} at {} a pixel", text, pixel);
        }
    }

    #[test]
    fn points_are_told_by_their_place_and_a_text_holds_no_tab() {
        let extent = Extent { x: (0.0, 10.0), y: (0.0, 4.0) };
        let tips = Tips::around(
            &["", "n\t"],
            [((5.0, 1.0), vec!["a\tb\nc".to_owned(), "d".to_owned()]), ((f64::NAN, 1.0), Vec::new())],
        );
        assert_eq!(tips.written(extent), "around\t\tn\\u{9}\n500\t250\ta\\u{9}b\\u{a}c\td");
        let many = Tips::across(&[], (0..1_000).map(|at| ((f64::from(at), 0.0), Vec::new())));
        assert!(
            many.all.len() <= MOST && many.written(extent).starts_with("across\n0\t0\t"),
            "{}",
            many.all.len()
        );
    }
}
