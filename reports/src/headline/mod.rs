//! The verdict as a sentence that a person would say, and the numbers behind it.

mod cost;
mod table;

use compare::{AnyResults, Check, Comparison, Measure, Outcome, Skipped, Timings};

use crate::format::{capital, duration, ends, fixed, percent, plain_spaces};
use crate::guarantee::GUARANTEE;

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
pub fn headline(results: &AnyResults, timings: &Timings) -> Headline {
    let headline = headline_for_page(results, timings);
    Headline { detail: plain_spaces(&headline.detail), ..headline }
}

/// The same with no-break spaces between numbers and units.
pub(crate) fn headline_for_page(results: &AnyResults, timings: &Timings) -> Headline {
    let worst = worst(results, timings);
    let (found, because) = match results {
        AnyResults::Cost(results) => (cost::found(results), None),
        AnyResults::Table(results) => {
            let because = match timings.outcome {
                Outcome::Pass => table::although(results),
                Outcome::Fail | Outcome::Inconclusive | Outcome::Invalid => table::because(results, &worst),
            };
            (table::found(results), because)
        }
    };
    let parts = [
        reason(timings.outcome, &worst, because.is_some()),
        Some(found),
        saturated(results, timings).or_else(|| speed(results, timings)),
        not_checked(results, timings),
    ];
    Headline {
        outcome: timings.outcome,
        sentence: sentence(results, timings) + &because.unwrap_or_default(),
        detail: parts.into_iter().flatten().collect::<Vec<_>>().join(" "),
    }
}

/// All checks of both verdicts, accuracy first.
pub(crate) fn checks<'a>(results: &'a AnyResults, timings: &'a Timings) -> impl Iterator<Item = &'a Check> {
    results.verdict().checks.iter().chain(&timings.verdict.checks)
}

/// All limits of both verdicts that could not be checked.
pub(crate) fn skipped<'a>(
    results: &'a AnyResults,
    timings: &'a Timings,
) -> impl Iterator<Item = &'a Skipped> {
    results.verdict().skipped.iter().chain(&timings.verdict.skipped)
}

fn sentence(results: &AnyResults, timings: &Timings) -> String {
    let [stable, candidate] = results.jobs();
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

/// The checks that decided, where the outcome is not a pass.
fn worst<'a>(results: &'a AnyResults, timings: &'a Timings) -> Vec<&'a Check> {
    let outcome = timings.outcome;
    checks(results, timings).filter(|check| outcome != Outcome::Pass && check.outcome == outcome).collect()
}

/// Why the outcome is not a pass: the first check with that outcome, and how many more there are.
fn reason(outcome: Outcome, worst: &[&Check], is_said: bool) -> Option<String> {
    let word = match outcome {
        Outcome::Pass => return None,
        Outcome::Inconclusive => "is undecided",
        Outcome::Fail => "fails",
        Outcome::Invalid => "is invalid",
    };
    let Some(first) = worst.first() else {
        return Some(format!("The run is marked {}, and no check says why.", outcome_word(outcome)));
    };
    let more = match worst.len() - 1 {
        0 => None,
        others => Some(format!("The table has {others} more of this kind.")),
    };
    if is_said {
        return more;
    }
    let note = first.note.trim().trim_end_matches('.');
    let because = Some(match first.name.as_str() {
        // Its note says all of it: `exactly-once is broken for stable: …`.
        GUARANTEE => format!("{}.", capital(note)),
        name => format!("{name} {word}: {note}."),
    });
    Some([because, more].into_iter().flatten().collect::<Vec<_>>().join(" "))
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

/// Time a record, or the tail of the latency in a paced replay; nothing where nothing was measured.
fn speed(results: &AnyResults, timings: &Timings) -> Option<String> {
    let [stable, _] = results.jobs();
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
    let Some(mean) = comparison.metrics.first().and_then(|mean| mean.ratio) else {
        return format!("{absolute}.");
    };
    format!(
        "{absolute}: {} times as long ({} interval {}).",
        fixed(mean.value, 2),
        percent(1.0 - 2.0 * comparison.error_rate),
        ends(&mean, |end| fixed(end, 2)),
    )
}

fn saturated(results: &AnyResults, timings: &Timings) -> Option<String> {
    let [stable, candidate] = results.jobs();
    let who = match (timings.stable.saturated, timings.candidate.saturated) {
        (false, false) => return None,
        (true, false) => format!("{stable} could not"),
        (false, true) => format!("{candidate} could not"),
        (true, true) => "Neither job could".to_owned(),
    };
    Some(format!("{who} keep up with the pace, so its latency says how long the run was."))
}

fn not_checked(results: &AnyResults, timings: &Timings) -> Option<String> {
    let names: Vec<_> = skipped(results, timings).map(|limit| limit.name.as_str()).collect();
    if names.is_empty() { None } else { Some(format!("Not checked: {}.", names.join(", "))) }
}
