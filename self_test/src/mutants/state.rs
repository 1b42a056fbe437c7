//! Mutants whose state goes wrong: at a restart, or with time.

use stream::{
    Job,
    jobs::bin_packing::{FirstFit, NextFit, RefinedHarmonic},
};

use datasets::Item;

use crate::{
    Case,
    Data::{EdgesPacking, Triplets, Uniform, Wide},
    case, plain,
    wrap::{
        BEST_FIT, Base, Boxed, FIRST_FIT, HARMONIC, NEXT_FIT, REFINED_HARMONIC, WORST_FIT, by_record, decide,
        each_100th, each_1000th, next,
    },
};

/// The record before which a restart happens.
const RESTART: u64 = 1000;
/// Says how many records go wrong at a restart that loses or repeats some.
const RECORDS: usize = 100;

pub(super) static CASES: &[Case] = &[
    case(
        "a restart forgets the bins, numbers begin anew",
        &[FIRST_FIT, BEST_FIT, HARMONIC],
        Uniform,
        |base| forgetting(base.clone(), |_| 0),
    ),
    case(
        "a restart forgets the bins, numbers go on",
        &[NEXT_FIT, WORST_FIT, REFINED_HARMONIC],
        Uniform,
        |base| forgetting(base.clone(), |opened| opened),
    ),
    case("a restart with the state of 100 records before", &[FIRST_FIT], Triplets, |base| {
        rewinding(FirstFit::new(base.capacity()))
    }),
    case("a restart with the state of 100 records before", &[NEXT_FIT], Triplets, |base| {
        rewinding(NextFit::new(base.capacity()))
    }),
    case("a restart with the state of 100 records before", &[REFINED_HARMONIC], Uniform, |base| {
        rewinding(RefinedHarmonic::new(base.capacity()))
    }),
    case("a restart takes 100 records in again", &[FIRST_FIT, HARMONIC], Uniform, |base| again(base.job())),
    case("remembers ten bins", &[FIRST_FIT], Uniform, |base| scan_last(base, 10, plain::first_fit)),
    case("remembers ten bins", &[BEST_FIT], Uniform, |base| scan_last(base, 10, plain::best_fit)),
    case("remembers a thousand bins", &[FIRST_FIT], EdgesPacking, |base| {
        scan_last(base, 1000, plain::first_fit)
    }),
    case("remembers a thousand bins", &[BEST_FIT], EdgesPacking, |base| {
        scan_last(base, 1000, plain::best_fit)
    }),
    case("closes bins at 95 %", &[FIRST_FIT], Wide, |base| {
        let closed = base.capacity() / 20;
        plain::scan(base.capacity(), move |bins, size| plain::first_fit(bins, size.max(closed)))
    }),
    case("opens a bin for each 100th record", &[FIRST_FIT], Uniform, |base| opening(base, plain::first_fit)),
    case("opens a bin for each 100th record", &[NEXT_FIT], Uniform, |base| opening(base, plain::next_fit)),
    case("forgets to take off each 1000th size", &[FIRST_FIT], Uniform, |base| {
        booking(base, plain::first_fit, |_, _| 0)
    }),
    case("takes each 1000th size off twice", &[BEST_FIT], Uniform, |base| {
        booking(base, plain::best_fit, |residual, size| (2 * size).min(residual))
    }),
    case("loses the bin of each 1000th record", &[WORST_FIT], Triplets, |base| {
        booking(base, plain::worst_fit, |residual, _| residual)
    }),
];

fn forgetting(base: Base<Item>, first: fn(u32) -> u32) -> Boxed {
    let mut job = base.job();
    let (mut numbers, mut opened, mut from) = (0.., 0, 0);
    by_record(move |size| {
        if next(&mut numbers) == RESTART {
            (job, from) = (base.job(), first(opened));
        }
        let bin = from + decide(&mut job, size);
        opened = opened.max(bin + 1);
        bin
    })
}

fn rewinding<J: Job<Item> + Clone + Send + 'static>(mut job: J) -> Boxed {
    let mut saved = job.clone();
    let mut numbers = 0..;
    by_record(move |size| {
        let n = next(&mut numbers);
        if n + RECORDS as u64 == RESTART {
            saved = job.clone();
        } else if n == RESTART {
            job = saved.clone();
        }
        job.push(&Item { size })
    })
}

fn again(mut job: Boxed) -> Boxed {
    let mut seen = Vec::new();
    by_record(move |size| {
        if seen.len() as u64 == RESTART {
            for &size in &seen[seen.len() - RECORDS..] {
                decide(&mut job, size);
            }
        }
        seen.push(size);
        decide(&mut job, size)
    })
}

fn scan_last(base: &Base<Item>, remembered: usize, choose: plain::Choose) -> Boxed {
    plain::scan(base.capacity(), move |bins, size| {
        let from = bins.len().saturating_sub(remembered);
        choose(&bins[from..], size).map(|bin| from + bin)
    })
}

fn opening(base: &Base<Item>, choose: plain::Choose) -> Boxed {
    let mut numbers = 0..;
    plain::scan(
        base.capacity(),
        move |bins, size| {
            if each_100th(next(&mut numbers)) { None } else { choose(bins, size) }
        },
    )
}

/// Each 1000th record takes `wrong(residual, size)` from its bin's residual capacity.
fn booking(base: &Base<Item>, choose: plain::Choose, wrong: fn(u64, u64) -> u64) -> Boxed {
    let capacity = base.capacity();
    let (mut residuals, mut numbers) = (Vec::new(), 0..);
    by_record(move |size| {
        let bin = choose(&residuals, size).unwrap_or_else(|| plain::open(&mut residuals, capacity));
        residuals[bin] -= if each_1000th(next(&mut numbers)) { wrong(residuals[bin], size) } else { size };
        bin as u32
    })
}
