//! Joins of two streams, and of a stream with a table that changes.

use batch::growing::{Enriched, Paid};
use compare::Objective;
use datasets::Sided;
use stream::jobs::{enrichment_join, order_payment_join};

use super::{
    lines,
    parameters::{DELAY, DRAIN, MAX_AHEAD, MAX_STATE, SIDE_IDLE, WATERMARK_POLICY, WITHIN, clock, is_yes},
};
use crate::problem::{Entry, Merging, NOTHING_PROVEN, Params, Problem, Shape, VersionEntry};

/// An entry of a join by one of its strategies.
macro_rules! strategy {
    ($join:ident, $name:literal, $strategy:ident, $settings:ident, $about:literal) => {
        VersionEntry {
            name: $name,
            argument: None,
            about: $about,
            proven: NOTHING_PROVEN,
            make: |setup| $join::make($join::Strategy::$strategy, &$settings(setup.params), setup.trigger),
        }
    };
}

/// Orders and their payments.
pub static ORDER_PAYMENT_JOIN: Problem<Sided> = Problem {
    entry: Entry {
        name: "order-payment-join",
        about: "each order (left) with the payments (right) of its key within a time, and the unpaid ones",
        parameters: &[WITHIN, DELAY, WATERMARK_POLICY, SIDE_IDLE, DRAIN, MAX_AHEAD, MAX_STATE],
        reject: |_, _| None,
        line: lines::sided,
        reference_name: "sort-merge-join",
        versions: &[
            strategy!(
                order_payment_join,
                "per-record",
                PerRecord,
                payments,
                "as in Flink: the watermark moves with each record"
            ),
            strategy!(
                order_payment_join,
                "per-trigger",
                PerTrigger,
                payments,
                "as in Spark: the watermark moves between micro-batches"
            ),
            strategy!(
                order_payment_join,
                "eager-unpaid",
                EagerUnpaid,
                payments,
                "an order counts as unpaid at once when its time is over, though a payment may still come"
            ),
        ],
    },
    objective: Objective::None,
    reference: |records, keys, params, _| {
        Ok(batch::order_payment_join::reference(records, params.number("within"), keys)?.into())
    },
    growing: Some(|params| Ok(Box::new(Paid::new(params.number("within"))))),
    merge: |_| {
        Merging::No(
            "a reading is joined with the row of the table that was valid before it, which may lie before the boundary",
        )
    },
    shape: Shape::Table,
};

/// Readings and the table of their devices.
pub static ENRICHMENT_JOIN: Problem<Sided> = Problem {
    entry: Entry {
        name: "enrichment-join",
        about: "readings (left) with their device's attribute (right) at their time: count and sum of each",
        parameters: &[DELAY, WATERMARK_POLICY, SIDE_IDLE, MAX_AHEAD, MAX_STATE],
        reject: |_, _| None,
        line: lines::sided,
        reference_name: "as-of-join",
        versions: &[
            strategy!(
                enrichment_join,
                "as-of",
                AsOf,
                readings,
                "a reading waits until the attribute at its time is known"
            ),
            strategy!(
                enrichment_join,
                "latest",
                Latest,
                readings,
                "the attribute that arrived last: nothing waits, and disorder changes the answer"
            ),
        ],
    },
    objective: Objective::None,
    reference: |records, keys, _, _| Ok(batch::enrichment_join::reference(records, keys).into()),
    growing: Some(|_| Ok(Box::new(Enriched::default()))),
    merge: |_| {
        Merging::No("an order before the boundary is paid behind it: pairs across it are in neither answer")
    },
    shape: Shape::Table,
};

fn payments(params: &Params) -> order_payment_join::Settings {
    order_payment_join::Settings {
        within_ms: params.number("within"),
        clock: clock(params),
        drain: is_yes(params, "drain"),
        max_state: params.number("max-state"),
    }
}

fn readings(params: &Params) -> enrichment_join::Settings {
    enrichment_join::Settings { clock: clock(params), max_state: params.number("max-state") }
}
