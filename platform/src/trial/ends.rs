//! Where the micro-batches of a run ended, told afterwards.

use datasets::{Record, Records};
use replay::Arranged;
use stream::Trigger;

use super::{edges, scheduled};
use crate::{error::Error, experiment::ReplayPlan};

/// Returns the numbers of records at which the plan's micro-batches end; none where each record is one, or where it depends
/// on how fast a job is.
pub(crate) fn batch_ends<R: Record>(
    plan: &ReplayPlan,
    arranged: &Arranged<'_, R>,
    loaded: &Records<R>,
) -> Result<Vec<usize>, Error> {
    if matches!(plan.trigger, Trigger::Record | Trigger::Eager) {
        return Ok(Vec::new());
    }
    let schedule = scheduled(plan.pace, arranged, loaded)?;
    let edges = edges(plan.trigger, plan, arranged, loaded, schedule.as_ref())?;
    let records = arranged.records.len();
    let mut ends = Vec::new();
    let mut next = 0;
    while next < records {
        next = edges.end_after(next);
        ends.push(next);
    }
    Ok(ends)
}
