//! The replay itself: one incarnation after another, until one of them reaches the end.

use std::{borrow::Cow, thread};

use datasets::Keys;
use store::checkpoints::StoreError;
use stream::{Concluded, Version};

use super::{
    Checkpoints, Fault, Guarantee, Medium, Output, Place, RecoveryError, Step, Survived, Witness,
    delivered::Delivered,
    faults::Planned,
    journal::Journal,
    life::{Checkpoint, Life, delivered_rows},
    rows,
};
use crate::{CHUNK, Clock, Control, Edges, RealClock, batches};

/// A job, its records and what is to happen to them.
pub struct Recoverable<'a, R> {
    /// Makes the job afresh, for each incarnation.
    pub make: &'a dyn Fn() -> Box<dyn Version<R>>,
    /// The records in order of arrival.
    pub records: &'a [R],
    /// Their texts.
    pub keys: &'a Keys,
    /// Where micro-batches end.
    pub edges: &'a Edges,
    /// How checkpoints are taken.
    pub checkpoints: Checkpoints,
    /// What goes wrong.
    pub faults: &'a [Planned],
    /// Decides what chance decides: what a power cut leaves.
    pub seed: u64,
    /// Is told how many records a completed checkpoint covers.
    pub watch: &'a dyn Fn(u64),
    /// Of which run, dataset and job the checkpoints are: those of another are refused.
    pub identity: &'a str,
}

/// What ends an incarnation before the end of input.
enum Stop {
    /// The process is gone.
    Crash,
    /// The machine was off.
    PowerCut,
    /// It stands still; another takes over.
    Freeze,
    Failed(RecoveryError),
}

impl<E: Into<RecoveryError>> From<E> for Stop {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

/// Replays to the end, through every fault.
pub fn survive<R: Copy>(
    recoverable: &Recoverable<'_, R>,
    medium: &mut Medium,
    control: &Control,
) -> Result<Survived, RecoveryError> {
    let mut run = Run::new(recoverable, control);
    let (concluded, delivered) = loop {
        let mut life = run.begin(medium)?;
        match run.live(&mut life, medium) {
            Ok(concluded) => {
                let account = life.lineage.account(run.records.len() as u64);
                run.survived.account = account;
                run.survived.was_disturbed |= account.lost + account.repeated > 0;
                run.survived.checkpoint_bytes += life.journal.written;
                break (concluded, life.delivered);
            }
            Err(Stop::Failed(error)) => return Err(error),
            Err(stop) => run.bury(life, &stop, medium)?,
        }
    };
    run.finish(concluded, delivered, &mut medium.output)
}

struct Run<'a, R: Clone> {
    recoverable: &'a Recoverable<'a, R>,
    control: &'a Control,
    records: Cow<'a, [R]>,
    /// Which faults have struck.
    struck: Vec<bool>,
    zombie: Option<Life<R>>,
    clock: RealClock,
    survived: Survived,
}

impl<'a, R: Copy> Run<'a, R> {
    fn new(recoverable: &'a Recoverable<'a, R>, control: &'a Control) -> Self {
        let mut run = Self {
            recoverable,
            control,
            records: Cow::Borrowed(recoverable.records),
            struck: vec![false; recoverable.faults.len()],
            zombie: None,
            clock: RealClock::new(),
            survived: Survived::new(),
        };
        run.reorder();
        run
    }

    /// The source delivers some blocks in reverse: the same order in each incarnation.
    fn reorder(&mut self) {
        for (i, planned) in self.recoverable.faults.iter().enumerate() {
            if let Fault::Reorder { record, records } = planned.what {
                let first = record as usize;
                self.records.to_mut()[first..first + records.get() as usize].reverse();
                self.struck[i] = true;
                self.witness(planned.what, record);
            }
        }
    }

    fn checkpoints(&self) -> Checkpoints {
        self.recoverable.checkpoints
    }

    fn witness(&mut self, fault: Fault, position: u64) {
        let incarnation = self.survived.incarnations.max(1);
        self.survived.witnesses.push(Witness { fault, incarnation, position, resumed_at: None });
    }

