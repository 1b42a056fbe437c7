//! Describes what a baseline is of, and whether a run is of the same.

use std::collections::BTreeMap;

use datasets::Value;
use serde::{Deserialize, Serialize};

use crate::{
    DatasetId, ReplayId,
    results::{is_once, once},
};

/// The trigger of a run that says nothing else: the job acts on each record.
const RECORD: &str = "record";

/// Which data a baseline is of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BaselineDataset {
    /// The dataset's name, for people; the hash decides.
    pub name: String,
    /// Says how many records it has.
    pub records: u64,
    /// The hash of its data file.
    pub blake3: String,
}

/// Describes what fixes the order of the records, when jobs act, and every random choice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BaselineReplay {
    /// `recorded`, `shuffled`, `ascending` or `descending`.
    pub order: String,
    /// When jobs act. `record` stays unsaid: files from before there were triggers mean it, and their readers go on
    /// reading those of today.
    #[serde(default = "each_record", skip_serializing_if = "is_each_record")]
    pub trigger: String,
    /// The run's seed.
    pub seed: u64,
    /// Says how many shuffled orders the comparison was repeated over.
    pub orders: u64,
    /// Says how often each record was fed; once stays unsaid.
    #[serde(default = "once", skip_serializing_if = "is_once")]
    pub amplify: u32,
}

/// Describes what a baseline and a run must have in common before their results can be compared.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// The problem's name.
    pub problem: &'a str,
    /// Which data.
    pub dataset: &'a DatasetId,
    /// The problem's parameters.
    pub parameters: &'a BTreeMap<String, Value>,
    /// In which order.
    pub order: &'a str,
    /// When jobs act.
    pub trigger: &'a str,
    /// The run's seed.
    pub seed: u64,
    /// Says how many shuffled orders.
    pub orders: u64,
    /// Says how often each record is fed.
    pub amplify: u32,
}

/// Why a baseline says nothing about a run: both sides of the first thing that they don't have in common.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch {
    /// `problem`, `dataset`, `parameters` or `replay`.
    pub what: &'static str,
    /// The baseline's. It comes from a file: escape it wherever it is shown.
    pub baseline: String,
    /// The run's.
    pub run: String,
}

impl From<&DatasetId> for BaselineDataset {
    fn from(dataset: &DatasetId) -> Self {
        Self { name: dataset.name.clone(), records: dataset.records, blake3: dataset.blake3.clone() }
    }
}

impl BaselineReplay {
    pub(super) fn of(replay: &ReplayId, orders: u64) -> Self {
        Self {
            order: replay.order.clone(),
            trigger: replay.trigger.clone(),
            seed: replay.seed,
            orders,
            amplify: replay.amplify,
        }
    }
}

/// Holds the head of a baseline against a run's.
pub(super) fn mismatch(
    problem: &str,
    dataset: &BaselineDataset,
    parameters: &BTreeMap<String, Value>,
    replay: &BaselineReplay,
    run: &Subject<'_>,
) -> Option<Mismatch> {
    let its = BaselineReplay {
        order: run.order.to_owned(),
        trigger: run.trigger.to_owned(),
        seed: run.seed,
        orders: run.orders,
        amplify: run.amplify,
    };
    let same_data = dataset.blake3 == run.dataset.blake3 && dataset.records == run.dataset.records;
    let (what, baseline, run) = if problem != run.problem {
        ("problem", problem.to_owned(), run.problem.to_owned())
    } else if !same_data {
        ("dataset", data(dataset), data(&run.dataset.into()))
    } else if parameters != run.parameters {
        ("parameters", listed(parameters), listed(run.parameters))
    } else if *replay != its {
        (
            "replay",
            replayed(replay, replay.trigger != its.trigger),
            replayed(&its, its.trigger != replay.trigger),
        )
    } else {
        return None;
    };
    Some(Mismatch { what, baseline, run })
}

fn data(dataset: &BaselineDataset) -> String {
    format!("'{}', {} records, hash {}", dataset.name, dataset.records, dataset.blake3)
}

/// The trigger is said where it isn't the usual one, and where it is what differs.
fn replayed(replay: &BaselineReplay, says_trigger: bool) -> String {
    let BaselineReplay { order, trigger, seed, orders, amplify } = replay;
    let trigger = match trigger.as_str() {
        RECORD if !says_trigger => String::new(),
        trigger => format!(", trigger {trigger}"),
    };
    let amplified = if *amplify > 1 { format!(", amplify {amplify}") } else { String::new() };
    format!("{order}, seed {seed}, {orders} orders{trigger}{amplified}")
}

fn listed(parameters: &BTreeMap<String, Value>) -> String {
    let all: Vec<String> = parameters.iter().map(|(name, value)| format!("{name}={value}")).collect();
    if all.is_empty() { "none".to_owned() } else { all.join(", ") }
}

fn each_record() -> String {
    RECORD.to_owned()
}

fn is_each_record(trigger: &str) -> bool {
    trigger == RECORD
}
