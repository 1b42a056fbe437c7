//! Counts side by side: how each version's rows differ from the reference, and which records it leaves out.

use compare::{Guarantee, Role, TableSide, Tables, VersionResult};
use maud::{Markup, html};

use super::canvas::{Canvas, Drawn, End, Extent, Picture, Room};
use crate::differences::kinds;
use crate::format::{count, counted, significant};
use crate::ledger::{NO_WINDOW, all_left_out, left_out};
use crate::part::Part;

/// One pair of bars; of a number that nobody tells there is none.
struct Pair {
    name: &'static str,
    stable: Option<u64>,
    candidate: Option<u64>,
}

impl Pair {
    fn most(&self) -> u64 {
        self.stable.max(self.candidate).unwrap_or(0)
    }
}

/// Stands where a version doesn't say what became of its records.
const NOT_TOLD: &str = "not told";

/// In which way rows differ from the reference, or nothing where none does.
pub(crate) fn differing_rows(tables: &Tables<'_>) -> Option<Part> {
    let (stable, candidate) = (tables.stable, tables.candidate);
    let differing = [stable, candidate].map(|side| side.table.divergence.differing());
    if differing == [0, 0] {
        return None;
    }
    let counts = |side: TableSide<'_>| {
        let found = &side.table.divergence;
        let extra = found.extra.saturating_sub(found.superseded);
        [
            ("changed", found.changed),
            ("missing", found.missing),
            ("extra", extra),
            ("merged later", found.superseded),
        ]
    };
    let pairs = counts(stable).into_iter().zip(counts(candidate));
    let pairs = pairs.map(|((name, stable), (_, candidate))| Pair {
        name,
        stable: Some(stable),
        candidate: Some(candidate),
    });
    let pairs: Vec<_> = pairs.filter(|pair| pair.most() > 0).collect();
    let says = format!(
        "{} has {}, {} has {}.",
        stable.version.job,
        kinds(&stable.table.divergence),
        candidate.version.job,
        kinds(&candidate.table.divergence)
    );
    let ends = differing.map(|rows| format!("{} differ", short(rows)));
    let body = html! {
        figure {
            (draw(("rows", "Rows unlike the reference's", &says), &pairs, [&stable.version.job, &candidate.version.job], &ends))
            figcaption {
                "Rows are paired by their key. " em { "Changed" } ": both have the row, with another value. "
                em { "Missing" } ": only the reference has it. " em { "Extra" } ": only the version has it. "
                @if pairs.iter().any(|pair| pair.name == "merged later") {
                    em { "Merged later" } ": the row's session became part of a longer one after the row had been \
                    emitted, and both stand. "
                }
                "Rows that are equal are left out, or they would hide the rest: "
                (counted(stable.table.divergence.equal, "rows")) " of stable's and "
                (count(candidate.table.divergence.equal)) " of the candidate's, where the reference has "
                (count(tables.rows)) "."
            }
        }
    };
    Some(Part::new("unlike", "Where do the answers differ from the reference?", body))
}

/// Which records are in no row, and rows that were emitted again; nothing where neither happened.
pub(crate) fn records_left_out(tables: &Tables<'_>) -> Option<Part> {
    let (stable, candidate) = (tables.stable, tables.candidate);
    let [of_stable, of_candidate] = [stable, candidate].map(|side| left_out(&side.version.ledger));
    let pairs: Vec<_> = of_stable.iter().zip(&of_candidate).collect();
    let told = |side: TableSide<'_>, records: u64| tells(side.version).then_some(records);
    let pairs: Vec<_> = pairs
        .into_iter()
        .map(|(of_stable, of_candidate)| Pair {
            name: of_stable.0,
            stable: told(stable, of_stable.1),
            candidate: told(candidate, of_candidate.1),
        })
        .filter(|pair| pair.most() > 0)
        .collect();
    let again = [stable, candidate].map(again);
    if pairs.is_empty() && again == [0, 0] {
        return None;
    }
    let body = html! {
        @if pairs.is_empty() {
            p { "Neither version leaves one out." }
        } @else {
            figure { (records_figure(tables, &pairs)) }
        }
        (emitted_again(tables, again))
    };
    Some(Part::new("left-out", "Which records does each version not use?", body))
}

