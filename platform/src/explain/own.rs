//! Explains answers to a problem of one's own whose reference is a problem of the catalogue.

use std::collections::BTreeMap;

use compare::ExplanationResult;
use datasets::{Cells, Keys, Table, TableColumn, Typed};
use explain::Asked;

use super::{
    Explain,
    declared::{self, Tried},
    no_rules, no_table,
    subject::{Kept, Subject, asked, delays, typed_answer, with_left_out},
};
use crate::{
    erased::AnyProblem,
    error::Error,
    events::Step,
    own::{Catalogued, Comparing, Understood},
    problem::Problem,
};

/// Looks for what explains an answer, whose columns are made those of the catalogue's problem.
pub(super) fn explained(
    explain: &Explain<'_>,
    catalogued: &Catalogued,
    comparing: &Comparing,
) -> Result<Option<ExplanationResult>, Error> {
    let own = Own { explain, catalogued, comparing };
    match catalogued.problem() {
        AnyProblem::Events(problem) => own.of(problem),
        AnyProblem::Deliveries(problem) => own.of(problem),
        AnyProblem::Sides(problem) => own.of(problem),
        AnyProblem::Items(_) | AnyProblem::Requests(_) | AnyProblem::Lines(_) => {
            Err(no_table(catalogued.problem().info().name))
        }
    }
}

struct Own<'a> {
    explain: &'a Explain<'a>,
    catalogued: &'a Catalogued,
    comparing: &'a Comparing,
}

impl Own<'_> {
    fn of<R: Typed>(&self, problem: &'static Problem<R>) -> Result<Option<ExplanationResult>, Error> {
        let Self { explain, catalogued, comparing } = *self;
        let Explain { resolved, role, work, .. } = *explain;
        let name = problem.entry.name;
        let asked = asked(name, catalogued.params()).ok_or_else(|| no_rules(name))?;
        work.begin(Step::Reference);
        let understood = catalogued.understood(problem, &resolved.frozen, work.control)?;
        let Understood { records, mut keys, scale, reference } = understood.ok_or_else(|| no_table(name))?;
        work.control.check()?;
        let records = Kept::of(&records).ok_or_else(|| no_rules(name))?;
        let mut read = |table: &Table, whose: String| {
            self.typed(table, &reference, &mut keys, scale)
                .and_then(|table| filled(table, &reference, asked, &keys))
                .map_err(|why| Error::input(format!("{whose}: {why}")))
        };
        let answer = read(explain.answer, format!("{role}'s answer"))?;
        let kept = read(explain.reference, "the kept reference".to_owned())?;
        let reference = like(&reference, |name| answer.columns.iter().any(|column| column.name == name));
        let answer = with_left_out(answer, [&reference, &kept], &keys);
        let subject = Subject {
            asked,
            records,
            // Records of one's own problem are lines, whose micro-batches are the job's own.
            ends: Vec::new(),
            keys,
            scale,
            delays_ms: [delays(catalogued.params()), delays(&resolved.plan.params)].concat(),
            role,
            reference,
        };
        let called = |column: &str| {
            // A condition compares milliseconds.
            let is_told = !column.ends_with("_ms") || catalogued.tells_ms();
            is_told.then(|| catalogued.called(column, &comparing.rename))?
        };
        let tried = Tried {
            reference: explain.reference,
            answer: explain.answer,
            keys: &Keys::default(),
            comparing: &Comparing { rename: BTreeMap::new(), ..comparing.clone() },
            called: &called,
            parameters: &["reference", "parameters"],
        };
        subject.explanation(&answer, &|words| declared::of(words, &tried))
    }

    fn typed(&self, table: &Table, reference: &Table, keys: &mut Keys, scale: u64) -> Result<Table, String> {
        let back = self.catalogued.back(table, reference, &self.comparing.rename)?;
        let like = like(reference, |name| back.columns.iter().any(|column| column.name == name));
        typed_answer(&back, &like, keys, scale)
    }
}

/// A table with some of its columns.
fn like(table: &Table, has: impl Fn(&str) -> bool) -> Table {
    let named = &table.columns[..table.key_columns];
    let key_columns = named.iter().filter(|column| has(&column.name)).count();
    let columns = table.columns.iter().filter(|column| has(&column.name)).cloned().collect();
    let mut some = Table::new(key_columns, columns);
    some.restore_unit(scale_of(table));
    some
}

fn scale_of(table: &Table) -> u64 {
    (0..table.columns.len()).map(|column| table.scale_of(column)).max().unwrap_or(1)
}

/// Fills columns in that name rows and weren't selected, where they follow from the others.
fn filled(mut table: Table, reference: &Table, asked: Asked, keys: &Keys) -> Result<Table, String> {
    for (at, wanted) in reference.columns[..reference.key_columns].iter().enumerate() {
        if table.columns.iter().any(|column| column.name == wanted.name) {
            continue;
        }
        let rows = table.rows();
        let size = match asked {
            Asked::Tumbling { size_ms } | Asked::Sliding { size_ms, .. } => Some(size_ms),
            Asked::Sessions { .. } | Asked::Totals | Asked::AsOf | Asked::Within { .. } => None,
        };
        let other = |name: &str, by: i64| {
            let column = table.columns.iter().find(|column| column.name == name)?;
            let Cells::Int(times) = &column.cells else { return None };
            Some(Cells::Int(times.iter().map(|time| time.saturating_add(by)).collect()))
        };
        let cells = match (&*wanted.name, size) {
            ("window_start_ms", Some(size)) => other("window_end_ms", -size),
            ("window_end_ms", Some(size)) => other("window_start_ms", size),
            ("key", _) if keys.len() == 1 => Some(Cells::Text(vec![0; rows])),
            _ => None,
        };
        let Some(cells) = cells else {
            return Err(format!(
                "{} isn't among the columns that [reference] select names, and rules can't be told apart without it",
                wanted.name
            ));
        };
        table.columns.insert(at, TableColumn::new(wanted.name.clone(), cells));
        table.key_columns += 1;
    }
    Ok(table)
}
