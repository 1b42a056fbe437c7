//! Describes what can go wrong with any job that answers with a table.

use datasets::{Delivery, Event, Record, Sided};
use stream::Concluded;

use super::{
    answers::{each_number, keep, through_a_float},
    wrapped::{answering, changing, restarting, saying, seeing},
};
use crate::{
    Case, Data, case,
    under::{Limit, Under},
    wrap::{Base, Boxed},
};

/// Records of something with a key and a value, at a time.
pub(super) trait Told: Record {
    fn value(&mut self) -> &mut i64;
    fn key(&mut self) -> &mut u32;
}

macro_rules! told {
    ($($record:ty),*) => {
        $(impl Told for $record {
            fn value(&mut self) -> &mut i64 {
                &mut self.value
            }

            fn key(&mut self) -> &mut u32 {
                &mut self.key
            }
        })*
    };
}

told!(Event, Delivery, Sided);

/// Returns whether `n`, from 0, is the last of ten.
fn each_10th(n: u64) -> bool {
    n % 10 == 9
}

/// Mutants of all versions in `of`, on data that is small and hides nothing; `sum` is a column of the answer.
pub(super) fn mutants<R: Told>(of: &'static [&'static str], on: Data) -> Vec<Case<R>> {
    vec![
        case("each 10th record not taken in", of, on, |base| {
            seeing(base.job(), |n, record, fed| fed.extend((!each_10th(n)).then_some(record)))
        }),
        case("each 10th value one higher", of, on, |base| {
            changing(base.job(), |n, record| *record.value() += i64::from(each_10th(n)))
        }),
        case("each 10th value without its sign", of, on, |base| {
            changing(base.job(), |n, record| *record.value() = if each_10th(n) { 7 } else { *record.value() })
        }),
        case("each 10th record under the key of the one before it", of, on, |base| {
            let mut before = 0;
            changing(base.job(), move |n, record| {
                let own = *record.key();
                if each_10th(n) {
                    *record.key() = before;
                }
                before = own;
            })
        }),
        case("values in 32 bits", of, on, |base| {
            changing(base.job(), |_, record| *record.value() = i64::from(*record.value() as i32))
        }),
        case("begins anew at the 170th record", of, on, |base| restarting(base, 170)),
        case("the first row is lost", of, on, |base| {
            answering(base.job(), |table| keep(table, |row| row > 0))
        }),
        case("the last row is lost", of, on, |base| {
            answering(base.job(), |table| {
                let last = table.rows().saturating_sub(1);
                keep(table, |row| row < last);
            })
        })
        .under(Under::Default),
        case("no row at all", of, on, |base| answering(base.job(), |table| keep(table, |_| false)))
            .under(Under::Only(Limit::DivergenceIncrease)),
        case("no row at all", of, on, |base| answering(base.job(), |table| keep(table, |_| false)))
            .under(Under::Only(Limit::Divergence)),
        case("no row at all", of, on, |base| answering(base.job(), |table| keep(table, |_| false)))
            .under(Under::Only(Limit::DecisionChanges)),
        case("the first row is lost", of, on, |base| {
            answering(base.job(), |table| keep(table, |row| row > 0))
        })
        .under(Under::Baseline),
        case("counts one record less than there were", of, on, |base| {
            saying(base.job(), |concluded, _| concluded.counts.records -= 1)
        })
        .under(Under::Only(Limit::Nothing)),
        case("refuses its first record", of, on, |base| refusing(base)).under(Under::Only(Limit::Rejected)),
        case("refuses its first record", of, on, |base| refusing(base)).under(Under::Only(Limit::LeftOut)),
    ]
}

/// Those of a column that holds sums, or whatever may be large.
pub(super) fn of_sums<R: Told>(of: &'static [&'static str], on: Data) -> Vec<Case<R>> {
    vec![case("sums in floats", of, on, |base| {
        answering(base.job(), |table| {
            for column in ["sum", "order_value", "payment_value"] {
                each_number(table, column, |_, sum| through_a_float(sum));
            }
        })
    })]
}

/// Equivalents of all versions in `of`.
pub(super) fn equivalents<R: Told>(of: &'static [&'static str], on: Data) -> Vec<Case<R>> {
    vec![
        case("the job itself", of, on, Base::job),
        case("the job itself", of, on, Base::job).under(Under::Default),
        case("the job itself", of, on, Base::job).under(Under::Baseline),
        case("one record at a time", of, on, |base| seeing(base.job(), |_, record, fed| fed.push(record))),
        case("values raised and lowered again", of, on, |base| {
            let raised = changing(base.job(), |_, record: &mut R| *record.value() -= 1);
            changing(raised, |_, record| *record.value() += 1)
        }),
    ]
}

fn refusing<R: Told>(base: &Base<R>) -> Boxed<R> {
    leaving_out(base, |concluded| {
        concluded.counts.rejected += 1;
        concluded.rejected.push((0, "for no reason".into()));
    })
}

/// Leaves its first record out, and accounts for it so.
pub(super) fn leaving_out<R: Told>(base: &Base<R>, account: fn(&mut Concluded)) -> Boxed<R> {
    let job = seeing(base.job(), |n, record, fed| fed.extend((n > 0).then_some(record)));
    saying(job, move |concluded, _| account(concluded))
}
