//! Which limits of `[gate]` anything in a run of a problem can be held against.

use super::GateSection;
use crate::{
    erased::Info,
    error::Error,
    limits::{Most, Percent},
};

/// The parameter that a problem with windows has.
const WINDOW: &str = "window";

/// A limit, by its key, and whether it was set.
type Limit = (&'static str, bool);

/// Refuses a limit that nothing in a run of `problem` can be held against: it would be passed whatever the jobs do.
pub(super) fn refuse_unjudgeable(gate: &GateSection, problem: &Info) -> Result<(), Error> {
    let Info { name, is_table, parameters, .. } = problem;
    let has_windows = parameters.iter().any(|parameter| parameter.name == WINDOW);
    let is_set = |limits: &[Limit]| limits.iter().find(|(_, is_set)| *is_set).map(|(key, _)| *key);
    let refused =
        |key: &str, why: String, hint: &str| Err(Error::usage(format!("{key}: {why}")).with_hint(hint));
    if !problem.has_cost()
        && let Some(key) = is_set(&of_costs(gate))
    {
        let why = format!("the answer of {name} is a table, which has no cost");
        return refused(key, why, "limit the rows that differ: divergence, or divergence_increase");
    }
    if !is_table && let Some(key) = is_set(&of_tables(gate)) {
        let why = format!("an answer of {name} is judged by its cost and has every record in it");
        return refused(key, why, "limit competitive_ratio, competitive_ratio_increase or divergence");
    }
    if !has_windows && gate.no_window.is_some() {
        let why = format!("{name} has no parameter {WINDOW}, so no record can be in none");
        return refused("no_window", why, "leave it out, or limit left_out");
    }
    Ok(())
}

fn of_costs(gate: &GateSection) -> [Limit; 2] {
    let is_set = |limit: Option<Percent>| limit.is_some();
    [
        ("competitive_ratio", gate.competitive_ratio.is_some()),
        ("competitive_ratio_increase", is_set(gate.competitive_ratio_increase)),
    ]
}

fn of_tables(gate: &GateSection) -> [Limit; 6] {
    let is_set = |limit: Option<Most>| limit.is_some();
    [
        ("divergence_increase", is_set(gate.divergence_increase)),
        ("late", is_set(gate.late)),
        ("not_emitted", is_set(gate.not_emitted)),
        ("rejected", is_set(gate.rejected)),
        ("no_window", is_set(gate.no_window)),
        ("left_out", is_set(gate.left_out)),
    ]
}
