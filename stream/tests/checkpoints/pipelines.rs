//! Pipelines that no job of the catalogue has: every operator between others, and steps behind an aggregate.

use datasets::{Cells, Event, TableColumn};
use proptest::prelude::*;
use stream::operators::{
    Aggregated, AtKey, Complete, Function, JoinKind, Keyed, KeyedProcess, Outcome, Pipeline, Row,
};
use stream::{Context, Flavour, Regime, Source, Trigger, Version, WatermarkPolicy};

use crate::harness::{check, plans};

/// Counts a key's records until a timer, ten later, gives and forgets the count; one beyond a hundred clears it.
struct CountUntil;

impl KeyedProcess<Event> for CountUntil {
    type State = i64;
    type Out = Row;

    fn on_record(&self, record: Event, at: &mut AtKey<'_, i64>, emit: &mut impl FnMut(Row, &mut Context)) {
        let count = at.state().copied().unwrap_or(0) + 1;
        emit(Row { time_ms: at.time_ms, key: at.key, value: count }, at.context);
        at.set_timer(record.time_ms + 10);
        if record.value == 7 {
            at.delete_timer(record.time_ms + 5);
            at.clear();
        } else {
            at.put(count);
        }
    }

    fn on_timer(&self, at: &mut AtKey<'_, i64>, emit: &mut impl FnMut(Row, &mut Context)) {
        if let Some(value) = at.clear() {
            emit(Row { time_ms: at.time_ms, key: at.key, value }, at.context);
        }
    }
}

/// Numbers the rows that an aggregate gives: one that it gave twice, or in another order, would show.
struct Number;

impl KeyedProcess<Row> for Number {
    type State = i64;
    type Out = Row;

    fn on_record(&self, row: Row, at: &mut AtKey<'_, i64>, emit: &mut impl FnMut(Row, &mut Context)) {
        let number = at.state().copied().unwrap_or(0) + 1;
        at.put(number);
        emit(Row { time_ms: number, key: row.key * 10 + number as u32 % 7, value: row.value }, at.context);
    }
}

fn as_row(aggregated: Aggregated<u32, 2>) -> Row {
    let value = match aggregated.values[0] {
        Outcome::Int(value) => value,
        Outcome::Wide(_) | Outcome::Mean { .. } => unreachable!("a count"),
    };
    Row { time_ms: 0, key: aggregated.group % 2, value }
}

fn source() -> Source<Event> {
    Source {
        time_ms: |event: &Event| event.time_ms,
        partition: |_| 0,
        policy: WatermarkPolicy::Min,
        delay_ms: Some(5),
        partitions: 0,
        idle_ms: None,
        max_ahead_ms: None,
    }
}

fn key_columns(keys: &[u32]) -> Vec<TableColumn> {
    vec![TableColumn::new("key", Cells::Int(keys.iter().map(|&key| i64::from(key)).collect()))]
}

const COLUMNS: [(&str, Function); 2] =
    [("distinct", Function::Distinct), ("about", Function::ApproximateDistinct)];

fn long(flavour: Flavour, trigger: Trigger) -> Box<dyn Version<Event>> {
    let functions = [Function::Distinct, Function::ApproximateDistinct];
    let job = Pipeline::<Event, _>::start()
        .filter(|event| event.value != 3)
        .deduplicate(|event: &Event| event.value as u32, Some(15))
        .process(CountUntil, Some(12))
        .static_join(JoinKind::LeftOuter, [(1, "one"), (1, "uno")])
        .map(|joined| Row { key: joined.left.key * 2 + u32::from(joined.right.is_some()), ..joined.left })
        .aggregate(functions);
    Box::new(job.run(
        source(),
        Regime { flavour, trigger, state_limit: 10_000 },
        Complete::new(key_columns, COLUMNS),
    ))
}

fn behind_an_aggregate(flavour: Flavour, trigger: Trigger) -> Box<dyn Version<Event>> {
    let functions = [Function::Count, Function::Mean];
    let job = Pipeline::<Event, _>::start()
        .aggregate(functions)
        .map(as_row)
        .process(Number, None)
        .aggregate_by(|row| row.key, [(Function::First, Row::value), (Function::Mean, Row::value)]);
    let columns = [("first", Function::First), ("mean", Function::Mean)];
    Box::new(job.run(
        source(),
        Regime { flavour, trigger, state_limit: 10_000 },
        Complete::new(key_columns, columns),
    ))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn pipelines(
        rows in prop::collection::vec((0..4_i64, 0..8_i64, 0..4_u32, 0..20_i64), 0..60),
        is_per_record in any::<bool>(),
        plan in plans(),
    ) {
        let mut now = 0;
        let event = |(step, back, key, value): (i64, i64, u32, i64)| {
            now += step;
            Event { time_ms: now - back, key, partition: 0, value }
        };
        let events: Vec<Event> = rows.into_iter().map(event).collect();
        let (flavour, trigger) = if is_per_record {
            (Flavour::PerRecord { lateness_ms: 3 }, Trigger::Record)
        } else {
            (Flavour::PerTrigger { strict: false, drain: true }, Trigger::Eager)
        };
        check(&|| long(flavour, trigger), &events, &plan);
        check(&|| behind_an_aggregate(flavour, trigger), &events, &plan);
    }
}
