//! The baseline: what may be compared with it, and that each change of a value is named.

use std::collections::BTreeMap;

use compare::{
    AnswerResult, Baseline, Bounds, Change, Changes, Check, CostResult, DatasetId, DecisionChanges,
    DecisionsResult, Divergence, Estimate, KeptAnswer, Ledger, Objective, OrderStats, Orders, Outcome,
    RESULTS_SCHEMA, RatioResult, ReferenceResult, ReplayId, Results, RowDifferences, Subject, TableChanges,
    TableResult, Verdict, VersionResult,
};
use datasets::{Cells, Keys, Table, TableColumn};

fn version(job: &str, value: u64) -> VersionResult {
    let competitive_ratio = RatioResult {
        low: 1.0,
        high: 1.2,
        proven: None,
        proven_absolute: None,
        proven_constant: None,
        source: String::new(),
    };
    VersionResult {
        job: job.into(),
        about: "not kept".into(),
        ledger: Ledger { records: 12, used: 12, ..Ledger::default() },
        cost: Some(CostResult { value, competitive_ratio, profile: vec![1, 2] }),
        answer: AnswerResult::Decisions(DecisionsResult {
            divergence: Divergence { equal: 12, ..Divergence::default() },
        }),
        recovery: None,
        explanation: None,
        noise: None,
    }
}

fn over_orders(cost: u64) -> OrderStats {
    let mean = Estimate { value: 1.05, low: 1.0, high: 1.1 };
    OrderStats { total_cost: 3 * cost, mean, best: 1.0, worst: 1.2, worst_seed: 43 }
}

fn dataset() -> DatasetId {
    DatasetId { name: "tiny".into(), records: 12, blake3: "abc".into(), scale: 1, rejected: 0 }
}

fn cost_results() -> Results {
    let bounds = Bounds { lower: 5, lower_by: "l1".into(), upper: 5, upper_by: "search".into() };
    Results {
        expected: vec![],
        schema: RESULTS_SCHEMA.into(),
        counterpoint: "0.1.0".into(),
        problem: "bin-packing".into(),
        objective: Objective::Minimise("bins".into()),
        parameters: BTreeMap::from([("capacity".into(), 10.into())]),
        dataset: dataset(),
        replay: ReplayId { order: "recorded".into(), trigger: "record".into(), seed: 42, amplify: 1 },
        reference: ReferenceResult {
            notes: vec![],
            job: "offline-packing".into(),
            kind: "exact".into(),
            rows: 12,
            bounds: Some(bounds),
            counts: BTreeMap::new(),
        },
        stable: version("first-fit", 6),
        candidate: version("best-fit", 5),
        changes: Changes::Decisions(DecisionChanges { same: 12, different: 0, first_different: None }),
        profile: None,
        curve: Vec::new(),
        orders: Some(Orders {
            count: 3,
            first_seed: 42,
            confidence: 0.95,
            stable: over_orders(6),
            candidate: over_orders(5),
            increase: Estimate { value: 0.0, low: 0.0, high: 0.0 },
            candidate_better: 0,
            equal: 3,
            candidate_worse: 0,
            costs: vec![(6, 5); 3],
        }),
        sweep: Vec::new(),
        architectures: None,
        verdict: Verdict::of(vec![], vec![]),
    }
}

fn hashes() -> [KeptAnswer; 3] {
    ["the reference", "first-fit", "best-fit"].map(|of| KeptAnswer::by_hash(format!("hash of {of}")))
}

fn baseline() -> Baseline {
    Baseline::of(&cost_results(), hashes())
}

/// The changes from `cost_results` to what `change` makes of them.
fn changes_by(change: impl Fn(&mut Results)) -> Vec<Change> {
    let mut now = cost_results();
    change(&mut now);
    baseline().changes(&Baseline::of(&now, hashes()))
}

fn triples(changes: &[Change]) -> Vec<(&str, &str, &str)> {
    changes.iter().map(|c| (c.path.as_str(), c.was.as_str(), c.is.as_str())).collect()
}

