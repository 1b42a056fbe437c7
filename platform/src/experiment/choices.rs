//! The sections of an experiment with their values read and their defaults filled in.

use std::{num::NonZeroU32, str::FromStr};

use compare::{Amount, Limits};
use replay::{Order, Pace};
use stream::Trigger;

use super::{GateSection, ReplaySection};
use crate::{
    erased::Info,
    error::Error,
    limits::{Length, Most, Percent},
    size::Size,
    topics_section::ReplayKafka,
};

const DEFAULT_SEED: u64 = 42;
const DEFAULT_BUDGET: Length = Length(60_000_000_000);
const MAX_BUDGET: Length = Length(86_400_000_000_000);
/// The interval of so many orders is a tenth of a percent of their spread; more only take longer.
const MAX_ORDERS: u64 = 1_000_000;
const DEFAULT_ERROR_RATE: Percent = Percent(0.01);
const MIN_ERROR_RATE: f64 = 0.0001;
const MAX_ERROR_RATE: f64 = 0.2;
/// Tails vary by tens of percent from run to run of the same job.
const MIN_TAIL_INCREASE: f64 = 0.2;

/// `[replay]` with its values read.
pub(super) struct ReplayChoice {
    pub(super) order: Order,
    pub(super) pace: Pace,
    pub(super) trigger: Trigger,
    pub(super) triggers: Vec<Trigger>,
    pub(super) max_batch: Option<NonZeroU32>,
    pub(super) seed: u64,
    pub(super) amplify: u32,
    pub(super) orders: u64,
    kafka: Option<ReplayKafka>,
}

impl ReplayChoice {
    pub(super) fn of(section: &ReplaySection) -> Result<Self, Error> {
        let choice = Self {
            order: read(section.order.as_deref(), Order::Recorded)?,
            pace: read(section.pace.as_deref(), Pace::Max)?,
            trigger: read(section.trigger.as_deref(), Trigger::Record)?,
            triggers: (section.triggers.iter().flatten())
                .map(|text| read(Some(text), Trigger::Record))
                .collect::<Result<_, _>>()?,
            max_batch: section.max_batch,
            seed: section.seed.unwrap_or(DEFAULT_SEED),
            amplify: section.amplify.unwrap_or(1),
            orders: section.orders.unwrap_or(0),
            kafka: section.kafka.clone(),
        };
        if choice.orders > MAX_ORDERS {
            return Err(Error::usage(format!(
                "orders = {}: they may be {MAX_ORDERS} at most",
                choice.orders
            )));
        }
        // Every order has the seed after the one before it, and a TOML file holds numbers of 63 bits.
        if choice.seed.checked_add(choice.orders).is_none_or(|last| last > i64::MAX as u64) {
            return Err(Error::usage(format!("seed {} is too large: seeds end at 2^63 - 1", choice.seed)));
        }
        Ok(choice)
    }

    pub(super) fn section(&self) -> ReplaySection {
        ReplaySection {
            order: Some(self.order.to_string()),
            pace: Some(self.pace.to_string()),
            trigger: Some(self.trigger.to_string()),
            triggers: (!self.triggers.is_empty())
                .then(|| self.triggers.iter().map(Trigger::to_string).collect()),
            max_batch: self.max_batch,
            seed: Some(self.seed),
            amplify: Some(self.amplify),
            orders: Some(self.orders),
            kafka: self.kafka.clone(),
        }
    }
}

fn read<T: FromStr<Err: ToString>>(text: Option<&str>, default: T) -> Result<T, Error> {
    text.map_or(Ok(default), |text| {
        text.parse().map_err(|error: T::Err| Error::usage(datasets::shown(&error.to_string()).to_string()))
    })
}

/// The limits of `[gate]`. Without any limit on the ratio, the candidate may not be worse than stable.
pub(super) fn limits(gate: &GateSection, problem: &Info) -> Result<Limits, Error> {
    if let Some(limit) = gate.competitive_ratio.filter(|limit| !(1.0..f64::MAX).contains(limit)) {
        return Err(Error::usage(format!(
            "competitive_ratio = {limit}: no ratio is below 1, and a limit is finite"
        )));
    }
    if let Some(limit) = gate.latency_tail_increase.filter(|limit| limit.0 < MIN_TAIL_INCREASE) {
        let message =
            format!("latency_tail_increase = {limit}: p95 and p99 can't be told apart by less than 20%");
        return Err(Error::usage(message));
    }
    if let Some(limit) = gate.throughput_decrease.filter(|limit| limit.0 >= 1.0) {
        return Err(Error::usage(format!(
            "throughput_decrease = {limit}: a rate can't fall by all of it, or more"
        ))
        .with_hint("write a share below 100%, such as \"10%\""));
    }
    let none_unless = |other: bool| (!other).then_some(Amount::Count(0));
    let increase = gate
        .competitive_ratio_increase
        .or((problem.has_cost() && gate.competitive_ratio.is_none()).then_some(Percent(0.0)));
    Ok(Limits {
        competitive_ratio: gate.competitive_ratio,
        competitive_ratio_increase: increase.map(|percent| percent.0),
        divergence: amount(gate.divergence).or(none_unless(problem.is_table)),
        divergence_increase: amount(gate.divergence_increase)
            .or(none_unless(!problem.is_table || gate.divergence.is_some())),
        late: amount(gate.late),
        not_emitted: amount(gate.not_emitted),
        rejected: amount(gate.rejected),
        no_window: amount(gate.no_window),
        left_out: amount(gate.left_out),
        decision_changes: amount(gate.decision_changes),
        latency_increase: gate.latency_increase.map(|percent| percent.0),
        latency_tail_increase: gate.latency_tail_increase.map(|percent| percent.0),
        latency_p99_ns: gate.latency_p99.map(|length| length.0),
        throughput_decrease: gate.throughput_decrease.map(|percent| percent.0),
        peak_memory_bytes: gate.peak_memory.map(|size| size.0),
        peak_memory_increase: gate.peak_memory_increase.map(|percent| percent.0),
        view_age: gate.view_age,
    })
}

