//! The advice: what each finding makes it say, and that each sentence rests on a figure that is there.

use compare::{Results, architecture::advise};
use serde_json::{Value, json};

/// Results that say what is of no matter here.
fn results(candidate: Value, architectures: &Value) -> Value {
    let ledger = json!({
        "records": 1000, "used": 990, "late": 10, "duplicate": 0, "rejected": 0, "repeated": 0, "not_emitted": 0,
        "no_window": 0, "lost": 0, "superseded_rows": 0, "superseded_records": 0,
    });
    let mut version = json!({ "job": "per-record", "ledger": ledger });
    merge(&mut version, candidate);
    let stable = version.clone();
    json!({
        "schema": "counterpoint.results/2", "counterpoint": "0.1.0", "problem": "any", "objective": "none",
        "parameters": {},
        "dataset": { "name": "any", "records": 1000, "blake3": "abc", "scale": 1, "rejected": 0 },
        "replay": { "order": "recorded", "trigger": "record", "seed": 42 },
        "reference": { "job": "any", "kind": "exact", "rows": 200, "counts": {} },
        "stable": stable, "candidate": version,
        "changes": { "decisions": { "same": 1000, "different": 0, "first_different": null } },
        "architectures": architectures,
        "verdict": { "outcome": "pass", "checks": [] },
    })
}

fn merge(into: &mut Value, from: Value) {
    if let (Value::Object(into), Value::Object(from)) = (into, from) {
        into.extend(from);
    }
}

/// A table of which so many rows are wrong.
fn table(wrong: u64) -> Value {
    json!({ "answer": { "table": {
        "rows": 200,
        "divergence": { "missing": 0, "extra": 0, "changed": wrong, "equal": 200 - wrong, "changed_by_column": {}, "worst": [] },
        "late_pairs": 0, "firings": 200, "batches": 0, "state_peak": 1,
    } } })
}

/// Decisions with a cost, and what is proved of it.
fn cost(proven: Option<f64>, proven_absolute: Option<f64>) -> Value {
    json!({
        "answer": { "decisions": { "divergence": { "missing": 0, "extra": 0, "changed": 0, "equal": 1000 } } },
        "cost": { "value": 6, "competitive_ratio": {
            "low": 1.0, "high": 1.25, "proven": proven, "proven_absolute": proven_absolute, "proven_constant": null,
            "source": "a book",
        } },
    })
}

/// An answer of which so many rows claim to be complete and are wrong for ten seconds, and so many stay wrong.
fn served(claimed: u64, never: u64) -> Value {
    let point = |records: u64, time_ms: u64| {
        json!({
            "records": records, "time_ms": time_ms, "rows": 200, "missing": 0, "changed": claimed, "extra": 0,
            "claimed": claimed, "for_good": never, "staleness_ms": null,
        })
    };
    let no_time = json!({ "p50_ms": null, "p99_ms": null, "max_ms": null });
    json!({
        "records": 1000, "points": [point(500, 0), point(1000, 10_000)], "recorded_ms": 10_000, "wrong_ms": 0,
        "wrong_share": null, "wrong_row_seconds": 7777.0, "largest": null,
        "until_right": { "rows": 200, "never": never, "time": no_time }, "staleness": no_time,
    })
}

fn work(records: u64) -> Value {
    json!({ "records": records, "rows": 0, "row_bytes": 0, "state_bytes": 0 })
}

fn kappa(served: &Value) -> Value {
    json!({
        "end": "took-over", "start": "beginning", "started_at": null, "arrived_at": null, "switched_at": null,
        "rolled_back_at": null, "transitions": [], "lag": [], "estimates": [], "ledger": [],
        "work": { "stable": work(1000), "candidate": work(1000) }, "served": served,
    })
}

fn lambda(claimed_row_seconds: f64) -> Value {
    json!({
        "every": 100, "takes": 10, "speed_layer": "stable", "laws_tried": 16, "views": [], "ledger": [],
        "versions_checked": 1000, "batch": work(4500), "speed": work(1000), "age_records": [50, 100, 110],
        "claimed_row_seconds": claimed_row_seconds, "served": served(1, 0),
    })
}

fn architectures(kappa: Option<Value>, lambda: Option<Value>) -> Value {
    let mut all = json!({ "clock": "rate", "length_ms": 10_000, "log": { "records": 1000, "bytes": 1 } });
    merge(&mut all, kappa.map_or(json!({}), |kappa| json!({ "kappa": kappa })));
    merge(&mut all, lambda.map_or(json!({}), |lambda| json!({ "lambda": lambda })));
    all
}

/// Returns the sentences, each of which rests on a figure that is there.
fn said(candidate: Value, architectures: &Value) -> Vec<String> {
    let results: Results = serde_json::from_value(results(candidate, architectures)).expect("results");
    let json = serde_json::to_value(&results).expect("JSON");
    let advice = advise(&results);
    for advice in &advice {
        let there = advice
            .rests_on
            .split('.')
            .fold(&json, |value, step| step.parse::<usize>().map_or_else(|_| &value[step], |at| &value[at]));
        let decimals = advice.figure.split_once('.').map_or(0, |(_, decimals)| decimals.len());
        let is_held = match there {
            Value::String(text) => *text == advice.figure,
            Value::Number(number) => {
                format!("{:.decimals$}", number.as_f64().expect("a number")) == advice.figure
            }
            _ => false,
        };
        assert!(is_held, "{there} isn't the figure of {advice:?}");
    }
    advice.into_iter().map(|advice| advice.text).collect()
}

fn last(candidate: Value, architectures: &Value) -> String {
    said(candidate, architectures).pop().expect("a recommendation")
}

