//! The hidden command `replicate`: one replicate of a comparison of times, in this process.

use std::{
    io::{Read, Write},
    sync::Arc,
};

use platform::{
    Error, catalog::Catalog, events::Working, experiment::ExperimentFile, latency::Replicate,
    latency::ReplicateSpec,
};
use replay::Control;

use crate::{progress::Progress, terminal::Telling};

pub(super) fn replicate(spec: ReplicateSpec, catalog: &Catalog, control: &Arc<Control>) -> Result<u8, Error> {
    let mut text = String::new();
    std::io::stdin()
        .read_to_string(&mut text)
        .map_err(|cause| Error::input(format!("cannot read the experiment from stdin: {cause}")))?;
    let file: ExperimentFile = toml::from_str(&text).map_err(|error| {
        Error::Experiment(Box::new(datasets::explain_toml("stdin".as_ref(), &text, &error)))
    })?;
    let resolved = file.resolve_with(|name| ::self_test::problem(name, catalog))?;
    let progress = Progress::new(control, Telling::Nothing);
    let work = Working { control, listener: &progress };
    let times = Replicate { resolved: &resolved, spec, work: &work }.of(resolved.problem)?;
    let answer = serde_json::to_string(&times).expect("finite numbers are JSON");
    // If whoever asked is gone, nobody waits for the answer.
    let _ = writeln!(std::io::stdout(), "{answer}");
    Ok(0)
}
