//! Which rules can be meant, with numbers that the rows of one half suggest.

use std::collections::BTreeMap;

use crate::{
    Asked, Rule,
    knobs::Times,
    record::{NEVER, Record},
    rows::{Key, Values},
    score::Both,
    search::Sought,
};

/// Delays that are tried where the rows suggest none.
const DELAYS: [i64; 5] = [0, 1_000, 5_000, 10_000, 60_000];
/// Partitions that are tried one by one.
const MOST_PARTITIONS: u32 = 32;

/// Returns the rules that apply to what is asked, the plainest first. Numbers are taken from rows of the first half alone.
pub(crate) fn rules(sought: &Sought<'_>) -> Vec<Rule> {
    let mut rules = Vec::new();
    let both = &sought.first_half;
    let model = &sought.model;
    match model.asked {
        Asked::Tumbling { size_ms } => fixed(&mut rules, sought, (size_ms, size_ms)),
        Asked::Sliding { size_ms, slide_ms } => fixed(&mut rules, sought, (size_ms, slide_ms)),
        Asked::Sessions { .. } => {
            for delay_ms in delays(sought, None) {
                rules.push(Rule::LateDropped { delay_ms });
                if sought.has_batches {
                    rules.push(Rule::LateDroppedByBatchBefore { delay_ms });
                    rules.push(Rule::LateDroppedByBatch { delay_ms });
                }
            }
            rules.extend(last_missing(both));
            rules.extend([
                Rule::LastOfKeyMissing,
                Rule::GapExclusive,
                Rule::SessionEndsAtLast,
                Rule::SessionEndsAfterLast,
                Rule::EndInclusive,
            ]);
        }
        Asked::Totals => rules.extend([Rule::RepeatsCounted, Rule::LastKept]),
        Asked::AsOf => rules.extend([
            Rule::SameTimeExclusive,
            Rule::FirstOfTimeKept,
            Rule::AsOfArrival,
            Rule::UnmatchedMissing,
        ]),
        Asked::Within { .. } => rules.extend([
            Rule::BoundExclusive,
            Rule::SameTimeExclusive,
            Rule::UnmatchedToo,
            Rule::UnmatchedMissing,
        ]),
    }
    if matches!(model.asked, Asked::Totals | Asked::AsOf | Asked::Within { .. }) {
        rules.extend(delays(sought, None).into_iter().map(|delay_ms| Rule::LateDropped { delay_ms }));
    }
    if !matches!(model.asked, Asked::Totals) {
        rules.extend([
            Rule::SecondsCut,
            Rule::SecondsRounded,
            Rule::MinutesCut,
            Rule::TakenForSeconds,
            Rule::TakenForMicroseconds,
            Rule::RepeatsDropped,
        ]);
        rules.extend(shifted(both, model.asked).map(|by_ms| Rule::Shifted { by_ms }));
    }
    rules.extend([Rule::Wrap32, Rule::Wrap64, Rule::Doubles]);
    if model.scale > 1 {
        rules.push(Rule::WholeValues);
    }
    rules.extend([Rule::ReadTwice, Rule::EmptyKeyLeftOut, Rule::ZeroLeftOut]);
    let partitions = model.records.partitions;
    if (2..=MOST_PARTITIONS).contains(&partitions) {
        rules.extend((0..partitions).map(|partition| Rule::PartitionMissing { partition }));
    }
    rules
}

/// Windows of a fixed length.
fn fixed(rules: &mut Vec<Rule>, sought: &Sought<'_>, (size_ms, slide_ms): (i64, i64)) {
    let both = &sought.first_half;
    let ended = |record: &Record, newest: i64| {
        let end =
            (record.time_ms.checked_div_euclid(slide_ms)?).checked_mul(slide_ms)?.checked_add(size_ms)?;
        newest.checked_sub(end)
    };
    for delay_ms in delays(sought, Some(&|record| ended(record, record.newest.record_before))) {
        rules.push(Rule::LateDropped { delay_ms });
        if slide_ms >= size_ms {
            rules.push(Rule::LateInOpenWindow { delay_ms });
        }
        rules.push(Rule::LateRowOfItsOwn { delay_ms });
    }
    if sought.has_batches {
        for delay_ms in delays(sought, Some(&|record| ended(record, record.newest.batch_before_last))) {
            rules.push(Rule::LateDroppedByBatchBefore { delay_ms });
        }
        for delay_ms in delays(sought, Some(&|record| ended(record, record.newest.batch_before))) {
            rules.push(Rule::LateDroppedByBatch { delay_ms });
        }
    }
    rules.extend(last_missing(both));
    rules.extend([Rule::LastOfKeyMissing, Rule::ClosedRight]);
    rules.extend(origin(both, slide_ms));
    if sought.model.records.oldest < 0 {
        rules.push(Rule::TowardZero);
    }
    if slide_ms < size_ms {
        rules.push(Rule::FromFirstRecord);
    }
    rules.push(Rule::EndInclusive);
}

