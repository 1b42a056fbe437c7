//! Enrichment join: each reading with the attribute that its device has, by a table whose rows are a stream themselves.
//!
//! Answer: a table `key`, `attribute` (empty for readings of a device without a row), `count` and `sum` of the readings.

use datasets::{Cells, Sided, TableColumn};

use super::settings::{Clock, duration, state_limit};
use crate::{
    Context, Flavour, Operator, Regime, Trigger, Version,
    operators::{
        AtKey, Complete, Either, Function, JoinKind, Joined, KeyedProcess, Pipeline, Row, join_columns,
    },
};

/// Which row of the table a reading is joined with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strategy {
    /// With the one that was valid at the reading's time; the reading waits until event time has passed it.
    AsOf,
    /// With the one that came last before the reading: the usual enrichment from a table that is kept up to date.
    /// Nothing waits and nothing is late, and the answer depends on the order in which records arrive.
    Latest,
}

/// Describes what the job can be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// When event time moves; [`Strategy::Latest`] asks only what is too far ahead.
    pub clock: Clock,
    /// Says how many entries the state may hold: readings, rows of the table and of the answer, and what stands in the
    /// side outputs.
    pub max_state: u64,
}

/// The columns of a reading.
const LEFT: [&str; 3] = ["key", "event_time_ms", "value"];
/// The columns of a row of the table.
const RIGHT: [&str; 3] = ["key", "valid_from_ms", "attribute"];

/// Key and attribute.
type Group = (u32, Option<i64>);

/// The job. An error says which setting it can't work with.
pub fn make(
    strategy: Strategy,
    settings: &Settings,
    trigger: Trigger,
) -> Result<Box<dyn Version<Sided>>, String> {
    join_columns(&LEFT, &RIGHT)?;
    let delay_ms = duration("delay", settings.clock.delay_ms)?;
    let sides = Pipeline::<Sided, _>::start().map(Either::from);
    match strategy {
        Strategy::AsOf => totals(sides.as_of_join(JoinKind::LeftOuter), Some(delay_ms), settings, trigger),
        Strategy::Latest => totals(sides.process(LatestRow, None), None, settings, trigger),
    }
}

/// The totals of the readings that `joined` gives.
fn totals<O>(
    joined: Pipeline<Sided, O>,
    delay_ms: Option<i64>,
    settings: &Settings,
    trigger: Trigger,
) -> Result<Box<dyn Version<Sided>>, String>
where
    O: Operator<Sided, Out = Joined<Row, Row>> + Send + 'static,
{
    let source = settings.clock.source(delay_ms)?;
    let group = |joined: &Joined<Row, Row>| (joined.left.key, joined.right.map(|row| row.value));
    let value = |joined: &Joined<Row, Row>| joined.left.value;
    let job = joined.aggregate_by(group, [(Function::Count, value), (Function::Sum, value)]);
    let sink = Complete::new(key_columns, [("count", Function::Count), ("sum", Function::Sum)]);
    let flavour = Flavour::PerRecord { lateness_ms: 0 };
    Ok(Box::new(job.run(
        source,
        Regime { flavour, trigger, state_limit: state_limit(settings.max_state)? },
        sink,
    )))
}

fn key_columns(groups: &[Group]) -> Vec<TableColumn> {
    let keys = Cells::Text(groups.iter().map(|&(key, _)| key).collect());
    let attributes = Cells::Maybe(groups.iter().map(|&(_, attribute)| attribute).collect());
    vec![TableColumn::new("key", keys), TableColumn::new("attribute", attributes)]
}

/// Joins a reading with the row of its key that came last.
struct LatestRow;

impl KeyedProcess<Either<Row, Row>> for LatestRow {
    type State = Row;
    type Out = Joined<Row, Row>;

    fn on_record(
        &self,
        record: Either<Row, Row>,
        at: &mut AtKey<'_, Row>,
        emit: &mut impl FnMut(Self::Out, &mut Context),
    ) {
        match record {
            Either::Left(left) => emit(Joined { left, right: at.state().copied() }, at.context),
            Either::Right(row) => at.put(row),
        }
    }
}
