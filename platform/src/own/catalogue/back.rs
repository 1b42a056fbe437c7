//! The way back: what somebody's own answer is in the words of the catalogue's problem.

use std::collections::BTreeMap;

use datasets::{Answer, Cells, FieldKind, Frozen, Keys, Table, TableColumn, Typed, Written, short_name};
use replay::Control;

use super::{Catalogued, MILLISECONDS};
use crate::{
    erased::AnyProblem,
    error::Error,
    problem::{Params, Problem},
};

/// A dataset as the catalogue's problem takes it, and what that says of it.
pub(crate) struct Understood<R> {
    pub(crate) records: Vec<R>,
    pub(crate) keys: Keys,
    /// Numbers of records are the source's times this.
    pub(crate) scale: u64,
    /// The batch job's answer, with all of its columns.
    pub(crate) reference: Table,
}

impl Catalogued {
    /// Returns the problem.
    pub(crate) fn problem(&self) -> AnyProblem {
        self.problem
    }

    /// Returns its parameters.
    pub(crate) fn params(&self) -> &Params {
        &self.params
    }

    /// Says whether times are written in milliseconds.
    pub(crate) fn tells_ms(&self) -> bool {
        self.times.is_ms()
    }

    /// Reads the records, and computes their answer; nothing where that is no table.
    pub(crate) fn understood<R: Typed>(
        &self,
        problem: &'static Problem<R>,
        frozen: &Frozen,
        control: &Control,
    ) -> Result<Option<Understood<R>>, Error> {
        let (computed, read) = self.read_and_computed(problem, frozen, control)?;
        let Answer::Table(mut reference) = computed.answer else { return Ok(None) };
        reference.restore_unit(read.scale);
        Ok(Some(Understood { records: read.records, keys: read.keys, scale: read.scale, reference }))
    }

    /// Names a column of the problem's answer as the experiment does, whose section renames these columns of answers.
    pub(crate) fn called(&self, theirs: &str, rename: &BTreeMap<String, String>) -> Option<String> {
        let own = if self.select.is_empty() {
            theirs
        } else {
            self.select.iter().find(|(_, of)| *of == theirs).map(|(own, _)| own.as_str())?
        };
        Some(rename.get(own).map_or(own, String::as_str).to_owned())
    }

    /// Gives the columns of an answer the names and the times that the problem's answer has; those that the experiment
    /// doesn't select are lacking.
    pub(crate) fn back(
        &self,
        answer: &Table,
        like: &Table,
        rename: &BTreeMap<String, String>,
    ) -> Result<Table, String> {
        let mut columns = Vec::new();
        for wanted in &like.columns {
            let Some(name) = self.called(&wanted.name, rename) else { continue };
            let found = answer.columns.iter().find(|column| column.name == name);
            let Some(Cells::Written(fields)) = found.map(|column| &column.cells) else {
                return Err(format!("it has no column '{}'", short_name(&name)));
            };
            let fields =
                if wanted.name.ends_with(MILLISECONDS) { self.in_ms(fields, &name)? } else { fields.clone() };
            columns.push(TableColumn::new(wanted.name.clone(), Cells::Written(fields)));
        }
        Ok(Table::new(0, columns))
    }

    /// Times as they are written here, in milliseconds.
    fn in_ms(&self, fields: &Written, name: &str) -> Result<Written, String> {
        let mut read = Written::default();
        for row in 0..fields.rows() {
            let field = fields.field(row);
            let text = match field.text {
                "" => String::new(),
                text => self.times.ms(text).map(|ms| ms.to_string()).ok_or_else(|| {
                    let text = short_name(text);
                    format!(
                        "row {}: {} is '{text}', no time as the experiment writes them",
                        row + 1,
                        short_name(name)
                    )
                })?,
            };
            read.push(row, FieldKind::Untyped, &text)?;
        }
        Ok(read)
    }
}
