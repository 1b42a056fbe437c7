//! Truth from outside: an answer that something else has computed from the frozen data, held against the shape that it must
//! have.

use std::mem::discriminant;

use datasets::{Answer, Cells, Frozen, Keys, NO_DECISION, Table, TableColumn};

use crate::BatchError;
use crate::answer::check_rows;

/// Computes the reference elsewhere: by SQL, by a command, from a file that somebody made.
///
/// [`ask`] calls it and believes nothing of its answer that can be checked. It must be deterministic, and must not wait for
/// ever: whatever it asks gets a deadline, and it gives up soon after it is told to.
pub trait Outside: Sync {
    /// Returns the name under which results and reports give the reference.
    fn name(&self) -> &str;

    /// Returns what is worth a word before a job is blamed for its answer, a sentence each.
    fn notes(&self, _: &Frozen) -> Vec<String> {
        Vec::new()
    }

    /// Computes the answer of this shape from the dataset; the error says what is wrong and what to do. `stop` is asked now and
    /// then, and once it says yes nobody wants the answer any more.
    fn compute(&self, frozen: &Frozen, shape: &Shape, stop: &dyn Fn() -> bool) -> Result<Given, BatchError>;
}

/// Says what an answer must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shape {
    /// One number for each record, by offset.
    Decisions,
    /// A table with the columns of this one, of the same kinds and in the same order, the first of which name a row.
    Table(Table),
    /// A table of whatever columns it has, each cell as it was written.
    Rows,
}

/// Holds what came from outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    /// The answer; of a table the rows may come in any order, numbers in the dataset's unit, as they stand in its file.
    pub answer: Answer,
    /// The texts that a table's cells refer to. They need not be numbered as the dataset's are.
    pub keys: Keys,
}

/// Asks for the answer and makes it one of this dataset's, whose texts `keys` holds: of the right shape, with each key once,
/// sorted. It is given up once `stop` says so.
pub fn ask(
    outside: &dyn Outside,
    frozen: &Frozen,
    shape: &Shape,
    keys: &Keys,
    stop: &dyn Fn() -> bool,
) -> Result<Answer, BatchError> {
    let named = |error: BatchError| {
        let message = format!("reference {}: {}", datasets::shown(outside.name()), error.message);
        BatchError { message, ..error }
    };
    let Given { answer, keys: texts } = outside.compute(frozen, shape, stop).map_err(named)?;
    let checked = match (shape, answer) {
        (Shape::Decisions, Answer::Decisions(decisions)) => {
            check_decisions(&decisions, frozen.records()).map(|()| Answer::Decisions(decisions))
        }
        (Shape::Table(wanted), Answer::Table(table)) => {
            check_table(&table, wanted).and_then(|()| settled(table, &texts, keys)).map(Answer::Table)
        }
        (Shape::Rows, Answer::Table(table)) => check_written(&table).map(|()| Answer::Table(table)),
        (Shape::Decisions, Answer::Table(_)) => whole("gave a table, expected a decision for each record"),
        (Shape::Table(_) | Shape::Rows, Answer::Decisions(_)) => whole("gave decisions, expected a table"),
    };
    checked.map_err(named)
}

fn whole<T>(message: impl Into<String>) -> Result<T, BatchError> {
    Err(BatchError::whole(message.into()))
}

fn check_decisions(decisions: &[u32], records: u64) -> Result<(), BatchError> {
    if decisions.len() as u64 != records {
        return whole(format!(
            "gave {} decisions, expected one for each of {records} records",
            decisions.len()
        ));
    }
    match decisions.iter().position(|&decision| decision == NO_DECISION) {
        Some(record) => Err(BatchError::at(record, "gave no decision, expected a number".to_owned())),
        None => Ok(()),
    }
}

/// Checks everything that doesn't depend on a row.
fn check_table(table: &Table, wanted: &Table) -> Result<(), BatchError> {
    fn names(table: &Table) -> Vec<&str> {
        table.columns.iter().map(|column| &*column.name).collect()
    }
    let (found, expected) = (names(table), names(wanted));
    if found != expected {
        return whole(format!(
            "gave the columns `{}`, expected `{}` in this order",
            found.join(","),
            expected.join(",")
        ));
    }
    if table.key_columns != wanted.key_columns {
        return whole(format!(
            "names a row by {} columns, expected {}",
            table.key_columns, wanted.key_columns
        ));
    }
    for (column, wanted) in table.columns.iter().zip(&wanted.columns) {
        if discriminant(&column.cells) != discriminant(&wanted.cells) {
            let (found, expected) = (kind(&column.cells), kind(&wanted.cells));
            return whole(format!("gave {found} in column {}, expected {expected}", column.name));
        }
        if column.cells.len() != table.rows() {
            let (cells, rows) = (column.cells.len(), table.rows());
            return whole(format!("gave {cells} cells in column {}, expected {rows}", column.name));
        }
    }
    check_rows(table.rows() as u128, "it", "compare fewer records, or a coarser answer")
}

/// Checks what holds of any table from outside.
fn check_written(table: &Table) -> Result<(), BatchError> {
    let mut columns = table.columns.iter();
    if let Some(column) = columns.find(|column| !matches!(column.cells, Cells::Written(_))) {
        let found = kind(&column.cells);
        return whole(format!(
            "gave {found} in column {}, expected fields as they were written",
            column.name
        ));
    }
    check_rows(table.rows() as u128, "it", "compare fewer records, or a coarser answer")
}

fn kind(cells: &Cells) -> &'static str {
    match cells {
        Cells::Int(_) => "whole numbers of 64 bits",
        Cells::Wide(_) => "whole numbers of 128 bits",
        Cells::Maybe(_) => "whole numbers that may be missing",
        Cells::Text(_) => "texts",
        Cells::Written(_) => "fields as they were written",
    }
}

/// Numbers the texts as the dataset does and sorts the rows.
fn settled(mut table: Table, texts: &Keys, keys: &Keys) -> Result<Table, BatchError> {
    for TableColumn { name, cells } in &mut table.columns {
        let Cells::Text(cells) = cells else { continue };
        for (row, cell) in (1_u64..).zip(cells) {
            if *cell as usize >= texts.len() {
                return whole(format!("row {row}: {name} refers to text {cell} of {}", texts.len()));
            }
            let text = texts.get(*cell);
            let Some(number) = keys.number(text) else {
                let text = datasets::shown(&String::from_utf8_lossy(text)).to_string();
                return whole(format!("row {row}: {name} is '{text}', a text that the dataset doesn't hold"));
            };
            *cell = number;
        }
    }
    let rows = table.rows();
    table.settle(keys);
    match rows - table.rows() {
        0 => Ok(table),
        repeated => whole(format!(
            "gave {rows} rows, {repeated} of them with the key of another; each key must come once"
        )),
    }
}
