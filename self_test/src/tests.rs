//! The accuracy part of the self-test, and that it would notice a gate that can't fail.

use std::{collections::BTreeSet, path::Path, sync::Arc};

use compare::{CHECKS, GoesBy, Outcome};
use datasets::{CAPACITY, Item, SplitMix64};
use platform::{
    catalog::{self, BIN_PACKING, Catalog},
    events::Nobody,
    problem::Params,
};
use replay::Control;

use super::{
    case::{Kind, Made, Part},
    gates::{open, strict},
    report::{End, Report},
    twins::PACKED,
    wrap::{Base, Boxed},
    *,
};

fn rows(kind: Kind, part: Part) -> Vec<Row> {
    ROWS.iter().copied().filter(|row| row.kind == kind && row.part == part).collect()
}

/// Those that a test judges: the times of a debug build say nothing.
fn of_accuracy() -> Vec<Row> {
    [rows(Kind::Mutant, Part::Accuracy), rows(Kind::Equivalent, Part::Accuracy)].concat()
}

fn judged(limits: impl Fn(&Row) -> GateSection, rows: &[Row]) -> Vec<Judged> {
    let control = Arc::new(Control::default());
    judge(rows, &limits, &Working { control: &control, listener: &Nobody }).expect("it runs")
}

/// The whole accuracy part, judged once for all tests; in two halves side by side, for the jobs are slow when they are
/// not optimised.
static JUDGED: LazyLock<Vec<Judged>> = LazyLock::new(|| {
    let rows = of_accuracy();
    let (first, second) = rows.split_at(rows.len() / 2);
    std::thread::scope(|scope| {
        let first = scope.spawn(|| judged(limits_of, first));
        let second = judged(limits_of, second);
        [first.join().expect("it runs"), second].concat()
    })
});

fn all_end(kind: Kind, end: End) {
    let others = JUDGED.iter().filter(|row| row.kind == kind && row.end != end);
    let others: Vec<String> =
        others.map(|row| format!("{} {}: {:?} {:#?}", row.problem, row.name, row.end, row)).collect();
    assert!(others.is_empty(), "{}", others.join("\n"));
}

#[test]
fn every_mutant_of_accuracy_is_killed() {
    all_end(Kind::Mutant, End::Killed);
}

#[test]
fn no_equivalent_is_killed() {
    all_end(Kind::Equivalent, End::Passed);
}

/// Returns what the self-test would say of a gate that lacks the check `name`.
fn without(name: &str) -> Report {
    let rejudged = of_accuracy().into_iter().zip(JUDGED.iter()).map(|(row, judged)| {
        let checks: Vec<Check> = judged.all.iter().filter(|check| check.name != name).cloned().collect();
        let outcome = checks.iter().map(|check| check.outcome).max().unwrap_or(Outcome::Pass);
        Judged::new(&row, outcome, checks)
    });
    Report::new(rejudged.collect(), 0.0)
}

#[test]
fn a_gate_without_any_one_of_its_checks_falls_short() {
    assert_eq!(without("none of them").outcome, Outcome::Pass);
    let lacking = CHECKS.iter().filter(|(_, goes_by)| *goes_by == GoesBy::Answers);
    let unnoticed: Vec<&str> =
        lacking.map(|(name, _)| *name).filter(|name| without(name).outcome != Outcome::Invalid).collect();
    assert!(unnoticed.is_empty(), "no mutant is seen by these alone: {unnoticed:?}");
}

#[test]
fn every_shipped_version_has_mutants_and_equivalents() {
    for problem in catalog::SHIPPED {
        let info = problem.info();
        for version in info.versions.iter().filter(|version| !version.example.starts_with("sorted-")) {
            for kind in [Kind::Mutant, Kind::Equivalent] {
                let of = ROWS.iter().filter(|row| row.problem == info.name && row.kind == kind);
                assert!(
                    of.clone().any(|row| row.of == version.example),
                    "{}: {}",
                    info.name,
                    version.example
                );
            }
        }
    }
}

