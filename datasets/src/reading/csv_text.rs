//! Rows of CSV, which knows no types.

use std::path::Path;

use super::{ReadTable, Reading, check, short_name};
use crate::{
    Go, check_csv,
    error::{Error, Place},
    table::FieldKind,
};

pub(super) fn read(origin: &Path, bytes: &[u8], go: Go<'_>) -> Result<ReadTable, Error> {
    check_csv(origin, bytes)?;
    let failed = |error: csv::Error| Place::file(origin).rejects(error.to_string());
    let mut reader = csv::Reader::from_reader(bytes);
    let mut table = Reading::default();
    for (at, name) in reader.headers().map_err(failed)?.iter().enumerate() {
        if table.column(name) != at {
            return Err(
                Place::line(origin, 1).rejects(format!("column '{}' is there twice", short_name(name)))
            );
        }
    }
    let mut record = csv::StringRecord::new();
    while reader.read_record(&mut record).map_err(failed)? {
        check(go, table.rows())?;
        let line = record.position().map_or(0, csv::Position::line);
        for (column, field) in record.iter().enumerate() {
            table
                .push(column, FieldKind::Untyped, field)
                .map_err(|message| Place::line(origin, line).rejects(message))?;
        }
        table.end_row(line);
    }
    Ok(table.finish())
}
