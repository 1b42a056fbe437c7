//! Runs the worked examples of `examples/` as their pages say, and holds what comes out against the pages.

mod incremental_etl;
mod late_data_python;
mod own_online_problem;
mod page;
mod streaming_libraries;
mod takeover_by_kappa;
mod two_languages;
