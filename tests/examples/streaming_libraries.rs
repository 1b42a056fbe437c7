//! `examples/streaming-libraries`: jobs of Kafka Streams and Bytewax, where `fetch.sh` has fetched them.

use std::collections::{BTreeMap, BTreeSet};

use crate::page::{Example, shipped};

const NAME: &str = "streaming-libraries";

/// Copies the example, if what `fetch.sh` fetches is there.
fn example() -> Option<Example> {
    let libraries = shipped(NAME).join("libraries");
    if !libraries.join("complete").exists() {
        eprintln!("!!!! SKIPPED: examples/{NAME} needs what examples/{NAME}/fetch.sh fetches");
        return None;
    }
    let example = Example::new(NAME, &["python3", "java"])?;
    std::os::unix::fs::symlink(libraries, example.folder().join("libraries")).expect("a link");
    Some(example)
}

/// Returns the orders' times, users and amounts.
fn orders() -> impl Iterator<Item = (i64, &'static str, u64)> {
    let orders = include_str!("../../examples/streaming-libraries/orders.csv");
    orders.lines().skip(1).map(|line| {
        let cells: Vec<&str> = line.split(',').collect();
        (cells[0].parse().expect("a time"), cells[1], cells[2].parse().expect("an amount"))
    })
}

#[test]
fn both_libraries_give_the_batch_answers() {
    let Some(example) = example() else { return };
    example.run_page();
    let minutes: BTreeSet<_> = orders().map(|(time, user, _)| (time - time % 60_000, user)).collect();
    let users: BTreeSet<_> = orders().map(|(_, user, _)| user).collect();
    for (problem, rows) in [("orders by minute", minutes.len()), ("spent by user", users.len())] {
        let results = example.results(problem);
        assert_eq!(results["reference"]["rows"], rows, "{problem}");
        for version in ["stable", "candidate"] {
            let table = &results[version]["answer"]["table"];
            assert_eq!(table["divergence"]["equal"], rows, "{problem}, {version}");
        }
    }
}

#[test]
fn rows_that_nothing_closes_are_not_emitted() {
    let Some(example) = example() else { return };
    let freeze = format!(
        "target/release/counterpoint freeze examples/{NAME}/orders.csv --to examples/{NAME}/data/orders"
    );
    assert_eq!(example.run(&freeze).code, 0);
    example.edit("experiment.toml", "close = [\"1772370900000,closing,0\"]\n", "");
    let ran = example.run(&example.gate());
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
    // A minute is open until an order is 20 s beyond its end.
    let latest = orders().map(|(time, ..)| time).max().expect("orders");
    let mut counts: BTreeMap<(i64, &str), u64> = BTreeMap::new();
    for (time, user, _) in orders() {
        *counts.entry((time - time % 60_000, user)).or_default() += 1;
    }
    let open = counts.keys().filter(|(minute, _)| minute + 80_000 > latest).count();
    let results = example.results("orders by minute");
    let table = &results["stable"]["answer"]["table"];
    assert!(open > 0);
    assert_eq!(table["not_emitted"], open);
    assert_eq!(table["divergence"]["missing"], 0);
    assert_eq!(table["rows"], counts.len() - open);
}
