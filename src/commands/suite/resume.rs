//! A suite that was stopped, or of which some experiments came to no verdict: gone on with in its folder.

use std::{
    fs::File,
    path::{Path, PathBuf},
};

use clap::Parser;
use compare::{SUITE_SCHEMA, Suite, SuiteEnd, SuiteJudged};
use platform::{Error, experiment::ExperimentFile};

use super::{
    Begun, Surroundings, Verb,
    choose::Chosen,
    folder::{SuiteFolder, lock},
    state::Runs,
};
use crate::{
    cli::{Cli, Command, ExperimentArgs},
    partial::named,
    read_back,
};

/// A suite of which something is left to do.
pub(super) struct Left {
    folder: PathBuf,
    suite: Suite,
    lock: Option<File>,
}

impl Left {
    /// Takes the folder of a suite for this process, and reads what stands there.
    pub(super) fn take(folder: &Path, verb: Verb) -> Result<Self, Error> {
        let folder = named(folder);
        let lock = lock(&folder)?;
        let path = folder.join("suite.json");
        let wrong = |why: String| {
            Error::input(format!("{}: {}", datasets::shown_path(&path), datasets::shown(&why)))
                .with_hint("run the suite anew")
        };
        let text = read_back::read(&path, "a suite")?;
        let suite: Suite = serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?;
        if suite.schema != SUITE_SCHEMA {
            return Err(wrong(format!("its schema is {}, this program reads {SUITE_SCHEMA}", suite.schema)));
        }
        if suite.asked.command != verb.name() {
            let (shown, command) = (datasets::shown_path(&folder), datasets::shown(&suite.asked.command));
            return Err(Error::usage(format!("{shown} is a suite of '{command}', not of '{}'", verb.name()))
                .with_hint(format!("go on with '{command} --resume'")));
        }
        Ok(Self { folder, suite, lock })
    }

    /// Returns what the command line said that began the suite, but for its place.
    pub(super) fn args(&self) -> Result<ExperimentArgs, Error> {
        let args = Cli::try_parse_from(&self.suite.asked.words).ok().and_then(|cli| match cli.command {
            Command::Run(args) => Some(args),
            Command::Gate(args) => Some(args.experiment),
            _ => None,
        });
        let args = args.filter(|args| args.resume.is_none() && !args.experiment.is_empty());
        args.map(|args| ExperimentArgs { out: None, open: false, ..args }).ok_or_else(|| {
            let shown = datasets::shown_path(&self.folder);
            Error::input(format!("{shown}/suite.json: its words are no command of a suite"))
                .with_hint("run the suite anew")
        })
    }

    /// Notes in what has begun which experiments have a run already, and returns the runs.
    pub(super) fn kept(
        &self,
        begun: &mut Begun,
        (verb, of): (Verb, Surroundings<'_>),
    ) -> Result<Runs, Error> {
        self.check_same(&begun.chosen)?;
        let Begun { chosen, suite, flags } = begun;
        suite.started.clone_from(&self.suite.started);
        suite.wall_seconds = self.suite.wall_seconds;
        let mut runs = Vec::new();
        for (chosen, entry) in chosen.iter().zip(&mut suite.experiments) {
            let place = self.folder.join(&chosen.name);
            if place.symlink_metadata().is_err() {
                runs.push(None);
                continue;
            }
            let run = read_back::read_run(&place)?;
            let now = chosen.file.as_ref().ok().map(|file| {
                flags
                    .over(file.clone())
                    .and_then(|file| file.resolve(of.catalog))
                    .map(|resolved| resolved.file)
            });
            self.check_unchanged(&chosen.name, &place, now)?;
            let known = self.suite.experiments.iter().find(|old| old.name == entry.name);
            let began = known.and_then(|old| Some((old.started.clone()?, old.seconds)));
            let (started, seconds) = began.unwrap_or_else(|| (run.1.started.clone(), run.1.wall_seconds));
            let headline = reports::headline(&run.0, &run.1).line();
            let judged = SuiteJudged::of(&run.0, &run.1, entry.name.clone(), headline);
            (entry.started, entry.seconds) = (Some(started), seconds);
            entry.exit_code = Some(verb.code(run.1.outcome));
            entry.end = SuiteEnd::Judged(Box::new(judged));
            runs.push(Some(Box::new(run)));
        }
        Ok(runs)
    }

    /// Returns the folder, to go on in it.
    pub(super) fn go_on(self) -> Result<SuiteFolder, Error> {
        SuiteFolder::again(self.folder, self.lock)
    }

    /// Refuses to go on with other experiments than there were.
    fn check_same(&self, chosen: &[Chosen]) -> Result<(), Error> {
        let (old, new) = (&self.suite.experiments, chosen);
        let gone = old.iter().find(|old| new.iter().all(|new| new.name != old.name));
        let came = new.iter().find(|new| old.iter().all(|old| old.name != new.name));
        let what = match (gone, came) {
            (Some(gone), _) => format!("{} is gone", datasets::shown(&gone.name)),
            (None, Some(came)) => format!("{} is new", datasets::shown(&came.name)),
            (None, None) => return Ok(()),
        };
        let shown = datasets::shown_path(&self.folder);
        Err(Error::usage(format!("the suite in {shown} was of other experiments: {what}")).with_hint(
            "go on in the folder in which it was begun and with the files that there were, or run the suite anew",
        ))
    }

    /// Refuses a run of another experiment than its file is now; there may be none any more.
    fn check_unchanged(
        &self,
        name: &str,
        place: &Path,
        now: Option<Result<ExperimentFile, Error>>,
    ) -> Result<(), Error> {
        let was = read_back::read(&place.join("experiment.toml"), "an experiment")?;
        let why = match now {
            Some(Ok(file)) if file.to_toml_at(place) == was => return Ok(()),
            Some(Err(error)) => error.to_string(),
            Some(Ok(_)) | None => "its file, or what stands over it, is another".to_owned(),
        };
        let (shown, run) = (datasets::shown_path(&self.folder), datasets::shown_path(place));
        let message = format!("{name} has changed since it ran in {shown}: {}", datasets::shown(&why));
        Err(Error::usage(message)
            .with_hint(format!("remove {run} to have it run again, or run the suite anew")))
    }
}
