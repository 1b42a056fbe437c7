//! When the effect of a bug is gone from what is served: by a run without it.

use compare::Wrongness;

/// Returns the records that the log held at the first sample from which on what was served was as wrong as without the
/// bug, which began at the record `from`; nothing if it never was again.
pub(crate) fn healed_at(with: &Wrongness, without: &Wrongness, from: u64) -> Option<u64> {
    let points = with.points.iter().zip(&without.points);
    let differs = |(one, other): (&compare::WrongnessPoint, &compare::WrongnessPoint)| {
        (one.records, one.missing, one.changed, one.extra)
            != (other.records, other.missing, other.changed, other.extra)
    };
    let last =
        points.rev().position(differs).map(|behind| with.points.len().min(without.points.len()) - behind);
    let first = last.unwrap_or(0);
    let healed = with.points.iter().skip(first).find(|point| point.records >= from);
    healed.map(|point| point.records)
}
