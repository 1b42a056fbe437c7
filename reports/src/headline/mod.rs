//! The verdict as a sentence that a person would say, and the numbers behind it.

mod caveats;
mod cost;
mod scope;
mod speed;
mod table;

use compare::{Check, Judged, Outcome, Results, Skipped, Timings};

use crate::format::{capital, plain_spaces};
use crate::guarantee::GUARANTEE;

/// The verdict in plain text. Names in it come from outside: escape them for where they are shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Headline {
    /// The worst outcome of both verdicts.
    pub outcome: Outcome,
    /// Holds what was judged and what wasn't: `on accuracy; speed not judged`. Empty where nothing was.
    pub scope: String,
    /// Holds what follows, in one line without a full stop: `best-fit may replace next-fit`. Behind it stands how far
    /// both answers are off, and how much they leave out.
    pub sentence: String,
    /// The reason where there is one, then cost and time, in sentences.
    pub detail: String,
}

impl Headline {
    /// The verdict in one line: `pass on accuracy; speed not judged: best-fit may replace next-fit`.
    pub fn line(&self) -> String {
        format!("{}{}", outcome_word(self.outcome), self.after_outcome())
    }

    /// Returns the same without its first word.
    pub fn after_outcome(&self) -> String {
        match self.scope.as_str() {
            "" => format!(": {}", self.sentence),
            scope => format!(" {scope}: {}", self.sentence),
        }
    }
}

/// Returns what a run concludes, as a person would say it.
pub fn headline(results: &Results, timings: &Timings) -> Headline {
    let headline = headline_for_page(results, timings);
    let [sentence, detail] = [&headline.sentence, &headline.detail].map(|text| plain_spaces(text));
    Headline { sentence, detail, ..headline }
}

/// Returns the same with no-break spaces between numbers and units.
pub(crate) fn headline_for_page(results: &Results, timings: &Timings) -> Headline {
    let worst = worst(results, timings);
    let decided = decided_by_rows(&worst);
    let judged = Judged::of(&results.verdict, &timings.verdict);
    let parts = [
        reason(timings.outcome, &worst, decided),
        results.costs().map(|costs| cost::found(results, &costs)).or_else(|| cost::without(results)),
        results.tables().map(|tables| table::found(results, &tables)),
        saturated(results, timings).or_else(|| speed::sentence(results, timings)),
        not_checked(results, timings).or_else(|| not_judged(judged, timings)),
    ];
    Headline {
        outcome: timings.outcome,
        scope: scope::scope(timings.outcome, judged),
        sentence: with_caveats(sentence(results, timings), &caveats(results, &worst, decided), decided),
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
    let [stable, candidate] = results.jobs();
    match timings.outcome {
        Outcome::Pass if checks(results, timings).next().is_none() => {
            format!("{candidate} beside {stable}: nothing was checked")
        }
        Outcome::Pass => format!("{candidate} may replace {stable}"),
        Outcome::Inconclusive => format!("it is still open whether {candidate} may replace {stable}"),
        Outcome::Fail => format!("{candidate} may not replace {stable}"),
        Outcome::Invalid => format!("this run can't tell whether {candidate} may replace {stable}"),
    }
}

/// Returns what a reader has to know beside the verdict, the reason first where it is rows that got worse.
fn caveats(results: &Results, worst: &[&Check], decided: bool) -> Vec<String> {
    let [stable, _] = results.jobs();
    let reason = worst.first().filter(|check| decided && check.name == "divergence_increase");
    let reason = reason.map(|check| caveats::got_worse(check.value, check.unit, stable));
    reason.into_iter().chain(caveats::caveats(results)).collect()
}

/// The sentence and what a reader has to know beside it; the first of that is the reason where it has decided.
fn with_caveats(sentence: String, caveats: &[String], decided: bool) -> String {
    let caveats = caveats.join("; ");
    match (caveats.is_empty(), decided) {
        (true, _) => sentence,
        (false, true) => format!("{sentence}: {caveats}"),
        (false, false) => format!("{sentence}; {caveats}"),
    }
}

/// Returns whether the rows that differ are the reason for a fail.
fn decided_by_rows(worst: &[&Check]) -> bool {
    let first = worst.first().filter(|check| check.outcome == Outcome::Fail);
    first.is_some_and(|check| matches!(check.name.as_str(), "divergence" | "divergence_increase"))
}

/// The checks that decided, where the outcome is not a pass.
fn worst<'a>(results: &'a Results, timings: &'a Timings) -> Vec<&'a Check> {
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
    let more = more(outcome, worst.len() - 1);
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

/// Returns how many checks beside the first have the outcome, too.
fn more(outcome: Outcome, others: usize) -> Option<String> {
    let (one, many) = match outcome {
        Outcome::Pass => return None,
        Outcome::Inconclusive => ("is undecided", "are undecided"),
        Outcome::Fail => ("fails", "fail"),
        Outcome::Invalid => ("is invalid", "are invalid"),
    };
    match others {
        0 => None,
        1 => Some(format!("One more check {one}.")),
        _ => Some(format!("{others} more checks {many}.")),
    }
}

/// The outcome as one lowercase word.
pub fn outcome_word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Pass => "pass",
        Outcome::Inconclusive => "inconclusive",
        Outcome::Fail => "fail",
        Outcome::Invalid => "invalid",
    }
}

fn saturated(results: &Results, timings: &Timings) -> Option<String> {
    let [stable, candidate] = results.jobs();
    let who = match (timings.stable.saturated, timings.candidate.saturated) {
        (false, false) => return None,
        (true, false) => format!("{stable} could not"),
        (false, true) => format!("{candidate} could not"),
        (true, true) => "Neither job could".to_owned(),
    };
    Some(format!("{who} keep up with the pace, so its latency says how long the run was."))
}

fn not_checked(results: &Results, timings: &Timings) -> Option<String> {
    let names: Vec<_> = skipped(results, timings).map(|limit| limit.name.as_str()).collect();
    if names.is_empty() { None } else { Some(format!("Not checked: {}.", names.join(", "))) }
}

/// Returns how to have the speed judged, where accuracy alone was.
fn not_judged(judged: Judged, timings: &Timings) -> Option<String> {
    let sets = if crate::speed::emits(timings) { "throughput_decrease" } else { "latency_increase" };
    (judged.accuracy.is_some() && judged.speed.is_none())
        .then(|| format!("No limit on speed was set; {sets} sets one."))
}
