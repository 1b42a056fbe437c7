//! Harmonic(k): items of like size share bins, so that a bin's waste is known before it is filled.

use datasets::Item;

use crate::{Job, Proven};

/// Class j < k holds sizes in (C/(j+1), C/j] and puts j of them into a bin; the rest is class k, packed by next
/// fit. Classes never mix, so an item of size 0 joins class k's open bin only.
#[derive(Debug, Clone)]
pub struct Harmonic {
    capacity: u64,
    opened: u32,
    /// The open bin of each class j < k, at index j − 1.
    classes: Vec<OpenBin>,
    /// The open bin of class k and its residual capacity, once there is one.
    rest: Option<(u32, u64)>,
}

/// A class's open bin and how many more items it takes; 0 asks for a new bin.
#[derive(Debug, Clone, Copy, Default)]
struct OpenBin {
    bin: u32,
    room: u32,
}

impl Harmonic {
    /// With `k` classes, `1 ≤ k`, and no bin open.
    pub fn new(capacity: u64, k: u32) -> Self {
        assert!(k >= 1, "harmonic needs at least one class");
        Self { capacity, opened: 0, classes: vec![OpenBin::default(); k as usize - 1], rest: None }
    }

    /// `cost ≤ R_k · OPT + k`: each class leaves at most one bin unfinished.
    pub fn proven(k: u32) -> Proven {
        Proven {
            asymptotic: Some(ratio(k)),
            absolute: None,
            constant: Some(u64::from(k)),
            source: "Lee & Lee 1985",
        }
    }

    fn open(&mut self) -> u32 {
        self.opened += 1;
        self.opened - 1
    }

    fn push_rest(&mut self, size: u64) -> u32 {
        let (bin, residual) = match self.rest {
            Some((bin, residual)) if residual >= size => (bin, residual),
            _ => (self.open(), self.capacity),
        };
        self.rest = Some((bin, residual - size));
        bin
    }
}

impl Job<Item> for Harmonic {
    #[inline]
    fn push(&mut self, item: &Item) -> u32 {
        // size in (C/(j+1), C/j] exactly when the whole quotient C/size is j; size 0 has none.
        let class = self.capacity.checked_div(item.size).map_or(usize::MAX, |j| j as usize - 1);
        let Some(&OpenBin { bin, room }) = self.classes.get(class) else { return self.push_rest(item.size) };
        let (bin, room) = if room == 0 { (self.open(), class as u32 + 1) } else { (bin, room) };
        self.classes[class] = OpenBin { bin, room: room - 1 };
        bin
    }
}

/// The ratio of harmonic(k) by Lee and Lee's closed form: the sum of 1/t over the t = 1, 2, 6, 42, 1806, … below k
/// (each t times its successor is the next), and k / (t · (k − 1)) for the t after those. With one class it is
/// next fit, and 2.
fn ratio(k: u32) -> f64 {
    let k = f64::from(k);
    if k < 2.0 {
        return 2.0;
    }
    let (mut sum, mut t) = (0.0, 1.0);
    while t < k {
        sum += 1.0 / t;
        t *= t + 1.0;
    }
    sum + k / (t * (k - 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_are_the_published_ones() {
        for (k, published) in
            [(3, 1.75), (4, 1.7222), (5, 1.7083), (6, 1.7), (7, 1.6944), (8, 1.6939), (12, 1.6926)]
        {
            assert!((ratio(k) - published).abs() < 5e-5, "k = {k}: {}", ratio(k));
        }
        assert_eq!((ratio(1), ratio(2)), (2.0, 2.0));
        assert!((ratio(1_000_000) - 1.69103).abs() < 1e-4);
    }

    #[test]
    fn classes_never_mix() {
        let mut job = Harmonic::new(12, 3);
        // Class 1: above 6. Class 2: above 4, up to 6. The rest: up to 4, next fit.
        let bins: Vec<u32> = [7, 5, 4, 4, 4, 4, 6, 12, 5, 0].map(|size| job.push(&Item { size })).into();
        assert_eq!(bins, [0, 1, 2, 2, 2, 3, 1, 4, 5, 3]);
    }
}
