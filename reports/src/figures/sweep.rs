//! Describes what waiting buys: the candidate under other triggers, from record at a time to the whole file.

use compare::{Costs, Results, Role, SweepPoint, SweptCost, SweptRows, Tables};
use maud::{Markup, html};

use super::canvas::{Canvas, Drawn, Extent, Fine, Ink, Named, Picture, Room, Tips};
use super::ticks::round_ticks;
use super::waits::Waits;
use crate::format::{axis_count, count, fixed, ratio_digits, trigger_name};

/// A point of the picture: what it is of, where it stands, and the lower end of its interval.
struct Mark<'a> {
    point: &'a SweepPoint,
    x: f64,
    y: f64,
    low: f64,
}

/// The competitive ratio against waiting, or nothing where there is nothing to draw.
pub(crate) fn ratio_by_waiting(results: &Results, costs: &Costs<'_>) -> Markup {
    let height = |point: &SweepPoint| {
        let SweptCost { low, high, .. } = point.cost?;
        (low.is_finite() && high.is_finite()).then_some((high, low))
    };
    let Some((waits, marks)) = marks(&results.sweep, height) else { return html! {} };
    let level = costs.stable.competitive_ratio.high;
    let digits = ratio_digits(costs.bounds.lower);
    let all = || marks.iter().flat_map(|mark| [mark.y, mark.low]).chain([level]);
    let (low, high) = (all().fold(1.0, f64::min), all().fold(1.02, f64::max));
    let [first, last] = ends(&marks);
    let title = format!("Competitive ratio of {} by how long records wait", results.candidate.job);
    let says = format!(
        "{} with trigger {}, {} with trigger {}.",
        fixed(first.y, digits),
        first.point.trigger,
        fixed(last.y, digits),
        last.point.trigger,
    );
    let picture = Picture {
        id: "sweep",
        title: &title,
        says: &says,
        extent: Extent { x: waits.ends(), y: (low, high + (high - low) * 0.12) },
        height: 100,
        room: Room::POINTS,
    };
    let shown = Shown {
        waits: &waits,
        marks: &marks,
        level,
        stable: &results.stable.job,
        own: &results.replay.trigger,
        name: "competitive ratio",
    };
    let is_bounded = marks.iter().any(|mark| mark.low < mark.y);
    html! {
        figure {
            (picture.draw_told(&tips(&shown, picture.extent), |canvas| paint(canvas, &shown, picture.extent, |y, decimals| fixed(y, decimals.max(1)))))
            figcaption {
                "Each point is " (results.candidate.job) " over the same records under another trigger. "
                (reading(&waits)) " Upwards: cost over the lower bound; 1 is the optimum, which only a job that sees "
                "everything before it decides can be sure of. "
                @if is_bounded { "The band reaches down to cost over the best offline answer: the true ratio lies in it. " }
                (level_caption(&results.stable.job, &results.replay.trigger))
            }
        }
    }
}

/// Differing rows against waiting.
pub(crate) fn rows_by_waiting(results: &Results, tables: &Tables<'_>) -> Markup {
    let height = |point: &SweepPoint| {
        let SweptRows { differing, .. } = point.rows?;
        Some((differing as f64, differing as f64))
    };
    let Some((waits, marks)) = marks(&results.sweep, height) else { return html! {} };
    let level = tables.stable.table.divergence.differing() as f64;
    let high = marks.iter().map(|mark| mark.y).chain([level]).fold(1.0, f64::max);
    let [first, last] = ends(&marks);
    let title =
        format!("Rows of {} that differ from the reference by how long records wait", results.candidate.job);
    let says = format!(
        "{} with trigger {}, {} with trigger {}.",
        count(first.y as u64),
        first.point.trigger,
        count(last.y as u64),
        last.point.trigger,
    );
    let picture = Picture {
        id: "sweep",
        title: &title,
        says: &says,
        extent: Extent { x: waits.ends(), y: (0.0, high * 1.2) },
        height: 100,
        room: Room::POINTS,
    };
    let shown = Shown {
        waits: &waits,
        marks: &marks,
        level,
        stable: &results.stable.job,
        own: &results.replay.trigger,
        name: "rows that differ",
    };
    html! {
        figure {
            (picture.draw_told(&tips(&shown, picture.extent), |canvas| paint(canvas, &shown, picture.extent, |y, _| axis_count(y))))
            figcaption {
                "Each point is " (results.candidate.job) " over the same records under another trigger. "
                (reading(&waits)) " Upwards: rows of its answer that differ from the batch reference. "
                (level_caption(&results.stable.job, &results.replay.trigger))
            }
        }
    }
}

