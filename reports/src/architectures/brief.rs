//! Says in a line each what architectures did: for the page, a terminal, and a pull request.

use compare::{
    Results, Wrongness,
    architecture::{Changelog, Healing, KappaResult, LambdaResult, UpgradeEnd},
};

use super::moments::{Clock, length, moment};
use crate::format::{NONE, capital, count, counted, percent, plain_spaces, significant};

/// Returns what happened under each architecture, as a label and a line of plain text. Names and reasons in it come from
/// outside: escape them for where they are shown. Empty where no architecture was run.
pub fn architectures(results: &Results) -> Vec<(&'static str, String)> {
    let Some(run) = &results.architectures else { return Vec::new() };
    let records = run.log.records;
    let clock = Clock::of(run);
    let mut lines = Vec::new();
    if let Some(kappa) = &run.kappa {
        lines.push(("Kappa", upgrade(kappa, records, &clock)));
        lines.extend(kappa.switch.map(|seen| ("at the switch", subscribers(seen))));
        lines.extend(kappa.served.as_ref().map(|served| ("Kappa served", error(served))));
        lines.extend(kappa.healing.map(|healing| ("Kappa healing", healed(healing))));
    }
    if let Some(lambda) = &run.lambda {
        lines.push(("Lambda", views(lambda)));
        lines.extend(lambda.served.as_ref().map(|served| ("Lambda served", error(served))));
        lines.extend(lambda.healing.map(|healing| ("Lambda healing", healed(healing))));
    }
    lines.extend(work(run.kappa.as_ref(), run.lambda.as_ref()).map(|line| ("records processed", line)));
    // The last of the advice is what follows from the others.
    lines.extend(run.advice.last().map(|advice| ("advice", advice.text.clone())));
    lines.into_iter().map(|(label, line)| (label, plain_spaces(&line))).collect()
}

/// Says what came of an upgrade.
pub(super) fn upgrade(kappa: &KappaResult, records: u64, clock: &Clock) -> String {
    let at = |at: Option<u64>| {
        at.map_or_else(
            || "at no record".to_owned(),
            |at| format!("at record {} ({})", count(at), moment(clock.at(at).round() as i64)),
        )
    };
    let why = kappa.dropped.as_deref().map_or_else(|| NONE.to_owned(), |why| why.trim().to_owned());
    let end = match kappa.end {
        UpgradeEnd::TookOver => format!("the candidate took over {}", at(kappa.switched_at)),
        UpgradeEnd::RolledBack => format!(
            "the candidate took over {}, and stable was switched back to {}",
            at(kappa.switched_at),
            at(kappa.rolled_back_at)
        ),
        UpgradeEnd::Dropped => format!("the candidate was dropped, and stable has served throughout: {why}"),
        UpgradeEnd::Undecided => format!("nothing could be judged, and stable has served throughout: {why}"),
    };
    format!("{end}; {}", course(kappa, records))
}

/// How it came to that.
fn course(kappa: &KappaResult, records: u64) -> String {
    let Some(started) = kappa.started_at else { return "it was never started".to_owned() };
    let from = match kappa.start.as_str() {
        "state" => "from stable\u{2019}s state",
        "beginning" => "from the log\u{2019}s beginning",
        other => other,
    };
    let arrived = match kappa.arrived_at {
        Some(at) => format!("caught up at {}", count(at)),
        None => "never caught up".to_owned(),
    };
    format!("started {from} at record {} of {}, {arrived}", count(started), count(records))
}

/// Says what those who had subscribed saw.
pub(super) fn subscribers(seen: Changelog) -> String {
    let Changelog { added, changed, removed, kept } = seen;
    format!(
        "subscribers saw {} added, {} changed and {} removed; {} stayed as they were",
        counted(added, "rows"),
        count(changed),
        count(removed),
        count(kept)
    )
}

/// Says what the batch layer did.
pub(super) fn views(lambda: &LambdaResult) -> String {
    format!(
        "{} served, a boundary every {}, with {} as the speed layer; the view\u{2019}s age is {} at the median, {} at most",
        counted(lambda.views.len() as u64, "batch views"),
        counted(lambda.every, "records"),
        lambda.speed_layer,
        counted(lambda.age_records[0], "records"),
        count(lambda.age_records[2]),
    )
}

/// When the effect of a planted bug was gone, as it was predicted and as it was.
pub(super) fn healed(healing: Healing) -> String {
    let Healing { from, to, predicted_at, healed_at } = healing;
    let at = |at: Option<u64>| at.map_or_else(|| "never".to_owned(), |at| format!("at record {}", count(at)));
    let gone = match healed_at {
        Some(records) if records <= from => "never showed in what was served".to_owned(),
        Some(_) => format!("was gone {}", at(healed_at)),
        None => "never was".to_owned(),
    };
    format!(
        "the planted bug lost records {} to {}; its effect was to be gone {}, and {gone}",
        count(from),
        count(to),
        at(predicted_at),
    )
}

/// How far the served answer was from the truth.
pub(super) fn error(served: &Wrongness) -> String {
    let mut said = Vec::new();
    if let Some(last) = served.points.last() {
        let wrong = last.missing.saturating_add(last.changed).saturating_add(last.extra);
        said.push(format!(
            "at the end {} of {} wrong, {} of them claimed complete",
            count(wrong),
            counted(last.rows, "rows"),
            count(last.claimed)
        ));
    }
    let share = served.wrong_share.map_or_else(|| NONE.to_owned(), percent);
    said.push(format!(
        "some row missing or wrong {share} of the time, {} row-seconds",
        significant(served.wrong_row_seconds)
    ));
    said.extend(served.largest.map(|largest| format!("at most {} at once", counted(largest.rows, "rows"))));
    said.extend(served.staleness.p99_ms.map(|p99| format!("99 % of the time at most {} stale", length(p99))));
    said.join("; ")
}

/// Records that each part had to process.
fn work(kappa: Option<&KappaResult>, lambda: Option<&LambdaResult>) -> Option<String> {
    let kappa = kappa.map(|kappa| {
        let [stable, candidate] = [kappa.work.stable, kappa.work.candidate].map(|work| count(work.records));
        format!("Kappa: stable {stable}, candidate {candidate}")
    });
    let lambda = lambda.map(|lambda| {
        format!(
            "Lambda: batch layer {}, speed layer {}",
            count(lambda.batch.records),
            count(lambda.speed.records)
        )
    });
    let both: Vec<_> = [kappa, lambda].into_iter().flatten().collect();
    (!both.is_empty()).then(|| both.join("; "))
}

/// The line as a sentence of the page.
pub(super) fn sentence(line: &str) -> String {
    format!("{}.", capital(line.trim_end_matches('.')))
}
