//! Checks a packing against the sizes and the capacity, and recomputes its cost. A job's own count is not asked.

use compare::{Checked, Divergence};
use datasets::NO_DECISION;

/// Says how many buckets a fill histogram has: steps of 5 % of the capacity.
const FILL_BUCKETS: usize = 20;

/// Holds the packing `bins` (by record) against the records' `sizes` and the bins' `capacity`.
///
/// Its cost is the number of bins that hold a record; its profile tells bins by how full they are, where an overfull one
/// counts as full. A bin's number must be below the number of records: a job opens at most one bin a record.
pub(super) fn check(sizes: impl ExactSizeIterator<Item = u64>, capacity: u64, bins: &[u32]) -> Checked {
    let records = sizes.len();
    let loads = loads(sizes, bins);
    let mut check = Checked {
        cost: Some(loads.iter().flatten().count() as u64),
        divergence: Divergence { extra: bins.len().saturating_sub(records) as u64, ..Divergence::default() },
        profile: fill_histogram(&loads, capacity),
        problem: None,
    };
    for offset in 0..records {
        let wrong = match bins.get(offset).copied().unwrap_or(NO_DECISION) {
            NO_DECISION => {
                check.divergence.missing += 1;
                format!("record {offset} is in no bin")
            }
            bin if bin as usize >= records => {
                check.divergence.changed += 1;
                format!("record {offset} is in bin {bin}, but there can be at most {records} bins")
            }
            bin => match loads[bin as usize] {
                Some(load) if load > u128::from(capacity) => {
                    check.divergence.changed += 1;
                    if check.problem.is_some() {
                        continue;
                    }
                    format!("bin {bin} holds {load}, the capacity is {capacity}")
                }
                _ => {
                    check.divergence.equal += 1;
                    continue;
                }
            },
        };
        check.problem.get_or_insert(wrong);
    }
    if check.divergence.extra > 0 {
        check.problem.get_or_insert(format!("{} decisions for {records} records", bins.len()));
    }
    check
}

/// The load of each bin, `None` for those that hold no record. Wide, so that no sum of sizes overflows.
fn loads(sizes: impl ExactSizeIterator<Item = u64>, bins: &[u32]) -> Vec<Option<u128>> {
    let records = sizes.len();
    let highest = bins.iter().filter(|&&bin| (bin as usize) < records).max();
    let mut loads = vec![None; highest.map_or(0, |&bin| bin as usize + 1)];
    for (size, &bin) in sizes.zip(bins) {
        if let Some(load) = loads.get_mut(bin as usize) {
            *load = Some(load.unwrap_or(0) + u128::from(size));
        }
    }
    loads
}

fn fill_histogram(loads: &[Option<u128>], capacity: u64) -> Vec<u64> {
    let mut buckets = vec![0; FILL_BUCKETS];
    for load in loads.iter().flatten() {
        let bucket = load * FILL_BUCKETS as u128 / u128::from(capacity.max(1));
        buckets[(bucket as usize).min(FILL_BUCKETS - 1)] += 1;
    }
    buckets
}

/// Returns how many bins are in use after each of `prefixes` (ascending counts of decisions, taken in arrival order).
/// Where decisions are missing at the end, no bin is added.
pub(super) fn costs_at(decisions: &[u32], prefixes: &[usize]) -> Vec<u64> {
    let mut used = vec![false; decisions.len()];
    let mut cost = 0;
    let mut seen = 0;
    prefixes
        .iter()
        .map(|&prefix| {
            for &bin in decisions.iter().take(prefix).skip(seen) {
                if let Some(used) = used.get_mut(bin as usize) {
                    cost += u64::from(!std::mem::replace(used, true));
                }
            }
            seen = prefix;
            cost
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(sizes: &[u64], capacity: u64, bins: &[u32]) -> Checked {
        super::check(sizes.iter().copied(), capacity, bins)
    }

    #[test]
    fn a_sound_packing_has_its_cost_recomputed() {
        let checked = check(&[5, 5, 3, 0], 10, &[0, 0, 2, 2]);
        assert_eq!((checked.cost, checked.divergence.equal, checked.divergence.rows()), (Some(2), 4, 0));
        assert_eq!(checked.problem, None);
        assert_eq!((checked.profile[19], checked.profile[6], checked.profile.iter().sum()), (1, 1, 2_u64));
    }

    #[test]
    fn every_record_of_an_overfull_bin_is_wrong() {
        let checked = check(&[6, 5, 1], 10, &[0, 0, 1]);
        assert_eq!((checked.divergence.changed, checked.divergence.equal), (2, 1));
        assert_eq!(checked.problem.as_deref(), Some("bin 0 holds 11, the capacity is 10"));
    }

    #[test]
    fn a_sum_that_leaves_64_bits_is_overfull_not_wrapped() {
        let checked = check(&[u64::MAX, u64::MAX], u64::MAX, &[0, 0]);
        assert_eq!(checked.divergence.changed, 2);
    }

    #[test]
    fn unplaced_surplus_and_impossible_records_are_told_apart() {
        let checked = check(&[1, 1], 10, &[NO_DECISION, 7, 0]);
        let Divergence { missing, extra, changed, equal } = checked.divergence;
        assert_eq!((missing, extra, changed, equal), (1, 1, 1, 0));
        assert_eq!(check(&[1, 1, 1], 10, &[0]).divergence.missing, 2);
    }

    #[test]
    fn prefixes_count_the_bins_used_so_far() {
        assert_eq!(costs_at(&[0, 0, 1, 0, 2, 2], &[1, 3, 4, 6]), [1, 2, 2, 3]);
        assert_eq!(costs_at(&[0, 1], &[1, 3, 4]), [1, 2, 2]);
    }
}
