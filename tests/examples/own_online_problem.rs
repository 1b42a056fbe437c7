//! `examples/own-online-problem`: ratios are intervals, for nobody knows the optimum.

use crate::page::Example;

/// Returns the minutes of all deliveries, in the order in which they come.
fn minutes() -> Vec<u64> {
    let deliveries = include_str!("../../examples/own-online-problem/deliveries.csv");
    let last = |line: &str| line.rsplit(',').next().and_then(|minutes| minutes.parse().ok());
    deliveries.lines().skip(1).map(|line| last(line).expect("minutes")).collect()
}

/// Returns when the last of five trucks is back, if each delivery goes to the one that has the least to do.
fn least_loaded(deliveries: &[u64]) -> u64 {
    let mut trucks = [0; 5];
    for minutes in deliveries {
        let least = trucks.iter_mut().min().expect("five trucks");
        *least += minutes;
    }
    trucks.into_iter().max().unwrap_or(0)
}

#[test]
fn the_ratio_of_a_cost_that_the_checker_recomputes_is_an_interval() {
    let Some(example) = Example::new("own-online-problem", &["python3"]) else { return };
    example.run_page();
    let results = example.results("deliveries");
    let mut longest_first = minutes();
    longest_first.sort_unstable_by(|a, b| b.cmp(a));
    let (lower, upper) = (minutes().iter().sum::<u64>().div_ceil(5), least_loaded(&longest_first));
    assert!(lower < upper);
    let bounds = &results["reference"]["bounds"];
    assert_eq!((bounds["lower"].as_u64(), bounds["upper"].as_u64()), (Some(lower), Some(upper)));
    let cost = &results["candidate"]["cost"];
    let value = least_loaded(&minutes());
    assert_eq!(cost["value"], value);
    let ratio = &cost["competitive_ratio"];
    assert_eq!(ratio["low"].as_f64(), Some(value as f64 / upper as f64));
    assert_eq!(ratio["high"].as_f64(), Some(value as f64 / lower as f64));
    assert_eq!(results["stable"]["cost"]["value"], 779);
}

#[test]
fn a_decision_that_cannot_be_is_named_by_its_record() {
    let Some(example) = Example::new("own-online-problem", &["python3"]) else { return };
    let name = "examples/own-online-problem";
    let freeze =
        format!("target/release/counterpoint freeze {name}/deliveries.csv --to {name}/data/deliveries");
    assert_eq!(example.run(&freeze).code, 0);
    example.edit("least_loaded.py", "print(truck, flush=True)", "print(truck + 1, flush=True)");
    let ran = example.run(&example.gate());
    assert_eq!(ran.code, 3, "{}", ran.stderr);
    assert!(ran.stdout.contains("None of its decisions stands, so it has no cost"), "{}", ran.stdout);
    assert!(
        ran.stdout.contains(
            "40 rows of the candidate's answer are wrong: d5 goes to truck 5, and there are 0 to 4 (record 4)"
        ),
        "{}",
        ran.stdout
    );
}
