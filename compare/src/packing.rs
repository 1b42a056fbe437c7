//! Checks a packing against the sizes and the capacity, and recomputes its cost. A job's own count is not asked.

use crate::Divergence;

/// How many buckets a fill histogram has: steps of 5 % of the capacity.
pub const FILL_BUCKETS: usize = 20;

/// Where a record was put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Placement {
    /// In the bin with this number.
    Bin(u32),
    /// Nowhere: the job gave no decision for it.
    None,
}

impl Placement {
    /// In a list of bins, this number stands for "the job gave no decision".
    pub const NO_BIN: u32 = u32::MAX;

    /// The placement that a number in a list of bins stands for.
    pub fn of(bin: u32) -> Self {
        if bin == Self::NO_BIN { Self::None } else { Self::Bin(bin) }
    }
}

/// What came of checking a packing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackingCheck {
    /// Bins that hold at least one record.
    pub cost: u64,
    /// Records without a bin (missing), bins without a record (extra), records in an overfull or impossible bin
    /// (changed), and the rest (equal).
    pub divergence: Divergence,
    /// Bins by how full they are, in [`FILL_BUCKETS`] steps; an overfull one counts as full.
    pub fill: Vec<u64>,
    /// The first thing found wrong, as a sentence fragment.
    pub problem: Option<String>,
}

/// Holds the packing `bins` (by record) against the records' `sizes` and the bins' `capacity`.
///
/// A bin's number must be below the number of records: a job opens at most one bin a record.
pub fn check_packing(sizes: impl ExactSizeIterator<Item = u64>, capacity: u64, bins: &[u32]) -> PackingCheck {
    let records = sizes.len();
    let loads = loads(sizes, bins);
    let mut check = PackingCheck {
        cost: loads.iter().flatten().count() as u64,
        divergence: Divergence { extra: bins.len().saturating_sub(records) as u64, ..Divergence::default() },
        fill: fill_histogram(&loads, capacity),
        problem: None,
    };
    for offset in 0..records {
        let placement = bins.get(offset).map_or(Placement::None, |&bin| Placement::of(bin));
        let wrong = match placement {
            Placement::None => {
                check.divergence.missing += 1;
                format!("record {offset} is in no bin")
            }
            Placement::Bin(bin) if bin as usize >= records => {
                check.divergence.changed += 1;
                format!("record {offset} is in bin {bin}, but there can be at most {records} bins")
            }
            Placement::Bin(bin) => match loads[bin as usize] {
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

/// How many bins are in use after each of `prefixes` (ascending counts of decisions, taken in arrival order). Where
/// decisions are missing at the end, no bin is added.
pub fn cost_at_prefixes(decisions: &[u32], prefixes: &[usize]) -> Vec<u64> {
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

    fn check(sizes: &[u64], capacity: u64, bins: &[u32]) -> PackingCheck {
        check_packing(sizes.iter().copied(), capacity, bins)
    }

    #[test]
    fn a_sound_packing_has_its_cost_recomputed() {
        let checked = check(&[5, 5, 3, 0], 10, &[0, 0, 2, 2]);
        assert_eq!((checked.cost, checked.divergence.equal, checked.divergence.rows()), (2, 4, 0));
        assert_eq!(checked.problem, None);
        assert_eq!((checked.fill[19], checked.fill[6], checked.fill.iter().sum()), (1, 1, 2_u64));
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
        let checked = check(&[1, 1], 10, &[Placement::NO_BIN, 7, 0]);
        let Divergence { missing, extra, changed, equal } = checked.divergence;
        assert_eq!((missing, extra, changed, equal), (1, 1, 1, 0));
        assert_eq!(check(&[1, 1, 1], 10, &[0]).divergence.missing, 2);
    }

    #[test]
    fn prefixes_count_the_bins_used_so_far() {
        assert_eq!(cost_at_prefixes(&[0, 0, 1, 0, 2, 2], &[1, 3, 4, 6]), [1, 2, 2, 3]);
        assert_eq!(cost_at_prefixes(&[0, 1], &[1, 3, 4]), [1, 2, 2]);
    }
}
