//! Mutants that decide rightly and take too long.

use datasets::Item;
use replay::{Slowdown, slowed};
use stream::{Deciding, Version, jobs::bin_packing::BestFit};

use crate::{
    Case,
    Data::Uniform,
    case, plain,
    wrap::{BEST_FIT, Boxed, FIRST_FIT, HARMONIC, NEXT_FIT, WORST_FIT, by_chunk, seeing},
};

pub(super) static CASES: &[Case] = &[
    case("10 % more work", &[FIRST_FIT], Uniform, |base| slow(base.job(), 0.10)),
    case("25 % more work", &[BEST_FIT], Uniform, |base| slow(base.job(), 0.25)),
    case("twice the work", &[HARMONIC], Uniform, |base| slow(base.job(), 1.0)),
    case("stalls for 100 µs each 1000 records", &[WORST_FIT], Uniform, |base| {
        slowed(base.job(), Some(Slowdown::Stall { each: 1000, ns: 100_000 }))
    }),
    case("scans all bins instead of a tree", &[FIRST_FIT], Uniform, |base| {
        plain::scan(base.capacity(), plain::first_fit)
    }),
    case("a tree instead of a bit set", &[BEST_FIT], Uniform, |base| {
        // Above a capacity of 65,536 the job itself takes the tree.
        seeing(base.with_capacity(base.capacity() * 1000), |_, size| size * 1000)
    }),
    case("copies its state for each chunk", &[BEST_FIT], Uniform, |base| {
        copying(Deciding(BestFit::new(base.capacity())))
    }),
    case("writes each size out and reads it back", &[NEXT_FIT], Uniform, |base| {
        seeing(base.job(), |_, size| std::hint::black_box(size.to_string()).parse().unwrap_or(size))
    }),
];

fn slow(job: Boxed, share: f64) -> Boxed {
    slowed(job, Some(Slowdown::Slow(share)))
}

fn copying<J: Version<Item> + Clone + 'static>(mut job: J) -> Boxed {
    by_chunk(move |items, decisions| {
        job = std::hint::black_box(job.clone());
        job.push_chunk(items, decisions);
    })
}
