//! Describes what checkpoints, faults and recoveries did: a picture and a table for each version, and the account.

mod account;

use compare::{RecoveryResult, Results, Role, VersionResult};
use maud::{Markup, html};

pub(crate) use self::account::{BRIEF, brief, sentence};
use crate::figures::lives as picture;
use crate::format::{NONE, count, shorten};
use crate::lives::{Effect, Fate, Lives};
use crate::part::Part;

/// As many faults are listed.
const MOST_FAULTS: usize = 50;
/// A fault is a few words.
const MOST_CHARS: usize = 80;

/// A version that checkpoints were taken of.
struct Survivor<'a> {
    version: &'a VersionResult,
    recovery: &'a RecoveryResult,
    lives: Lives<'a>,
    role: Role,
}

fn survivors(results: &Results) -> Vec<Survivor<'_>> {
    let records = results.fed();
    let versions = [(&results.stable, Role::Stable), (&results.candidate, Role::Candidate)];
    versions.into_iter().filter_map(|(version, role)| survivor(version, records, role)).collect()
}

fn survivor(version: &VersionResult, records: u64, role: Role) -> Option<Survivor<'_>> {
    let recovery = version.recovery.as_ref()?;
    Some(Survivor { version, recovery, lives: Lives::of(recovery, records), role })
}

/// The section, or nothing where no checkpoints were taken.
pub(crate) fn crashes(results: &Results) -> Option<Part> {
    let survivors = survivors(results);
    if survivors.is_empty() {
        return None;
    }
    let body = html! {
        (account::verdicts(&survivors))
        @for (index, survivor) in survivors.iter().enumerate() {
            @if survivor.recovery.faults.is_empty() {
                p { "No fault struck " (survivor.version.job) "." }
            } @else {
                h3 id={ "crashes-" (class(survivor.role)) } class=(class(survivor.role)) { (survivor.version.job) }
                (picture(survivor.version, survivor.recovery, &survivor.lives, results.fed(), survivor.role))
                @if !is_alike(index + 1, &survivors) { (faults(survivor, is_alike(index, &survivors))) }
            }
        }
        (reading(&survivors))
        (account::account(&survivors))
    };
    Some(Part::new("crashes", "What the crashes did", body))
}

/// Returns whether this version was struck just as the one before it, so that one table is enough.
fn is_alike(index: usize, survivors: &[Survivor<'_>]) -> bool {
    let both = index.checked_sub(1).and_then(|before| survivors.get(before)).zip(survivors.get(index));
    both.is_some_and(|(one, other)| {
        one.recovery.faults == other.recovery.faults && one.lives.effects == other.lives.effects
    })
}

fn class(role: Role) -> &'static str {
    match role {
        Role::Stable => "stable",
        Role::Candidate => "candidate",
    }
}

/// The legend in words, of what there is.
fn reading(survivors: &[Survivor<'_>]) -> Markup {
    let has = |fate: Fate| {
        let mut lives = survivors.iter().flat_map(|survivor| &survivor.lives.all);
        lives.any(|life| life.parts.iter().any(|part| part.0 == fate))
    };
    html! {
        @if survivors.iter().any(|survivor| !survivor.recovery.faults.is_empty()) {
            p class="notes" {
                "Each bar is an incarnation of the job: from the record it went on from to where a fault ended it, or to the \
                 end of input. A mark is a fault, under its words. " em { "Filled" } ": worked off. "
                @if has(Fate::Again) {
                    em { "Pale, lines rising" } ": worked off again, for the work of an earlier incarnation was gone. "
                }
                @if has(Fate::Repeated) {
                    em { "In the color of the text, lines falling" } ": repeated, for the state had it already. "
                }
                @if has(Fate::Lost) {
                    em { "An empty frame" } ": lost, for the position behind it had been committed and its effect had not. "
                }
                @if survivors.iter().any(|survivor| !survivor.lives.is_told) {
                    "Which of the faults lost records, or repeated them, can\u{2019}t be told from the run; how many "
                    "they are together stands below."
                }
            }
        }
    }
}

/// Fault by fault.
fn faults(survivor: &Survivor<'_>, is_shared: bool) -> Markup {
    let Survivor { recovery, lives, role, .. } = survivor;
    let id = format!("faults-{}", class(*role));
    let has = |of: fn(&Effect) -> u64| lives.is_told && lives.effects.iter().any(|effect| of(effect) > 0);
    let (loses, repeats) = (has(|effect| effect.lost), has(|effect| effect.repeated));
    let listed = recovery.faults.iter().zip(&lives.effects).take(MOST_FAULTS);
    html! {
        div class="scroll" role="region" aria-labelledby={ "crashes-" (class(*role)) } tabindex="0" {
            table class="plain tight" id=(id) {
                thead {
                    tr {
                        th scope="col" { (if is_shared { "fault, alike in both" } else { "fault" }) }
                        th scope="col" { "incar\u{ad}nation" }
                        th scope="col" { "records read" }
                        th scope="col" { "went on from" }
                        th scope="col" { "done again" }
                        @if loses { th scope="col" { "lost" } }
                        @if repeats { th scope="col" { "repeated" } }
                    }
                }
                tbody {
                    @for (index, (fault, effect)) in listed.enumerate() {
                        tr {
                            th scope="row" { (index + 1) ": " (shorten(&fault.fault, MOST_CHARS)) }
                            td { (count(fault.incarnation)) }
                            td { (count(fault.position)) }
                            td { (went_on_from(fault.resumed_at, effect)) }
                            td { (if effect.ends { count(effect.again) } else { NONE.to_owned() }) }
                            @if loses { td { (count(effect.lost)) } }
                            @if repeats { td { (count(effect.repeated)) } }
                        }
                    }
                }
            }
        }
        @if recovery.faults.len() > MOST_FAULTS {
            p class="notes" { (MOST_FAULTS) " of " (count(recovery.faults.len() as u64)) " faults." }
        }
    }
}

/// A fault that ends no incarnation leaves the job where it is.
fn went_on_from(resumed_at: Option<u64>, effect: &Effect) -> String {
    match resumed_at {
        Some(record) if effect.ends => count(record),
        Some(_) | None => "no restart".to_owned(),
    }
}
