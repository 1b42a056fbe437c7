//! How full the bins are at the end: a histogram in steps of 5 % of the capacity.

use compare::{Results, Role, VersionResult};
use maud::{Markup, html};

use super::canvas::{Canvas, Drawn, End, Extent, Line, Picture, Room};
use super::ticks::round_ticks;
use crate::format::{axis_count, count, counted};

/// The section, or nothing where neither version filled anything.
pub(crate) fn fill(results: &Results) -> Markup {
    let sides = [&results.stable, &results.candidate];
    let tallest = sides.iter().flat_map(|version| &version.fill).copied().max().unwrap_or(0);
    if tallest == 0 || sides.iter().any(|version| version.fill.is_empty()) {
        return html! {};
    }
    let extent = Extent { x: (0.0, 100.0), y: (0.0, tallest as f64 * 1.03) };
    let title = format!(
        "Fill of the {}: {} filled {} to 95 % or more, {} filled {}",
        results.cost_unit,
        results.stable.job,
        counted(fullest(&results.stable), &results.cost_unit),
        results.candidate.job,
        counted(fullest(&results.candidate), &results.cost_unit),
    );
    let picture = Picture { id: "fill", title: &title, extent, height: 85, room: Room::LINES };
    html! {
        section {
            h2 { "How full are the " (results.cost_unit) "?" }
            figure {
                (picture.draw(|canvas| paint(canvas, results, extent)))
                figcaption {
                    "Number of " (results.cost_unit) " by how full they are at the end, in steps of 5 % of the capacity. "
                    "A good packing stands far to the right; what lies left of it is wasted room. "
                    "The number at the right counts those filled to 95 % or more."
                }
            }
        }
    }
}

fn fullest(version: &VersionResult) -> u64 {
    version.fill.last().copied().unwrap_or(0)
}

fn paint(canvas: &Canvas<'_>, results: &Results, extent: Extent) -> Drawn {
    for y in round_ticks(0.0, extent.y.1, 4).values.into_iter().filter(|y| y.fract() == 0.0) {
        canvas.level(y, &axis_count(y))?;
    }
    for x in round_ticks(0.0, 100.0, canvas.x_ticks()).values {
        canvas.below(x, &count(x.round() as u64))?;
    }
    canvas.x_name("% full")?;
    // Stable's dashes on top: where the lines meet, both are seen.
    for (role, version) in [(Role::Candidate, &results.candidate), (Role::Stable, &results.stable)] {
        let (top, floor) = outline(&version.fill);
        canvas.band(role, &top, &floor)?;
        canvas.line(role, &top)?;
    }
    canvas.ends([(Role::Stable, &results.stable), (Role::Candidate, &results.candidate)].map(
        |(role, version)| {
            let fullest = fullest(version);
            End { role, y: fullest as f64, name: &version.job, value: count(fullest) }
        },
    ))
}

/// The steps over the buckets, and the floor below them.
fn outline(fill: &[u64]) -> (Line, Line) {
    let width = 100.0 / fill.len() as f64;
    let steps = fill.iter().enumerate().flat_map(|(index, &bins)| {
        let left = index as f64 * width;
        [(left, bins as f64), (left + width, bins as f64)]
    });
    (steps.collect(), vec![(0.0, 0.0), (100.0, 0.0)])
}
