//! Describes what few readers need and some need badly: data, machine, experiment, and how to repeat the run.

use compare::{Bounds, ReferenceResult, Results, Timings, VersionTimings};
use maud::{Markup, html};

use crate::Run;
use crate::format::{
    amplified, bytes, count, counted, duration, fixed, one_flag_a_line, percent, shorten, significant,
};
use crate::part::Part;
use crate::speed::sampled;

/// A parameter is a glance, not a document.
const MOST_CHARS: usize = 200;

/// So much of a commit's name tells it from others.
const COMMIT_DIGITS: usize = 12;

/// So many of the reference's own counts.
const MOST_COUNTS: usize = 20;

/// When and where it ran, by what, and the files beside the page.
pub(crate) fn about(run: &Run<'_>) -> Markup {
    let (timings, machine) = (run.timings, &run.timings.machine);
    let started = timings.started.replace('T', " ");
    let started = started.strip_suffix('Z').map_or(started.clone(), |time| format!("{time} UTC"));
    html! {
        p class="dim about" {
            (started) ", took " (duration(timings.wall_seconds * 1e9)) " on "
            @if let Some(host) = &machine.host { (shorten(host, MOST_CHARS)) ", " }
            (machine.platform) ", " (machine.cpu) ", "
            (counted(machine.cpus, "processors")) " · counterpoint " (run.results.counterpoint)
            @if let Some(commit) = &timings.commit {
                " · commit " code { (commit.id.chars().take(COMMIT_DIGITS).collect::<String>()) }
                @if commit.changed { " with changes" }
            }
            @if let Some(file) = run.file { " · " code { (file) } }
        }
        @if !run.files.is_empty() {
            p class="dim about" {
                "Files: "
                @for (index, file) in run.files.iter().enumerate() { @if index > 0 { ", " } a href=(file) { (file) } }
            }
        }
    }
}

/// Data, machine and experiment, folded.
pub(crate) fn background(run: &Run<'_>) -> Part {
    let body = html! {
        details { summary { "Dataset and reference" } (dataset(run.results)) }
        details { summary { "Machine" } (machine(run.timings)) }
        details { summary { "Resolved experiment" } pre tabindex="0" { code { (run.experiment.replace("\r\n", "\n")) } } }
    };
    Part::new("background", "What it ran on", body)
}

/// One command, the hash, the seed and the version.
pub(crate) fn reproduce(run: &Run<'_>) -> Part {
    let (dataset, replay) = (&run.results.dataset, &run.results.replay);
    let body = html! {
        pre class="command" tabindex="0" { code { (one_flag_a_line(&run.command.replace('\n', "\\n"))) } }
        (facts(&[
            ("dataset", dataset.name.clone()),
            ("its BLAKE3 hash", dataset.blake3.clone()),
            ("order and seed", format!("{}, {}", replay.order, replay.seed)),
            ("trigger", replay.trigger.clone()),
            ("counterpoint", run.results.counterpoint.clone()),
        ]))
        p class="notes" {
            (same(run.results))
        }
    };
    Part::new("reproduce", "Reproduce this", body)
}

/// Returns what is not as the baseline has it, if anything.
pub(crate) fn changes(results: &Results) -> Option<Part> {
    let changes = &results.verdict.changes;
    if changes.is_empty() {
        return None;
    }
    let body = html! {
        table class="facts" {
            tbody {
                @for change in changes {
                    tr { th scope="row" { (change.path) } td { "was " (change.was) ", is " (change.is) } }
                }
            }
        }
    };
    Some(Part::new("changed", "Changed since the baseline", body))
}

/// A table of names and values.
pub(crate) fn facts(rows: &[(&str, String)]) -> Markup {
    html! {
        table class="facts" {
            tbody { @for (name, value) in rows { tr { th scope="row" { (name) } td { (value) } } } }
        }
    }
}

