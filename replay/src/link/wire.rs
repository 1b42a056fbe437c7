//! Records as lines for a job outside.

use std::sync::Arc;

use datasets::Keys;

use super::JsonLines;

/// Appends a record as its line stands in the data file, without the line's end.
pub type WriteLine<R> = fn(&R, &Keys, &mut Vec<u8>);

/// Returns the bytes of records where they stand one behind the other as lines of the data file, each with its end, and
/// nothing where they don't: [`Record::lines`](datasets::Record::lines). It saves writing each by itself.
pub type WholeLines<R> = for<'a> fn(&[R], &'a Keys) -> Option<&'a [u8]>;

/// Holds what is said through a link, and what its job is called when it fails.
#[derive(Debug, Clone)]
pub struct Wire<R> {
    /// `stable` or `candidate`.
    pub role: &'static str,
    /// The job's command, or another name of what the link leads to, made harmless for a terminal.
    pub name: String,
    /// The columns' names, as they stand in the data file.
    pub header: String,
    /// Writes a record.
    pub line: WriteLine<R>,
    /// Finds lines that need no writing.
    pub whole: WholeLines<R>,
    /// The texts that records refer to.
    pub keys: Arc<Keys>,
    /// The form in which the job gets its records.
    pub input: Input,
}

/// Says in which form a job gets its records.
#[derive(Debug, Clone, Default)]
pub enum Input {
    /// As their lines stand in the data file, after its header.
    #[default]
    Lines,
    /// As JSON, an object a line, with each record's offset.
    Json(JsonLines),
}

/// Lines that are being sent.
#[derive(Debug, Default)]
pub(super) struct Lines {
    bytes: Vec<u8>,
    /// A line as it stands in the data file, on its way to JSON.
    line: Vec<u8>,
    /// The next record's place in the order of sending.
    offset: u64,
}

impl Lines {
    /// Returns the lines of the records that are sent next.
    pub(super) fn of<'a, R>(&'a mut self, records: &[R], wire: &'a Wire<R>) -> &'a [u8] {
        if let Input::Lines = wire.input
            && let Some(lines) = (wire.whole)(records, &wire.keys)
        {
            self.offset += records.len() as u64;
            return lines;
        }
        self.bytes.clear();
        for record in records {
            match &wire.input {
                Input::Lines => (wire.line)(record, &wire.keys, &mut self.bytes),
                Input::Json(json) => {
                    self.line.clear();
                    (wire.line)(record, &wire.keys, &mut self.line);
                    json.write(&self.line, self.offset, &mut self.bytes);
                }
            }
            self.bytes.push(b'\n');
            self.offset += 1;
        }
        &self.bytes
    }

    /// Returns how many records have been made lines.
    pub(super) fn records(&self) -> u64 {
        self.offset
    }
}

impl<R> Wire<R> {
    /// The first line that a job gets, which names the columns.
    pub(super) fn first_line(&self) -> Vec<u8> {
        match &self.input {
            Input::Lines => self.header.clone().into_bytes(),
            Input::Json(json) => json.first_line(),
        }
    }
}
