//! Describes how the ratio develops: cost over the bounds of each prefix.

use compare::{Bounds, Costs, CurvePoint, Objective, Results, Role};
use maud::{Markup, html};

use super::canvas::{Canvas, Drawn, End, Extent, Fine, Line, Picture, Room, Tips};
use super::ticks::round_ticks;
use crate::format::{axis_count, count, counted, fixed, ratio_digits};
use crate::part::Part;

/// Below this lower bound one unit more or less moves the ratio by more than a tenth: nothing to look at.
const COARSE: u64 = 10;

/// From this lower bound on one unit more or less can hardly be seen.
const FINE: u64 = 200;

/// The section, or nothing where there are too few points for a line.
pub(crate) fn curve(results: &Results, costs: &Costs<'_>) -> Option<Part> {
    let points: Vec<_> = results.curve.iter().copied().filter(|point| point.lower_bound >= COARSE).collect();
    if points.len() < 2 {
        return None;
    }
    let title = "Competitive ratio over the records seen";
    let says = says(results, costs, &points);
    let extent = extent(&results.objective, &points);
    let picture = Picture { id: "curve", title, says: &says, extent, height: 100, room: Room::LINES };
    let tips = tips(results, &points, extent);
    let body = html! {
        figure {
            (picture.draw_told(&tips, |canvas| paint(canvas, results, costs, &points, extent)))
            (caption(results, costs, &points))
        }
    };
    Some(Part::new("ratio", "How the ratio develops", body))
}

fn tips(results: &Results, points: &[CurvePoint], extent: Extent) -> Tips {
    let (across, upwards) = (Fine::across(extent), Fine::upwards(extent));
    let jobs = [(Role::Stable, &results.stable.job), (Role::Candidate, &results.candidate.job)];
    let names = ["", jobs[0].1.as_str(), jobs[1].1.as_str()];
    Tips::across(
        &names,
        points.iter().map(|point| {
            let ratio = |role| ratio(&results.objective, point, role).1;
            let records = format!("{} records", across.write(point.records as f64));
            let said = jobs.map(|(role, _)| upwards.write(ratio(role)));
            let lines = std::iter::once(records).chain(said).collect();
            ((point.records as f64, ratio(Role::Candidate)), lines)
        }),
    )
}

fn paint(
    canvas: &Canvas<'_>,
    results: &Results,
    costs: &Costs<'_>,
    points: &[CurvePoint],
    extent: Extent,
) -> Drawn {
    let objective = &results.objective;
    axes(canvas, extent)?;
    let digits = ratio_digits(costs.bounds.lower);
    for role in [Role::Stable, Role::Candidate] {
        canvas.band(role, &upper(objective, points, role), &lower(objective, points, role))?;
    }
    // Stable's dashes on top: where the lines meet, both are seen.
    for role in [Role::Candidate, Role::Stable] {
        canvas.line(role, &upper(objective, points, role))?;
    }
    canvas.ends([Role::Stable, Role::Candidate].map(|role| {
        let y = last(objective, points, role);
        let name = match role {
            Role::Stable => &results.stable.job,
            Role::Candidate => &results.candidate.job,
        };
        End { role, y, name, value: fixed(y, digits) }
    }))
}

fn axes(canvas: &Canvas<'_>, extent: Extent) -> Drawn {
    let levels = round_ticks(extent.y.0, extent.y.1, 5);
    for y in levels.values {
        canvas.level(y, &fixed(y, levels.decimals.max(1)))?;
    }
    for x in round_ticks(extent.x.0, extent.x.1, canvas.x_ticks()).values {
        canvas.below(x, &axis_count(x))?;
    }
    canvas.x_name("records")
}

fn cost(point: &CurvePoint, role: Role) -> u64 {
    match role {
        Role::Stable => point.stable,
        Role::Candidate => point.candidate,
    }
}

fn upper(objective: &Objective, points: &[CurvePoint], role: Role) -> Line {
    points.iter().map(|p| (p.records as f64, ratio(objective, p, role).1)).collect()
}

fn lower(objective: &Objective, points: &[CurvePoint], role: Role) -> Line {
    points.iter().map(|p| (p.records as f64, ratio(objective, p, role).0)).collect()
}

fn ratio(objective: &Objective, point: &CurvePoint, role: Role) -> (f64, f64) {
    objective.ratio(cost(point, role), point.lower_bound, point.upper_bound)
}

fn last(objective: &Objective, points: &[CurvePoint], role: Role) -> f64 {
    upper(objective, points, role).last().map_or(1.0, |point| point.1)
}

/// From 1, the optimum, to a little above the highest point.
fn extent(objective: &Objective, points: &[CurvePoint]) -> Extent {
    let lines = [Role::Stable, Role::Candidate]
        .map(|v| [upper(objective, points, v), lower(objective, points, v)].concat());
    let all = || lines.iter().flatten().map(|point| point.1);
    let low = all().fold(1.0, f64::min);
    let high = all().fold(1.02, f64::max);
    let end = points.last().map_or(1, |point| point.records);
    Extent { x: (0.0, end as f64), y: (low, high + (high - low) * 0.03) }
}

fn says(results: &Results, costs: &Costs<'_>, points: &[CurvePoint]) -> String {
    let digits = ratio_digits(costs.bounds.lower);
    format!(
        "{} ends at {}, {} at {}; 1 is the optimum.",
        results.stable.job,
        fixed(last(&results.objective, points, Role::Stable), digits),
        results.candidate.job,
        fixed(last(&results.objective, points, Role::Candidate), digits),
    )
}

fn caption(results: &Results, costs: &Costs<'_>, points: &[CurvePoint]) -> Markup {
    html! {
        figcaption {
            "Cost over the lower bound for the records seen so far, so the true ratio is at most this; 1 is the optimum. "
            @if !exact(costs.bounds, points) {
                "The shaded band reaches down to cost over the best offline answer: the true ratio lies within it. "
            }
            @if let Some(first) = points.first().filter(|first| first.lower_bound < FINE) {
                "Early prefixes are coarse: at " (count(first.records)) " records " (counted(1, costs.unit)) " more"
                " moves the ratio by " (fixed(1.0 / first.lower_bound as f64, 2)) ". "
            }
            @if points.len() < results.curve.len() {
                "Prefixes that need fewer than " (counted(COARSE, costs.unit)) " are left out."
            }
        }
    }
}

fn exact(bounds: &Bounds, points: &[CurvePoint]) -> bool {
    bounds.lower == bounds.upper && points.iter().all(|p| p.lower_bound == p.upper_bound)
}
