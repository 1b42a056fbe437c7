//! Reads a run back that stands in its folder.

use std::path::Path;

use compare::{Results, Timings};
use platform::Error;

use crate::program::program;

/// Results and timings of the run in the folder `run`.
pub(crate) fn read_run(run: &Path) -> Result<(Results, Timings), Error> {
    let results = read_results(run)?;
    let timings = json(&run.join("timings.json"), compare::TIMINGS_SCHEMA, |text| {
        serde_json::from_str::<Timings>(text)
    })?;
    Ok((results, timings))
}

/// Results of the run in the folder `run`.
pub(crate) fn read_results(run: &Path) -> Result<Results, Error> {
    json(&run.join("results.json"), compare::RESULTS_SCHEMA, |text| serde_json::from_str::<Results>(text))
}

/// Bounds what a run has to say of itself; a file beyond this isn't part of one.
const MOST_BYTES: u64 = 64 << 20;

/// The text of a file of a run.
pub(crate) fn read(path: &Path, what: &str) -> Result<String, Error> {
    Ok(datasets::read_regular_text(path, MOST_BYTES, what)?)
}

/// Reads a file of ours, which may come from anybody by now.
fn json<T>(
    path: &Path,
    schema: &str,
    read_as: impl Fn(&str) -> Result<T, serde_json::Error>,
) -> Result<T, Error> {
    let text = read(path, "part of a run")?;
    let shown = datasets::shown_path(path);
    let value: serde_json::Value = serde_json::from_str(&text)
        .map_err(|error| Error::input(format!("{shown} line {}: {error}", error.line())))?;
    match value.get("schema").and_then(|found| found.as_str()) {
        Some(found) if found == schema => {}
        found => {
            let found = datasets::shown(found.unwrap_or("nothing")).to_string();
            return Err(Error::input(format!("{shown}: its schema is {found}, this program reads {schema}"))
                .with_hint(format!(
                    "run the experiment again: {} run, with the experiment.toml beside it",
                    program()
                )));
        }
    }
    read_as(&text).map_err(|error| {
        let why = error.to_string();
        Error::input(format!("{shown} line {}: {}", error.line(), datasets::shown(&why)))
    })
}