    /// Whether a fault strikes that `is_due`: each does once.
    fn strikes(&mut self, position: u64, is_due: impl Fn(&Fault) -> bool) -> Option<Fault> {
        let faults = self.recoverable.faults.iter().zip(&self.struck);
        let i = faults.enumerate().find(|(_, (planned, struck))| !**struck && is_due(&planned.what))?.0;
        self.struck[i] = true;
        let fault = self.recoverable.faults[i].what;
        self.witness(fault, position);
        Some(fault)
    }

    /// A new incarnation, on what the last has left.
    fn begin(&mut self, medium: &mut Medium) -> Result<Life<R>, RecoveryError> {
        let began = self.clock.now_ns();
        let recovery = self.survived.incarnations;
        self.survived.incarnations += 1;
        let life = match self.try_begin(medium) {
            Err(error) if self.may_begin_anew(&error) => {
                self.begin_anew(error, medium)?;
                self.try_begin(medium)?
            }
            begun => begun?,
        };
        let position = life.position;
        if recovery == 0 {
            // Those of earlier processes, of which this one only sees how far they got.
            self.survived.checkpoints =
                position.div_ceil(self.checkpoints().every.get()) + u64::from(life.is_done);
        }
        for witness in self.survived.witnesses.iter_mut().rev().take_while(|w| w.resumed_at.is_none()) {
            witness.resumed_at = Some(position);
        }
        self.survived.recovery_ns += self.clock.now_ns().saturating_sub(began);
        let dies = |fault: &Fault| *fault == Fault::Crash(Place::Recovery(recovery));
        if recovery > 0 && self.strikes(position, dies).is_some() {
            self.bury(life, &Stop::Crash, medium)?;
            return self.begin(medium);
        }
        Ok(life)
    }

    fn try_begin(&mut self, medium: &mut Medium) -> Result<Life<R>, RecoveryError> {
        let durability = self.checkpoints().durability;
        let store = match &self.zombie {
            Some(zombie) => zombie.journal.store.take_over(durability)?,
            None => medium.open(durability)?,
        };
        let journal = Journal::open(store, self.recoverable.identity, durability)?;
        let (life, was_torn) =
            Life::begin((self.recoverable.make)(), journal, self.checkpoints(), &mut medium.output)?;
        self.survived.torn += u64::from(was_torn);
        Ok(life)
    }

    /// The dataset is frozen, so all can be done again; but at most once it may not.
    fn may_begin_anew(&self, error: &RecoveryError) -> bool {
        let is_damage = matches!(
            error,
            RecoveryError::Store(StoreError::Damaged { .. } | StoreError::RolledBack { .. })
                | RecoveryError::DamagedOutput(_)
        );
        is_damage && self.checkpoints().guarantee != Guarantee::AtMostOnce
    }

    /// Gives up what can't be gone on with.
    fn begin_anew(&mut self, error: RecoveryError, medium: &mut Medium) -> Result<(), RecoveryError> {
        // At least once, what was delivered stays delivered, unless it was changed since.
        let guarantee = self.checkpoints().guarantee;
        let is_void = guarantee == Guarantee::ExactlyOnce || matches!(error, RecoveryError::DamagedOutput(_));
        let why = error.what_is_wrong();
        // What is begun anew is nobody's successor.
        self.zombie = None;
        medium.set_aside(&why)?;
        self.survived.given_up.push(why);
        if is_void {
            medium.output.cut(0)?;
        }
        Ok(())
    }

    /// What remains of an incarnation that has ended.
    fn bury(&mut self, life: Life<R>, stop: &Stop, medium: &mut Medium) -> Result<(), RecoveryError> {
        self.survived.checkpoint_bytes += life.journal.written;
        match stop {
            Stop::Freeze => {
                self.zombie = Some(life);
                return Ok(());
            }
            Stop::PowerCut => {
                // A zombie runs on the same machine.
                self.zombie = None;
                medium.cut_power(self.recoverable.seed ^ life.position)?;
            }
            // The medium stays the one that the zombie, a process of its own, still has in its hands.
            Stop::Crash | Stop::Failed(_) if self.zombie.is_some() => {}
            Stop::Crash | Stop::Failed(_) => medium.crash(),
        }
        Ok(())
    }

