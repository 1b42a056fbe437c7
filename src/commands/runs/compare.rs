//! `runs compare`: what changed between runs.

use std::path::Path;

use platform::Error;
use replay::Control;
use reports::{ChangedPart, ChangedRow, Changes};
use serde::Serialize;

use super::{
    command, page,
    text::{Side, aligned},
};
use crate::{
    cli::CompareRunsArgs,
    history::{Entry, changes, named},
    output::Output,
};

const NOTHING: &str = "–";

#[derive(Serialize)]
struct Printed<'a> {
    schema: &'static str,
    runs: Vec<&'a str>,
    warnings: &'a [String],
    parts: Vec<Part<'a>>,
}

#[derive(Serialize)]
struct Part<'a> {
    title: &'a str,
    values: Vec<Value<'a>>,
}

#[derive(Serialize)]
struct Value<'a> {
    name: &'a str,
    cells: &'a [Option<String>],
    changed: bool,
    #[serde(skip_serializing_if = "str::is_empty")]
    note: &'a str,
}

pub(super) fn compare(args: &CompareRunsArgs, output: &Output, control: &Control) -> Result<u8, Error> {
    let file = page(args.html.as_deref())?;
    let folder = &args.place.folder;
    let runs: Vec<Entry> = args.runs.iter().map(|name| named(name, folder)).collect::<Result<_, _>>()?;
    let paths: Vec<String> = runs.iter().map(|run| run.folder.to_string_lossy().into_owned()).collect();
    let words: Vec<&str> = std::iter::once("compare").chain(paths.iter().map(String::as_str)).collect();
    let found = changes(&runs, command(&words, Path::new(crate::run_folder::RUNS)), control)?;
    print(&found, output);
    output.json(&printed(&found));
    if let (Some(file), Some(path)) = (file, &args.html) {
        file.write(&reports::changes_html(&found))?;
        output.line(format_args!("\nwrote {}", datasets::shown_path(path)));
    }
    Ok(0)
}

fn printed(changes: &Changes) -> Printed<'_> {
    Printed {
        schema: "counterpoint.run-changes/1",
        runs: changes.columns.iter().map(|column| column.name.as_str()).collect(),
        warnings: &changes.warnings,
        parts: changes.parts.iter().map(part).collect(),
    }
}

fn part(part: &ChangedPart) -> Part<'_> {
    Part { title: part.title, values: part.rows.iter().map(value).collect() }
}

fn value(row: &ChangedRow) -> Value<'_> {
    let ChangedRow { name, cells, note, .. } = row;
    Value { name, cells, changed: row.is_changed(), note }
}

fn print(changes: &Changes, output: &Output) {
    let runs = reports::letters().zip(&changes.columns).map(|(letter, run)| {
        let outcome = run.outcome.map_or("?", reports::outcome_word);
        [
            letter,
            run.name.clone(),
            run.started.clone(),
            outcome.to_owned(),
            run.commit.clone(),
            run.machine.clone(),
        ]
        .to_vec()
    });
    for line in aligned(&runs.collect::<Vec<_>>(), &[Side::Left; 6]) {
        output.line(line);
    }
    for warning in &changes.warnings {
        output.note(datasets::shown(warning));
    }
    let head = [String::new(), String::new()].into_iter();
    let head = head.chain(reports::letters().take(changes.columns.len()));
    let head: Vec<String> = head.collect();
    let mut sides = vec![Side::Left, Side::Left];
    sides.extend(changes.columns.iter().map(|_| Side::Right));
    sides.push(Side::Left);
    // One table, so that columns stand below each other in all parts.
    let mut table = vec![head];
    for part in &changes.parts {
        table.push(Vec::new());
        table.push(vec![part.title.to_owned()]);
        table.extend(part.rows.iter().map(row));
    }
    output.line("");
    let titles: Vec<&str> = changes.parts.iter().map(|part| part.title).collect();
    for line in aligned_below(&table, &sides, &titles) {
        output.line(line);
    }
    output.line(format_args!("\n{}", changes.sentence()));
}

fn row(row: &ChangedRow) -> Vec<String> {
    let mark = if row.is_changed() { "*" } else { " " };
    let cells = row.cells.iter().map(|cell| cell.clone().unwrap_or_else(|| NOTHING.to_owned()));
    let start = [mark.to_owned(), row.name.clone()];
    start.into_iter().chain(cells).chain([row.note.clone()]).collect()
}

/// Aligns rows, while titles, which are rows of one cell, take no part in it.
fn aligned_below(table: &[Vec<String>], sides: &[Side], titles: &[&str]) -> Vec<String> {
    let is_title = |row: &[String]| matches!(row, [title] if titles.contains(&title.as_str()));
    let without = |row: &Vec<String>| if is_title(row) { Vec::new() } else { row.clone() };
    let bare: Vec<Vec<String>> = table.iter().map(without).collect();
    let lines = aligned(&bare, sides);
    table.iter().zip(lines).map(|(row, line)| if is_title(row) { row[0].clone() } else { line }).collect()
}
