//! The two questions that are asked of a record type when a data file is read: which columns it has, and how its rows
//! become records.

use crate::canonical::{Decoded, Fault};
use crate::column::Column;
use crate::keys::Keys;

/// Which of the columns that a data file may lack are there.
#[derive(Debug, Clone, Copy)]
pub struct Layout {
    /// Arrival times stand before the record's own columns.
    pub(crate) is_timed: bool,
    /// The record's optional columns stand behind them.
    pub(crate) has_optional: bool,
}

/// Turns the rows of a data file into records of a type.
pub trait Decode: Sized {
    /// Says whether all rows are kept among the dataset's keys.
    const KEEPS_LINES: bool;

    /// The columns that must be there, and those that may be behind them.
    const DECLARED: [&'static [Column]; 2];

    /// Returns which of them are among `columns`; an error message if one that must be there isn't, or there are others.
    fn layout(columns: &[String]) -> Result<Layout, String>;

    /// Returns the columns of the line that a record is to a job outside.
    fn header(columns: &[String]) -> String;

    /// Decodes whole rows; each record comes with its arrival time, 0 if there is none.
    fn decode(
        layout: Layout,
        block: &[u8],
        keys: &mut Keys,
        on_record: impl FnMut(i64, Self),
    ) -> Result<Decoded, Fault>;
}
