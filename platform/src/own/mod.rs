//! Problems of the user's own: `[problem]`, `[reference]` and `[[expected]]` of an experiment.
//!
//! Records are the lines of any dataset, jobs are processes, answers are tables of fields as they were written, and what is
//! right comes from outside. Nothing here is compiled for anybody's problem.

mod align;
mod catalogue;
mod checker;
mod expected;
mod filter;
mod left_out;
mod problem;
mod reference;
mod rule;
mod section;
pub mod sql;
mod truth;
mod typed;

pub(crate) use align::{Comparing, Side, align};
pub(crate) use catalogue::{AnswerColumns, Asked, Catalogued, Understood};
pub(crate) use expected::{Expectation, excuse};
pub(crate) use filter::Filter;
pub(crate) use left_out::{field, known, leave_out};
pub(crate) use reference::Source;
pub use rule::ColumnRule;
pub use section::{AnswerKind, Day, ExpectedSection, OwnSection, ProblemChoice, ReferenceSection};
pub(crate) use typed::{typed, typed_rows};

/// The column that names a record by its offset, in answers that have a row for each.
pub(crate) const RECORD: &str = "record";
/// Names the column of an answer that holds decisions.
pub(crate) const DECISION: &str = "decision";
