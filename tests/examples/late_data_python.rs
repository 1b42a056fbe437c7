//! `examples/late-data-python`: the candidate's unit tests pass, and the gate fails it.

use std::collections::BTreeMap;

use crate::page::{Example, PROGRAM, differing};

const SIZE: i64 = 60_000;
const DELAY: i64 = 10_000;

/// Counts the clicks that `is_late` of time and watermark doesn't leave out, by minute and page.
fn counts(is_late: impl Fn(i64, i64) -> bool) -> BTreeMap<(i64, &'static str), u64> {
    let clicks = include_str!("../../examples/late-data-python/clicks.csv");
    let mut watermark = 0;
    let mut counts = BTreeMap::new();
    for (time, page) in clicks.lines().skip(1).filter_map(|line| line.split_once(',')) {
        let time: i64 = time.parse().expect("a time");
        if !is_late(time, watermark) {
            *counts.entry((time - time % SIZE, page)).or_default() += 1;
            watermark = watermark.max(time - DELAY);
        }
    }
    counts
}

fn unlike(
    all: &BTreeMap<(i64, &'static str), u64>,
    some: &BTreeMap<(i64, &'static str), u64>,
) -> Vec<String> {
    let row = |((minute, page), n): (&(i64, &str), &u64)| {
        let own = some.get(&(*minute, *page)).unwrap_or(&0);
        (own != n).then(|| format!("{minute} {page}: {n}, {own}"))
    };
    all.iter().filter_map(row).collect()
}

#[test]
fn the_gate_names_the_minutes_that_the_candidate_gets_wrong() {
    let Some(example) = Example::new("late-data-python", &["python3"]) else { return };
    example.run_page();
    let results = example.results("clicks by minute");
    // What the two rules leave out is counted here once more.
    let all = counts(|_, _| false);
    let stable = unlike(&all, &counts(|time, watermark| time - time % SIZE + SIZE <= watermark));
    let candidate = unlike(&all, &counts(|time, watermark| time < watermark));
    assert_eq!((all.len(), stable.len(), candidate.len()), (45, 8, 27));
    assert_eq!(differing(&results["stable"]), stable);
    // As many as are listed, spread over keys, in their order.
    let shown = differing(&results["candidate"]);
    assert_eq!(shown.len(), 20);
    let listed: Vec<&String> = candidate.iter().filter(|row| shown.contains(row)).collect();
    assert_eq!(shown.iter().collect::<Vec<_>>(), listed);
    assert_eq!(results["candidate"]["answer"]["table"]["divergence"]["changed"], 27);
    assert_eq!(results["verdict"]["checks"][0]["value"].as_f64(), Some(23.0));
    // The catalogue says the same as truth.py, row by row.
    let answers = ["experiment", "no-program"].map(|file| {
        let line = format!(
            "{PROGRAM} gate examples/late-data-python/{file}.toml --out examples/late-data-python/{file}"
        );
        let ran = example.run(&line);
        assert_eq!(ran.code, 3, "{}{}", ran.stdout, ran.stderr);
        std::fs::read_to_string(example.folder().join(file).join("answers/reference.csv")).expect("an answer")
    });
    assert!(answers[0].lines().count() == 46 && answers[0] == answers[1], "{answers:?}");
}
