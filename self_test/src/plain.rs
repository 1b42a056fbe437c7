//! The rules of bin packing once more, by plain scans over plain lists, with their details open to change.

use std::collections::VecDeque;

use super::wrap::{Boxed, by_record, decide};

/// Chooses a bin for a size, given the residual capacity of every bin in opening order; `None` opens a new one.
pub(super) type Choose = fn(&[u64], u64) -> Option<usize>;

/// An any-fit rule that scans all bins.
pub(super) fn scan(
    capacity: u64,
    mut choose: impl FnMut(&[u64], u64) -> Option<usize> + Send + 'static,
) -> Boxed {
    let mut residuals = Vec::new();
    by_record(move |size| {
        let bin = choose(&residuals, size).unwrap_or_else(|| open(&mut residuals, capacity));
        residuals[bin] -= size;
        bin as u32
    })
}

/// Adds a bin and returns its number.
pub(super) fn open<T>(bins: &mut Vec<T>, bin: T) -> usize {
    bins.push(bin);
    bins.len() - 1
}

/// Next fit.
pub(super) fn next_fit(residuals: &[u64], size: u64) -> Option<usize> {
    let last = residuals.len().checked_sub(1)?;
    (residuals[last] >= size).then_some(last)
}

/// First fit.
pub(super) fn first_fit(residuals: &[u64], size: u64) -> Option<usize> {
    residuals.iter().position(|residual| *residual >= size)
}

/// Best fit.
pub(super) fn best_fit(residuals: &[u64], size: u64) -> Option<usize> {
    let mut best = None;
    for (bin, &residual) in residuals.iter().enumerate() {
        if residual >= size && best.is_none_or(|(_, least)| residual < least) {
            best = Some((bin, residual));
        }
    }
    best.map(|(bin, _)| bin)
}

/// Worst fit.
pub(super) fn worst_fit(residuals: &[u64], size: u64) -> Option<usize> {
    emptiest(residuals, None).filter(|&bin| residuals[bin] >= size)
}

/// Almost worst fit.
pub(super) fn almost_worst_fit(residuals: &[u64], size: u64) -> Option<usize> {
    let fits = |bin: &usize| residuals[*bin] >= size;
    let first = emptiest(residuals, None).filter(fits)?;
    emptiest(residuals, Some(first)).filter(fits).or(Some(first))
}

/// The emptiest bin but `without`, the earliest on ties.
pub(super) fn emptiest(residuals: &[u64], without: Option<usize>) -> Option<usize> {
    let mut emptiest = None;
    for (bin, &residual) in residuals.iter().enumerate() {
        if emptiest.is_none_or(|(_, most)| residual > most) && Some(bin) != without {
            emptiest = Some((bin, residual));
        }
    }
    emptiest.map(|(bin, _)| bin)
}

/// Harmonic, with its details.
#[derive(Debug, Clone, Copy)]
pub(super) struct Harmonic {
    /// Says how many classes.
    pub(super) classes: u64,
    /// The class of a size, at least 1, given the capacity; from `classes` on it is the rest.
    pub(super) class: fn(u64, u64) -> u64,
    /// Says how many items of a class share a bin.
    pub(super) room: fn(u64) -> u64,
    /// Says how the rest is packed.
    pub(super) rest: Choose,
}

impl Harmonic {
    /// Harmonic as it is defined.
    pub(super) fn new(classes: u64) -> Self {
        let class = |capacity: u64, size: u64| capacity.checked_div(size).unwrap_or(u64::MAX);
        Self { classes, class, room: |class| class, rest: next_fit }
    }

    /// The job.
    pub(super) fn job(self, capacity: u64) -> Boxed {
        let mut opened = 0..;
        let mut open_bin = move || opened.next().expect("fewer bins than records");
        let mut classes: Vec<(u32, u64)> = Vec::new();
        let (mut rest, mut numbers) = (Vec::new(), Vec::new());
        by_record(move |size| {
            let class = (self.class)(capacity, size);
            if class < self.classes {
                let at = class as usize;
                classes.resize(classes.len().max(at + 1), (0, 0));
                if classes[at].1 == 0 {
                    classes[at] = (open_bin(), (self.room)(class));
                }
                classes[at].1 -= 1;
                return classes[at].0;
            }
            let bin = (self.rest)(&rest, size).unwrap_or_else(|| {
                numbers.push(open_bin());
                open(&mut rest, capacity)
            });
            rest[bin] -= size;
            numbers[bin]
        })
    }
}

/// Refined harmonic, with its details.
#[derive(Debug, Clone, Copy)]
pub(super) struct Refined {
    /// One in so many thirds is set aside.
    pub(super) share: u64,
    /// The largest half and the largest third, in 96ths of the capacity.
    pub(super) limits: [u64; 2],
    /// Takes one of the bins that wait.
    pub(super) take: fn(&mut VecDeque<u32>) -> Option<u32>,
}

impl Refined {
    /// Refined harmonic as it is defined.
    pub(super) fn new() -> Self {
        Self { share: 7, limits: [59, 37], take: VecDeque::pop_front }
    }

    /// The job.
    pub(super) fn job(self, capacity: u64) -> Boxed {
        let mut others = Harmonic::new(20).job(capacity);
        let mut numbers: Vec<u32> = Vec::new();
        let mut opened = 0..;
        let mut open_bin = move || opened.next().expect("fewer bins than records");
        let (mut halves, mut waiting) = (VecDeque::new(), VecDeque::new());
        let mut single = None;
        let (mut thirds, mut aside) = (0, 0);
        by_record(move |size| {
            // In 96ths, and wide, so that nothing is rounded.
            let (whole, part) = (u128::from(capacity), u128::from(size) * 96);
            let [half, third] = self.limits.map(|limit| part <= whole * u128::from(limit));
            if part > whole * 48 && half {
                return meet(self.take, &mut waiting, &mut halves, &mut open_bin);
            }
            if part > whole * 32 && part <= whole * 48 && third {
                thirds += 1;
                if aside < thirds / self.share {
                    aside += 1;
                    return meet(self.take, &mut halves, &mut waiting, &mut open_bin);
                }
                return single.take().unwrap_or_else(|| *single.insert(open_bin()));
            }
            let bin = decide(&mut others, size) as usize;
            if bin == numbers.len() {
                numbers.push(open_bin());
            }
            numbers[bin]
        })
    }
}

/// Takes a bin that waits for this kind of item, or opens one that waits for the other kind.
fn meet(
    take: fn(&mut VecDeque<u32>) -> Option<u32>,
    theirs: &mut VecDeque<u32>,
    ours: &mut VecDeque<u32>,
    open: &mut impl FnMut() -> u32,
) -> u32 {
    take(theirs).unwrap_or_else(|| {
        let bin = open();
        ours.push_back(bin);
        bin
    })
}
