//! Counts side by side: how each version's rows differ from the reference, and which records it leaves out.

use compare::{Guarantee, Role, TableResults, TableVersion};
use maud::{Markup, html};

use super::canvas::{Canvas, Drawn, End, Extent, Picture, Room};
use crate::differences::kinds;
use crate::format::{count, counted, significant};
use crate::ledger::{NO_WINDOW, all_left_out, left_out};

/// One pair of bars.
struct Pair {
    name: &'static str,
    stable: u64,
    candidate: u64,
}

/// In which way rows differ from the reference, or nothing where none does.
pub(crate) fn differing_rows(results: &TableResults) -> Markup {
    let (stable, candidate) = (&results.stable, &results.candidate);
    let differing = [stable, candidate].map(|version| version.divergence.differing());
    if differing == [0, 0] {
        return html! {};
    }
    let counts = |version: &TableVersion| {
        let found = &version.divergence;
        let extra = found.extra.saturating_sub(found.superseded);
        [
            ("changed", found.changed),
            ("missing", found.missing),
            ("extra", extra),
            ("merged later", found.superseded),
        ]
    };
    let pairs = counts(stable).into_iter().zip(counts(candidate));
    let pairs = pairs.map(|((name, stable), (_, candidate))| Pair { name, stable, candidate });
    let pairs: Vec<_> = pairs.filter(|pair| pair.stable.max(pair.candidate) > 0).collect();
    let title = format!(
        "Rows unlike the reference's: {} has {}, {} has {}",
        stable.job,
        kinds(&stable.divergence),
        candidate.job,
        kinds(&candidate.divergence)
    );
    let ends = differing.map(|rows| format!("{} differ", short(rows)));
    html! {
        section {
            h2 { "Where do the answers differ from the reference?" }
            figure {
                (draw("rows", &title, &pairs, [&stable.job, &candidate.job], &ends))
                figcaption {
                    "Rows are paired by their key. " em { "Changed" } ": both have the row, with another value. "
                    em { "Missing" } ": only the reference has it. " em { "Extra" } ": only the version has it. "
                    @if pairs.iter().any(|pair| pair.name == "merged later") {
                        em { "Merged later" } ": the row's session became part of a longer one after the row had been \
                        emitted, and both stand. "
                    }
                    "Rows that are equal are left out, or they would hide the rest: "
                    (counted(stable.divergence.equal, "rows")) " of stable's and "
                    (count(candidate.divergence.equal)) " of the candidate's, where the reference has "
                    (count(results.reference.rows)) "."
                }
            }
        }
    }
}

/// Which records are in no row, and rows that were emitted again; nothing where neither happened.
pub(crate) fn records_left_out(results: &TableResults) -> Markup {
    let (stable, candidate) = (&results.stable, &results.candidate);
    let [of_stable, of_candidate] = [stable, candidate].map(|version| left_out(&version.ledger));
    let pairs: Vec<_> = of_stable.iter().zip(&of_candidate).collect();
    let pairs = pairs.into_iter().filter(|(stable, candidate)| stable.1.max(candidate.1) > 0);
    let pairs: Vec<_> = pairs
        .map(|(stable, candidate)| Pair { name: stable.0, stable: stable.1, candidate: candidate.1 })
        .collect();
    let again = [stable, candidate].map(again);
    if pairs.is_empty() && again == [0, 0] {
        return html! {};
    }
    html! {
        section {
            h2 { "Which records does each version not use?" }
            @if pairs.is_empty() {
                p { "Neither version leaves one out." }
            } @else {
                figure { (records_figure(results, &pairs)) }
            }
            (emitted_again(results, again))
        }
    }
}