#[test]
fn a_gate_that_cannot_fail_falls_short() {
    let broken = |row: &Row| open(row.problem == "bin-packing");
    let some: Vec<Row> = rows(Kind::Mutant, Part::Accuracy).into_iter().step_by(19).collect();
    let report = Report::new(judged(broken, &some), 0.0);
    assert_eq!(report.outcome, Outcome::Invalid);
    assert!(report.text().contains("SURVIVED"), "{}", report.text());
}

#[test]
fn a_gate_that_cries_wolf_falls_short() {
    let wolf = |_: &Row| GateSection { competitive_ratio: Some(1.0), ..strict(true) };
    let some: Vec<Row> = rows(Kind::Equivalent, Part::Accuracy).into_iter().take(2).collect();
    let report = Report::new(judged(wolf, &some), 0.0);
    assert_eq!(report.outcome, Outcome::Invalid);
    assert!(report.text().contains("FALSE KILL"), "{}", report.text());
}

#[test]
fn what_the_clock_leaves_open_is_no_verdict() {
    let ended = |kind, part, outcome, times: usize| {
        let row = rows(kind, part)[0];
        std::iter::repeat_with(move || Judged::new(&row, outcome, Vec::new())).take(times)
    };
    let outcome = |open: usize, survived: usize, false_kills: usize| {
        let rows = ended(Kind::Mutant, Part::Accuracy, Outcome::Fail, 96)
            .chain(ended(Kind::Mutant, Part::Latency, Outcome::Inconclusive, open))
            .chain(ended(Kind::Mutant, Part::Latency, Outcome::Pass, survived))
            .chain(ended(Kind::Equivalent, Part::Latency, Outcome::Inconclusive, 9))
            .chain(ended(Kind::Equivalent, Part::Latency, Outcome::Invalid, false_kills));
        Report::new(rows.collect(), 1.0).outcome
    };
    assert_eq!([outcome(0, 0, 0), outcome(4, 0, 0), outcome(0, 4, 0)], [Outcome::Pass; 3]);
    assert_eq!(outcome(9, 0, 0), Outcome::Inconclusive);
    assert_eq!([outcome(0, 9, 0), outcome(9, 9, 0), outcome(0, 0, 1)], [Outcome::Invalid; 3]);
    // An answer is never open.
    let open = ended(Kind::Mutant, Part::Accuracy, Outcome::Inconclusive, 1);
    assert_eq!(Report::new(open.collect(), 1.0).outcome, Outcome::Invalid);
}

#[test]
fn there_are_enough_of_both_and_none_twice() {
    for kind in [Kind::Mutant, Kind::Equivalent] {
        let rows: Vec<&Row> = ROWS.iter().filter(|row| row.kind == kind).collect();
        assert!(rows.len() >= 30, "{}", rows.len());
        let names: BTreeSet<_> = rows
            .iter()
            .map(|row| (row.twin, row.name, row.of, row.on.name(), format!("{:?}", row.under)))
            .collect();
        assert_eq!(names.len(), rows.len());
    }
}

/// Returns what a job decides when it is fed in chunks of random lengths.
fn decisions(mut job: Boxed, items: &[Item], random: &mut SplitMix64) -> Vec<u32> {
    let mut decisions = Vec::new();
    let mut rest = items;
    while !rest.is_empty() {
        let (chunk, after) = rest.split_at(random.uniform(1, 1024).min(rest.len() as u64) as usize);
        job.push_chunk(chunk, &mut decisions);
        rest = after;
    }
    decisions
}

fn both(made: &Made<Item>, capacity: u64, items: &[Item], seed: u64) -> [Vec<u32>; 2] {
    let params = Params([(CAPACITY.to_owned(), capacity.into())].into());
    let base =
        Base { entry: &BIN_PACKING.entry, name: made.row.of, params, trigger: stream::Trigger::Record };
    let mut random = SplitMix64::new(seed);
    [base.job(), (made.make)(&base)].map(|job| decisions(job, items, &mut random))
}

/// Rows whose job answers otherwise, or alike, by themselves.
fn packed(kind: Kind, part: Part) -> impl Iterator<Item = &'static Made<Item>> {
    PACKED
        .iter()
        .filter(move |made| made.row.kind == kind && made.row.part == part && made.row.under == Under::Strict)
}