fn dataset(results: &Results) -> Markup {
    let dataset = &results.dataset;
    let shown = |text: &str| shorten(text, MOST_CHARS);
    let parameters = results.parameters.iter();
    let parameters: Vec<_> =
        parameters.map(|(name, value)| format!("{} = {}", shown(name), shown(&value.to_string()))).collect();
    let scale = match dataset.scale {
        1 => "as in the source".to_owned(),
        scale => format!("the source's times {}", count(scale)),
    };
    let amplified = amplified(results).map_or(String::new(), |amplified| {
        format!(
            ", {amplified}; the record at offset n is copy n modulo {times} of record n / {times}",
            times = results.replay.amplify
        )
    });
    let mut rows = vec![
        ("problem", results.problem.clone()),
        ("parameters", if parameters.is_empty() { "none".to_owned() } else { parameters.join(", ") }),
        ("records", count(dataset.records) + &amplified),
        ("rows left out when it was frozen", count(dataset.rejected)),
        ("numbers", scale),
        ("trigger", results.replay.trigger.clone()),
    ];
    rows.extend(reference(results));
    facts(&rows)
}

fn reference(results: &Results) -> Vec<(&'static str, String)> {
    let ReferenceResult { job, kind, rows, bounds, notes, counts } = &results.reference;
    let rows = results.tables().map_or(String::new(), |_| format!(", {}", counted(*rows, "rows")));
    let mut facts = vec![("reference", format!("{job}, {kind}{rows}"))];
    if let Some(Bounds { lower, lower_by, upper, upper_by }) = bounds {
        facts.push(("lower bound", format!("{}, by {lower_by}", count(*lower))));
        facts.push(("offline answer", format!("{}, by {upper_by}", count(*upper))));
    }
    facts.extend(notes.iter().map(|note| ("a word on it", note.clone())));
    if !counts.is_empty() {
        let counts = counts.iter().take(MOST_COUNTS);
        let counts = counts.map(|(name, value)| format!("{} {}", shorten(name, MOST_CHARS), count(*value)));
        facts.push(("it counted", counts.collect::<Vec<_>>().join(", ")));
    }
    facts
}

/// Returns what is the same in each run.
pub(crate) fn same(results: &Results) -> &'static str {
    if results.costs().is_some() {
        "Answers, costs and ratios come out the same to the byte; times differ from run to run."
    } else {
        "Answers and ledgers come out the same to the byte; times differ from run to run."
    }
}

fn machine(timings: &Timings) -> Markup {
    let machine = &timings.machine;
    let load = machine
        .load
        .map_or("not known".to_owned(), |load| format!("{} runnable tasks before the run", fixed(load, 2)));
    let health = timings.comparison.as_ref().map(|comparison| &comparison.health);
    let known = |value: Option<String>| value.unwrap_or("not known".to_owned());
    let steal = known(health.and_then(|h| h.steal_share).map(percent));
    let throttled = known(health.and_then(|h| h.throttled).map(|times| format!("{} times", count(times))));
    let mut rows = vec![
        ("taken by others while times were compared", steal),
        ("slowed for heat meanwhile", throttled),
        ("platform", machine.platform.clone()),
        ("processor", format!("{}, {} usable", machine.cpu, count(machine.cpus))),
        ("load", load),
        ("started", timings.started.clone()),
        ("took", duration(timings.wall_seconds * 1e9)),
        ("pace", timings.pace.clone()),
        (
            "timed records",
            format!("{} and {}", measured(&timings.stable, timings), measured(&timings.candidate, timings)),
        ),
    ];
    rows.extend(timings.peak_rss_bytes.map(|peak| ("memory of the whole run, at most", bytes(peak))));
    facts(&rows)
}

/// Records, and how many independent samples they make: `98,976 in 97 chunks`.
fn measured(version: &VersionTimings, timings: &Timings) -> String {
    let VersionTimings { records, samples, .. } = *version;
    let records = if records < 100_000 { count(records) } else { significant(records as f64) };
    format!("{records} in {} {}", count(samples), sampled(timings.measure))
}
