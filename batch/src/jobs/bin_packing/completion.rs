//! Bin completion: a complete search for a packing into a given number of bins.

use super::solution::{Pattern, Solution};
use super::sorted::Instance;
use super::work::Work;

/// Ways to fill a bin that are followed up at most, the fullest first.
const MOST_FILLINGS: usize = 200;
/// Items up to which the search may go: it descends one call for each bin and for each size in a bin.
pub(super) const MOST_ITEMS: u64 = 200;

/// Describes what the search learned.
#[derive(Debug, Clone)]
pub(super) enum Verdict {
    /// A packing into the number of bins asked for.
    Packed(Solution),
    /// There is none.
    Impossible,
    /// The steps ran out.
    Unknown,
}

/// Packs the items into `bins` bins, or shows that this can't be done (Korf 2002).
///
/// The largest item left is in some bin; the search tries each way to fill that bin that leaves no room for a
/// further item and wastes no more than all bins together may waste. Some packing survives both conditions if
/// there is one at all.
pub(super) fn complete_bins(instance: &Instance, bins: u64, most_steps: u64, work: &mut Work) -> Verdict {
    let room = u128::from(bins) * u128::from(instance.capacity);
    let Some(waste) = room.checked_sub(instance.total()) else { return Verdict::Impossible };
    if instance.len() > MOST_ITEMS {
        return Verdict::Unknown;
    }
    let left = instance.classes.iter().map(|class| class.count).collect();
    let mut search = Search { instance, left, bins: Vec::new(), steps: most_steps, is_complete: true };
    let packed = search.pack(bins, u64::try_from(waste).unwrap_or(u64::MAX));
    work.spend((most_steps - search.steps) * 8);
    if packed {
        return Verdict::Packed(Solution { loads: search.bins.into_iter().map(|bin| (bin, 1)).collect() });
    }
    if search.is_complete { Verdict::Impossible } else { Verdict::Unknown }
}

struct Search<'a> {
    instance: &'a Instance,
    left: Vec<u32>,
    bins: Vec<Pattern>,
    steps: u64,
    /// Says whether no branch was cut short.
    is_complete: bool,
}

impl Search<'_> {
    /// Packs what is left into at most `bins` bins that waste at most `waste`.
    fn pack(&mut self, bins: u64, waste: u64) -> bool {
        let Some(largest) = self.left.iter().position(|&left| left > 0) else { return true };
        if bins == 0 {
            return false;
        }
        for (wasted, pattern) in self.fillings(largest, waste) {
            self.take(&pattern);
            self.bins.push(pattern);
            if self.pack(bins - 1, waste - wasted) {
                return true;
            }
            let pattern = self.bins.pop().expect("it was pushed above");
            self.put_back(&pattern);
            if self.steps == 0 {
                self.is_complete = false;
                return false;
            }
        }
        false
    }

    /// The ways to fill a bin that holds an item of class `first`, by waste.
    fn fillings(&mut self, first: usize, waste: u64) -> Vec<(u64, Pattern)> {
        let smallest =
            self.left.iter().rposition(|&left| left > 0).expect("an item of class `first` is left");
        let mut bin = Bin {
            waste,
            smallest: self.instance.classes[smallest].size,
            pattern: vec![(first as u32, 1)],
            found: Vec::new(),
        };
        self.left[first] -= 1;
        self.fill(first, self.instance.capacity - self.instance.classes[first].size, &mut bin);
        self.left[first] += 1;
        bin.found.sort_by_key(|&(wasted, _)| wasted);
        if bin.found.len() > MOST_FILLINGS {
            bin.found.truncate(MOST_FILLINGS);
            self.is_complete = false;
        }
        bin.found
    }

    /// Adds items of the class `from` or smaller in all ways to a bin with this much room.
    fn fill(&mut self, from: usize, room: u64, bin: &mut Bin) {
        self.steps = self.steps.saturating_sub(1);
        if room <= bin.waste && self.is_maximal(room) {
            // A way found is copied, sorted and tried, which costs about this many steps.
            self.steps = self.steps.saturating_sub(20);
            bin.found.push((room, bin.pattern.clone()));
        }
        let fitting = from + self.instance.classes[from..].partition_point(|class| class.size > room);
        for class in fitting..self.left.len() {
            let (size, left) = (self.instance.classes[class].size, self.left[class]);
            if left == 0 {
                continue;
            }
            // Only one more item fits, and this one and all later ones leave too much.
            if room - bin.smallest < bin.smallest && room - size > bin.waste {
                return;
            }
            if self.steps == 0 {
                self.is_complete = false;
                return;
            }
            self.steps -= 1;
            let most = u64::from(left).min(room / size) as u32;
            for copies in (1..=most).rev() {
                self.left[class] -= copies;
                bin.pattern.push((class as u32, copies));
                self.fill(class + 1, room - size * u64::from(copies), bin);
                bin.pattern.pop();
                self.left[class] += copies;
            }
        }
    }

    /// Returns whether no item left fits into the room.
    fn is_maximal(&self, room: u64) -> bool {
        let smallest = self.left.iter().rposition(|&left| left > 0);
        smallest.is_none_or(|class| self.instance.classes[class].size > room)
    }

    fn take(&mut self, pattern: &Pattern) {
        for &(class, copies) in pattern {
            self.left[class as usize] -= copies;
        }
    }

    fn put_back(&mut self, pattern: &Pattern) {
        for &(class, copies) in pattern {
            self.left[class as usize] += copies;
        }
    }
}

/// A bin that is being filled.
struct Bin {
    /// It may waste this much.
    waste: u64,
    /// The smallest size left when it was opened.
    smallest: u64,
    pattern: Pattern,
    /// The ways to fill it, with what each wastes.
    found: Vec<(u64, Pattern)>,
}

#[cfg(test)]
mod tests {
    use super::super::exact::{check_solution, optimum, random_instance};
    use super::*;
    use datasets::SplitMix64;

    #[test]
    fn its_verdict_is_that_of_all_packings() {
        let mut random = SplitMix64::new(11);
        for _ in 0..1500 {
            let instance = random_instance(&mut random, 9);
            let best = optimum(&instance);
            for bins in 0..=best {
                match complete_bins(&instance, bins, 1_000_000, &mut Work::new(u64::MAX)) {
                    Verdict::Packed(solution) => {
                        check_solution(&solution, &instance);
                        assert_eq!((solution.bins(), bins), (best, best), "{instance:?}");
                    }
                    Verdict::Impossible => assert!(bins < best, "{instance:?} fits into {best} bins"),
                    Verdict::Unknown => panic!("too few steps for {instance:?}"),
                }
            }
        }
    }

    #[test]
    fn it_claims_nothing_when_its_steps_run_out() {
        let mut random = SplitMix64::new(12);
        for _ in 0..1500 {
            let instance = random_instance(&mut random, 9);
            let (best, steps) = (optimum(&instance), random.uniform(0, 60));
            let verdict = complete_bins(&instance, best, steps, &mut Work::new(u64::MAX));
            assert!(!matches!(verdict, Verdict::Impossible), "{instance:?}, {best} bins, {steps} steps");
        }
    }
}
