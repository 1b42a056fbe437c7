//! Mutants and equivalents of totals of deliveries that may come more than once.

use std::collections::HashSet;

use datasets::Delivery;

use super::{
    answers::each_number,
    common, crashes,
    wrapped::{answering, changing},
};
use crate::{
    Case,
    Data::{EdgesTotals, ServedTotals},
    case,
    case::{Group, Kind, Part},
    under::{Limit, Under},
};

const ALL: &[&str] = &["keep-ids", "within-watermark", "within-watermark-per-trigger", "approximate"];
/// Those whose state is small: a filter is tens of megabytes at each checkpoint.
const EXACT: &[&str] = &["keep-ids", "within-watermark", "within-watermark-per-trigger"];
const TIMELY: &[&str] = &["within-watermark", "within-watermark-per-trigger"];

/// All rows.
pub(crate) fn groups() -> Vec<Group<Delivery>> {
    let mutants = [
        common::mutants(ALL, EdgesTotals),
        common::of_sums(ALL, EdgesTotals),
        mutants(),
        crashes::mutants(EXACT, EdgesTotals),
        vec![crashes::forgetful(TIMELY, ServedTotals)],
    ];
    let equivalents = [
        common::equivalents(ALL, EdgesTotals),
        crashes::equivalents(EXACT, EdgesTotals),
        crashes::takeovers(TIMELY, ServedTotals),
        vec![case("ids by other numbers", ALL, EdgesTotals, |base| {
            changing(base.job(), |_, delivery: &mut Delivery| delivery.id = delivery.id.reverse_bits())
        })],
    ];
    vec![
        (Kind::Mutant, Part::Accuracy, mutants.concat()),
        (Kind::Equivalent, Part::Accuracy, equivalents.concat()),
    ]
}

fn mutants() -> Vec<Case<Delivery>> {
    vec![
        case("no delivery is known again", ALL, EdgesTotals, |base| {
            changing(base.job(), |n, delivery: &mut Delivery| delivery.id = n as u32)
        }),
        case("each fifth repetition counts", ALL, EdgesTotals, |base| {
            let (mut known, mut repeated) = (HashSet::new(), 0_u32);
            changing(base.job(), move |_, delivery: &mut Delivery| {
                if !known.insert(delivery.id) {
                    repeated += 1;
                    if repeated % 5 == 0 {
                        delivery.id = u32::MAX - repeated;
                    }
                }
            })
        }),
        case("ids in four bits", &["keep-ids", "within-watermark", "approximate"], EdgesTotals, |base| {
            changing(base.job(), |_, delivery: &mut Delivery| delivery.id %= 16)
        }),
        case("counts from 0", ALL, EdgesTotals, |base| {
            answering(base.job(), |table| each_number(table, "count", |_, count| count - 1))
        })
        .under(Under::Default),
        case("late at the very boundary is taken in", TIMELY, EdgesTotals, |base| {
            base.with("delay", base.number("delay") + 1)
        }),
        case("late a millisecond early", &["within-watermark"], EdgesTotals, |base| {
            base.with("delay", base.number("delay") - 1)
        }),
        case("no record may be late", TIMELY, EdgesTotals, |base| base.with("delay", 0))
            .under(Under::Only(Limit::Late)),
    ]
}
