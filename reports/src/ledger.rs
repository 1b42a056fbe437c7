//! Where records went, in words.

use compare::Ledger;

use crate::format::count;

/// Holds what records in the gaps between windows are called.
pub(crate) const NO_WINDOW: &str = "in no window";

/// Returns how many records are in no row of the answer, by the reason; zeros too.
pub(crate) fn left_out(ledger: &Ledger) -> [(&'static str, u64); 6] {
    let Ledger { late, duplicate, rejected, not_emitted, no_window, lost, .. } = *ledger;
    [
        ("late", late),
        ("not emitted", not_emitted),
        ("duplicate", duplicate),
        ("rejected", rejected),
        (NO_WINDOW, no_window),
        ("lost", lost),
    ]
}

/// Returns how many records are in no row of the answer.
pub(crate) fn all_left_out(ledger: &Ledger) -> u64 {
    left_out(ledger).iter().map(|kind| kind.1).fold(0, u64::saturating_add)
}

/// The reasons that there are: `3 late, 85 not emitted`; empty where every record was used.
pub(crate) fn reasons(ledger: &Ledger) -> String {
    let present = left_out(ledger).into_iter().filter(|kind| kind.1 > 0);
    present.map(|(name, records)| format!("{} {name}", count(records))).collect::<Vec<_>>().join(", ")
}
