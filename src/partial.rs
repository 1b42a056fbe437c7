//! A run that can be gone on with: a folder beside where the run will stand, with its experiment and its checkpoints.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{
    error::Error,
    experiment::{Experiment, ExperimentFile},
    recovery_section::StoreChoice,
    run_folder,
};

const SUFFIX: &str = ".partial";
const EXPERIMENT: &str = "experiment.toml";

/// The folder.
pub(crate) struct Partial {
    path: PathBuf,
    /// It was there before this process was.
    is_old: bool,
}

impl Partial {
    /// The place beside `run`, if the experiment keeps checkpoints in a folder; they are told to go there.
    pub(crate) fn begin(run: &Path, experiment: &mut Experiment) -> Result<Option<Self>, Error> {
        let toml = experiment.to_toml();
        let Some(choice) = experiment.recovery.as_mut().filter(|choice| choice.store != StoreChoice::Memory)
        else {
            return Ok(None);
        };
        let mut name = run.as_os_str().to_owned();
        name.push(SUFFIX);
        let path = PathBuf::from(name);
        fs::create_dir(&path).map_err(|cause| match cause.kind() {
            std::io::ErrorKind::AlreadyExists => {
                Error::usage(format!("{} holds a run that was stopped", datasets::shown_path(&path)))
                    .with_hint(format!("go on with --resume {}, or remove it", datasets::shown_path(&path)))
            }
            _ => Error::System { action: "create", path: path.clone(), cause },
        })?;
        run_folder::replace(&path.join(EXPERIMENT), &toml)?;
        choice.folder = Some(path.clone());
        Ok(Some(Self { path, is_old: false }))
    }

    /// The run that was stopped in the folder `path`, the experiment that it is of, and where it will stand.
    pub(crate) fn open(path: &Path) -> Result<(Self, ExperimentFile, PathBuf), Error> {
        let shown = datasets::shown_path(path);
        let name = path.file_name().and_then(|name| name.to_str()).and_then(|name| name.strip_suffix(SUFFIX));
        let file = path.join(EXPERIMENT);
        let Some(name) = name.filter(|name| !name.is_empty() && file.is_file()) else {
            return Err(Error::input(format!("{shown} isn't a run that was stopped")).with_hint(format!(
                "name the folder, ending in {SUFFIX}, that an interrupted run has told of"
            )));
        };
        let run = path.with_file_name(name);
        let file = ExperimentFile::read(&file)?;
        Ok((Self { path: path.to_owned(), is_old: true }, file, run))
    }

    /// Has the checkpoints of `experiment` go on here. Faults that were made up are not made up again.
    pub(crate) fn resume(&self, experiment: &mut Experiment) -> Result<(), Error> {
        let choice = experiment.recovery.as_mut().filter(|choice| choice.store != StoreChoice::Memory);
        let choice = choice.ok_or_else(|| {
            Error::input(format!("{} has no checkpoints in a folder", datasets::shown_path(&self.path)))
        })?;
        choice.faults.clear();
        choice.folder = Some(self.path.clone());
        Ok(())
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// What becomes of it, now that the run has come to `result`: what can be gone on with stays.
    pub(crate) fn settle<T>(partial: Option<Self>, result: Result<T, Error>) -> Result<T, Error> {
        let Some(partial) = partial else { return result };
        let stays = match &result {
            Ok(_) => false,
            Err(Error::Stopped(_) | Error::System { .. }) => true,
            Err(_) => partial.is_old,
        };
        if !stays {
            fs::remove_dir_all(&partial.path).map_err(|cause| Error::System {
                action: "remove",
                path: partial.path.clone(),
                cause,
            })?;
        }
        result
    }
}
