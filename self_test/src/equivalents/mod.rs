//! Equivalents of the shipped jobs: written or fed otherwise, with the same answers, no slower. No gate may fail them.

mod feeding;
mod structure;

use replay::{Slowdown, slowed};

use compare::Pair;
use datasets::Item;

use super::{
    Case,
    Data::{EdgesPacking, Pairs, Uniform},
    case,
    case::{Group, Kind, Part},
    under::Under,
    wrap::{BEST_FIT, FIRST_FIT, HARMONIC, NEXT_FIT, REFINED_HARMONIC, WORST_FIT, by_chunk},
};

/// All of them.
pub(super) fn groups() -> Vec<Group<Item>> {
    vec![
        (Kind::Equivalent, Part::Accuracy, [structure::CASES, feeding::CASES, BEFORE_OTHER_GATES].concat()),
        (Kind::Equivalent, Part::Latency, AS_FAST.to_vec()),
    ]
}

/// The jobs themselves, before gates that look at other things.
static BEFORE_OTHER_GATES: &[Case] = &[
    case("the job itself", &[FIRST_FIT, BEST_FIT], EdgesPacking, |base| base.job()).under(Under::Default),
    case("the job itself", &[NEXT_FIT, REFINED_HARMONIC], Uniform, |base| base.job()).under(Under::Orders),
    case("the job itself", &[FIRST_FIT, HARMONIC], Uniform, |base| base.job()).under(Under::Baseline),
    case("noisy, and no dearer", &[FIRST_FIT], Pairs, |base| base.job())
        .under(Under::NoisyCost(Pair { stable: "4", candidate: "4" })),
    case("noisy, and no more than stable", &[FIRST_FIT], Pairs, |base| base.job())
        .under(Under::NoisyDecisions(Pair { stable: "5", candidate: "5" })),
];

static AS_FAST: &[Case] = &[
    case(
        "the job itself",
        &[NEXT_FIT, FIRST_FIT, BEST_FIT, WORST_FIT, HARMONIC, REFINED_HARMONIC],
        Uniform,
        |base| base.job(),
    ),
    case("1 % more work, where 5 % are allowed", &[FIRST_FIT, BEST_FIT], Uniform, |base| {
        slowed(base.job(), Some(Slowdown::Slow(0.01)))
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
