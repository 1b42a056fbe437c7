//! Next k fit: the last k bins that were opened, the earliest of them that fits. A version for the problem `bin-packing`.

use std::collections::VecDeque;

use counterpoint::{Argument, Deciding, Item, Job, Proven, VersionEntry};

/// Holds what an experiment calls it: `next-k-fit:3`.
pub const ENTRY: VersionEntry<Item> = VersionEntry {
    name: "next-k-fit",
    argument: Some(Argument { name: "k", least: 2, most: 1000, example: 3 }),
    about: "the earliest of the last k bins that fits",
    proven: |setup| Proven {
        asymptotic: Some(1.7 + 3.0 / (10.0 * f64::from(setup.argument - 1))),
        absolute: None,
        constant: None,
        source: "Mao 1993",
    },
    make: |setup| Ok(Box::new(Deciding(NextKFit::new(setup.params.number("capacity"), setup.argument)))),
};

/// Keeps k bins open, so its memory is bounded, and closes the oldest when none of them fits.
struct NextKFit {
    capacity: u64,
    k: usize,
    /// Bins opened so far.
    bins: u32,
    /// The room in each open bin, from the oldest on.
    open: VecDeque<u64>,
}

impl NextKFit {
    fn new(capacity: u64, k: u32) -> Self {
        Self { capacity, k: k as usize, bins: 0, open: VecDeque::new() }
    }
}

impl Job<Item> for NextKFit {
    fn push(&mut self, item: &Item) -> u32 {
        let fits = self.open.iter().position(|room| *room >= item.size);
        let place = fits.unwrap_or_else(|| {
            if self.open.len() == self.k {
                self.open.pop_front();
            }
            self.open.push_back(self.capacity);
            self.bins += 1;
            self.open.len() - 1
        });
        self.open[place] -= item.size;
        self.bins - (self.open.len() - place) as u32
    }
}
