//! The one form of a plot for whatever is an estimate: a dot, its interval, and the limit as a line.
//!
//! Each estimate is a picture of its own, as wide as the page leaves room; all of a plot share one axis, so that the limit
//! goes through them as one line.

use maud::{Markup, html};

use crate::figures::round_ticks;
use crate::format::{
    chosen_duration, duration, fixed, increase, interval, percent as percent_of, plain, plain_spaces,
};

/// So much of the axis is left free at each end.
const MARGIN: f64 = 0.06;
/// A label this near the limit's, in per cent of the width, is left out.
const NEAR_LIMIT: f64 = 14.0;
/// As many labels at most.
const LABELS: usize = 4;

/// Holds what a plot shows.
pub(super) struct Plot {
    pub scale: Scale,
    pub dots: Vec<Dot>,
    pub limit: f64,
    pub allowed: Allowed,
}

/// Holds an estimate; where its ends are bounds alone, there is no value.
pub(super) struct Dot {
    pub class: &'static str,
    pub name: String,
    pub value: Option<f64>,
    pub ends: [f64; 2],
}

impl Dot {
    /// Returns whether it is one number, without an interval.
    fn is_exact(&self) -> bool {
        self.value.is_some() && self.ends.map(Some) == [self.value; 2]
    }
}

/// Says on which side of the limit an estimate has to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Allowed {
    Below,
    Above,
}

/// Says how numbers of the axis are written.
#[derive(Debug, Clone, Copy)]
pub(super) enum Scale {
    /// A ratio with so many decimals; 1 is the optimum.
    Ratio(usize),
    /// A relative increase; 0 is no change.
    Increase,
    /// A time.
    Ns,
}

impl Scale {
    fn write(self, value: f64) -> String {
        match self {
            Self::Ratio(digits) => fixed(value, digits),
            Self::Increase => increase(value),
            Self::Ns => duration(value),
        }
    }

    /// A round number, at the axis or as a limit.
    fn write_round(self, value: f64) -> String {
        match self {
            Self::Ratio(_) => plain(value),
            Self::Increase if value > 0.0 => format!("+{}", percent_of(value)),
            Self::Increase => percent_of(value),
            Self::Ns => chosen_duration(value),
        }
    }

    /// The value that stands for no difference, which the axis always shows.
    fn neutral(self) -> f64 {
        match self {
            Self::Ratio(_) => 1.0,
            Self::Increase | Self::Ns => 0.0,
        }
    }
}

impl Plot {
    pub(super) fn is_drawable(&self) -> bool {
        let numbers = self.dots.iter().flat_map(|dot| dot.ends.into_iter().chain(dot.value));
        let mut numbers = numbers.chain([self.limit]);
        !self.dots.is_empty() && numbers.all(|number| number.is_finite() && number.abs() < 1e15)
    }

    /// The plot; pictures in it are called `id` and a number.
    pub(super) fn draw(&self, id: &str) -> Markup {
        let axis = self.axis();
        let limit = self.scale.write_round(self.limit);
        html! {
            div class="plot" {
                @for (index, dot) in self.dots.iter().enumerate() {
                    (self.row(&axis, dot, &format!("{id}-{index}"), &limit))
                }
                span class="axis" { (labels(&axis, self.scale, self.limit)) }
            }
        }
    }

    fn row(&self, axis: &Axis, dot: &Dot, id: &str, limit: &str) -> Markup {
        let [low, high] = dot.ends;
        let said = self.said(dot);
        let title = format!("{}: {}; the limit is {}", dot.name, plain_spaces(&said), plain_spaces(limit));
        html! {
            span class={ "name " (dot.class) } { (dot.name) }
            svg class="dots" role="img" aria-labelledby=(id) {
                title id=(id) { (title) }
                (self.beyond(axis))
                @for tick in axis.ticks.iter() { (upright("grid", &axis.place(*tick))) }
                (upright("limit", &axis.place(self.limit)))
                line class={ "span " (dot.class) } x1=(axis.place(low)) x2=(axis.place(high)) y1="50%" y2="50%" {}
                @if !dot.is_exact() { @for end in dot.ends { line class={ "end " (dot.class) } x1=(axis.place(end)) x2=(axis.place(end)) y1="32%" y2="68%" {} } }
                @if let Some(value) = dot.value { circle class={ "dot " (dot.class) } cx=(axis.place(value)) cy="50%" r="4.5" {} }
            }
            span class="said" { (said) }
        }
    }

    /// Returns an estimate in words: the value and where it lies between, as far as both are known.
    fn said(&self, dot: &Dot) -> String {
        let [low, high] = dot.ends.map(|end| self.scale.write(end));
        let ends = interval(&low, &high);
        match dot.value.map(|value| self.scale.write(value)) {
            None => ends,
            Some(value) if dot.is_exact() => value,
            Some(value) => format!("{value} ({ends})"),
        }
    }

