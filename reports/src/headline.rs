//! The verdict as a sentence that a person would say, and the numbers behind it.

use compare::{Check, Comparison, Measure, Outcome, ReferenceResult, Results, Skipped, Timings};

use crate::format::{count, counted, duration, ends, fixed, percent, plain_spaces};

/// The verdict in plain text. Names in it come from outside: escape them for where they are shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Headline {
    /// The worst outcome of both verdicts.
    pub outcome: Outcome,
    /// What follows, in one line without a full stop: `best-fit may replace next-fit`.
    pub sentence: String,
    /// The reason where there is one, then cost and time, in sentences.
    pub detail: String,
}

/// What a run concludes, as a person would say it.
pub fn headline(results: &Results, timings: &Timings) -> Headline {
    let headline = headline_for_page(results, timings);
    Headline { detail: plain_spaces(&headline.detail), ..headline }
}

/// The same with no-break spaces between numbers and units.
pub(crate) fn headline_for_page(results: &Results, timings: &Timings) -> Headline {
    let parts = [
        reason(results, timings),
        Some(cost(results)),
        saturated(results, timings).or_else(|| speed(results, timings)),
        not_checked(results, timings),
    ];
    Headline {
        outcome: timings.outcome,
        sentence: sentence(results, timings),
        detail: parts.into_iter().flatten().collect::<Vec<_>>().join(" "),
    }
}

/// All checks of both verdicts, accuracy first.
pub(crate) fn checks<'a>(results: &'a Results, timings: &'a Timings) -> impl Iterator<Item = &'a Check> {
    results.verdict.checks.iter().chain(&timings.verdict.checks)
}

/// All limits of both verdicts that could not be checked.
pub(crate) fn skipped<'a>(results: &'a Results, timings: &'a Timings) -> impl Iterator<Item = &'a Skipped> {
    results.verdict.skipped.iter().chain(&timings.verdict.skipped)
}

fn sentence(results: &Results, timings: &Timings) -> String {
    let (stable, candidate) = (&results.stable.job, &results.candidate.job);
    match timings.outcome {
        Outcome::Pass if checks(results, timings).next().is_none() => {
            format!("{candidate} beside {stable}: nothing was checked")
        }
        Outcome::Pass => format!("{candidate} may replace {stable}"),
        Outcome::Inconclusive => format!("It is still open whether {candidate} may replace {stable}"),
        Outcome::Fail => format!("{candidate} may not replace {stable}"),
        Outcome::Invalid => format!("This run can't tell whether {candidate} may replace {stable}"),
    }
}

/// Why the outcome is not a pass: the first check with that outcome, and how many more there are.
fn reason(results: &Results, timings: &Timings) -> Option<String> {
    let word = match timings.outcome {
        Outcome::Pass => return None,
        Outcome::Inconclusive => "is undecided",
        Outcome::Fail => "fails",
        Outcome::Invalid => "is invalid",
    };
    let worst: Vec<_> = checks(results, timings).filter(|check| check.outcome == timings.outcome).collect();
    let Some(first) = worst.first() else {
        return Some(format!("The run is marked {}, and no check says why.", outcome_word(timings.outcome)));
    };
    let note = first.note.trim().trim_end_matches('.');
    let more = match worst.len() - 1 {
        0 => String::new(),
        others => format!(" The table has {others} more of this kind."),
    };
    Some(format!("{} {word}: {note}.{more}", first.name))
}

/// The outcome as one lowercase word.
pub(crate) fn outcome_word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Pass => "pass",
        Outcome::Inconclusive => "inconclusive",
        Outcome::Fail => "fail",
        Outcome::Invalid => "invalid",
    }
}

fn cost(results: &Results) -> String {
    let (stable, candidate) = (&results.stable, &results.candidate);
    let unit = &results.cost_unit;
    let optimum = optimum(&results.reference);
    if stable.cost == candidate.cost {
        return format!("Both need {}; {optimum}.", counted(candidate.cost, unit));
    }
    let word = if candidate.cost < stable.cost { "fewer" } else { "more" };
    format!(
        "It needs {} where {} needs {}, {} {word}; {optimum}.",
        counted(candidate.cost, unit),
        stable.job,
        count(stable.cost),
        count(stable.cost.abs_diff(candidate.cost)),
    )
}

fn optimum(reference: &ReferenceResult) -> String {
    if reference.lower_bound == reference.upper_bound {
        format!("the optimum is {}", count(reference.lower_bound))
    } else {
        format!(
            "the optimum lies between {} and {}",
            count(reference.lower_bound),
            count(reference.upper_bound)
        )
    }
}

/// Time a record, or the tail of the latency in a paced replay; nothing where nothing was measured.
fn speed(results: &Results, timings: &Timings) -> Option<String> {
    let stable = &results.stable.job;
    let absolute = match timings.measure {
        Measure::ServiceTimeByChunk => {
            // The median: one preempted chunk moves a mean.
            let [mine, theirs] = [&timings.candidate, &timings.stable].map(|version| version.latency_ns.p50);
            if !(mine > 0.0 && theirs > 0.0) {
                return None;
            }
            format!("It takes {} a record where {stable} takes {}", duration(mine), duration(theirs))
        }
        Measure::FromDueTime => {
            let [mine, theirs] = [&timings.candidate, &timings.stable].map(|version| version.latency_ns.p99);
            format!(
                "At pace {}, 99\u{a0}% of its decisions come within {} of the due time, those of {stable} within {}",
                timings.pace,
                duration(mine),
                duration(theirs),
            )
        }
    };
    Some(timings.comparison.as_ref().map_or_else(|| format!("{absolute}."), |seen| compared(&absolute, seen)))
}

fn compared(absolute: &str, comparison: &Comparison) -> String {
    let Some(mean) = comparison.metrics.first() else { return format!("{absolute}.") };
    format!(
        "{absolute}: {} times as long ({} interval {}).",
        fixed(mean.ratio.value, 2),
        percent(1.0 - 2.0 * comparison.error_rate),
        ends(&mean.ratio, |end| fixed(end, 2)),
    )
}

fn saturated(results: &Results, timings: &Timings) -> Option<String> {
    let who = match (timings.stable.saturated, timings.candidate.saturated) {
        (false, false) => return None,
        (true, false) => format!("{} could not", results.stable.job),
        (false, true) => format!("{} could not", results.candidate.job),
        (true, true) => "Neither job could".to_owned(),
    };
    Some(format!("{who} keep up with the pace, so its latency says how long the run was."))
}

fn not_checked(results: &Results, timings: &Timings) -> Option<String> {
    let names: Vec<_> = skipped(results, timings).map(|limit| limit.name.as_str()).collect();
    if names.is_empty() { None } else { Some(format!("Not checked: {}.", names.join(", "))) }
}
