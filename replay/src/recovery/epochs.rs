//! A sink elsewhere as an output: its epochs by number, each known by its hash.

use csv::ByteRecord;
use datasets::{Cells, Table, write_text};

use super::{
    RecoveryError,
    sink::{Epoch, Held, Keeps, Sink, SinkColumn, SinkError, SinkKind, Taken},
};

/// A sink elsewhere, and what is known to be there.
pub(super) struct Epochs {
    sink: Box<dyn Sink>,
    taken: Taken,
}

impl Epochs {
    pub(super) fn new(sink: Box<dyn Sink>) -> Self {
        Self { sink, taken: Taken::default() }
    }

    pub(super) fn take_over(&mut self) -> Result<u64, RecoveryError> {
        self.taken = self.sink.take_over()?;
        Ok(self.taken.writer)
    }

    pub(super) fn end(&self) -> u64 {
        self.taken.epochs.len() as u64
    }

    /// Rows that were delivered, those among them that others have taken the place of.
    pub(super) fn rows(&self) -> u64 {
        self.taken.epochs.iter().map(|held| held.rows).sum()
    }

    /// An epoch without rows is none.
    pub(super) fn deliver(&mut self, writer: u64, at: u64, lines: &[u8]) -> Result<(), RecoveryError> {
        if lines.is_empty() {
            return Ok(());
        }
        let rows = rows(lines)?;
        let held = Held { rows: rows.len() as u64, hash: *blake3::hash(lines).as_bytes() };
        self.sink.deliver(writer, &Epoch { number: at, rows: &rows, hash: held.hash })?;
        match self.taken.epochs.get(at as usize) {
            None => self.taken.epochs.push(held),
            Some(there) if *there == held => {}
            Some(_) => {
                let what = format!("its epoch {at} has other rows than those that were committed");
                return Err(RecoveryError::DamagedOutput(what));
            }
        }
        Ok(())
    }

    pub(super) fn cut(&mut self, end: u64) -> Result<bool, RecoveryError> {
        let has_more = self.end() > end;
        // Behind what is whole may stand something that isn't, and from the beginning all of it goes. Before anybody has
        // taken over there is nothing to cut: who begins does so from nothing.
        if has_more || (end == 0 && self.taken.writer > 0) {
            self.sink.cut(self.taken.writer, end)?;
            self.taken.epochs.truncate(end as usize);
        }
        Ok(has_more)
    }

    /// Returns whether behind the first `at` epochs stands nothing but, perhaps, these rows.
    pub(super) fn ends_within(&self, at: u64, lines: &[u8]) -> bool {
        match &self.taken.epochs[at as usize..] {
            [] => true,
            [held] => held.hash == *blake3::hash(lines).as_bytes(),
            _ => false,
        }
    }

    /// The hash of the hashes of the first `end` epochs.
    pub(super) fn hash_to(&self, end: u64) -> blake3::Hash {
        let mut hasher = blake3::Hasher::new();
        self.taken.epochs[..end as usize].iter().for_each(|held| {
            hasher.update(&held.hash);
        });
        hasher.finalize()
    }

    /// All rows as lines. Where all stay, they have to be those that were delivered.
    pub(super) fn read(&mut self) -> Result<Vec<u8>, RecoveryError> {
        let mut lines = Vec::new();
        let mut hashers = vec![blake3::Hasher::new(); self.taken.epochs.len()];
        let mut is_known = true;
        self.sink.read(&mut |epoch, row| {
            let start = lines.len();
            write(row, &mut lines);
            match hashers.get_mut(epoch as usize) {
                Some(hasher) => drop(hasher.update(&lines[start..])),
                None => is_known = false,
            }
        })?;
        let is_same = |(hasher, held): (&blake3::Hasher, &Held)| *hasher.finalize().as_bytes() == held.hash;
        let changed = hashers.iter().zip(&self.taken.epochs).position(|of| !is_same(of));
        match changed.filter(|_| self.taken.keeps == Keeps::All) {
            _ if !is_known => damaged("it holds rows of an epoch that was never delivered".to_owned()),
            Some(epoch) => damaged(format!("the rows of its epoch {epoch} aren't those that were delivered")),
            None => Ok(lines),
        }
    }

    pub(super) fn remove(&mut self) -> Result<(), RecoveryError> {
        Ok(self.sink.remove()?)
    }
}

fn damaged<T>(what: String) -> Result<T, RecoveryError> {
    Err(RecoveryError::DamagedOutput(what))
}

/// The rows that these lines are.
fn rows(lines: &[u8]) -> Result<Vec<ByteRecord>, RecoveryError> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(lines);
    reader
        .byte_records()
        .collect::<Result<_, _>>()
        .map_err(|why| RecoveryError::DamagedOutput(why.to_string()))
}

/// Appends a row as a line, as a table writes it.
fn write(row: &ByteRecord, out: &mut Vec<u8>) {
    for (i, field) in row.iter().enumerate() {
        if i > 0 {
            out.push(b',');
        }
        write_text(field, out);
    }
    out.push(b'\n');
}

/// Returns what a sink has to know of rows like these, of which the columns `key` name one. The error names a column that
/// no sink elsewhere can take.
pub fn columns(like: &Table, key: &[&str]) -> Result<Vec<SinkColumn>, String> {
    let column = |column: &datasets::TableColumn| {
        let kind = match column.cells {
            Cells::Int(_) => SinkKind::Int,
            Cells::Wide(_) => SinkKind::Wide,
            Cells::Maybe(_) => SinkKind::Maybe,
            Cells::Text(_) => SinkKind::Text,
            Cells::Written(_) => return Err(column.name.to_string()),
        };
        Ok(SinkColumn { name: column.name.to_string(), kind, is_key: key.contains(&&*column.name) })
    };
    like.columns.iter().map(column).collect()
}

impl From<SinkError> for RecoveryError {
    fn from(error: SinkError) -> Self {
        match error {
            SinkError::Damaged(what) => Self::DamagedOutput(what),
            other => Self::Sink(other),
        }
    }
}