/// Asserts that exactly one value changed: `path`, from `was` to `is`.
fn check(change: impl Fn(&mut Results), path: &str, was: &str, is: &str) {
    let changes = changes_by(change);
    assert_eq!(triples(&changes), [(path, was, is)]);
    let check = Check::of_baseline(&changes);
    assert_eq!((check.name.as_str(), check.outcome, check.value), ("baseline", Outcome::Fail, 1.0));
    assert_eq!(check.note, format!("{path} was {was}, is {is}"));
}

#[test]
fn each_changed_value_is_named() {
    check(|now| cost(&mut now.candidate).value = 6, "candidate.cost.value", "5", "6");
    check(|now| now.candidate.job = "worst-fit".into(), "candidate.job", "best-fit", "worst-fit");
    check(|now| now.stable.ledger.lost = 1, "stable.ledger.lost", "0", "1");
    let decisions = |now: &mut Results| {
        let divergence = Divergence { equal: 11, ..Divergence::default() };
        now.candidate.answer = AnswerResult::Decisions(DecisionsResult { divergence });
    };
    check(decisions, "candidate.answer.decisions.divergence.equal", "12", "11");
    let bound = |now: &mut Results| now.reference.bounds.as_mut().expect("bounds").lower = 4;
    check(bound, "reference.bounds.lower", "5", "4");
    let orders = |now: &mut Results, worst| now.orders.as_mut().expect("orders").candidate.worst = worst;
    check(|now| orders(now, 1.200_000_000_000_000_2), "orders.candidate.worst", "1.2", "1.2000000000000002");
    // A hash stands in no results.
    let [reference, _, candidate] = hashes();
    let other = Baseline::of(&cost_results(), [reference, KeptAnswer::by_hash("x".into()), candidate]);
    let changes = baseline().changes(&other);
    assert_eq!(triples(&changes), [("stable.answer_blake3", "hash of first-fit", "x")]);
}

fn cost(version: &mut VersionResult) -> &mut CostResult {
    version.cost.as_mut().expect("a cost")
}

#[test]
fn what_is_not_the_answer_is_not_kept() {
    let changes = changes_by(|now| {
        now.counterpoint = "9.9.9".into();
        now.stable.about = "other words".into();
        cost(&mut now.candidate).profile = vec![9];
        cost(&mut now.candidate).competitive_ratio.high = 9.0;
        now.curve.clear();
        now.verdict.outcome = Outcome::Fail;
    });
    assert_eq!(changes, []);
}

#[test]
fn the_same_results_pass() {
    let changes = baseline().changes(&baseline());
    assert_eq!(changes, []);
    assert_eq!(Check::of_baseline(&changes).outcome, Outcome::Pass);
}

#[test]
fn a_value_that_one_side_lacks_is_a_change_on_both() {
    let without = Baseline::of(&Results { orders: None, ..cost_results() }, hashes());
    let gone = baseline().changes(&without);
    assert_eq!(gone.len(), 8);
    assert!(gone.iter().all(|c| c.path.starts_with("orders.") && c.is == "absent"), "{gone:?}");
    let new = without.changes(&baseline());
    assert!(new.len() == 8 && new.iter().all(|c| c.was == "absent"), "{new:?}");
}

#[test]
fn several_changes_are_counted_and_the_first_is_named() {
    let changes = changes_by(|now| {
        cost(&mut now.stable).value = 7;
        cost(&mut now.candidate).value = 8;
    });
    let check = Check::of_baseline(&changes);
    assert!(
        check.note.starts_with("2 values") && check.note.contains("stable.cost.value was 6, is 7"),
        "{check:?}"
    );
}

