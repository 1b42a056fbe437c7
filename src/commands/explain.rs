//! `explain`: why a run's version differs from the reference.

use std::{path::Path, sync::Arc};

use compare::{ExplanationResult, Role, RuleResult};
use datasets::{MANIFEST_FILE, Table, TableFormat, shown, shown_path};
use platform::{Error, catalog::Catalog, events::Working, experiment::ExperimentFile, explain::Explain};
use replay::Control;
use serde::Serialize;

use super::shrink::{Shrinking, shrunk};
use crate::{cli::ExplainArgs, output::Output, progress::Progress, read_back::read_results};

const SCHEMA: &str = "counterpoint.explanation/1";
/// An answer is held in memory.
const MOST_BYTES: u64 = 4 << 30;

#[derive(Serialize)]
struct Printed<'a> {
    schema: &'static str,
    run: String,
    version: Role,
    job: &'a str,
    /// Says in one sentence what was found.
    sentence: String,
    /// Holds what was found; nothing where no row differs.
    #[serde(skip_serializing_if = "Option::is_none")]
    explanation: Option<&'a ExplanationResult>,
}

pub(super) fn explain(
    args: &ExplainArgs,
    catalog: &Catalog,
    output: &Output,
    control: &Arc<Control>,
) -> Result<u8, Error> {
    let run = &args.run;
    check_run(run)?;
    let results = read_results(run)?;
    let role: Role = args.version.into();
    let answers = run.join("answers");
    let answer = table(&answers.join(format!("{role}.csv")))?;
    let reference = table(&answers.join("reference.csv"))?;
    let resolved = ExperimentFile::read(&run.join("experiment.toml"))?.resolve(catalog)?;
    let progress = Progress::new(control, output.telling());
    let work = Working { control, listener: &progress };
    let explain = Explain { resolved: &resolved, role, answer: &answer, reference: &reference, work: &work };
    let found = explain.run();
    progress.finish();
    let found = found?;
    let job = match role {
        Role::Stable => &results.stable.job,
        Role::Candidate => &results.candidate.job,
    };
    let sentence = match &found {
        Some(found) => found.sentence(),
        None => "no row differs from the reference".to_owned(),
    };
    output.json(&Printed {
        schema: SCHEMA,
        run: run.display().to_string(),
        version: role,
        job,
        sentence: sentence.clone(),
        explanation: found.as_ref(),
    });
    output.line(format_args!("{role} {}: {}", shown(job), shown(&sentence)));
    if let Some(found) = &found {
        tell(found, output);
    }
    if let Some(to) = &args.shrink {
        let shrinking = Shrinking { resolved: &resolved, results: &results, role, catalog, control };
        shrunk(&shrinking, to, args.replays, output)?;
    }
    Ok(0)
}

/// A run has an experiment and results; anything else is told from it.
fn check_run(run: &Path) -> Result<(), Error> {
    let name = shown_path(run);
    if !run.is_dir() {
        return Err(Error::input(format!("{name}: there is no such run")));
    }
    let has = |file: &str| run.join(file).is_file();
    if has("results.json") && has("experiment.toml") {
        return Ok(());
    }
    let what = if has(MANIFEST_FILE) { "a frozen dataset" } else { "no run of an experiment" };
    Err(Error::input(format!("{name} is {what}: it has no results.json with an experiment.toml beside it"))
        .with_hint("name the folder of a run, as 'counterpoint runs' lists them"))
}

/// Reads an answer that a run has kept.
fn table(path: &Path) -> Result<Table, Error> {
    if !path.is_file() {
        return Err(Error::input(format!("{}: the run's answers weren't kept", shown_path(path)))
            .with_hint("run the experiment again: its experiment.toml is beside the folder of answers"));
    }
    let bytes = datasets::read_regular(path, MOST_BYTES, "a table held in memory")?;
    Ok(datasets::read_table_text(path, &bytes, TableFormat::Csv, &|| true)?.table)
}

/// Prints what speaks for it, who has the rule, and how an experiment says so.
fn tell(found: &ExplanationResult, output: &Output) {
    let line = |label: &str, text: &str| output.line(format_args!("{label:<10} {}", shown(text)));
    for text in found.evidence() {
        let (label, text) = text.split_once(": ").unwrap_or(("", &text));
        line(label, text);
    }
    for keys in &found.left {
        let label = if found.rules.is_empty() { "differs" } else { "left over" };
        line(label, &keys.join(", "));
    }
    for other in found.others() {
        line("or", &format!("{other} (it says the same of every row here)"));
    }
    for rule in &found.rules {
        line("rule", &rule.name);
        if !rule.known_of.is_empty() {
            line("known of", &rule.known_of.join(", "));
        }
        declare(rule, output);
    }
}

fn declare(rule: &RuleResult, output: &Output) {
    for declare in &rule.declare {
        let rows = declare.rows.map_or(String::new(), |rows| {
            format!(", which speaks of {} that differ", datasets::counted(rows, "rows"))
        });
        output.line(format_args!("\nexpected, if the experiment says{rows}:"));
        for text in declare.toml.lines() {
            output.line(format_args!("    {}", shown(text)));
        }
    }
}
