//! An upgrade under way: stable serves from the log's end, the candidate reprocesses the log beside it and takes over.
//!
//! Everything goes by recorded time: each tick, some records come in, stable reads them, and the candidate reads as many
//! as its speed cap allows. So a run does the same each time, however fast the machine is; the candidate works on a thread
//! of its own while stable does.

use std::collections::BTreeSet;

use compare::{
    Pair, Role,
    architecture::{Parted, UpgradeEnd},
};
use datasets::Record;
use store::{log::Kept, serving::Deployment};

use super::{
    account::Account,
    ground::Ground,
    parting::Parting,
    protocol::{Control, State},
};
use crate::{
    architecture_sections::Start,
    error::Error,
    serving::{
        log_trouble,
        runner::{Advanced, Failed, Runner},
        store::Store,
        trouble,
        watching::Watching,
        worker::Worker,
    },
};

/// A run has about this many ticks, of so many records at most.
const TICKS: u64 = 1000;
const MOST_A_TICK: u64 = 1024;

/// A job and its key space.
pub(super) struct Side<J> {
    pub(super) job: J,
    pub(super) deployment: Deployment,
    pub(super) complete_to_ms: Option<i64>,
    pub(super) position: u64,
}

/// An upgrade under way.
pub(crate) struct Upgrade<'a, R: Record> {
    pub(super) ground: &'a Ground<'a, R>,
    pub(super) log: &'a mut dyn Kept,
    pub(super) store: &'a mut Store,
    pub(super) control: Control,
    pub(super) stable: Option<Side<Runner<R>>>,
    pub(super) candidate: Option<Side<Worker>>,
    /// Keys of rows that came with stable's state and that the candidate has not written since.
    pub(super) taken_over: BTreeSet<Vec<u8>>,
    /// Looks for where the two part, until that is found.
    pub(super) parting: Option<Parting>,
    pub(super) account: Account,
}

impl<'a, R: Record> Upgrade<'a, R> {
    /// A run that begins: an empty log, an empty store.
    pub(super) fn new(
        ground: &'a Ground<'a, R>,
        log: &'a mut dyn Kept,
        store: &'a mut Store,
    ) -> Result<Self, Error> {
        let deployment = store.deploy(Role::Stable.name()).map_err(trouble)?;
        let control = Control::first(deployment.id());
        store.transition(None, &control.to_bytes(), Some(deployment))?;
        let runner =
            Runner::new(ground.trial.make_served(Role::Stable), ground.source(log, 0, Role::Stable)?);
        let stable = Some(Side { job: runner, deployment, complete_to_ms: None, position: 0 });
        Ok(Self {
            ground,
            log,
            store,
            control,
            stable,
            candidate: None,
            taken_over: BTreeSet::new(),
            parting: ground.parting(),
            account: Account::default(),
        })
    }

    /// Goes through the whole log; what came of it stands in the account.
    pub(crate) fn run(mut self, watch: &mut Watching<'_, R>) -> Result<(UpgradeEnd, Account), Error> {
        let records = self.ground.timeline.records();
        let tick = (records / TICKS).clamp(1, MOST_A_TICK);
        if self.log.end() > 0 {
            // What the log held when the last process died may not all have been read.
            let head = self.log.end();
            watch.arrived(head)?;
            self.tick(head, watch)?;
        }
        while self.log.end() < records {
            self.ground.trial.work.control.check()?;
            let head = (self.log.end() + tick).min(records);
            self.ground.arrivals.append(self.log, head).map_err(log_trouble)?;
            watch.arrived(head)?;
            self.tick(head, watch)?;
            self.ground.trial.work.control.advance(tick);
        }
        self.conclude(watch)?;
        let end = match self.control.state {
            State::Committed | State::Retired => UpgradeEnd::TookOver,
            State::RolledBack => UpgradeEnd::RolledBack,
            _ if self.account.is_undecided => UpgradeEnd::Undecided,
            _ => UpgradeEnd::Dropped,
        };
        Ok((end, self.account))
    }

    fn tick(&mut self, head: u64, watch: &mut Watching<'_, R>) -> Result<(), Error> {
        let to = self.grant(head);
        if let Some(candidate) = &self.candidate {
            candidate.job.advance(to);
        }
        self.advance_stable(|runner| runner.advance(head), watch)?;
        if self.candidate.is_some() {
            self.take_answer(head, watch)?;
        }
        self.account.answered(head, self.serving().name());
        self.compare_beside(head)?;
        self.move_on(head, watch)?;
        watch.told();
        Ok(())
    }

    /// Who serves.
    pub(super) fn serving(&self) -> Role {
        if self.control.state.has_switched() { Role::Candidate } else { Role::Stable }
    }

    fn advance_stable(
        &mut self,
        work: impl FnOnce(&mut Runner<R>) -> Result<Advanced, Failed>,
        watch: &mut Watching<'_, R>,
    ) -> Result<(), Error> {
        let Some(stable) = &mut self.stable else { return Ok(()) };
        let before = stable.position;
        let advanced = work(&mut stable.job);
        // The failure of a job outside has stopped everything, and says more.
        self.ground.trial.work.control.check()?;
        let advanced = advanced.map_err(|failed| self.ground.failure(Role::Stable, failed))?;
        stable.position = advanced.position;
        stable.complete_to_ms = advanced.complete_to_ms.or(stable.complete_to_ms);
        let deployment = stable.deployment;
        self.write(Role::Stable, deployment, (&advanced, before), watch)
    }

