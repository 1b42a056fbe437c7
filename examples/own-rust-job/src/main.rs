//! Counterpoint, with a version of bin packing and a problem of one's own.

mod net_sales;
mod next_k_fit;

use counterpoint::Catalog;
use std::process::ExitCode;

fn main() -> ExitCode {
    let own = Catalog::shipped().with_version("bin-packing", next_k_fit::ENTRY);
    counterpoint::run(own.with_problem(&net_sales::NET_SALES))
}