/// Points from the shortest wait to the longest, with their heights; nothing where no picture comes of it.
fn marks(
    sweep: &[SweepPoint],
    height: impl Fn(&SweepPoint) -> Option<(f64, f64)>,
) -> Option<(Waits, Vec<Mark<'_>>)> {
    let mut points: Vec<(&SweepPoint, (f64, f64))> =
        sweep.iter().filter_map(|point| Some((point, height(point)?))).collect();
    points.sort_by(|a, b| a.0.wait.p99.total_cmp(&b.0.wait.p99));
    let waits = Waits::of(&points.iter().map(|&(point, _)| point).collect::<Vec<_>>())?;
    let marks =
        points.into_iter().map(|(point, (y, low))| Mark { point, x: waits.x(point), y, low }).collect();
    Some((waits, marks))
}

/// The first and the last: [`Waits`] has seen that there are two.
fn ends<'a, 'b>(marks: &'a [Mark<'b>]) -> [&'a Mark<'b>; 2] {
    [&marks[0], &marks[marks.len() - 1]]
}

struct Shown<'a> {
    waits: &'a Waits,
    marks: &'a [Mark<'a>],
    /// Stable's height under the run's own trigger.
    level: f64,
    stable: &'a str,
    /// The run's own trigger.
    own: &'a str,
    /// Holds what the points count.
    name: &'a str,
}

fn tips(shown: &Shown<'_>, extent: Extent) -> Tips {
    let upwards = Fine::upwards(extent);
    Tips::around(
        &["trigger", "wait, 99\u{a0}% within", shown.name],
        shown.marks.iter().map(|mark| {
            let wait = shown.waits.told(mark.point);
            ((mark.x, mark.y), vec![mark.point.trigger.clone(), wait, upwards.write(mark.y)])
        }),
    )
}

fn paint(
    canvas: &Canvas<'_>,
    shown: &Shown<'_>,
    extent: Extent,
    label: impl Fn(f64, usize) -> String,
) -> Drawn {
    axes(canvas, shown.waits, extent, label)?;
    let upper: Vec<_> = shown.marks.iter().map(|mark| (mark.x, mark.y)).collect();
    let lower: Vec<_> = shown.marks.iter().map(|mark| (mark.x, mark.low)).collect();
    if upper != lower {
        canvas.band(Role::Candidate, &upper, &lower)?;
    }
    canvas.line(Role::Candidate, &upper)?;
    if shown.level.is_finite() {
        canvas.line(Role::Stable, &[(extent.x.0, shown.level), (extent.x.1, shown.level)])?;
    }
    for mark in shown.marks {
        canvas.dot(Role::Candidate, (mark.x, mark.y))?;
    }
    let names: Vec<_> = shown.marks.iter().map(|mark| trigger_name(&mark.point.trigger)).collect();
    let named = shown.marks.iter().zip(&names).map(|(mark, name)| Named {
        at: (mark.x, mark.y),
        name,
        ink: Ink::Candidate,
        is_bold: mark.point.trigger == shown.own,
    });
    let level = Named { at: (extent.x.0, shown.level), name: shown.stable, ink: Ink::Stable, is_bold: true };
    canvas.names_of_axes(&format!("↑ {}", shown.name), "wait, 99 % within →")?;
    // Last, for the ends of the row find room first.
    let level_line = [(extent.x.0, shown.level), (extent.x.1, shown.level)];
    let lines: &[&[(f64, f64)]] = if shown.level.is_finite() { &[&upper, &level_line] } else { &[&upper] };
    canvas.names(&named.chain(shown.level.is_finite().then_some(level)).collect::<Vec<_>>(), lines)
}

fn axes(canvas: &Canvas<'_>, waits: &Waits, extent: Extent, label: impl Fn(f64, usize) -> String) -> Drawn {
    let levels = round_ticks(extent.y.0, extent.y.1, 5);
    let is_counted = extent.y.0 == 0.0;
    for y in levels.values.into_iter().filter(|y| !is_counted || y.fract() == 0.0) {
        canvas.level(y, &label(y, levels.decimals))?;
    }
    waits.paint(canvas)
}

fn reading(waits: &Waits) -> String {
    let unit = match waits.name() {
        "records" => "counted in the records that come in between",
        _ => "by the schedule alone",
    };
    format!(
        "Across: how long 99 in 100 records wait at most for their batch to be complete, {unit}, on a logarithmic scale; \
         the job's own time is not in it."
    )
}

fn level_caption(stable: &str, trigger: &str) -> Markup {
    html! { "The dashed line is " (stable) " as it runs in this comparison, with trigger " (trigger) "." }
}
