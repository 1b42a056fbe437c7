//! Describes what stands side by side: one row a quantity, and the check that limits it.

mod cost;
mod decisions;
mod guarantee;
mod table;
mod time;

use compare::{Changes, Check, Results, Timings, Unit};

use crate::format::{in_unit, increase};
use crate::headline::checks;

/// One cell: a value, and a smaller second line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Cell {
    pub main: String,
    pub sub: String,
}

/// One row of the table.
#[derive(Debug, Default)]
pub(crate) struct Row<'a> {
    pub label: String,
    pub reference: Cell,
    pub stable: Cell,
    pub candidate: Cell,
    pub check: Option<&'a Check>,
}

/// The rows in groups, time last. A check stands in the row of the quantity that it limits; one that limits none stands in the list of checks alone.
pub(crate) fn groups<'a>(results: &'a Results, timings: &'a Timings) -> Vec<Vec<Row<'a>>> {
    let mut open: Vec<&Check> = checks(results, timings).collect();
    let mut groups = vec![guarantee::rows(results, &mut open)];
    groups.extend(results.costs().map(|costs| cost::rows(results, &costs, &mut open)));
    groups.extend(match &results.changes {
        Changes::Decisions(changes) => vec![decisions::rows(results, changes, &mut open)],
        Changes::Table(_) => {
            results.tables().map_or(Vec::new(), |tables| table::groups(results, &tables, &mut open))
        }
    });
    groups.push(time::time_rows(timings, &mut open));
    groups.retain(|rows| !rows.is_empty());
    groups
}

/// Takes the first check of that name out of those that have no row yet.
fn take<'a>(open: &mut Vec<&'a Check>, name: &str) -> Option<&'a Check> {
    open.iter().position(|check| check.name == name).map(|at| open.remove(at))
}

fn cell(main: impl Into<String>) -> Cell {
    Cell { main: main.into(), sub: String::new() }
}

/// The candidate against stable, as the check found it.
fn against<'a>(label: &str, check: &'a Check) -> Row<'a> {
    let value = match check.unit {
        Unit::Share => increase(check.value),
        Unit::Ratio | Unit::Part | Unit::Rows | Unit::Records | Unit::Values | Unit::Ns | Unit::Bytes => {
            in_unit(check.value, check.unit)
        }
    };
    Row { label: label.to_owned(), candidate: cell(value), check: Some(check), ..Row::default() }
}
