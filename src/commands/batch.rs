//! `batch`: the reference alone.

use std::sync::Arc;

use compare::{DatasetId, ReferenceResult, TableReference};
use datasets::Frozen;
use replay::Control;
use serde::Serialize;

use crate::{
    catalog::problem,
    cli::BatchArgs,
    erased::resolve_params,
    error::{Error, exit},
    execute::{FinishedReference, dataset_id, reference_result},
    output::Output,
    progress::{Progress, Working},
    run_folder::Target,
};

#[derive(Serialize)]
struct Printed {
    schema: &'static str,
    problem: &'static str,
    parameters: std::collections::BTreeMap<String, datasets::Value>,
    dataset: DatasetId,
    reference: PrintedReference,
}

#[derive(Serialize)]
#[serde(untagged)]
enum PrintedReference {
    Cost(ReferenceResult),
    Table(TableReference),
}

impl PrintedReference {
    fn of(finished: &FinishedReference) -> Self {
        match finished {
            FinishedReference::Cost { name, reference, .. } => Self::Cost(reference_result(name, reference)),
            FinishedReference::Table { described, .. } => Self::Table(described.clone()),
        }
    }
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
        problem: problem.info().name,
        parameters: params.in_unit(frozen.manifest.scale),
        dataset: dataset_id(&frozen),
        reference: PrintedReference::of(&finished),
    };
    if let Some(mut target) = target {
        target.write(|draft| {
            draft.json("results.json", &printed)?;
            let name = "answers/reference.csv";
            match &finished {
                FinishedReference::Cost { reference, .. } => {
                    draft.answer(name, &reference.packing.bins, control)
                }
                FinishedReference::Table { table, keys, .. } => draft.table(name, table, keys, control),
            }
        })?;
    }
    output.json(&printed);
    print(&printed.dataset.name, &finished, output);
    match finished {
        FinishedReference::Cost { problem: Some(wrong), .. } => {
            output.error(&Error::input(wrong));
            Ok(exit::INVALID)
        }
        FinishedReference::Cost { problem: None, .. } | FinishedReference::Table { .. } => Ok(0),
    }
}

fn print(dataset: &str, finished: &FinishedReference, output: &Output) {
    let dataset = datasets::shown(dataset);
    match finished {
        FinishedReference::Cost { reference, cost_unit, .. } => {
            let (lower, upper) = (reference.lower, reference.upper);
            if reference.is_exact() {
                let cost = datasets::counted(upper.value, cost_unit);
                output.line(format_args!("{dataset}: exactly {cost}"));
            } else {
                output.line(format_args!("{dataset}: {} to {} {cost_unit}", lower.value, upper.value));
            }
            output.line(format_args!("lower bound by {}, offline answer by {}", lower.by, upper.by));
        }
        FinishedReference::Table { described: TableReference { job, rows, counts }, .. } => {
            output.line(format_args!("{dataset}: {} by {job}", datasets::counted(*rows, "rows")));
            for (name, count) in counts {
                output.line(datasets::counted(*count, name));
            }
        }
    }
}