#[test]
fn only_a_run_of_the_same_subject_can_be_compared() {
    let dataset =
        DatasetId { name: "renamed".into(), records: 12, blake3: "abc".into(), scale: 1, rejected: 0 };
    let parameters = BTreeMap::from([("capacity".to_owned(), 10.into())]);
    let same = Subject {
        problem: "bin-packing",
        dataset: &dataset,
        parameters: &parameters,
        order: "recorded",
        trigger: "record",
        seed: 42,
        orders: 3,
        amplify: 1,
    };
    // The name is for people; the hash decides.
    assert_eq!(baseline().mismatch(&same), None);
    let other_data = DatasetId { blake3: "def".into(), ..dataset.clone() };
    let other_parameters = BTreeMap::from([("capacity".to_owned(), 11.into())]);
    let cases = [
        (Subject { problem: "paging", ..same }, "problem", "bin-packing", "paging"),
        (
            Subject { dataset: &other_data, ..same },
            "dataset",
            "'tiny', 12 records, hash abc",
            "'renamed', 12 records, hash def",
        ),
        (Subject { parameters: &other_parameters, ..same }, "parameters", "capacity=10", "capacity=11"),
        (Subject { seed: 7, ..same }, "replay", "recorded, seed 42, 3 orders", "recorded, seed 7, 3 orders"),
        (
            Subject { orders: 4, ..same },
            "replay",
            "recorded, seed 42, 3 orders",
            "recorded, seed 42, 4 orders",
        ),
        (
            Subject { trigger: "once", ..same },
            "replay",
            "recorded, seed 42, 3 orders, trigger record",
            "recorded, seed 42, 3 orders, trigger once",
        ),
        (
            Subject { amplify: 4, ..same },
            "replay",
            "recorded, seed 42, 3 orders",
            "recorded, seed 42, 3 orders, amplify 4",
        ),
    ];
    for (subject, what, kept, run) in cases {
        let found = baseline().mismatch(&subject).expect(what);
        assert_eq!((found.what, found.baseline.as_str(), found.run.as_str()), (what, kept, run));
    }
}

#[test]
fn a_file_from_before_triggers_is_read_and_written_the_same() {
    let text = baseline().to_toml();
    assert!(!text.contains("trigger"), "{text}");
    assert_eq!(Baseline::from_toml(&text).expect("TOML"), baseline());
    let other = text.replace("seed = 42", "trigger = \"every 10 records\"\nseed = 42");
    let replay = ReplayId { trigger: "every 10 records".into(), ..cost_results().replay };
    let expected = Baseline::of(&Results { replay, ..cost_results() }, hashes());
    assert_eq!(Baseline::from_toml(&other).expect("TOML"), expected);
}

/// A row of an answer: start, key, count and an extreme that may be missing.
type Answer<'a> = Vec<(i64, &'a str, i64, Option<i64>)>;

fn kept(answer: &Answer<'_>) -> KeptAnswer {
    let mut keys = Keys::default();
    let names = answer.iter().map(|row| keys.intern(row.1.as_bytes())).collect();
    let columns = vec![
        TableColumn::new("start", Cells::Int(answer.iter().map(|row| row.0).collect())),
        TableColumn::new("key", Cells::Text(names)),
        TableColumn::new("count", Cells::Int(answer.iter().map(|row| row.2).collect())),
        TableColumn::new("max", Cells::Maybe(answer.iter().map(|row| row.3).collect())),
    ];
    KeptAnswer::table(format!("{answer:?}").len().to_string(), &Table::new(2, columns), &keys)
}

fn table_version(job: &str, rows: u64) -> VersionResult {
    let divergence = RowDifferences {
        equal: rows,
        changed_by_column: BTreeMap::from([("count".into(), 0), ("max".into(), 0)]),
        ..RowDifferences::default()
    };
    let table = TableResult { rows, divergence, firings: rows, state_peak: 4, ..TableResult::default() };
    VersionResult { cost: None, answer: AnswerResult::Table(table), ..version(job, 0) }
}

fn table_results() -> Results {
    let rows = RowDifferences { equal: 3, ..RowDifferences::default() };
    Results {
        problem: "windowed-aggregation".into(),
        objective: Objective::None,
        parameters: BTreeMap::from([("window".into(), "tumbling:10".into()), ("delay".into(), 5.into())]),
        replay: ReplayId {
            order: "recorded".into(),
            trigger: "every 4 records".into(),
            seed: 42,
            amplify: 1,
        },
        reference: ReferenceResult {
            notes: vec![],
            job: "windows".into(),
            kind: "exact".into(),
            rows: 3,
            bounds: None,
            counts: BTreeMap::new(),
        },
        stable: table_version("per-record", 3),
        candidate: table_version("per-trigger", 3),
        changes: Changes::Table(TableChanges { rows, ..TableChanges::default() }),
        orders: None,
        ..cost_results()
    }
}

fn table_of(version: &mut VersionResult) -> &mut TableResult {
    version.table_mut().expect("a table")
}

