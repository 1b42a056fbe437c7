//! Holds side by side what each architecture cost and how wrong it was, and the advice that follows.

use compare::{
    ArchitectureTimings, Wrongness,
    architecture::{Architectures, Work},
};
use maud::{Markup, html};

use super::{MOST_CHARS, brief, length};
use crate::format::{NONE, bytes, count, counted, duration, percent, shorten, significant};

/// As many sentences are shown.
const MOST_ADVICE: usize = 20;

/// Who did work, and how long it took on this machine.
struct Column<'a> {
    name: &'static str,
    class: &'static str,
    work: &'a Work,
    seconds: Option<f64>,
}

/// The work of all that ran, then the error of both architectures.
pub(super) fn cost(run: &Architectures, timings: Option<&ArchitectureTimings>) -> Markup {
    let columns = columns(run, timings);
    html! {
        h3 id="architectures-work" { "What did it cost?" }
        div class="scroll" role="region" aria-labelledby="architectures-work" tabindex="0" {
            table class="plain tight" {
                thead {
                    tr {
                        th scope="col" { "work" }
                        @for column in &columns { th scope="col" class=(column.class) { (column.name) } }
                    }
                }
                tbody {
                    @for (name, of) in ROWS {
                        tr { th scope="row" { (name) } @for column in &columns { td { (of(column.work)) } } }
                    }
                    @if columns.iter().any(|column| column.seconds.is_some()) {
                        tr {
                            th scope="row" { "time in it, on this machine" }
                            @for column in &columns { td { (taken(column.seconds)) } }
                        }
                    }
                }
            }
        }
        p class="notes" {
            "Records that a job read twice count twice: that is what a second job beside the first, or a view that is \
             computed anew, costs."
            @if let Some(timings) = timings { (machine(timings)) }
        }
        (errors(run))
    }
}

fn columns<'a>(run: &'a Architectures, timings: Option<&ArchitectureTimings>) -> Vec<Column<'a>> {
    let mut columns = Vec::new();
    if let Some(kappa) = &run.kappa {
        let took = timings.and_then(|timings| timings.kappa.as_ref());
        let column = |name, class, work, seconds| Column { name, class, work, seconds };
        let (stable, candidate) = (&kappa.work.stable, &kappa.work.candidate);
        columns.push(column("Kappa: stable", "stable", stable, took.map(|took| took.stable_seconds)));
        let seconds = took.map(|took| took.candidate_seconds);
        columns.push(column("Kappa: candidate", "candidate", candidate, seconds));
    }
    if let Some(lambda) = &run.lambda {
        let took = timings.and_then(|timings| timings.lambda.as_ref());
        let column = |name, work, seconds| Column { name, class: "", work, seconds };
        columns.push(column("Lambda: batch layer", &lambda.batch, took.map(|took| took.batch_seconds)));
        columns.push(column("Lambda: speed layer", &lambda.speed, took.map(|took| took.speed_seconds)));
    }
    columns
}

fn taken(seconds: Option<f64>) -> String {
    seconds.map_or_else(|| NONE.to_owned(), |seconds| duration(seconds * 1e9))
}

/// Says what differs from one run to the next.
fn machine(timings: &ArchitectureTimings) -> Markup {
    let kappa = timings.kappa.as_ref().map(|took| (took.stable_ns_alone, took.stable_ns_beside));
    let observed = timings.kappa.as_ref().and_then(|took| took.observed.as_ref());
    html! {
        @if let Some((Some(alone), Some(beside))) = kappa {
            " Stable took " (duration(alone)) " a record before the candidate was started, and " (duration(beside))
            " while it worked beside it; one run, so indicative."
        }
        @if let Some(took) = &timings.kappa { " On disk Kappa\u{2019}s log and store took " (bytes(took.disk_bytes)) "." }
        @if let Some(took) = timings.kappa.as_ref().filter(|took| took.reads > 0) {
            " Meanwhile readers asked " (count(took.reads)) " times for all that Kappa served, "
            (counted(took.rows_read, "rows")) ": each time all of one version."
        }
        @if let Some(took) = &timings.lambda { " On disk Lambda\u{2019}s log and store took " (bytes(took.disk_bytes)) "." }
        @if let Some(seen) = observed.and_then(|observed| observed.switch) {
            " Rows came when a program outside liked, so this is what one run saw: at the switch "
            (brief::subscribers(seen)) "."
        }
        @if let Some(rows) = observed.and_then(|observed| observed.under_way).filter(|rows| *rows > 0) {
            " " (counted(rows, "rows")) " of the candidate were still under way then."
        }
    }
}

