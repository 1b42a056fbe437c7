//! An upgrade that goes on after its process died: what the store says counts, and nothing that was in memory.
//!
//! Before the switch the old version serves, and the candidate is dropped with all that it wrote; after it the candidate
//! serves. Both jobs are built again by reading the log from its beginning, up to what the store holds of their rows.

use std::collections::BTreeSet;

use compare::Role;
use datasets::Record;
use store::{log::Kept, serving::Deployment};

use super::{
    account::Account,
    drive::{Side, Upgrade},
    ground::Ground,
    protocol::{Control, State},
};
use crate::{
    architecture_sections::Start,
    error::Error,
    serving::{runner::Runner, store::Store, trouble, worker::Worker},
};

impl<'a, R: Record> Upgrade<'a, R> {
    /// Goes on with what log and store hold, or begins if that is nothing.
    pub(crate) fn open(
        ground: &'a Ground<'a, R>,
        log: &'a mut dyn Kept,
        store: &'a mut Store,
    ) -> Result<Self, Error> {
        let Some(bytes) = store.control() else {
            // A store whose first deployment was made, and no more, serves nothing.
            store.retire_all_but(&[]).map_err(trouble)?;
            return Self::new(ground, log, store);
        };
        let control = Control::from_bytes(&bytes).map_err(Error::Invalid)?;
        let mut upgrade = Self {
            ground,
            log,
            store,
            control,
            stable: None,
            candidate: None,
            taken_over: BTreeSet::new(),
            parting: ground.parting(),
            account: Account::default(),
        };
        upgrade.recover()?;
        Ok(upgrade)
    }

    fn recover(&mut self) -> Result<(), Error> {
        let head = self.log.end();
        let state = self.control.state;
        if state.is_under_way() {
            let why = format!("the process died while it was {}", state.name());
            let next = self.control.cut_off().map_err(|refusal| Error::Invalid(refusal.to_string()))?;
            self.step(next, why, head, None)?;
        }
        self.account.is_undecided = self.control.is_undecided;
        let stable = Deployment::from_id(self.control.stable);
        let candidate = self.control.candidate.map(Deployment::from_id);
        let live: Vec<Deployment> = match self.control.state {
            State::Committed => [Some(stable), candidate].into_iter().flatten().collect(),
            State::Retired => candidate.into_iter().collect(),
            _ => vec![stable],
        };
        self.store.retire_all_but(&live).map_err(trouble)?;
        if live.contains(&stable) {
            let runner = Runner::new(
                self.ground.trial.make_served(Role::Stable),
                self.ground.source(self.log, 0, Role::Stable)?,
            );
            self.stable = Some(self.rebuilt(runner, stable, Role::Stable)?);
        }
        if let Some(candidate) = candidate.filter(|candidate| live.contains(candidate)) {
            let runner = self.candidate_again()?;
            let Side { job, deployment, complete_to_ms, position } =
                self.rebuilt(runner, candidate, Role::Candidate)?;
            let job = Worker::new(job, self.ground.patience);
            self.candidate = Some(Side { job, deployment, complete_to_ms, position });
            self.account.switched_at = self.control.switched_at;
        }
        Ok(())
    }

    /// A candidate as it was when it was started.
    fn candidate_again(&self) -> Result<Runner<R>, Error> {
        let Ground { trial, choice, .. } = self.ground;
        let begun = |from| self.ground.source(self.log, from, Role::Candidate);
        if choice.start == Start::Beginning {
            return Ok(Runner::new(trial.make_apart(Role::Candidate), begun(0)?));
        }
        let started_at = self.control.started_at.unwrap_or(0);
        let mut stable =
            Runner::new(trial.make(Role::Stable), self.ground.source(self.log, 0, Role::Stable)?);
        stable.advance(started_at).map_err(|failed| self.ground.failure(Role::Stable, failed))?;
        let state = stable.state().unwrap_or_default();
        Runner::from_state(trial.make_apart(Role::Candidate), begun(started_at)?, &state)
            .map_err(Error::Invalid)
    }

    /// A job that has read as far as its rows in the store go. What it says on the way is there already, unless its rows
    /// come when it likes: then some may have been under way, and all are written again.
    fn rebuilt(
        &mut self,
        mut job: Runner<R>,
        deployment: Deployment,
        role: Role,
    ) -> Result<Side<Runner<R>>, Error> {
        let progress = self.store.progress(deployment).map_err(trouble)?;
        if progress.offset > job.position() {
            let advanced =
                job.advance(progress.offset).map_err(|failed| self.ground.failure(role, failed))?;
            if self.ground.trial.jobs[role].emits() {
                self.store.write(deployment, &advanced)?;
            }
        }
        let position = job.position();
        Ok(Side { job, deployment, complete_to_ms: progress.watermark_ms, position })
    }
}
