//! A version's profile: how often each part of a range occurred, as the problem defines it.

use compare::{CostResult, Costs, Profile, Results, Role};
use maud::html;

use super::canvas::{Canvas, Drawn, End, Extent, Fine, Line, Picture, Room, Tips};
use super::ticks::round_ticks;
use crate::format::{axis_count, count, counted};
use crate::part::Part;

/// The section, or nothing where neither version has a profile.
pub(crate) fn profile(results: &Results, costs: &Costs<'_>) -> Option<Part> {
    let Some(shown) = &results.profile else { return None };
    let sides = [costs.stable, costs.candidate];
    let tallest = sides.iter().flat_map(|cost| &cost.profile).copied().max().unwrap_or(0);
    if tallest == 0 || sides.iter().any(|cost| cost.profile.is_empty()) || !is_a_range(shown) {
        return None;
    }
    let extent = Extent { x: shown.range, y: (0.0, tallest as f64 * 1.03) };
    let Profile { name, unit, last, .. } = shown;
    let says = format!(
        "{} has {} {last}, {} has {}.",
        results.stable.job,
        counted(at_the_end(costs.stable), unit),
        results.candidate.job,
        counted(at_the_end(costs.candidate), unit),
    );
    let picture = Picture { id: "profile", title: name, says: &says, extent, height: 85, room: Room::LINES };
    let body = html! {
        figure {
            (picture.draw_told(&tips(results, costs, shown, extent), |canvas| paint(canvas, results, costs, shown, extent)))
            figcaption { (shown.reading) }
        }
    };
    Some(Part::new("profile-of", shown.title.as_ref(), body))
}

/// A file may say anything.
fn is_a_range(shown: &Profile) -> bool {
    let (from, to) = shown.range;
    from.is_finite() && to.is_finite() && from < to
}

fn at_the_end(cost: &CostResult) -> u64 {
    cost.profile.last().copied().unwrap_or(0)
}

fn tips(results: &Results, costs: &Costs<'_>, shown: &Profile, extent: Extent) -> Tips {
    let (across, (from, to)) = (Fine::across(extent), extent.x);
    let parts = costs.candidate.profile.len().max(1);
    let width = (to - from) / parts as f64;
    let steps = (0..parts).map(|part| {
        let left = from + part as f64 * width;
        let place = format!("{} to {}", across.write(left), across.write(left + width));
        let of = |cost: &CostResult| cost.profile.get(part).copied().unwrap_or(0);
        let said = [costs.stable, costs.candidate].map(|cost| counted(of(cost), &shown.unit));
        let at = (left + width / 2.0, of(costs.candidate) as f64);
        (at, std::iter::once(place).chain(said).collect())
    });
    Tips::across(&[shown.axis.as_ref(), &results.stable.job, &results.candidate.job], steps)
}

fn paint(
    canvas: &Canvas<'_>,
    results: &Results,
    costs: &Costs<'_>,
    shown: &Profile,
    extent: Extent,
) -> Drawn {
    for y in round_ticks(0.0, extent.y.1, 4).values.into_iter().filter(|y| y.fract() == 0.0) {
        canvas.level(y, &axis_count(y))?;
    }
    for x in round_ticks(extent.x.0, extent.x.1, canvas.x_ticks()).values {
        canvas.below(x, &axis_count(x))?;
    }
    canvas.x_name(&shown.axis)?;
    // Stable's dashes on top: where the lines meet, both are seen.
    for (role, cost) in [(Role::Candidate, costs.candidate), (Role::Stable, costs.stable)] {
        let (top, floor) = outline(&cost.profile, extent.x);
        canvas.band(role, &top, &floor)?;
        canvas.line(role, &top)?;
    }
    let end = |role, name, cost| {
        let last = at_the_end(cost);
        End { role, y: last as f64, name, value: count(last) }
    };
    canvas.ends([
        end(Role::Stable, &results.stable.job, costs.stable),
        end(Role::Candidate, &results.candidate.job, costs.candidate),
    ])
}

/// The steps over the parts, and the floor below them.
fn outline(profile: &[u64], (from, to): (f64, f64)) -> (Line, Line) {
    let width = (to - from) / profile.len() as f64;
    let steps = profile.iter().enumerate().flat_map(|(index, &times)| {
        let left = from + index as f64 * width;
        [(left, times as f64), (left + width, times as f64)]
    });
    (steps.collect(), vec![(from, 0.0), (to, 0.0)])
}
