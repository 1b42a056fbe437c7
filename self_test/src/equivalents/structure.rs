//! Equivalents with other data structures, other sums, other comparisons.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use crate::{
    Case,
    Data::{Triplets, Uniform, Wide},
    case,
    plain::{self, Harmonic, Refined, scan},
    wrap::{
        ALMOST_WORST_FIT, BEST_FIT, Boxed, FIRST_FIT, HARMONIC, NEXT_FIT, REFINED_HARMONIC, WORST_FIT,
        by_record, saying, seeing,
    },
};

pub(super) static CASES: &[Case] = &[
    case("a plain scan", &[NEXT_FIT], Wide, |base| scan(base.capacity(), plain::next_fit)),
    case("a plain scan", &[FIRST_FIT], Triplets, |base| scan(base.capacity(), plain::first_fit)),
    case("a plain scan", &[BEST_FIT], Uniform, |base| scan(base.capacity(), plain::best_fit)),
    case("a plain scan", &[WORST_FIT], Wide, |base| scan(base.capacity(), plain::worst_fit)),
    case("a plain scan", &[ALMOST_WORST_FIT], Triplets, |base| {
        scan(base.capacity(), plain::almost_worst_fit)
    }),
    case("classes in a growing list", &[HARMONIC], Wide, |base| Harmonic::new(7).job(base.capacity())),
    case("class boundaries by multiplication", &[HARMONIC], Uniform, |base| {
        let class =
            |capacity: u64, size: u64| (1..7).find(|class| size * (class + 1) > capacity).unwrap_or(7);
        Harmonic { class, ..Harmonic::new(7) }.job(base.capacity())
    }),
    case("limits in 96ths", &[REFINED_HARMONIC], Uniform, |base| Refined::new().job(base.capacity())),
    case("loads instead of residuals", &[NEXT_FIT], Triplets, |base| {
        let capacity = base.capacity();
        loads(move |loads: &[u64], size| {
            loads.last().filter(|load| **load + size <= capacity).map(|_| loads.len() - 1)
        })
    }),
    case("loads instead of residuals", &[FIRST_FIT], Wide, |base| {
        let capacity = base.capacity();
        loads(move |loads: &[u64], size| loads.iter().position(|load| load + size <= capacity))
    }),
    case("sums of 128 bits", &[FIRST_FIT], Triplets, |base| {
        let capacity = u128::from(base.capacity());
        loads(move |loads: &[u128], size| loads.iter().position(|load| *load + u128::from(size) <= capacity))
    }),
    case("exact sums in floats", &[FIRST_FIT], Triplets, |base| {
        // Whole numbers below 2^53.
        let capacity = base.capacity() as f64;
        loads_of(
            0.0,
            move |loads: &[f64], size| loads.iter().position(|load| load + size as f64 <= capacity),
            |size| size as f64,
        )
    }),
    case("residuals below zero", &[BEST_FIT], Uniform, |base| negative(base.capacity())),
    case("a map of bins", &[FIRST_FIT], Uniform, |base| map(base.capacity())),
    case("a tree instead of a bit set", &[BEST_FIT], Triplets, |base| ordered(base.capacity())),
    case("a tree, emptiest first", &[WORST_FIT], Uniform, |base| emptiest_first(base.capacity())),
    case(
        "sizes and capacity doubled",
        &[FIRST_FIT, HARMONIC, REFINED_HARMONIC, WORST_FIT],
        Triplets,
        |base| seeing(base.with_capacity(base.capacity() * 2), |_, size| size * 2),
    ),
    case("sizes and capacity times a thousand", &[BEST_FIT, ALMOST_WORST_FIT, NEXT_FIT], Uniform, |base| {
        seeing(base.with_capacity(base.capacity() * 1000), |_, size| size * 1000)
    }),
    case("bins renumbered and mapped back", &[BEST_FIT, WORST_FIT], Triplets, |base| {
        let renamed = saying(base.job(), |_, bin| bin.reverse_bits() ^ 0x5555_5555);
        saying(renamed, |_, name| (name ^ 0x5555_5555).reverse_bits())
    }),
];

/// A rule that keeps what the bins hold.
fn loads<T>(choose: impl FnMut(&[T], u64) -> Option<usize> + Send + 'static) -> Boxed
where
    T: From<u64> + std::ops::AddAssign + Copy + Send + 'static,
{
    loads_of(T::from(0), choose, T::from)
}

fn loads_of<T: std::ops::AddAssign + Copy + Send + 'static>(
    none: T,
    mut choose: impl FnMut(&[T], u64) -> Option<usize> + Send + 'static,
    of: fn(u64) -> T,
) -> Boxed {
    let mut loads = Vec::new();
    by_record(move |size| {
        let bin = choose(&loads, size).unwrap_or_else(|| plain::open(&mut loads, none));
        loads[bin] += of(size);
        bin as u32
    })
}

/// Best fit over load less capacity.
fn negative(capacity: u64) -> Boxed {
    let mut over: Vec<i64> = Vec::new();
    by_record(move |size| {
        let size = size.cast_signed();
        let found =
            (0..over.len()).filter(|&bin| over[bin] + size <= 0).min_by_key(|&bin| Reverse(over[bin]));
        let bin = found.unwrap_or_else(|| plain::open(&mut over, -capacity.cast_signed()));
        over[bin] += size;
        bin as u32
    })
}

fn map(capacity: u64) -> Boxed {
    let mut bins: BTreeMap<u32, u64> = BTreeMap::new();
    by_record(move |size| {
        let found = bins.iter().find(|(_, residual)| size <= **residual).map(|(bin, _)| *bin);
        let bin = found.unwrap_or(bins.len() as u32);
        *bins.entry(bin).or_insert(capacity) -= size;
        bin
    })
}

fn ordered(capacity: u64) -> Boxed {
    let mut bins: BTreeSet<(u64, u32)> = BTreeSet::new();
    let mut opened = 0..;
    by_record(move |size| {
        let found = bins.range((size, 0)..).next().copied();
        let (residual, bin) = found
            .inspect(|found| {
                bins.remove(found);
            })
            .unwrap_or_else(|| (capacity, opened.next().expect("fewer bins than records")));
        bins.insert((residual - size, bin));
        bin
    })
}

fn emptiest_first(capacity: u64) -> Boxed {
    let mut bins: BTreeSet<(Reverse<u64>, u32)> = BTreeSet::new();
    let mut opened = 0..;
    by_record(move |size| {
        let first = bins.first().copied().filter(|(residual, _)| residual.0 >= size);
        let (residual, bin) = match first {
            Some(first) => {
                bins.remove(&first);
                (first.0.0, first.1)
            }
            None => (capacity, opened.next().expect("fewer bins than records")),
        };
        bins.insert((Reverse(residual - size), bin));
        bin
    })
}
