//! Several experiments that were run together: a page, Markdown, and the cells that a terminal shows, too.

pub(crate) mod markdown;
pub(crate) mod page;

use compare::{
    Outcome, SpeedOf, Suite, SuiteChecks, SuiteCounts, SuiteEnd, SuiteEntry, SuiteFound, SuiteJudged,
    SuiteSpeed,
};

use crate::format::{NONE, count, counted, fixed, interval, plain_spaces};
use crate::headline::outcome_word;

/// The heads of a table of experiments, as [`SuiteRow::cells`] fills it.
pub const SUITE_HEADS: [&str; 6] = ["experiment", "verdict", "checks", "off by", "speed", "took"];

/// One experiment's row of a table, in plain text. Names come from outside: escape them for where they are shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SuiteRow {
    /// The experiment's name.
    pub name: String,
    /// The outcome's word, `error` where there is no verdict, or `not run`.
    pub verdict: &'static str,
    /// Says how many checks failed, or passed.
    pub checks: String,
    /// Says how far both answers are off, stable's first.
    pub off: String,
    /// The candidate's speed beside stable's.
    pub speed: String,
    /// Says how long it took.
    pub took: String,
    /// Holds the verdict in one line, or why there is none.
    pub said: String,
}

impl SuiteRow {
    /// Returns what came of that experiment.
    pub fn of(entry: &SuiteEntry) -> Self {
        let plain = of(entry);
        let [checks, off, speed, took] =
            [&plain.checks, &plain.off, &plain.speed, &plain.took].map(|cell| plain_spaces(cell));
        Self { checks, off, speed, took, ..plain }
    }

    /// Returns the row's cells, as [`SUITE_HEADS`] names them.
    pub fn cells(&self) -> [&str; 6] {
        [&self.name, self.verdict, &self.checks, &self.off, &self.speed, &self.took]
    }
}

/// Returns the row with no-break spaces between numbers and units.
fn of(entry: &SuiteEntry) -> SuiteRow {
    let none = || NONE.to_owned();
    let row = SuiteRow {
        name: entry.name.clone(),
        verdict: word(&entry.end),
        checks: none(),
        off: none(),
        speed: none(),
        took: if entry.started.is_some() { took(entry.seconds) } else { none() },
        said: said(&entry.end),
    };
    match &entry.end {
        SuiteEnd::Judged(judged) => SuiteRow {
            checks: checks(judged.checks),
            off: off(judged.found),
            speed: judged.speed.map_or_else(none, speed),
            ..row
        },
        SuiteEnd::Error(_) | SuiteEnd::NotRun { .. } => row,
    }
}

/// Returns what came of all of them, in one line: `3 experiments: 2 pass, 1 fails`.
pub fn suite_line(suite: &Suite) -> String {
    let all = suite.experiments.len();
    let SuiteCounts { pass, fail, inconclusive, invalid, error, not_run } = suite.counts();
    let by_number = |number: usize, one: &str, many: &str| {
        (number > 0).then(|| format!("{number} {}", if number == 1 { one } else { many }))
    };
    let parts = [
        by_number(pass, "passes", "pass"),
        by_number(fail, "fails", "fail"),
        by_number(inconclusive, "is inconclusive", "are inconclusive"),
        by_number(invalid, "is invalid", "are invalid"),
        by_number(error, "has no verdict", "have no verdict"),
        by_number(not_run, "was not run", "were not run"),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    let experiments = plain_spaces(&counted(all as u64, "experiments"));
    if parts.is_empty() { experiments } else { format!("{experiments}: {}", parts.join(", ")) }
}

/// The worst that came of an experiment, as a word and the class by which a page colours it.
pub(crate) fn worst(suite: &Suite) -> (&'static str, &'static str) {
    let SuiteCounts { fail, inconclusive, invalid, error, not_run, .. } = suite.counts();
    if suite.exit_code.is_none() {
        return ("incomplete", "inconclusive");
    }
    match (error, invalid, fail, inconclusive, not_run) {
        (1.., ..) => ("error", "invalid"),
        (_, 1.., ..) => ("invalid", "invalid"),
        (_, _, 1.., ..) => ("fail", "fail"),
        (_, _, _, 1.., _) => ("inconclusive", "inconclusive"),
        (_, _, _, _, 1..) => ("incomplete", "inconclusive"),
        _ => ("pass", "pass"),
    }
}

/// Returns whether an experiment is one that a reader has to look at.
pub(crate) fn is_remarkable(entry: &SuiteEntry) -> bool {
    !matches!(&entry.end, SuiteEnd::Judged(judged) if judged.outcome == Outcome::Pass)
}

/// Returns the run that has a report, if the experiment came to one.
pub(crate) fn judged(entry: &SuiteEntry) -> Option<&SuiteJudged> {
    match &entry.end {
        SuiteEnd::Judged(judged) => Some(judged),
        SuiteEnd::Error(_) | SuiteEnd::NotRun { .. } => None,
    }
}

fn word(end: &SuiteEnd) -> &'static str {
    match end {
        SuiteEnd::Judged(judged) => outcome_word(judged.outcome),
        SuiteEnd::Error(_) => "error",
        SuiteEnd::NotRun { .. } => "not run",
    }
}

fn said(end: &SuiteEnd) -> String {
    match end {
        SuiteEnd::Judged(judged) => judged.headline.clone(),
        SuiteEnd::Error(error) => {
            let hint = error.hint.as_ref().map_or_else(String::new, |hint| format!(" ({hint})"));
            format!("error: {}{hint}", error.message)
        }
        SuiteEnd::NotRun { why } => format!("not run: {why}"),
    }
}

fn checks(checks: SuiteChecks) -> String {
    let SuiteChecks { passed, failed, inconclusive, invalid, skipped } = checks;
    let all = passed + failed + inconclusive + invalid;
    let skipped = if skipped == 0 { String::new() } else { format!(", {} skipped", count(skipped)) };
    let of = |number: u64, word: &str| {
        (number > 0).then(|| format!("{} of\u{a0}{} {word}", count(number), count(all)))
    };
    let worst = of(invalid, "invalid").or_else(|| of(failed, "failed")).or_else(|| of(inconclusive, "open"));
    match (worst, all) {
        (Some(worst), _) => worst + &skipped,
        (None, 0) => format!("none{skipped}"),
        (None, _) => format!("{} passed{skipped}", count(all)),
    }
}

/// Both versions' ratios, or the rows that are wrong: `1.0522 → 1.0498`, `14 → 35 of 351`.
fn off(found: SuiteFound) -> String {
    match found {
        SuiteFound::Ratio { stable, candidate } => {
            let written = |[low, high]: [f64; 2]| interval(&fixed(low, 4), &fixed(high, 4));
            format!("ratio {} → {}", written(stable), written(candidate))
        }
        SuiteFound::Wrong { of, stable, candidate } => {
            format!("{} → {} of\u{a0}{} wrong", count(stable), count(candidate), count(of))
        }
    }
}

fn speed(speed: SuiteSpeed) -> String {
    let [low, high] = speed.interval.map(|end| fixed(end, 2));
    let what = match speed.of {
        SpeedOf::Time => "time",
        SpeedOf::Throughput => "records/s",
    };
    format!("{}× the {what} ({})", fixed(speed.ratio, 2), interval(&low, &high))
}

fn took(seconds: f64) -> String {
    match seconds {
        seconds if seconds < 99.95 => format!("{}\u{a0}s", fixed(seconds, 1)),
        seconds => format!("{}\u{a0}s", count(seconds.round() as u64)),
    }
}
