//! Describes how one incarnation follows another: what it takes over, what it gives up, what it leaves.

use store::checkpoints::StoreError;

use super::{Run, Stop};
use crate::{
    Clock,
    recovery::{Fault, Guarantee, Medium, Place, RecoveryError, journal::Journal, life::Life},
};

impl<R: Copy> Run<'_, R> {
    /// Begins a new incarnation, on what the last has left.
    pub(super) fn begin(&mut self, medium: &mut Medium) -> Result<Life<R>, RecoveryError> {
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

    /// Leaves what remains of an incarnation that has ended.
    pub(super) fn bury(
        &mut self,
        life: Life<R>,
        stop: &Stop,
        medium: &mut Medium,
    ) -> Result<(), RecoveryError> {
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
}
