//! The catalogue: every problem, its parameters, its reference and its versions. One entry is all that the platform
//! knows of a problem; `counterpoint jobs`, hints and the tests over the whole catalogue follow from it. A program of
//! somebody else adds its own to a [`Catalog`].

mod bin_packing;
mod caching;
mod caching_check;
mod joins;
mod known;
pub mod lines;
mod packing_check;
mod parameters;
mod totals;
mod windows;

pub use bin_packing::{BIN_PACKING, BINS, FEWEST_BINS};
pub use caching::{ANSWERS, CACHING, FEWEST_MISSES};
pub use joins::{ENRICHMENT_JOIN, ORDER_PAYMENT_JOIN};
pub use known::Catalog;
pub use parameters::in_milliseconds;
pub use totals::DEDUPLICATED_TOTALS;
pub use windows::{SESSIONS, WINDOWED_AGGREGATION};

use crate::erased::AnyProblem;

/// Every problem that is shipped.
pub static SHIPPED: &[AnyProblem] = &[
    AnyProblem::Items(&BIN_PACKING),
    AnyProblem::Events(&WINDOWED_AGGREGATION),
    AnyProblem::Events(&SESSIONS),
    AnyProblem::Deliveries(&DEDUPLICATED_TOTALS),
    AnyProblem::Sides(&ENRICHMENT_JOIN),
    AnyProblem::Sides(&ORDER_PAYMENT_JOIN),
    AnyProblem::Requests(&CACHING),
];

#[cfg(test)]
mod tests {
    use datasets::Record;

    use super::*;
    use crate::{
        erased::Visit,
        problem::{Problem, Shape},
    };

    struct Grows;

    impl Visit for Grows {
        type Out = (&'static str, bool, bool);

        fn visit<R: Record>(self, problem: &'static Problem<R>) -> Self::Out {
            (problem.entry.name, matches!(problem.shape, Shape::Table), problem.growing.is_some())
        }
    }

    #[test]
    fn every_table_grows_and_no_decisions_do() {
        for (name, is_table, grows) in SHIPPED.iter().map(|problem| problem.visit(Grows)) {
            assert_eq!(is_table, grows, "{name}");
        }
    }
}
