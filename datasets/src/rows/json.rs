//! Rows of JSON lines, which know types.

use std::collections::HashMap;
use std::path::Path;

use super::{Row, Rows, RowsForm};
use crate::{
    Go,
    error::{Error, Place},
    generic::{Lines, Opened, json_object},
    reading::json_field,
};

const LONGEST: usize = 1 << 30;
const LIST: &str = "JSON lines have one object a line; `jq -c '.[]'` makes them of a list";

pub(super) struct JsonRows<'g> {
    source: Opened<'g>,
    lines: Lines,
    columns: Vec<String>,
    numbers: HashMap<String, usize>,
    /// The column of each member of the line before, whose order the next line mostly has.
    order: Vec<usize>,
    /// The columns of a line's members, each with the member's place.
    members: Vec<(usize, usize)>,
    line: u64,
}

impl<'g> JsonRows<'g> {
    /// Opens a file and reads it once for the names of its columns, which are those of all lines.
    pub(super) fn open(path: &Path, form: &RowsForm, go: Go<'g>) -> Result<Self, Error> {
        let mut names = Self::open_knowing(path, form, &[], go)?;
        names.read_names()?;
        if names.columns.is_empty() {
            let is_empty = names.line == 0;
            let message = if is_empty { "the file is empty" } else { "no line has a column" };
            return Err(Place::file(path).rejects(message));
        }
        Self::open_knowing(path, form, &names.columns, go)
    }

    /// Opens a file whose lines have no other columns.
    pub(super) fn open_knowing(
        path: &Path,
        form: &RowsForm,
        columns: &[String],
        go: Go<'g>,
    ) -> Result<Self, Error> {
        Ok(Self {
            source: Opened::open_unhashed(path, form.encoding.as_deref(), go)?,
            lines: Lines::new(LONGEST),
            columns: columns.to_vec(),
            numbers: columns.iter().cloned().zip(0..).collect(),
            order: (0..columns.len()).collect(),
            members: Vec::new(),
            line: 0,
        })
    }

    fn read_names(&mut self) -> Result<(), Error> {
        while let Some((text, line)) = self.lines.next(&mut self.source)? {
            let object = json_object(text).map_err(|message| {
                let error = Place::line(self.source.path(), line).rejects(message);
                if text.trim_ascii_start().starts_with(b"[") {
                    error.with_hint(LIST.to_owned())
                } else {
                    error
                }
            })?;
            self.line = line;
            for (at, (name, _)) in object.0.iter().enumerate() {
                let is_as_before = self.order.get(at).is_some_and(|&column| self.columns[column] == **name);
                if is_as_before {
                    continue;
                }
                let new = self.columns.len();
                let column = *self.numbers.entry(name.to_string()).or_insert(new);
                if column == new {
                    self.columns.push(name.to_string());
                }
                self.order.resize(self.order.len().max(at + 1), column);
                self.order[at] = column;
            }
        }
        Ok(())
    }
}

impl Rows for JsonRows<'_> {
    fn columns(&self) -> &[String] {
        &self.columns
    }

    fn is_typed(&self) -> bool {
        true
    }

    fn next(&mut self, row: &mut Row) -> Result<bool, Error> {
        row.clear();
        let Some((text, line)) = self.lines.next(&mut self.source)? else { return Ok(false) };
        self.line = line;
        let failed = |message: String| Place::line(self.source.path(), line).rejects(message);
        let object = json_object(text).map_err(failed)?;
        self.members.clear();
        for (at, (name, _)) in object.0.iter().enumerate() {
            let before = self.order.get(at).copied().filter(|&column| self.columns[column] == **name);
            let column = before.or_else(|| self.numbers.get(&**name).copied());
            let Some(column) = column else {
                return Err(failed("the file has changed while it was read".to_owned()));
            };
            self.members.push((column, at));
        }
        self.members.sort_unstable();
        for (column, at) in &self.members {
            let (kind, text) = json_field(object.0[*at].1.get()).map_err(failed)?;
            row.push_at(*column, kind, &text);
        }
        Ok(true)
    }

    fn share_read(&self) -> Option<f64> {
        self.source.share_read()
    }

    fn place(&self) -> Place {
        Place::line(self.source.path(), self.line)
    }
}
