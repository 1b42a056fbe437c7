//! Where records went, in words.

use compare::Ledger;

use crate::format::count;

/// How many records are in no row of the answer, by the reason; zeros too.
pub(crate) fn left_out(ledger: &Ledger) -> [(&'static str, u64); 5] {
    let Ledger { records: _, used: _, late, duplicate, rejected, unfired, lost, again: _ } = *ledger;
    [("late", late), ("unfired", unfired), ("duplicate", duplicate), ("rejected", rejected), ("lost", lost)]
}

/// The reasons that there are: `3 late, 85 unfired`; empty where every record was used.
pub(crate) fn reasons(ledger: &Ledger) -> String {
    let present = left_out(ledger).into_iter().filter(|kind| kind.1 > 0);
    present.map(|(name, records)| format!("{} {name}", count(records))).collect::<Vec<_>>().join(", ")
}
