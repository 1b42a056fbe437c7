//! A reference that something else has computed, in the place of the problem's own.

use batch::{Outside, Shape, ask};
use datasets::{Answer, Frozen, Keys, Record};
use replay::Control;

use crate::{
    error::Error,
    problem::{Computed, Params, Problem, Work},
    trial::finished,
};

/// Returns the answer that `outside` gives, in the unit of the source. It takes the path that the problem's own reference
/// takes, and is compared and reported like it.
pub(super) fn reference(
    outside: &dyn Outside,
    frozen: &Frozen,
    shape: &Shape,
    keys: &Keys,
    control: &Control,
) -> Result<Computed, Error> {
    let computed = ask(outside, frozen, shape, keys, &|| control.check().is_err());
    control.check()?;
    finished(frozen, computed.map(|answer| Computed { answer, bounds: None, counts: Vec::new() }))
}

/// Returns a table of the problem's answer without rows.
///
/// Decisions won't do: they show what can be had, and not that nothing better can.
pub(super) fn shape<R: Record>(problem: &Problem<R>, params: &Params) -> Result<Shape, Error> {
    let of_nothing = (problem.reference)(&[], &Keys::default(), params, Work::Steps(0));
    match of_nothing.map_err(|error| Error::input(error.message))?.answer {
        Answer::Table(table) => Ok(Shape::Table(table)),
        Answer::Decisions(_) => Err(Error::usage(format!(
            "problem {} has a cost, so its reference must prove a bound, which an answer from outside doesn't",
            problem.entry.name
        ))
        .with_hint("leave out the reference from outside; the problem's own knows a bound")),
    }
}

#[cfg(test)]
mod tests {
    use std::{path::Path, sync::Arc};

    use batch::{BatchError, Given};
    use datasets::Cells;

    use super::*;
    use crate::{
        catalog::Catalog,
        erased::{AnyProblem, resolve_params},
        events::{Nobody, Working},
        execute::{FinishedReference, Reference},
    };

    /// Gives another's answer, with its last row first and its texts numbered anew.
    struct Fake<'a>(&'a FinishedReference);

    impl Outside for Fake<'_> {
        fn name(&self) -> &'static str {
            "a-fake"
        }

        fn compute(&self, _: &Frozen, shape: &Shape, _: &dyn Fn() -> bool) -> Result<Given, BatchError> {
            let Answer::Table(table) = &self.0.computed.answer else { panic!("decisions were refused") };
            let mut rows: Vec<u32> = (0..table.rows() as u32).collect();
            rows.reverse();
            let (mut table, mut keys) = (table.picked(&rows), Keys::default());
            for column in &mut table.columns {
                if let Cells::Text(cells) = &mut column.cells {
                    for cell in cells {
                        *cell = keys.intern(self.0.keys.get(*cell));
                    }
                }
            }
            let Shape::Table(wanted) = shape else { panic!("a table is wanted") };
            assert_eq!((wanted.rows(), wanted.columns.len()), (0, table.columns.len()));
            Ok(Given { answer: Answer::Table(table), keys })
        }
    }

    fn reference(
        problem: AnyProblem,
        dataset: &str,
        outside: Option<&dyn Outside>,
    ) -> Result<FinishedReference, Error> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../datasets/data").join(dataset);
        let frozen = Frozen::open(&folder).expect("shipped");
        // The shipped dataset is for windows.
        let is_lacking = problem.info().name == "sessions";
        let set = is_lacking.then(|| ("gap".to_owned(), 1000.into())).into_iter().collect();
        let params = resolve_params(problem, &frozen, &set).expect("it has all parameters");
        let control = Arc::new(Control::default());
        let work = Working { control: &control, listener: &Nobody };
        problem.visit(Reference { frozen: &frozen, params: &params, outside, work: &work })
    }

    #[test]
    fn an_answer_from_outside_is_the_problems_own_for_every_table() {
        for (name, dataset) in [
            ("windowed-aggregation", "clicks"),
            ("sessions", "clicks"),
            ("deduplicated-totals", "deliveries-1000"),
            ("enrichment-join", "readings-1000"),
            ("order-payment-join", "orders-1000"),
        ] {
            let problem = Catalog::shipped().problem(name).expect("in the catalogue");
            let own = reference(problem, dataset, None).expect(name);
            let outside = reference(problem, dataset, Some(&Fake(&own))).expect(name);
            assert!(own.computed.answer.rows() > 0, "{name}");
            assert_eq!(outside.computed.answer, own.computed.answer, "{name}");
            assert_eq!(
                (outside.described.job.as_str(), outside.described.kind.as_str()),
                ("a-fake", "exact")
            );
            assert_eq!((outside.described.rows, outside.problem), (own.described.rows, None), "{name}");
        }
    }

    #[test]
    fn a_problem_with_a_cost_needs_more_than_an_answer() {
        let problem = Catalog::shipped().problem("bin-packing").expect("in the catalogue");
        let own = reference(problem, "uniform-1000", None).expect("a reference");
        let error = reference(problem, "uniform-1000", Some(&Fake(&own))).map(|_| ()).expect_err("no bound");
        assert!(error.to_string().contains("must prove a bound"), "{error}");
        assert_eq!(own.described.job, "offline-packing");
    }
}
