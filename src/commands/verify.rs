//! `verify`: is a frozen dataset what was frozen?

use std::{collections::BTreeMap, path::Path};

use datasets::Frozen;

use crate::{catalog::problem, erased::resolve_params, error::Error, output::Output};

pub(super) fn verify(dataset: &Path, output: &Output) -> Result<u8, Error> {
    let frozen = Frozen::open(dataset)?;
    let manifest = &frozen.manifest;
    let problem = problem(&manifest.problem)
        .map_err(|error| Error::input(format!("{}: {error}", datasets::shown_path(dataset))))?;
    let params = resolve_params(problem, &frozen, &BTreeMap::new())?;
    problem.verify(&frozen, &params)?;
    output.json(manifest);
    output.line(format_args!(
        "{}: {} records for {}, {} bytes, blake3 {}: as frozen",
        datasets::shown(&manifest.name),
        manifest.records,
        manifest.problem,
        manifest.bytes,
        manifest.blake3
    ));
    Ok(0)
}
