//! When rows differ and records come late: bars over event time, stable's beside the candidate's.

use compare::{Role, RowsOverTime, SideOverTime, Tables};
use maud::html;

use super::canvas::{Canvas, Drawn, Extent, Fill, Ink, Picture, Room, Sample, Tips};
use super::ticks::round_ticks;
use crate::format::{axis_count, chosen_duration, count, counted, shorten};
use crate::part::Part;
use crate::times::{TimeAxis, column_name, moment};

/// A column's name is a few words.
const MOST_CHARS: usize = 40;
/// Both jobs' names have room beside each other on a narrow page.
const NAME_CHARS: usize = 16;
/// So much of a step each bar takes, from where.
const STABLE: (f64, f64) = (0.08, 0.48);
const CANDIDATE: (f64, f64) = (0.52, 0.92);

/// The part, or nothing where no time is known of the rows.
pub(crate) fn over_time(tables: &Tables<'_>) -> Option<Part> {
    let over = tables.changes.over_time.as_deref().filter(|over| is_whole(over))?;
    let jobs = [&tables.stable.version.job, &tables.candidate.version.job];
    let steps = over.rows.len();
    let most = |of: &dyn Fn(&SideOverTime, usize) -> u64| {
        let sides = [&over.versions.stable, &over.versions.candidate];
        (0..steps).flat_map(|step| sides.map(|side| of(side, step))).max().unwrap_or(0) as f64
    };
    let differing = most(&|side, step| side.differing(step));
    let late = most(&|side, step| side.late[step]);
    let room = differing.max(late).max(1.0);
    let picture = Picture {
        id: "over-time",
        title: "Rows that differ over event time",
        says: &says(over, jobs),
        extent: Extent { x: (0.0, steps as f64), y: (-late * 1.1 - room * 0.02, differing + room * 0.24) },
        height: 90,
        room: Room::TIME,
    };
    let has = |of: fn(&SideOverTime) -> &Vec<u64>| {
        [&over.versions.stable, &over.versions.candidate]
            .iter()
            .any(|side| of(side).iter().any(|rows| *rows > 0))
    };
    let body = html! {
        figure {
            (picture.draw_told(&tips(over, jobs), |canvas| paint(canvas, over, picture.extent, jobs)))
            figcaption {
                "Rows unlike the reference\u{2019}s by their " (shorten(&column_name(&over.column), MOST_CHARS)) ", in steps of "
                (chosen_duration(over.step_ms as f64 * 1e6)) " from " (moment(over.first_ms)) " UTC; of each pair the left bar is stable\u{2019}s. "
                @if has(|side| &side.changed) { em { "Filled" } ": changed. " }
                @if has(|side| &side.missing) { em { "Pale, lines rising" } ": missing. " }
                @if has(|side| &side.extra) { em { "In the color of the text, lines falling" } ": extra. " }
                @if has(|side| &side.late) { "Downwards: records that came late, by when they happened." }
            }
        }
    };
    Some(Part::new("when", "When do rows differ?", body))
}

/// Returns whether every count has a step: a file may hold anything.
fn is_whole(over: &RowsOverTime) -> bool {
    let steps = over.rows.len();
    let fits = |side: &SideOverTime| {
        [&side.changed, &side.missing, &side.extra, &side.late].iter().all(|of| of.len() == steps)
    };
    (1..=64).contains(&steps)
        && over.step_ms > 0
        && fits(&over.versions.stable)
        && fits(&over.versions.candidate)
}

/// When a step begins.
fn start_of(over: &RowsOverTime, step: usize) -> i64 {
    over.first_ms.saturating_add(over.step_ms.saturating_mul(i64::try_from(step).unwrap_or(i64::MAX)))
}

fn says(over: &RowsOverTime, jobs: [&String; 2]) -> String {
    let said = [&over.versions.stable, &over.versions.candidate].into_iter().zip(jobs).map(|(side, job)| {
        let worst = (0..over.rows.len()).rev().max_by_key(|&step| side.differing(step)).unwrap_or(0);
        let sum = |counts: &[u64]| counts.iter().fold(0, |sum: u64, count| sum.saturating_add(*count));
        let when = moment(start_of(over, worst));
        match side.differing(worst) {
            0 => format!("{job} has none, and {} late records", count(sum(&side.late))),
            most => format!(
                "{job} has most of them, {}, from {when} on, and {} late records",
                count(most),
                count(sum(&side.late))
            ),
        }
    });
    said.collect::<Vec<_>>().join("; ") + "."
}

fn tips(over: &RowsOverTime, jobs: [&String; 2]) -> Tips {
    let sides = [&over.versions.stable, &over.versions.candidate];
    let steps = (0..over.rows.len()).map(|step| {
        let from = format!(
            "{}, {} of the reference",
            moment(start_of(over, step)),
            counted(over.rows[step], "rows")
        );
        let said = sides
            .map(|side| format!("{} differ, {} late", count(side.differing(step)), count(side.late[step])));
        ((step as f64 + 0.5, 0.0), std::iter::once(from).chain(said).collect())
    });
    Tips::across(&["", jobs[0].as_str(), jobs[1].as_str()], steps)
}

fn paint(canvas: &Canvas<'_>, over: &RowsOverTime, extent: Extent, jobs: [&String; 2]) -> Drawn {
    for y in round_ticks(extent.y.0, extent.y.1, 5)
        .values
        .into_iter()
        .filter(|y| y.fract() == 0.0 && *y < extent.y.1 * 0.87)
    {
        canvas.level(y, &axis_count(y.abs()))?;
    }
    let steps = over.rows.len();
    let apart = steps.div_ceil(canvas.x_ticks().max(1));
    let axis = TimeAxis {
        first: over.first_ms,
        last: start_of(over, steps - 1),
        apart: over.step_ms.saturating_mul(i64::try_from(apart).unwrap_or(i64::MAX)),
    };
    let labels = (0..=steps).step_by(apart).map(|step| (step as f64, axis.label(start_of(over, step))));
    canvas.below_all(&labels.collect::<Vec<_>>())?;
    for (role, side, place) in [
        (Role::Stable, &over.versions.stable, STABLE),
        (Role::Candidate, &over.versions.candidate, CANDIDATE),
    ] {
        for step in 0..steps {
            bar(canvas, role, side, step, place)?;
        }
    }
    canvas.names_of_axes("\u{2191} rows, \u{2193} late records", "event time \u{2192}")?;
    let name = |job: &String| shorten(job, NAME_CHARS);
    canvas.told(&[(Sample::Full(Ink::Stable), name(jobs[0])), (Sample::Full(Ink::Candidate), name(jobs[1]))])
}

/// Draws what differs in a step, one kind on top of the other, and downwards the late records.
fn bar(canvas: &Canvas<'_>, role: Role, side: &SideOverTime, step: usize, (from, to): (f64, f64)) -> Drawn {
    let (left, right) = (step as f64 + from, step as f64 + to);
    let mut floor = 0.0;
    for (fill, rows) in
        [(Fill::Solid, &side.changed), (Fill::Hatched, &side.missing), (Fill::Dark, &side.extra)]
    {
        if rows[step] > 0 {
            let top = floor + rows[step] as f64;
            canvas.part(role, fill, (left, floor), (right, top))?;
            floor = top;
        }
    }
    if side.late[step] > 0 {
        canvas.block(role.into(), true, (left, 0.0), (right, -(side.late[step] as f64)))?;
    }
    Ok(())
}
