//! Candidates that panic, hang, fail or answer with another shape, at each step: stable serves on, or serves again.

use std::time::Duration;

use compare::{Objective, architecture::UpgradeEnd};
use datasets::{Event, Keys, Table};
use stream::{Batching, Concluded, JobError, State, Update, Version};

use super::{
    account::Account,
    support::{Events, Machine, on_ground},
};
use crate::{
    catalog::WINDOWED_AGGREGATION,
    erased::AnyProblem,
    error::Error,
    experiment::Resolved,
    problem::{Argument, Entry, Merging, NOTHING_PROVEN, Problem, Setup, Shape, VersionEntry},
    serving::{store::Row, worker::PATIENCE},
};

const RECORDS: u64 = 60;
/// Started at 9 of 60 records, it has caught up at about 12, is judged at about 21, and alone from about 27 on.
const UPGRADE: &str = "kappa.start_at = '15%'\nkappa.probation = '15%'\nkappa.keep_old = '10%'\n";
/// Longer than a job takes for a record or two, on a busy machine too.
const SHORT: Duration = Duration::from_millis(700);

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Trouble {
    Panics,
    Hangs,
    Fails,
    LacksAColumn,
}

/// A good job that goes bad at a record.
struct Bad {
    job: Box<dyn Version<Event>>,
    trouble: Trouble,
    left: u32,
}

impl Version<Event> for Bad {
    fn push_chunk(&mut self, records: &[Event], decisions: &mut Vec<u32>) {
        self.left = self.left.saturating_sub(u32::try_from(records.len()).expect("a few"));
        match self.trouble {
            Trouble::Panics if self.left == 0 => panic!("what was expected isn't there"),
            Trouble::Hangs if self.left == 0 => std::thread::sleep(Duration::from_hours(1)),
            _ => self.job.push_chunk(records, decisions),
        }
    }

    fn batching(&self) -> Batching {
        self.job.batching()
    }

    fn end_batch(&mut self, decisions: &mut Vec<u32>) {
        self.job.end_batch(decisions);
    }

    fn tick(&mut self) {
        self.job.tick();
    }

    fn finish(&mut self, keys: &Keys) -> Result<Option<Concluded>, JobError> {
        self.job.finish(keys)
    }

    fn state(&mut self) -> Option<&mut dyn State> {
        self.job.state()
    }

    fn take_output(&mut self) -> Option<Table> {
        self.job.take_output()
    }

    fn serve(&mut self) -> Result<Option<Update>, JobError> {
        let mut update = self.job.serve()?;
        match self.trouble {
            Trouble::Fails if self.left == 0 => {
                return Err(JobError { record: 7, message: "it holds nothing".to_owned(), hint: None });
            }
            Trouble::LacksAColumn if self.left == 0 => {
                if let Some(update) = &mut update {
                    update.rows.columns.retain(|column| column.name != "sum");
                }
            }
            _ => {}
        }
        Ok(update)
    }
}

const AT: Argument = Argument { name: "at", least: 0, most: u32::MAX, example: 0 };

macro_rules! version {
    ($name:literal, $trouble:expr) => {
        VersionEntry {
            name: $name,
            argument: Some(AT),
            about: "goes bad",
            proven: NOTHING_PROVEN,
            make: |setup| Ok(Box::new(Bad { job: good(setup)?, trouble: $trouble, left: setup.argument })),
        }
    };
}

static PROBLEM: Problem<Event> = Problem {
    entry: Entry {
        name: "troubled",
        about: WINDOWED_AGGREGATION.entry.about,
        parameters: WINDOWED_AGGREGATION.entry.parameters,
        reject: WINDOWED_AGGREGATION.entry.reject,
        reference_name: WINDOWED_AGGREGATION.entry.reference_name,
        line: WINDOWED_AGGREGATION.entry.line,
        versions: &[
            VersionEntry {
                name: "good",
                argument: None,
                about: "per-record",
                proven: NOTHING_PROVEN,
                make: good,
            },
            version!("panics", Trouble::Panics),
            version!("hangs", Trouble::Hangs),
            version!("fails", Trouble::Fails),
            version!("lacks-a-column", Trouble::LacksAColumn),
        ],
    },
    objective: Objective::None,
    reference: WINDOWED_AGGREGATION.reference,
    growing: WINDOWED_AGGREGATION.growing,
    shape: Shape::Table,
    merge: |_| Merging::No("no test merges any"),
};

fn good(setup: &Setup<'_>) -> Result<Box<dyn Version<Event>>, String> {
    let chosen = WINDOWED_AGGREGATION.entry.version("per-record").expect("it is shipped");
    (chosen.entry.make)(setup)
}

fn resolved(events: &Events, stable: &str, candidate: &str) -> Resolved {
    let more =
        format!("problem = 'troubled'\nstable.job = '{stable}'\ncandidate.job = '{candidate}'\n{UPGRADE}");
    events.experiment(&more).resolve_with(|_| Ok(AnyProblem::Events(&PROBLEM))).expect("good values")
}

