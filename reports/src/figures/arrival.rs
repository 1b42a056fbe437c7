//! When the candidate was said to catch up, at each moment that it was said, against when it did.

use compare::architecture::{ArrivalEstimate, KappaResult};
use maud::{Markup, html};

use super::canvas::{Canvas, Drawn, Extent, Ink, Picture, Room, Sample, Tips};
use super::timeline::Span;
use crate::architectures::moment;
use crate::format::{count, counted, percent};

/// Says what was told and how right it was, with a picture where that needs one; nothing where nothing was estimated.
pub(crate) fn arrival(kappa: &KappaResult, length_ms: i64) -> Markup {
    let estimates = &kappa.estimates;
    let [first, rest @ ..] = &estimates[..] else { return html! {} };
    let last = rest.last().unwrap_or(first);
    let arrived = arrived_ms(kappa);
    let has_times = estimates.iter().any(|estimate| estimate.from_ms.is_some());
    html! {
        h3 { "When was it said to catch up, and when did it?" }
        p { (verdict(estimates, arrived)) }
        figure {
            @if has_times && !rest.is_empty() {
                (picture(estimates, arrived, length_ms, [first, last]))
            }
            figcaption {
                @if has_times && !rest.is_empty() {
                    "Each upright bar is an interval as it was told at that moment, from what had been measured by then; one that \
                     goes up to the top has no end. The level line is when the candidate had caught up. "
                }
                "Of " (counted(estimates.len() as u64, "estimates")) " the first was " (told(first))
                ", the last " (told(last)) ". " (promised(first))
            }
        }
    }
}

fn picture(
    estimates: &[ArrivalEstimate],
    arrived: Option<i64>,
    length_ms: i64,
    [first, last]: [&ArrivalEstimate; 2],
) -> Markup {
    let extent = extent(estimates, arrived, length_ms);
    let title = "When the candidate was said to catch up, over when it was said";
    let says = format!("At first {}, at last {}; it {}.", told(first), told(last), came(arrived));
    let picture = Picture { id: "arrival", title, says: &says, extent, height: 75, room: Room::TIME };
    let span = Span::of(extent.x.1.max(extent.y.1) as i64);
    let points = estimates.iter().map(|estimate| {
        let ends = estimate.from_ms.zip(estimate.to_ms);
        let middle = ends.map_or(extent.y.0, |(from, to)| from.midpoint(to) as f64);
        ((estimate.time_ms as f64, middle), vec![moment(estimate.time_ms), told(estimate)])
    });
    let tips = Tips::across(&["said at", "caught up"], points);
    picture.draw_told(&tips, |canvas| paint(canvas, estimates, arrived, extent, &span))
}

fn promised(estimate: &ArrivalEstimate) -> Markup {
    html! {
        "So many of such intervals are to be right: " (percent(estimate.coverage)) ". Those of one run hang together, so one \
         run says little of that."
    }
}

/// Returns when it caught up: its step to probation has the time.
fn arrived_ms(kappa: &KappaResult) -> Option<i64> {
    let arrived = kappa.arrived_at?;
    let step = kappa.transitions.iter().find(|step| step.records == arrived && step.to == "probation");
    let lag = || kappa.lag.iter().find(|point| point.records == arrived).map(|point| point.time_ms);
    step.map(|step| step.time_ms).or_else(lag)
}

fn told(estimate: &ArrivalEstimate) -> String {
    match (estimate.from_ms, estimate.to_ms) {
        (None, _) => "never".to_owned(),
        (Some(from), None) => format!("{} or never", moment(from)),
        (Some(from), Some(to)) => format!("{} to {}", moment(from), moment(to)),
    }
}

fn came(arrived: Option<i64>) -> String {
    arrived.map_or_else(|| "never did".to_owned(), |at| format!("did at {}", moment(at)))
}

fn holds(estimate: &ArrivalEstimate, arrived: Option<i64>) -> bool {
    match arrived {
        None => estimate.to_ms.is_none(),
        Some(at) => {
            estimate.from_ms.is_some_and(|from| from <= at) && estimate.to_ms.is_none_or(|to| at <= to)
        }
    }
}

