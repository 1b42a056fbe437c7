//! What few readers need and some need badly: data, machine, experiment, and how to repeat the run.

use compare::{Results, Timings};
use maud::{Markup, html};

use crate::Run;
use crate::format::{count, duration, fixed, percent, significant};

/// Data, machine and experiment, folded.
pub(crate) fn background(run: &Run<'_>) -> Markup {
    html! {
        section {
            h2 { "What it ran on" }
            details { summary { "Dataset and reference" } (dataset(run.results)) }
            details { summary { "Machine" } (machine(run.timings)) }
            details { summary { "Resolved experiment" } pre tabindex="0" { code { (run.experiment.replace("\r\n", "\n")) } } }
        }
    }
}

/// One command, the hash, the seed and the version.
pub(crate) fn reproduce(run: &Run<'_>) -> Markup {
    let results = run.results;
    html! {
        section {
            h2 { "Reproduce this" }
            pre class="command" tabindex="0" { code { (run.command.replace('\n', "\\n")) } }
            (facts(&[
                ("dataset", results.dataset.name.clone()),
                ("its BLAKE3 hash", results.dataset.blake3.clone()),
                ("order and seed", format!("{}, {}", results.replay.order, results.replay.seed)),
                ("counterpoint", results.counterpoint.clone()),
            ]))
            p class="notes" {
                "Answers, costs and ratios come out the same to the byte; times differ from run to run."
            }
        }
    }
}

/// What is not as the baseline has it, if anything.
pub(crate) fn changes(results: &Results) -> Markup {
    let changes = &results.verdict.changes;
    html! {
        @if !changes.is_empty() {
            section {
                h2 { "Changed since the baseline" }
                table class="facts" {
                    tbody {
                        @for change in changes {
                            tr { th scope="row" { (change.path) } td { "was " (change.was) ", is " (change.is) } }
                        }
                    }
                }
            }
        }
    }
}

fn facts(rows: &[(&str, String)]) -> Markup {
    html! {
        table class="facts" {
            tbody { @for (name, value) in rows { tr { th scope="row" { (name) } td { (value) } } } }
        }
    }
}

fn dataset(results: &Results) -> Markup {
    let (dataset, reference) = (&results.dataset, &results.reference);
    let parameters: Vec<_> =
        results.parameters.iter().map(|(name, value)| format!("{name} = {value}")).collect();
    let scale = match dataset.scale {
        1 => "as in the source".to_owned(),
        scale => format!("the source's times {}", count(scale)),
    };
    facts(&[
        ("problem", results.problem.clone()),
        ("parameters", if parameters.is_empty() { "none".to_owned() } else { parameters.join(", ") }),
        ("records", count(dataset.records)),
        ("numbers", scale),
        ("reference", format!("{}, {}", reference.job, reference.kind)),
        ("lower bound", format!("{}, by {}", count(reference.lower_bound), reference.lower_bound_by)),
        ("offline answer", format!("{}, by {}", count(reference.upper_bound), reference.upper_bound_by)),
    ])
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
    facts(&[
        ("taken by others while times were compared", steal),
        ("slowed for heat meanwhile", throttled),
        ("platform", machine.platform.clone()),
        ("processor", format!("{}, {} usable", machine.cpu, count(machine.cpus))),
        ("load", load),
        ("started", timings.started.clone()),
        ("took", duration(timings.wall_seconds * 1e9)),
        ("pace", timings.pace.clone()),
        (
            "measured records",
            format!(
                "{} and {}",
                measured(timings.stable.latency_ns.count),
                measured(timings.candidate.latency_ns.count)
            ),
        ),
    ])
}

fn measured(records: u64) -> String {
    if records < 100_000 { count(records) } else { significant(records as f64) }
}
