//! `batch`: the reference alone.

use std::sync::Arc;

use compare::{DatasetId, ReferenceResult};
use datasets::Frozen;
use replay::Control;
use serde::Serialize;

use crate::{
    cli::BatchArgs,
    erased::{Working, problem, resolve_params},
    error::{Error, exit},
    execute::{dataset_id, reference_result},
    output::Output,
    progress::Progress,
    run_folder::Target,
};

#[derive(Serialize)]
struct Printed {
    schema: &'static str,
    problem: &'static str,
    parameters: std::collections::BTreeMap<String, datasets::Value>,
    dataset: DatasetId,
    reference: ReferenceResult,
}

pub(super) fn batch(args: &BatchArgs, output: &Output, control: &Arc<Control>) -> Result<u8, Error> {
    let frozen = Frozen::open(&args.dataset)?;
    let problem = problem(args.problem.as_deref().unwrap_or(&frozen.manifest.problem))?;
    let params = resolve_params(problem, &frozen, &super::settings(&args.set)?)?;
    let target = args.out.as_deref().map(|out| Target::prepare(Some(out), "")).transpose()?;
    let progress = Progress::new();
    let finished = problem.reference(&frozen, &params, &Working { control, progress: &progress });
    progress.finish();
    let finished = finished?;
    let printed = Printed {
        schema: "counterpoint.reference/1",
        problem: problem.name(),
        parameters: params.0,
        dataset: dataset_id(&frozen),
        reference: reference_result(finished.name, &finished.reference),
    };
    if let Some(mut target) = target {
        target.write(|draft| {
            draft.json("results.json", &printed)?;
            draft.answer("answers/reference.csv", &finished.reference.packing.bins, control)
        })?;
    }
    output.json(&printed);
    let (lower, upper) = (finished.reference.lower, finished.reference.upper);
    let name = datasets::shown(&printed.dataset.name);
    if finished.reference.is_exact() {
        output.line(format_args!("{name}: exactly {} {}", upper.value, finished.cost_unit));
    } else {
        output.line(format_args!("{name}: {} to {} {}", lower.value, upper.value, finished.cost_unit));
    }
    output.line(format_args!("lower bound by {}, offline answer by {}", lower.by, upper.by));
    match finished.problem {
        Some(wrong) => {
            output.error(&Error::input(wrong));
            Ok(exit::INVALID)
        }
        None => Ok(0),
    }
}
