//! A problem of one's own: what each till has taken, less what it has paid back.

use std::collections::BTreeMap;

use counterpoint::{
    Answer, Cells, Complete, Computed, Entry, Event, Flavour, Function, Keys, Made, Merging, NOTHING_PROVEN,
    Objective, Pipeline, Problem, Regime, Setup, Shape, Source, Table, TableColumn, VersionEntry,
    WatermarkPolicy, lines,
};

/// Its records are events: the time, the till as the key, the amount as the value, below 0 where it was paid back.
pub static NET_SALES: Problem<Event> = Problem {
    entry: Entry {
        name: "net-sales",
        about: "receipts and net amount of each till; an amount below 0 is paid back",
        parameters: &[],
        reject: |_, _| None,
        reference_name: "one-map",
        versions: &[
            version("all-receipts", "adds up every receipt", |setup| job(|_| true, setup)),
            version("without-errors", "takes amounts below 0 for errors", |setup| {
                job(|event| event.value >= 0, setup)
            }),
        ],
        line: lines::event,
    },
    objective: Objective::None,
    reference: |events, keys, _, _| {
        let answer = Answer::Table(reference(events, keys));
        Ok(Computed { answer, bounds: None, counts: Vec::new() })
    },
    growing: None,
    merge: |_| Merging::No("nobody has said how two halves of it become one"),
    shape: Shape::Table,
};

/// Returns the batch answer, sorted by the till. It shares no code with the versions, so it shares no bug.
fn reference(events: &[Event], keys: &Keys) -> Table {
    let mut tills: BTreeMap<&[u8], (u32, i64, i128)> = BTreeMap::new();
    for event in events {
        let (_, receipts, net) = tills.entry(keys.get(event.key)).or_insert((event.key, 0, 0));
        *receipts += 1;
        *net += i128::from(event.value);
    }
    let columns = vec![
        TableColumn::new("till", Cells::Text(tills.values().map(|till| till.0).collect())),
        TableColumn::new("receipts", Cells::Int(tills.values().map(|till| till.1).collect())),
        TableColumn::new("sum", Cells::Wide(tills.values().map(|till| till.2).collect())),
    ];
    Table::new(1, columns)
}

/// Returns the entry of a version that takes no parameter.
const fn version(
    name: &'static str,
    about: &'static str,
    make: fn(&Setup<'_>) -> Made<Event>,
) -> VersionEntry<Event> {
    VersionEntry { name, argument: None, about, proven: NOTHING_PROVEN, make }
}

/// Returns the streaming job that adds up the receipts that `counts` lets through. Nothing is late, for it has no watermark.
fn job(counts: fn(&Event) -> bool, setup: &Setup<'_>) -> Made<Event> {
    let source = Source {
        time_ms: |event: &Event| event.time_ms,
        partition: |_| 0,
        policy: WatermarkPolicy::Min,
        delay_ms: None,
        partitions: 0,
        idle_ms: None,
        max_ahead_ms: None,
    };
    let flavour = Flavour::PerRecord { lateness_ms: 0 };
    let regime = Regime { flavour, trigger: setup.trigger, state_limit: 1_000_000 };
    let till = |keys: &[u32]| vec![TableColumn::new("till", Cells::Text(keys.to_vec()))];
    let sink = Complete::new(till, [("receipts", Function::Count), ("sum", Function::Sum)]);
    let totals = Pipeline::start().filter(counts).aggregate([Function::Count, Function::Sum]);
    Ok(Box::new(totals.run(source, regime, sink)))
}