/// The baseline of [`table_results`], changed by `change`, with `candidate` as the candidate's answer.
fn of_table(change: impl Fn(&mut Results), candidate: &Answer<'_>) -> Baseline {
    let mut results = table_results();
    change(&mut results);
    let answers = [kept(&answer()), kept(&answer()), kept(candidate)];
    Baseline::of(&results, answers)
}

fn answer() -> Answer<'static> {
    vec![(0, "a", 3, Some(-7)), (0, "", 1, None), (10, "a", 2, Some(9))]
}

/// The changes when the candidate's answer is another one, but for its hash.
fn row_changes(candidate: &Answer<'_>) -> Vec<Change> {
    let mut changes = of_table(|_| (), &answer()).changes(&of_table(|_| (), candidate));
    changes.retain(|change| !change.path.ends_with("answer_blake3"));
    changes
}

#[test]
fn each_changed_value_of_a_table_is_named() {
    let check = |change: fn(&mut Results), path: &str, was: &str, is: &str| {
        let changes = of_table(|_| (), &answer()).changes(&of_table(change, &answer()));
        assert_eq!(triples(&changes), [(path, was, is)]);
    };
    check(|now| now.reference.rows = 4, "reference.rows", "3", "4");
    check(|now| now.candidate.job = "other".into(), "candidate.job", "per-trigger", "other");
    check(|now| table_of(&mut now.stable).late_pairs = 2, "stable.answer.table.late_pairs", "0", "2");
    check(|now| table_of(&mut now.candidate).firings = 5, "candidate.answer.table.firings", "3", "5");
    check(|now| now.candidate.ledger.not_emitted = 1, "candidate.ledger.not_emitted", "0", "1");
    check(
        |now| table_of(&mut now.stable).divergence.missing = 1,
        "stable.answer.table.divergence.missing",
        "0",
        "1",
    );
    let by_column = |now: &mut Results| {
        table_of(&mut now.candidate).divergence.changed_by_column.insert("max".into(), 2);
    };
    check(by_column, "candidate.answer.table.divergence.changed_by_column.max", "0", "2");
    let without = |now: &mut Results| table_of(&mut now.candidate).divergence.changed_by_column.clear();
    let changes = of_table(|_| (), &answer()).changes(&of_table(without, &answer()));
    assert!(changes.len() == 2 && changes.iter().all(|change| change.is == "absent"), "{changes:?}");
}

#[test]
fn each_changed_row_is_named() {
    assert_eq!(row_changes(&answer()), []);
    let changed = vec![(0, "a", 3, None), (0, "b", 1, None), (10, "a", 2, Some(9))];
    assert_eq!(
        triples(&row_changes(&changed)),
        [
            ("candidate.answer[start=0, key=a]", "max=-7", "max="),
            ("candidate.answer[start=0, key=b]", "absent", "count=1, max="),
            ("candidate.answer[start=0, key=]", "count=1, max=", "absent"),
        ]
    );
    let none = row_changes(&vec![]);
    assert!(none.len() == 3 && none.iter().all(|change| change.is == "absent"), "{none:?}");
    // Where the rows stand doesn't matter.
    assert_eq!(row_changes(&answer().into_iter().rev().collect()), []);
}

#[test]
fn many_changed_rows_are_named_up_to_a_cap_that_says_so() {
    let many: Answer<'_> = (100..141).map(|start| (start, "x", 1, None)).collect();
    let changes = row_changes(&many);
    assert_eq!(changes.len(), 21);
    assert_eq!(changes[0].path, "candidate.answer[start=100, key=x]");
    // 41 are new and 3 are gone.
    assert_eq!(triples(&changes[20..]), [("candidate.answer: and 24 more rows", "as kept", "otherwise")]);
}

#[test]
fn rows_that_read_the_same_are_held_against_each_other_one_by_one() {
    let mut keys = Keys::default();
    let names = vec![keys.intern(b"\xff"), keys.intern(b"\xfe")];
    let columns = |counts: [i64; 2]| {
        vec![
            TableColumn::new("key", Cells::Text(names.clone())),
            TableColumn::new("count", Cells::Int(counts.to_vec())),
        ]
    };
    let of = |counts| {
        let answer = KeptAnswer::table("hash".into(), &Table::new(1, columns(counts)), &keys);
        Baseline::of(&table_results(), [answer.clone(), answer.clone(), answer])
    };
    assert_eq!(of([1, 2]).changes(&of([1, 2])), []);
    assert_eq!(of([1, 2]).changes(&of([1, 3])).len(), 3, "one row in each of three answers");
}

