//! A Parquet file as rows.

use std::collections::HashSet;
use std::fs::File;
use std::path::{Path, PathBuf};

use datasets::{Error, FieldKind, Go, Place, Row, Rows};

use crate::batch::Batches;
use crate::column::Column;
use crate::fault::Fault;
use crate::footer;
use crate::nested;
use crate::schema::{self, Node, Shape};

/// Opens a Parquet file, which `path` names in messages; it is read as long as `go` says so.
///
/// Fails where it is none, is cut short, encrypted, or nested more than 100 levels deep. What else is damaged shows while it is read.
pub fn open<'g>(path: &Path, file: File, go: Go<'g>) -> Result<Box<dyn Rows + 'g>, Error> {
    Ok(Box::new(ParquetRows::new(path, file, go).map_err(|fault| fault.in_file(path))?))
}

/// Returns an error where two columns have one name.
fn check_names(names: &[String]) -> Result<(), Fault> {
    let mut seen = HashSet::new();
    match names.iter().find(|name| !seen.insert(name.as_str())) {
        Some(name) => Err(Fault::new(format!("column '{}' is there twice", datasets::short_name(name)))),
        None => Ok(()),
    }
}

/// Returns what a column's type is called in messages.
fn type_of(node: &Node, columns: &[Column]) -> String {
    let inner = |node: &Node| type_of(node, columns);
    match &node.shape {
        Shape::Value => columns[node.leaves.start].form.to_string(),
        Shape::Object(members) => {
            let members: Vec<String> =
                members.iter().map(|(name, member)| format!("{name}:{}", inner(member))).collect();
            format!("{{{}}}", members.join(","))
        }
        Shape::List(_, element) => format!("[{}]", inner(element)),
        Shape::Map(_, key, value) => {
            let value = value.as_ref().map_or_else(|| "null".to_owned(), |value| inner(value));
            format!("map of {} to {value}", inner(key))
        }
    }
}

struct ParquetRows<'g> {
    path: PathBuf,
    go: Go<'g>,
    names: Vec<String>,
    types: Vec<String>,
    nodes: Vec<Node>,
    columns: Vec<Column>,
    batches: Batches,
    /// The rows of the batch that are still to be handed out.
    left: u64,
    /// The row that was read last, counted from 1.
    row: u64,
}

impl<'g> ParquetRows<'g> {
    fn new(path: &Path, mut file: File, go: Go<'g>) -> Result<Self, Fault> {
        let metadata = footer::read(&mut file)?;
        let schema = metadata.file_metadata().schema_descr();
        let nodes = schema::columns(schema.root_schema())?;
        let columns: Vec<Column> =
            schema.columns().iter().cloned().map(Column::new).collect::<Result<_, _>>()?;
        let (names, nodes): (Vec<String>, Vec<Node>) = nodes.into_iter().unzip();
        check_names(&names)?;
        if nodes.last().is_none_or(|last| last.leaves.end != columns.len()) {
            return Err(Fault::new("a Parquet file without columns"));
        }
        let types = nodes.iter().map(|node| type_of(node, &columns)).collect();
        let batches = Batches::new(file, metadata);
        let path = path.to_owned();
        Ok(Self { path, go, names, types, nodes, columns, batches, left: 0, row: 0 })
    }

    fn write(&mut self, at: usize, row: &mut Row) -> Result<(), Fault> {
        let Self { nodes, columns, .. } = self;
        let node = &nodes[at];
        if matches!(node.shape, Shape::Value) {
            return write_value(&mut columns[node.leaves.start], row);
        }
        if nested::is_null(node, columns)? {
            nested::pass(node, columns);
            row.push(FieldKind::Null, "null");
            return Ok(());
        }
        let mut written = Ok(());
        row.push_with(FieldKind::Nested, |text| written = nested::write(node, columns, text));
        written?;
        let begins_row = |column: &Column| column.is_at_end() || column.repeats() == 0;
        match columns[node.leaves.clone()].iter().find(|column| !begins_row(column)) {
            Some(column) => Err(Fault::new(format!(
                "the file is damaged: column '{}' has more entries than the columns beside it",
                datasets::short_name(&column.name)
            ))),
            None => Ok(()),
        }
    }
}

#[inline]
fn write_value(column: &mut Column, row: &mut Row) -> Result<(), Fault> {
    let form = column.form;
    let mut written = Ok(());
    match column.take() {
        Some(value) => row.push_with(form.kind(), |text| written = form.write(value, text)),
        None => row.push(FieldKind::Null, "null"),
    }
    written
}

impl Rows for ParquetRows<'_> {
    fn columns(&self) -> &[String] {
        &self.names
    }

    fn is_typed(&self) -> bool {
        true
    }

    fn types(&self) -> &[String] {
        &self.types
    }

    fn next(&mut self, row: &mut Row) -> Result<bool, Error> {
        row.clear();
        if self.left == 0 {
            if !(self.go)() {
                return Err(Error::Interrupted);
            }
            self.left = self.batches.next(&mut self.columns, &self.path)?;
            if self.left == 0 {
                return Ok(false);
            }
        }
        self.left -= 1;
        self.row += 1;
        for at in 0..self.nodes.len() {
            self.write(at, row)
                .map_err(|fault| fault.of_column(&self.names[at]).in_row(&self.path, self.row))?;
        }
        Ok(true)
    }

    fn place(&self) -> Place {
        Place::line(&self.path, self.row)
    }

    fn notes(&self) -> Vec<String> {
        self.columns.iter().flat_map(|column| column.losses.sentences(&column.name, column.form)).collect()
    }
}
