//! The verdict on a candidate: what both serve, held against the batch answer of the same records.

use compare::{
    Pair, Rules, ServedAnswers, Verdict,
    architecture::{RowClasses, UpgradeVerdict},
    compare_answers, regressions, upgrade_verdict,
};
use datasets::{Answer, Cells, Record, Table};

use crate::{
    error::Error,
    problem::Work,
    serving::{
        rows::{Shape, paired},
        store::Row,
    },
    trial::Trial,
};

/// The column in which rows say when they are complete.
const END: &str = "window_end_ms";

/// Describes what both serve when the candidate is judged.
pub(super) struct Served<'a> {
    pub(super) shape: &'a Shape,
    pub(super) rows: Pair<Vec<Row>>,
    /// Describes what a candidate serves that has read the log from its beginning, where this one has not.
    pub(super) replayed: Option<Vec<Row>>,
    /// The keys that the candidate took over with stable's state, sorted.
    pub(super) taken_over: &'a [Vec<u8>],
    /// Describes what is complete in the one whose event time has come less far.
    pub(super) complete_to_ms: Option<i64>,
    /// Records that both have read.
    pub(super) records: u64,
}

impl Served<'_> {
    /// Judges the candidate of this revision by records from `from` on.
    pub(super) fn judge<R: Record>(
        &self,
        trial: &Trial<'_, R>,
        revision: String,
        from: u64,
    ) -> Result<UpgradeVerdict, Error> {
        let (classes, verdict) = match self.shape {
            Shape::Table(_) => self.tables(trial)?,
            Shape::Decisions | Shape::Written(_) => self.decisions(trial)?,
        };
        let judged = classes.pass + classes.fail;
        let cannot_judge = (judged == 0).then(|| {
            "no row is answered for by both, of which either has computed anything itself".to_owned()
        });
        let replay_differs = self.replayed.as_deref().map(|rows| {
            let mut differs = 0;
            paired(rows, &self.rows.candidate, |_, before, after| differs += u64::from(before != after));
            differs
        });
        Ok(UpgradeVerdict {
            revision,
            from,
            to: self.records,
            classes,
            replay_differs,
            cannot_judge,
            verdict,
        })
    }

    fn tables<R: Record>(&self, trial: &Trial<'_, R>) -> Result<(RowClasses, Verdict), Error> {
        let keys = &trial.loaded.keys;
        let read = |rows: &[Row]| self.shape.table(rows, keys).map_err(Error::Invalid);
        let (stable, candidate) = (read(&self.rows.stable)?, read(&self.rows.candidate)?);
        let records = &trial.arranged.records[..self.records as usize];
        let computed = (trial.problem.reference)(records, keys, &trial.plan.params, Work::Full)
            .map_err(|error| Error::input(error.message))?;
        let Answer::Table(reference) = computed.answer else {
            return Err(Error::Invalid("the batch answer is no table".to_owned()));
        };
        let is_windowed = end(&reference).is_some();
        let [reference, stable, candidate] = [reference, stable, candidate].map(|table| self.complete(table));
        let wrong = |table: &Table| compare_answers(&reference, table, keys, Rules::EXACT).rows.rows();
        let wrong = is_windowed.then(|| Pair { stable: wrong(&stable), candidate: wrong(&candidate) });
        let worse = regressions(&reference, &stable, &candidate, keys, Rules::EXACT);
        let changed = compare_answers(&stable, &candidate, keys, Rules::EXACT).rows.rows();
        let rows = reference.rows() as u64;
        let seen = ServedAnswers::Table { rows, wrong, worse: &worse, changed };
        Ok((self.classes(keys)?, upgrade_verdict(&trial.plan.limits, &seen)))
    }

    fn decisions<R: Record>(&self, trial: &Trial<'_, R>) -> Result<(RowClasses, Verdict), Error> {
        let Some(decided) = trial.problem.decided() else {
            return Err(Error::Invalid("the answer is no list of decisions".to_owned()));
        };
        let records = &trial.arranged.records[..self.records as usize];
        let checked = Pair::try_of(|role| {
            trial.check_of(decided, records, &decisions(&self.rows[role], records.len()))
        })?;
        let classes = self.classes(&trial.loaded.keys)?;
        let bounds = trial.bounds_of(records);
        let seen = ServedAnswers::Decisions {
            objective: &trial.problem.objective,
            bounds,
            costs: checked.as_ref().map(|checked| checked.cost),
            wrong: checked.as_ref().map(|checked| checked.divergence.rows()),
            changed: classes.fail,
            records: self.records,
        };
        Ok((classes, upgrade_verdict(&trial.plan.limits, &seen)))
    }

    /// The rows that are complete by the event time of both; all where rows don't say.
    fn complete(&self, table: Table) -> Table {
        let Some(ends) = end(&table) else { return table };
        let to = self.complete_to_ms.unwrap_or(i64::MIN);
        let rows: Vec<u32> = (0..table.rows() as u32).filter(|&row| ends[row as usize] <= to).collect();
        if rows.len() == table.rows() { table.clone() } else { table.picked(&rows) }
    }

    fn classes(&self, keys: &datasets::Keys) -> Result<RowClasses, Error> {
        let is_complete = |rows: &[Row]| -> Result<Vec<bool>, Error> {
            let Shape::Table(_) = self.shape else { return Ok(vec![true; rows.len()]) };
            let table = self.shape.table(rows, keys).map_err(Error::Invalid)?;
            let to = self.complete_to_ms.unwrap_or(i64::MIN);
            Ok(end(&table)
                .map_or_else(|| vec![true; rows.len()], |ends| ends.iter().map(|&end| end <= to).collect()))
        };
        let [stable, candidate] = [is_complete(&self.rows.stable)?, is_complete(&self.rows.candidate)?];
        let (mut stable, mut candidate) = (stable.into_iter(), candidate.into_iter());
        let mut classes = RowClasses::default();
        paired(&self.rows.stable, &self.rows.candidate, |key, before, after| {
            let complete = [before.and_then(|_| stable.next()), after.and_then(|_| candidate.next())];
            let is_taken_over = self.taken_over.binary_search_by(|taken| taken.as_slice().cmp(key)).is_ok();
            if complete.contains(&Some(false)) {
                classes.skipped += 1;
            } else if before == after && is_taken_over {
                classes.warm_up += 1;
            } else if before == after {
                classes.pass += 1;
            } else {
                classes.fail += 1;
            }
        });
        Ok(classes)
    }
}

fn end(table: &Table) -> Option<Vec<i64>> {
    table.columns.iter().find(|column| column.name == END).and_then(|column| match &column.cells {
        Cells::Int(ends) => Some(ends.clone()),
        _ => None,
    })
}

/// The decisions on the first `records`, in the order of arrival.
fn decisions(rows: &[Row], records: usize) -> Vec<u32> {
    let mut decisions = vec![datasets::NO_DECISION; records];
    for (key, value) in rows {
        let record = <[u8; 8]>::try_from(key.as_slice()).map(u64::from_be_bytes);
        let decision = <[u8; 4]>::try_from(value.as_slice()).map(u32::from_be_bytes);
        if let (Ok(record), Ok(decision)) = (record, decision)
            && let Some(place) = decisions.get_mut(record as usize)
        {
            *place = decision;
        }
    }
    decisions
}
