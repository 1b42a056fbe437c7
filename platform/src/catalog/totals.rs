//! Totals of events that may be delivered more than once.

use batch::Merge;
use batch::growing::Totals;
use compare::Objective;
use datasets::Delivery;
use stream::jobs::deduplicated_totals::{Memory, Settings, make};

use super::{
    lines,
    parameters::{DELAY, MAX_AHEAD, MAX_STATE, optional},
};
use crate::problem::{Entry, Merging, NOTHING_PROVEN, Params, Problem, Shape, VersionEntry};

/// An entry that remembers ids in this way.
macro_rules! memory {
    ($name:literal, $memory:ident, $about:literal) => {
        VersionEntry {
            name: $name,
            argument: None,
            about: $about,
            proven: NOTHING_PROVEN,
            make: |setup| make(Memory::$memory, &settings(setup.params), setup.trigger),
        }
    };
}

/// The problem.
pub static DEDUPLICATED_TOTALS: Problem<Delivery> = Problem {
    entry: Entry {
        name: "deduplicated-totals",
        about: "count and sum of each key, of events that may be delivered more than once",
        parameters: &[DELAY, MAX_AHEAD, MAX_STATE],
        reject: |_, _| None,
        line: lines::delivery,
        reference_name: "first-of-each-id",
        versions: &[
            memory!("keep-ids", KeepIds, "remembers every id"),
            memory!("within-watermark", WithinWatermark, "forgets an id once event time is past the delay"),
            memory!(
                "within-watermark-per-trigger",
                WithinWatermarkPerTrigger,
                "the same, as in Spark: the watermark moves between micro-batches"
            ),
            memory!(
                "approximate",
                Approximate,
                "a Bloom filter: bounded memory, a few events taken for duplicates"
            ),
        ],
    },
    objective: Objective::None,
    reference: |deliveries, keys, _, _| Ok(batch::deduplicated_totals::reference(deliveries, keys).into()),
    growing: Some(|_| Ok(Box::new(Totals::default()))),
    // Right where no delivery comes again behind the boundary, which the laws find on the data.
    merge: |_| Merging::By(Merge { group: 1, rows: batch::merge::totals }),
    shape: Shape::Table,
};

fn settings(params: &Params) -> Settings {
    Settings {
        delay_ms: params.number("delay"),
        max_ahead_ms: optional(params, "max-ahead"),
        max_state: params.number("max-state"),
    }
}
