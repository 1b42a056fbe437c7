//! Shows what waiting buys: The candidate under other triggers, as pictures and as a table.

use compare::{Results, SweepPoint, SweptCost, SweptRows, Wait, WaitUnit};
use maud::{Markup, html};

use crate::figures::{ratio_by_waiting, rows_by_waiting};
use crate::format::{
    NONE, NS_PER_MS, count, duration, fixed, interval, ratio_digits, significant, trigger_name,
};
use crate::part::Part;

/// No more points than this in the table.
const MOST_POINTS: usize = 50;

/// The section, or nothing where no other triggers were asked for.
pub(crate) fn sweep(results: &Results) -> Option<Part> {
    let points = &results.sweep;
    if points.is_empty() {
        return None;
    }
    let body = html! {
        @if let Some(costs) = &results.costs() { (ratio_by_waiting(results, costs)) }
        @if let Some(tables) = &results.tables() { (rows_by_waiting(results, tables)) }
        (table(results, points))
    };
    Some(Part::new("waiting", "What does waiting for a batch buy?", body))
}

/// Returns the trigger's name with the word that it had: `every 5 s`.
fn in_full(trigger: &str) -> String {
    let word = if trigger.starts_with("every ") { "every " } else { "" };
    format!("{word}{}", trigger_name(trigger))
}

/// The points from the shortest wait to the longest, as the picture has them.
fn by_wait(points: &[SweepPoint]) -> Vec<&SweepPoint> {
    let mut points: Vec<_> = points.iter().collect();
    points.sort_by(|a, b| a.wait.p99.total_cmp(&b.wait.p99));
    points
}

fn table(results: &Results, points: &[SweepPoint]) -> Markup {
    let own = &results.replay.trigger;
    html! {
        div class="scroll" role="region" aria-labelledby="waiting" tabindex="0" {
            table class="plain" {
                thead {
                    tr {
                        th scope="col" { "trigger" }
                        @for name in heads(results) { th scope="col" { (name) } }
                    }
                }
                tbody {
                    @for point in by_wait(points).into_iter().take(MOST_POINTS) {
                        tr {
                            th scope="row" { (in_full(&point.trigger)) @if point.trigger == *own { small { "as in this run" } } }
                            @for cell in cells(results, point) { td { (cell) } }
                        }
                    }
                }
            }
        }
        @if results.tables().is_some() {
            p class="notes" {
                em { "Late" } " and " em { "not emitted" } " count records in no row of its answer: the first came when what they "
                "belong to had been closed; the others were in time, and the input ended before their row was emitted."
            }
        }
        @if points.len() > MOST_POINTS {
            p class="notes" { (MOST_POINTS) " of " (count(points.len() as u64)) " triggers." }
        }
    }
}

fn heads(results: &Results) -> Vec<&str> {
    let mut heads = vec!["batches", "wait: median", "99 % within", "longest"];
    heads.extend(results.costs().into_iter().flat_map(|costs| [costs.unit, "competitive ratio"]));
    if results.tables().is_some() {
        heads.extend(["rows that differ", "equal", "late", "not emitted"]);
    }
    heads
}

/// Shows that what a file lacks leaves its columns empty.
fn cells(results: &Results, point: &SweepPoint) -> Vec<String> {
    let Wait { unit, p50, p99, max } = point.wait;
    // A job that acts on each record is not asked for its batches.
    let batches = if point.batches == 0 { NONE.to_owned() } else { count(point.batches) };
    let mut cells = vec![batches];
    cells.extend([p50, p99, max].map(|wait| waited(wait, unit)));
    if let Some(costs) = results.costs() {
        let digits = ratio_digits(costs.bounds.lower);
        let told = |SweptCost { value, low, high }| {
            [count(value), interval(&fixed(low, digits), &fixed(high, digits))]
        };
        cells.extend(point.cost.map_or([String::new(), String::new()], told));
    }
    if results.tables().is_some() {
        let told = |SweptRows { differing, equal, late, not_emitted }| {
            [differing, equal, late, not_emitted].map(count)
        };
        cells.extend(point.rows.map_or([const { String::new() }; 4], told));
    }
    cells
}

fn waited(wait: f64, unit: WaitUnit) -> String {
    match unit {
        WaitUnit::Ms | WaitUnit::Records if wait == 0.0 => "none".to_owned(),
        WaitUnit::Ms => duration(wait * NS_PER_MS),
        WaitUnit::Records if wait.fract() == 0.0 && wait >= 0.0 => {
            crate::format::counted(wait as u64, "records")
        }
        WaitUnit::Records => format!("{}\u{a0}records", significant(wait)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_has_room_for_the_whole_name() {
        let names = ["every 5000ms", "once"].map(|trigger| in_full(trigger).replace('\u{a0}', " "));
        assert_eq!(names, ["every 5 s", "once"]);
    }

    #[test]
    fn no_wait_is_none() {
        assert_eq!([waited(0.0, WaitUnit::Ms), waited(0.0, WaitUnit::Records)], ["none", "none"]);
        assert_eq!(waited(217.0, WaitUnit::Ms).replace('\u{a0}', " "), "217 ms");
    }
}