#[test]
fn a_mutant_of_accuracy_answers_otherwise_on_its_data() {
    for made in packed(Kind::Mutant, Part::Accuracy) {
        let instance = made.row.on.instance().expect("it is generated");
        let items: Vec<Item> = instance.values.iter().map(|&size| Item { size }).collect();
        let [stable, candidate] =
            both(made, instance.parameters[CAPACITY].number().expect("a number"), &items, 1);
        assert!(stable != candidate, "{} of {}", made.row.name, made.row.of);
    }
}

#[test]
fn an_equivalent_answers_alike_on_any_data() {
    let slow = packed(Kind::Equivalent, Part::Latency).chain(packed(Kind::Mutant, Part::Latency));
    for made in packed(Kind::Equivalent, Part::Accuracy).chain(slow) {
        for (seed, capacity) in (1..).zip([1_u64, 2, 10, 96, 150, 1000, 40_000, 1_000_000]) {
            let mut random = SplitMix64::new(seed);
            let most = random.uniform(capacity.div_ceil(4), capacity);
            let items: Vec<Item> = (0..300).map(|_| Item { size: random.uniform(0, most) }).collect();
            let [stable, candidate] = both(made, capacity, &items, seed);
            assert_eq!(
                stable, candidate,
                "{} of {}, capacity {capacity}, seed {seed}",
                made.row.name, made.row.of
            );
        }
    }
}

#[test]
fn nobody_else_can_name_the_self_tests_jobs() {
    let datasets = Datasets::new().expect("written");
    let row = &ROWS[0];
    let own = experiment(row, strict(true), &datasets).expect("it is generated");
    assert!(own.clone().resolve_with(judged_problem).is_ok());
    let error = own.clone().resolve(&Catalog::shipped()).err().expect("refused");
    assert!(error.to_string().contains("unknown problem"), "{error}");
    let other = ExperimentFile { problem: None, ..own };
    assert!(other.resolve(&Catalog::shipped()).err().expect("refused").to_string().contains("unknown job"));
}

/// docs/self-test.md shows the counts of a whole run.
#[test]
fn the_docs_count_what_there_is() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/self-test.md");
    let page = std::fs::read_to_string(page).expect("the page is there");
    let count = |kind, parts: &[Part]| parts.iter().map(|&part| rows(kind, part).len()).sum::<usize>();
    let both = [Part::Accuracy, Part::Latency];
    for counts in [
        format!("\n{} mutants: ", count(Kind::Mutant, &both)),
        format!("of the {} with wrong answers", count(Kind::Mutant, &[Part::Accuracy])),
        format!("\n{} equivalents: ", count(Kind::Equivalent, &both)),
    ] {
        assert!(page.contains(&counts), "docs/self-test.md lacks '{}'", counts.trim());
    }
}

#[test]
fn a_report_holds_to_its_schema() {
    use serde_json::{Value, json};
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/schemas");
    let read = |name: &str| -> Value {
        let text = std::fs::read_to_string(root.join(name)).expect("a schema");
        serde_json::from_str(&text).expect("JSON")
    };
    let results = "results.schema.json";
    let registry = jsonschema::Registry::new().add(format!("file:///{results}"), read(results));
    let registry = registry.and_then(jsonschema::RegistryBuilder::prepare).expect("schemas");
    let options = jsonschema::options().with_base_uri("file:///self-test.schema.json");
    let schema = options.with_registry(&registry).build(&read("self-test.schema.json")).expect("a schema");
    let report = serde_json::to_value(without("none of them")).expect("JSON");
    let errors: Vec<String> = schema.iter_errors(&report).map(|error| error.to_string()).collect();
    assert!(errors.is_empty() && report.pointer("/rows/0/checks/0").is_some(), "{errors:?}");
    for (at, value) in [
        ("/schema", json!("counterpoint.self-test/2")),
        ("/outcome", json!("maybe")),
        ("/rows/0/end", json!("dead")),
        ("/rows/0/checks/0", json!({})),
        ("/mutants", json!({ "total": 1 })),
    ] {
        let mut other = report.clone();
        *other.pointer_mut(at).expect("a place") = value;
        assert!(!schema.is_valid(&other), "{at}");
    }
}
