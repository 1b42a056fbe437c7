//! Which architecture is needed, said from what was measured: each sentence names the figure that it rests on.
//!
//! The rule is that of the literature. Where a competitive ratio is proven and acceptable, the stream alone is enough. Where
//! none is known, a batch run stays as the benchmark, and how often it is needed follows from how fast the stream drifts from
//! it. A batch layer that serves is worth its cost where it heals what the stream gets wrong for good.

use super::{Advice, Architectures, KappaResult, LambdaResult};
use crate::{Results, VersionResult, Wrongness};

/// A batch layer heals where it leaves less than this share of the stream's error.
const HEALS: f64 = 0.5;
/// The share of rows that may be wrong between two batch runs, for the advice how often they are needed.
const MAY_DRIFT: f64 = 0.01;

/// Returns the advice that follows from a run's results.
pub fn advise(results: &Results) -> Vec<Advice> {
    let Some(architectures) = &results.architectures else { return Vec::new() };
    let Architectures { kappa, lambda, .. } = &**architectures;
    let mut advice = vec![proven(&results.candidate)];
    advice.extend(for_good(results));
    advice.extend(kappa.as_ref().and_then(|kappa| drift(kappa, results)));
    advice.extend(kappa.as_ref().and_then(code_reuse));
    if let (Some(kappa), Some(lambda)) = (kappa, lambda) {
        advice.extend(healed(kappa, lambda));
    }
    advice.extend(lambda.as_ref().map(|lambda| recomputed(lambda, results)));
    advice.extend(lambda.as_ref().and_then(lateness));
    advice.push(recommended(results, kappa.as_ref(), lambda.as_ref()));
    advice
}

fn advice(text: String, rests_on: &str, figure: impl Into<String>) -> Advice {
    Advice { text, rests_on: rests_on.to_owned(), figure: figure.into() }
}

/// Describes what is proved of the candidate's cost, if it has one.
fn proven(candidate: &VersionResult) -> Advice {
    let job = &candidate.job;
    let Some(cost) = &candidate.cost else {
        return advice(
            format!(
                "No competitive ratio is known of {job}: its answer has no cost that theory bounds, so a batch run stays \
                 as the benchmark."
            ),
            "candidate.job",
            job.clone(),
        );
    };
    let ratio = &cost.competitive_ratio;
    match ratio.proven.or(ratio.proven_absolute) {
        Some(proven) => advice(
            format!(
                "{job} is proven to cost at most {proven:.4} times the optimum ({}); here it cost at most {:.4} times. \
                 Where that is acceptable, the stream alone is enough.",
                ratio.source, ratio.high
            ),
            "candidate.cost.competitive_ratio.high",
            format!("{:.4}", ratio.high),
        ),
        None => advice(
            format!("No competitive ratio is proven of {job}, so a batch run stays as the benchmark."),
            "candidate.cost.competitive_ratio.high",
            format!("{:.4}", ratio.high),
        ),
    }
}

/// How far late and lost records make the stream differ from the batch answer for good.
fn for_good(results: &Results) -> Option<Advice> {
    let side = results.candidate.table()?;
    let (late, records) = (results.candidate.ledger.late, results.candidate.ledger.records);
    let (wrong, rows) = (side.table.divergence.differing(), results.reference.rows);
    let text = if wrong == 0 {
        format!(
            "At the end of the log all {rows} rows of {} are the batch answer's: nothing is left to heal.",
            results.candidate.job
        )
    } else {
        format!(
            "At the end of the log {wrong} of {rows} rows of {} differ from the batch answer for good; it drops {late} of \
             {records} records for coming late.",
            results.candidate.job
        )
    };
    Some(advice(text, "candidate.ledger.late", late.to_string()))
}

/// How fast what is served drifts away from the truth, and how often a batch run is needed to keep that small.
fn drift(kappa: &KappaResult, results: &Results) -> Option<Advice> {
    let points = &kappa.served.as_ref()?.points;
    let last = points.last()?;
    let rests_on = format!("architectures.kappa.served.points.{}.for_good", points.len() - 1);
    if last.for_good == 0 {
        let text = "What Kappa served never drifted: no row stayed wrong.".to_owned();
        return Some(advice(text, &rests_on, "0"));
    }
    let each = last.records as f64 / last.for_good as f64;
    let every = (MAY_DRIFT * results.reference.rows.max(1) as f64 * each).max(1.0);
    Some(advice(
        format!(
            "What Kappa served drifted by a row in {each:.0} records; a batch run every {every:.0} records finds it before \
             1 % of the rows are wrong."
        ),
        &rests_on,
        last.for_good.to_string(),
    ))
}

/// Describes what one code for stream and replay saves.
fn code_reuse(kappa: &KappaResult) -> Option<Advice> {
    let verdict = kappa.verdict.as_ref()?;
    let (alike, otherwise) = (verdict.classes.pass, verdict.classes.fail);
    Some(advice(
        format!(
            "Kappa runs one code for the stream and for the replay: of the rows that both versions had answered for, {alike} \
             were alike and {otherwise} were not. Under Lambda a second code, the batch job, is to be kept in step."
        ),
        "architectures.kappa.verdict.classes.pass",
        alike.to_string(),
    ))
}

