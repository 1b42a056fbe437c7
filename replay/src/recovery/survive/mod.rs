//! The replay itself: one incarnation after another, until one of them reaches the end.

mod succession;

use std::{borrow::Cow, thread};

use datasets::Keys;
use store::checkpoints::StoreError;
use stream::{Concluded, Version};

use super::{
    Checkpoints, Fault, Guarantee, Medium, Output, Place, RecoveryError, SinkError, Step, Survived, Witness,
    delivered::Delivered,
    faults::Planned,
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
    /// Says how checkpoints are taken.
    pub checkpoints: Checkpoints,
    /// Holds what goes wrong.
    pub faults: &'a [Planned],
    /// Decides what chance decides: what a power cut leaves.
    pub seed: u64,
    /// Is told how many records a completed checkpoint covers.
    pub watch: &'a dyn Fn(u64),
    /// Of which run, dataset and job the checkpoints are: those of another are refused.
    pub identity: &'a str,
}

/// Describes what ends an incarnation before the end of input.
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

    /// Returns whether a fault strikes that `is_due`: each does once.
    fn strikes(&mut self, position: u64, is_due: impl Fn(&Fault) -> bool) -> Option<Fault> {
        let faults = self.recoverable.faults.iter().zip(&self.struck);
        let i = faults.enumerate().find(|(_, (planned, struck))| !**struck && is_due(&planned.what))?.0;
        self.struck[i] = true;
        let fault = self.recoverable.faults[i].what;
        self.witness(fault, position);
        Some(fault)
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
                Err(
                    RecoveryError::Store(StoreError::Fenced { .. }) | RecoveryError::Sink(SinkError::Fenced),
                ) => {
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
        concluded.counts.firings = output.delivered_rows().unwrap_or(delivered.rows() as u64);
        concluded.table = concluded.settling.answer(&delivered, &concluded.table, self.recoverable.keys);
        if concluded.firings.is_some() {
            concluded.firings = Some(delivered);
        }
        self.survived.concluded = concluded;
        Ok(self.survived)
    }
}
