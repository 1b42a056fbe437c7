//! A version that took over from an earlier job: how its answer stands on either side of that.

use compare::{
    Divergence, HandOverResult, HandedState, Results, StrangeWindows, Strangeness, TableSide, Tables,
};
use maud::html;

use crate::format::{capital, count, counted, shorten};
use crate::part::Part;

/// A key is a glance, not a document.
const MOST_CHARS: usize = 120;

/// The versions that took over from earlier jobs.
fn handovers<'a>(tables: &Tables<'a>) -> Vec<(&'a str, &'a HandOverResult)> {
    let told = |side: TableSide<'a>| Some((side.version.job.as_str(), side.table.handover.as_deref()?));
    [tables.stable, tables.candidate].into_iter().filter_map(told).collect()
}

/// Says how versions took over, in sentences; nothing where none did.
pub(crate) fn sentence(results: &Results, tables: &Tables<'_>) -> Option<String> {
    let said: Vec<String> = handovers(tables)
        .into_iter()
        .map(|(job, handover)| sentences(job, handover, results.fed()))
        .collect();
    (!said.is_empty()).then(|| said.join(" "))
}

fn sentences(job: &str, handover: &HandOverResult, records: u64) -> String {
    let HandOverResult { at, rows_before, rows_after, again, .. } = *handover;
    let with = match handover.state {
        HandedState::Carried => "with the state of",
        HandedState::Lost => "without the state of",
    };
    let mut said = vec![format!(
        "{job} took over after {} of {} {with} the job before it: {} came before and {} after.",
        count(at),
        counted(records, "records"),
        counted(rows_before, "rows"),
        count(rows_after),
    )];
    if again > 0 {
        said.push(format!("{} were given out by both; the later ones count.", counted(again, "rows")));
    }
    if let Some(windows) = &handover.windows {
        let [before, across, after] = [windows.before, windows.across, windows.after].map(differing);
        said.push(format!(
            "Of the rows whose window's records came before {before} differ, of those with records on both sides {across}, of \
             those with all after {after}."
        ));
    }
    said.extend(handover.strange.iter().map(strange));
    said.join(" ")
}

/// `3 of 70`, of the rows that should be there; extra ones may make more of them.
fn differing(side: Divergence) -> String {
    let rows = side.rows().saturating_add(side.equal);
    format!("{} of {}", count(side.rows()), count(rows))
}

/// Says of rows that no batch answer can have them, and why.
pub(crate) fn strange(found: &StrangeWindows) -> String {
    let StrangeWindows { length_ms, reference_ms, before, after, .. } = *found;
    let rows = before.saturating_add(after);
    let (are, windows) = if rows == 1 { ("is", "a window") } else { ("are", "windows") };
    let kind = match found.kind {
        Strangeness::OldSize => {
            format!(
                "of the old size ({} ms; the batch answer's have {} ms)",
                count_ms(length_ms),
                count_ms(reference_ms)
            )
        }
        Strangeness::OtherSize => {
            format!(
                "of another size ({} ms; the batch answer's have {} ms)",
                count_ms(length_ms),
                count_ms(reference_ms)
            )
        }
        Strangeness::Shifted => {
            format!(
                "of the size of the batch answer's ({} ms) that begin where none of those can",
                count_ms(length_ms)
            )
        }
    };
    format!(
        "{} {are} {windows} {kind}: {} given out before, {} after, such as {}.",
        capital(&counted(rows, "rows")),
        count(before),
        count(after),
        shorten(&found.example.join(","), MOST_CHARS)
    )
}

fn count_ms(ms: i64) -> String {
    let sign = if ms < 0 { "-" } else { "" };
    format!("{sign}{}", count(ms.unsigned_abs()))
}

/// The heads of the table.
pub(crate) const HEADS: [&str; 5] =
    ["rows whose window\u{2019}s records", "equal", "changed", "missing", "extra"];

/// A row of the table: its label, and its numbers in the order of their heads.
pub(crate) fn lines(handover: &HandOverResult) -> Vec<(&'static str, [String; 4])> {
    let line =
        |label, side: Divergence| (label, [side.equal, side.changed, side.missing, side.extra].map(count));
    handover.windows.as_ref().map_or(Vec::new(), |windows| {
        vec![
            line("all came before the hand-over", windows.before),
            line("came before and after it", windows.across),
            line("all came after it", windows.after),
        ]
    })
}

/// The section, or nothing where no version took over from an earlier job.
pub(crate) fn section(results: &Results, tables: &Tables<'_>) -> Option<Part> {
    let handovers = handovers(tables);
    if handovers.is_empty() {
        return None;
    }
    let body = html! {
        @for (job, handover) in handovers {
            p { (sentences(job, handover, results.fed())) }
            @let lines = lines(handover);
            @if !lines.is_empty() {
                div class="scroll" role="region" aria-labelledby="handover" tabindex="0" {
                    table {
                        thead { tr { @for head in HEADS { th scope="col" { (head) } } } }
                        tbody {
                            @for (label, numbers) in lines {
                                tr { th scope="row" { (label) } @for number in numbers { td { (number) } } }
                            }
                        }
                    }
                }
            }
        }
    };
    Some(Part::new("handover", "The hand-over", body))
}

/// Says in a few words which rows no batch answer can have, for the verdict's line; nothing where there are none.
pub(crate) fn caveat(tables: &Tables<'_>) -> Option<String> {
    let handover = tables.candidate.table.handover.as_deref()?;
    let said = |found: &StrangeWindows| {
        let rows = counted(found.before.saturating_add(found.after), "rows");
        match found.kind {
            Strangeness::OldSize => format!("{rows} of windows of the old size"),
            Strangeness::OtherSize => format!("{rows} of windows of another size"),
            Strangeness::Shifted => format!("{rows} of windows that begin elsewhere"),
        }
    };
    let said: Vec<String> = handover.strange.iter().map(said).collect();
    (!said.is_empty()).then(|| format!("its answer has {}", said.join(" and ")))
}
