//! Mutants and equivalents of sessions.

use std::collections::HashMap;

use datasets::{Cells, Event, Table};

use super::{
    answers::{each_number, numbers},
    common, crashes,
    windows::extremes,
    wrapped::{answering, saying, seeing},
};
use crate::{
    Case,
    Data::EdgesSessions,
    case,
    case::{Group, Kind, Part},
    under::{Limit, Under},
    wrap::{Base, Boxed},
};

const ALL: &[&str] = &["per-record", "per-trigger", "per-trigger-strict", "at-end"];
/// Those that have a watermark.
const TIMELY: &[&str] = &["per-record", "per-trigger", "per-trigger-strict"];

/// All rows.
pub(crate) fn groups() -> Vec<Group<Event>> {
    let mutants = [
        common::mutants(ALL, EdgesSessions),
        common::of_sums(ALL, EdgesSessions),
        extremes(EdgesSessions),
        mutants(),
        crashes::mutants(ALL, EdgesSessions),
        crashes::of_sinks(TIMELY, EdgesSessions),
    ];
    let equivalents = [common::equivalents(ALL, EdgesSessions), crashes::equivalents(ALL, EdgesSessions)];
    vec![
        (Kind::Mutant, Part::Accuracy, mutants.concat()),
        (Kind::Equivalent, Part::Accuracy, equivalents.concat()),
    ]
}

fn mutants() -> Vec<Case<Event>> {
    vec![
        case("merging drops a count", ALL, EdgesSessions, |base| merging(base.job(), gap_ms(base))),
        case("touching sessions are not merged", ALL, EdgesSessions, |base| by_gap(base, -1)),
        case("sessions a millisecond apart are merged", ALL, EdgesSessions, |base| by_gap(base, 1)),
        case("no session ends", ALL, EdgesSessions, |base| base.with("gap", base.number("gap") * 100)),
        case("late at the very boundary is taken in", TIMELY, EdgesSessions, |base| {
            base.with("delay", base.number("delay") + 1)
        }),
        case("late a millisecond early", TIMELY, EdgesSessions, |base| {
            base.with("delay", base.number("delay") - 1)
        }),
        case("no record may be late", TIMELY, EdgesSessions, |base| base.with("delay", 0))
            .under(Under::Only(Limit::Late)),
    ]
}

fn gap_ms(base: &Base<Event>) -> i64 {
    base.number("gap").cast_signed()
}

/// Sessions by another gap, each of which ends as if it were by the right one.
fn by_gap(base: &Base<Event>, more: i64) -> Boxed<Event> {
    let job = base.with("gap", base.number("gap").saturating_add_signed(more));
    answering(job, move |table| each_number(table, "window_end_ms", |_, end_ms| end_ms - i128::from(more)))
}

/// Counts one record less in each session that once was two.
fn merging(job: Boxed<Event>, gap_ms: i64) -> Boxed<Event> {
    let (tell, told) = std::sync::mpsc::channel();
    let mut times: HashMap<u32, Vec<i64>> = HashMap::new();
    let seeing = seeing(job, move |_, event: Event, fed| {
        let times = times.entry(event.key).or_default();
        let near = |time_ms: &&i64| (**time_ms - event.time_ms).abs() < gap_ms;
        let [before, after] =
            [times.iter().filter(near).min(), times.iter().filter(near).max()].map(Option::<&i64>::copied);
        if before.zip(after).is_some_and(|(before, after)| after - before > gap_ms) {
            // Nobody may listen any more, and then nothing is to be counted.
            let _ = tell.send((event.key, event.time_ms));
        }
        times.push(event.time_ms);
        fed.push(event);
    });
    saying(seeing, move |concluded, _| {
        for (key, time_ms) in told.try_iter() {
            less_at(&mut concluded.table, key, time_ms.into());
        }
    })
}

fn less_at(table: &mut Table, key: u32, time_ms: i128) {
    let [starts, ends] = ["window_start_ms", "window_end_ms"].map(|column| numbers(table, column));
    let keys = match &table.columns.iter().find(|column| column.name == "key").map(|column| &column.cells) {
        Some(Cells::Text(keys)) => keys.clone(),
        Some(Cells::Int(_) | Cells::Wide(_) | Cells::Maybe(_) | Cells::Written(_)) | None => Vec::new(),
    };
    each_number(table, "count", |row, count| {
        let holds = keys.get(row) == Some(&key)
            && starts[row].is_some_and(|start| start <= time_ms)
            && ends[row].is_some_and(|end| time_ms < end);
        count - i128::from(holds)
    });
}
