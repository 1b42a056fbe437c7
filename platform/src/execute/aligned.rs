//! Answers that come from outside, made tables of one shape before they are held against each other.

use compare::{ExpectedResult, Pair, Role, number_order};
use datasets::{Answer, Cells, Record, Table};

use crate::{
    error::Error,
    own::{Side, Source, align, excuse, field, known, leave_out},
    problem::Computed,
    trial::{Given, Trial},
};

/// Describes what was left out of the comparison, and why.
#[derive(Debug, Default)]
pub(crate) struct LeftOut {
    /// Rows that the experiment expects to differ.
    pub(crate) expected: Vec<ExpectedResult>,
    /// Rows of the reference that a version never gave out, since its time didn't come that far.
    pub(crate) not_emitted: Pair<u64>,
}

impl<R: Record> Trial<'_, R> {
    /// Makes tables of one shape of the answers, where any of them comes from outside or rows are expected to differ.
    /// `versions` are in the unit of the source.
    pub(crate) fn align(
        &self,
        reference: &mut Computed,
        versions: &mut Pair<Given>,
    ) -> Result<LeftOut, Error> {
        let Some(comparing) = &self.plan.comparing else { return Ok(LeftOut::default()) };
        let (Answer::Table(truth), Pair { stable: Given::Table(stable), candidate: Given::Table(candidate) }) =
            (&mut reference.answer, versions)
        else {
            return Ok(LeftOut::default());
        };
        let is_typed = [&*truth, &stable.table, &candidate.table].iter().all(|table| !is_written(table));
        if is_typed && self.plan.expected.is_empty() {
            return Ok(LeftOut::default());
        }
        let side = |whose, table, scale| Side { whose, table, scale, is_asked: false };
        let is_asked = self.plan.truth.as_ref().is_some_and(Source::is_asked);
        let scale = self.plan.scale;
        let mut tables = align(
            [
                Side { is_asked, ..side("the reference", truth, 1) },
                side("stable's answer", &stable.table, scale),
                side("the candidate's answer", &candidate.table, scale),
            ],
            &self.loaded.keys,
            comparing,
        )?;
        let mut not_emitted = Pair::default();
        for role in Role::BOTH {
            let Some(attach) = &self.plan.jobs[role].command else { continue };
            let at = 1 + role as usize;
            if let Some(filter) = &attach.leave_out {
                leave_out(&mut tables[at], filter)?;
            }
            if let Some(column) = &attach.keys.unclosed {
                not_emitted[role] = close(&mut tables, at, column)?;
            }
        }
        let today = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date();
        let expected = excuse(&mut tables, &comparing.rules, &self.plan.expected, today)?;
        let [of_truth, of_stable, of_candidate] = tables;
        (*truth, stable.table, candidate.table) = (of_truth, of_stable, of_candidate);
        Ok(LeftOut { expected, not_emitted })
    }
}

fn is_written(table: &Table) -> bool {
    table.columns.iter().any(|column| matches!(column.cells, Cells::Written(_)))
}

/// Takes the rows out of all tables that lie above everything which the table at `at` has in this column; returns how many
/// of the reference's they are.
fn close(tables: &mut [Table; 3], at: usize, column: &str) -> Result<u64, Error> {
    known(&tables[at], "unclosed", column)?;
    let order = |a: &str, b: &str| number_order(a, b).unwrap_or_else(|| a.cmp(b));
    let own = &tables[at];
    let texts = (0..own.rows()).filter_map(|row| field(own, column, row));
    let last = texts.max_by(|a, b| order(a, b)).map(str::to_owned);
    let is_given = |table: &Table, row: u32| {
        let own = field(table, column, row as usize);
        own.zip(last.as_deref()).is_some_and(|(own, last)| order(own, last).is_le())
    };
    let before = tables[0].rows();
    for table in &mut *tables {
        let rows: Vec<u32> = (0..table.rows() as u32).filter(|&row| is_given(table, row)).collect();
        if rows.len() < table.rows() {
            *table = table.picked(&rows);
        }
    }
    Ok((before - tables[0].rows()) as u64)
}
