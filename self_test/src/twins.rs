//! The catalogue's problems with mutants and equivalents for versions: the self-test's own, outside the catalogue.
//!
//! Each has two versions, the job as it is shipped and what a case made of it; their argument is the row.

use std::{
    collections::HashMap,
    sync::{LazyLock, Mutex},
};

use batch::BatchError;
use compare::Objective;
use datasets::{Answer, CAPACITY, Delivery, Event, Item, Keys, Request, Sided};
use stream::Proven;

use super::{
    caching,
    case::{Made, Row, rows},
    equivalents, mutants, tables,
    wrap::Base,
};
use platform::{
    catalog::{
        ANSWERS, BIN_PACKING, BINS, CACHING, DEDUPLICATED_TOTALS, ENRICHMENT_JOIN, FEWEST_BINS,
        FEWEST_MISSES, ORDER_PAYMENT_JOIN, SESSIONS, WINDOWED_AGGREGATION,
    },
    erased::AnyProblem,
    problem::{
        Argument, Chosen, Computed, Entry, NOTHING_PROVEN, Params, Problem, Setup, Shape, VersionEntry, Work,
    },
};

/// The job that a row's case was made of; its argument is the row.
pub(super) const SHIPPED: &str = "shipped";
/// Holds what the case made of it.
pub(super) const CHANGED: &str = "changed";

const ROW: Argument = Argument { name: "row", least: 0, most: u32::MAX, example: 0 };

/// A problem of the self-test, and its rows.
type Twin = (AnyProblem, fn() -> Vec<Row>);

/// All of them.
pub(super) static TWINS: &[Twin] = &[
    (AnyProblem::Items(&PACKING), || of(&PACKED)),
    (AnyProblem::Items(&PACKING_BY_A_HIGH_BOUND), || of(&PACKED_BY_A_HIGH_BOUND)),
    (AnyProblem::Events(&WINDOWS), || of(&WINDOWED)),
    (AnyProblem::Events(&SESSIONS_TWIN), || of(&SESSIONED)),
    (AnyProblem::Deliveries(&TOTALS), || of(&TOTALLED)),
    (AnyProblem::Sides(&READINGS), || of(&ENRICHED)),
    (AnyProblem::Sides(&ORDERS), || of(&JOINED)),
    (AnyProblem::Requests(&CACHES), || of(&CACHED)),
];

fn of<R>(made: &[Made<R>]) -> Vec<Row> {
    made.iter().map(|made| made.row).collect()
}

/// The rows of a problem.
type Rows<R> = LazyLock<Vec<Made<R>>>;

pub(super) static PACKED: Rows<Item> = LazyLock::new(|| {
    rows("bin-packing", PACKING.entry.name, [mutants::groups(), equivalents::groups()].concat())
});
static PACKED_BY_A_HIGH_BOUND: Rows<Item> =
    LazyLock::new(|| rows("bin-packing", PACKING_BY_A_HIGH_BOUND.entry.name, mutants::of_the_reference()));
pub(super) static WINDOWED: Rows<Event> =
    LazyLock::new(|| rows("windowed-aggregation", WINDOWS.entry.name, tables::windows::groups()));
pub(super) static SESSIONED: Rows<Event> =
    LazyLock::new(|| rows("sessions", SESSIONS_TWIN.entry.name, tables::sessions::groups()));
pub(super) static TOTALLED: Rows<Delivery> =
    LazyLock::new(|| rows("deduplicated-totals", TOTALS.entry.name, tables::totals::groups()));
pub(super) static ENRICHED: Rows<Sided> =
    LazyLock::new(|| rows("enrichment-join", READINGS.entry.name, tables::readings::groups()));
pub(super) static JOINED: Rows<Sided> =
    LazyLock::new(|| rows("order-payment-join", ORDERS.entry.name, tables::orders::groups()));

pub(super) static CACHED: Rows<Request> =
    LazyLock::new(|| rows("caching", CACHES.entry.name, caching::groups()));

/// The entry of a problem whose versions are those of `$rows`.
macro_rules! entry {
    ($name:literal, $problem:ident, $rows:ident, $proven:expr) => {
        Entry {
            name: $name,
            about: $problem.entry.about,
            parameters: $problem.entry.parameters,
            reject: $problem.entry.reject,
            reference_name: $problem.entry.reference_name,
            line: $problem.entry.line,
            versions: &[
                VersionEntry {
                    name: SHIPPED,
                    argument: Some(ROW),
                    about: "the job as it is shipped",
                    proven: $proven,
                    make: |setup| Ok(base(&$problem.entry, &$rows, setup).job()),
                },
                VersionEntry {
                    name: CHANGED,
                    argument: Some(ROW),
                    about: "a mutant or an equivalent of it",
                    proven: $proven,
                    make: |setup| {
                        let made = &$rows[setup.argument as usize];
                        Ok((made.make)(&base(&$problem.entry, &$rows, setup)))
                    },
                },
            ],
        }
    };
}

