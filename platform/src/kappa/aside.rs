//! The verdict on versions whose rows come when they like.
//!
//! Nobody can say of such a job that all its rows for the records so far have come. So each version is run once more, aside,
//! over these records and no others, and concludes there; that is held against the batch answer of the same records, as the
//! answers to the whole are at the end. What has come to be served by then is no evidence, but one thing: a candidate that
//! serves nothing at all while stable does keeps everything back until its input ends, and isn't switched to.

use std::time::{Duration, Instant};

use compare::{
    Pair, Role, RowDifference, Rules, ServedAnswers,
    architecture::{RowClasses, UpgradeVerdict},
    compare_answers, regressions, upgrade_verdict,
};
use datasets::{Answer, Record, Table};

use super::{drive::Upgrade, ground::Ground, parting::Parting};
use crate::{
    error::Error,
    problem::Computed,
    serving::{
        folder::work_folder,
        rows::paired,
        runner::{Failed, Runner},
        watching::Watching,
        worker::conclude,
    },
    trial::Given,
};

/// Rows that are under way are waited for so long before a switch, in real time; what has not come by then comes later.
const UNDER_WAY: Duration = Duration::from_secs(2);
const LOOKS: Duration = Duration::from_millis(10);
/// So many wrong rows are named.
const NAMED: usize = 3;

/// A verdict, and the first wrong rows in words.
type Judged = (UpgradeVerdict, String);

impl<R: Record> Ground<'_, R> {
    /// Returns whether the verdict rests on versions that are run aside. Rows of a problem of one's own are judged so, too,
    /// for they are compared by its rules.
    pub(super) fn is_asked_aside(&self) -> bool {
        self.trial.emits() || self.trial.problem.answers_are_rows()
    }

    /// Returns what looks for the record at which the two part; of rows that come when they like none can be named.
    pub(super) fn parting(&self) -> Option<Parting> {
        (!self.trial.emits()).then(Parting::default)
    }
}

