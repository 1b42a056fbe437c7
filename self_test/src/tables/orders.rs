//! Mutants and equivalents of orders and their payments.

use std::collections::HashMap;

use datasets::{Side, Sided};

use super::{
    answers::{each_number, keep, numbers},
    common, crashes,
    wrapped::{answering, seeing},
};
use crate::{
    Case,
    Data::EdgesOrders,
    case,
    case::{Group, Kind, Part},
    under::{Limit, Under},
};

const ALL: &[&str] = &["per-record", "per-trigger", "eager-unpaid"];

/// All rows.
pub(crate) fn groups() -> Vec<Group<Sided>> {
    let mutants = [
        common::mutants(ALL, EdgesOrders),
        common::of_sums(ALL, EdgesOrders),
        mutants(),
        crashes::mutants(ALL, EdgesOrders),
    ];
    let equivalents = [common::equivalents(ALL, EdgesOrders), crashes::equivalents(ALL, EdgesOrders)];
    vec![
        (Kind::Mutant, Part::Accuracy, mutants.concat()),
        (Kind::Equivalent, Part::Accuracy, equivalents.concat()),
    ]
}

fn mutants() -> Vec<Case<Sided>> {
    vec![
        case("the interval's end is not in it", ALL, EdgesOrders, |base| {
            base.with("within", base.number("within") - 1)
        }),
        case("the interval a millisecond longer", ALL, EdgesOrders, |base| {
            base.with("within", base.number("within") + 1)
        }),
        case("the interval's start is not in it", ALL, EdgesOrders, |base| {
            let mut orders = HashMap::new();
            seeing(base.job(), move |_, record: Sided, fed| {
                let is_payment = record.side == Side::Right;
                if !is_payment {
                    orders.insert(record.key, record.time_ms);
                }
                let is_at_start = is_payment && orders.get(&record.key) == Some(&record.time_ms);
                fed.extend((!is_at_start).then_some(record));
            })
        }),
        case("unpaid orders are forgotten", ALL, EdgesOrders, |base| {
            answering(base.job(), |table| {
                let payments = numbers(table, "payment_time_ms");
                keep(table, |row| payments[row].is_some());
            })
        }),
        case("only the first payment of an order counts", ALL, EdgesOrders, |base| {
            answering(base.job(), |table| {
                let orders = numbers(table, "key").into_iter().zip(numbers(table, "order_time_ms"));
                let orders: Vec<_> = orders.collect();
                keep(table, |row| row == 0 || orders[row] != orders[row - 1]);
            })
        }),
        case("pairs counted from 0", ALL, EdgesOrders, |base| {
            answering(base.job(), |table| each_number(table, "pairs", |_, count| count - 1))
        })
        .under(Under::Default),
        case("late at the very boundary is taken in", ALL, EdgesOrders, |base| {
            base.with("delay", base.number("delay") + 1)
        }),
        case("late a millisecond early", &["per-record", "eager-unpaid"], EdgesOrders, |base| {
            base.with("delay", base.number("delay") - 1)
        }),
        case("no record may be late", ALL, EdgesOrders, |base| base.with("delay", 0))
            .under(Under::Only(Limit::Late)),
    ]
}
