//! Crashes of one subject, at each of its places or at some of them.

use replay::recovery::{Fault, Guarantee, Place, Step};

use crate::{jobs::RECORDS, oracles::Subject};

/// A checkpoint after so many records.
pub(crate) const EVERY: u64 = 7;

/// All places: before each record, and at each step of each checkpoint.
pub(crate) fn places(guarantee: Guarantee) -> Vec<Place> {
    let checkpoints = 1..=RECORDS.div_ceil(EVERY) + 1;
    let at_steps =
        checkpoints.flat_map(|n| Step::of(guarantee).iter().map(move |&step| Place::Checkpoint(n, step)));
    (0..RECORDS).map(Place::Record).chain(at_steps).collect()
}

/// Crashes at every `stride`th place from `offset` on: alone, again while recovering from it, and again at the same place.
/// How many crashes that were.
pub(crate) fn check<R: Copy>(
    name: &str,
    subject: &Subject<'_, R>,
    guarantee: Guarantee,
    (offset, stride): (usize, usize),
) -> usize {
    let mut crashes = 0;
    let without = subject.run(guarantee, &[]);
    assert_eq!(without.0.incarnations, 1);
    for &place in places(guarantee).iter().skip(offset % stride).step_by(stride) {
        let crash = Fault::Crash(place);
        let in_recovery = Fault::Crash(Place::Recovery(1));
        let twice: &[&[Fault]] = match (guarantee, place) {
            // What is lost, or was committed, no incarnation comes by again.
            (Guarantee::AtMostOnce, Place::Record(_)) | (_, Place::Checkpoint(..)) => {
                &[&[crash], &[crash, in_recovery]]
            }
            _ => &[&[crash], &[crash, in_recovery], &[crash, crash]],
        };
        for faults in twice {
            let with = subject.run(guarantee, faults);
            assert_eq!(with.0.witnesses.len(), faults.len());
            assert_eq!(with.0.incarnations, 1 + faults.len() as u64);
            if let Err(breach) = subject.judge(guarantee, &without, &with) {
                panic!("{name}, trigger {}, {guarantee}, {faults:?}: {breach}", subject.trigger);
            }
            crashes += faults.len();
        }
    }
    crashes
}
