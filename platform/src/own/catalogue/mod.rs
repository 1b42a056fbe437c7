//! A problem of the catalogue as the reference of somebody's own: the dataset's lines become the problem's records, as an
//! import makes them, and what the problem's batch job says of these becomes a table of fields as they are written.

mod back;
mod columns;
mod settle;
mod times;

use std::collections::BTreeMap;

use batch::{BatchError, Count};
use datasets::{
    Answer, CAPACITY, Cells, FieldKind, Frozen, ImportOptions, Imported, Instance, Keys, Record, Table,
    TableColumn, Typed, Value, Written,
};
use replay::Control;

pub(crate) use self::{
    back::Understood,
    settle::{AnswerColumns, Asked},
};

use self::times::TimesForm;
use crate::{
    erased::AnyProblem,
    error::Error,
    own::ReferenceSection,
    problem::{Computed, Params, Problem, Work},
    trial,
};

/// A column of an answer holds times if its name ends so.
const MILLISECONDS: &str = "_ms";

/// A problem of the catalogue, and how it is asked about a dataset.
pub(crate) struct Catalogued {
    problem: AnyProblem,
    /// Holds what reports call it: the problem, and its batch job.
    name: String,
    /// All but a capacity, which is known when the sizes are.
    params: Params,
    /// Says how records are read; nothing where the dataset holds the problem's own.
    options: Option<ImportOptions>,
    /// The columns of the answer that are wanted: the name here, and the problem's. All of them where there is none.
    select: BTreeMap<String, String>,
    times: TimesForm,
}

impl Catalogued {
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Returns what stands in the experiment with what was found for it, so that another description of the dataset's columns
    /// changes nothing.
    pub(crate) fn written_out(&self, section: ReferenceSection) -> ReferenceSection {
        let columns = self.options.as_ref().map(|options| options.renamed.clone());
        ReferenceSection { columns: columns.unwrap_or(section.columns), ..section }
    }

    /// Returns the answer as a table of fields as they are written, or the bounds of what decisions can cost.
    pub(super) fn computed(&self, frozen: &Frozen, control: &Control) -> Result<Computed, Error> {
        match self.problem {
            AnyProblem::Items(problem) => self.of(problem, frozen, control),
            AnyProblem::Events(problem) => self.of(problem, frozen, control),
            AnyProblem::Deliveries(problem) => self.of(problem, frozen, control),
            AnyProblem::Sides(problem) => self.of(problem, frozen, control),
            AnyProblem::Requests(problem) => self.of(problem, frozen, control),
            AnyProblem::Lines(_) => Err(Error::usage("[reference] problem: it is none of the catalogue")),
        }
    }

    fn of<R: Typed>(
        &self,
        problem: &'static Problem<R>,
        frozen: &Frozen,
        control: &Control,
    ) -> Result<Computed, Error> {
        let (computed, read) = self.read_and_computed(problem, frozen, control)?;
        self.told(computed, &read)
    }

    /// Returns the problem's answer as it gives it, with the records that it is the answer for.
    fn read_and_computed<R: Typed>(
        &self,
        problem: &'static Problem<R>,
        frozen: &Frozen,
        control: &Control,
    ) -> Result<(Computed, Read<R>), Error> {
        let read = match &self.options {
            Some(options) => Read::import(frozen, options, &self.params, control)?,
            None => Read::frozen(frozen, &self.params)?,
        };
        control.check()?;
        for (offset, record) in read.records.iter().enumerate() {
            if let Some(why) = (problem.entry.reject)(record, &read.params) {
                return Err(read.refused(frozen, offset, why));
            }
        }
        let computed = (problem.reference)(&read.records, &read.keys, &read.params, Work::Full);
        let computed = computed.map_err(|error| match error.record {
            Some(record) => read.refused(frozen, record as usize, error.message),
            None => {
                trial::finished(frozen, Err(BatchError { record: None, ..error })).err().unwrap_or(Error::Bug)
            }
        })?;
        Ok((computed, read))
    }

    /// Makes of what was computed what is held against answers from outside.
    fn told<R>(&self, computed: Computed, read: &Read<R>) -> Result<Computed, Error> {
        let answer = match (computed.answer, computed.bounds) {
            (Answer::Table(mut table), _) => {
                table.restore_unit(read.scale);
                self.written(&table, &read.keys)?
            }
            // Nobody needs an answer that can be had: the bounds stand for it.
            (Answer::Decisions(_), Some(bounds)) => super::reference::table_of(bounds)?,
            (Answer::Decisions(_), None) => {
                return Err(Error::input(
                    "[reference] problem: it gave no bounds of what decisions can cost",
                ));
            }
        };
        let left_out = Count { name: "records left out", value: read.left_out };
        let counts = computed.counts.into_iter().chain((read.left_out > 0).then_some(left_out)).collect();
        Ok(Computed { answer: Answer::Table(answer), bounds: computed.bounds, counts })
    }

