//! Runs a job with checkpoints and crashes, and one without either, and compares the two.

use std::collections::BTreeMap;

use datasets::{Cells, Keys, Table, TableColumn};
use proptest::prelude::*;
use stream::{Batching, Concluded, JobError, Version};

use crate::serving;

/// Describes what is done after a record.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Checkpoint {
    /// The whole state, not only what has changed.
    is_whole: bool,
    /// The output so far is taken first.
    takes_output: bool,
}

/// Where checkpoints are taken and where the job crashes, each after so many records.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(crate) batch: usize,
    pub(crate) checkpoints: BTreeMap<usize, Checkpoint>,
    crashes: Vec<usize>,
}

pub(crate) fn plans() -> impl Strategy<Value = Plan> {
    let checkpoint = (prop::bool::weighted(0.2), prop::bool::weighted(0.3))
        .prop_map(|(is_whole, takes_output)| Checkpoint { is_whole, takes_output });
    let checkpoints = prop::collection::btree_map(0..60_usize, checkpoint, 1..25);
    (1..9_usize, checkpoints, prop::collection::vec(0..60_usize, 0..4))
        .prop_map(|(batch, checkpoints, crashes)| Plan { batch, checkpoints, crashes })
}

/// Keys whose numbers are not in the order of their bytes.
pub(crate) fn keys() -> Keys {
    let mut keys = Keys::default();
    for text in ["m", "", "z", "a"] {
        keys.intern(text.as_bytes());
    }
    keys
}

/// A job with what it needs to come back.
struct Kept<R> {
    job: Box<dyn Version<R>>,
    /// The last whole state and the changes since.
    chain: Vec<Vec<u8>>,
    /// Says how many records were seen at the last checkpoint.
    at: usize,
    /// Holds what was written outside, with the last checkpoint or before.
    written: Vec<Vec<String>>,
}

/// Checks that a job that is saved and crashes by `plan` ends as one that runs through, and has in between the states
/// of one that never crashes.
pub(crate) fn check<R: Copy>(make: &impl Fn() -> Box<dyn Version<R>>, records: &[R], plan: &Plan) {
    let states = states(make, records, plan);
    let mut kept = Kept { job: make(), chain: vec![], at: 0, written: vec![] };
    let mut crashes = plan.crashes.clone();
    let mut at = 0;
    loop {
        if let Some(checkpoint) = plan.checkpoints.get(&at).filter(|_| at >= kept.at) {
            kept.save(*checkpoint, at);
        }
        if let Some(crash) = crashes.iter().position(|crash| *crash == at) {
            crashes.remove(crash);
            at = kept.come_back(make);
            if let Some(state) = states.get(&at).filter(|_| !kept.chain.is_empty()) {
                assert_eq!(&state_of(&kept, make), state, "the state after {at} records");
            }
        }
        let Some(record) = records.get(at) else { break };
        push(&mut *kept.job, record, at, plan.batch);
        at += 1;
    }
    compare(kept, run_through(make, records, plan.batch));
    serving::check(make, records, plan);
}

impl<R> Kept<R> {
    fn save(&mut self, checkpoint: Checkpoint, at: usize) {
        if checkpoint.takes_output
            && let Some(table) = self.job.take_output()
        {
            self.written.extend(rows(&table));
        }
        if checkpoint.is_whole || self.chain.is_empty() {
            self.chain = vec![self.job.state().unwrap().save()];
        } else {
            self.chain.push(self.job.state().unwrap().changes());
        }
        self.at = at;
    }

    /// Loses all that wasn't saved.
    fn come_back(&mut self, make: &impl Fn() -> Box<dyn Version<R>>) -> usize {
        self.job = restored(make, &self.chain);
        self.at
    }
}

pub(crate) fn restored<R>(make: &impl Fn() -> Box<dyn Version<R>>, chain: &[Vec<u8>]) -> Box<dyn Version<R>> {
    let mut job = make();
    for (i, bytes) in chain.iter().enumerate() {
        if i == 0 { job.state().unwrap().restore(bytes) } else { job.state().unwrap().apply(bytes) }
            .expect("the job's own");
    }
    job
}

/// A second copy's, since asking for the whole state begins a new chain.
fn state_of<R>(kept: &Kept<R>, make: &impl Fn() -> Box<dyn Version<R>>) -> Vec<u8> {
    restored(make, &kept.chain).state().unwrap().save()
}

/// The states at the checkpoints of a job that is saved whole each time and never crashes.
fn states<R: Copy>(
    make: &impl Fn() -> Box<dyn Version<R>>,
    records: &[R],
    plan: &Plan,
) -> BTreeMap<usize, Vec<u8>> {
    let (mut job, mut states) = (make(), BTreeMap::new());
    for at in 0..=records.len() {
        if let Some(checkpoint) = plan.checkpoints.get(&at) {
            if checkpoint.takes_output {
                job.take_output();
            }
            states.insert(at, job.state().unwrap().save());
        }
        if let Some(record) = records.get(at) {
            push(&mut *job, record, at, plan.batch);
        }
    }
    states
}

pub(crate) fn run_through<R: Copy>(
    make: &impl Fn() -> Box<dyn Version<R>>,
    records: &[R],
    batch: usize,
) -> Result<Concluded, JobError> {
    let mut job = make();
    for (at, record) in records.iter().enumerate() {
        push(&mut *job, record, at, batch);
    }
    job.finish(&keys()).map(Option::unwrap)
}

/// Feeds record number `at`, and tells of the end of its batch. The last batch may be left open.
pub(crate) fn push<R>(job: &mut dyn Version<R>, record: &R, at: usize, batch: usize) {
    let mut decisions = vec![];
    job.push_chunk(std::slice::from_ref(record), &mut decisions);
    if job.batching() != Batching::None && (at + 1).is_multiple_of(batch) {
        job.end_batch(&mut decisions);
    }
    assert!(decisions.is_empty());
}

fn compare<R>(mut kept: Kept<R>, expected: Result<Concluded, JobError>) {
    let found = kept.job.finish(&keys()).map(Option::unwrap);
    let (mut found, mut expected) = match (found, expected) {
        (Ok(found), Ok(expected)) => (found, expected),
        (found, expected) => return assert_eq!(found, expected),
    };
    let written = kept.written.len();
    let firings = found.firings.take().map(|table| rows(&table));
    let all = firings.map(|rows| [std::mem::take(&mut kept.written), rows].concat());
    assert_eq!(all, expected.firings.take().map(|table| rows(&table)), "what was emitted, each row once");
    if written > 0 {
        // The answer is told of the rows that weren't taken.
        found.table = Table::default();
        expected.table = Table::default();
    }
    assert_eq!(found, expected);
}

fn rows(table: &Table) -> Vec<Vec<String>> {
    let cell = |cells: &Cells, row: usize| match cells {
        Cells::Int(cells) => cells[row].to_string(),
        Cells::Wide(cells) => cells[row].to_string(),
        Cells::Maybe(cells) => format!("{:?}", cells[row]),
        Cells::Text(cells) => cells[row].to_string(),
        Cells::Written(fields) => format!("{:?}", fields.field(row)),
    };
    let row = |row: usize| {
        let shown = |column: &TableColumn| format!("{} {}", column.name, cell(&column.cells, row));
        table.columns.iter().map(shown).collect()
    };
    (0..table.rows()).map(row).collect()
}
