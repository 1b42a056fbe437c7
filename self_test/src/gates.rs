//! The gates that cases are put before: their limits, and what else the experiment asks for.

use compare::Amount;

use platform::{
    architecture_sections::{Architecture, KappaSection},
    experiment::GateSection,
    limits::{Length, Most, Percent},
    recovery_section::RecoverySection,
};

use super::{
    case::{Kind, Part, Row},
    under::{Limit, Under},
};

/// More than there are rows.
const ANY: Option<Most> = Some(Most(Amount::Count(1 << 40)));
const NONE: Option<Most> = Some(Most(Amount::Count(0)));
/// Holds what the gate allows of time.
const LATENCY_INCREASE: Percent = Percent(0.05);
/// Holds what a mutant's latency comparison may take; far more than it needs on a machine that is fit.
const MUTANT_BUDGET: Length = Length(6_000_000_000);
/// Holds what an equivalent's may take: to leave it open is no error.
const EQUIVALENT_BUDGET: Length = Length(3_000_000_000);

/// The limits for a row; a packing has a cost.
pub(super) fn limits(row: &Row, has_cost: bool) -> GateSection {
    let limits = match row.under {
        Under::Strict | Under::Orders | Under::Upgrade => strict(has_cost),
        Under::Default => GateSection::default(),
        Under::Only(limit) => only(limit, has_cost),
        Under::Baseline | Under::Crashes(..) => open(has_cost),
        Under::NoisyCost(_) => only(Limit::RatioIncrease, has_cost),
        Under::NoisyDecisions(_) => only(Limit::DecisionChanges, has_cost),
    };
    match (row.part, row.kind) {
        (Part::Accuracy, _) => limits,
        (Part::Latency, kind) => GateSection {
            latency_increase: Some(LATENCY_INCREASE),
            budget: Some(if kind == Kind::Mutant { MUTANT_BUDGET } else { EQUIVALENT_BUDGET }),
            ..limits
        },
    }
}

/// Nothing may be worse, and nothing otherwise.
pub(super) fn strict(has_cost: bool) -> GateSection {
    let nothing = GateSection { decision_changes: NONE, ..GateSection::default() };
    if has_cost {
        GateSection { competitive_ratio_increase: Some(Percent(0.0)), divergence: NONE, ..nothing }
    } else {
        GateSection { divergence_increase: NONE, ..nothing }
    }
}

/// As little as a gate can look at.
pub(super) fn open(has_cost: bool) -> GateSection {
    let increase = has_cost.then_some(Percent(1e6));
    GateSection { divergence: ANY, competitive_ratio_increase: increase, ..GateSection::default() }
}

fn only(limit: Limit, has_cost: bool) -> GateSection {
    let open = open(has_cost);
    match limit {
        Limit::Nothing => open,
        Limit::Divergence => GateSection { divergence: NONE, ..open },
        Limit::DivergenceIncrease => GateSection { divergence_increase: NONE, ..open },
        Limit::DecisionChanges => GateSection { decision_changes: NONE, ..open },
        Limit::Late => GateSection { late: NONE, ..open },
        Limit::NotEmitted => GateSection { not_emitted: NONE, ..open },
        Limit::Rejected => GateSection { rejected: NONE, ..open },
        Limit::NoWindow => GateSection { no_window: NONE, ..open },
        Limit::LeftOut => GateSection { left_out: NONE, ..open },
        Limit::Ratio(most) => GateSection { competitive_ratio: Some(most), ..open },
        Limit::RatioIncrease => GateSection { competitive_ratio_increase: Some(Percent(0.0)), ..open },
    }
}

/// How the candidate of a row takes over, if it does.
pub(super) fn upgrade(row: &Row) -> (Option<Architecture>, KappaSection) {
    if row.under != Under::Upgrade {
        return (None, KappaSection::default());
    }
    let kappa = KappaSection { start: Some("state".to_owned()), ..KappaSection::default() };
    (Some(Architecture::Kappa), kappa)
}

/// The checkpoints and faults for a row.
pub(super) fn recovery(row: &Row) -> RecoverySection {
    let Under::Crashes(guarantee, faults) = row.under else { return RecoverySection::default() };
    RecoverySection {
        guarantee: Some(guarantee.to_string()),
        checkpoint_every: std::num::NonZeroU64::new(CHECKPOINT_EVERY),
        store: Some("memory".to_owned()),
        faults: (!faults.is_empty()).then(|| faults.iter().map(|&fault| fault.to_owned()).collect()),
        ..RecoverySection::default()
    }
}

/// Often enough that a few hundred records see some.
const CHECKPOINT_EVERY: u64 = 20;
