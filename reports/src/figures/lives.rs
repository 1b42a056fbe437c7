//! The incarnations of a job over the records of the input, and the faults that ended them.

use compare::{FaultResult, RecoveryResult, Role, VersionResult};
use maud::{Markup, html};

use super::canvas::{Canvas, Drawn, Extent, Fill, Picture, Room};
use super::ticks::round_ticks;
use crate::format::{axis_count, count, counted};
use crate::lives::{Fate, Life, Lives};

/// As many incarnations are drawn.
const MOST_LIVES: usize = 12;
/// As many faults of one incarnation have their words beside them.
const MOST_WORDS: usize = 4;
/// A line of words or a bar, in pixels.
const LINE: f64 = 18.0;
/// Holds what an incarnation takes beside its words, in lines.
const BAR: f64 = 1.3;
const KEY: f64 = 1.5;

/// The picture of one version.
pub(crate) fn lives(
    version: &VersionResult,
    recovery: &RecoveryResult,
    told: &Lives<'_>,
    records: u64,
    role: Role,
) -> Markup {
    let shown = &told.all[..told.all.len().min(MOST_LIVES)];
    let is_cut = told.all.len() > shown.len();
    let end = if is_cut { shown.iter().map(furthest).max().unwrap_or(records) } else { records };
    let lines = KEY + shown.iter().map(height).sum::<f64>();
    let title = format!("{} under {}", version.job, recovery.guarantee);
    let says = format!(
        "{} struck it, {} worked off {}.",
        counted(recovery.faults.len() as u64, "faults"),
        counted(recovery.incarnations, "incarnations"),
        counted(records, "records"),
    );
    let id = match role {
        Role::Stable => "lives-stable",
        Role::Candidate => "lives-candidate",
    };
    let picture = Picture {
        id,
        title: &title,
        says: &says,
        extent: Extent { x: (0.0, end.max(1) as f64), y: (0.0, lines) },
        height: ((lines * LINE + 38.0) / 2.8).ceil() as i32,
        room: Room::SPANS,
    };
    html! {
        figure {
            (picture.draw(|canvas| paint(canvas, shown, lines, end, role)))
            @if is_cut {
                figcaption {
                    "The first " (MOST_LIVES) " of " (count(told.all.len() as u64)) " incarnations, up to record " (count(end)) "."
                }
            }
        }
    }
}

/// Returns how far it came, or what it has lost goes.
fn furthest(life: &Life<'_>) -> u64 {
    life.parts.iter().map(|(_, range)| range.1).fold(life.records.1, u64::max)
}

fn height(life: &Life<'_>) -> f64 {
    BAR + life.faults.len().min(MOST_WORDS) as f64
}

fn paint(canvas: &Canvas<'_>, lives: &[Life<'_>], lines: f64, end: u64, role: Role) -> Drawn {
    let ticks = round_ticks(0.0, end as f64, canvas.x_ticks()).values;
    for &x in ticks.iter().filter(|x| x.fract() == 0.0) {
        canvas.upright_below(x, lines - KEY)?;
    }
    let labels: Vec<_> = ticks.into_iter().filter(|x| x.fract() == 0.0).map(|x| (x, axis_count(x))).collect();
    canvas.below_all(&labels)?;
    canvas.names_of_axes("↓ incarnation", "records in order of arrival →")?;
    canvas.key(role, lines - KEY / 2.0, &key(lives))?;
    let mut top = lines - KEY;
    for life in lives {
        paint_life(canvas, life, top, end, role)?;
        top -= height(life);
    }
    Ok(())
}

/// Returns what the picture has, in words.
fn key(lives: &[Life<'_>]) -> Vec<(Fill, &'static str)> {
    let has = |fate: Fate| lives.iter().flat_map(|life| &life.parts).any(|part| part.0 == fate);
    let others = [Fate::Again, Fate::Repeated, Fate::Lost].into_iter().filter(|&fate| has(fate)).map(
        |fate| match fate {
            Fate::Again => (fill(fate), "again"),
            Fate::Repeated => (fill(fate), "repeated"),
            Fate::Lost => (fill(fate), "lost"),
        },
    );
    [(Fill::Solid, "worked off")].into_iter().chain(others).collect()
}

fn fill(fate: Fate) -> Fill {
    match fate {
        Fate::Again => Fill::Hatched,
        Fate::Repeated => Fill::Dark,
        Fate::Lost => Fill::Frame,
    }
}

/// The words of its faults in lines above it, then the bar.
fn paint_life(canvas: &Canvas<'_>, life: &Life<'_>, top: f64, end: u64, role: Role) -> Drawn {
    let said = &life.faults[..life.faults.len().min(MOST_WORDS)];
    let middle = top - said.len() as f64 - 0.5;
    let (upper, lower) = (middle + 0.36, middle - 0.36);
    let box_of = |(from, to): (u64, u64)| ((from as f64, upper), (to as f64, lower));
    canvas.beside(middle, &count(life.number))?;
    if life.records.0 < life.records.1 {
        let (corner, opposite) = box_of(life.records);
        canvas.part(role, Fill::Solid, corner, opposite)?;
    }
    for &(fate, range) in &life.parts {
        let (corner, opposite) = box_of(range);
        canvas.part(role, fill(fate), corner, opposite)?;
    }
    let place = |fault: &FaultResult| fault.position.min(end) as f64;
    for (_, fault) in &life.faults {
        canvas.strike(place(fault), upper + 0.14, lower - 0.14)?;
    }
    for (line, (index, fault)) in said.iter().enumerate() {
        let at = (place(fault), top - line as f64 - 0.5);
        canvas.words(at, &format!("{}: {}", index + 1, fault.fault))?;
    }
    Ok(())
}