/// Describes what a batch layer heals that the stream alone leaves wrong.
fn healed(kappa: &KappaResult, lambda: &LambdaResult) -> Option<Advice> {
    let (alone, merged) = (kappa.served.as_ref()?.claimed_row_seconds(), lambda.claimed_row_seconds?);
    Some(advice(
        format!(
            "Rows that were served as complete and were wrong come to {alone:.0} row-seconds under Kappa and to {merged:.0} \
             under Lambda."
        ),
        "architectures.lambda.claimed_row_seconds",
        format!("{merged:.0}"),
    ))
}

/// Describes what that costs.
fn recomputed(lambda: &LambdaResult, results: &Results) -> Advice {
    let (records, log) = (lambda.batch.records, results.fed().max(1));
    let times = records as f64 / log as f64;
    advice(
        format!(
            "The batch layer processed {records} records to serve {} views: {times:.1} times the log.",
            lambda.views.len()
        ),
        "architectures.lambda.batch.records",
        records.to_string(),
    )
}

/// How long after a boundary a record for a row before it may still come in, against what a view takes.
fn lateness(lambda: &LambdaResult) -> Option<Advice> {
    let lateness = lambda.lateness?;
    let (p99, most, takes) = (lateness.p99_ms?, lateness.max_ms?, lambda.takes_ms?);
    let beside = if most <= takes {
        "So whatever comes late for a view is in the log before it is served, and the next view has it."
    } else {
        "So a view is served before all that comes late for it is there; until the next one that is the speed layer's."
    };
    Some(advice(
        format!(
            "99 % of the records come in at most {p99} ms behind the newest event time, the last {most} ms behind: for so \
             long after a boundary may a record for a row before it still come. A view is served at most {takes} ms after \
             its boundary. {beside}"
        ),
        "architectures.lambda.lateness.p99_ms",
        p99.to_string(),
    ))
}

/// The recommendation.
fn recommended(results: &Results, kappa: Option<&KappaResult>, lambda: Option<&LambdaResult>) -> Advice {
    let ratio = results.candidate.cost.as_ref().map(|cost| &cost.competitive_ratio);
    let bound = |name| format!("candidate.cost.competitive_ratio.{name}");
    let bounds = ratio.map(|ratio| [(ratio.proven, "proven"), (ratio.proven_absolute, "proven_absolute")]);
    let mut proven = bounds.into_iter().flatten().filter_map(|(ratio, name)| Some((ratio?, bound(name))));
    if let Some((proven, rests_on)) = proven.next() {
        return advice(
            format!(
                "Recommended: Kappa. The bound of {proven:.4} holds for every input; nothing is to be recomputed."
            ),
            &rests_on,
            format!("{proven:.4}"),
        );
    }
    let never = kappa.and_then(|kappa| kappa.served.as_ref()).map(|served| served.until_right.never);
    if never == Some(0) {
        return advice(
            "Recommended: Kappa. Each row that it served came right by itself, so a batch layer would heal nothing."
                .to_owned(),
            "architectures.kappa.served.until_right.never",
            "0",
        );
    }
    let alone = kappa.and_then(|kappa| kappa.served.as_ref()).map(Wrongness::claimed_row_seconds);
    match (lambda, alone, lambda.and_then(best)) {
        (Some(_), Some(alone), Some(best)) if best.merged < HEALS * alone => {
            let every = best.every;
            advice(
                format!(
                    "Recommended: Lambda, with a view every {every} records. It leaves {:.0} % of the error that the stream \
                     alone serves.",
                    100.0 * best.merged / alone
                ),
                best.rests_on,
                every.to_string(),
            )
        }
        (Some(_), Some(_), Some(best)) => advice(
            format!(
                "Recommended: Kappa, with a batch run as the benchmark. The batch layer heals too little for what it costs: \
                 {:.0} row-seconds of error are left where {} records are processed again.",
                best.merged, best.recomputed
            ),
            best.rests_on,
            best.every.to_string(),
        ),
        (Some(lambda), None, _) if kappa.is_some() => advice(
            "Not compared: rows came when a program outside liked, so how wrong what was served was differs from run to run. \
             It stands in timings.json."
                .to_owned(),
            "architectures.lambda.every",
            lambda.every.to_string(),
        ),
        (Some(lambda), None, _) => advice(
            "Not compared: Kappa was not run beside Lambda; architecture = \"both\" runs the two.".to_owned(),
            "architectures.lambda.every",
            lambda.every.to_string(),
        ),
        _ => advice(
            "Recommended: Kappa, with a batch run as the benchmark. What a batch layer would heal shows \
             architecture = \"both\", where answers can be merged."
                .to_owned(),
            "reference.rows",
            results.reference.rows.to_string(),
        ),
    }
}

/// The interval that is recommended, with the error that it leaves and the records that it processes.
struct Best {
    every: u64,
    rests_on: &'static str,
    merged: f64,
    recomputed: u64,
}

/// The interval of the sweep that is recommended, or the run's own.
fn best(lambda: &LambdaResult) -> Option<Best> {
    let swept =
        lambda.recommended_every.and_then(|every| lambda.sweep.iter().find(|swept| swept.every == every));
    match swept {
        Some(swept) => Some(Best {
            every: swept.every,
            rests_on: "architectures.lambda.recommended_every",
            merged: swept.claimed_row_seconds,
            recomputed: swept.recomputed,
        }),
        None => Some(Best {
            every: lambda.every,
            rests_on: "architectures.lambda.every",
            merged: lambda.claimed_row_seconds?,
            recomputed: lambda.batch.records,
        }),
    }
}
