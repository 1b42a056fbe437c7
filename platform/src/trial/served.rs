//! Jobs as architectures use them: served while they run, or asked aside what they make of the records so far.

use compare::Role;
use datasets::{Answer, Frozen, Record};
use stream::{Concluded, Version};

use super::{Given, Trial, reference, replies};
use crate::{attach::OutputForm, error::Error, own::Filter, problem::Computed, serving::rows::Shape};

/// Gives the first records that arrive as a dataset.
pub(crate) type Prefix<'a> = dyn Fn() -> Result<Frozen, Error> + 'a;

impl<R: Record> Trial<'_, R> {
    /// A fresh job, ready for its first record, of which somebody serves what it gives.
    pub(crate) fn make_served(&self, role: Role) -> Box<dyn Version<R>> {
        self.jobs[role].make_served(&self.plan.params, self.plan.replay.trigger)
    }

    /// A fresh job of which somebody serves what it gives, and whose failure is its own and stops nothing else.
    pub(crate) fn make_apart(&self, role: Role) -> Box<dyn Version<R>> {
        self.jobs[role].make_apart(&self.plan.params, self.plan.replay.trigger, true)
    }

    /// A fresh job of which nobody serves anything before it concludes, and whose failure is its own.
    pub(crate) fn make_aside(&self, role: Role) -> Box<dyn Version<R>> {
        self.jobs[role].make_apart(&self.plan.params, self.plan.replay.trigger, false)
    }

    /// Returns whether either version gives rows whenever it likes.
    pub(crate) fn emits(&self) -> bool {
        self.jobs.iter().any(|(_, job)| job.emits())
    }

    /// Returns the shape in which answers like this one are served.
    pub(crate) fn shape(&self, answer: &Answer) -> Shape {
        if self.problem.answers() == OutputForm::Reply {
            return Shape::Decisions;
        }
        Shape::of(answer, self.plan.comparing.as_ref())
    }

    /// Returns the rows that are left out of what a version gives.
    pub(crate) fn left_out(&self, role: Role) -> Option<Filter> {
        self.plan.jobs[role].command.as_ref().and_then(|attach| attach.leave_out.clone())
    }

    /// Returns what is right of the first `records` that arrive, in the unit of the source; `prefix` are these as a
    /// dataset. Nothing where nobody says: a file holds the answer to the whole.
    pub(crate) fn reference_at(
        &self,
        records: usize,
        prefix: &Prefix<'_>,
    ) -> Result<Option<Computed>, Error> {
        match &self.plan.truth {
            Some(source) if !source.tells_of_prefixes() => Ok(None),
            Some(source) => self.truth(source, &prefix()?).map(Some),
            None => {
                let Self { problem, frozen, plan, loaded, arranged, .. } = self;
                let records = &arranged.records[..records];
                reference(problem, frozen, &plan.params, records, &loaded.keys).map(Some)
            }
        }
    }

    /// Returns the rows that a version has given which was sent the first records that arrive; of decisions a record's
    /// number is its place in that order.
    pub(crate) fn rows_given(&self, concluded: Option<Concluded>, decisions: &[u32]) -> Result<Given, Error> {
        let concluded = match concluded {
            Some(concluded) => concluded,
            None => replies(decisions)?,
        };
        Ok(self.presented(Given::Table(Box::new(concluded))))
    }
}
