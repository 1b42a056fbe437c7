//! Record types: one small struct per shape of data, so that job code reads naturally (`item.size`).

/// A column of a data file: its name in the header and what its fields hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// The name, as it stands in the header.
    pub name: &'static str,
    /// What its fields hold.
    pub kind: ColumnKind,
}

/// What the fields of a column hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnKind {
    /// An unsigned whole number up to 2⁶⁴ − 1. An importer scales decimals exactly to whole numbers.
    Size,
    /// Milliseconds since the Unix epoch, a whole number that may be negative.
    TimeMs,
}

impl ColumnKind {
    /// The kind of a column of which only the name is known: names ending in `_ms` hold times, others sizes.
    pub fn of_column(name: &str) -> Self {
        if name.ends_with("_ms") { Self::TimeMs } else { Self::Size }
    }
}

/// When a record arrived: the column that any dataset may have before the columns of its records.
pub const ARRIVAL: Column = Column { name: "arrival_ms", kind: ColumnKind::TimeMs };

/// A record type: how a row of numbers becomes a value.
pub trait Record: Copy + Send + Sync + 'static {
    /// The columns of its data file, in order.
    const COLUMNS: &'static [Column];

    /// Builds the record from its fields, one for each of [`Record::COLUMNS`].
    fn from_fields(fields: &[u64]) -> Self;

    /// What the orders *ascending* and *descending* sort by.
    fn sort_key(&self) -> u64;
}

/// Something to be packed: one record of the problem `bin-packing`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Item {
    /// How much of a bin's capacity it takes, in the dataset's (scaled) unit.
    pub size: u64,
}

impl Record for Item {
    const COLUMNS: &'static [Column] = &[Column { name: "size", kind: ColumnKind::Size }];

    fn from_fields(fields: &[u64]) -> Self {
        Self { size: fields[0] }
    }

    fn sort_key(&self) -> u64 {
        self.size
    }
}
