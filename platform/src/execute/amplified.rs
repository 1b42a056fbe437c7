//! Holds answers with copies of records against those without: a keyed problem's answer is the same for the keys as they stand, and for those of
//! copies the same once more, under their names.

use std::{collections::BTreeSet, path::Path, sync::Arc};

use compare::ReplayId;
use datasets::{Answer, Frozen, Keys, Table};
use replay::Control;

use super::{FinishedReference, FinishedReplay, Given, Reference, Replay};
use crate::{
    catalog::Catalog,
    error::Error,
    events::{Nobody, Working},
    experiment::{ExperimentFile, ReplaySection, Resolved},
    job_section::JobSection,
    own::ProblemChoice,
};

const TIMES: u32 = 3;

fn resolved(problem: &str, dataset: &Path, job: &str, times: u32) -> Result<Resolved, Error> {
    resolved_with(problem, dataset, job, times, "record")
}

fn resolved_with(
    problem: &str,
    dataset: &Path,
    job: &str,
    times: u32,
    trigger: &str,
) -> Result<Resolved, Error> {
    let job = || Some(JobSection::of_job(job.to_owned()));
    let gap = (problem == "sessions").then(|| ("gap".to_owned(), 3000.into()));
    let file = ExperimentFile {
        problem: Some(ProblemChoice::Named(problem.to_owned())),
        dataset: Some(dataset.to_str().expect("UTF-8").to_owned()),
        parameters: gap.into_iter().collect(),
        stable: job(),
        candidate: job(),
        replay: ReplaySection {
            amplify: Some(times),
            trigger: Some(trigger.to_owned()),
            ..ReplaySection::default()
        },
        ..ExperimentFile::default()
    };
    file.resolve(&Catalog::shipped())
}

/// The rows of a table as text, with the number that is put behind the texts of a copy's.
fn rows(table: &Table, keys: &Keys, copy: u32) -> Vec<String> {
    let row = |row| {
        let mut line = Vec::new();
        table.write_row(row, keys, &mut line);
        let line = String::from_utf8(line).expect("UTF-8");
        let renamed = |cell: &str| {
            // All texts of these datasets are a letter and a number.
            let is_text = cell.starts_with(['k', 'd', 'o']);
            if is_text && copy > 0 { format!("{cell}~{copy}") } else { cell.to_owned() }
        };
        line.trim_end().split(',').map(renamed).collect::<Vec<_>>().join(",")
    };
    (0..table.rows()).map(row).collect()
}

fn check_rows(plain: (&Table, &Keys), amplified: (&Table, &Keys), what: &str) {
    let expected: BTreeSet<String> = (0..TIMES).flat_map(|copy| rows(plain.0, plain.1, copy)).collect();
    assert_eq!(expected.len(), plain.0.rows() * TIMES as usize, "{what}");
    let found = rows(amplified.0, amplified.1, 0);
    assert_eq!(found.iter().cloned().collect::<BTreeSet<_>>(), expected, "{what}");
    assert_eq!(found.len(), expected.len(), "{what}");
}

fn reference(resolved: &Resolved) -> FinishedReference {
    let control = Arc::new(Control::default());
    let work = Working { control: &control, listener: &Nobody };
    let (frozen, params) = (&resolved.frozen, &resolved.plan.params);
    Reference { frozen, params, outside: None, work: &work }.of(resolved.problem).expect("a reference")
}

fn replayed(resolved: &Resolved) -> FinishedReplay {
    let control = Arc::new(Control::default());
    let work = Working { control: &control, listener: &Nobody };
    Replay { resolved, work: &work }.of(resolved.problem).expect("a job")
}

/// The reference and a job under these flags of a generator's dataset.
fn check(problem: &str, job: &str, dataset: &Path) {
    // A micro-batch holds the copies of its records.
    let [plain, amplified] = [1, TIMES].map(|times| {
        let trigger = format!("every {} records", 10 * times);
        resolved_with(problem, dataset, job, times, &trigger).expect("a key")
    });
    let [own, copied] = [&plain, &amplified].map(reference);
    let (Answer::Table(one), Answer::Table(all)) = (&own.computed.answer, &copied.computed.answer) else {
        panic!("{problem} answers with a table");
    };
    assert!(one.rows() > 0, "{problem}");
    check_rows((one, &own.keys), (all, &copied.keys), problem);
    let [own, copied] = [&plain, &amplified].map(replayed);
    let what = format!("{job} of {problem}");
    assert_eq!(copied.ledger.records, own.ledger.records * u64::from(TIMES), "{what}");
    assert_eq!(copied.ledger.late, own.ledger.late * u64::from(TIMES), "{what}");
    assert_eq!(copied.ledger.duplicate, own.ledger.duplicate * u64::from(TIMES), "{what}");
    assert!(copied.ledger.balances(), "{what}");
    let (Given::Table(one), Given::Table(all)) = (&own.given, &copied.given) else {
        panic!("{what} answers with a table");
    };
    check_rows((&one.table, &own.keys), (&all.table, &copied.keys), &what);
}

#[test]
fn each_key_has_its_answer_and_each_copys_the_same() {
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("../datasets/data");
    let scratch = tempfile::tempdir().expect("a folder");
    let made = |generator: &str, seed: u64| {
        let target = scratch.path().join(format!("{generator}-{seed}"));
        if !target.exists() {
            let instance = datasets::generate(generator, 2_000, seed, &[].into()).expect("defaults are good");
            datasets::freeze(&instance, &target).expect("it can be written");
        }
        target
    };
    for (problem, data, generator) in [
        ("windowed-aggregation", "clicks", "events"),
        ("sessions", "clicks", "events"),
        ("deduplicated-totals", "deliveries-1000", "deliveries"),
        ("enrichment-join", "readings-1000", "readings"),
        ("order-payment-join", "orders-1000", "orders"),
    ] {
        for version in Catalog::shipped().problem(problem).expect("in the catalogue").info().versions {
            check(problem, &version.example, &shipped.join(data));
            check(problem, &version.example, &made(generator, 1));
        }
    }
}

#[test]
fn memory_and_file_feed_the_same_copies() {
    let clicks = Path::new(env!("CARGO_MANIFEST_DIR")).join("../datasets/data/clicks");
    let resolved = resolved("windowed-aggregation", &clicks, "per-record", TIMES).expect("a key");
    let control = Arc::new(Control::default());
    let work = Working { control: &control, listener: &Nobody };
    let replay = Replay { resolved: &resolved, work: &work };
    let problem = &crate::catalog::WINDOWED_AGGREGATION;
    let (streamed, loaded) =
        (replay.streamed(problem).expect("a job"), replay.loaded(problem).expect("a job"));
    assert!(streamed.given == loaded.given && streamed.keys == loaded.keys);
    assert_eq!(streamed.ledger, loaded.ledger);
}

#[test]
fn the_plan_says_how_often() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../datasets/data");
    let resolved = resolved("windowed-aggregation", &data.join("clicks"), "per-record", 4).expect("a key");
    assert!(matches!(resolved.plan.replay.id(), ReplayId { amplify: 4, .. }));
    assert_eq!(resolved.file.replay.amplify, Some(4));
    let own = Frozen::open(&data.join("clicks")).expect("shipped").records();
    assert_eq!(resolved.frozen.records(), 4 * own);
}
