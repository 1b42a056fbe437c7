use std::collections::BTreeSet;

use super::*;

const DAY: i64 = 86_400_000;

fn about(asked: Asked) -> About<'static> {
    About { asked, first_ms: None, scale: 1, version: "candidate" }
}

fn said(rule: Rule, asked: Asked) -> String {
    rule.words(&about(asked)).sentence
}

#[test]
fn every_rule_has_a_name_of_its_own() {
    let source = include_str!("../rule.rs");
    let (_, body) = source.split_once("pub enum Rule {").expect("the enum");
    let (body, _) = body.split_once("impl Rule {").expect("the enum stands before what it does");
    let is_variant = |line: &&str| {
        let text =
            line.strip_prefix("    ").filter(|text| text.starts_with(|c: char| c.is_ascii_uppercase()));
        text.is_some_and(|text| text.ends_with(',') || text.ends_with('{'))
    };
    let variants = body.lines().filter(is_variant).count();
    let names: BTreeSet<&str> = Rule::ALL.iter().map(|rule| rule.name()).collect();
    assert_eq!((names.len(), Rule::ALL.len()), (variants, variants));
}

#[test]
fn numbers_are_said_in_units_that_a_person_reads() {
    let size = |size_ms| Asked::Tumbling { size_ms };
    let at = |offset_ms| Rule::Origin { offset_ms };
    for (rule, asked, expected) in [
        (at(4 * DAY), size(7 * DAY), "weeks start on Monday, not on Thursday"),
        (at(3 * DAY), size(7 * DAY), "weeks start on Sunday, not on Thursday"),
        (at(4_000), size(10_000), "windows start 4 s after multiples of 10 s"),
        (at(DAY - 3_600_000), size(DAY), "days start at the midnight of UTC+1, not at that of UTC"),
        (at(5 * 3_600_000), size(DAY), "days start at the midnight of UTC-5, not at that of UTC"),
        (at(DAY - 19_800_000), size(DAY), "days start at the midnight of UTC+5:30, not at that of UTC"),
        (
            at(4 * DAY - 3_600_000),
            size(7 * DAY),
            "windows of 1 week start on Monday at the midnight of UTC+1, not at that of UTC",
        ),
        (
            at(10_959 * DAY % (2 * DAY)),
            size(2 * DAY),
            "windows of 2 days are counted from Monday 2000-01-03, not from 1970-01-01",
        ),
        (
            Rule::LateDropped { delay_ms: 2_000 },
            size(10_000),
            "late records are dropped, once event time is 2 s past their window's end",
        ),
        (
            Rule::LateDropped { delay_ms: 1_500 },
            Asked::Totals,
            "late records are dropped, once event time is 1,500 ms past their own",
        ),
        (
            Rule::LastMissing { after_ms: 1_700_000_000_001 },
            size(10),
            "windows that end after 2023-11-14T22:13:20.001Z never come out",
        ),
        (
            Rule::Shifted { by_ms: -7_200_000 },
            size(10),
            "event times are 2 h earlier, as by the clock of another zone",
        ),
        (
            Rule::BoundExclusive,
            Asked::Within { ms: 60_000 },
            "a payment exactly 1 min after its order is no partner of it",
        ),
    ] {
        assert_eq!(said(rule, asked), expected);
    }
    let first = About { first_ms: Some(1_700_000_000_004), ..about(size(10)) };
    assert_eq!(
        at(4).words(&first).sentence,
        "windows start with the first record, 4 ms after multiples of 10 ms"
    );
    assert_eq!(at(4 * DAY).words(&about(size(7 * DAY))).known_of, ["DuckDB's time_bucket", "Polars' 1w"]);
}

#[test]
fn times_are_dates() {
    for (ms, expected) in [
        (0, "1970-01-01T00:00:00Z"),
        (-1, "1969-12-31T23:59:59.999Z"),
        (951_782_400_000, "2000-02-29T00:00:00Z"),
        (-2_203_891_200_000, "1900-03-01T00:00:00Z"),
        (1_709_164_800_000, "2024-02-29T00:00:00Z"),
    ] {
        assert_eq!(units::time(ms), expected);
    }
    assert!(units::time(i64::MIN).ends_with('Z') && units::time(i64::MAX).ends_with('Z'));
}

#[test]
fn bounds_are_in_the_unit_of_the_source() {
    let cents = About { scale: 100, ..about(Asked::Totals) };
    let Declared::Where(conditions) = Rule::Wrap32.words(&cents).declared else { panic!("conditions") };
    assert_eq!(conditions, ["reference.sum > 21474836.47", "reference.sum < -21474836.48"]);
}

/// The table of rules in docs/explain.md, as it is made of the words.
fn listed() -> String {
    let mut table = "| rule | in words | known of |\n|---|---|---|\n".to_owned();
    for rule in Rule::ALL {
        let words = rule.words(&about(Asked::Tumbling { size_ms: 10_000 }));
        let known_of = if words.known_of.is_empty() { "–".to_owned() } else { words.known_of.join(", ") };
        table.extend([format!("| `{}` | {} | {known_of} |\n", words.name, words.sentence)]);
    }
    table
}

#[test]
fn the_page_lists_every_rule() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/explain.md");
    let page = std::fs::read_to_string(path).expect("the page");
    let (before, _) = page.split_once("| rule | in words").expect("the table");
    let expected = before.to_owned() + &listed();
    if std::env::var_os("COUNTERPOINT_WRITE").is_some() {
        return std::fs::write(path, &expected).expect("written");
    }
    assert!(
        page == expected,
        "docs/explain.md has other rules: COUNTERPOINT_WRITE=1 cargo test -p explain writes them"
    );
}
