//! Plants a rule in the batch job's answer by other means than the model's, and looks whether it is found.

use batch::windowed_aggregation::{Window, reference};
use datasets::{Cells, Event, Keys, SplitMix64, Table};
use explain::{Asked, Case, Data, Finding, Rule, explain};

fn events(keys: &mut Keys, records: i64) -> Vec<Event> {
    let names: Vec<u32> = ["a", "b", "", "d"].map(|name| keys.intern(name.as_bytes())).into();
    let mut random = SplitMix64::new(3);
    (0..records)
        .map(|at| {
            let late = if random.uniform(0, 9) == 0 { random.uniform(0, 40_000).cast_signed() } else { 0 };
            let key = names[random.uniform(0, 3) as usize];
            let time_ms = 1_700_000_000_000 + at * 700 / 100 * 100 - late;
            Event {
                time_ms,
                key,
                value: random.uniform(0, 100).cast_signed(),
                partition: random.uniform(0, 2) as u32,
            }
        })
        .collect()
}

fn found(events: &[Event], keys: &Keys, answer: &Table) -> Finding {
    let reference = reference(events, Window::Tumbling { size_ms: 10_000 }, keys).expect("an answer").table;
    explain(&Case {
        asked: Asked::Tumbling { size_ms: 10_000 },
        data: Data::Events(events),
        batch_ends: &[],
        keys,
        scale: 1,
        delays_ms: vec![],
        reference: &reference,
        answer,
    })
}

#[test]
fn rules_of_windows_are_found() {
    let mut keys = Keys::default();
    let events = events(&mut keys, 3_000);
    let window = Window::Tumbling { size_ms: 10_000 };
    let of = |events: &[Event]| reference(events, window, &keys).expect("an answer").table;
    let moved =
        |by: i64| -> Vec<Event> { events.iter().map(|e| Event { time_ms: e.time_ms + by, ..*e }).collect() };
    let shifted = |mut table: Table, by: i64| {
        for column in &mut table.columns[..2] {
            let Cells::Int(times) = &mut column.cells else { panic!("times") };
            for time in times {
                *time += by;
            }
        }
        table
    };
    let rules = |answer: &Table| match found(&events, &keys, answer) {
        Finding::Explained(found) => found.rules,
        other => panic!("{other:?}"),
    };
    assert_eq!(rules(&of(&moved(-1))), [Rule::ClosedRight]);
    assert_eq!(rules(&shifted(of(&moved(-4_000)), 4_000)), [Rule::Origin { offset_ms: 4_000 }]);
    assert_eq!(rules(&of(&moved(20_000))), [Rule::Shifted { by_ms: 20_000 }]);
    let twice: Vec<Event> = events.iter().flat_map(|e| [*e, *e]).collect();
    assert_eq!(rules(&of(&twice)), [Rule::ReadTwice]);
    let one_less: Vec<Event> = events.iter().filter(|e| e.partition != 1).copied().collect();
    assert_eq!(rules(&of(&one_less)), [Rule::PartitionMissing { partition: 1 }]);
    let both: Vec<Event> = moved(-1).into_iter().filter(|e| e.partition != 1).collect();
    assert_eq!(rules(&of(&both)), [Rule::ClosedRight, Rule::PartitionMissing { partition: 1 }]);
    let late: Vec<Event> = {
        let mut newest = i64::MIN;
        events
            .iter()
            .filter(|e| {
                let end = e.time_ms.div_euclid(10_000) * 10_000 + 10_000;
                let is_late = newest != i64::MIN && end <= newest - 2_000;
                newest = newest.max(e.time_ms);
                !is_late
            })
            .copied()
            .collect()
    };
    assert_eq!(rules(&of(&late)), [Rule::LateDropped { delay_ms: 2_000 }]);
}
