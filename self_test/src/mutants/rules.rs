//! Mutants that pack by another rule, or reckon with the wrong numbers.

use std::{cmp::Reverse, collections::VecDeque, ops::SubAssign};

use crate::{
    Case,
    Data::{Triplets, Uniform, Wide},
    case,
    plain::{self, Harmonic, Refined, emptiest, scan},
    wrap::{
        ALMOST_WORST_FIT, BEST_FIT, Boxed, FIRST_FIT, HARMONIC, NEXT_FIT, REFINED_HARMONIC, WORST_FIT,
        by_record,
    },
};

pub(super) static CASES: &[Case] = &[
    case("an exact fit doesn't fit", &[NEXT_FIT], Triplets, |base| {
        strictly(base.capacity(), plain::next_fit)
    }),
    case("an exact fit doesn't fit", &[FIRST_FIT], Triplets, |base| {
        strictly(base.capacity(), plain::first_fit)
    }),
    case("an exact fit doesn't fit", &[BEST_FIT], Uniform, |base| strictly(base.capacity(), plain::best_fit)),
    case("an exact fit doesn't fit", &[WORST_FIT], Uniform, |base| {
        strictly(base.capacity(), plain::worst_fit)
    }),
    case("the latest bin that fits", &[FIRST_FIT], Uniform, |base| {
        scan(base.capacity(), |bins, size| bins.iter().rposition(|residual| *residual >= size))
    }),
    case("the latest of equal bins", &[BEST_FIT], Uniform, |base| {
        scan(base.capacity(), |bins, size| fitting(bins, size).min_by_key(|&bin| (bins[bin], Reverse(bin))))
    }),
    case("the latest of equal bins", &[WORST_FIT], Uniform, |base| {
        scan(base.capacity(), |bins, size| fitting(bins, size).max_by_key(|&bin| bins[bin]))
    }),
    case("the second best bin", &[BEST_FIT], Triplets, |base| {
        scan(base.capacity(), |bins, size| {
            let best = plain::best_fit(bins, size);
            fitting(bins, size).filter(|&bin| Some(bin) != best).min_by_key(|&bin| bins[bin]).or(best)
        })
    }),
    case("the best bin to within a tenth", &[BEST_FIT], Uniform, |base| {
        let tenth = base.capacity() / 10;
        scan(base.capacity(), move |bins, size| fitting(bins, size).min_by_key(|&bin| bins[bin] / tenth))
    }),
    case("looks at the bin before the last, too", &[NEXT_FIT], Uniform, |base| {
        scan(base.capacity(), |bins, size| fitting(bins, size).rfind(|bin| bin + 2 >= bins.len()))
    }),
    case("never falls back to the emptiest", &[ALMOST_WORST_FIT], Uniform, |base| {
        scan(base.capacity(), |bins, size| {
            emptiest(bins, emptiest(bins, None)).filter(|&bin| bins[bin] >= size)
        })
    }),
    case("the emptiest bin", &[ALMOST_WORST_FIT], Triplets, |base| scan(base.capacity(), plain::worst_fit)),
    case("residuals in 32-bit floats", &[FIRST_FIT], Triplets, |base| {
        shares(
            base.capacity(),
            1.0_f32,
            |part, whole| part as f32 / whole as f32,
            |bins, share| bins.iter().position(|residual| *residual >= share),
        )
    }),
    case("residuals in 32-bit floats", &[NEXT_FIT], Uniform, |base| {
        shares(
            base.capacity(),
            1.0_f32,
            |part, whole| part as f32 / whole as f32,
            |bins, share| bins.len().checked_sub(1).filter(|&last| bins[last] >= share),
        )
    }),
    case("residuals in 64-bit floats", &[FIRST_FIT], Triplets, |base| {
        shares(
            base.capacity(),
            1.0_f64,
            |part, whole| part as f64 / whole as f64,
            |bins, share| bins.iter().position(|residual| *residual >= share),
        )
    }),
    case("a class boundary off by one", &[HARMONIC], Uniform, |base| {
        Harmonic { class: |capacity, size| capacity / (size + 1), ..Harmonic::new(7) }.job(base.capacity())
    }),
    case("one class fewer", &[HARMONIC], Wide, |base| Harmonic::new(6).job(base.capacity())),
    case("one class more", &[HARMONIC], Wide, |base| Harmonic::new(8).job(base.capacity())),
    case("one item fewer in a bin", &[HARMONIC], Uniform, |base| {
        Harmonic { room: |class| (class - 1).max(1), ..Harmonic::new(7) }.job(base.capacity())
    }),
    case("one item more in a bin", &[HARMONIC], Uniform, |base| {
        Harmonic { room: |class| class + 1, ..Harmonic::new(7) }.job(base.capacity())
    }),
    case("the rest by first fit", &[HARMONIC], Wide, |base| {
        Harmonic { rest: plain::first_fit, ..Harmonic::new(7) }.job(base.capacity())
    }),
    case("a sixth set aside", &[REFINED_HARMONIC], Uniform, |base| {
        Refined { share: 6, ..Refined::new() }.job(base.capacity())
    }),
    case("halves too large", &[REFINED_HARMONIC], Uniform, |base| {
        Refined { limits: [62, 37], ..Refined::new() }.job(base.capacity())
    }),
    case("the latest bin that waits", &[REFINED_HARMONIC], Uniform, |base| {
        Refined { take: VecDeque::pop_back, ..Refined::new() }.job(base.capacity())
    }),
];

/// The bins that `size` fits.
fn fitting(residuals: &[u64], size: u64) -> impl DoubleEndedIterator<Item = usize> {
    (0..residuals.len()).filter(move |&bin| residuals[bin] >= size)
}

fn strictly(capacity: u64, choose: plain::Choose) -> Boxed {
    scan(capacity, move |bins, size| choose(bins, size + 1))
}

/// Residual capacities as shares of the whole, which no binary fraction holds exactly.
fn shares<T: Copy + Send + SubAssign + 'static>(
    capacity: u64,
    whole: T,
    share: fn(u64, u64) -> T,
    choose: fn(&[T], T) -> Option<usize>,
) -> Boxed {
    let mut residuals = Vec::new();
    by_record(move |size| {
        let share = share(size, capacity);
        let bin = choose(&residuals, share).unwrap_or_else(|| plain::open(&mut residuals, whole));
        residuals[bin] -= share;
        bin as u32
    })
}
