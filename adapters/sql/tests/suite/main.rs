//! SQL over frozen datasets, against this project's own references and against arithmetic that is plain to see.

mod answers;
mod cross_checks;
mod made;
mod refusals;
