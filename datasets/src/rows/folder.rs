//! A folder of parts as one table.

use std::collections::HashMap;
use std::path::Path;
use std::rc::Rc;

use super::listing::{self, Listing, Part};
use super::seen::Seen;
use super::{Row, Rows, RowsForm, RowsFormat, json::JsonRows, last_ending, open_file, provided};
use crate::{
    Go,
    error::{Error, Place},
    generic,
    table::FieldKind,
};

/// So many bytes of a file say in which format it is.
const HEAD_BYTES: usize = 1024;

pub(super) struct FolderRows<'g> {
    parts: Vec<Part>,
    /// The columns of each part, where a part has to be read to its end to know them.
    columns_of_parts: Vec<Rc<[String]>>,
    form: RowsForm,
    go: Go<'g>,
    columns: Vec<String>,
    types: Vec<String>,
    is_typed: bool,
    /// The part that comes next.
    next: usize,
    current: Option<Current<'g>>,
    place: Place,
    scratch: Row,
    notes: Vec<String>,
}

/// The part that is being read.
struct Current<'g> {
    rows: Box<dyn Rows + 'g>,
    /// For each column where its value comes from; nothing where the part has all columns in their order.
    origins: Option<Vec<Origin>>,
}

/// Says where a part has a column's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Origin {
    Part(usize),
    /// The folders around it, by number.
    Folder(usize),
    Nowhere,
}

impl<'g> FolderRows<'g> {
    pub(super) fn open(folder: &Path, form: &RowsForm, go: Go<'g>) -> Result<Self, Error> {
        let Listing { parts, left, has_log } = listing::list(folder)?;
        let mut notes = Vec::new();
        if left.files > 0 {
            let unnamed = if has_log { ", or that its log doesn't name" } else { "" };
            notes.push(format!("not rows of the folder: {}{unnamed}", listing::described(left)));
        }
        let form = RowsForm { format: Some(format_of(&parts, form)?), ..form.clone() };
        let all = parts.len();
        let (parts, empty): (Vec<Part>, Vec<Part>) = apart(parts, &form)?;
        if !empty.is_empty() {
            notes.push(format!("empty files, which have no rows: {} of {all}", empty.len()));
        }
        if parts.is_empty() {
            return Err(Place::file(folder).rejects("all files of rows in this folder are empty"));
        }
        let mut rows = Self {
            parts,
            columns_of_parts: Vec::new(),
            form,
            go,
            columns: Vec::new(),
            types: Vec::new(),
            is_typed: true,
            next: 0,
            current: None,
            place: Place::file(folder),
            scratch: Row::default(),
            notes,
        };
        rows.find_columns()?;
        Ok(rows)
    }

    /// Looks into each part for its columns, which have to be those of all.
    fn find_columns(&mut self) -> Result<(), Error> {
        let mut first: Option<Seen> = None;
        let is_open = self.form.format == Some(RowsFormat::JsonLines);
        let mut numbers: HashMap<String, usize> = HashMap::new();
        for part in &self.parts {
            let rows = open_file(&part.path, &self.form, self.go)?;
            let seen = Seen::of(part, rows.as_ref());
            if first.is_none() {
                self.is_typed = rows.is_typed();
                self.types = rows.types().to_vec();
            }
            for name in &seen.columns {
                let new = numbers.len();
                if *numbers.entry(name.clone()).or_insert(new) == new && (is_open || first.is_none()) {
                    self.columns.push(name.clone());
                }
            }
            if is_open {
                let known = self.columns_of_parts.last().filter(|known| known[..] == seen.columns[..]);
                let columns = known.map_or_else(|| seen.columns.as_slice().into(), Rc::clone);
                self.columns_of_parts.push(columns);
            }
            match &first {
                Some(first) => first.check(&seen, is_open)?,
                None => first = Some(seen),
            }
        }
        for name in first.into_iter().flat_map(|first| first.folders) {
            if !numbers.contains_key(&name) {
                self.columns.push(name);
                self.types.extend((!self.types.is_empty()).then(|| "text".to_owned()));
            }
        }
        Ok(())
    }

