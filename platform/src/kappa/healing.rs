//! When a bug of stable's is put right by the upgrade: as it was to be expected, and as it was.

use std::ops::Range;

use compare::architecture::{Healing, KappaResult};
use datasets::Record;

use super::ground::Ground;
use crate::{
    architecture_sections::{ArchitectureChoice, Start},
    error::Error,
    serving::healing::healed_at,
};

impl<R: Record> Ground<'_, R> {
    /// Predicts when a planted bug is put right, and finds when it was: by a run without it.
    pub(super) fn healing(
        &self,
        choice: &ArchitectureChoice,
        upgrade: &KappaResult,
    ) -> Result<Option<Healing>, Error> {
        let (Some(lost), Some(served)) = (&self.lost, &upgrade.served) else { return Ok(None) };
        let well = Ground { lost: None, ..*self };
        // Of this run nobody is shown anything.
        let clean = well.run(&ArchitectureChoice { view: None, ..choice.clone() })?.result.served;
        let healed_at = clean.and_then(|clean| healed_at(served, &clean, lost.start));
        let predicted_at = self.predicted(lost, upgrade);
        Ok(Some(Healing { from: lost.start, to: lost.end, predicted_at, healed_at }))
    }

    /// By the first arrival that was told once the bug had struck, and the probation behind it.
    fn predicted(&self, lost: &Range<u64>, upgrade: &KappaResult) -> Option<u64> {
        let Self { choice, timeline, .. } = *self;
        // What was lost is lost in stable's state, too; and who is switched back to has never read it.
        let is_taken_over = choice.start == Start::State && upgrade.started_at? > lost.start;
        if is_taken_over || choice.rollback_at.is_some() {
            return None;
        }
        if upgrade.switched_at.is_some_and(|at| at <= lost.start) {
            return Some(lost.start);
        }
        let told = upgrade.estimates.iter().find(|estimate| estimate.records >= lost.start);
        let arrived = match told {
            Some(told) => {
                let middle = told.from_ms?.midpoint(told.to_ms?);
                let times = timeline.until(timeline.records());
                times.partition_point(|&time| time < middle) as u64
            }
            None => upgrade.arrived_at?,
        };
        let judged = timeline.after(arrived, choice.probation);
        (judged <= timeline.records()).then_some(judged)
    }
}
