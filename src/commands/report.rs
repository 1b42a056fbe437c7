//! `report`: renders a run's page again.

use std::path::Path;

use platform::{Error, experiment::ExperimentFile};

use crate::{
    output::Output,
    program::program,
    read_back::{read, read_run},
    run_folder::{self, replace},
};

pub(super) fn report(run: &Path, output: &Output) -> Result<u8, Error> {
    if !run.is_dir() {
        return Err(Error::input(format!("{}: there is no such run", datasets::shown_path(run))));
    }
    if !run.join("results.json").exists() && run.join(datasets::MANIFEST_FILE).is_file() {
        let shown = datasets::shown_path(run);
        let message = format!("there is no {shown}/results.json: {shown} is a frozen dataset, not a run");
        return Err(Error::input(message).with_hint(format!(
            "'{0} verify' checks a dataset; '{0} run --dataset' makes a run",
            program()
        )));
    }
    let (results, timings) = read_run(run)?;
    let path = run.join("experiment.toml");
    let text = read(&path, "an experiment")?;
    let file: ExperimentFile = toml::from_str(&text)
        .map_err(|error| Error::input(datasets::explain_toml(&path, &text, &error).to_string()))?;
    let command = file.command(&program(), "run");
    let page = reports::html(&reports::Run {
        file: None,
        files: &run_folder::files(run),
        results: &results,
        timings: &timings,
        experiment: &text,
        command: &command,
    });
    let path = run.join("report.html");
    replace(&path, &page)?;
    let schema = "counterpoint.report/1";
    output.json(&serde_json::json!({ "schema": schema, "report": path.display().to_string() }));
    output.line(format_args!("report   {}", datasets::shown_path(&path)));
    Ok(0)
}
