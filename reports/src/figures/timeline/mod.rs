//! Both architectures over the same recorded time: who served, how wrong it was, how far behind.

mod bands;
mod panels;

use compare::architecture::Architectures;
use maud::{Markup, html};

use super::canvas::{Canvas, Drawn, Extent, Ink, Picture, Room, Tip, Tips};
use super::ticks::round_ticks;
use crate::architectures::Clock;

/// A unit of recorded time at an axis, in milliseconds.
type UnitOfTime = (f64, &'static str);

/// The recorded time that all pictures share, from the log's beginning.
pub(super) struct Span {
    /// In milliseconds.
    pub end: f64,
    unit: UnitOfTime,
}

impl Span {
    pub(super) fn of(length_ms: i64) -> Self {
        let end = (length_ms as f64).max(1.0);
        Self { end, unit: unit(end) }
    }

    /// The labels of an upright or a level axis in this unit, between two times.
    pub(super) fn ticks(&self, from: f64, to: f64, most: usize) -> Vec<(f64, String)> {
        let ticks = round_ticks(from / self.unit.0, to / self.unit.0, most);
        let label = |at: f64| crate::format::fixed(at, ticks.decimals);
        ticks.values.into_iter().map(|at| (at * self.unit.0, label(at))).collect()
    }

    /// Names the axis.
    pub(super) fn name(&self) -> String {
        format!("recorded time, {} →", self.unit.1)
    }
}

fn unit(length_ms: f64) -> UnitOfTime {
    match length_ms {
        ms if ms < 2_000.0 => (1.0, "ms"),
        ms if ms < 1_200_000.0 => (1e3, "s"),
        ms if ms < 36_000_000.0 => (60e3, "min"),
        ms if ms < 864_000_000.0 => (3_600e3, "h"),
        _ => (86_400e3, "days"),
    }
}

/// One picture of the column: all have the same time from left to right.
pub(super) struct Panel<'a> {
    id: &'static str,
    /// Names it.
    title: String,
    /// A sentence for who doesn't see it.
    says: String,
    /// Stands above it and says what it shows.
    heading: &'static str,
    /// The greatest value; room for a line of words is added above.
    high: f64,
    /// Up to where upright lines go.
    top: f64,
    height: i32,
    moments: &'a [Moment],
}

/// An upright line.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moment {
    pub at: f64,
    /// Says that another job serves from here on.
    pub is_switch: bool,
}

/// As many points of a line are told of.
const MOST_TIPS: usize = 32;

/// So much of a plot's height is free for the line of words.
const HEADROOM: f64 = 1.38;

impl Panel<'_> {
    /// Draws it, without values under the pointer: bands say all that they show.
    fn draw(&self, span: &Span, paint: impl Fn(&Canvas<'_>) -> Drawn) -> Markup {
        self.draw_told(span, (&[], Vec::new()), paint)
    }

    /// Draws it with what is told of points on its lines, after their time.
    fn draw_told(
        &self,
        span: &Span,
        (names, tips): (&[&str], Vec<Tip>),
        paint: impl Fn(&Canvas<'_>) -> Drawn,
    ) -> Markup {
        let picture = Picture {
            id: self.id,
            title: &self.title,
            says: &self.says,
            extent: Extent { x: (0.0, span.end), y: (0.0, self.high * HEADROOM) },
            height: self.height,
            room: Room::TIME,
        };
        let time = span.name();
        let paint = |canvas: &Canvas<'_>| {
            // Those with lines have longer names, and stand below one that says it.
            let is_band = self.top < self.high;
            canvas.names_of_axes(self.heading, if is_band { &time } else { "" })?;
            canvas.below_all(&span.ticks(0.0, span.end, canvas.x_ticks()))?;
            paint(canvas)?;
            for moment in self.moments {
                canvas.moment(if moment.is_switch { Ink::Text } else { Ink::Dim }, moment.at, self.top)?;
            }
            Ok(())
        };
        if tips.is_empty() {
            return picture.draw(paint);
        }
        let tips = Tips::across(&[&[""], names].concat(), tips).at_most(MOST_TIPS);
        picture.draw_told(&tips, paint)
    }
}

/// The column of pictures.
pub(crate) fn timeline(run: &Architectures, clock: &Clock) -> Markup {
    let span = Span::of(run.length_ms);
    let steps = run.kappa.as_ref().map_or(&[][..], |kappa| &kappa.transitions);
    let moments: Vec<Moment> = steps
        .iter()
        .map(|step| Moment {
            at: step.time_ms as f64,
            is_switch: matches!(step.to.as_str(), "committed" | "rolled-back"),
        })
        .collect();
    html! {
        figure class="column" {
            @if let Some(kappa) = &run.kappa {
                (bands::kappa(kappa, clock, &span, &moments))
                (panels::kappa_error(kappa, clock, &span, &moments))
                (panels::lag(kappa, &span, &moments))
            }
            @if let Some(lambda) = &run.lambda {
                (bands::lambda(lambda, clock, &span))
                (panels::lambda_error(lambda, clock, &span))
                (panels::age(lambda, clock, &span))
            }
            (panels::staleness(run, &span))
            figcaption { (caption(run)) }
        }
    }
}

fn caption(run: &Architectures) -> Markup {
    let has_error = run.lambda.as_ref().is_some_and(|lambda| lambda.served.is_some())
        || run.kappa.as_ref().is_some_and(|kappa| kappa.served.is_some());
    let healing = [
        run.kappa.as_ref().filter(|kappa| kappa.served.is_some()).and_then(|kappa| kappa.healing),
        run.lambda.as_ref().filter(|lambda| lambda.served.is_some()).and_then(|lambda| lambda.healing),
    ];
    let has_bug = healing.iter().any(Option::is_some);
    html! {
        "All pictures have the same recorded time from left to right. "
        @if run.kappa.is_some() {
            "Numbered lines are the steps of the upgrade, which are listed below with their causes; a strong line is where \
             readers began to be served by the other job. A full bar serves; a pale one runs beside it unseen. "
        }
        @if run.lambda.is_some() {
            "A pale stretch is a view being computed, the mark at its end where it came to be served. "
        }
        @if has_error {
            em { "Missing or wrong" } " counts rows of what was served against the batch answer of the records that had come by \
            then; most of it is as a rule what isn\u{2019}t complete yet. " em { "Wrong for good" } " is the part that was never \
            put right, and the line " em { "claimed complete" } " what was wrong though the served watermark had passed it: \
            the error that a reader can\u{2019}t see. "
        }
        @if has_bug { "Between the two red lines came the records that the planted bug lost." }
    }
}