    /// Feeds the job to the end of input and concludes.
    fn live(&mut self, life: &mut Life<R>, medium: &mut Medium) -> Result<Concluded, Stop> {
        let Checkpoints { every, guarantee, .. } = self.checkpoints();
        let records = self.records.len() as u64;
        while life.position < records {
            self.control.check()?;
            let start = life.position;
            let end = (start - start % every.get()).saturating_add(every.get()).min(records);
            if guarantee == Guarantee::AtMostOnce {
                life.take_on(end)?;
            }
            self.feed(life, start, end)?;
            self.interval_checkpoint(life, end.div_ceil(every.get()), medium)?;
        }
        let (concluded, last) = life.conclude(self.recoverable.keys, &medium.output)?;
        if !life.is_done {
            self.checkpoint(life, records.div_ceil(every.get()) + 1, &last, medium)?;
        }
        // Of the last interval there may have been nothing left to do for whoever took over.
        self.wake_zombie(medium)?;
        Ok(concluded)
    }

    fn interval_checkpoint(
        &mut self,
        life: &mut Life<R>,
        number: u64,
        medium: &mut Medium,
    ) -> Result<(), Stop> {
        let began = self.clock.now_ns();
        let checkpoint = life.checkpoint(self.recoverable.keys, &medium.output);
        let done = self.checkpoint(life, number, &checkpoint, medium);
        self.survived.checkpoint_ns += self.clock.now_ns().saturating_sub(began);
        done?;
        self.wake_zombie(medium)
    }

    /// Feeds the records from `start` up to `end`, with what strikes before each.
    fn feed(&mut self, life: &mut Life<R>, start: u64, end: u64) -> Result<(), Stop> {
        let mut at = start;
        while at < end {
            life.position = at;
            self.strike_before(life, at)?;
            let next = self.next_fault(at + 1).min(end);
            self.push(life, at, next);
            life.lineage.extend(at, next);
            self.control.advance(next - at);
            at = next;
        }
        life.position = end;
        Ok(())
    }

    /// The first record from `at` on before which something is still to strike.
    fn next_fault(&self, at: u64) -> u64 {
        let open = self.recoverable.faults.iter().zip(&self.struck).filter(|(_, struck)| !**struck);
        open.filter_map(|(planned, _)| planned.what.record())
            .filter(|record| *record >= at)
            .min()
            .unwrap_or(u64::MAX)
    }

    fn push(&mut self, life: &mut Life<R>, start: u64, end: u64) {
        let began = self.clock.now_ns();
        let (start, end) = (start as usize, end as usize);
        for chunk in (start..end).step_by(CHUNK) {
            let to = (chunk + CHUNK).min(end);
            let decisions = &mut Vec::new();
            batches::push(
                &mut *life.version,
                &self.records[chunk..to],
                chunk,
                self.recoverable.edges,
                decisions,
            );
        }
        self.survived.job_ns += self.clock.now_ns().saturating_sub(began);
    }

    fn strike_before(&mut self, life: &mut Life<R>, at: u64) -> Result<(), Stop> {
        while let Some(fault) = self.strikes(at, |fault| fault.record() == Some(at)) {
            match fault {
                Fault::PowerCut { .. } => return Err(Stop::PowerCut),
                Fault::Zombie { .. } => return Err(Stop::Freeze),
                Fault::Redeliver { records, .. } => self.redeliver(life, at - records.get(), at),
                Fault::Stall { length, .. } => thread::sleep(length),
                Fault::Crash(_) | Fault::TornOutput { .. } | Fault::Reorder { .. } => {
                    return Err(Stop::Crash);
                }
            }
        }
        Ok(())
    }