    /// Opens the next part; false where there is none.
    fn open_next(&mut self) -> Result<bool, Error> {
        let Some(part) = self.parts.get(self.next) else { return Ok(false) };
        let rows: Box<dyn Rows + 'g> = match self.columns_of_parts.get(self.next) {
            Some(columns) => Box::new(JsonRows::open_knowing(&part.path, &self.form, columns, self.go)?),
            None => open_file(&part.path, &self.form, self.go)?,
        };
        self.next += 1;
        let found: HashMap<&str, usize> =
            rows.columns().iter().enumerate().map(|(at, name)| (name.as_str(), at)).collect();
        let origin = |name: &String| match found.get(name.as_str()) {
            Some(&at) => Origin::Part(at),
            None => part
                .values
                .iter()
                .position(|(column, _)| column == name)
                .map_or(Origin::Nowhere, Origin::Folder),
        };
        let origins: Vec<Origin> = self.columns.iter().map(origin).collect();
        let is_changed = found.len() > self.columns.len()
            || rows.columns().iter().any(|name| !self.columns.contains(name));
        if is_changed {
            return Err(Place::file(&part.path).rejects("the file has changed while the folder was read"));
        }
        let is_plain = origins.len() == found.len()
            && origins.iter().enumerate().all(|(at, origin)| *origin == Origin::Part(at));
        self.current = Some(Current { rows, origins: (!is_plain).then_some(origins) });
        Ok(true)
    }

    /// Leaves the part that was read to its end.
    fn close(&mut self) {
        if let Some(current) = self.current.take() {
            for note in current.rows.notes() {
                if !self.notes.contains(&note) {
                    self.notes.push(note);
                }
            }
        }
    }
}

impl Rows for FolderRows<'_> {
    fn columns(&self) -> &[String] {
        &self.columns
    }

    fn is_typed(&self) -> bool {
        self.is_typed
    }

    fn types(&self) -> &[String] {
        &self.types
    }

    fn next(&mut self, row: &mut Row) -> Result<bool, Error> {
        row.clear();
        loop {
            let Some(Current { rows, origins }) = &mut self.current else {
                if self.open_next()? {
                    continue;
                }
                return Ok(false);
            };
            let read = match origins {
                None => rows.next(row)?,
                Some(_) => rows.next(&mut self.scratch)?,
            };
            if !read {
                self.close();
                continue;
            }
            if let Some(origins) = origins {
                let values = &self.parts[self.next - 1].values;
                put(origins, &self.scratch, values, row);
            }
            self.place = rows.place();
            return Ok(true);
        }
    }

    /// Takes all parts for equally long.
    fn share_read(&self) -> Option<f64> {
        let current = self.current.as_ref()?.rows.share_read()?;
        Some(((self.next - 1) as f64 + current) / self.parts.len() as f64)
    }

    fn place(&self) -> Place {
        self.place.clone()
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = self.notes.clone();
        let current = self.current.iter().flat_map(|current| current.rows.notes());
        notes.extend(current.filter(|note| !self.notes.contains(note)));
        notes
    }
}

/// Puts a part's row into the order of all.
fn put(origins: &[Origin], part: &Row, values: &[(String, Option<String>)], row: &mut Row) {
    for origin in origins {
        match *origin {
            Origin::Part(at) => {
                let field = part.field(at);
                row.push(field.kind, field.text);
            }
            Origin::Folder(at) => match &values[at].1 {
                Some(value) => row.push(FieldKind::Untyped, value),
                None => row.push(FieldKind::Null, "null"),
            },
            Origin::Nowhere => row.push(FieldKind::Missing, ""),
        }
    }
}

/// Returns the format of all parts.
fn format_of(parts: &[Part], form: &RowsForm) -> Result<RowsFormat, Error> {
    if let Some(format) = form.format {
        return Ok(format);
    }
    let of = |part: &Part| RowsFormat::of_file(&part.path);
    let mut all = parts.iter();
    let Some(first) = all.next() else { return Ok(RowsFormat::Csv) };
    let format = of(first)?;
    for part in all {
        if of(part)? != format {
            let first = crate::shown_path(&first.path);
            let error = Place::file(&part.path).rejects(format!("written in another format than {first}"));
            return Err(
                error.with_hint("a folder is one table, with all of its parts in one format".to_owned())
            );
        }
    }
    Ok(format)
}

/// Takes apart what holds rows and what holds nothing at all.
fn apart(parts: Vec<Part>, form: &RowsForm) -> Result<(Vec<Part>, Vec<Part>), Error> {
    if form.format == Some(RowsFormat::Parquet) {
        return Ok((parts, Vec::new()));
    }
    let (mut full, mut empty) = (Vec::new(), Vec::new());
    for part in parts {
        if generic::head(&part.path, 1)?.is_empty() { empty.push(part) } else { full.push(part) }
    }
    Ok((full, empty))
}

impl RowsFormat {
    /// Returns the format of a file: Parquet is known by how it begins, and so are JSON lines where the name speaks of no
    /// format, as with the parts of Flink's sink.
    pub(crate) fn of_file(path: &Path) -> Result<Self, Error> {
        if provided::is_parquet_file(path)? {
            return Ok(Self::Parquet);
        }
        let named = Self::of(path);
        let is_named =
            named == Self::JsonLines || matches!(last_ending(path).as_deref(), Some("csv" | "tsv" | "tab"));
        if is_named {
            return Ok(named);
        }
        let head = generic::head(path, HEAD_BYTES)?;
        let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&head);
        Ok(if text.trim_ascii_start().starts_with(b"{") { Self::JsonLines } else { named })
    }
}
