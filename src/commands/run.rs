//! `run`: the whole experiment, its folder and its summary. A gate is the same and more.

use std::{path::Path, sync::Arc};

use compare::{Outcome, RecoveryResult, Results, Timings};
use platform::{
    Error,
    catalog::Catalog,
    events::{Listen, Working},
    execute::{Answers, FinishedRun, Run},
    experiment::{DEFAULT_EXPERIMENT, ExperimentFile, NamedBy, Resolved},
    explain::add_explanations,
    job_section::JobSection,
    own::{ProblemChoice, ReferenceSection},
};
use replay::Control;
use serde::Serialize;

use super::{
    suite::{self, Surroundings, Verb},
    tables,
};
use crate::{
    cli::ExperimentArgs,
    ended, exit, history,
    output::Output,
    partial::{Kind, Partial, Prepared, Resumed},
    program::program,
    progress::Progress,
    run_folder::{self, Draft},
    terminal::Telling,
};

/// With `--json`: the results, and beside them what belongs to this run alone.
#[derive(Serialize)]
struct Printed<'a> {
    #[serde(flatten)]
    results: &'a Results,
    timings: &'a Timings,
    outcome: Outcome,
    /// The verdict in one line, as on the terminal.
    headline: String,
    run: String,
}

pub(super) fn run(
    args: ExperimentArgs,
    catalog: &Catalog,
    output: &Output,
    control: &Arc<Control>,
) -> Result<u8, Error> {
    if suite::is_suite(&args) {
        return suite::suite(args, Verb::Run, None, Surroundings { catalog, output, control });
    }
    let prepared = match begin(args, catalog, output)? {
        Resumed::GoesOn(prepared) => *prepared,
        Resumed::Ended(run) => {
            let (results, timings) = ended::experiment(&run, output)?;
            tell(&results, &timings, &run, output);
            report_line(&run, output);
            return Ok(code(timings.outcome));
        }
    };
    let Prepared { resolved, mut target, partial } = prepared;
    let mut work = || {
        let finished = execute(&resolved, (output, output.telling()), control)?;
        let path = target.write(|draft| {
            write(draft, &finished, &resolved.file, control)?;
            Partial::announce(partial.as_ref(), draft)
        })?;
        tell(&finished.results, &finished.timings, path, output);
        report_line(path, output);
        Ok(code(finished.timings.outcome))
    };
    let result = work();
    Partial::settle(partial, result, output)
}

/// A plain run reports a failed gate, but an untrustworthy measurement is never a success.
pub(super) fn code(outcome: Outcome) -> u8 {
    if outcome == Outcome::Invalid { exit::INVALID } else { 0 }
}

/// The run that the command line asks for: a new one, or one that was stopped.
pub(super) fn begin(args: ExperimentArgs, catalog: &Catalog, output: &Output) -> Result<Resumed, Error> {
    if let Some(folder) = &args.resume {
        return Prepared::again(Kind::Experiment, folder, catalog, output);
    }
    let out = args.out.clone();
    Prepared::anew(Kind::Experiment, out.as_deref(), file(args)?, catalog)
        .map(|prepared| Resumed::GoesOn(Box::new(prepared)))
}

/// The file that the command line names or means, if any.
pub(super) fn experiment_file(args: &ExperimentArgs) -> Option<&Path> {
    match args.experiment.first() {
        Some(path) => Some(path),
        None if args.dataset.is_some() || args.resume.is_some() => None,
        None => Some(DEFAULT_EXPERIMENT.as_ref()),
    }
}

/// The experiment that the command line describes: a file, flags, or both.
fn file(args: ExperimentArgs) -> Result<ExperimentFile, Error> {
    let base = match experiment_file(&args) {
        Some(path) if args.experiment.is_empty() && path.symlink_metadata().is_err() => {
            return Err(no_experiment());
        }
        Some(path) => ExperimentFile::read(path)?,
        None => ExperimentFile::default(),
    };
    let accuracy_only = args.accuracy_only;
    let file = base.overridden_by(flags(args)?)?;
    Ok(if accuracy_only { file.accuracy_only() } else { file })
}

