//! The results of a run as a baseline keeps them, and a run held against them.

use std::io::{self, Write};

use compare::{Baseline, Check, KeptAnswer, Outcome, Verdict};
use datasets::{Answer, Keys, NO_DECISION, Table};

use crate::{
    execute::{Answers, FinishedRun},
    trial::Given,
};

/// Between two looks at the stop signal, while an answer is written.
pub const ROWS_UNCHECKED: usize = 1 << 16;

/// Returns what is kept of a finished run.
pub fn of(finished: &FinishedRun) -> Baseline {
    let Answers { reference, versions, column, keys } = &finished.answers;
    let reference = match reference {
        Answer::Decisions(decisions) => kept_decisions(column, decisions),
        Answer::Table(table) => kept_table(table, keys),
    };
    let [stable, candidate] = versions
        .as_ref()
        .map(|given| match given {
            Given::Decisions(decisions) => kept_decisions(column, decisions),
            Given::Table(concluded) => kept_table(&concluded.table, keys),
        })
        .into();
    Baseline::of(&finished.results, [reference, stable, candidate])
}

/// Decisions are kept by their hash alone: there is one for each record.
fn kept_decisions(column: &str, decisions: &[u32]) -> KeptAnswer {
    let mut hasher = blake3::Hasher::new();
    write_decisions(&mut hasher, (column, decisions), || Ok::<(), io::Error>(()))
        .expect("a hash takes everything");
    KeptAnswer::by_hash(hasher.finalize().to_hex().to_string())
}

fn kept_table(table: &Table, keys: &Keys) -> KeptAnswer {
    let mut hasher = blake3::Hasher::new();
    let mut line = Vec::new();
    table.write_header(&mut line);
    for row in 0..table.rows() {
        table.write_row(row, keys, &mut line);
        hasher.update(&line);
        line.clear();
    }
    hasher.update(&line);
    KeptAnswer::table(hasher.finalize().to_hex().to_string(), table, keys)
}

/// Adds the check of the baseline to the accuracy verdict, and what follows from it to the outcome.
pub fn hold_against(kept: &Baseline, finished: &mut FinishedRun) {
    let changes = kept.changes(&of(finished));
    let FinishedRun { results, timings, .. } = finished;
    let is_noisy = results.is_noisy();
    let verdict = &mut results.verdict;
    let before = std::mem::replace(verdict, Verdict::of(Vec::new(), Vec::new()));
    let mut checks = before.checks;
    let mut check = Check::of_baseline(&changes);
    if is_noisy && check.outcome == Outcome::Fail {
        // Results that change by themselves don't show that anything was changed.
        check.outcome = Outcome::Inconclusive;
        check.note = format!("{}; but a job is not deterministic", check.note);
    }
    checks.push(check);
    *verdict = Verdict { changes, ..Verdict::of(checks, before.skipped) };
    timings.conclude(verdict);
}

/// The rows of decisions, which are called `column`; `go_on` is asked now and then.
pub fn write_decisions<E: From<io::Error>>(
    to: &mut impl Write,
    (column, decisions): (&str, &[u32]),
    go_on: impl Fn() -> Result<(), E>,
) -> Result<(), E> {
    writeln!(to, "record,{column}")?;
    // Formatting by way of `fmt` took a quarter of a replay of a quick job.
    let (mut digits, mut lines) = (itoa::Buffer::new(), Vec::new());
    for (part, rows) in decisions.chunks(ROWS_UNCHECKED).enumerate() {
        go_on()?;
        lines.clear();
        for (row, &decision) in rows.iter().enumerate() {
            lines.extend_from_slice(digits.format(part * ROWS_UNCHECKED + row).as_bytes());
            lines.push(b',');
            if decision != NO_DECISION {
                lines.extend_from_slice(digits.format(decision).as_bytes());
            }
            lines.push(b'\n');
        }
        to.write_all(&lines)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decisions_are_written_as_they_would_be_one_by_one() {
        let decisions: Vec<u32> =
            (0..70_000_u32).map(|i| if i % 7 == 0 { NO_DECISION } else { i.wrapping_mul(61_169) }).collect();
        let (mut written, mut expected) = (Vec::new(), "record,bin\n".to_owned());
        write_decisions(&mut written, ("bin", &decisions), || Ok::<(), io::Error>(()))
            .expect("memory takes all");
        for (record, &decision) in decisions.iter().enumerate() {
            let said = if decision == NO_DECISION { String::new() } else { decision.to_string() };
            expected += &(record.to_string() + "," + &said + "\n");
        }
        assert!(written == expected.as_bytes());
    }
}
