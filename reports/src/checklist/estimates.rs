//! Finds the estimate behind a check, where it is one: a number with an interval, and a limit.

use compare::{Check, Estimate, Results, Timings};

use super::dots::{Allowed, Dot, Plot, Scale};
use crate::format::ratio_digits;

/// Returns the plot of what the check went by; nothing where that isn't an estimate.
pub(super) fn estimates(results: &Results, timings: &Timings, check: &Check) -> Option<Plot> {
    let plot = match check.name.as_str() {
        "competitive_ratio" => ratio(results, check),
        "competitive_ratio_increase_over_orders" => Some(over_orders(results, check)),
        "throughput_decrease" => throughput(results, timings, check),
        "latency_p99" => latency_p99(results, timings, check),
        name => latency(results, timings, check, name.strip_prefix("latency_increase_")?),
    };
    plot.filter(Plot::is_drawable)
}

/// Bounds of the true ratio: no value in them is more likely than another, so there is no dot.
fn ratio(results: &Results, check: &Check) -> Option<Plot> {
    let costs = results.costs()?;
    let [stable, candidate] = results.jobs();
    let dot = |class, name: &str, ratio: &compare::RatioResult| Dot {
        class,
        name: name.to_owned(),
        value: None,
        ends: [ratio.low, ratio.high],
    };
    Some(Plot {
        scale: Scale::Ratio(ratio_digits(costs.bounds.lower)),
        dots: vec![
            dot("stable", stable, &costs.stable.competitive_ratio),
            dot("candidate", candidate, &costs.candidate.competitive_ratio),
        ],
        limit: check.limit,
        allowed: Allowed::Below,
    })
}

/// The check goes by the sums over the orders, which are exact, and not by the mean of the increases.
fn over_orders(results: &Results, check: &Check) -> Plot {
    let [_, candidate] = results.jobs();
    let sums = Estimate { value: check.value, low: check.value, high: check.value };
    Plot {
        scale: Scale::Increase,
        dots: vec![dot("candidate", candidate, sums, |increase| increase)],
        limit: check.limit,
        allowed: Allowed::Below,
    }
}

fn throughput(results: &Results, timings: &Timings, check: &Check) -> Option<Plot> {
    let throughput = timings.throughput.as_ref()?;
    let [stable, candidate] = results.jobs();
    let mut dots: Vec<Dot> = throughput.control.map(|control| again(stable, control)).into_iter().collect();
    dots.push(dot("candidate", candidate, throughput.ratio?, |times| times - 1.0));
    Some(Plot { scale: Scale::Increase, dots, limit: -check.limit, allowed: Allowed::Above })
}

fn latency(results: &Results, timings: &Timings, check: &Check, metric: &str) -> Option<Plot> {
    let comparison = timings.comparison.as_ref()?;
    let [stable, candidate] = results.jobs();
    let of = |metrics: &[compare::MetricComparison]| {
        metrics.iter().find(|found| found.metric == metric).and_then(|found| found.ratio)
    };
    let mut dots: Vec<Dot> =
        of(&comparison.control).map(|control| again(stable, control)).into_iter().collect();
    dots.push(dot("candidate", candidate, of(&comparison.metrics)?, |times| times - 1.0));
    Some(Plot { scale: Scale::Increase, dots, limit: check.limit, allowed: Allowed::Below })
}

fn latency_p99(results: &Results, timings: &Timings, check: &Check) -> Option<Plot> {
    let [stable, candidate] = results.jobs();
    let mut dots: Vec<Dot> =
        timings.stable.p99_bounds.map(|bounds| dot("stable", stable, bounds, |ns| ns)).into_iter().collect();
    dots.push(dot("candidate", candidate, timings.candidate.p99_bounds?, |ns| ns));
    Some(Plot { scale: Scale::Ns, dots, limit: check.limit, allowed: Allowed::Below })
}

/// Stable against itself, which shows what the machine alone does to the numbers.
fn again(stable: &str, control: Estimate) -> Dot {
    dot("stable", &format!("{stable} again"), control, |times| times - 1.0)
}

fn dot(class: &'static str, name: &str, of: Estimate, at: fn(f64) -> f64) -> Dot {
    Dot { class, name: name.to_owned(), value: Some(at(of.value)), ends: [at(of.low), at(of.high)] }
}
