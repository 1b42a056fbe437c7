//! Infers from rows how late a record may come.
//!
//! A record is late if the delay is at most its margin: how far event time had come past its end. Each row says something of the
//! delay: one that lacks two records, that it is no more than the second largest margin of its records, and more than the third;
//! one that doesn't differ, that it is more than each. What most rows agree in is taken.

use crate::{
    Asked,
    knobs::By,
    record::{NEVER, Record},
    rows::{ByKey, Key, NONE},
    score::Both,
    search::Sought,
};

/// Of a record that many windows hold only so many are looked at.
const MOST_WINDOWS: i64 = 64;

/// Holds what is known of a row, or of a key's rows together.
#[derive(Debug, Default)]
struct Told {
    /// Of records that some delay would make late.
    margins: Vec<i64>,
    /// Says that some row differs.
    differs: bool,
    /// How many records are lacking.
    lacking: i128,
    /// How many there should be.
    expected: i128,
}

/// Returns delays by which rows differ as they do: if late records are lacking, and if late records change rows in another way.
/// Where windows close apart, rows of `both` are looked at, of which some may be held out.
pub(crate) fn inferred(sought: &Sought<'_>, both: &Both, by: By) -> [Option<i64>; 2] {
    let mut told: ByKey<Told> = ByKey::default();
    let records = sought.groups.iter().map(|at| &sought.model.records.groups[*at]);
    for (key, range) in records {
        for record in &sought.model.records.all[range.clone()] {
            let newest = by.newest(record);
            if newest != NEVER {
                note(&mut told, sought.model.asked, (i128::from(*key), record), newest);
            }
        }
    }
    if told.is_empty() {
        return [None, None];
    }
    hold_rows_against(&mut told, sought, both);
    let mut told: Vec<Told> = told.into_values().collect();
    for told in &mut told {
        told.margins.sort_unstable_by_key(|margin| std::cmp::Reverse(*margin));
    }
    [agreed(&told, true), agreed(&told, false)]
}

/// Notes a record's margin, of each window where windows close apart.
fn note(told: &mut ByKey<Told>, asked: Asked, (key, record): (i128, &Record), newest: i64) {
    let mut put = |place: Key, end: Option<i64>| {
        let margin = end.and_then(|end| newest.checked_sub(end)).filter(|margin| *margin >= 0);
        if let Some(margin) = margin {
            told.entry(place).or_default().margins.push(margin);
        }
    };
    match asked {
        Asked::Tumbling { size_ms } => windows(record.time_ms, (size_ms, size_ms), key, &mut put),
        Asked::Sliding { size_ms, slide_ms } => windows(record.time_ms, (size_ms, slide_ms), key, &mut put),
        Asked::Sessions { gap_ms } => put([NONE, NONE, key], record.time_ms.checked_add(gap_ms)),
        Asked::Totals if record.is_first => put([key, NONE, NONE], record.time_ms.checked_add(1)),
        Asked::Totals => {}
        Asked::AsOf | Asked::Within { .. } if record.side == datasets::Side::Right => {}
        Asked::AsOf => put([key, NONE, NONE], record.time_ms.checked_add(1)),
        Asked::Within { .. } => {
            put([key, record.time_ms.into(), NONE], record.time_ms.checked_add(2));
        }
    }
}

fn windows(time_ms: i64, (size, slide): (i64, i64), key: i128, put: &mut impl FnMut(Key, Option<i64>)) {
    let last = time_ms.div_euclid(slide);
    let past = i128::from(time_ms) - i128::from(size);
    for index in (last.saturating_sub(MOST_WINDOWS)..=last).rev() {
        let Some(start) = index.checked_mul(slide).filter(|start| i128::from(*start) > past) else { return };
        let Some(end) = start.checked_add(size) else { continue };
        put([start.into(), end.into(), key], Some(end));
    }
}

/// Finds out which rows differ, and by how many records. Where rows are told apart by key alone, all of a key's are added up.
fn hold_rows_against(told: &mut ByKey<Told>, sought: &Sought<'_>, both: &Both) {
    let asked = sought.model.asked;
    let is_by_row = matches!(asked, Asked::Tumbling { .. } | Asked::Sliding { .. } | Asked::Totals);
    let both = if is_by_row { both } else { &sought.both };
    let mut seen: foldhash::HashSet<Key> = foldhash::HashSet::default();
    let keys =
        both.reference.keys().chain(both.answer.keys().filter(|key| !both.reference.contains_key(*key)));
    for key in keys {
        let place = match asked {
            Asked::Sessions { .. } => [NONE, NONE, key[2]],
            Asked::AsOf => [key[0], NONE, NONE],
            Asked::Within { .. } => [key[0], key[1], NONE],
            Asked::Tumbling { .. } | Asked::Sliding { .. } | Asked::Totals => *key,
        };
        let Some(told) = told.get_mut(&place) else { continue };
        seen.insert(place);
        let count = |rows: &crate::rows::Rows| rows.get(key).map_or(0, |values| values[0].max(0));
        told.differs |= both.reference.get(key) != both.answer.get(key);
        told.expected = told.expected.saturating_add(count(&both.reference));
        told.lacking =
            told.lacking.saturating_add(count(&both.reference)).saturating_sub(count(&both.answer));
    }
    told.retain(|place, _| seen.contains(place));
}

/// The delay that most rows agree in; the roundest of those that are equally good.
fn agreed(told: &[Told], by_count: bool) -> Option<i64> {
    // Each vote is for the numbers more than one and up to another.
    let mut turns: Vec<(i64, i64)> = Vec::new();
    for told in told {
        let most = *told.margins.first()?;
        let lacking = usize::try_from(told.lacking).unwrap_or(0);
        let (above, to) = match (told.differs, lacking.checked_sub(1)) {
            // A row of one record is the same though that one is late, if it makes a row of its own.
            (false, _) if !by_count && told.expected == 1 => continue,
            (false, _) => (most, i64::MAX),
            (true, Some(at)) if by_count && at < told.margins.len() => {
                (told.margins.get(lacking).copied().unwrap_or(-1), told.margins[at])
            }
            (true, _) => (-1, most),
        };
        turns.push((above, 1));
        turns.push((to, -1));
    }
    turns.sort_unstable();
    let (mut votes, mut best) = (0_i64, (1_i64, Vec::new()));
    for (at, (above, vote)) in turns.iter().enumerate() {
        votes += vote;
        let Some((to, _)) = turns.get(at + 1).filter(|(to, _)| to > above) else { continue };
        if votes > best.0 {
            best = (votes, Vec::new());
        }
        if votes == best.0 && *to != i64::MAX {
            best.1.push(roundest(*above, *to));
        }
    }
    best.1.into_iter().max_by_key(|(roundness, _)| *roundness).map(|(_, number)| number)
}

/// The roundest number that is more than `above` and at most `most`, and how round it is.
fn roundest(above: i64, most: i64) -> (usize, i64) {
    const UNITS: [i64; 10] = [86_400_000, 3_600_000, 60_000, 10_000, 5_000, 1_000, 500, 100, 10, 1];
    let rounded = (0..UNITS.len()).map(|at| (UNITS.len() - at, most / UNITS[at] * UNITS[at]));
    rounded.into_iter().find(|(_, number)| *number > above).unwrap_or((0, most))
}
