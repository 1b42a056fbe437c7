//! The account of a run with checkpoints and faults: what was promised, what happened, whether the promise was kept.

use compare::{Guarantee, RecoveryResult, Results};
use maud::{Markup, html};

use super::{Survivor, class};
use crate::format::{count, counted, shorten};

/// A reason is a sentence or two.
const MOST_CHARS: usize = 300;
/// As many stores that were given up have their reasons shown.
const MOST_REASONS: usize = 5;

/// The numbers, the versions side by side.
pub(super) fn account(survivors: &[Survivor<'_>]) -> Markup {
    html! {
        div class="scroll" role="region" aria-labelledby="crashes" tabindex="0" {
            table class="plain tight" {
                thead {
                    tr {
                        th scope="col" { "in all" }
                        @for survivor in survivors {
                            th scope="col" class=(class(survivor.role)) { (survivor.version.job) }
                        }
                    }
                }
                tbody {
                    @for (name, of) in ROWS {
                        tr {
                            th scope="row" { (name) }
                            @for survivor in survivors { td { (of(survivor.recovery)) } }
                        }
                    }
                    @for (name, of) in RARE {
                        @if survivors.iter().any(|survivor| of(survivor.recovery) > 0) {
                            tr {
                                th scope="row" { (name) }
                                @for survivor in survivors { td { (count(of(survivor.recovery))) } }
                            }
                        }
                    }
                }
            }
        }
        p class="notes" {
            "Rows are those of the output as they were delivered, held against the output of the same job without faults: a row \
             that carries another value, such as how many records had been read when it was emitted, is one never delivered and \
             one beyond."
        }
        @for survivor in survivors { (given_up(survivor)) }
    }
}

type Row<T> = (&'static str, fn(&RecoveryResult) -> T);

const ROWS: [Row<String>; 10] = [
    ("guarantee", |of| of.guarantee.to_string()),
    ("checkpoints taken", |of| {
        format!("{}, one each {}", count(of.checkpoints), counted(of.checkpoint_every, "records"))
    }),
    ("kept in", |of| format!("{}, to survive {}", of.store, what(&of.durability))),
    ("rows delivered to", |of| place(&of.sink).to_owned()),
    ("incarnations of the job", |of| count(of.incarnations)),
    ("faults that struck", |of| count(of.faults.len() as u64)),
    ("records lost", |of| count(of.lost)),
    ("records repeated", |of| count(of.repeated)),
    ("rows never delivered", |of| count(of.rows_missing)),
    ("rows delivered beyond", |of| count(of.rows_extra)),
];

/// Where rows are delivered, in words.
fn place(sink: &str) -> &str {
    match sink {
        "store" => "a table in the store",
        "parquet" => "Parquet files, one an epoch",
        "postgres" => "a table of PostgreSQL",
        _ => "a file",
    }
}

/// Those that most runs don't have.
const RARE: [Row<u64>; 4] = [
    ("commits of zombies, refused", |of| of.zombies_refused),
    ("records delivered again, known and left out", |of| of.known_again),
    ("torn rows cut from the output", |of| of.torn_rows),
    ("stores given up", |of| of.given_up.len() as u64),
];

fn what(durability: &str) -> &str {
    match durability {
        "power" => "a power cut",
        "process" => "a kill",
        other => other,
    }
}

/// Returns what the guarantees promise, whether they were kept, and what that left of the answers; once where all is
/// alike.
pub(super) fn verdicts(survivors: &[Survivor<'_>]) -> Markup {
    let said: Vec<_> = survivors.iter().map(|survivor| verdict(survivor.recovery).into_string()).collect();
    let is_alike = said.windows(2).all(|pair| pair[0] == pair[1]);
    let names: Vec<_> = survivors.iter().map(|survivor| survivor.version.job.as_str()).collect();
    html! {
        @if is_alike {
            p { (names.join(" and ")) ": " (verdict(survivors[0].recovery)) }
        } @else {
            @for survivor in survivors { p { (survivor.version.job) ": " (verdict(survivor.recovery)) } }
        }
    }
}

fn verdict(recovery: &RecoveryResult) -> Markup {
    html! {
            (recovery.guarantee) (promise(recovery.guarantee)) ". "
            @match recovery.breach() {
                Some(breach) => { b class="fail" { "It was broken: " (breach) "." } }
                None => { b class="pass" { "It was kept." } }
            }
            " "
            @if recovery.same_answer {
                "The answer is that of a run without faults."
            } @else {
                "The answer is not that of a run without faults."
            }
    }
}

fn promise(guarantee: Guarantee) -> &'static str {
    match guarantee {
        Guarantee::AtMostOnce => " promises that no record is repeated; a crash may lose some",
        Guarantee::AtLeastOnce => " promises that no record is lost; after a crash some may be repeated",
        Guarantee::ExactlyOnce => {
            " promises that no record is lost, none is repeated, and each row is delivered once"
        }
    }
}

/// Why all was done again from the first record.
fn given_up(survivor: &Survivor<'_>) -> Markup {
    let given_up = &survivor.recovery.given_up;
    html! {
        @for reason in given_up.iter().take(MOST_REASONS) {
            p class="notes" {
                b { "Given up. " } "A store of " (survivor.version.job) " could not be used, and all was done again from the \
                first record: " (shorten(reason, MOST_CHARS))
            }
        }
        @if given_up.len() > MOST_REASONS {
            p class="notes" { (MOST_REASONS) " of " (count(given_up.len() as u64)) " stores that were given up." }
        }
    }
}

/// Says which records are lost, or repeated, for the detail of the verdict.
pub(crate) fn sentence(results: &Results) -> Option<String> {
    let (stable, candidate) = (&results.stable, &results.candidate);
    let of = |recovery: &Option<RecoveryResult>, count: fn(&RecoveryResult) -> u64| {
        recovery.as_ref().map_or(0, count)
    };
    let both = |count: fn(&RecoveryResult) -> u64| {
        [&candidate.recovery, &stable.recovery].map(|side| of(side, count))
    };
    let (lost, repeated) = (both(|of| of.lost), both(|of| of.repeated));
    let clauses = [(lost, "loses"), (repeated, "repeats")].into_iter().filter(|(sides, _)| *sides != [0, 0]);
    let said = clauses.map(|([mine, theirs], verb)| {
        format!("it {verb} {}, {} {}", counted(mine, "records"), stable.job, count(theirs))
    });
    let said: Vec<_> = said.collect();
    let recovery = candidate.recovery.as_ref().or(stable.recovery.as_ref())?;
    let faults = counted(recovery.faults.len() as u64, "faults");
    let after = format!("After {faults} under {}", recovery.guarantee);
    (!said.is_empty()).then(|| format!("{after} {}.", said.join("; ")))
}

/// The names of [`brief`].
pub(crate) const BRIEF: [&str; 5] =
    ["guarantee", "faults that struck", "records lost", "records repeated", "answer as without faults"];

/// The account for a table that has no room for all of it.
pub(crate) fn brief(recovery: &RecoveryResult) -> [String; 5] {
    [
        recovery.guarantee.to_string(),
        count(recovery.faults.len() as u64),
        count(recovery.lost),
        count(recovery.repeated),
        if recovery.same_answer { "yes" } else { "no" }.to_owned(),
    ]
}
