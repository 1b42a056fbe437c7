//! Tells of a run whose rows differ which rule explains them, as `counterpoint explain` tells of its folder.

use std::path::Path;

use compare::{ExplanationResult, Role};
use datasets::{Answer, Keys, Table, TableFormat};

use super::Explain;
use crate::{
    error::Error,
    events::{Nobody, Step, Working},
    execute::{Answers, FinishedRun},
    experiment::Resolved,
    own::Source,
    trial::Given,
};

/// A run of more records, or of more rows, explains nothing by itself: each rule that is tried is a batch run.
const MOST_RECORDS: usize = 200_000;

/// Adds to each version whose table differs from a reference of the catalogue why it does. An explanation that fails is none, and
/// no failure of the run; only a run that is stopped ends here.
pub fn add_explanations(
    resolved: &Resolved,
    finished: &mut FinishedRun,
    work: &Working<'_>,
) -> Result<(), Error> {
    if !is_asked_for(resolved) {
        return Ok(());
    }
    let mut has_begun = false;
    for role in Role::BOTH {
        if !differs(finished, role) {
            continue;
        }
        if !has_begun {
            work.begin(Step::Explaining);
            has_begun = true;
        }
        let found = explained(resolved, role, &finished.answers, work);
        work.control.check()?;
        let FinishedRun { results, .. } = finished;
        let version = match role {
            Role::Stable => &mut results.stable,
            Role::Candidate => &mut results.candidate,
        };
        version.explanation = found.map(Box::new);
    }
    Ok(())
}

/// Says whether rules can be meant: the rows follow from the records alone, and the truth from the catalogue.
fn is_asked_for(Resolved { frozen, plan, .. }: &Resolved) -> bool {
    let is_known = plan.truth.as_ref().is_none_or(|truth| matches!(truth, Source::Catalogue(_)));
    is_known
        && plan.architecture.is_none()
        && plan.recovery.is_none()
        && frozen.records() <= MOST_RECORDS as u64
}

/// A version whose own second run differs has no rows that a rule could speak of.
fn differs(finished: &FinishedRun, role: Role) -> bool {
    let Some(tables) = finished.results.tables() else { return false };
    let side = match role {
        Role::Stable => tables.stable,
        Role::Candidate => tables.candidate,
    };
    side.table.divergence.differing() > 0 && side.table.unsteady == 0
}

fn explained(
    resolved: &Resolved,
    role: Role,
    answers: &Answers,
    work: &Working<'_>,
) -> Option<ExplanationResult> {
    let (Answer::Table(reference), Given::Table(concluded)) = (&answers.reference, &answers.versions[role])
    else {
        return None;
    };
    let answer = as_kept(&concluded.table, &answers.keys)?;
    let reference = as_kept(reference, &answers.keys)?;
    let work = Working { control: work.control, listener: &Nobody };
    Explain { resolved, role, answer: &answer, reference: &reference, work: &work }.run().ok()?
}

/// Reads a table as it will stand in the run's folder, so that the folder's explanation is the run's own.
fn as_kept(table: &Table, keys: &Keys) -> Option<Table> {
    if table.rows() > MOST_RECORDS {
        return None;
    }
    let mut lines = Vec::new();
    table.write_header(&mut lines);
    (0..table.rows()).for_each(|row| table.write_row(row, keys, &mut lines));
    let read = datasets::read_table_text(Path::new("answer.csv"), &lines, TableFormat::Csv, &|| true);
    Some(read.ok()?.table)
}