/// Says for a record up to which delay it is late.
type Margin<'a> = &'a dyn Fn(&Record) -> Option<i64>;

/// Delays that may be the job's: those that the experiment names, the one that as many records would be late by as are missing,
/// else some usual ones.
fn delays(sought: &Sought<'_>, margin: Option<Margin<'_>>) -> Vec<i64> {
    let mut delays = sought.delays_ms.clone();
    delays.extend(margin.and_then(|margin| by_count(sought, margin)));
    delays.extend(DELAYS);
    let mut once = Vec::new();
    delays.retain(|delay| !once.contains(delay) && (once.push(*delay), true).1);
    delays
}

/// As many records as are missing are late by at least this; of all such numbers the roundest.
fn by_count(sought: &Sought<'_>, margin: Margin<'_>) -> Option<i64> {
    if !sought.model.told[0] {
        return None;
    }
    let (mut expected, mut found) = (0, 0);
    for (_, reference, answer) in sought.both.differing() {
        expected += reference.map_or(0, |values| values[0]);
        found += answer.map_or(0, |values| values[0]);
    }
    let missing = usize::try_from(expected - found).ok().filter(|missing| *missing > 0)?;
    let records = &sought.model.records;
    let of_groups = sought.groups.iter().flat_map(|at| &records.all[records.groups[*at].1.clone()]);
    let mut margins: Vec<i64> = of_groups
        .filter(|record| record.newest.record_before != NEVER)
        .filter_map(margin)
        .filter(|margin| *margin >= 0)
        .collect();
    margins.sort_unstable_by_key(|margin| std::cmp::Reverse(*margin));
    let least = *margins.get(missing - 1)?;
    let above = margins.get(missing).copied().unwrap_or(-1);
    Some(roundest(above, least))
}

/// The roundest number that is more than `above` and at most `most`.
fn roundest(above: i64, most: i64) -> i64 {
    let units = [86_400_000, 3_600_000, 60_000, 10_000, 5_000, 1_000, 500, 100, 10];
    let rounded = units.iter().map(|unit| most / unit * unit).find(|number| *number > above);
    rounded.unwrap_or(most)
}

/// Where the rows' windows start, if all of them start elsewhere than at multiples of the slide.
fn origin(both: &Both, slide_ms: i64) -> Option<Rule> {
    let slide = i128::from(slide_ms);
    let mut offsets = BTreeMap::new();
    for (key, _, _) in both.differing().filter(|(_, _, answer)| answer.is_some()) {
        *offsets.entry(key[0].rem_euclid(slide)).or_insert(0_u64) += 1;
    }
    let all: u64 = offsets.values().sum();
    let (offset, times) = offsets.into_iter().max_by_key(|(_, times)| *times)?;
    let offset_ms = i64::try_from(offset).ok().filter(|offset| *offset != 0)?;
    (times * 10 >= all * 9).then_some(Rule::Origin { offset_ms })
}

/// The end of the last window that came out, if the reference has windows behind it.
fn last_missing(both: &Both) -> Option<Rule> {
    let after = both.answer.keys().map(|key| key[1]).max().unwrap_or(0);
    let is_lacking = both.reference.keys().any(|key| key[1] > after);
    let after_ms = i64::try_from(after).ok()?;
    is_lacking.then_some(Rule::LastMissing { after_ms })
}

/// By how much rows of the answer lie apart from those of the reference that hold the same.
fn shifted(both: &Both, asked: Asked) -> Option<i64> {
    let place = match asked {
        Asked::Tumbling { .. } | Asked::Sliding { .. } | Asked::Sessions { .. } => 0,
        Asked::Within { .. } => 1,
        Asked::Totals | Asked::AsOf => return None,
    };
    let apart = |key: &Key, values: &Values| {
        let others = if place == 0 { key[2] } else { key[0] };
        (others, *values)
    };
    let mut of_reference: BTreeMap<(i128, Values), Vec<i128>> = BTreeMap::new();
    // Rows of either half, for a row that moves changes its half.
    for (key, values) in &both.reference {
        of_reference.entry(apart(key, values)).or_default().push(key[place]);
    }
    let mut votes: BTreeMap<i128, u64> = BTreeMap::new();
    for (key, values) in &both.answer {
        if let Some([time]) = of_reference.get(&apart(key, values)).map(Vec::as_slice) {
            *votes.entry(key[place] - time).or_default() += 1;
        }
    }
    let (by, _) = votes.into_iter().filter(|(by, _)| *by != 0).max_by_key(|(_, votes)| *votes)?;
    let by_ms = i64::try_from(by).ok()?;
    (Times::Shifted(by_ms).of(0) == by_ms).then_some(by_ms)
}
