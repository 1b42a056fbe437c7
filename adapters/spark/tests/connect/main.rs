//! SQL over frozen datasets on a Spark server, against this project's own references, and what becomes of a run when there is
//! none. `COUNTERPOINT_TEST_SPARK` says where one is (`scripts/engines/spark.sh connect`, then `sc://127.0.0.1:15002`); without
//! it, what needs one is passed over.

mod answers;
mod asked;
#[path = "../../../../sql_tables/shared/cross_checks.rs"]
mod cross_checks;
#[path = "../../../../sql_tables/shared/made.rs"]
mod made;
mod refusals;
#[path = "../../../../sql_tables/shared/types.rs"]
mod types;
mod wide;
