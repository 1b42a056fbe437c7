//! Rows of a dataset outside of its file: as they travel through a log.

use std::marker::PhantomData;

use super::Frozen;
use crate::decode::Layout;
use crate::error::Error;
use crate::keys::Keys;
use crate::record::Record;

/// Turns rows of a dataset back into records: [lines](crate::Line) as they were read, without their arrival times.
#[derive(Debug, Clone, Copy)]
pub struct RowDecoder<R> {
    layout: Layout,
    record: PhantomData<fn() -> R>,
}

impl Frozen {
    /// Returns the decoder of this dataset's rows.
    pub fn row_decoder<R: Record>(&self) -> Result<RowDecoder<R>, Error> {
        let layout = Layout { is_timed: false, ..self.layout::<R>()? };
        Ok(RowDecoder { layout, record: PhantomData })
    }
}

impl<R: Record> RowDecoder<R> {
    /// Hands on the record of each row, in order; each row ends with a newline. The error says which row is none, counted
    /// from 0, and why.
    pub fn decode(&self, rows: &[u8], keys: &mut Keys, mut on_record: impl FnMut(R)) -> Result<(), String> {
        if rows.last().is_some_and(|&last| last != b'\n') {
            return Err("the last row doesn't end with a newline".to_owned());
        }
        let decoded = R::decode(self.layout, rows, keys, |_, record| on_record(record))
            .map_err(|fault| format!("row {}: {}", fault.row, fault.message))?;
        if decoded.end == rows.len() {
            return Ok(());
        }
        Err(format!("row {}: it ends within quotes", decoded.rows))
    }
}