/// The job that a row's case is made of.
fn base<R>(entry: &'static Entry<R>, rows: &[Made<R>], setup: &Setup<'_>) -> Base<R> {
    let name = rows[setup.argument as usize].row.of;
    Base { entry, name, params: setup.params.clone(), trigger: setup.trigger }
}

static PACKING: Problem<Item> = Problem {
    entry: entry!("self-test-bin-packing", BIN_PACKING, PACKED, |setup| proven(&PACKED, setup)),
    objective: FEWEST_BINS,
    reference,
    growing: None,
    merge: BIN_PACKING.merge,
    shape: Shape::Decisions(&BINS),
};

static PACKING_BY_A_HIGH_BOUND: Problem<Item> = Problem {
    entry: entry!("self-test-high-bound", BIN_PACKING, PACKED_BY_A_HIGH_BOUND, |setup| proven(
        &PACKED_BY_A_HIGH_BOUND,
        setup
    )),
    objective: FEWEST_BINS,
    reference: high_bound,
    growing: None,
    merge: BIN_PACKING.merge,
    shape: Shape::Decisions(&BINS),
};

/// The twin of a problem that answers with a table: its own name and versions, and all else as it is.
macro_rules! table_twin {
    ($name:literal, $of:ident, $versions:ident) => {
        Problem {
            entry: entry!($name, $of, $versions, NOTHING_PROVEN),
            objective: Objective::None,
            reference: $of.reference,
            growing: $of.growing,
            merge: $of.merge,
            shape: Shape::Table,
        }
    };
}

static WINDOWS: Problem<Event> =
    table_twin!("self-test-windowed-aggregation", WINDOWED_AGGREGATION, WINDOWED);

static SESSIONS_TWIN: Problem<Event> = table_twin!("self-test-sessions", SESSIONS, SESSIONED);

static TOTALS: Problem<Delivery> =
    table_twin!("self-test-deduplicated-totals", DEDUPLICATED_TOTALS, TOTALLED);

static READINGS: Problem<Sided> = table_twin!("self-test-enrichment-join", ENRICHMENT_JOIN, ENRICHED);

static ORDERS: Problem<Sided> = table_twin!("self-test-order-payment-join", ORDER_PAYMENT_JOIN, JOINED);

static CACHES: Problem<Request> = Problem {
    entry: entry!("self-test-caching", CACHING, CACHED, NOTHING_PROVEN),
    objective: FEWEST_MISSES,
    reference: CACHING.reference,
    growing: CACHING.growing,
    merge: CACHING.merge,
    shape: Shape::Decisions(&ANSWERS),
};

/// A mutant goes by the name of the job that it was made of, and so by what is proved of it.
fn proven(rows: &[Made<Item>], setup: &Setup<'_>) -> Proven {
    let Chosen { entry, argument } =
        BIN_PACKING.entry.version(rows[setup.argument as usize].row.of).expect("a test goes over all names");
    (entry.proven)(&Setup { argument, ..*setup })
}

/// The references so far, by number of records, capacity and a sum of the sizes that depends on their order.
static REFERENCES: LazyLock<Mutex<HashMap<[u64; 3], Computed>>> = LazyLock::new(Mutex::default);

/// The catalogue's reference by its near-linear methods, once for each set of records: a hundred experiments share
/// a few datasets.
fn reference(items: &[Item], keys: &Keys, params: &Params, _: Work) -> Result<Computed, BatchError> {
    let sum =
        items.iter().fold(0_u64, |sum, item| sum.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(item.size));
    let key = [items.len() as u64, params.number(CAPACITY), sum];
    let known = || REFERENCES.lock().expect("no holder of this lock can panic");
    if let Some(reference) = known().get(&key) {
        return Ok(reference.clone());
    }
    let reference = (BIN_PACKING.reference)(items, keys, params, Work::Steps(0))?;
    known().insert(key, reference.clone());
    Ok(reference)
}

/// A reference that claims too much and packs too badly to contradict itself: the bins of next fit, proved to be
/// needed all.
fn high_bound(items: &[Item], keys: &Keys, params: &Params, work: Work) -> Result<Computed, BatchError> {
    let mut claimed = reference(items, keys, params, work)?;
    let mut job = super::plain::scan(params.number(CAPACITY), super::plain::next_fit);
    let mut decisions = Vec::new();
    job.push_chunk(items, &mut decisions);
    let bins = decisions.iter().max().map_or(0, |last| u64::from(*last) + 1);
    for bound in claimed.bounds.iter_mut().flatten() {
        bound.value = bins;
    }
    Ok(Computed { answer: Answer::Decisions(decisions), ..claimed })
}
