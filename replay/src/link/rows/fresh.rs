//! Rows that are new since somebody asked, for whoever serves them while the job goes on.

use std::collections::BTreeMap;

use datasets::{Cells, Reading, Table, TableColumn};
use stream::{Settling, Update};

use super::{
    columns::Columns,
    retraction::{decode, encode},
    row::Row,
};

/// By whose zero a row takes back what stood under its key.
const COUNT: &str = "count";

/// Describes what has changed.
#[derive(Debug, Default)]
pub(super) struct Fresh {
    /// Rows that stay, in their order.
    given: Reading,
    /// How often a row was given more often than it was taken back.
    net: BTreeMap<Box<[u8]>, i64>,
    bytes: Vec<u8>,
}

impl Fresh {
    /// A row was given that nobody takes back.
    pub(super) fn stays(&mut self, row: &Row, columns: &Columns) -> Result<(), String> {
        for (place, name) in columns.table.iter().enumerate() {
            self.given.column(name);
            if let Some((kind, text)) = row.field(place) {
                self.given.push(place, kind, text)?;
            }
        }
        self.given.end_row(0);
        Ok(())
    }

    /// A row was given, or with −1 taken back.
    pub(super) fn changes(&mut self, row: &Row, fields: usize, by: i64) {
        encode(row, fields, &mut self.bytes);
        match self.net.get_mut(self.bytes.as_slice()) {
            Some(net) => *net += by,
            None => drop(self.net.insert(self.bytes.as_slice().into(), by)),
        }
    }

    /// Takes all of it. The error says why it can't be served.
    pub(super) fn take(&mut self, columns: &Columns) -> Result<Update, String> {
        let settling = match columns.sign {
            None => Settling::LastOfEach,
            Some(_) if columns.table.iter().any(|name| name == COUNT) => {
                return Err(format!(
                    "rows with a column '{COUNT}' can't be served while they are taken back"
                ));
            }
            Some(_) => Settling::Withdrawing,
        };
        let mut rows = std::mem::take(&mut self.given);
        for name in &columns.table {
            rows.column(name);
        }
        // What is gone goes before what has come, for both may have one key.
        let net = std::mem::take(&mut self.net);
        let gone = net.iter().filter(|(_, net)| **net < 0).map(|(row, _)| (row, 0));
        let come = net.iter().filter(|(_, net)| **net > 0).map(|(row, _)| (row, 1));
        let mut counts = Vec::new();
        for (row, count) in gone.chain(come) {
            decode(row, |column, kind, text| rows.push(column, kind, text))?;
            rows.end_row(0);
            counts.push(count);
        }
        let mut table = Table::new(columns.key, rows.finish().table.columns);
        if settling == Settling::Withdrawing {
            table.columns.push(TableColumn::new(COUNT, Cells::Int(counts)));
        }
        Ok(Update { rows: table, settling, complete_to_ms: None })
    }
}