    /// Writes the columns that are wanted.
    fn written(&self, table: &Table, keys: &Keys) -> Result<Table, Error> {
        let all = || table.columns.iter().map(|column| (column.name.to_string(), column.name.to_string()));
        let wanted: Vec<(String, String)> = if self.select.is_empty() {
            all().collect()
        } else {
            self.select.iter().map(|(own, theirs)| (own.clone(), theirs.clone())).collect()
        };
        let columns = wanted.into_iter().filter_map(|(own, theirs)| {
            let at = table.columns.iter().position(|column| column.name == theirs)?;
            Some(self.column(table, at, keys).map(|fields| TableColumn::new(own, Cells::Written(fields))))
        });
        // Which of them name a row, the own problem says.
        Ok(Table::new(0, columns.collect::<Result<_, _>>()?))
    }

    fn column(&self, table: &Table, at: usize, keys: &Keys) -> Result<Written, Error> {
        let TableColumn { name, cells } = &table.columns[at];
        let is_time = name.ends_with(MILLISECONDS);
        let mut fields = Written::default();
        for row in 0..table.rows() {
            let time = match cells {
                Cells::Int(times) if is_time => Some(times[row]),
                Cells::Maybe(times) if is_time => times[row],
                _ => None,
            };
            let text = match time {
                None => Ok(table.text(at, row, keys)),
                Some(ms) => self.times.write(ms).map_err(|why| {
                    Error::input(format!("the reference {}: {name} {ms} can't be written: {why}", self.name))
                }),
            };
            fields.push(row, FieldKind::Untyped, &text?).map_err(Error::input)?;
        }
        Ok(fields)
    }
}

/// The records of a dataset as a problem takes them.
struct Read<R> {
    records: Vec<R>,
    keys: Keys,
    /// All of them.
    params: Params,
    /// Numbers of records are the source's times this.
    scale: u64,
    /// Records that can't be read, where these are left out.
    left_out: u64,
}

impl<R: Typed> Read<R> {
    /// Reads the lines of a dataset that was frozen for no problem.
    fn import(
        frozen: &Frozen,
        options: &ImportOptions,
        params: &Params,
        control: &Control,
    ) -> Result<Self, Error> {
        let go = || control.check().is_ok();
        let imported = datasets::import_frozen(frozen, options, &go);
        let Imported { instances, summary } = imported.map_err(in_experiments_words)?;
        let Some(instance) = instances.into_iter().next() else { return Err(Error::Bug) };
        let records = instance.typed_records();
        let Instance { keys, scale, parameters, .. } = instance;
        let capacity = parameters.get_key_value(CAPACITY).map(|(name, value)| (name.clone(), value.clone()));
        let params = Params(params.0.clone().into_iter().chain(capacity).collect());
        Ok(Self { records, keys, params, scale, left_out: summary.rejected.values().sum() })
    }
}

impl<R: Record> Read<R> {
    /// Reads a dataset of the problem's own records.
    fn frozen(frozen: &Frozen, params: &Params) -> Result<Self, Error> {
        let loaded = frozen.load::<R>()?;
        let (params, scale) = (params.clone(), frozen.manifest.scale);
        Ok(Self { records: loaded.records, keys: loaded.keys, params, scale, left_out: 0 })
    }

    /// Names a record that the problem can't take; among those that are left its place in the file isn't known.
    fn refused(&self, frozen: &Frozen, offset: usize, why: String) -> Error {
        if self.left_out == 0 { frozen.reject(offset as u64, why).into() } else { Error::input(why) }
    }
}

/// Speaks of the experiment's keys where an import speaks of flags.
fn in_experiments_words(error: datasets::Error) -> Error {
    let hint = error.hint().filter(|hint| !hint.contains("--"));
    match error {
        datasets::Error::Input { .. } => {
            Error::input(error.to_string()).with_hint(hint.unwrap_or_else(|| {
                "[reference] bad_rows = \"reject\" leaves such records out and counts them".to_owned()
            }))
        }
        datasets::Error::Usage { .. } => {
            let error = Error::usage(format!("[reference] problem: {error}"));
            match hint {
                Some(hint) => error.with_hint(hint),
                None => error,
            }
        }
        error => error.into(),
    }
}

/// Refuses what `[reference] problem` can't be.
fn wrong(what: &str, hint: &str) -> Error {
    Error::usage(format!("[reference] {what}")).with_hint(hint)
}

/// A capacity in the unit of the source, as an import takes it.
fn capacity(set: &BTreeMap<String, Value>) -> Option<String> {
    set.get(CAPACITY).map(ToString::to_string)
}