fn verdict(estimates: &[ArrivalEstimate], arrived: Option<i64>) -> String {
    let right = estimates.iter().filter(|estimate| holds(estimate, arrived)).count() as u64;
    let all = counted(estimates.len() as u64, "estimates");
    match arrived {
        Some(at) => format!(
            "It had caught up at {}: {} of {all} had that in their interval.",
            moment(at),
            count(right)
        ),
        None => format!("It never caught up: {} of {all} allowed for that.", count(right)),
    }
}

/// So much of the picture's height is free for the line of words.
const HEADROOM: f64 = 0.17;
/// So far above what is known a late end is drawn; the rest is cut off.
const FURTHEST: f64 = 2.0;

fn extent(estimates: &[ArrivalEstimate], arrived: Option<i64>, length_ms: i64) -> Extent {
    let said = || estimates.iter().map(|estimate| estimate.time_ms as f64);
    let (first, last) = (said().fold(f64::INFINITY, f64::min), said().fold(f64::NEG_INFINITY, f64::max));
    let arrived = arrived.map(|at| at as f64);
    let cap = arrived.unwrap_or(length_ms as f64).max(last) * FURTHEST;
    let froms = estimates.iter().filter_map(|estimate| estimate.from_ms).map(|ms| ms as f64);
    let tos = estimates.iter().filter_map(|estimate| estimate.to_ms).map(|ms| ms as f64);
    let all: Vec<f64> = froms.chain(tos).chain(arrived).map(|ms| ms.min(cap)).collect();
    let low = all.iter().copied().fold(f64::INFINITY, f64::min);
    let high = all.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let (low, high) = if all.is_empty() { (first, last.max(first + 1.0)) } else { (low, high) };
    // A hundredth of the time that has passed is the least that labels can tell apart.
    let least = (last.abs() / 100.0).max(1.0);
    let (room, wide) = ((high - low).max(least) * 0.12, ((last - first) * 0.03).max(least));
    Extent { x: (first - wide, last + wide), y: (low - room, high + 4.0 * room) }
}

fn paint(
    canvas: &Canvas<'_>,
    estimates: &[ArrivalEstimate],
    arrived: Option<i64>,
    extent: Extent,
    span: &Span,
) -> Drawn {
    for (y, label) in span.ticks(extent.y.0, extent.y.1, 4) {
        canvas.level(y, &label)?;
    }
    canvas.below_all(&span.ticks(extent.x.0, extent.x.1, canvas.x_ticks()))?;
    canvas.names_of_axes("↑ caught up at", &format!("said at: {}", span.name()))?;
    // What has no end goes almost up to the line of words.
    let highest = extent.y.1 - (extent.y.1 - extent.y.0) * HEADROOM;
    for estimate in estimates {
        let x = estimate.time_ms as f64;
        let (from, to) = (estimate.from_ms, estimate.to_ms);
        let bottom = from.map_or(highest, |from| from as f64);
        let top = to.map_or(highest, |to| to as f64).min(highest);
        let ink = if holds(estimate, arrived) { Ink::Candidate } else { Ink::Bad };
        canvas.stroke(ink, &[(x, bottom.min(top)), (x, top)])?;
        if from.is_none() {
            canvas.point_small(ink, (x, highest))?;
        }
        for end in [from, to].into_iter().flatten() {
            canvas.point_small(ink, (x, (end as f64).min(highest)))?;
        }
    }
    let mut words = vec![(Sample::Mark(Ink::Candidate), "right".to_owned())];
    if estimates.iter().any(|estimate| !holds(estimate, arrived)) {
        words.push((Sample::Mark(Ink::Bad), "wrong".to_owned()));
    }
    if let Some(at) = arrived {
        canvas.stroke(Ink::Text, &[(extent.x.0, at as f64), (extent.x.1, at as f64)])?;
        words.push((Sample::Line(Ink::Text), "caught up".to_owned()));
    }
    canvas.told(&words)
}
