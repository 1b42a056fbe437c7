//! Mutants that see something else than what is there.

use datasets::Item;

use crate::{
    Case,
    Data::{Triplets, Uniform, Wide},
    case,
    wrap::{
        ALMOST_WORST_FIT, BEST_FIT, Base, Boxed, FIRST_FIT, HARMONIC, NEXT_FIT, REFINED_HARMONIC, WORST_FIT,
        by_chunk, by_record, decide, each_100th, each_1000th, seeing,
    },
};

pub(super) static CASES: &[Case] = &[
    case("each 100th size one smaller", &[FIRST_FIT, ALMOST_WORST_FIT], Uniform, |base| {
        seeing(base.job(), |n, size| size - u64::from(each_100th(n) && size > 0))
    }),
    case("each 100th size one larger", &[BEST_FIT], Uniform, |base| {
        seeing(base.job(), |n, size| size + u64::from(each_100th(n)))
    }),
    case("each 1000th size taken for 0", &[WORST_FIT, NEXT_FIT], Triplets, |base| {
        seeing(base.job(), |n, size| if each_1000th(n) { 0 } else { size })
    }),
    case("sizes in one byte", &[FIRST_FIT, HARMONIC], Triplets, |base| {
        seeing(base.job(), |_, size| size % 256)
    }),
    case("sizes in two bytes", &[BEST_FIT], Wide, |base| seeing(base.job(), |_, size| size % 65_536)),
    case("sizes cut to tens", &[BEST_FIT], Triplets, |base| seeing(base.job(), |_, size| size / 10 * 10)),
    case("sizes raised to tens", &[NEXT_FIT, REFINED_HARMONIC], Triplets, |base| {
        seeing(base.job(), |_, size| size.next_multiple_of(10))
    }),
    case("capacity one more", &[FIRST_FIT, BEST_FIT], Triplets, |base| {
        base.with_capacity(base.capacity() + 1)
    }),
    case("capacity one less", &[NEXT_FIT, WORST_FIT, HARMONIC, REFINED_HARMONIC], Uniform, |base| {
        base.with_capacity(base.capacity() - 1)
    }),
    case("each 1000th record not taken in", &[FIRST_FIT, HARMONIC], Triplets, |base| skipping(base.job())),
    case("each 1000th record taken in twice", &[BEST_FIT, NEXT_FIT], Uniform, |base| repeating(base.job())),
    case("each chunk sorted before it is packed", &[FIRST_FIT], Triplets, |base| looking_ahead(base.job())),
    case("every other record to a job of its own", &[FIRST_FIT, HARMONIC], Uniform, |base| split(base)),
];

fn skipping(mut job: Boxed) -> Boxed {
    let mut bin = 0;
    let mut numbers = 0..;
    by_record(move |size| {
        if !numbers.next().is_some_and(each_1000th) {
            bin = decide(&mut job, size);
        }
        bin
    })
}

fn repeating(mut job: Boxed) -> Boxed {
    let mut numbers = 0..;
    by_record(move |size| {
        if numbers.next().is_some_and(each_1000th) {
            decide(&mut job, size);
        }
        decide(&mut job, size)
    })
}

/// An online job may not do this; it packs better.
fn looking_ahead(mut job: Boxed) -> Boxed {
    by_chunk(move |items, decisions| {
        let mut order: Vec<usize> = (0..items.len()).collect();
        order.sort_by_key(|&at| std::cmp::Reverse(items[at].size));
        let sorted: Vec<Item> = order.iter().map(|&at| items[at]).collect();
        let mut bins = Vec::new();
        job.push_chunk(&sorted, &mut bins);
        let mut back = vec![0; items.len()];
        order.iter().zip(&bins).for_each(|(&at, &bin)| back[at] = bin);
        decisions.extend(back);
    })
}

fn split(base: &Base<Item>) -> Boxed {
    let mut jobs = [base.job(), base.job()];
    let mut numbers = 0_usize..;
    by_record(move |size| {
        let which = numbers.next().map_or(0, |n| n % 2);
        decide(&mut jobs[which], size) * 2 + which as u32
    })
}
