//! `gate --self-test`: the gate before mutants and equivalents of the shipped jobs.

use std::sync::Arc;

use platform::{Error, events::Working};
use replay::Control;

use crate::{exit, output::Output, progress::Progress};

/// Runs the self-test, prints its table, and gives its exit code.
pub(super) fn self_test(output: &Output, control: &Arc<Control>) -> Result<u8, Error> {
    let progress = Progress::new(control, output.telling());
    let report = ::self_test::run(&Working { control, listener: &progress });
    progress.finish();
    let report = report?;
    output.json(&report);
    output.line(report.text());
    Ok(exit::of_outcome(report.outcome))
}
