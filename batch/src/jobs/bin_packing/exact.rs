//! For tests: random small instances and a solver that tries all packings.

use datasets::SplitMix64;

use super::sorted::{Class, Instance};

/// Up to `most` items, with ties and with sizes that halve and third the capacity.
pub(super) fn random_instance(random: &mut SplitMix64, most: u64) -> Instance {
    let capacity = random.uniform(1, 60);
    let mut sizes: Vec<u64> = (0..random.uniform(1, most))
        .map(|_| match random.uniform(0, 5) {
            0 => capacity.div_ceil(2),
            1 => capacity.div_ceil(3),
            2 => capacity / 3 + 1,
            _ => random.uniform(1, capacity),
        })
        .map(|size| size.min(capacity))
        .collect();
    sizes.sort_unstable_by(|left, right| right.cmp(left));
    let runs = sizes.chunk_by(|left, right| left == right);
    Instance { capacity, classes: runs.map(|run| Class { size: run[0], count: run.len() as u32 }).collect() }
}

/// The fewest bins: each item in turn into each open bin, and into a new one.
pub(super) fn optimum(instance: &Instance) -> u64 {
    fn place(sizes: &[u64], capacity: u64, loads: &mut Vec<u64>, best: &mut usize) {
        let Some((&size, rest)) = sizes.split_first() else {
            *best = loads.len().min(*best);
            return;
        };
        for bin in 0..loads.len() {
            if loads[bin] + size <= capacity {
                loads[bin] += size;
                place(rest, capacity, loads, best);
                loads[bin] -= size;
            }
        }
        loads.push(size);
        place(rest, capacity, loads, best);
        loads.pop();
    }
    let copies = |class: &Class| std::iter::repeat_n(class.size, class.count as usize);
    let sizes: Vec<u64> = instance.classes.iter().flat_map(copies).collect();
    let mut best = sizes.len();
    place(&sizes, instance.capacity, &mut Vec::new(), &mut best);
    best as u64
}

/// Checks that a solution packs each item once and no bin is overfull.
pub(super) fn check_solution(solution: &super::solution::Solution, instance: &Instance) {
    let mut left: Vec<u32> = instance.classes.iter().map(|class| class.count).collect();
    for (pattern, times) in &solution.loads {
        let sizes =
            pattern.iter().map(|&(class, copies)| instance.classes[class as usize].size * u64::from(copies));
        assert!(sizes.sum::<u64>() <= instance.capacity, "{pattern:?} in {instance:?}");
        for &(class, copies) in pattern {
            left[class as usize] -= copies * times;
        }
    }
    assert!(left.iter().all(|&left| left == 0), "{left:?} left of {instance:?}");
}
