//! `batch`: the reference alone.

use std::sync::Arc;

use compare::{Bounds, DatasetId, ReferenceResult};
use datasets::Frozen;
use platform::{
    Error,
    catalog::Catalog,
    erased::resolve_params,
    events::Working,
    execute::{FinishedReference, Reference, dataset_id},
};
use replay::Control;
use serde::Serialize;

use crate::{cli::BatchArgs, exit, output::Output, progress::Progress, run_folder::Target};

#[derive(Serialize)]
struct Printed<'a> {
    schema: &'static str,
    problem: &'static str,
    parameters: std::collections::BTreeMap<String, datasets::Value>,
    dataset: DatasetId,
    reference: &'a ReferenceResult,
}

pub(super) fn batch(
    args: &BatchArgs,
    catalog: &Catalog,
    output: &Output,
    control: &Arc<Control>,
) -> Result<u8, Error> {
    let frozen = Frozen::open(&args.dataset)?;
    let problem = catalog.problem(args.problem.as_deref().unwrap_or(&frozen.manifest.problem))?;
    let params = resolve_params(problem, &frozen, &super::settings(&args.set)?)?;
    let target = args.out.as_deref().map(|out| Target::prepare(Some(out), "")).transpose()?;
    let progress = Progress::new(control, output.telling());
    let finished = Reference {
        frozen: &frozen,
        params: &params,
        outside: None,
        work: &Working { control, listener: &progress },
    }
    .of(problem);
    progress.finish();
    let finished = finished?;
    let printed = Printed {
        schema: "counterpoint.reference/2",
        problem: problem.info().name,
        parameters: params.in_unit(frozen.manifest.scale),
        dataset: dataset_id(&frozen),
        reference: &finished.described,
    };
    if let Some(mut target) = target {
        target.write(|draft| {
            draft.json("results.json", &printed)?;
            let texts = (finished.column, &finished.keys);
            draft.answer("answers/reference.csv", &finished.computed.answer, texts, control)
        })?;
    }
    output.json(&printed);
    print(&printed.dataset.name, &finished, output);
    match finished.problem {
        Some(wrong) => {
            output.error(&Error::input(wrong));
            Ok(exit::INVALID)
        }
        None => Ok(0),
    }
}

fn print(dataset: &str, finished: &FinishedReference, output: &Output) {
    let dataset = datasets::shown(dataset);
    let ReferenceResult { job, rows, bounds, counts, .. } = &finished.described;
    match (bounds, finished.unit) {
        (Some(Bounds { lower, lower_by, upper, upper_by }), Some(unit)) => {
            if lower == upper {
                output.line(format_args!("{dataset}: exactly {}", datasets::counted(*upper, unit)));
            } else {
                output.line(format_args!("{dataset}: {lower} to {upper} {unit}"));
            }
            output.line(format_args!("lower bound by {lower_by}, offline answer by {upper_by}"));
        }
        _ => output.line(format_args!("{dataset}: {} by {job}", datasets::counted(*rows, "rows"))),
    }
    for (name, count) in counts {
        output.line(datasets::counted(*count, name));
    }
}