    pub(super) fn write(
        &mut self,
        role: Role,
        deployment: Deployment,
        (advanced, before): (&Advanced, u64),
        watch: &mut Watching<'_, R>,
    ) -> Result<(), Error> {
        let written = self.store.write(deployment, advanced)?;
        let work = &mut self.account.work[role];
        work.records += advanced.position - before;
        work.wrote(written.rows, written.bytes);
        self.account.busy_ns[role] += advanced.busy_ns;
        let spent = match (role, &self.candidate) {
            (Role::Stable, Some(_)) => Some(&mut self.account.beside),
            (Role::Stable, None) if self.control.state == State::Idle => Some(&mut self.account.alone),
            (Role::Stable | Role::Candidate, _) => None,
        };
        if let Some((ns, records)) = spent {
            *ns += advanced.busy_ns;
            *records += advanced.position - before;
        }
        if let Some(parting) = &mut self.parting {
            parting.note(role, &advanced.changes);
        }
        if role == self.serving() {
            watch.served(advanced);
        }
        Ok(())
    }

    /// How far the candidate may read when the log ends at `head`.
    fn grant(&self, head: u64) -> u64 {
        match (self.control.state, self.control.started_at) {
            (State::CatchingUp, Some(started_at)) => {
                let timeline = self.ground.timeline;
                let ms = (timeline.at(head) - timeline.at(started_at)).max(0);
                let base = if self.ground.choice.start == Start::State { started_at } else { 0 };
                let allowed = base.saturating_add((self.ground.cap_per_ms() * ms as f64) as u64);
                let position = self.candidate.as_ref().map_or(0, |candidate| candidate.position);
                allowed.clamp(position, head.max(position))
            }
            _ => head,
        }
    }

    /// Takes what the candidate has to say. One that can't go on is dropped; if it serves already, stable comes back.
    fn take_answer(&mut self, head: u64, watch: &mut Watching<'_, R>) -> Result<(), Error> {
        let Some(candidate) = &mut self.candidate else { return Ok(()) };
        let before = candidate.position;
        match candidate.job.answer() {
            Ok(advanced) => {
                candidate.position = advanced.position;
                candidate.complete_to_ms = advanced.complete_to_ms.or(candidate.complete_to_ms);
                let deployment = candidate.deployment;
                for row in &advanced.changes.rows {
                    self.taken_over.remove(&row.key);
                }
                self.write(Role::Candidate, deployment, (&advanced, before), watch)
            }
            // It says nothing of the candidate.
            Err(Failed::Log(error)) => Err(log_trouble(error)),
            Err(failed) if self.control.state.is_under_way() => self.drop_candidate(head, failed.to_string()),
            Err(failed) if self.control.state == State::Committed => {
                self.roll_back(head, &format!("the candidate can't go on: {failed}"), watch)
            }
            Err(failed) => Err(self.ground.failure(Role::Candidate, failed)),
        }
    }

    /// Looks for the first record at which the two serve different answers, once both have read equally far.
    fn compare_beside(&mut self, head: u64) -> Result<(), Error> {
        let (Some(parting), Some(stable), Some(candidate)) =
            (&mut self.parting, &self.stable, &self.candidate)
        else {
            return Ok(());
        };
        if self.control.state != State::Probation {
            return Ok(());
        }
        let between = Pair { stable: stable.deployment, candidate: candidate.deployment };
        let found = parting.look(self.store, between, head).map_err(trouble)?;
        if let Some(found) = found {
            let shown = |row: &[u8]| self.ground.shown(&found.key, row);
            self.account.parted = Some(Parted {
                record: found.record,
                key: self.ground.shown_key(&found.key)?,
                stable: found.values.stable.as_deref().map(shown).transpose()?,
                candidate: found.values.candidate.as_deref().map(shown).transpose()?,
            });
            self.parting = None;
        }
        Ok(())
    }

    /// The log has ended: whoever is still under way is dropped, and the others conclude.
    fn conclude(&mut self, watch: &mut Watching<'_, R>) -> Result<(), Error> {
        let head = self.log.end();
        if self.control.state.is_under_way() {
            let lag = head - self.candidate.as_ref().map_or(head, |candidate| candidate.position);
            let why = match self.control.state {
                State::Probation => "the log ended before its probation did".to_owned(),
                _ => format!("the log ended while it was {} behind", records(lag)),
            };
            self.account.is_undecided = true;
            self.drop_candidate(head, why)?;
        }
        if self.control.state == State::Idle {
            self.account.is_undecided = true;
            self.account.dropped = Some("the log ended before it was to be started".to_owned());
        }
        if let Some(candidate) = &self.candidate {
            candidate.job.finish();
        }
        self.advance_stable(Runner::finish, watch)?;
        if self.candidate.is_some() {
            self.take_answer(head, watch)?;
        }
        Ok(())
    }
}

/// So many records, in words.
pub(super) fn records(count: u64) -> String {
    if count == 1 { "1 record".to_owned() } else { format!("{count} records") }
}
