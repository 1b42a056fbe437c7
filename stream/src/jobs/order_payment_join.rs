//! Order-payment join: each order with the payments of its key that come within a time after it, and the orders that
//! nobody paid.
//!
//! Answer: a table `key`, `order_time_ms`, `payment_time_ms` (empty for an unpaid order) and, of the pairs that agree
//! in those, how many there are, `pairs`, and the sums over the pairs `order_value` and `payment_value` (0 for unpaid
//! orders): an order with two payments of one time counts twice in `order_value`.

use datasets::{Cells, Sided, TableColumn};

use super::settings::{Clock, duration, state_limit};
use crate::{
    Flavour, Regime, Trigger, Version,
    operators::{
        Complete, Either, Function, IntervalJoin, JoinKind, Joined, Pipeline, Row, Unmatched, join_columns,
    },
};

/// When an order without a payment is given as unpaid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strategy {
    /// When event time, which moves with each record (or micro-batch), is past the delay: no payment can come any more.
    /// Pairs are those of Flink's interval join.
    PerRecord,
    /// Holds the same, as in Spark: event time moves between micro-batches, so it is a batch later, and what is still
    /// open at the end of input is given only if the job drains.
    PerTrigger,
    /// As soon as event time, without the delay, is past the order's interval; at once, if it is when the order comes. A
    /// payment that comes within the delay is still joined, so its order stands in the answer twice, unpaid and paid.
    EagerUnpaid,
}

/// Describes what the job can be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// Says how long after its order a payment may be made, in milliseconds, that time itself included.
    pub within_ms: u64,
    /// When event time moves.
    pub clock: Clock,
    /// At the end of input orders that are still open are given; [`Strategy::PerTrigger`] alone leaves a choice.
    pub drain: bool,
    /// Says how many entries the state may hold: orders, payments, rows of the answer, and what stands in the side
    /// outputs.
    pub max_state: u64,
}

/// The columns of an order.
const LEFT: [&str; 3] = ["key", "order_time_ms", "order_value"];
/// The columns of a payment.
const RIGHT: [&str; 3] = ["key", "payment_time_ms", "payment_value"];

/// Key, time of the order, time of the payment.
type Pair = (u32, i64, Option<i64>);

/// The job. An error says which setting it can't work with.
pub fn make(
    strategy: Strategy,
    settings: &Settings,
    trigger: Trigger,
) -> Result<Box<dyn Version<Sided>>, String> {
    join_columns(&LEFT, &RIGHT)?;
    let within_ms = duration("within", settings.within_ms)?;
    let delay_ms = duration("delay", settings.clock.delay_ms)?;
    let join = IntervalJoin::new(JoinKind::LeftOuter, 0, within_ms)?;
    let (join, delay_ms, flavour) = match strategy {
        Strategy::PerRecord => (join, delay_ms, Flavour::PerRecord { lateness_ms: 0 }),
        Strategy::PerTrigger => {
            (join, delay_ms, Flavour::PerTrigger { strict: false, drain: settings.drain })
        }
        Strategy::EagerUnpaid => {
            (join.unmatched(Unmatched::Early), 0, Flavour::PerRecord { lateness_ms: delay_ms })
        }
    };
    let source = settings.clock.source(Some(delay_ms))?;
    let job = Pipeline::<Sided, _>::start().map(Either::from).interval_join(join).aggregate_by(
        pair,
        [
            (Function::Count, |_| 0),
            (Function::Sum, |joined| joined.left.value),
            (Function::Sum, |joined| joined.right.map_or(0, |payment| payment.value)),
        ],
    );
    let columns =
        [("pairs", Function::Count), ("order_value", Function::Sum), ("payment_value", Function::Sum)];
    let sink = Complete::new(key_columns, columns);
    Ok(Box::new(job.run(
        source,
        Regime { flavour, trigger, state_limit: state_limit(settings.max_state)? },
        sink,
    )))
}

fn pair(joined: &Joined<Row, Row>) -> Pair {
    (joined.left.key, joined.left.time_ms, joined.right.map(|payment| payment.time_ms))
}

fn key_columns(pairs: &[Pair]) -> Vec<TableColumn> {
    let keys = Cells::Text(pairs.iter().map(|&(key, ..)| key).collect());
    let orders = Cells::Int(pairs.iter().map(|&(_, order_ms, _)| order_ms).collect());
    let payments = Cells::Maybe(pairs.iter().map(|&(.., payment_ms)| payment_ms).collect());
    vec![
        TableColumn::new("key", keys),
        TableColumn::new("order_time_ms", orders),
        TableColumn::new("payment_time_ms", payments),
    ]
}
