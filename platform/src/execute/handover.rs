//! Tells of a version that took over from an earlier job.

use std::collections::BTreeSet;

use compare::{HandOverResult, HandedState, Role, VersionResult, Windowed};
use datasets::{Answer, Keys, Record, Table};
use replay::link::{Emitted, HandOver};

use super::judge::rules;
use crate::{
    error::Error,
    topics_section::HandOverSection,
    trial::{Given, Trial},
};

/// Holds what was seen of a hand-over before the answers were made tables of one shape.
#[derive(Debug)]
pub(super) struct HandOverSeen {
    rows: u64,
    rows_before: u64,
    again: u64,
    /// The keys of the rows that stand as the earlier job gave them out.
    before: BTreeSet<Vec<String>>,
}

impl HandOverSeen {
    /// Returns what was seen, where there was a hand-over.
    pub(super) fn of(emitted: Option<&Emitted>, given: &Given, keys: &Keys) -> Option<Self> {
        let emitted = emitted?;
        let (handed_over, Given::Table(concluded)) = (emitted.handed_over.as_ref()?, given) else {
            return None;
        };
        let behind: BTreeSet<u32> = handed_over.behind.iter().copied().collect();
        let before = (0..concluded.table.rows() as u32).filter(|row| !behind.contains(row));
        Some(Self {
            rows: emitted.rows + emitted.rows_after_close,
            rows_before: handed_over.rows,
            again: handed_over.again,
            before: before.map(|row| key(&concluded.table, row as usize, keys)).collect(),
        })
    }
}

fn key(table: &Table, row: usize, keys: &Keys) -> Vec<String> {
    (0..table.key_columns).map(|column| table.text(column, row, keys)).collect()
}

/// Has a version tell of its hand-over, if there was one; the answers are tables of one shape.
pub(super) fn tell<R: Record>(
    trial: &Trial<'_, R>,
    role: Role,
    version: &mut VersionResult,
    seen: Option<&HandOverSeen>,
    answers: (&Answer, &Given),
) -> Result<(), Error> {
    if let (Some(table), Some(seen)) = (version.table_mut(), seen) {
        table.handover = judged(trial, role, seen, answers)?.map(Box::new);
    }
    Ok(())
}

/// Returns what is told of a version's hand-over; the answers are tables of one shape.
fn judged<R: Record>(
    trial: &Trial<'_, R>,
    role: Role,
    seen: &HandOverSeen,
    (reference, given): (&Answer, &Given),
) -> Result<Option<HandOverResult>, Error> {
    let handover = trial.plan.topics[role].as_ref().and_then(|(_, job)| job.handover.as_ref());
    let (Some(handover), Answer::Table(reference), Given::Table(concluded)) = (handover, reference, given)
    else {
        return Ok(None);
    };
    let (answer, keys) = (&concluded.table, &trial.loaded.keys);
    let mut result = HandOverResult {
        at: handover.at,
        state: if handover.carries_state { HandedState::Carried } else { HandedState::Lost },
        rows_before: seen.rows_before,
        rows_after: seen.rows - seen.rows_before,
        again: seen.again,
        windows: None,
        strange: Vec::new(),
    };
    if let Some(bounds) = bounds(trial, role, answer)? {
        let windowed = Windowed { reference, answer, keys, rules: rules(trial.plan), bounds };
        result.windows = times(trial, handover).and_then(|[before, after]| windowed.sides([&before, &after]));
        let is_before: Vec<bool> =
            (0..answer.rows()).map(|row| seen.before.contains(&key(answer, row, keys))).collect();
        result.strange = windowed.strange(|row| is_before[row]);
    }
    Ok(Some(result))
}

/// The columns of windows, where the answer has them.
fn bounds<R: Record>(trial: &Trial<'_, R>, role: Role, answer: &Table) -> Result<Option<[usize; 2]>, Error> {
    let attach = trial.plan.jobs[role].command.as_ref();
    let section = attach.and_then(|attach| attach.keys.kafka.as_ref()?.handover.as_ref());
    let Some((names, is_named)) = section.map(HandOverSection::window) else { return Ok(None) };
    let place = |name: &str| answer.columns.iter().position(|column| column.name == name);
    let [Some(start), Some(end)] = names.map(place) else {
        if !is_named {
            return Ok(None);
        }
        let found: Vec<&str> = answer.columns.iter().map(|column| &*column.name).collect();
        return Err(Error::usage(format!(
            "[{role}] kafka.handover.window: the answer has no columns '{}' and '{}'",
            datasets::short_name(names[0]),
            datasets::short_name(names[1])
        ))
        .with_hint(format!("its columns are {}", datasets::shown(&found.join(", ")))));
    };
    Ok(Some([start, end]))
}

/// When the records happened that the earlier job was sent, and the others, each ascending; nothing where they don't say.
fn times<R: Record>(trial: &Trial<'_, R>, handover: &HandOver) -> Option<[Vec<i64>; 2]> {
    let records = &trial.arranged.records;
    let (before, after) = records.split_at(records.len().min(handover.at as usize));
    let times = |records: &[R]| -> Option<Vec<i64>> {
        let mut times = records.iter().map(Record::event_time_ms).collect::<Option<Vec<i64>>>()?;
        times.sort_unstable();
        Some(times)
    };
    Some([times(before)?, times(after)?])
}
