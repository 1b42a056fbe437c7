//! Says what to do where a run has not decided, or can't be trusted: which flag, which limit, what about the machine.

use compare::{Check, Comparison, Health, Outcome, Results, ThroughputComparison, Timings};
use maud::html;

use crate::format::{count, duration, fixed, increase, percent};
use crate::headline::checks;
use crate::part::Part;

/// From so many runnable tasks a processor on, others were at work.
const BUSY: f64 = 0.5;
/// From this share on a hypervisor took time that can be seen.
const STOLEN: f64 = 0.01;
/// A comparison that used less of its budget than this share ended for another reason: the last replicate alone may not fit.
const SPENT: f64 = 0.75;

/// Returns the part, or nothing where the run has decided.
pub(crate) fn next(results: &Results, timings: &Timings) -> Option<Part> {
    let outcome = timings.outcome;
    let heading = match outcome {
        Outcome::Pass | Outcome::Fail => return None,
        Outcome::Inconclusive => "What would decide it?",
        Outcome::Invalid => "What has to be put right first?",
    };
    let mut steps: Vec<String> = Vec::new();
    for check in checks(results, timings).filter(|check| check.outcome == outcome) {
        for step in steps_for(check, results, timings) {
            if !steps.contains(&step) {
                steps.push(step);
            }
        }
    }
    if steps.is_empty() {
        steps.push(format!("Repeat the run; {}.", repeat(outcome)));
    }
    Some(Part::new("next", heading, html! { ol { @for step in &steps { li { (step) } } } }))
}

fn repeat(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Invalid => {
            "no check says why it is invalid, which is a fault of its own: counterpoint report --help says how \
                             a page is written anew"
        }
        Outcome::Pass | Outcome::Fail | Outcome::Inconclusive => "no check says why it is open",
    }
}

/// Returns the steps that one check leaves, the surest first.
fn steps_for(check: &Check, results: &Results, timings: &Timings) -> Vec<String> {
    let has_missed = timings.feeder.as_ref().is_some_and(|feeder| !feeder.kept_schedule());
    match check.name.as_str() {
        "latency_p99" if has_missed => feeder(timings),
        "competitive_ratio" if check.outcome == Outcome::Invalid => beyond_proof(),
        "latency_increase_p95" | "latency_increase_p99" => compared(check, timings, "latency_tail_increase"),
        name if name.starts_with("latency_increase") => compared(check, timings, "latency_increase"),
        "throughput_decrease" => compared(check, timings, "throughput_decrease"),
        "latency_p99" if timings.feeder.is_none() => {
            vec!["Give the records due times: --pace 10000/s, or the rate that the job has to hold.".to_owned()]
        }
        "latency_p99" if timings.stable.saturated || timings.candidate.saturated => vec![format!(
            "Feed more slowly: a --pace below {}, which both jobs keep up with. Until then latency says how long the run was.",
            timings.pace
        )],
        "latency_p99" => vec![
            "Feed more records, so that the interval gets narrower: --amplify 10, or a larger dataset.".to_owned(),
            "Or set the limit apart from what was seen: --latency-p99 with a time outside of the interval.".to_owned(),
        ],
        "feeder" => feeder(timings),
        "competitive_ratio" => vec![
            "Judge the candidate against stable, for which the optimum needn\u{2019}t be known: --competitive-ratio-increase 0%."
                .to_owned(),
            "Or take a dataset on which the reference finds the optimum: its bounds are further apart than candidate and limit."
                .to_owned(),
        ],
        "reference" => vec![format!(
            "Correct what the manifest of the dataset {} claims, or its records: what it says of the optimum and what the records \
             allow can\u{2019}t both be right. Then freeze it anew: counterpoint freeze.",
            results.dataset.name
        )],
        "lower_bound" | "proven_ratio" => beyond_proof(),
        "divergence" | "divergence_increase" => vec![format!(
            "Put stable right first: {} itself gives an answer that doesn\u{2019}t stand, so nothing can be held against it.",
            results.stable.job
        )],
        "ledger" => vec![
            "Correct the account of the job that is named: each record has to be counted once, as used or with the reason why not."
                .to_owned(),
        ],
        "guarantee" => vec![
            "Read \u{201c}What the crashes did\u{201d}: a promise was broken, or a fault that was asked for never struck. Move the \
             fault to a place that the run reaches, --fault \"crash at record 1000\", or promise less, --guarantee at-least-once."
                .to_owned(),
        ],
        "deterministic" => vec![
            "Make the job give the same rows each time: fix its seed, sort what it gives out, use one thread. Until then nothing \
             can be said row by row."
                .to_owned(),
        ],
        "baseline" => vec![
            "Make the job deterministic before it is held against a baseline, or leave the baseline out.".to_owned(),
        ],
        "peak_memory" | "peak_memory_increase" => vec![
            "Run it where the system tells how much memory a process held, as Linux does, with jobs that are programs of their own: \
             stable.command and candidate.command."
                .to_owned(),
        ],
        "upgrade" => vec![
            "Give the upgrade longer before it is judged: --probation 40%, or an earlier --start-at.".to_owned(),
        ],
        _ => Vec::new(),
    }
}

