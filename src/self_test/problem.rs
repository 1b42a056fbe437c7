//! Bin packing with mutants and equivalents for versions: the self-test's own problem, outside the catalogue.

use std::{
    collections::HashMap,
    sync::{LazyLock, Mutex},
};

use datasets::{Item, Reference};
use stream::Proven;

use super::{
    ROWS, Row,
    wrap::{Base, shipped},
};
use crate::{
    catalog::BIN_PACKING,
    problem::{Argument, Entry, Params, Problem, Setup, VersionEntry, Work},
};

/// The problem's name in an experiment.
pub(super) const NAME: &str = "self-test";
/// The job that a row's case was made of; its argument is the row.
pub(super) const SHIPPED: &str = "shipped";
/// What the case made of it.
pub(super) const CHANGED: &str = "changed";

const ROW: Argument = Argument { name: "row", least: 0, most: u32::MAX, example: 0 };

pub(super) static SELF_TEST: Problem<Item> = Problem {
    entry: Entry {
        name: NAME,
        about: BIN_PACKING.entry.about,
        parameters: BIN_PACKING.entry.parameters,
        reject: BIN_PACKING.entry.reject,
        reference_name: BIN_PACKING.entry.reference_name,
        versions: VERSIONS,
        line: None,
    },
    cost_unit: BIN_PACKING.cost_unit,
    reference,
    check: BIN_PACKING.check,
};

const VERSIONS: &[VersionEntry<Item>] = &[
    VersionEntry {
        name: SHIPPED,
        argument: Some(ROW),
        about: "the job as it is shipped",
        proven,
        make: |setup| Ok(base(setup).job()),
    },
    VersionEntry {
        name: CHANGED,
        argument: Some(ROW),
        about: "a mutant or an equivalent of it",
        proven,
        make: |setup| Ok((at(setup.argument).case.make)(&base(setup))),
    },
];

fn at(row: u32) -> &'static Row {
    &ROWS[row as usize]
}

fn base(setup: &Setup<'_>) -> Base {
    Base { name: at(setup.argument).of, capacity: setup.params.number(datasets::CAPACITY) }
}

/// A mutant goes by the name of the job that it was made of, and so by what is proved of it.
fn proven(row: u32) -> Proven {
    let job = shipped(at(row).of);
    (job.entry.proven)(job.argument)
}

/// The references so far, by number of records, capacity and a sum of the sizes that depends on their order.
static REFERENCES: LazyLock<Mutex<HashMap<[u64; 3], Reference>>> = LazyLock::new(Mutex::default);

/// The catalogue's reference by its near-linear methods, once for each set of records: a hundred experiments share
/// three datasets.
fn reference(items: &[Item], params: &Params, _: Work) -> Reference {
    let sum =
        items.iter().fold(0_u64, |sum, item| sum.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(item.size));
    let key = [items.len() as u64, params.number(datasets::CAPACITY), sum];
    let known = || REFERENCES.lock().expect("no holder of this lock can panic");
    if let Some(reference) = known().get(&key) {
        return reference.clone();
    }
    let reference = (BIN_PACKING.reference)(items, params, Work::Steps(0));
    known().insert(key, reference.clone());
    reference
}
