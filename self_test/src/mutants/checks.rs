//! Mutants that a single check sees: a gate without it lets them through.

use compare::Pair;
use datasets::NO_DECISION;

use crate::{
    Case,
    Data::{self, Boastful, ManySizes, Pairs, Uniform},
    case, plain,
    under::{Limit, Under},
    wrap::{
        BEST_FIT, Boxed, FIRST_FIT, HARMONIC, NEXT_FIT, WORST_FIT, by_record, decide, each_1000th, saying,
    },
};

pub(super) static CASES: &[Case] = &[
    case("no decision on each 1000th record", &[FIRST_FIT, HARMONIC], Uniform, |base| {
        saying(base.job(), |n, bin| if each_1000th(n) { NO_DECISION } else { bin })
    })
    .under(Under::Only(Limit::Divergence)),
    case("two bins change their numbers", &[FIRST_FIT, WORST_FIT], Uniform, |base| renamed(base.job()))
        .under(Under::Only(Limit::DecisionChanges)),
    case("two bins change their numbers", &[FIRST_FIT, BEST_FIT], Uniform, |base| renamed(base.job()))
        .under(Under::Baseline),
    case("remembers one bin", &[FIRST_FIT], Uniform, |base| plain::scan(base.capacity(), plain::next_fit))
        .under(Under::Only(Limit::RatioIncrease)),
    case("remembers one bin", &[FIRST_FIT], Uniform, |base| plain::scan(base.capacity(), plain::next_fit))
        .under(Under::Only(Limit::Ratio(1.1))),
    case("a bin for each record", &[NEXT_FIT], Uniform, |_| a_bin_each()).under(Under::Only(Limit::Nothing)),
    case("the job itself, where the manifest claims too much", &[FIRST_FIT], Boastful, |base| base.job())
        .under(Under::Only(Limit::Nothing)),
    case("packs well what is shipped, in the order in which it is", &[FIRST_FIT], Uniform, |base| {
        by_heart(base.job(), Uniform)
    })
    .under(Under::Orders),
    case("noisy, where stable is not", &[FIRST_FIT], Pairs, |base| base.job())
        .under(Under::NoisyCost(Pair { stable: "0", candidate: "30" })),
    case("noisy, and a bin for nothing in 30 % of the records", &[FIRST_FIT], Pairs, |base| base.job())
        .under(Under::NoisyCost(Pair { stable: "4", candidate: "30" })),
    case("noisy, and 60 % of the pairs exchanged", &[FIRST_FIT], Pairs, |base| base.job())
        .under(Under::NoisyDecisions(Pair { stable: "5", candidate: "60" })),
    case("a new bin for each 100,000th record", &[FIRST_FIT, NEXT_FIT, BEST_FIT], ManySizes, |base| {
        opening(base.job())
    }),
];

pub(super) static OF_THE_REFERENCE: &[Case] = &[case(
    "the job itself, against a proof of more bins than it needs",
    &[FIRST_FIT, BEST_FIT],
    // A manifest that knows the optimum would contradict the proof before the jobs do.
    Uniform,
    |base| base.job(),
)
.under(Under::Only(Limit::Nothing))];

fn renamed(job: Boxed) -> Boxed {
    saying(job, |_, bin| if bin < 2 { 1 - bin } else { bin })
}

fn a_bin_each() -> Boxed {
    let mut bins = 0..;
    by_record(move |_| bins.next().expect("fewer bins than records"))
}

/// Knows `data` by its first records; any other order it packs as badly as can be.
fn by_heart(mut job: Boxed, data: Data) -> Boxed {
    let known = data.instance().map(|instance| instance.values).unwrap_or_default();
    let (mut at, mut knows, mut bins) = (0, true, 0..);
    by_record(move |size| {
        knows &= known.get(at) == Some(&size);
        at += 1;
        let own = bins.next().expect("fewer bins than records");
        let bin = decide(&mut job, size);
        if knows { bin } else { own }
    })
}

fn opening(mut job: Boxed) -> Boxed {
    let (mut seen, mut bins, mut opened) = (0_u64, 0, u32::MAX);
    by_record(move |size| {
        seen += 1;
        let bin = if seen.is_multiple_of(100_000) {
            opened = bins;
            opened
        } else {
            let bin = decide(&mut job, size);
            if bin >= opened { bin + 1 } else { bin }
        };
        bins = bins.max(bin + 1);
        bin
    })
}