#[track_caller]
fn some_begins(said: &[String], with: &str) {
    assert!(said.iter().any(|text| text.starts_with(with)), "nothing begins with {with:?} in {said:#?}");
}

#[test]
fn without_an_architecture_nothing_is_advised() {
    let mut results = results(table(0), &Value::Null);
    results.as_object_mut().expect("an object").remove("architectures");
    assert_eq!(advise(&serde_json::from_value(results).expect("results")), []);
}

#[test]
fn what_is_proven_is_said() {
    let only_kappa = || architectures(Some(kappa(&Value::Null)), None);
    some_begins(&said(table(0), &only_kappa()), "No competitive ratio is known of per-record");
    some_begins(&said(cost(None, None), &only_kappa()), "No competitive ratio is proven of per-record");
    for proven in [cost(Some(1.7), None), cost(None, Some(1.7)), cost(Some(1.7), Some(9.0))] {
        let said = said(proven, &only_kappa());
        some_begins(&said, "per-record is proven to cost at most 1.7000 times the optimum (a book)");
        some_begins(&said, "Recommended: Kappa. The bound of 1.7000 holds for every input");
    }
}

#[test]
fn what_stays_wrong_is_said() {
    let kappa = |never| architectures(Some(kappa(&served(4, never))), None);
    let right = said(table(0), &kappa(0));
    some_begins(&right, "At the end of the log all 200 rows of per-record are the batch answer's");
    some_begins(&right, "What Kappa served never drifted");
    let wrong = said(table(4), &kappa(4));
    some_begins(
        &wrong,
        "At the end of the log 4 of 200 rows of per-record differ from the batch answer for good; it drops 10",
    );
    // A row in 250 records: two of 200 rows, which are 1 %, in 500.
    some_begins(&wrong, "What Kappa served drifted by a row in 250 records; a batch run every 500 records");
}

#[test]
fn one_code_is_worth_what_the_verdict_found() {
    let mut with_verdict = kappa(&served(4, 4));
    merge(
        &mut with_verdict,
        json!({ "verdict": {
        "revision": "abc", "from": 0, "to": 500, "classes": { "pass": 90, "fail": 2, "warm_up": 0, "skipped": 8 },
        "verdict": { "outcome": "pass", "checks": [] },
    } }),
    );
    let said = said(table(4), &architectures(Some(with_verdict), None));
    let code = "Kappa runs one code for the stream and for the replay: of the rows that both versions had answered for, \
                90 were alike and 2 were not.";
    some_begins(&said, code);
}

#[test]
fn what_a_batch_layer_heals_and_costs_is_said() {
    let said = said(table(4), &architectures(Some(kappa(&served(4, 4))), Some(lambda(10.0))));
    let healed = "Rows that were served as complete and were wrong come to 40 row-seconds under Kappa and to 10 under Lambda.";
    some_begins(&said, healed);
    some_begins(&said, "The batch layer processed 4500 records to serve 0 views: 4.5 times the log.");
}

#[test]
fn lateness_is_held_against_what_a_view_takes() {
    for (takes_ms, wanted) in [(900, "So whatever comes late"), (899, "So a view is served before")] {
        let mut lambda = lambda(10.0);
        let late = json!({ "lateness": { "p50_ms": 0, "p99_ms": 700, "max_ms": 900 }, "takes_ms": takes_ms });
        merge(&mut lambda, late);
        let said = said(table(4), &architectures(None, Some(lambda)));
        let late =
            said.iter().find(|text| text.starts_with("99 % of the records come in at most 700 ms behind"));
        assert!(late.is_some_and(|text| text.contains(wanted)), "{said:#?}");
    }
}

#[test]
fn where_all_comes_right_kappa_is_enough() {
    let said = last(table(0), &architectures(Some(kappa(&served(4, 0))), Some(lambda(0.0))));
    assert!(said.starts_with("Recommended: Kappa. Each row that it served came right by itself"), "{said}");
}

/// The share is that of the interval that is recommended, not that of the run's own.
#[test]
fn lambda_is_recommended_where_it_heals() {
    let said = last(table(4), &architectures(Some(kappa(&served(4, 4))), Some(lambda(10.0))));
    assert!(said.starts_with("Recommended: Lambda, with a view every 100 records. It leaves 25 %"), "{said}");
    let mut swept = lambda(10.0);
    let sweep = |every: u64, claimed: f64| json!({ "every": every, "recomputed": 9000, "wrong_row_seconds": 1.0, "claimed_row_seconds": claimed });
    merge(&mut swept, json!({ "sweep": [sweep(50, 4.0), sweep(100, 10.0)], "recommended_every": 50 }));
    let said = last(table(4), &architectures(Some(kappa(&served(4, 4))), Some(swept)));
    assert!(said.starts_with("Recommended: Lambda, with a view every 50 records. It leaves 10 %"), "{said}");
}

#[test]
fn lambda_is_not_recommended_where_it_heals_little() {
    // Half of the error is not enough; a little more healed is.
    for (claimed, wanted) in [
        (20.0, "Recommended: Kappa, with a batch run as the benchmark. The batch layer heals too little"),
        (19.9, "Recommended: Lambda"),
    ] {
        let said = last(table(4), &architectures(Some(kappa(&served(4, 4))), Some(lambda(claimed))));
        assert!(said.starts_with(wanted), "{said}");
    }
}

#[test]
fn one_architecture_alone_is_not_compared() {
    let said = last(table(4), &architectures(None, Some(lambda(10.0))));
    assert!(said.starts_with("Not compared: Kappa was not run beside Lambda"), "{said}");
    for candidate in [table(4), cost(None, None)] {
        let said = last(candidate, &architectures(Some(kappa(&served(4, 4))), None));
        assert!(said.contains("What a batch layer would heal shows architecture = \"both\""), "{said}");
    }
}