/// An answer that can't be.
fn beyond_proof() -> Vec<String> {
    vec![
        "Look for a fault in the job that is named, or in the problem\u{2019}s cost: an answer can\u{2019}t be better than the bound, \
         nor a job worse than what is proved of it."
            .to_owned(),
    ]
}

/// More time, fewer disturbances, a wider limit.
fn compared(check: &Check, timings: &Timings, key: &str) -> Vec<String> {
    let (time, effect, health) = match (key, &timings.comparison, &timings.throughput) {
        ("latency_increase" | "latency_tail_increase", Some(comparison), _) => {
            let metric =
                comparison.metrics.iter().find(|metric| check.name.ends_with(&format!("_{}", metric.metric)));
            let effect = metric.and_then(|metric| metric.smallest_effect);
            let Comparison { needed_seconds: needed, spent_seconds: spent, budget_seconds: budget, .. } =
                *comparison;
            (Time { needed, spent, budget }, effect, &comparison.health)
        }
        ("throughput_decrease", _, Some(throughput)) => {
            let ThroughputComparison {
                needed_seconds: needed,
                spent_seconds: spent,
                budget_seconds: budget,
                ..
            } = *throughput;
            (Time { needed, spent, budget }, throughput.smallest_effect, &throughput.health)
        }
        _ => return vec!["Give the comparison time: --budget 60s.".to_owned()],
    };
    let flag = key.replace('_', "-");
    let mut steps = if time.is_left() { Vec::new() } else { vec![more_time(&time)] };
    let quieter = quieter(health, timings);
    if time.is_left() && quieter.is_empty() {
        steps.push("Run it on a quieter machine, or when nothing else runs.".to_owned());
    }
    steps.extend(quieter);
    if let Some(effect) = effect.filter(|effect| effect.is_finite() && *effect > check.limit) {
        let allowed = (effect * 100.0).ceil();
        steps.push(format!(
            "Or allow what this run could have told apart, if you can live with it: --{flag} {allowed}% ({} and more would have \
             been seen; the limit is {}).",
            increase(effect),
            percent(check.limit)
        ));
    } else {
        steps.push(format!(
            "Or allow more, if you can live with it: a --{flag} above {}.",
            percent(check.limit)
        ));
    }
    steps
}

/// Holds the seconds that a comparison needed, took, and might have taken.
struct Time {
    needed: Option<f64>,
    spent: f64,
    budget: f64,
}

impl Time {
    fn known_need(&self) -> Option<f64> {
        self.needed.filter(|needed| needed.is_finite() && *needed > 0.0)
    }

    /// Returns whether it ended before its time, for which more of it is no help: the machine or the feeder wasn't fit.
    fn is_left(&self) -> bool {
        self.known_need().is_none() && self.spent < self.budget * SPENT
    }
}

/// The budget as a flag, rounded up to what somebody would type.
fn more_time(time: &Time) -> String {
    let budget = time.budget;
    let spent = duration(budget * 1e9);
    match time.known_need() {
        Some(needed) => format!(
            "Give the comparison more time: --budget {}s. It had {spent}, and at this noise about {} are needed.",
            count(rounded_up(needed)).replace(',', ""),
            duration(needed * 1e9)
        ),
        None => format!(
            "Give the comparison more time: --budget {}s. It had {spent}.",
            count(rounded_up((budget * 4.0).max(60.0))).replace(',', "")
        ),
    }
}

/// Half as much again, in whole seconds: an estimate of what is needed is one.
fn rounded_up(seconds: f64) -> u64 {
    (seconds * 1.5).ceil().clamp(1.0, 86_400.0) as u64
}

/// Returns the part that the machine has in it, where it tells.
fn quieter(health: &Health, timings: &Timings) -> Vec<String> {
    let cpus = timings.machine.cpus.max(1) as f64;
    let mut seen = Vec::new();
    let load = health.load.or(timings.machine.load).filter(|load| *load / cpus > BUSY);
    seen.extend(load.map(|load| {
        format!("{} tasks were runnable on {} processors", fixed(load, 1), count(timings.machine.cpus))
    }));
    let stolen = health.steal_share.filter(|share| *share > STOLEN);
    seen.extend(stolen.map(|share| format!("a hypervisor gave {} of the time to others", percent(share))));
    let throttled = health.throttled.filter(|times| *times > 0);
    seen.extend(throttled.map(|times| format!("a processor was slowed for heat {} times", count(times))));
    if seen.is_empty() {
        return Vec::new();
    }
    vec![format!("Run it on a quieter machine, or when nothing else runs: {}.", seen.join(", "))]
}

/// A schedule that the feeder itself could not keep.
fn feeder(timings: &Timings) -> Vec<String> {
    let share = timings.feeder.as_ref().map_or(String::new(), |feeder| {
        format!(
            " It was late for {} of the records, {} are allowed.",
            percent(feeder.miss_share()),
            percent(feeder.allowed_share)
        )
    });
    let mut steps = vec![format!("Feed more slowly: a --pace below {}.{share}", timings.pace)];
    let none = Health::default();
    let health = timings.comparison.as_ref().map_or(&none, |comparison| &comparison.health);
    let quieter = quieter(health, timings);
    if quieter.is_empty() {
        steps.push(
            "Or run it on a machine with a processor to spare: the feeder needs one beside the job."
                .to_owned(),
        );
    }
    steps.extend(quieter);
    steps
}