    /// The source delivers records again. Who commits positions knows them by theirs; at least once is allowed to take
    /// them in again.
    fn redeliver(&mut self, life: &mut Life<R>, start: u64, end: u64) {
        match self.checkpoints().guarantee {
            Guarantee::AtMostOnce | Guarantee::ExactlyOnce => self.survived.known_again += end - start,
            Guarantee::AtLeastOnce => {
                self.push(life, start, end);
                life.lineage.extend(start, end);
            }
        }
    }

    /// Takes checkpoint `number`, step by step.
    fn checkpoint(
        &mut self,
        life: &mut Life<R>,
        number: u64,
        checkpoint: &Checkpoint,
        medium: &mut Medium,
    ) -> Result<(), Stop> {
        let settings = self.checkpoints();
        for &step in Step::of(settings.guarantee) {
            let torn = |fault: &Fault| *fault == Fault::TornOutput { checkpoint: number };
            if step == Step::Output && self.strikes(life.position, torn).is_some() {
                medium.output.tear(&checkpoint.rows)?;
                return Err(Stop::Crash);
            }
            life.step(step, checkpoint, settings, medium)?;
            self.survived.was_disturbed |= step == Step::Output && !life.lineage.is_plain(life.position);
            let here = |fault: &Fault| *fault == Fault::Crash(Place::Checkpoint(number, step));
            if self.strikes(life.position, here).is_some() {
                if step == Step::Within && self.zombie.is_none() && medium.die_within_commit() {
                    // It lands, and nobody hears of it.
                    let _ = life.step(Step::State, checkpoint, settings, medium);
                }
                return Err(Stop::Crash);
            }
        }
        self.survived.checkpoints += 1;
        (self.recoverable.watch)(life.position);
        Ok(())
    }

    /// A sleeping zombie goes on with what it was about, and must be kept from committing it.
    fn wake_zombie(&mut self, medium: &mut Medium) -> Result<(), Stop> {
        let Some(mut zombie) = self.zombie.take() else { return Ok(()) };
        let settings = self.checkpoints();
        let every = settings.every.get();
        let start = zombie.position;
        let end = (start - start % every).saturating_add(every).min(self.records.len() as u64);
        self.push(&mut zombie, start, end);
        zombie.lineage.extend(start, end);
        zombie.position = end;
        let checkpoint = zombie.checkpoint(self.recoverable.keys, &medium.output);
        for &step in Step::of(settings.guarantee) {
            match zombie.step(step, &checkpoint, settings, medium) {
                Ok(()) => {
                    let is_plain = zombie.lineage.is_plain(zombie.position);
                    self.survived.was_disturbed |= step == Step::Output && !is_plain;
                }
                Err(RecoveryError::Store(StoreError::Fenced { .. })) => {
                    self.survived.refused += 1;
                    return Ok(());
                }
                Err(error) => return Err(error.into()),
            }
        }
        Err(RecoveryError::Unfenced.into())
    }

    /// The answer from what was delivered.
    fn finish(
        mut self,
        mut concluded: Concluded,
        delivered: Delivered,
        output: &mut Output,
    ) -> Result<Survived, RecoveryError> {
        let missed =
            self.recoverable.faults.iter().zip(&self.struck).find(|(p, struck)| p.must_strike && !**struck);
        if let Some((planned, _)) = missed {
            return Err(RecoveryError::Vacuous(planned.what));
        }
        if !output.is_untouched()? {
            let what = "somebody has changed it since it was written".to_owned();
            return Err(RecoveryError::DamagedOutput(what));
        }
        let delivered = match delivered.all_of(output) {
            Some(rows) => rows,
            None => rows::read_back(output, self.recoverable.keys, delivered_rows(&concluded))?,
        };
        concluded.counts.firings = delivered.rows() as u64;
        concluded.table = concluded.settling.answer(&delivered, &concluded.table, self.recoverable.keys);
        if concluded.firings.is_some() {
            concluded.firings = Some(delivered);
        }
        self.survived.concluded = concluded;
        Ok(self.survived)
    }
}