impl<R: Record> Upgrade<'_, R> {
    /// Judges the candidate by what both conclude of the records so far; the error says why it is dropped at once.
    pub(super) fn judged_aside(
        &mut self,
        head: u64,
        watch: &mut Watching<'_, R>,
    ) -> Result<Result<Judged, String>, Error> {
        let mut concluded = Vec::new();
        for role in Role::BOTH {
            match (self.aside(role, head)?, role) {
                (Ok(given), _) => concluded.push(given),
                (Err(failed @ Failed::Log(_)), _) | (Err(failed), Role::Stable) => {
                    return Err(self.ground.failure(role, failed));
                }
                (Err(failed), Role::Candidate) => {
                    return Ok(Err(format!("run aside over the first {head} records, {failed}")));
                }
            }
        }
        let mut concluded = concluded.into_iter();
        let Some((stable, candidate)) = concluded.next().zip(concluded.next()) else {
            return Err(Error::Invalid("a version was not run".to_owned()));
        };
        let (mut verdict, first) = self.held(head, Pair { stable, candidate })?;
        if verdict.cannot_judge.is_none() && verdict.classes.pass > 0 {
            if let Err(why) = self.await_rows(head, watch)? {
                return Ok(Err(why));
            }
            verdict.cannot_judge = self.serves_nothing()?;
        }
        Ok(Ok((verdict, first)))
    }

    /// Runs a version that reads the first records, and no others; returns what it gives.
    fn aside(&self, role: Role, head: u64) -> Result<Result<Given, Failed>, Error> {
        let Ground { trial, patience, .. } = *self.ground;
        let runner = Runner::new(trial.make_aside(role), self.ground.source(self.log, 0, role)?);
        let patience = (!trial.jobs[role].is_process()).then_some(patience);
        match conclude(runner, head, patience, trial.work.control)? {
            Ok((concluded, decisions)) => trial.rows_given(concluded, &decisions).map(Ok),
            Err(failed) => Ok(Err(failed)),
        }
    }

    /// Holds what both concluded against the batch answer of the same records.
    fn held(&self, head: u64, mut versions: Pair<Given>) -> Result<Judged, Error> {
        let Ground { trial, arrivals, .. } = *self.ground;
        let folder = work_folder()?;
        let prefix = || arrivals.prefix(trial.frozen, head, folder.path());
        let reference = trial.reference_at(head as usize, &prefix)?;
        let is_known = reference.is_some();
        let mut reference = match reference {
            Some(reference) => reference,
            None => Computed {
                answer: Answer::Table(table(&versions.stable)?.clone()),
                bounds: None,
                counts: Vec::new(),
            },
        };
        trial.align(&mut reference, &mut versions)?;
        let Answer::Table(truth) = &reference.answer else {
            return Err(Error::Invalid("the batch answer is no table".to_owned()));
        };
        let tables = Pair { stable: table(&versions.stable)?, candidate: table(&versions.candidate)? };
        let rules = trial.plan.comparing.as_ref().map_or(Rules::EXACT, |comparing| &comparing.rules);
        let keys = &trial.loaded.keys;
        let wrong = tables.map(|table| compare_answers(truth, table, keys, rules));
        let worse = regressions(truth, tables.stable, tables.candidate, keys, rules);
        let changed = compare_answers(tables.stable, tables.candidate, keys, rules).rows;
        let seen = ServedAnswers::Table {
            rows: truth.rows() as u64,
            wrong: is_known.then(|| wrong.as_ref().map(|found| found.rows.rows())),
            worse: &worse,
            changed: changed.rows(),
        };
        let alike = (tables.stable.rows() as u64).saturating_sub(changed.missing + changed.changed);
        let classes = RowClasses { pass: alike, fail: changed.rows(), ..RowClasses::default() };
        let cannot_judge = match (is_known, changed.rows()) {
            (false, 1..) => Some(format!(
                "{} rows differ from stable's, and nobody says which are right: the reference is the answer to the whole log",
                changed.rows()
            )),
            _ if classes.pass + classes.fail == 0 => Some("neither gives a row to these records".to_owned()),
            _ => None,
        };
        let first = wrong.candidate.examples.into_iter().take(NAMED).map(|row| told(&row.into()));
        let verdict = UpgradeVerdict {
            revision: self.ground.revision(),
            from: 0,
            to: head,
            classes,
            replay_differs: None,
            cannot_judge,
            verdict: upgrade_verdict(&trial.plan.limits, &seen),
        };
        Ok((verdict, first.collect::<Vec<_>>().join("; ")))
    }

    /// Waits for rows that stable serves and the candidate doesn't yet, so that a switch takes few away; the error says why
    /// the candidate is dropped.
    fn await_rows(&mut self, head: u64, watch: &mut Watching<'_, R>) -> Result<Result<(), String>, Error> {
        let began = Instant::now();
        while self.under_way()? > 0 && began.elapsed() < UNDER_WAY {
            self.ground.trial.work.control.check()?;
            std::thread::sleep(LOOKS);
            let Some(candidate) = &self.candidate else { return Ok(Ok(())) };
            candidate.job.advance(head);
            let (before, deployment) = (candidate.position, candidate.deployment);
            match candidate.job.answer() {
                Ok(advanced) => self.write(Role::Candidate, deployment, (&advanced, before), watch)?,
                Err(failed) => return Ok(Err(failed.to_string())),
            }
        }
        self.account.under_way = Some(self.under_way()?);
        Ok(Ok(()))
    }

    fn under_way(&self) -> Result<u64, Error> {
        let (views, mut missing) = (self.views()?, 0);
        paired(&views.stable, &views.candidate, |_, _, candidate| missing += u64::from(candidate.is_none()));
        Ok(missing)
    }

    fn serves_nothing(&self) -> Result<Option<String>, Error> {
        let views = self.views()?;
        let is_empty = views.candidate.is_empty() && !views.stable.is_empty();
        Ok(is_empty.then(|| {
            "the candidate has given no row yet, though it gives some when its input ends; \
             flush stdout after each row, and give rows before the end"
                .to_owned()
        }))
    }
}

fn table(given: &Given) -> Result<&Table, Error> {
    match given {
        Given::Table(concluded) => Ok(&concluded.table),
        Given::Decisions(_) => Err(Error::Invalid("an answer is no table".to_owned())),
    }
}

/// A row of the candidate's that is wrong, in words.
fn told(difference: &RowDifference) -> String {
    let shown = |key: &[String]| datasets::short_name(&key.join(","));
    match difference {
        RowDifference::Missing { key, .. } => format!("row '{}' is missing", shown(key)),
        RowDifference::Extra { key, .. } | RowDifference::Superseded { key, .. } => {
            format!("row '{}' is one too many", shown(key))
        }
        RowDifference::Changed { key, column, left, right, .. } => {
            let [right, left] = [right, left].map(|value| datasets::short_name(value));
            format!("row '{}' has {} {right}, not {left}", shown(key), datasets::short_name(column))
        }
    }
}
