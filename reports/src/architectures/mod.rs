//! The architectures of a run: who served when, how wrong, what an upgrade did, what each cost.

mod brief;
mod cost;
mod moments;
mod upgrade;
mod views;

use compare::{
    Results, Timings,
    architecture::{Architectures, Healing},
};
use maud::{Markup, html};

pub use self::brief::architectures;
pub(crate) use self::moments::{Clock, length, moment};
use crate::figures::timeline;
use crate::format::{bytes, counted, shorten};
use crate::part::Part;

/// A sentence from a job or a file.
const MOST_CHARS: usize = 300;

/// The section, or nothing where no architecture was run.
pub(crate) fn section(results: &Results, timings: &Timings) -> Option<Part> {
    let Some(run) = &results.architectures else { return None };
    let clock = Clock::of(run);
    let body = html! {
        (happened(run, &clock))
        (subject(run))
        (timeline(run, &clock))
        @if let Some(kappa) = &run.kappa { (upgrade::upgrade(kappa, run, &clock)) }
        @if let Some(lambda) = &run.lambda { (views::views(lambda, &clock)) }
        (cost::cost(run, timings.architectures.as_ref()))
        (cost::advice(run))
    };
    Some(Part::new("architectures", "Architectures: who served, and how wrong was it?", body))
}

/// One line for each architecture.
fn happened(run: &Architectures, clock: &Clock) -> Markup {
    let line = |line: &str| brief::sentence(&shorten(line, MOST_CHARS));
    let healed = |healing: &Option<Healing>| healing.map(|healing| line(&brief::healed(healing)));
    html! {
        @if let Some(kappa) = &run.kappa {
            p class="lead" { b { "Kappa. " } (line(&brief::upgrade(kappa, run.log.records, clock))) }
            @if let Some(healed) = healed(&kappa.healing) { p { (healed) } }
        }
        @if let Some(lambda) = &run.lambda {
            p class="lead" { b { "Lambda. " } (line(&brief::views(lambda))) }
            @if let Some(healed) = healed(&lambda.healing) { p { (healed) } }
        }
    }
}

fn subject(run: &Architectures) -> Markup {
    let clock = match run.clock.as_str() {
        "arrival times" => "by the arrival times of the records",
        "rate" => "at the rate of the pace",
        "one record a millisecond" => "at one record a millisecond, for the data has no arrival times",
        other => other,
    };
    html! {
        p class="notes" {
            "All jobs read one log: " (counted(run.log.records, "records")) ", " (bytes(run.log.bytes)) ", "
            (moment(run.length_ms)) " of recorded time, which goes " (shorten(clock, MOST_CHARS)) ". What the machine \
            needed doesn\u{2019}t enter."
        }
    }
}
