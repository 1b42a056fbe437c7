//! SQL over frozen datasets, against this project's own references and against arithmetic that is plain to see.

mod answers;
mod cross_checks;
mod docs;
mod generic;
mod made;
mod refusals;
