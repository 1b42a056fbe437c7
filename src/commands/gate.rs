//! `gate`: a run whose verdict is the exit code, with a baseline if wanted, and reports for a CI system.

use std::{path::Path, sync::Arc};

use compare::{Baseline, Outcome, Results, Subject};
use datasets::shown;
use platform::{
    Error,
    catalog::Catalog,
    execute::{FinishedRun, dataset_id},
    experiment::{ExperimentFile, Resolved},
    kept::{hold_against, of},
};
use replay::Control;

use super::{
    run,
    suite::{self, Surroundings, Verb},
};
use crate::{
    annotations::{self, GitHub},
    baseline,
    cli::GateArgs,
    ended, exit,
    output::Output,
    partial::{Partial, Prepared, Resumed},
    program::program,
    run_folder::Draft,
};

pub(super) fn gate(
    args: GateArgs,
    catalog: &Catalog,
    output: &Output,
    control: &Arc<Control>,
) -> Result<u8, Error> {
    let github = GitHub::from_env();
    let judged = judge(args, catalog, github.as_ref(), output, control);
    if let (Some(_), Err(error)) = (&github, &judged) {
        output.workflow_command(&annotations::of_error(error));
    }
    judged
}

fn judge(
    args: GateArgs,
    catalog: &Catalog,
    github: Option<&GitHub>,
    output: &Output,
    control: &Arc<Control>,
) -> Result<u8, Error> {
    let GateArgs { experiment, baseline, write_baseline, self_test: _ } = args;
    if suite::is_suite(&experiment) {
        let of_one = [("--baseline", baseline.is_some()), ("--write-baseline", write_baseline.is_some())];
        if let Some((flag, _)) = of_one.iter().find(|(_, is_given)| *is_given) {
            return Err(suite::refused(flag));
        }
        return suite::suite(experiment, Verb::Gate, github, Surroundings { catalog, output, control });
    }
    let file = run::experiment_file(&experiment).map(in_repository);
    let prepared = match run::begin(experiment, catalog, output)? {
        Resumed::GoesOn(prepared) => *prepared,
        Resumed::Ended(run) => {
            if write_baseline.is_some() {
                output.note("a baseline is written before the run stands, so not now");
            }
            return tell_again(&run, github, output);
        }
    };
    let Prepared { resolved, mut target, partial } = prepared;
    let mut work = || {
        let kept = baseline.as_deref().map(|path| read(path, &resolved)).transpose()?;
        let place = write_baseline.as_deref().map(baseline::Place::prepare).transpose()?;
        let mut finished = run::execute(&resolved, (output, output.telling()), control)?;
        if let Some(kept) = &kept {
            hold_against(kept, &mut finished);
        }
        let toml = resolved.file.to_toml_at(target.path());
        let for_ci = ForCi::of(&finished, &resolved.file, &toml, baseline.as_deref(), file.as_deref());
        let mut kept_anew = None;
        let path = target.write(|draft| {
            run::write(draft, &finished, &resolved.file, control)?;
            for_ci.write(draft)?;
            // Before the run stands, for then it is over.
            kept_anew = place.as_ref().map(|place| keep(place, &finished, output)).transpose()?.flatten();
            Partial::announce(partial.as_ref(), draft)
        })?;
        let FinishedRun { results, timings, .. } = &finished;
        run::tell(results, timings, path, output);
        tell_changes(results, output);
        if let Some(baseline) = kept_anew {
            output.line(format_args!("\nbaseline {}", datasets::shown_path(baseline)));
        }
        run::report_line(path, output);
        if let Some(github) = github {
            github.tell(results, timings, &for_ci.summary, output);
        }
        Ok(exit::of_outcome(timings.outcome))
    };
    let result = work();
    Partial::settle(partial, result, output)
}

/// The baseline at `path`, which must be one of this experiment.
fn read(path: &Path, resolved: &Resolved) -> Result<Baseline, Error> {
    let Resolved { frozen, problem, plan, file } = resolved;
    let replay = plan.replay.id();
    baseline::read(
        path,
        &Subject {
            problem: problem.info().name,
            dataset: &dataset_id(frozen),
            parameters: &file.parameters,
            order: &replay.order,
            trigger: &replay.trigger,
            seed: replay.seed,
            orders: plan.orders,
            amplify: replay.amplify,
        },
    )
}

/// The path as whoever looks at the repository knows it; as it is where there is no repository.
pub(super) fn in_repository(path: &Path) -> String {
    let inside = std::path::absolute(path).ok().and_then(|whole| {
        let root = whole.ancestors().skip(1).find(|folder| folder.join(".git").exists())?;
        whole.strip_prefix(root).ok().map(Path::to_owned)
    });
    inside.as_deref().unwrap_or(path).to_string_lossy().into_owned()
}

/// The files that only a gate's run has.
pub(super) struct ForCi {
    /// For a pull request.
    summary: String,
    /// For a page of tests.
    junit: String,
}

impl ForCi {
    pub(super) fn of(
        finished: &FinishedRun,
        resolved: &ExperimentFile,
        toml: &str,
        baseline: Option<&Path>,
        file: Option<&str>,
    ) -> Self {
        let mut command = resolved.command(&program(), "gate");
        if let Some(path) = baseline {
            let path = path.to_string_lossy().replace('\'', r"'\''");
            command = format!("{command} --baseline '{path}'");
        }
        let FinishedRun { results, timings, .. } = finished;
        let run = reports::Run { results, timings, experiment: toml, command: &command, file, files: &[] };
        Self { summary: reports::markdown(&run), junit: reports::junit(&run) }
    }

    pub(super) fn write(&self, draft: &Draft) -> Result<(), Error> {
        draft.text("summary.md", &self.summary)?;
        draft.text("junit.xml", &self.junit)
    }
}

fn tell_changes(results: &Results, output: &Output) {
    let changes = &results.verdict.changes;
    if !changes.is_empty() {
        output.line("\nchanged since the baseline");
    }
    for change in changes {
        let (path, was, is) = (shown(&change.path), shown(&change.was), shown(&change.is));
        output.line(format_args!("  {path}   was {was}, is {is}"));
    }
}

/// Tells once more of a gate whose run stands in `run`: its exit code.
fn tell_again(run: &Path, github: Option<&GitHub>, output: &Output) -> Result<u8, Error> {
    let (results, timings) = ended::experiment(run, output)?;
    run::tell(&results, &timings, run, output);
    tell_changes(&results, output);
    run::report_line(run, output);
    if let Some(github) = github {
        // A run that wasn't a gate's has no summary.
        github.tell(
            &results,
            &timings,
            &std::fs::read_to_string(run.join("summary.md")).unwrap_or_default(),
            output,
        );
    }
    Ok(exit::of_outcome(timings.outcome))
}

/// Writes the baseline, unless the results can't be trusted; where it stands.
fn keep<'a>(
    place: &'a baseline::Place,
    finished: &FinishedRun,
    output: &Output,
) -> Result<Option<&'a Path>, Error> {
    if finished.results.verdict.outcome == Outcome::Invalid {
        output.note("the baseline was not written: these results can't be trusted");
        return Ok(None);
    }
    if finished.results.is_noisy() {
        output.note("the baseline was not written: a job is not deterministic, so it would not hold");
        return Ok(None);
    }
    place.write(&of(finished)).map(Some)
}
