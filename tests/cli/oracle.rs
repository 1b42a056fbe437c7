//! Bin packing written down from the contract a second time, slowly and plainly; and the smallest optima by trying
//! every packing.

/// Splitmix64, as the contract has it.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number from `low` to `high`.
    pub(crate) fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.next() % (high - low + 1)
    }
}

/// The arrival order: for each arrival its offset in the dataset.
pub(crate) fn arrivals(sizes: &[u64], order: &str, seed: u64) -> Vec<usize> {
    let mut offsets: Vec<usize> = (0..sizes.len()).collect();
    match order {
        "recorded" => {}
        "shuffled" => {
            let mut random = Random(seed);
            for i in (1..offsets.len()).rev() {
                let j = (random.next() % (i as u64 + 1)) as usize;
                offsets.swap(i, j);
            }
        }
        // Insertion by comparison: stable, and nothing like the program's way.
        "ascending" => insertion_sort(&mut offsets, |left, right| sizes[left] > sizes[right]),
        "descending" => insertion_sort(&mut offsets, |left, right| sizes[left] < sizes[right]),
        other => panic!("no order {other}"),
    }
    offsets
}

fn insertion_sort(offsets: &mut [usize], wrong: impl Fn(usize, usize) -> bool) {
    for end in 1..offsets.len() {
        let mut at = end;
        while at > 0 && wrong(offsets[at - 1], offsets[at]) {
            offsets.swap(at - 1, at);
            at -= 1;
        }
    }
}

/// Which bin each of `sizes` goes to, by the rule `job`, when they arrive as they stand.
pub(crate) fn pack(job: &str, sizes: &[u64], capacity: u64) -> Vec<u64> {
    if let Some(k) = job.strip_prefix("harmonic:") {
        return harmonic(k.parse().expect("a number of classes"), sizes, capacity);
    }
    let mut loads: Vec<u64> = Vec::new();
    let mut bins = Vec::new();
    for &size in sizes {
        let fits = |bin: &usize| loads[*bin] + size <= capacity;
        let chosen = choose(job, &loads, fits);
        let bin = chosen.unwrap_or_else(|| {
            loads.push(0);
            loads.len() - 1
        });
        loads[bin] += size;
        bins.push(bin as u64);
    }
    bins
}

fn choose(job: &str, loads: &[u64], fits: impl Fn(&usize) -> bool) -> Option<usize> {
    let open = 0..loads.len();
    let emptiest = |but: Option<usize>| {
        let others = (0..loads.len()).filter(move |&bin| Some(bin) != but);
        // Of equals the first.
        others.min_by_key(|&bin| loads[bin])
    };
    match job {
        "next-fit" => open.last().filter(fits),
        "first-fit" => open.into_iter().find(fits),
        "best-fit" => {
            let most = open.clone().filter(&fits).map(|bin| loads[bin]).max()?;
            open.into_iter().find(|&bin| loads[bin] == most)
        }
        "worst-fit" => emptiest(None).filter(fits),
        "almost-worst-fit" => {
            let first = emptiest(None)?;
            emptiest(Some(first)).filter(&fits).or(Some(first).filter(&fits))
        }
        other => panic!("no naive version of {other}"),
    }
}

/// Class j holds sizes in (C/(j+1), C/j] for j < k, the rest is class k; within a class the last bin only.
fn harmonic(k: u64, sizes: &[u64], capacity: u64) -> Vec<u64> {
    let class_of = |size: u64| (1..k).find(|j| size * (j + 1) > capacity).unwrap_or(k);
    let mut open: Vec<Option<(u64, u64)>> = vec![None; k as usize + 1];
    let mut opened = 0;
    let mut bins = Vec::new();
    for &size in sizes {
        let slot = &mut open[class_of(size) as usize];
        let (bin, load) = slot.filter(|(_, load)| load + size <= capacity).unwrap_or_else(|| {
            opened += 1;
            (opened - 1, 0)
        });
        *slot = Some((bin, load + size));
        bins.push(bin);
    }
    bins
}

/// Returns how many bins the packing uses; panics unless every record is in a bin and no bin holds more than
/// `capacity`.
pub(crate) fn cost(what: &str, sizes: &[u64], capacity: u64, bins: &[u64]) -> u64 {
    assert_eq!(sizes.len(), bins.len(), "{what}: a row for each record");
    let mut loads = std::collections::BTreeMap::new();
    for (size, bin) in sizes.iter().zip(bins) {
        *loads.entry(*bin).or_insert(0) += size;
    }
    let overfull = loads.iter().find(|(_, load)| **load > capacity);
    assert_eq!(overfull, None, "{what}: a bin holds more than {capacity}");
    loads.len() as u64
}

/// The fewest bins, by trying every packing.
pub(crate) fn optimum(sizes: &[u64], capacity: u64) -> u64 {
    fn put(sizes: &[u64], capacity: u64, loads: &mut Vec<u64>) -> usize {
        let Some((&size, rest)) = sizes.split_first() else { return loads.len() };
        loads.push(size);
        let mut best = put(rest, capacity, loads);
        loads.pop();
        for bin in 0..loads.len() {
            if loads[bin] + size <= capacity {
                loads[bin] += size;
                best = best.min(put(rest, capacity, loads));
                loads[bin] -= size;
            }
        }
        best
    }
    put(sizes, capacity, &mut Vec::new()) as u64
}

#[test]
fn the_oracle_agrees_with_examples_done_by_hand() {
    let offsets = arrivals(&[0; 10], "shuffled", 1);
    assert_eq!(offsets, [4, 2, 8, 1, 9, 3, 0, 6, 7, 5]);
    assert_eq!(arrivals(&[5, 1, 5, 9], "descending", 0), [3, 0, 2, 1]);
    assert_eq!(arrivals(&[5, 1, 5, 9], "ascending", 0), [1, 0, 2, 3]);
    let sizes = [6, 5, 3, 4, 2, 1, 0];
    for (job, bins) in [
        ("next-fit", [0, 1, 1, 2, 2, 2, 2]),
        ("first-fit", [0, 1, 0, 1, 2, 0, 0]),
        ("best-fit", [0, 1, 0, 1, 2, 0, 0]),
        ("worst-fit", [0, 1, 1, 0, 1, 2, 2]),
        ("almost-worst-fit", [0, 1, 0, 1, 2, 0, 1]),
        ("harmonic:3", [0, 1, 2, 1, 2, 2, 2]),
    ] {
        assert_eq!(pack(job, &sizes, 10), bins, "{job}");
    }
    assert_eq!(optimum(&[6, 4, 5, 5, 7, 3], 10), 3);
    assert_eq!(optimum(&[6, 6, 5, 5, 5], 10), 4);
}
