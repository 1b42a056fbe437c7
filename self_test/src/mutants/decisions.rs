//! Mutants that decide rightly and say something else.

use std::collections::VecDeque;

use datasets::NO_DECISION;

use crate::{
    Case,
    Data::{Triplets, Uniform, Wide},
    case,
    wrap::{
        ALMOST_WORST_FIT, BEST_FIT, Boxed, FIRST_FIT, HARMONIC, NEXT_FIT, REFINED_HARMONIC, WORST_FIT,
        by_chunk, by_record, decide, each_100th, each_1000th, saying,
    },
};

pub(super) static CASES: &[Case] = &[
    case(
        "no decision on each 1000th record",
        &[NEXT_FIT, FIRST_FIT, HARMONIC, REFINED_HARMONIC],
        Uniform,
        |base| saying(base.job(), |n, bin| if each_1000th(n) { NO_DECISION } else { bin }),
    ),
    case("each 1000th decision twice, the others late", &[BEST_FIT, WORST_FIT], Uniform, |base| {
        twice(base.job())
    }),
    case("each 100th decision swapped with the next", &[FIRST_FIT, ALMOST_WORST_FIT], Triplets, |base| {
        swapped(base.job())
    }),
    case("chunks come back reversed", &[BEST_FIT, REFINED_HARMONIC], Triplets, |base| reversed(base.job())),
    case("each 1000th decision is the one before it", &[BEST_FIT, HARMONIC], Wide, |base| {
        let mut before = 0;
        saying(base.job(), move |n, bin| {
            let said = if each_1000th(n) { before } else { bin };
            before = bin;
            said
        })
    }),
    case("bins numbered one higher from the middle on", &[NEXT_FIT, FIRST_FIT], Uniform, |base| {
        saying(base.job(), |n, bin| bin + u32::from(n >= 1000))
    }),
    case("bins numbered from 1", &[WORST_FIT], Triplets, |base| saying(base.job(), |_, bin| bin + 1)),
    case("bin numbers in one byte", &[FIRST_FIT, NEXT_FIT], Triplets, |base| {
        saying(base.job(), |_, bin| bin % 256)
    }),
    case("a bin that can't be, each 1000th record", &[BEST_FIT], Triplets, |base| {
        saying(base.job(), |n, bin| if each_1000th(n) { bin | 1 << 31 } else { bin })
    }),
];

fn twice(mut job: Boxed) -> Boxed {
    let mut said = VecDeque::new();
    let mut numbers = 0..;
    by_record(move |size| {
        let bin = decide(&mut job, size);
        let times = 1 + usize::from(numbers.next().is_some_and(each_1000th));
        said.extend(std::iter::repeat_n(bin, times));
        said.pop_front().unwrap_or(bin)
    })
}

fn swapped(mut job: Boxed) -> Boxed {
    by_chunk(move |items, decisions| {
        let from = decisions.len();
        job.push_chunk(items, decisions);
        for at in (from + 1..decisions.len()).filter(|at| each_100th(*at as u64)) {
            decisions.swap(at - 1, at);
        }
    })
}

fn reversed(mut job: Boxed) -> Boxed {
    by_chunk(move |items, decisions| {
        let from = decisions.len();
        job.push_chunk(items, decisions);
        decisions[from..].reverse();
    })
}
