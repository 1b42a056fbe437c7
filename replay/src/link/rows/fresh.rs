//! Rows that are new since somebody asked, for whoever serves them while the job goes on.

use std::collections::BTreeMap;

use datasets::{Cells, Reading, Table, TableColumn};
use stream::{Settling, Update};

use super::{
    columns::Columns,
    retraction::{decode, encode},
    row::Row,
};

/// By whose zero a row takes back what stood under its key. It stands behind the job's own columns, of which one may have
/// the same name: those hold fields as they were written.
const COUNT: &str = "count";

/// Describes what has changed.
#[derive(Debug, Default)]
pub(super) struct Fresh {
    /// Rows that stay, in their order.
    given: Reading,
    /// The rows that stand under each key, as bytes, in the order in which they were given: a row may be given before the
    /// one that it replaces is taken back, and somebody may ask in between.
    standing: BTreeMap<Box<[u8]>, Vec<Box<[u8]>>>,
    /// The keys whose rows have changed since somebody asked last, with the last row that was given or taken back.
    touched: BTreeMap<Box<[u8]>, Box<[u8]>>,
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

    /// A row was given, or taken back.
    pub(super) fn changes(&mut self, row: &Row, columns: &Columns, is_given: bool) {
        encode(row, columns.key, &mut self.bytes);
        let key: Box<[u8]> = self.bytes.as_slice().into();
        encode(row, columns.table.len(), &mut self.bytes);
        let bytes: Box<[u8]> = self.bytes.as_slice().into();
        if is_given {
            self.standing.entry(key.clone()).or_default().push(bytes.clone());
        } else if let Some(rows) = self.standing.get_mut(&key) {
            if let Some(at) = rows.iter().rposition(|row| *row == bytes) {
                rows.remove(at);
            }
            if rows.is_empty() {
                self.standing.remove(&key);
            }
        }
        self.touched.insert(key, bytes);
    }

    /// Takes all of it. The error says why it can't be served.
    pub(super) fn take(&mut self, columns: &Columns) -> Result<Update, String> {
        let settling = if columns.sign.is_none() { Settling::LastOfEach } else { Settling::Withdrawing };
        let mut rows = std::mem::take(&mut self.given);
        for name in &columns.table {
            rows.column(name);
        }
        let mut counts = Vec::new();
        for (key, touched) in std::mem::take(&mut self.touched) {
            let stands = self.standing.get(&key).and_then(|rows| rows.last());
            decode(stands.unwrap_or(&touched), |column, kind, text| rows.push(column, kind, text))?;
            rows.end_row(0);
            counts.push(i64::from(stands.is_some()));
        }
        let mut table = Table::new(columns.key, rows.finish().table.columns);
        if settling == Settling::Withdrawing {
            table.columns.push(TableColumn::new(COUNT, Cells::Int(counts)));
        }
        Ok(Update { rows: table, settling, complete_to_ms: None })
    }
}