fn records_figure(results: &TableResults, pairs: &[Pair]) -> Markup {
    let (stable, candidate) = (&results.stable, &results.candidate);
    let all = [stable, candidate].map(|version| all_left_out(&version.ledger));
    let title = format!(
        "Records in no row of the answer: {} does not use {}, {} does not use {}",
        stable.job,
        count(all[0]),
        candidate.job,
        count(all[1])
    );
    let ends = all.map(|records| format!("{} left out", short(records)));
    let has = |name: &str| pairs.iter().any(|pair| pair.name == name);
    html! {
        (draw("records", &title, pairs, [&stable.job, &candidate.job], &ends))
        figcaption {
            "Of " (counted(results.dataset.records, "records")) ". "
            @if has("late") {
                em { "Late" } ": it came when what it belongs to had been closed; a longer delay would have saved it. "
            }
            @if has("unfired") {
                em { "Unfired" } ": it was in time, and the input ended before its row was emitted; more input, or "
                "draining at the end, would bring it out. "
            }
            @if has("duplicate") { em { "Duplicate" } ": its id had been seen. " }
            @if has("rejected") { em { "Rejected" } ": refused for what it holds. " }
            @if has(NO_WINDOW) {
                em { "In no window" } ": it lies between two windows, for they slide by more than their size. "
            }
            @if has("lost") { em { "Lost" } ": " (lost(results)) ". " }
        }
    }
}

/// What a lost record is where crashes may lose some, and where none may be.
fn lost(results: &TableResults) -> &'static str {
    let may_lose = |version: &TableVersion| {
        version.recovery.as_ref().is_some_and(|recovery| recovery.guarantee == Guarantee::AtMostOnce)
    };
    if [&results.stable, &results.candidate].into_iter().any(may_lose) {
        "a crash struck when its position had been committed and its effect had not, which at-most-once allows"
    } else {
        "it left no trace, which no job may do"
    }
}

/// Rows emitted beyond those of the answer.
fn again(version: &TableVersion) -> u64 {
    version.firings.saturating_sub(version.rows)
}

fn emitted_again(results: &TableResults, again: [u64; 2]) -> Markup {
    let said = |version: &TableVersion, again: u64| match again {
        0 => format!("{} emits each row once", version.job),
        again => format!(
            "{} emits {} for the {} of its answer: {} are corrections of what it had said before",
            version.job,
            counted(version.firings, "rows"),
            count(version.rows),
            count(again),
        ),
    };
    html! {
        @if again != [0, 0] {
            p class="notes" {
                b { "Emitted again. " } (said(&results.stable, again[0])) "; " (said(&results.candidate, again[1]))
                ". Whoever reads the output as it comes must replace rows by their key."
            }
        }
    }
}

fn draw(id: &str, title: &str, pairs: &[Pair], jobs: [&str; 2], ends: &[String; 2]) -> Markup {
    let most = pairs.iter().map(|pair| pair.stable.max(pair.candidate)).max().unwrap_or(0).max(1) as f64;
    // Room for a number behind the longest bar.
    let extent = Extent { x: (0.0, most * 1.4), y: (0.0, pairs.len() as f64) };
    let picture = Picture {
        id,
        title,
        extent,
        height: 16 + 19 * i32::try_from(pairs.len()).unwrap_or(0),
        room: Room::BARS,
    };
    picture.draw(|canvas| paint(canvas, pairs, jobs, ends))
}

fn paint(canvas: &Canvas<'_>, pairs: &[Pair], jobs: [&str; 2], ends: &[String; 2]) -> Drawn {
    let rows = pairs.len() as f64;
    for (index, pair) in pairs.iter().enumerate() {
        let floor = rows - 1.0 - index as f64;
        canvas.beside(floor + 0.5, pair.name)?;
        for (role, value, at) in [(Role::Stable, pair.stable, 0.68), (Role::Candidate, pair.candidate, 0.32)]
        {
            if value > 0 {
                canvas.bar(role, (0.0, floor + at + 0.13), (value as f64, floor + at - 0.13))?;
            }
            canvas.after(role, (value as f64, floor + at), &short(value))?;
        }
    }
    canvas.upright(0.0)?;
    let end = |role: Role, at: f64, index: usize| End {
        role,
        y: rows - 1.0 + at,
        name: jobs[index],
        value: ends[index].clone(),
    };
    canvas.ends([end(Role::Stable, 0.68, 0), end(Role::Candidate, 0.32, 1)])
}

/// A count that fits behind a bar.
fn short(value: u64) -> String {
    if value < 1_000_000 { count(value) } else { format!("{}\u{a0}M", significant(value as f64 / 1e6)) }
}
