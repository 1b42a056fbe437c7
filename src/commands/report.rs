//! `report`: renders a run's page again.

use std::path::Path;

use crate::{error::Error, experiment::ExperimentFile, output::Output, run_folder::replace};

pub(super) fn report(run: &Path, output: &Output) -> Result<u8, Error> {
    if !run.is_dir() {
        return Err(Error::input(format!("{}: there is no such run", datasets::shown_path(run))));
    }
    let read_results = compare::AnyResults::from_json;
    let results = json(&run.join("results.json"), compare::RESULTS_SCHEMA, read_results)?;
    let timings: compare::Timings =
        json(&run.join("timings.json"), compare::TIMINGS_SCHEMA, |text| serde_json::from_str(text))?;
    let path = run.join("experiment.toml");
    let text = read(&path)?;
    let file: ExperimentFile = toml::from_str(&text)
        .map_err(|error| Error::input(datasets::explain_toml(&path, &text, &error).to_string()))?;
    let command = file.command("run");
    let page = reports::html(&reports::Run {
        file: None,
        results: &results,
        timings: &timings,
        experiment: &text,
        command: &command,
    });
    let path = run.join("report.html");
    replace(&path, &page)?;
    output.json(&serde_json::json!({ "report": path.display().to_string() }));
    output.line(format_args!("report   {}", datasets::shown_path(&path)));
    Ok(0)
}

fn read(path: &Path) -> Result<String, Error> {
    std::fs::read_to_string(path)
        .map_err(|cause| Error::input(format!("{}: {cause}", datasets::shown_path(path))))
}

/// Reads a file of ours, which may come from anybody by now.
fn json<T>(
    path: &Path,
    schema: &str,
    read_as: impl Fn(&str) -> Result<T, serde_json::Error>,
) -> Result<T, Error> {
    let text = read(path)?;
    let shown = datasets::shown_path(path);
    let value: serde_json::Value = serde_json::from_str(&text)
        .map_err(|error| Error::input(format!("{shown} line {}: {error}", error.line())))?;
    match value.get("schema").and_then(|found| found.as_str()) {
        Some(found) if found == schema => {}
        found => {
            let found = datasets::shown(found.unwrap_or("nothing")).to_string();
            return Err(Error::input(format!("{shown}: its schema is {found}, this program reads {schema}")));
        }
    }
    read_as(&text).map_err(|error| {
        let why = error.to_string();
        Error::input(format!("{shown} line {}: {}", error.line(), datasets::shown(&why)))
    })
}
