//! Shows in a terminal what came of a replay.

use std::path::Path;

use reports::ReplayPage;

use crate::{commands::tables::aligned, output::Output};

/// Shows what came of it, and where its answer and its page are.
pub(super) fn print(replayed: &ReplayPage, path: &Path, output: &Output) {
    output.line(format_args!("{}\n", datasets::shown(&replayed.title)));
    let facts = replayed.parts.iter().flat_map(|part| &part.facts);
    let rows: Vec<Vec<String>> = facts.map(|fact| vec![fact.name.clone(), fact.value.clone()]).collect();
    output.line(aligned(&rows));
    for doubt in &replayed.doubts {
        output.line(doubt);
    }
    output.line(format_args!("\nanswer   {}", datasets::shown_path(&path.join("answers/answer.csv"))));
    output.line(format_args!("report   {}", output.link(&path.join("report.html"))));
}
