//! `examples/two-languages`: a job in Python and in JavaScript, which differ in what the experiment names.

use std::collections::BTreeMap;

use crate::page::Example;

#[test]
fn two_languages_agree_but_for_what_is_named() {
    let Some(example) = Example::new("two-languages", &["python3", "node"]) else { return };
    example.run_page();
    let results = example.results("payments by customer");
    // Customers whose largest payment is an even number and a half.
    let payments = include_str!("../../examples/two-languages/payments.csv");
    let mut largest: BTreeMap<&str, i64> = BTreeMap::new();
    for (customer, amount) in payments.lines().skip(1).filter_map(|line| line.split_once(',')) {
        let cents: i64 = amount.replace('.', "").parse().expect("an amount");
        let most = largest.entry(customer).or_default();
        *most = cents.max(*most);
    }
    let halves = largest.values().filter(|cents| **cents % 200 == 50).count();
    assert!(halves > 0);
    let expected = &results["expected"][0];
    let counts = ["rows", "stable", "candidate", "changed"].map(|name| expected[name].as_u64());
    assert_eq!(counts, [halves as u64, halves as u64, 0, halves as u64].map(Some));
    for version in ["stable", "candidate"] {
        let divergence = &results[version]["answer"]["table"]["divergence"];
        assert_eq!(divergence["equal"], largest.len() - halves, "{version}");
    }
}

#[test]
fn without_what_is_named_both_differences_are_found() {
    let Some(example) = Example::new("two-languages", &["python3", "node"]) else { return };
    let name = "examples/two-languages";
    let freeze = format!("target/release/counterpoint freeze {name}/payments.csv --to {name}/data/payments");
    assert_eq!(example.run(&freeze).code, 0);
    example.edit("experiment.toml", "{ relative = 1e-12 }", "\"exact\"");
    example.edit("experiment.toml", "candidate.points = reference.points", "customer = 'nobody'");
    assert_eq!(example.run(&example.gate()).code, 3);
    let by_column = &example.results("payments by customer")["changes"]["table"]["rows"]["changed_by_column"];
    assert!(by_column["mean"].as_u64() > Some(0) && by_column["points"].as_u64() > Some(0), "{by_column}");
}
