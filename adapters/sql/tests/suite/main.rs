//! SQL over frozen datasets, against this project's own references and against arithmetic that is plain to see.

mod answers;
mod asked;
#[path = "../../../../sql_tables/shared/cross_checks.rs"]
mod cross_checks;
mod docs;
mod generic;
#[path = "../../../../sql_tables/shared/made.rs"]
mod made;
mod refusals;
#[path = "../../../../sql_tables/shared/types.rs"]
mod types;
