//! The gate in CI: baselines, files for other programs, annotations, and exit codes that arrive.

mod annotations;
mod bad_baseline;
mod baseline;
mod docs;
mod reports;
#[expect(dead_code, reason = "written for the other tests, which use all of it")]
#[path = "../cli/support.rs"]
mod support;

use std::process::Command;

use support::{Ran, Scratch};

/// Worst fit needs 7 bins on `tiny`, first fit 6, best fit 5.
const PASSING: &str = "--dataset tiny --stable first-fit --candidate best-fit";
const FAILING: &str = "--dataset tiny --stable first-fit --candidate worst-fit";

/// The program outside of any CI system.
fn program(scratch: &Scratch) -> Command {
    let mut command = scratch.command();
    command.env_remove("GITHUB_ACTIONS").env_remove("GITHUB_STEP_SUMMARY");
    command
}

/// Runs `gate` with the words of `line`.
fn gate(scratch: &Scratch, line: &str) -> Ran {
    Ran::of(program(scratch).arg("gate").args(line.split_whitespace()))
}

/// Nothing that a terminal would act on, but line ends.
fn check_harmless(ran: &Ran) {
    for text in [&ran.stdout, &ran.stderr] {
        let harmful = text.chars().find(|&c| (c.is_control() && c != '\n') || c == '\u{202e}');
        assert_eq!(harmful, None, "{ran}");
    }
}
