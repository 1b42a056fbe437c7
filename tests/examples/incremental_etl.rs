//! `examples/incremental-etl`: a candidate that loses large values of rows whose keys change.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::page::Example;

const UNTOUCHED: &str = "__debezium_unavailable_value";

fn events() -> impl Iterator<Item = Value> {
    include_str!("../../examples/incremental-etl/capture.jsonl")
        .lines()
        .map(|line| serde_json::from_str(line).expect("an event"))
}

/// Returns the products whose note was left out when they came, though no row of their key was there.
fn came_without_note() -> BTreeSet<i64> {
    let (mut living, mut without) = (BTreeSet::new(), BTreeSet::new());
    let mut places: BTreeMap<i64, i64> = BTreeMap::new();
    for event in events().filter(|event| !event["value"].is_null()) {
        let (key, value) = (event["key"]["id"].as_i64().expect("a key"), &event["value"]);
        let place = value["source"]["lsn"].as_i64().expect("a place");
        if places.get(&key).is_some_and(|last| *last >= place) {
            continue;
        }
        places.insert(key, place);
        if value["op"] == "d" {
            living.remove(&key);
            without.remove(&key);
        } else if living.insert(key) && value["after"]["note"] == UNTOUCHED {
            without.insert(key);
        }
    }
    without
}

#[test]
fn the_gate_names_the_rows_whose_large_values_are_lost() {
    let Some(example) = Example::new("incremental-etl", &["python3"]) else { return };
    example.run_page();
    let results = example.results("products");
    let of = |version: &str| results[version]["answer"]["table"]["divergence"].clone();
    let (stable, candidate) = (of("stable"), of("candidate"));
    assert_eq!((&stable["changed"], &stable["equal"]), (&0.into(), &25.into()));
    let worst = candidate["worst"].as_array().expect("rows that differ");
    let key = |row: &Value| row["key"][0].as_str().expect("a key").parse::<i64>().expect("a number");
    assert_eq!(worst.iter().map(key).collect::<BTreeSet<_>>(), came_without_note());
    assert_eq!(came_without_note(), BTreeSet::from([-9, 104, 118]));
    for row in worst {
        assert_eq!((&row["column"], &row["right"]), (&"note".into(), &UNTOUCHED.into()), "{row}");
    }
    let refreshed = example.results("products, refreshed");
    assert_eq!(refreshed["candidate"]["answer"]["table"]["divergence"]["equal"], 25);
}

#[test]
fn the_capture_holds_every_trap() {
    let all: Vec<Value> = events().collect();
    let count = |is: &dyn Fn(&Value) -> bool| all.iter().filter(|event| is(event)).count();
    assert_eq!(count(&|event| event["value"]["op"] == "r"), 30);
    let renamed = |event: &&Value| !event["headers"]["__debezium.oldkey"].is_null();
    let places: BTreeSet<i64> =
        all.iter().filter(renamed).filter_map(|event| event["value"]["source"]["lsn"].as_i64()).collect();
    assert_eq!(places.len(), 5);
    let of_runs = |run: &str| count(&|event| event["headers"]["__debezium.context.runId"] == run);
    assert!(of_runs("run-1") > 0 && of_runs("run-2") > 0);
    assert!(count(&|event| event["value"].is_null()) > 5, "tombstones");
    assert!(count(&|event| event["value"]["op"] == "d" && event["value"]["before"]["name"] == "") > 5);
    let again = count(&|event| {
        let place = &event["value"]["source"]["lsn"];
        event["headers"]["__debezium.context.runId"] == "run-2"
            && all.iter().any(|other| {
                other["headers"]["__debezium.context.runId"] == "run-1"
                    && other["value"]["source"]["lsn"] == *place
            })
            && !event["value"].is_null()
    });
    assert_eq!(again, 30);
}
