//! The pass over JSON lines: the first reading finds the columns, the second writes the rows.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;

use super::csv::Row;
use super::data_file::DataFile;
use super::header::Header;
use super::json;
use super::pass::{Outcome, Pass};
use super::rows::{Piece, Shape};
use crate::error::{Error, Place};
use crate::import::BadRows;
use crate::schema::Looks;

impl Pass<'_> {
    pub(super) fn json(&self, path: &Path, out: DataFile<'_>, looks: Looks) -> Result<Outcome, Error> {
        let (names, first) = self.names_in_json(path)?;
        if names.is_empty() {
            return Err(Place::file(&self.line(1).file).rejects("no records, so no columns either"));
        }
        let header = Header::new(self.line(1).file.as_path(), &names, self.options)?;
        let mut sink = self.sink(&header, out, looks)?;
        let (mut source, packing) = self.open(path)?;
        let places: BTreeMap<&str, usize> =
            names.iter().enumerate().map(|(at, name)| (name.as_str(), at)).collect();
        let mut writer = Writer { places, text: Vec::new(), pieces: Vec::new() };
        let passed = json::each_line(&mut source, |line, number| match writer.write(line) {
            Ok(()) => {
                let start = writer.text.len();
                writer.text.extend_from_slice(line);
                let row = Row {
                    text: &writer.text,
                    pieces: &writer.pieces,
                    whole: start..writer.text.len(),
                    line: number,
                    is_utf8: true,
                    has_quotes: true,
                };
                sink.row(&row, || self.line(number))
            }
            Err(why) => sink.bad.reject(self.line(number), why.clone(), why, line),
        })?;
        if source.hash() != first {
            return Err(Place::file(&self.line(1).file).rejects("the file changed while it was read"));
        }
        self.finish(&header, sink, (first, packing), passed)
    }

    /// Returns all names in the order in which they come up, and the hash of the source.
    fn names_in_json(&self, path: &Path) -> Result<(Vec<String>, Option<blake3::Hash>), Error> {
        let (mut source, _) = self.open(path)?;
        let mut names: Vec<String> = Vec::new();
        let mut known = HashSet::new();
        json::each_line(&mut source, |line, number| {
            match json::object(line) {
                Ok(json::Object(fields)) => {
                    for (name, _) in fields {
                        if !known.contains(name.as_ref()) {
                            known.insert(name.clone().into_owned());
                            names.push(name.into_owned());
                        }
                    }
                }
                // The second pass leaves such lines out, if that is wanted.
                Err(why) if self.options.bad_rows == BadRows::Fail => {
                    return Err(self.line(number).rejects(why));
                }
                Err(_) => {}
            }
            Ok(())
        })?;
        Ok((names, source.hash()))
    }
}

/// Writes objects as rows.
struct Writer<'n> {
    places: BTreeMap<&'n str, usize>,
    text: Vec<u8>,
    pieces: Vec<Piece>,
}

impl Writer<'_> {
    fn write(&mut self, line: &[u8]) -> Result<(), String> {
        self.text.clear();
        self.pieces.clear();
        self.pieces.resize(self.places.len(), Piece { start: 0, end: 0, shape: Shape::Plain });
        let json::Object(fields) = json::object(line)?;
        for (name, raw) in fields {
            let start = self.text.len();
            let shape = match json::value(raw)? {
                json::Value::Missing => continue,
                json::Value::Text(text) => {
                    self.text.extend_from_slice(text.as_bytes());
                    Shape::Quoted
                }
                json::Value::Bare(text) => {
                    self.text.extend_from_slice(text.as_bytes());
                    Shape::Plain
                }
                json::Value::Nested(text) => {
                    self.text.extend_from_slice(text.as_bytes());
                    Shape::Plain
                }
            };
            let at = self.places.get(name.as_ref()).ok_or("the file changed while it was read")?;
            self.pieces[*at] = Piece { start, end: self.text.len(), shape };
        }
        Ok(())
    }
}