fn amount(most: Option<Most>) -> Option<Amount> {
    most.map(|most| most.0)
}

pub(super) fn gate_section(limits: &Limits) -> GateSection {
    GateSection {
        competitive_ratio: limits.competitive_ratio,
        competitive_ratio_increase: limits.competitive_ratio_increase.map(Percent),
        divergence: limits.divergence.map(Most),
        divergence_increase: limits.divergence_increase.map(Most),
        late: limits.late.map(Most),
        not_emitted: limits.not_emitted.map(Most),
        rejected: limits.rejected.map(Most),
        no_window: limits.no_window.map(Most),
        left_out: limits.left_out.map(Most),
        decision_changes: limits.decision_changes.map(Most),
        latency_increase: limits.latency_increase.map(Percent),
        latency_tail_increase: limits.latency_tail_increase.map(Percent),
        latency_p99: limits.latency_p99_ns.map(Length),
        throughput_decrease: limits.throughput_decrease.map(Percent),
        peak_memory: limits.peak_memory_bytes.map(Size),
        peak_memory_increase: limits.peak_memory_increase.map(Percent),
        view_age: limits.view_age,
        budget: None,
        error_rate: None,
    }
}

/// The budget and the error rate of the comparisons of times.
pub(super) fn effort(gate: &GateSection) -> Result<(Length, Percent), Error> {
    let rate = gate.error_rate.unwrap_or(DEFAULT_ERROR_RATE);
    if !(MIN_ERROR_RATE..=MAX_ERROR_RATE).contains(&rate.0) {
        return Err(Error::usage(format!("error_rate = {rate}: it must lie between 0.01% and 20%")));
    }
    let budget = gate.budget.unwrap_or(DEFAULT_BUDGET);
    if budget.0 > MAX_BUDGET.0 {
        return Err(Error::usage(format!(
            "budget = {budget}: it may be {MAX_BUDGET} at most, which is a day"
        )));
    }
    Ok((budget, rate))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::ExperimentFile;

    fn file(text: &str) -> ExperimentFile {
        toml::from_str(text).expect("valid")
    }

    fn packing() -> Info {
        crate::catalog::Catalog::shipped().problem("bin-packing").expect("it is in the catalogue").info()
    }

    #[test]
    fn without_a_limit_on_the_ratio_the_candidate_may_not_be_worse() {
        let increase = |text| limits(&file(text).gate, &packing()).expect("valid").competitive_ratio_increase;
        assert_eq!(increase(""), Some(0.0));
        assert_eq!(increase("gate.latency_increase = '5%'"), Some(0.0));
        assert_eq!(increase("gate.competitive_ratio = 1.5"), None);
        assert_eq!(increase("gate.competitive_ratio_increase = '2%'"), Some(0.02));
        assert!(limits(&file("gate.competitive_ratio = 0.5").gate, &packing()).is_err());
        assert!(limits(&file("gate.competitive_ratio = inf").gate, &packing()).is_err());
        assert!(limits(&file("gate.competitive_ratio = nan").gate, &packing()).is_err());
        assert!(limits(&file("gate.latency_tail_increase = '19%'").gate, &packing()).is_err());
        assert!(limits(&file("gate.latency_tail_increase = '20%'").gate, &packing()).is_ok());
        assert!(limits(&file("gate.throughput_decrease = '100%'").gate, &packing()).is_err());
        assert!(limits(&file("gate.throughput_decrease = '-50%'").gate, &packing()).is_ok());
    }

    #[test]
    fn the_error_rate_stays_within_reason() {
        let rate = |text| effort(&file(text).gate).map(|(_, rate)| rate.0).ok();
        assert_eq!(rate(""), Some(0.01));
        assert_eq!(rate("gate.error_rate = '0.1%'"), Some(0.001));
        assert_eq!((rate("gate.error_rate = '0%'"), rate("gate.error_rate = '50%'")), (None, None));
    }

    #[test]
    fn what_would_take_for_ever_is_refused() {
        let budget = |text| effort(&file(text).gate).map(|(budget, _)| budget.0).ok();
        assert_eq!(budget("gate.budget = '86400s'"), Some(86_400_000_000_000));
        assert_eq!(budget("gate.budget = '86401s'"), None);
        assert_eq!(budget("gate.budget = '4294967296s'"), None);
        let orders = |text| ReplayChoice::of(&file(text).replay).map(|choice| choice.orders).ok();
        assert_eq!(orders("replay.orders = 1000000"), Some(1_000_000));
        assert_eq!(orders("replay.orders = 1000000000"), None);
    }

    #[test]
    fn a_resolved_section_reads_back_as_itself() {
        let section = gate_section(
            &limits(&file("gate.latency_increase = '5%'\ngate.latency_p99 = '1ms'").gate, &packing())
                .expect("valid"),
        );
        let text = toml::to_string(&section).expect("plain");
        assert_eq!(toml::from_str::<GateSection>(&text).expect("what was written"), section);
    }
}
