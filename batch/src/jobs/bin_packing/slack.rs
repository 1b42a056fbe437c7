//! Minimum bin slack: one bin after the other, each filled as well as a short search can.

use datasets::SplitMix64;

use super::solution::{Pattern, Solution};
use super::sorted::Instance;
use super::work::Work;

/// Steps of the search for one bin; beyond a few thousand the packing hardly gets better.
const STEPS: u32 = 3_000;

/// Says whether the search sees every item or overlooks some by chance, so that another try differs.
pub(super) enum Sight<'a> {
    Full,
    Blurred(&'a mut SplitMix64),
}

/// The heuristic MBS' (Gupta & Ho 1999; Fleszar & Hindi 2002): the largest item left opens a bin, and a search in
/// lexicographic order looks for the items beside it that leave the least slack. A bin found is used for as many
/// bins as the items allow.
///
/// `None` if the work was spent before the last bin.
pub(super) fn minimum_slack(instance: &Instance, sight: &mut Sight<'_>, work: &mut Work) -> Option<Solution> {
    let mut filler = Filler::new(instance);
    let mut solution = Solution::default();
    let mut seed = 0;
    while let Some(class) = (seed..filler.left.len()).find(|&class| filler.left[class] > 0) {
        if work.is_spent() {
            return None;
        }
        seed = class;
        let pattern = filler.fill(class, sight, work);
        let fits = pattern.iter().map(|&(class, copies)| filler.left[class as usize] / copies).min();
        let times = fits.expect("a pattern holds the item that opened it");
        for &(class, copies) in &pattern {
            filler.left[class as usize] -= copies * times;
        }
        solution.push(pattern, times);
    }
    Some(solution)
}

/// Describes the bin that a search fills.
struct Bin {
    /// The items beside the one that opened it.
    stack: Pattern,
    room: u64,
    /// Steps that the search may still take.
    steps: u32,
}

struct Filler<'a> {
    instance: &'a Instance,
    left: Vec<u32>,
    /// `next[i]` is at most the first class at or after `i` that has items left; shortened as it is used.
    next: Vec<u32>,
}

impl<'a> Filler<'a> {
    fn new(instance: &'a Instance) -> Self {
        let left: Vec<u32> = instance.classes.iter().map(|class| class.count).collect();
        Self { instance, next: (0..=left.len() as u32).collect(), left }
    }

    /// The first class at or after `class` with items left, or the number of classes.
    fn next_left(&mut self, class: usize) -> usize {
        let mut found = class;
        while found < self.left.len() && self.left[found] == 0 {
            found = (self.next[found] as usize).max(found + 1);
        }
        let mut at = class;
        while at < found {
            at = (std::mem::replace(&mut self.next[at], found as u32) as usize).max(at + 1);
        }
        found
    }

    /// The best bin that holds an item of the class `seed`, the largest one left.
    fn fill(&mut self, seed: usize, sight: &mut Sight<'_>, work: &mut Work) -> Pattern {
        let room = self.instance.capacity - self.instance.classes[seed].size;
        self.left[seed] -= 1;
        let (mut best, mut least) = (Pattern::new(), room);
        let mut bin = Bin { stack: Pattern::new(), room, steps: STEPS };
        let mut from = seed;
        loop {
            self.descend(from, &mut bin, sight);
            if bin.room < least {
                least = bin.room;
                best.clone_from(&bin.stack);
            }
            let Some((class, copies)) = bin.stack.pop() else { break };
            if bin.steps == 0 || least == 0 {
                break;
            }
            bin.room += self.instance.classes[class as usize].size;
            if copies > 1 {
                bin.stack.push((class, copies - 1));
            }
            from = class as usize + 1;
        }
        work.spend(u64::from(STEPS - bin.steps) * 45 + 150);
        self.left[seed] += 1;
        with_seed(best, seed as u32)
    }

    /// Takes as much as fits into the bin, the largest first, from the class `from` on.
    fn descend(&mut self, mut from: usize, bin: &mut Bin, sight: &mut Sight<'_>) {
        while bin.room > 0 {
            let fitting = from + self.instance.classes[from..].partition_point(|class| class.size > bin.room);
            let class = self.next_left(fitting);
            if class == self.left.len() {
                break;
            }
            bin.steps = bin.steps.saturating_sub(1);
            from = class + 1;
            if overlooks(sight) {
                continue;
            }
            let size = self.instance.classes[class].size;
            let copies = u64::from(self.left[class]).min(bin.room / size);
            bin.stack.push((class as u32, copies as u32));
            bin.room -= copies * size;
        }
    }
}

/// One class in four is overlooked.
fn overlooks(sight: &mut Sight<'_>) -> bool {
    match sight {
        Sight::Full => false,
        Sight::Blurred(random) => random.next_u64().is_multiple_of(4),
    }
}

fn with_seed(mut pattern: Pattern, seed: u32) -> Pattern {
    match pattern.first_mut() {
        Some((class, copies)) if *class == seed => *copies += 1,
        _ => pattern.insert(0, (seed, 1)),
    }
    pattern
}

#[cfg(test)]
mod tests {
    use super::super::exact::{check_solution, optimum, random_instance};
    use super::*;

    #[test]
    fn every_item_is_packed_once() {
        let mut random = SplitMix64::new(31);
        for _ in 0..1000 {
            let instance = random_instance(&mut random, 9);
            let best = optimum(&instance);
            for sight in [&mut Sight::Full, &mut Sight::Blurred(&mut SplitMix64::new(1))] {
                let solution = minimum_slack(&instance, sight, &mut Work::new(u64::MAX)).unwrap();
                check_solution(&solution, &instance);
                assert!(solution.bins() >= best);
            }
        }
    }

    #[test]
    fn it_gives_up_when_the_work_is_spent() {
        let instance = random_instance(&mut SplitMix64::new(32), 9);
        assert!(minimum_slack(&instance, &mut Sight::Full, &mut Work::new(0)).is_none());
    }
}