type Row<T> = (&'static str, fn(&T) -> String);

const ROWS: [Row<Work>; 4] = [
    ("records processed", |work| count(work.records)),
    ("rows written", |work| work.rows.map_or_else(|| NONE.to_owned(), count)),
    ("size of these rows", |work| work.row_bytes.map_or_else(|| NONE.to_owned(), bytes)),
    ("state it was started from", |work| match work.state_bytes {
        0 => "none".to_owned(),
        size => bytes(size),
    }),
];

const ERRORS: [Row<Wrongness>; 11] = [
    ("share of time with a row missing or wrong", |of| {
        of.wrong_share.map_or_else(|| NONE.to_owned(), percent)
    }),
    ("error, row-seconds", |of| significant(of.wrong_row_seconds)),
    ("most rows wrong at once", |of| count(of.largest.map_or(0, |largest| largest.rows))),
    ("wrong for good at the end", |of| count(of.points.last().map_or(0, |point| point.for_good))),
    ("wrong at the end though claimed complete", |of| {
        count(of.points.last().map_or(0, |point| point.claimed))
    }),
    ("rows that were never right", |of| count(of.until_right.never)),
    ("time until a row is right: median", |of| known(of.until_right.time.p50_ms)),
    ("time until a row is right: 99 % within", |of| known(of.until_right.time.p99_ms)),
    ("staleness: median", |of| known(of.staleness.p50_ms)),
    ("staleness: 99 % within", |of| known(of.staleness.p99_ms)),
    ("staleness: most", |of| known(of.staleness.max_ms)),
];

fn known(ms: Option<u64>) -> String {
    ms.map_or_else(|| NONE.to_owned(), length)
}

fn errors(run: &Architectures) -> Markup {
    let served = [
        ("Kappa", run.kappa.as_ref().and_then(|kappa| kappa.served.as_ref())),
        ("Lambda", run.lambda.as_ref().and_then(|lambda| lambda.served.as_ref())),
    ];
    let served: Vec<_> = served.into_iter().filter_map(|(name, served)| Some((name, served?))).collect();
    if served.is_empty() {
        return html! {};
    }
    html! {
        h3 id="architectures-error" { "How wrong was what was served?" }
        div class="scroll" role="region" aria-labelledby="architectures-error" tabindex="0" {
            table class="plain tight" {
                thead {
                    tr {
                        th scope="col" { "served answer" }
                        @for (name, _) in &served { th scope="col" { (name) } }
                    }
                }
                tbody {
                    @for (name, of) in ERRORS {
                        tr { th scope="row" { (name) } @for (_, served) in &served { td { (of(served)) } } }
                    }
                }
            }
        }
        p class="notes" {
            "A row-second is one row that is wrong for a second of recorded time. " em { "Staleness" } " is how far the \
            served watermark is behind the newest event time that has arrived."
        }
    }
}

/// Which architecture is needed, each sentence with its figure.
pub(super) fn advice(run: &Architectures) -> Markup {
    html! {
        @if !run.advice.is_empty() {
            h3 id="architectures-advice" { "Which architecture does this need?" }
            ul {
                @for advice in run.advice.iter().take(MOST_ADVICE) {
                    li {
                        (shorten(&advice.text, MOST_CHARS))
                        small { (shorten(&advice.figure, MOST_CHARS)) ", in results.json under " code { (shorten(&advice.rests_on, MOST_CHARS)) } }
                    }
                }
            }
        }
    }
}
