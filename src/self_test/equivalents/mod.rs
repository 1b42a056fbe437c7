//! Equivalents of the shipped jobs: written or fed otherwise, with the same answers, no slower. No gate may fail them.

mod feeding;
mod structure;

use replay::{Fault, with_fault};

use super::{
    Case,
    Data::Uniform,
    case,
    wrap::{BEST_FIT, FIRST_FIT, HARMONIC, NEXT_FIT, REFINED_HARMONIC, WORST_FIT, by_chunk},
};

/// Those that are judged by their answers.
pub(super) fn of_accuracy() -> impl Iterator<Item = &'static Case> {
    [structure::CASES, feeding::CASES].into_iter().flatten()
}

/// Those that are judged by their times as well.
pub(super) fn of_latency() -> impl Iterator<Item = &'static Case> {
    AS_FAST.iter()
}

static AS_FAST: &[Case] = &[
    case(
        "the job itself",
        &[NEXT_FIT, FIRST_FIT, BEST_FIT, WORST_FIT, HARMONIC, REFINED_HARMONIC],
        Uniform,
        |base| base.job(),
    ),
    case("1 % more work, where 5 % are allowed", &[FIRST_FIT, BEST_FIT], Uniform, |base| {
        with_fault(base.job(), Some(Fault::Slow(0.01)))
    }),
    case("behind one more call", &[FIRST_FIT], Uniform, |base| {
        let mut job = base.job();
        by_chunk(move |items, decisions| job.push_chunk(items, decisions))
    }),
    case("the same work in two halves", &[BEST_FIT], Uniform, |base| {
        let mut job = base.job();
        by_chunk(move |items, decisions| {
            let (first, second) = items.split_at(items.len() / 2);
            job.push_chunk(first, decisions);
            job.push_chunk(second, decisions);
        })
    }),
];