    /// The side of the limit on which an estimate may not be.
    fn beyond(&self, axis: &Axis) -> Markup {
        let at = axis.share(self.limit);
        let (from, width) = match self.allowed {
            Allowed::Below => (at, 100.0 - at),
            Allowed::Above => (0.0, at),
        };
        html! { rect class="beyond" x=(percent(from)) width=(percent(width)) height="100%" {} }
    }

    fn axis(&self) -> Axis {
        let numbers = || {
            let ends = self.dots.iter().flat_map(|dot| dot.ends);
            ends.chain([self.limit, self.scale.neutral()])
        };
        let (low, high) =
            (numbers().fold(f64::INFINITY, f64::min), numbers().fold(f64::NEG_INFINITY, f64::max));
        let room = ((high - low) * MARGIN).max(low.abs().max(1e-6) * 1e-3);
        let (low, high) = (low - room, high + room);
        Axis { low, high, ticks: round_ticks(low, high, LABELS).values }
    }
}

/// The scale that the pictures of a plot share.
struct Axis {
    low: f64,
    high: f64,
    ticks: Vec<f64>,
}

impl Axis {
    /// Where a value is, in per cent of the width.
    fn share(&self, value: f64) -> f64 {
        (value - self.low) / (self.high - self.low) * 100.0
    }

    fn place(&self, value: f64) -> String {
        percent(self.share(value))
    }
}

fn percent(share: f64) -> String {
    format!("{share:.2}%")
}

fn upright(class: &str, at: &str) -> Markup {
    html! { line class=(class) x1=(at) x2=(at) y1="0" y2="100%" {} }
}

/// The labels below, of which the limit's comes first; a reader who can't see them has been told by each picture.
fn labels(axis: &Axis, scale: Scale, limit: f64) -> Markup {
    let at = axis.share(limit);
    let ticks = axis.ticks.iter().filter(|tick| (axis.share(**tick) - at).abs() > NEAR_LIMIT);
    html! {
        svg class="dots" aria-hidden="true" {
            @for tick in ticks { (label("tick", axis.share(*tick), &scale.write_round(*tick))) }
            (label("limit-name", at, &format!("limit {}", scale.write_round(limit))))
        }
    }
}

fn label(class: &str, at: f64, text: &str) -> Markup {
    let anchor = match at {
        at if at < 10.0 => "start",
        at if at > 90.0 => "end",
        _ => "middle",
    };
    html! { text class=(class) x=(percent(at)) y="70%" text-anchor=(anchor) { (text) } }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plot(ends: [f64; 2], limit: f64) -> Plot {
        let dot = Dot {
            class: "candidate",
            name: "new".into(),
            value: Some(f64::midpoint(ends[0], ends[1])),
            ends,
        };
        Plot { scale: Scale::Increase, dots: vec![dot], limit, allowed: Allowed::Below }
    }

    #[test]
    fn everything_is_inside_and_in_its_order() {
        for (ends, limit) in
            [([0.1, 0.2], 0.05), ([-0.5, 40.0], 0.0), ([0.0, 0.0], 0.0), ([-1e-9, 1e-9], 1e9)]
        {
            let plot = plot(ends, limit);
            let axis = plot.axis();
            let mut numbers = [ends[0], ends[1], limit, 0.0];
            numbers.sort_by(f64::total_cmp);
            let places: Vec<f64> = numbers.iter().map(|number| axis.share(*number)).collect();
            assert!(places.iter().all(|place| (0.0..=100.0).contains(place)), "{ends:?} {limit}: {places:?}");
            assert!(places.is_sorted(), "{ends:?} {limit}: {places:?}");
        }
    }

    #[test]
    fn what_is_no_number_is_not_drawn() {
        assert!(plot([0.1, 0.2], 0.05).is_drawable());
        assert!(!plot([f64::NAN, 0.2], 0.05).is_drawable());
        assert!(!plot([0.1, f64::INFINITY], 0.05).is_drawable());
        assert!(!plot([0.1, 0.2], f64::NAN).is_drawable());
    }

    #[test]
    fn one_number_has_no_interval() {
        let drawn = |ends| plot(ends, 0.05).draw("id").into_string().replace('\u{a0}', " ");
        let exact = drawn([0.1, 0.1]);
        assert!(exact.contains("<span class=\"said\">+10.0 %</span>"), "{exact}");
        assert!(!exact.contains("class=\"end"), "{exact}");
        let estimate = drawn([0.1, 0.3]);
        assert!(estimate.contains("<span class=\"said\">+20.0 % (+10.0 to +30.0 %)</span>"), "{estimate}");
        assert_eq!(estimate.matches("class=\"end").count(), 2, "{estimate}");
    }

    #[test]
    fn the_forbidden_side_is_shaded() {
        let mut plot = plot([0.1, 0.3], 0.2);
        let shaded = |plot: &Plot| plot.beyond(&plot.axis()).into_string();
        assert!(!shaded(&plot).contains("x=\"0.00%\""));
        plot.allowed = Allowed::Above;
        assert!(shaded(&plot).contains("x=\"0.00%\""));
    }
}
