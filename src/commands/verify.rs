//! `verify`: is a frozen dataset what was frozen?

use std::{collections::BTreeMap, path::Path};

use datasets::Frozen;
use platform::{
    Error,
    catalog::problem,
    erased::{AnyProblem, resolve_given, resolve_params},
    execute::Verify,
    problem::Params,
};

use crate::output::Output;

pub(super) fn verify(dataset: &Path, output: &Output) -> Result<u8, Error> {
    if !dataset.join(datasets::MANIFEST_FILE).exists() && dataset.join("results.json").is_file() {
        return Err(Error::input(format!(
            "{} is a run, not a frozen dataset",
            datasets::shown_path(dataset)
        ))
        .with_hint(
            "'counterpoint report' renders a run's page again; its dataset is named in experiment.toml",
        ));
    }
    let frozen = Frozen::open(dataset)?;
    let manifest = &frozen.manifest;
    let problem = problem(&manifest.problem)
        .map_err(|error| Error::input(format!("{}: {error}", datasets::shown_path(dataset))))?;
    let params = given_params(problem, &frozen)?;
    Verify { frozen: &frozen, params: &params }.of(problem)?;
    frozen.verify()?;
    output.json(manifest);
    output.line(format_args!(
        "{}: {} for {}, {}, blake3 {}: as frozen",
        datasets::shown(&manifest.name),
        datasets::counted(manifest.records, "records"),
        manifest.problem,
        datasets::counted(manifest.bytes, "bytes"),
        manifest.blake3
    ));
    Ok(0)
}

/// Sizes are nothing without their capacity; all else can be chosen with each run, so a dataset may do without.
fn given_params(problem: AnyProblem, frozen: &Frozen) -> Result<Params, Error> {
    if problem.info().parameters.iter().any(|parameter| parameter.name == datasets::CAPACITY) {
        return resolve_params(problem, frozen, &BTreeMap::new());
    }
    resolve_given(problem, frozen, &BTreeMap::new())
}