/// Returns what the flags say, to be put over what a file says.
pub(super) fn flags(args: ExperimentArgs) -> Result<ExperimentFile, Error> {
    Ok(ExperimentFile {
        problem: args.problem.map(ProblemChoice::Named),
        dataset: args.dataset,
        dataset_blake3: None,
        reference: ReferenceSection::default(),
        expected: Vec::new(),
        parameters: super::settings(&args.set)?,
        stable: args.stable.map(JobSection::of_job),
        candidate: args.candidate.map(JobSection::of_job),
        replay: args.replay,
        gate: args.gate,
        recovery: args.recovery,
        architecture: args.architecture,
        serving: args.serving,
        kappa: args.kappa,
        lambda: args.lambda,
        named_by: NamedBy::Flag,
    })
}

/// Without a name, the repository's first experiment is meant, and this is another folder.
fn no_experiment() -> Error {
    Error::usage(format!("no experiment is named, and {DEFAULT_EXPERIMENT} isn't here")).with_hint(
        "'counterpoint demo' makes one to try, and 'counterpoint init FILE' one of your own data; \
         or describe one with --dataset, --stable and --candidate",
    )
}

/// Executes the experiment under a progress bar.
pub(super) fn execute(
    resolved: &Resolved,
    (output, telling): (&Output, Telling),
    control: &Arc<Control>,
) -> Result<FinishedRun, Error> {
    let progress = Progress::new(control, telling);
    let finished = carry_out(resolved, control, &progress);
    progress.finish();
    progress.notes().iter().for_each(|note| output.note(note));
    finished
}

/// Executes the experiment, and notes which it was; `listener` hears how far it is.
fn carry_out(
    resolved: &Resolved,
    control: &Arc<Control>,
    listener: &dyn Listen,
) -> Result<FinishedRun, Error> {
    let work = Working { control, listener };
    let mut finished = Run { resolved, work: &work }.of(resolved.problem)?;
    add_explanations(resolved, &mut finished, &work)?;
    history::stamp(&mut finished.timings, &resolved.file);
    Ok(finished)
}

/// The files that every run has.
pub(super) fn write(
    draft: &Draft,
    finished: &FinishedRun,
    file: &ExperimentFile,
    control: &Control,
) -> Result<(), Error> {
    let FinishedRun { results, timings, answers, latencies, changelog } = finished;
    let toml = file.to_toml_at(draft.place());
    draft.text("experiment.toml", &toml)?;
    draft.json("results.json", results)?;
    draft.json("timings.json", timings)?;
    let Answers { reference, versions, column, keys } = answers;
    draft.answer("answers/reference.csv", reference, (column, keys), control)?;
    for (role, given) in versions.iter() {
        draft.given(&format!("answers/{role}"), given, (column, keys), control)?;
    }
    for (role, latency) in latencies.iter() {
        draft.hlog(&format!("latency/{role}.hlog"), latency, timings.wall_seconds)?;
    }
    if let Some(changelog) = changelog {
        draft.text("answers/changelog.csv", changelog)?;
    }
    if let Some(kappa) = results.architectures.as_ref().and_then(|found| found.kappa.as_ref()) {
        let line = |transition| serde_json::to_string(transition).expect("plain texts and numbers are JSON");
        let lines: Vec<String> = kappa.transitions.iter().map(line).collect();
        draft.text("events.jsonl", &(lines.join("\n") + "\n"))?;
    }
    let command = file.command(&program(), "run");
    let files = &run_folder::files(draft.path());
    let experiment = &toml;
    let page =
        reports::html(&reports::Run { results, timings, experiment, command: &command, file: None, files });
    draft.text("report.html", &page)
}

/// Says what the run, whose folder is at `path`, has found.
pub(super) fn tell(results: &Results, timings: &Timings, path: &Path, output: &Output) {
    let headline = reports::headline(results, timings).line();
    let run = path.display().to_string();
    output.json(&Printed { results, timings, outcome: timings.outcome, headline, run });
    tables::summary(results, timings, output);
    for version in [&results.stable, &results.candidate] {
        tell_given_up(version.recovery.as_ref(), output);
    }
}

/// Checkpoints that could not be used are never passed over in silence.
pub(super) fn tell_given_up(recovery: Option<&RecoveryResult>, output: &Output) {
    for why in recovery.iter().flat_map(|recovery| &recovery.given_up) {
        let why = datasets::shown(why);
        output.note(format_args!("the checkpoints could not be used, so all was done again: {why}"));
    }
}

/// The last line: where the page is.
pub(super) fn report_line(path: &Path, output: &Output) {
    output.page("report", &path.join("report.html"));
}
