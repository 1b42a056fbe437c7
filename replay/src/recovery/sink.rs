//! The seam of a sink elsewhere, which must take the rows of an epoch whole or not at all, once each, from one writer at a time.

use csv::ByteRecord;

/// Where rows are delivered that are neither a file's bytes nor in the store: epoch by epoch, each of them at once.
///
/// An epoch's number is its position: a recovery delivers the last committed epoch again, under its number, and the sink
/// skips it if it is there. So of whoever delivers nothing has to be known but the number.
pub trait Sink: Send {
    /// Takes over from whoever wrote here before: from now on they are refused. Makes what isn't there yet.
    fn take_over(&mut self) -> Result<Taken, SinkError>;

    /// Delivers an epoch, whole or not at all; one whose number is there stays as it is.
    fn deliver(&mut self, writer: u64, epoch: &Epoch<'_>) -> Result<(), SinkError>;

    /// Takes out the epochs from number `from` on. One that can't without harm to those before says that it is damaged.
    fn cut(&mut self, writer: u64, from: u64) -> Result<(), SinkError>;

    /// Hands over all rows that stand there, as the world outside finds them, with the number of their epoch, in order.
    fn read(&mut self, take: &mut dyn FnMut(u64, &ByteRecord)) -> Result<(), SinkError>;

    /// Removes all that was made for the run.
    fn remove(&mut self) -> Result<(), SinkError>;
}

/// Says what a writer has found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Taken {
    /// By this number the writer is known from now on; those of earlier ones are smaller.
    pub writer: u64,
    /// The epochs that are there and whole, from 0 on without a gap.
    pub epochs: Vec<Held>,
    /// Says which rows stay.
    pub keeps: Keeps,
}

/// Says which of the rows that were delivered stay in a sink.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Keeps {
    /// All of them.
    #[default]
    All,
    /// Of rows with one key the newest.
    Newest,
}

/// An epoch that a sink holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held {
    /// How many rows were delivered with it.
    pub rows: u64,
    /// The hash of its rows, as lines.
    pub hash: [u8; 32],
}

/// The rows of an epoch, on their way.
#[derive(Debug)]
pub struct Epoch<'a> {
    /// Counted from 0.
    pub number: u64,
    /// The rows, in their order: a field for each column.
    pub rows: &'a [ByteRecord],
    /// The hash of the rows, as lines.
    pub hash: [u8; 32],
}

/// Describes the rows that a sink is to take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SinkColumn {
    /// Its name, which may be anything.
    pub name: String,
    /// Says what its fields hold.
    pub kind: SinkKind,
    /// It is one of those that name a row.
    pub is_key: bool,
}

/// The kind of a column's fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SinkKind {
    /// Whole numbers of 64 bits.
    Int,
    /// Whole numbers of 128 bits.
    Wide,
    /// Whole numbers of 64 bits, or nothing: an empty field.
    Maybe,
    /// Texts; an empty field is an empty text.
    Text,
}

/// Why a sink did not do what it should.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SinkError {
    /// It can't be begun like this; nothing was touched.
    #[error("{what}")]
    Refused {
        /// Holds what was wrong.
        what: String,
        /// The cure.
        hint: String,
    },
    /// Somebody else has taken over since.
    #[error("another writer has taken over")]
    Fenced,
    /// It doesn't hold what was delivered.
    #[error("{0}")]
    Damaged(String),
    /// The machine, the network or the server failed.
    #[error("{0}")]
    Failed(String),
}
