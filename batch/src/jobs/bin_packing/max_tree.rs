//! The room left in each bin, with the first bin from some place on that has enough.

/// Children of a node: 16 rooms are two cache lines, and a million bins are 5 levels.
const WIDTH: usize = 16;

/// A tree of maxima over a row of bins.
pub(super) struct MaxTree {
    /// `levels[0]` is the room in each bin; each level above holds the maxima of 16 neighbours below.
    levels: Vec<Vec<u64>>,
}

impl MaxTree {
    /// Starts with this much room in each bin.
    pub(super) fn new(bins: usize, room: u64) -> Self {
        let mut levels = vec![vec![room; bins]];
        let mut width = bins;
        while width > 1 {
            width = width.div_ceil(WIDTH);
            levels.push(vec![room; width]);
        }
        Self { levels }
    }

    pub(super) fn room(&self, bin: usize) -> u64 {
        self.levels[0][bin]
    }

    /// The first bin at or after `from` with room for `size`.
    pub(super) fn first_with_room(&self, from: usize, size: u64) -> Option<usize> {
        let mut at = from;
        for level in 0..self.levels.len() {
            let end = (at / WIDTH + 1) * WIDTH;
            if let Some(found) = self.scan(level, at, end, size) {
                return Some(self.descend(level, found, size));
            }
            at = end / WIDTH;
        }
        None
    }

    /// Changes the room of one bin.
    pub(super) fn set(&mut self, bin: usize, room: u64) {
        self.levels[0][bin] = room;
        let mut at = bin;
        for level in 1..self.levels.len() {
            at /= WIDTH;
            let below = &self.levels[level - 1];
            let largest = below[at * WIDTH..below.len().min((at + 1) * WIDTH)].iter().copied().max();
            let largest = largest.expect("each node has a child");
            if self.levels[level][at] == largest {
                return;
            }
            self.levels[level][at] = largest;
        }
    }

    fn scan(&self, level: usize, from: usize, end: usize, size: u64) -> Option<usize> {
        let nodes = &self.levels[level];
        let end = end.min(nodes.len());
        if from >= end {
            return None;
        }
        nodes[from..end].iter().position(|&room| room >= size).map(|step| from + step)
    }

    fn descend(&self, level: usize, node: usize, size: u64) -> usize {
        (0..level).rev().fold(node, |node, below| {
            self.scan(below, node * WIDTH, (node + 1) * WIDTH, size)
                .expect("a node's maximum is the room of one of its bins")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use datasets::SplitMix64;

    #[test]
    fn it_finds_what_a_scan_finds() {
        let mut random = SplitMix64::new(1);
        for bins in [1, 2, 15, 16, 17, 256, 257, 5000] {
            let (mut tree, mut rooms) = (MaxTree::new(bins, 100), vec![100; bins]);
            for step in 0..2000 {
                let (bin, room) = (random.uniform(0, bins as u64 - 1) as usize, random.uniform(0, 30));
                rooms[bin] = room;
                tree.set(bin, room);
                let (from, size) = (random.uniform(0, bins as u64 - 1) as usize, random.uniform(20, 31));
                let scanned = (from..bins).find(|&bin| rooms[bin] >= size);
                assert_eq!(tree.first_with_room(from, size), scanned, "{bins} bins, step {step}");
            }
        }
    }
}
