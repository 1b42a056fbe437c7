//! The catalogue: every problem, its parameters, its reference and its versions. One entry is all that the platform
//! knows of a problem; help, `counterpoint jobs` and the tests over the whole catalogue follow from it.

mod bin_packing;
mod caching;
mod caching_check;
mod joins;
mod lines;
mod packing_check;
mod parameters;
mod totals;
mod windows;

pub use bin_packing::{BIN_PACKING, BINS, FEWEST_BINS};
pub use caching::{ANSWERS, CACHING, FEWEST_MISSES};
pub use joins::{ENRICHMENT_JOIN, ORDER_PAYMENT_JOIN};
pub use totals::DEDUPLICATED_TOTALS;
pub use windows::{SESSIONS, WINDOWED_AGGREGATION};

use crate::{erased::AnyProblem, error::Error};

/// Every problem.
pub static CATALOG: &[AnyProblem] = &[
    AnyProblem::Items(&BIN_PACKING),
    AnyProblem::Events(&WINDOWED_AGGREGATION),
    AnyProblem::Events(&SESSIONS),
    AnyProblem::Deliveries(&DEDUPLICATED_TOTALS),
    AnyProblem::Sides(&ENRICHMENT_JOIN),
    AnyProblem::Sides(&ORDER_PAYMENT_JOIN),
    AnyProblem::Requests(&CACHING),
];

/// The problem of this name.
pub fn problem(name: &str) -> Result<AnyProblem, Error> {
    CATALOG.iter().copied().find(|problem| problem.info().name == name).ok_or_else(|| {
        let names = || CATALOG.iter().map(|problem| problem.info().name);
        let hint = datasets::nearest(name, names()).map_or_else(
            || format!("expected one of: {}", names().collect::<Vec<_>>().join(", ")),
            |near| format!("did you mean {near}?"),
        );
        Error::usage(format!("unknown problem '{}'", datasets::shown(name))).with_hint(hint)
    })
}

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
        for (name, is_table, grows) in CATALOG.iter().map(|problem| problem.visit(Grows)) {
            assert_eq!(is_table, grows, "{name}");
        }
    }
}
