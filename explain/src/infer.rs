//! Which rules can be meant, with numbers that the rows of one half suggest.

use std::collections::BTreeMap;

use crate::{
    Asked, Rule,
    delays::inferred,
    knobs::{By, Times},
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
            let [lacking, _] = delays(sought, By::Record);
            rules.extend(lacking.into_iter().map(|delay_ms| Rule::LateDropped { delay_ms }));
            batches(&mut rules, sought);
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
        let [lacking, _] = delays(sought, By::Record);
        rules.extend(lacking.into_iter().map(|delay_ms| Rule::LateDropped { delay_ms }));
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
    let [lacking, changed] = delays(sought, By::Record);
    rules.extend(lacking.into_iter().map(|delay_ms| Rule::LateDropped { delay_ms }));
    if slide_ms >= size_ms {
        rules.extend(changed.iter().map(|&delay_ms| Rule::LateInOpenWindow { delay_ms }));
    }
    rules.extend(changed.into_iter().map(|delay_ms| Rule::LateRowOfItsOwn { delay_ms }));
    batches(rules, sought);
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

/// Late by micro-batches.
fn batches(rules: &mut Vec<Rule>, sought: &Sought<'_>) {
    if sought.has_batches {
        let [lacking, _] = delays(sought, By::BatchBefore);
        rules.extend(lacking.into_iter().map(|delay_ms| Rule::LateDroppedByBatchBefore { delay_ms }));
        let [lacking, _] = delays(sought, By::Batch);
        rules.extend(lacking.into_iter().map(|delay_ms| Rule::LateDroppedByBatch { delay_ms }));
    }
}

/// Returns the rule with the number that all rows suggest, the held out ones among them; nothing where it has none of its own.
pub(crate) fn with_number_of_all(sought: &Sought<'_>, rule: Rule) -> Option<Rule> {
    let both = &sought.both;
    let delays = |by| inferred(sought, both, by);
    match rule {
        Rule::LateDropped { .. } => delays(By::Record)[0].map(|delay_ms| Rule::LateDropped { delay_ms }),
        Rule::LateDroppedByBatch { .. } => {
            delays(By::Batch)[0].map(|delay_ms| Rule::LateDroppedByBatch { delay_ms })
        }
        Rule::LateDroppedByBatchBefore { .. } => {
            delays(By::BatchBefore)[0].map(|delay_ms| Rule::LateDroppedByBatchBefore { delay_ms })
        }
        Rule::LateInOpenWindow { .. } => {
            delays(By::Record)[1].map(|delay_ms| Rule::LateInOpenWindow { delay_ms })
        }
        Rule::LateRowOfItsOwn { .. } => {
            delays(By::Record)[1].map(|delay_ms| Rule::LateRowOfItsOwn { delay_ms })
        }
        Rule::LastMissing { .. } => last_missing(both).into_iter().next(),
        _ => None,
    }
}

/// Delays that may be the job's: those that the experiment names, the one that the rows suggest, and some usual ones. First if
/// late records are lacking, then if they change rows in another way.
fn delays(sought: &Sought<'_>, by: By) -> [Vec<i64>; 2] {
    inferred(sought, &sought.first_half, by).map(|inferred| {
        let mut delays = sought.delays_ms.clone();
        delays.extend(inferred);
        delays.extend(DELAYS);
        let mut once = Vec::new();
        delays.retain(|delay| *delay >= 0 && !once.contains(delay) && (once.push(*delay), true).1);
        delays
    })
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

/// Ends of the last window that came out, if the reference has windows behind it: that of the rows, and all up to the first
/// that is lacking.
fn last_missing(both: &Both) -> Vec<Rule> {
    let Some(last) = last_that_came(both) else { return Vec::new() };
    let behind = both.reference.keys().map(|key| key[1]).filter(|end| *end > last).min();
    let before_next = behind.map(|end| end - 1);
    let ends = [Some(last), before_next].into_iter().flatten();
    ends.filter_map(|end| i64::try_from(end).ok()).map(|after_ms| Rule::LastMissing { after_ms }).collect()
}

/// The end of the last window that came out, if the reference has windows behind it.
pub(crate) fn last_that_came(both: &Both) -> Option<i128> {
    let last = both.answer.keys().map(|key| key[1]).max()?;
    both.reference.keys().any(|key| key[1] > last).then_some(last)
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
    let by = |key: &Key, time: i128| key[place].checked_sub(time);
    let mut of_reference: BTreeMap<(i128, Values), Vec<i128>> = BTreeMap::new();
    // Rows of either half, for a row that moves changes its half.
    for (key, values) in &both.reference {
        of_reference.entry(apart(key, values)).or_default().push(key[place]);
    }
    let mut votes: BTreeMap<i128, u64> = BTreeMap::new();
    for (key, values) in &both.answer {
        if let Some([time]) = of_reference.get(&apart(key, values)).map(Vec::as_slice)
            && let Some(by) = by(key, *time)
        {
            *votes.entry(by).or_default() += 1;
        }
    }
    let (by, _) = votes.into_iter().filter(|(by, _)| *by != 0).max_by_key(|(_, votes)| *votes)?;
    let by_ms = i64::try_from(by).ok()?;
    (Times::Shifted(by_ms).of(0) == by_ms).then_some(by_ms)
}
