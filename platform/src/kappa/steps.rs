//! The steps of an upgrade: when each is due, and what it does.

use compare::{Outcome, Pair, Role, architecture::Changelog};
use datasets::Record;
use store::serving::Deployment;

use super::{
    account::changelog,
    drive::{Side, Upgrade, records},
    ground::Ground,
    protocol::{Control, State},
    revision::verdict_hash,
};
use crate::{
    architecture_sections::Start,
    error::Error,
    serving::{runner::Runner, store::Row, trouble, watching::Watching, worker::Worker},
};

impl<R: Record> Upgrade<'_, R> {
    /// Takes whatever step is due now.
    pub(super) fn move_on(&mut self, head: u64, watch: &mut Watching<'_, R>) -> Result<(), Error> {
        let Ground { timeline, choice, .. } = *self.ground;
        match self.control.state {
            State::Idle if head >= timeline.after(0, choice.start_at) => self.start(head),
            State::Dropped if self.control.begins_again => self.start(head),
            State::CatchingUp => self.catch_up(head),
            State::Probation => {
                let arrived = self.account.arrived_at.unwrap_or(head);
                if head >= timeline.after(arrived, choice.probation) {
                    self.judge(head, watch)
                } else {
                    Ok(())
                }
            }
            State::Committed => {
                let switched = self.account.switched_at.unwrap_or(head);
                match choice.rollback_at {
                    Some(at) if head >= timeline.after(0, at) => {
                        self.roll_back(head, "as the experiment asks", watch)
                    }
                    None if head >= timeline.after(switched, choice.keep_old) => self.retire(head),
                    // Stable is kept for going back, be it longer than `keep_old`.
                    Some(_) | None => Ok(()),
                }
            }
            _ => Ok(()),
        }
    }

    fn start(&mut self, head: u64) -> Result<(), Error> {
        let deployment = self.store.deploy(Role::Candidate.name()).map_err(trouble)?;
        let begun = self.control.begin(self.ground.revision(), deployment.id(), head);
        let begun = begun.map_err(|refusal| Error::Invalid(refusal.to_string()))?;
        let from = self.ground.choice.start;
        let cause = match from {
            Start::Beginning => format!("the log holds {}; it reads them from the first on", records(head)),
            Start::State => format!("the log holds {}; it goes on from stable's state", records(head)),
        };
        self.account.started_at = Some(head);
        self.step(begun, cause, head, None)?;
        let runner = match from {
            Start::Beginning => Ok(Runner::new(
                self.ground.trial.make_apart(Role::Candidate),
                self.ground.source(self.log, 0, Role::Candidate)?,
            )),
            Start::State => self.with_state(head, deployment)?,
        };
        match runner {
            Ok(runner) => {
                let position = runner.position();
                let job = Worker::new(runner, self.ground.patience);
                self.candidate = Some(Side { job, deployment, complete_to_ms: None, position });
                let next = self.next(State::CatchingUp)?;
                let lag = head - position;
                let cause = format!("it is {} behind", records(lag));
                self.step(next, cause, head, None)?;
                self.catch_up(head)
            }
            Err(why) => self.drop_candidate(head, format!("it can't begin from stable's state: {why}")),
        }
    }

    /// A candidate with stable's state, in whose key space stand the rows that stable has served.
    fn with_state(&mut self, head: u64, deployment: Deployment) -> Result<Result<Runner<R>, String>, Error> {
        let Some(stable) = &mut self.stable else { return Ok(Err("stable is gone".to_owned())) };
        let Some(state) = stable.job.state() else {
            return Ok(Err("stable has no state that can be taken over".to_owned()));
        };
        let from = stable.deployment;
        self.taken_over = self.store.all(from).map_err(trouble)?.into_iter().map(|(key, _)| key).collect();
        let written = self.store.copy(from, deployment, head).map_err(trouble)?;
        let work = &mut self.account.work.candidate;
        work.state_bytes = state.len() as u64;
        work.wrote(written.rows, written.bytes);
        let source = self.ground.source(self.log, head, Role::Candidate)?;
        Ok(Runner::from_state(self.ground.trial.make_apart(Role::Candidate), source, &state))
    }

    fn catch_up(&mut self, head: u64) -> Result<(), Error> {
        let Some(candidate) = &self.candidate else { return Ok(()) };
        let lag = head - candidate.position;
        let cap = self.ground.cap_per_ms();
        self.account.note_lag(self.ground.timeline, head, lag);
        if lag == 0 {
            self.account.arrived_at = Some(head);
            let next = self.next(State::Probation)?;
            return self.step(next, "it has read as far as stable".to_owned(), head, None);
        }
        if self.account.estimate(self.ground.timeline, head, lag, cap) {
            let rate =
                self.ground.timeline.until(head).len() as f64 / self.ground.timeline.at(head).max(1) as f64;
            let why = format!(
                "it never catches up: it reads {:.1} records a second, {:.1} come in, and it is {lag} behind",
                cap * 1e3,
                rate * 1e3
            );
            return self.drop_candidate(head, why);
        }
        Ok(())
    }

    pub(super) fn views(&self) -> Result<Pair<Vec<Row>>, Error> {
        let rows = |deployment: Option<Deployment>| match deployment {
            Some(deployment) => self.store.all(deployment).map_err(trouble),
            None => Ok(Vec::new()),
        };
        Ok(Pair {
            stable: rows(self.stable.as_ref().map(|side| side.deployment))?,
            candidate: rows(self.candidate.as_ref().map(|side| side.deployment))?,
        })
    }

    fn judge(&mut self, head: u64, watch: &mut Watching<'_, R>) -> Result<(), Error> {
        let judged = if self.ground.is_asked_aside() {
            self.judged_aside(head, watch)?
        } else {
            self.judged_as_served(head)?
        };
        let (verdict, first) = match judged {
            Ok(judged) => judged,
            Err(why) => return self.drop_candidate(head, why),
        };
        let hash = verdict_hash(&verdict);
        let outcome =
            if verdict.cannot_judge.is_some() { Outcome::Inconclusive } else { verdict.verdict.outcome };
        let failed: Vec<String> = verdict
            .verdict
            .checks
            .iter()
            .filter(|check| check.outcome != Outcome::Pass)
            .map(|check| format!("{}: {}", check.name, check.note))
            .collect();
        let why = verdict
            .cannot_judge
            .clone()
            .map_or_else(|| failed.join("; "), |why| format!("can't judge: {why}"));
        let why = [why, first].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("; ");
        let revision = verdict.revision.clone();
        let passes = verdict.classes.pass;
        self.account.verdict = Some(verdict);
        if outcome != Outcome::Pass {
            self.account.is_undecided = outcome == Outcome::Inconclusive;
            return self.drop_candidate(head, why);
        }
        let judged =
            self.control.judged(&revision, hash).map_err(|refusal| Error::Invalid(refusal.to_string()))?;
        self.step(judged, format!("the gate passes it: {passes} rows alike"), head, None)?;
        self.switch(head, watch)
    }

    /// Makes the candidate serve: what is announced, and then the one record that nothing goes back behind.
    fn switch(&mut self, head: u64, watch: &mut Watching<'_, R>) -> Result<(), Error> {
        let rows = self.views()?;
        let Some(candidate) = &self.candidate else { return Ok(()) };
        let (deployment, complete_to_ms) = (candidate.deployment, candidate.complete_to_ms);
        let next = self.next(State::Committing)?;
        self.step(next, format!("the switch is made at record {head}"), head, None)?;
        let seen = changelog(&rows.stable, &rows.candidate);
        let committed =
            self.control.committed(head).map_err(|refusal| Error::Invalid(refusal.to_string()))?;
        self.step(committed, self.seen("subscribers see", &seen), head, Some(deployment))?;
        self.account.switched_at = Some(head);
        self.account.switch = Some(seen);
        self.account.changelog = self.ground.changelog(&rows.stable, &rows.candidate)?;
        watch.replaced(&rows.candidate, complete_to_ms);
        let choice = self.ground.choice;
        if choice.keep_old.is_empty() && choice.rollback_at.is_none() { self.retire(head) } else { Ok(()) }
    }

    /// A second switch, equal to the first: stable serves again.
    pub(super) fn roll_back(
        &mut self,
        head: u64,
        cause: &str,
        watch: &mut Watching<'_, R>,
    ) -> Result<(), Error> {
        let rows = self.views()?;
        let Some(stable) = &self.stable else { return Ok(()) };
        let (deployment, complete_to_ms) = (stable.deployment, stable.complete_to_ms);
        let seen = changelog(&rows.candidate, &rows.stable);
        let next = self.next(State::RolledBack)?;
        let cause = self.seen(&format!("{cause}; subscribers see"), &seen);
        self.step(next, cause, head, Some(deployment))?;
        self.account.rolled_back_at = Some(head);
        self.account.rollback = Some(seen);
        watch.replaced(&rows.stable, complete_to_ms);
        self.remove_candidate()
    }

    fn retire(&mut self, head: u64) -> Result<(), Error> {
        let Some(stable) = self.stable.take() else { return Ok(()) };
        let next = self.next(State::Retired)?;
        self.step(next, "stable was kept for as long as was asked for".to_owned(), head, None)?;
        self.store.retire(stable.deployment).map_err(trouble)
    }

    pub(super) fn drop_candidate(&mut self, head: u64, why: String) -> Result<(), Error> {
        let next = self.control.given_up(self.account.is_undecided);
        let next = next.map_err(|refusal| Error::Invalid(refusal.to_string()))?;
        self.account.dropped = Some(why.clone());
        self.step(next, why, head, None)?;
        self.remove_candidate()
    }

    pub(super) fn remove_candidate(&mut self) -> Result<(), Error> {
        self.candidate = None;
        self.taken_over.clear();
        let Some(number) = self.control.candidate else { return Ok(()) };
        self.store.retire(Deployment::from_id(number)).map_err(trouble)
    }

    pub(super) fn next(&self, state: State) -> Result<Control, Error> {
        self.control.step(state).map_err(|refusal| Error::Invalid(refusal.to_string()))
    }

    /// Replaces the record of the upgrade, and with it what is served where that changes.
    pub(super) fn step(
        &mut self,
        next: Control,
        cause: String,
        head: u64,
        serve: Option<Deployment>,
    ) -> Result<(), Error> {
        let (before, after) = (self.control.to_bytes(), next.to_bytes());
        self.store.transition(Some(&before), &after, serve)?;
        self.account.step((self.control.state, next.state), cause, (self.ground.timeline, head));
        self.control = next;
        Ok(())
    }
}

impl<R: Record> Upgrade<'_, R> {
    /// Says what subscribers see, where that is the same each time.
    fn seen(&self, before: &str, seen: &Changelog) -> String {
        if self.ground.trial.emits() {
            return format!("{before} what has come by now");
        }
        format!("{before} {}", told(seen))
    }
}

fn told(seen: &Changelog) -> String {
    let Changelog { added, changed, removed, kept } = seen;
    format!("{added} rows come, {changed} change, {removed} go, {kept} stay")
}
