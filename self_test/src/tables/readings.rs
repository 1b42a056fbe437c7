//! Mutants and equivalents of readings with the attribute of their device.

use datasets::{Side, Sided};

use super::{
    answers::{each_number, keep, numbers},
    common, crashes,
    wrapped::{answering, changing},
};
use crate::{
    Case,
    Data::EdgesReadings,
    case,
    case::{Group, Kind, Part},
    under::{Limit, Under},
};

const ALL: &[&str] = &["as-of", "latest"];
const TIMELY: &[&str] = &["as-of"];

/// All rows.
pub(crate) fn groups() -> Vec<Group<Sided>> {
    let mutants = [
        common::mutants(ALL, EdgesReadings),
        common::of_sums(ALL, EdgesReadings),
        mutants(),
        crashes::mutants(ALL, EdgesReadings),
    ];
    let equivalents = [common::equivalents(ALL, EdgesReadings), crashes::equivalents(ALL, EdgesReadings)];
    vec![
        (Kind::Mutant, Part::Accuracy, mutants.concat()),
        (Kind::Equivalent, Part::Accuracy, equivalents.concat()),
    ]
}

fn mutants() -> Vec<Case<Sided>> {
    vec![
        case("valid only after its own millisecond", TIMELY, EdgesReadings, |base| {
            changing(base.job(), |_, record| record.time_ms += i64::from(record.side == Side::Right))
        }),
        case("valid a millisecond before its time", TIMELY, EdgesReadings, |base| {
            changing(base.job(), |_, record| record.time_ms -= i64::from(record.side == Side::Right))
        }),
        case("what came last in the place of what was valid", TIMELY, EdgesReadings, |base| {
            crate::wrap::Base { name: "latest", ..base.clone() }.job()
        }),
        case("readings without an attribute are forgotten", ALL, EdgesReadings, |base| {
            answering(base.job(), |table| {
                let attributes = numbers(table, "attribute");
                keep(table, |row| attributes[row].is_some());
            })
        }),
        case("attributes one higher", ALL, EdgesReadings, |base| {
            changing(base.job(), |_, record| record.value += i64::from(record.side == Side::Right))
        }),
        case("counts from 0", ALL, EdgesReadings, |base| {
            answering(base.job(), |table| each_number(table, "count", |_, count| count - 1))
        })
        .under(Under::Default),
        case("late at the very boundary is taken in", TIMELY, EdgesReadings, |base| {
            base.with("delay", base.number("delay") + 1)
        }),
        case("late a millisecond early", TIMELY, EdgesReadings, |base| {
            base.with("delay", base.number("delay") - 1)
        }),
        case("no record may be late", TIMELY, EdgesReadings, |base| base.with("delay", 0))
            .under(Under::Only(Limit::Late)),
    ]
}
