//! Served rows as a view outside shows them: a field for each column, numbers in the dataset's unit.

use csv::ByteRecord;
use datasets::{Cells, Keys, Table, short_name};
use replay::recovery::{SinkColumn, SinkKind, columns};

use super::{rows::Shape, store::Row, written::WrittenShape};
use crate::error::Error;

/// The shape of served rows, and the texts that they refer to.
pub(crate) struct Dress {
    pub(crate) shape: Shape,
    pub(crate) keys: Keys,
}

impl Shape {
    /// Returns the columns of a view.
    pub(crate) fn view_columns(&self) -> Result<Vec<SinkColumn>, Error> {
        let column = |name: &str, kind, is_key| SinkColumn { name: name.to_owned(), kind, is_key };
        let [names, others] = self.column_names();
        let of = |kind| {
            let key = names.iter().map(|name| column(name, kind, true));
            key.chain(others.iter().map(|name| column(name, kind, false))).collect()
        };
        match self {
            Shape::Decisions => Ok(of(SinkKind::Int)),
            Shape::Written(_) => Ok(of(SinkKind::Text)),
            Shape::Table(like) => {
                let names: Vec<&str> = names.iter().map(String::as_str).collect();
                columns(like, &names).map_err(|name| {
                    Error::usage(format!(
                        "[serving] view: the answer's column {} holds fields as they were written, for which a view has no type",
                        short_name(&name)
                    ))
                    .with_hint("leave view out")
                })
            }
        }
    }
}

impl Dress {
    /// Returns the fields of rows.
    pub(super) fn rows(&self, rows: &[Row]) -> Result<Vec<ByteRecord>, Error> {
        match &self.shape {
            Shape::Decisions => rows.iter().map(|row| decision(row).ok_or_else(no_row)).collect(),
            Shape::Written(_) => {
                let fields = |(key, value): &Row| -> Result<ByteRecord, String> {
                    let mut fields = WrittenShape::fields(key)?;
                    fields.extend(WrittenShape::fields(value)?);
                    Ok(fields.into())
                };
                rows.iter().map(|row| fields(row).map_err(Error::Invalid)).collect()
            }
            Shape::Table(like) => self.records(like, rows.iter().map(|(key, value)| (&**key, &**value))),
        }
    }

    /// Returns the fields of keys.
    pub(super) fn keys(&self, keys: &[Vec<u8>]) -> Result<Vec<ByteRecord>, Error> {
        match &self.shape {
            Shape::Decisions => keys
                .iter()
                .map(|key| record(key).map(|record| vec![record].into()).ok_or_else(no_row))
                .collect(),
            Shape::Written(_) => {
                let fields = |key: &Vec<u8>| WrittenShape::fields(key).map(ByteRecord::from);
                keys.iter().map(|key| fields(key).map_err(Error::Invalid)).collect()
            }
            Shape::Table(like) => {
                let names = Table::new(like.key_columns, like.columns[..like.key_columns].to_vec());
                self.records(&names, keys.iter().map(|key| (&**key, &b""[..])))
            }
        }
    }

    fn records<'a>(
        &self,
        like: &Table,
        rows: impl IntoIterator<Item = (&'a [u8], &'a [u8])>,
    ) -> Result<Vec<ByteRecord>, Error> {
        let table = Table::from_row_bytes(like, rows, &self.keys);
        let table = table.map_err(|error| Error::Invalid(error.to_string()))?;
        let field = |at: usize, row: usize| match &table.columns[at].cells {
            // Whatever bytes it has: who can't hold them says so.
            Cells::Text(cells) => self.keys.get(cells[row]).to_vec(),
            _ => table.text(at, row, &self.keys).into_bytes(),
        };
        let record = |row| (0..table.columns.len()).map(|at| field(at, row)).collect::<Vec<_>>().into();
        Ok((0..table.rows()).map(record).collect())
    }
}

fn no_row() -> Error {
    Error::Invalid("a served row is no decision".to_owned())
}

fn record(key: &[u8]) -> Option<String> {
    Some(u64::from_be_bytes(key.try_into().ok()?).to_string())
}

fn decision((key, value): &Row) -> Option<ByteRecord> {
    let decision = u32::from_be_bytes(value.as_slice().try_into().ok()?);
    Some(vec![record(key)?, decision.to_string()].into())
}