/// Runs it, and returns what is served in the end, too.
fn run(stable: &str, candidate: &str) -> Result<(UpgradeEnd, Account, Vec<Row>), Error> {
    let events = Events::new(RECORDS, 1);
    let machine = Machine::new();
    let patience = if candidate.starts_with("hangs") { SHORT } else { PATIENCE };
    let (end, account) =
        on_ground(&resolved(&events, stable, candidate), patience, |ground| machine.run(ground))?;
    Ok((end, account, machine.served()))
}

const SAYS: [(&str, &str); 4] = [
    ("panics", "it crashed: what was expected isn't there"),
    ("hangs", "it hangs: no answer for"),
    ("fails", "it failed at record 7: it holds nothing"),
    ("lacks-a-column", "it answers with another shape"),
];

/// The records at which a good candidate came to be beside stable, and at which it took over.
fn good_run() -> ([u64; 2], Vec<Row>) {
    let (end, account, served) = run("good", "good").expect("nothing is wrong");
    assert_eq!(end, UpgradeEnd::TookOver);
    ([account.arrived_at, account.switched_at].map(|at| at.expect("it took over")), served)
}

#[test]
fn one_that_goes_bad_before_the_switch_is_dropped() {
    let ([arrived, switched], served) = good_run();
    let while_catching_up = arrived - 3;
    let beside = u64::midpoint(arrived, switched);
    for (job, says) in SAYS {
        for (at, state) in [(while_catching_up, "catching-up"), (beside, "probation")] {
            let (end, account, rows) = run("good", &format!("{job}:{at}")).expect("stable is well");
            assert_eq!(end, UpgradeEnd::Dropped, "{job}:{at}");
            let last = account.transitions.last().expect("it was begun");
            assert_eq!((last.from.as_str(), last.to.as_str()), (state, "dropped"), "{job}:{at}");
            assert!(last.cause.contains(says), "{job}:{at}: {}", last.cause);
            assert_eq!(account.switched_at, None);
            assert_eq!(rows, served, "stable serves all of it");
            assert!(account.ledger.iter().all(|range| range.by == "stable"), "{:?}", account.ledger);
        }
    }
}

#[test]
fn one_that_goes_bad_after_the_switch_is_switched_back() {
    let ([_, switched], served) = good_run();
    for (job, says) in SAYS {
        let (end, account, rows) = run("good", &format!("{job}:{}", switched + 3)).expect("stable is there");
        assert_eq!(end, UpgradeEnd::RolledBack, "{job}");
        let last = account.transitions.last().expect("it was begun");
        assert!(last.cause.starts_with("the candidate can't go on: ") && last.cause.contains(says), "{job}");
        assert_eq!((account.switched_at, rows), (Some(switched), served.clone()), "{job}");
        assert!(super::account::covers_once(&account.ledger, RECORDS), "{:?}", account.ledger);
    }
}

#[test]
fn one_that_goes_bad_when_stable_is_gone_ends_the_run() {
    for (job, says) in SAYS {
        let ended = run("good", &format!("{job}:{}", RECORDS - 1)).map(|(end, ..)| end);
        let error = ended.expect_err(job).to_string();
        assert!(error.contains(job) || says.contains("record 7"), "{error}");
    }
}

#[test]
fn a_stable_that_fails_ends_the_run() {
    let error = run("fails:20", "good").map(|(end, ..)| end).expect_err("it fails").to_string();
    assert!(error.contains("it holds nothing"), "{error}");
    let error = run("lacks-a-column:20", "good").map(|(end, ..)| end).expect_err("it fails").to_string();
    assert!(error.contains("another shape"), "{error}");
}

#[test]
fn one_that_goes_bad_only_when_it_replays_the_log_is_dropped_at_the_verdict() {
    let events = Events::new(RECORDS, 1);
    // From stable's state it sees the records of its probation alone; from the log's beginning it sees more.
    for (job, says) in SAYS {
        let more = format!(
            "problem = 'troubled'\nstable.job = 'good'\ncandidate.job = '{job}:{}'\nkappa.start = 'state'\n{UPGRADE}",
            RECORDS / 4
        );
        let resolved =
            events.experiment(&more).resolve_with(|_| Ok(AnyProblem::Events(&PROBLEM))).expect("good");
        let patience = if job == "hangs" { SHORT } else { PATIENCE };
        let machine = Machine::new();
        let (end, account) =
            on_ground(&resolved, patience, |ground| machine.run(ground)).expect("stable is well");
        assert_eq!(end, UpgradeEnd::Dropped, "{job}");
        let last = account.transitions.last().expect("it was begun");
        assert_eq!(last.from, "probation", "{job}");
        assert!(
            last.cause.starts_with("read from the log's beginning, ") && last.cause.contains(says),
            "{}",
            last.cause
        );
    }
}
