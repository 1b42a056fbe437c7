//! Finds a small part of the records on which a run still differs in the same way, by delta debugging: whole keys first, then
//! records.

use std::ops::Range;

use crate::error::Error;

/// Tells whether these records, by offset and ascending, still differ in the same way. It costs a replay.
pub type Holds<'a> = dyn FnMut(&[u32]) -> Result<bool, Error> + 'a;

/// A part of the records, and what it has cost to find it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shrunk {
    /// The offsets of the records that are left, ascending.
    pub records: Vec<u32>,
    /// Replays until then.
    pub replays: u32,
}

/// Leaves out records, while replays are left; `heard` is told of each step: what was left out, and how far it is.
pub fn shrink(
    groups: &[Vec<u32>],
    most: u32,
    holds: &mut Holds<'_>,
    heard: &mut dyn FnMut(&str, &Shrunk),
) -> Result<Shrunk, Error> {
    let mut shrunk = Shrunk { records: joined(groups.iter()), replays: 0 };
    let kept =
        smallest(groups, (most, &mut shrunk.replays), &mut |some: &[Vec<u32>]| holds(&joined(some.iter())))?;
    shrunk.records = joined(kept.iter());
    heard("keys", &shrunk);
    let mut budget = (most, &mut shrunk.replays);
    let within = between(&shrunk.records, &mut budget, holds)?;
    let middle = without_middle(within, &mut budget, holds)?;
    shrunk.records = smallest(&middle, budget, holds)?;
    heard("records", &shrunk);
    Ok(shrunk)
}

/// How many replays there may be, and how many there were.
type Budget<'a> = (u32, &'a mut u32);

/// Leaves out what comes behind the last record that is needed, and before the first: by bisection, for most ways to differ stay
/// once their records are there. What is returned differs in any case.
fn between<'a>(
    all: &'a [u32],
    (most, replays): &mut Budget<'_>,
    holds: &mut Holds<'_>,
) -> Result<&'a [u32], Error> {
    let mut kept = all;
    for from_end in [true, false] {
        // So many may be left out, and so many may not.
        let (mut fine, mut too_many) = (0, kept.len());
        while too_many - fine > 1 && **replays < *most {
            let middle = fine + (too_many - fine) / 2;
            let part = if from_end { &kept[..kept.len() - middle] } else { &kept[middle..] };
            **replays += 1;
            if holds(part)? { fine = middle } else { too_many = middle }
        }
        kept = if from_end { &kept[..kept.len() - fine] } else { &kept[fine..] };
    }
    Ok(kept)
}

/// Keeps the first record and the last, and of those between them the half, the quarter and so on that is needed.
fn without_middle(
    kept: &[u32],
    (most, replays): &mut Budget<'_>,
    holds: &mut Holds<'_>,
) -> Result<Vec<u32>, Error> {
    let [first, middle @ .., last] = kept else { return Ok(kept.to_vec()) };
    let mut around = |some: &[u32]| holds(&[&[*first], some, &[*last]].concat());
    let middle = smallest(middle, (*most, &mut **replays), &mut around)?;
    Ok([&[*first], middle.as_slice(), &[*last]].concat())
}

fn joined<'a>(groups: impl Iterator<Item = &'a Vec<u32>>) -> Vec<u32> {
    let mut records: Vec<u32> = groups.flatten().copied().collect();
    records.sort_unstable();
    records
}

/// Tries parts of a list, halves first and ever smaller ones, alone and left out, until none of them can be left out.
fn smallest<T: Clone>(
    all: &[T],
    (most, replays): Budget<'_>,
    holds: &mut dyn FnMut(&[T]) -> Result<bool, Error>,
) -> Result<Vec<T>, Error> {
    let mut kept = all.to_vec();
    let mut parts = 2;
    while kept.len() >= 2 {
        let ranges = cut(kept.len(), parts);
        let alone = ranges.iter().map(|range| kept[range.clone()].to_vec());
        let without = ranges.iter().map(|range| [&kept[..range.start], &kept[range.end..]].concat());
        // Of two halves the one alone is the other left out.
        let tried: Vec<Vec<T>> = if parts == 2 { alone.collect() } else { without.collect() };
        let mut found = None;
        for part in tried {
            if *replays >= most {
                return Ok(kept);
            }
            *replays += 1;
            if holds(&part)? {
                found = Some(part);
                break;
            }
        }
        match found {
            Some(part) => {
                parts = (parts - 1).max(2);
                kept = part;
            }
            None if parts >= kept.len() => break,
            None => parts = (parts * 2).min(kept.len()),
        }
    }
    Ok(kept)
}

/// Cuts so many places into so many parts, none of them empty.
fn cut(places: usize, parts: usize) -> Vec<Range<usize>> {
    let parts = parts.min(places);
    (0..parts).map(|part| part * places / parts..(part + 1) * places / parts).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_needed_stays_and_little_else() {
        // Twenty thousand records of a hundred keys; two records of one and one of another are needed.
        let groups: Vec<Vec<u32>> = (0..100).map(|key| (0..200).map(|at| at * 100 + key).collect()).collect();
        let needed = [1_705, 5_005, 9_071];
        let mut asked = 0;
        let mut holds = |some: &[u32]| {
            asked += 1;
            assert!(some.is_sorted());
            Ok(needed.iter().all(|record| some.binary_search(record).is_ok()))
        };
        let mut steps = Vec::new();
        let shrunk = shrink(&groups, 1_000, &mut holds, &mut |step, so_far| {
            steps.push((step.to_owned(), so_far.records.len()));
        })
        .expect("no error");
        assert_eq!(shrunk.records, needed);
        assert_eq!(shrunk.replays, asked);
        assert_eq!(steps, [("keys".to_owned(), 400), ("records".to_owned(), 3)]);
    }

    #[test]
    fn no_more_replays_than_are_allowed() {
        let groups: Vec<Vec<u32>> = (0..64).map(|record| vec![record]).collect();
        for most in 0..20 {
            let mut asked = 0;
            let mut holds = |some: &[u32]| {
                asked += 1;
                Ok(some.contains(&3) && some.contains(&60))
            };
            let shrunk = shrink(&groups, most, &mut holds, &mut |_, _| {}).expect("no error");
            assert!(asked <= most && shrunk.records.contains(&3) && shrunk.records.contains(&60));
        }
        let fails = shrink(&groups, 9, &mut |_| Err(Error::Interrupted), &mut |_, _| {});
        assert!(fails.is_err());
    }
}