fn records_figure(tables: &Tables<'_>, pairs: &[Pair]) -> Markup {
    let (stable, candidate) = (tables.stable.version, tables.candidate.version);
    let said = [stable, candidate].map(|version| {
        let all = tells(version).then(|| all_left_out(&version.ledger));
        all.map_or_else(
            || format!("{} does not tell", version.job),
            |all| format!("{} does not use {}", version.job, count(all)),
        )
    });
    let says = format!("{}, {}.", said[0], said[1]);
    let ends = [stable, candidate].map(|version| {
        if tells(version) {
            format!("{} left out", short(all_left_out(&version.ledger)))
        } else {
            NOT_TOLD.to_owned()
        }
    });
    let has = |name: &str| pairs.iter().any(|pair| pair.name == name);
    html! {
        (draw(("records", "Records in no row of the answer", &says), pairs, [&stable.job, &candidate.job], &ends))
        figcaption {
            "Of " (counted(stable.ledger.records, "records")) ". "
            @if has("late") {
                em { "Late" } ": it came when what it belongs to had been closed; a longer delay would have saved it. "
            }
            @if has("not emitted") {
                em { "Not emitted" } ": it was in time, and the input ended before its row was emitted; more input, or "
                "draining at the end, would bring it out. "
            }
            @if has("duplicate") { em { "Duplicate" } ": its id had been seen. " }
            @if has("rejected") { em { "Rejected" } ": refused for what it holds. " }
            @if has(NO_WINDOW) {
                em { "In no window" } ": it lies between two windows, for they slide by more than their size. "
            }
            @if has("lost") { em { "Lost" } ": " (lost([stable, candidate])) ". " }
        }
    }
}

/// Returns whether a version says what becomes of its records.
fn tells(version: &VersionResult) -> bool {
    version.ledger.untold == 0
}

/// Returns what a lost record is where crashes may lose some, and where none may be.
fn lost(versions: [&VersionResult; 2]) -> &'static str {
    let may_lose = |version: &VersionResult| {
        version.recovery.as_ref().is_some_and(|recovery| recovery.guarantee == Guarantee::AtMostOnce)
    };
    if versions.into_iter().any(may_lose) {
        "a crash struck when its position had been committed and its effect had not, which at-most-once allows"
    } else {
        "it left no trace, which no job may do"
    }
}

/// Rows emitted beyond those of the answer.
fn again(side: TableSide<'_>) -> u64 {
    // What a program outside gives out may be more than is compared, for other reasons than that it corrects itself.
    if side.version.ledger.untold > 0 { 0 } else { side.table.firings.saturating_sub(side.table.rows) }
}

fn emitted_again(tables: &Tables<'_>, again: [u64; 2]) -> Markup {
    let said = |TableSide { version, table }: TableSide<'_>, again: u64| match again {
        0 if !tells(version) => format!("{} does not tell", version.job),
        0 => format!("{} emits each row once", version.job),
        again => format!(
            "{} emits {} for the {} of its answer: {} are corrections of what it had said before",
            version.job,
            counted(table.firings, "rows"),
            count(table.rows),
            count(again),
        ),
    };
    html! {
        @if again != [0, 0] {
            p class="notes" {
                b { "Emitted again. " } (said(tables.stable, again[0])) "; " (said(tables.candidate, again[1]))
                ". Whoever reads the output as it comes must replace rows by their key."
            }
        }
    }
}

/// Draws them; the picture has an id, a title, and a sentence for whoever doesn't see it.
fn draw(
    (id, title, says): (&str, &str, &str),
    pairs: &[Pair],
    jobs: [&str; 2],
    ends: &[String; 2],
) -> Markup {
    let most = pairs.iter().map(Pair::most).max().unwrap_or(0).max(1) as f64;
    // Room for a number behind the longest bar.
    let extent = Extent { x: (0.0, most * 1.4), y: (0.0, pairs.len() as f64) };
    let picture = Picture {
        id,
        title,
        says,
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
            let Some(value) = value else {
                canvas.after(role, (0.0, floor + at), NOT_TOLD)?;
                continue;
            };
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
