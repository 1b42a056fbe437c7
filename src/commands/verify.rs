//! `verify`: is a frozen dataset what was frozen?

use std::{collections::BTreeMap, path::Path};

use datasets::Frozen;
use platform::{
    Error,
    catalog::Catalog,
    erased::{AnyProblem, resolve_given, resolve_params},
    execute::Verify,
    problem::Params,
};

use crate::output::Output;

pub(super) fn verify(dataset: &Path, catalog: &Catalog, output: &Output) -> Result<u8, Error> {
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
    if !manifest.is_generic() {
        check_parameters(dataset, &frozen, catalog)?;
    }
    frozen.verify()?;
    output.json(manifest);
    let whose = if manifest.is_generic() {
        String::new()
    } else {
        format!(" for {}", datasets::shown(&manifest.problem))
    };
    output.line(format_args!(
        "{}: {}{whose}, {}, blake3 {}: as frozen",
        datasets::shown(&manifest.name),
        datasets::counted(manifest.records, "records"),
        datasets::counted(manifest.bytes, "bytes"),
        manifest.blake3
    ));
    Ok(0)
}

/// Returns what the dataset's problem says of its parameters.
fn check_parameters(dataset: &Path, frozen: &Frozen, catalog: &Catalog) -> Result<(), Error> {
    let problem = catalog
        .problem(&frozen.manifest.problem)
        .map_err(|error| Error::input(format!("{}: {error}", datasets::shown_path(dataset))))?;
    let params = given_params(problem, frozen)?;
    Verify { frozen, params: &params }.of(problem)
}

/// Sizes are nothing without their capacity; all else can be chosen with each run, so a dataset may do without.
fn given_params(problem: AnyProblem, frozen: &Frozen) -> Result<Params, Error> {
    if problem.info().parameters.iter().any(|parameter| parameter.name == datasets::CAPACITY) {
        return resolve_params(problem, frozen, &BTreeMap::new());
    }
    resolve_given(problem, frozen, &BTreeMap::new())
}
