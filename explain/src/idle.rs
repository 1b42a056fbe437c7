//! Tells of rules that can't change any row of this dataset, so that nothing has to be computed under them.

use crate::{
    Asked, Rule,
    knobs::By,
    record::{NEVER, Record},
    rows::NONE,
    search::Sought,
};

/// Up to here doubles are exact.
const EXACT: u128 = 1 << 53;

/// Says whether a rule surely leaves every row as the batch job has it, where it is sought.
pub(crate) fn is_idle(sought: &Sought<'_>, rule: Rule) -> bool {
    let model = &sought.model;
    match rule {
        Rule::EmptyKeyLeftOut => {
            !sought.groups.iter().any(|at| Some(model.records.groups[*at].0) == model.empty_key)
        }
        Rule::ZeroLeftOut => records(sought).all(|record| record.value != 0),
        Rule::PartitionMissing { partition } => records(sought).all(|record| record.partition != partition),
        Rule::WholeValues => records(sought).all(|record| record.value % model.scale == 0),
        Rule::RepeatsCounted | Rule::RepeatsDropped => records(sought).all(|record| record.is_first),
        Rule::LastKept => records(sought).all(|record| record.is_first && record.is_last),
        Rule::Wrap32 => are_within(sought, i32::MIN.into(), i32::MAX.into()),
        Rule::Wrap64 => are_within(sought, i64::MIN.into(), i64::MAX.into()),
        Rule::Doubles => {
            let sum = || records(sought).map(|record| u128::from(record.value.unsigned_abs())).sum::<u128>();
            has_windows_or_totals(model.asked) && sum() <= EXACT
        }
        Rule::LateDropped { delay_ms }
        | Rule::LateInOpenWindow { delay_ms }
        | Rule::LateRowOfItsOwn { delay_ms } => none_is_late(sought, By::Record, delay_ms),
        Rule::LateDroppedByBatch { delay_ms } => none_is_late(sought, By::Batch, delay_ms),
        Rule::LateDroppedByBatchBefore { delay_ms } => none_is_late(sought, By::BatchBefore, delay_ms),
        _ => false,
    }
}

fn records<'a>(sought: &'a Sought<'_>) -> impl Iterator<Item = &'a Record> {
    let records = sought.model.records;
    sought.groups.iter().flat_map(|at| &records.all[records.groups[*at].1.clone()])
}

/// Joins give a record to many rows.
fn has_windows_or_totals(asked: Asked) -> bool {
    !matches!(asked, Asked::AsOf | Asked::Within { .. })
}

/// Says whether every number of the batch job's rows lies in this range; sums are among them.
fn are_within(sought: &Sought<'_>, least: i128, most: i128) -> bool {
    let mut numbers = sought.both.reference.values().flatten();
    numbers.all(|number| *number == NONE || (least <= *number && *number <= most))
}

/// Says whether event time has never come as far past a record's own as the delay, so that all it belongs to is open.
fn none_is_late(sought: &Sought<'_>, by: By, delay_ms: i64) -> bool {
    let is_windowed =
        matches!(sought.model.asked, Asked::Tumbling { .. } | Asked::Sliding { .. } | Asked::Sessions { .. });
    // Between micro-batches the watermark begins at the epoch.
    let has_epoch = by == By::Record || sought.model.records.oldest > 0;
    let is_open = |record: &Record| {
        let newest = by.newest(record);
        newest == NEVER || i128::from(newest) - i128::from(record.time_ms) < i128::from(delay_ms)
    };
    is_windowed && has_epoch && records(sought).all(is_open)
}

#[cfg(test)]
mod tests {
    use datasets::{Event, Keys, SplitMix64};

    use super::is_idle;
    use crate::{Asked, Rule, knobs::Knobs, model::Model, record::Records, score::Both, search};

    fn rules(delay_ms: i64) -> Vec<Rule> {
        use Rule::{
            Doubles, EmptyKeyLeftOut, LateDropped, LateDroppedByBatch, LateDroppedByBatchBefore,
            LateInOpenWindow, LateRowOfItsOwn, PartitionMissing, RepeatsDropped, WholeValues, Wrap32, Wrap64,
            ZeroLeftOut,
        };
        let mut rules =
            vec![Doubles, EmptyKeyLeftOut, RepeatsDropped, WholeValues, Wrap32, Wrap64, ZeroLeftOut];
        rules.extend([LateDropped { delay_ms }, LateDroppedByBatch { delay_ms }]);
        rules.extend([LateDroppedByBatchBefore { delay_ms }, PartitionMissing { partition: 1 }]);
        rules.extend([LateRowOfItsOwn { delay_ms }, LateInOpenWindow { delay_ms }]);
        rules
    }

    /// Draws few records: rules change nothing of some, and a row or two of others.
    fn drawn(random: &mut SplitMix64, keys: &[u32]) -> Vec<Event> {
        let large = if random.uniform(0, 3) == 0 { i64::MAX / 6 } else { 1 };
        let base = random.uniform(0, 40).cast_signed() - 20;
        (0..random.uniform(1, 8).cast_signed())
            .map(|at| Event {
                time_ms: base + at * 4 - random.uniform(0, 9).cast_signed(),
                key: keys[random.uniform(0, 1) as usize],
                value: random.uniform(0, 6).cast_signed() * large,
                partition: random.uniform(0, 1) as u32,
            })
            .collect()
    }

    #[test]
    fn idle_rules_change_no_row() {
        let mut keys = Keys::default();
        let names = [keys.intern(b""), keys.intern(b"k")];
        let mut random = SplitMix64::new(5);
        let mut idle = [0; 2];
        for seed in 0..3_000_i64 {
            let events = drawn(&mut random, &names);
            let records = Records::of(&events, &[2, 4, 6], &keys);
            let size_ms = 1 + seed % 7;
            let asked = match seed % 3 {
                0 => Asked::Tumbling { size_ms },
                1 => Asked::Sliding { size_ms, slide_ms: 1 + seed % 4 },
                _ => Asked::Sessions { gap_ms: size_ms },
            };
            let empty_key = keys.number(b"");
            let model = Model { asked, records: &records, empty_key, scale: 2, expected: 0, told: [true; 4] };
            let reference = model.rows(&model.all_groups(), &Knobs::default());
            let both = Both { answer: reference.clone(), reference };
            let sought = search::sought(model, &both, Vec::new(), true);
            for rule in rules(random.uniform(0, 12).cast_signed()) {
                let mut knobs = Knobs::default();
                assert!(rule.turn(&mut knobs));
                let is_same = model.rows(&sought.groups, &knobs) == sought.both.reference;
                assert!(is_same || !is_idle(&sought, rule), "{rule:?} on {asked:?}: {events:?}");
                idle[usize::from(is_idle(&sought, rule))] += 1;
            }
        }
        assert!(idle.iter().all(|times| *times > 3_000), "{idle:?}");
    }
}
