//! Describes what each version promises of crashes, and whether that was kept.

use compare::{Check, Results, VersionResult};

use super::{Cell, Row, take};
use crate::guarantee::{GUARANTEE, kept};

/// Each version's guarantee, in the order of the checks: stable's first.
pub(super) fn rows<'a>(results: &'a Results, open: &mut Vec<&'a Check>) -> Vec<Row<'a>> {
    let mut row = |version: &VersionResult| {
        let guarantee = version.recovery.as_ref()?.guarantee.to_string();
        take(open, GUARANTEE).map(|check| (Cell { main: kept(check).to_owned(), sub: guarantee }, check))
    };
    let (stable, candidate) = (row(&results.stable), row(&results.candidate));
    let label = |role: &str| format!("guarantee of {role}");
    let stable = stable.map(|(stable, check)| Row {
        label: label("stable"),
        stable,
        check: Some(check),
        ..Row::default()
    });
    let candidate = candidate.map(|(candidate, check)| Row {
        label: label("the candidate"),
        candidate,
        check: Some(check),
        ..Row::default()
    });
    stable.into_iter().chain(candidate).collect()
}