#[test]
fn the_rows_of_small_answers_are_in_the_file_line_by_line() {
    let text = of_table(|_| (), &answer()).to_toml();
    assert!(text.contains("\nanswer.table.rows = 3\n"), "{text}");
    assert!(text.contains("trigger = \"every 4 records\""), "{text}");
    assert!(text.contains("\ncandidate = [\n  [\"0\", \"a\", \"3\", \"-7\"],\n"), "{text}");
    assert_eq!(Baseline::from_toml(&text).expect("TOML"), of_table(|_| (), &answer()));
    let thousand = |rows: i64| {
        let rows: Answer<'_> = (0..rows).map(|start| (start, "x", 1, None)).collect();
        of_table(|_| (), &rows)
    };
    let rows = |baseline: &Baseline| baseline.answers.candidate.as_ref().map(Vec::len);
    assert_eq!((rows(&thousand(1_000)), rows(&thousand(1_001))), (Some(1_000), None));
    let long = "x".repeat(300 * 1024);
    assert_eq!(rows(&of_table(|_| (), &vec![(0, &long, 1, None)])), None);
    // What isn't kept on one side can't be compared row by row, and the hash still can.
    let changes = thousand(1_000).changes(&thousand(1_001));
    assert_eq!(
        changes.iter().map(|change| change.path.as_str()).collect::<Vec<_>>(),
        ["candidate.answer_blake3"]
    );
}

#[test]
fn other_columns_are_one_change() {
    let text = of_table(|_| (), &answer()).to_toml();
    let other = Baseline::from_toml(&text.replace("\"max\"]", "\"min\"]")).expect("TOML");
    let changes = other.changes(&of_table(|_| (), &answer()));
    let was = "start, key, count, min; 2 of them name a row";
    let is = "start, key, count, max; 2 of them name a row";
    assert_eq!(triples(&changes), [("answers.columns", was, is)]);
}

#[test]
fn a_file_that_somebody_edited_breaks_nothing() {
    let text = of_table(|_| (), &answer()).to_toml();
    for (from, to) in [
        ("key_columns = 2", "key_columns = 9"),
        ("key_columns = 2", "key_columns = 0"),
        ("[\"0\", \"a\", \"3\", \"-7\"]", "[]"),
        ("[\"0\", \"a\", \"3\", \"-7\"]", "[\"0\", \"a\", \"3\", \"-7\", \"more\"]"),
        ("columns = [\"start\", ", "columns = ["),
    ] {
        let edited = Baseline::from_toml(&text.replace(from, to)).expect("TOML");
        assert_ne!(edited.changes(&of_table(|_| (), &answer())), [], "{to}");
        assert_eq!(edited.changes(&edited), []);
    }
    for (from, to) in
        [("late_pairs = 0", "late_pears = 0"), ("rows = 3", "rows = -3"), ("[answers]", "[answer5]")]
    {
        assert!(Baseline::from_toml(&text.replace(from, to)).is_err(), "{to}");
    }
}

#[test]
fn a_cost_and_a_table_have_nothing_in_common() {
    let changes = baseline().changes(&of_table(|_| (), &answer()));
    assert!(changes.iter().any(|change| change.path == "stable.cost.value" && change.is == "absent"));
    assert!(changes.iter().any(|change| change.path == "stable.answer.table.rows" && change.was == "absent"));
}

proptest::proptest! {
    #[test]
    fn any_text_comes_back_from_the_file(keys in proptest::collection::vec("(?s).{0,12}", 0..6)) {
        let rows: Answer<'_> = keys.iter().map(|key| (1, key.as_str(), 2, None)).collect();
        let written = of_table(|_| (), &rows);
        let read = Baseline::from_toml(&written.to_toml());
        proptest::prop_assert_eq!(read, Ok(written));
    }
}
