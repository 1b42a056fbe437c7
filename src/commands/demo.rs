//! `demo`: a dataset, experiments and a first verdict, in any folder.

use std::{fs, path::Path, sync::Arc};

use clap::Parser;
use platform::{Error, catalog::Catalog};
use replay::Control;

use super::run;
use crate::{
    cli::{Cli, Command, ExperimentArgs},
    new_file::NewFile,
    output::Output,
    run_folder::make_readable,
};

/// The experiment that is run.
const FIRST: &str = "experiments/late-data.toml";

macro_rules! shipped {
    ($($path:literal),+ $(,)?) => { &[$(($path, include_str!(concat!("../../", $path)))),+] };
}

/// Holds the files that are written, by their paths in the repository.
const FILES: &[(&str, &str)] = shipped![
    "datasets/data/clicks/manifest.toml",
    "datasets/data/clicks/records.csv",
    "datasets/data/uniform-1000/manifest.toml",
    "datasets/data/uniform-1000/records.csv",
    "experiments/bin-packing.toml",
    "experiments/crash-at-least-once.toml",
    "experiments/kappa-upgrade.toml",
    "experiments/late-data.toml",
    "experiments/which-one.toml",
];

pub(super) fn demo(
    folder: &Path,
    catalog: &Catalog,
    output: &Output,
    control: &Arc<Control>,
) -> Result<u8, Error> {
    if folder.symlink_metadata().is_ok() {
        return Err(Error::TargetExists(folder.to_owned()));
    }
    make(folder)?;
    let code = run::run(first(folder)?, catalog, output, control)?;
    tell(folder, output);
    Ok(code)
}

/// Makes the folder, whole or not at all.
fn make(folder: &Path) -> Result<(), Error> {
    let beside = platform::experiment::parent(folder);
    let system = |action| move |cause| Error::System { action, path: folder.to_owned(), cause };
    let draft = tempfile::Builder::new().prefix(".counterpoint-demo").tempdir_in(beside);
    let draft = draft.map_err(system("create"))?;
    write(draft.path())?;
    make_readable(draft.path(), 0o755).map_err(system("create"))?;
    fs::rename(draft.path(), folder).map_err(system("create"))
}

fn write(folder: &Path) -> Result<(), Error> {
    for (path, text) in FILES {
        let path = folder.join(path);
        let parent = platform::experiment::parent(&path);
        fs::create_dir_all(parent).map_err(|cause| Error::System {
            action: "create",
            path: parent.to_owned(),
            cause,
        })?;
        NewFile::prepare(&path)?.write(text)?;
    }
    Ok(())
}

/// The command line of a run of the first experiment, whose run's folder is in the demo's, too.
fn first(folder: &Path) -> Result<ExperimentArgs, Error> {
    let out = folder.join("runs/late-data");
    let experiment = folder.join(FIRST);
    let line = ["counterpoint", "run", "--out"].map(AsRef::as_ref);
    let line = line.into_iter().chain([out.as_os_str(), "--".as_ref(), experiment.as_os_str()]);
    match Cli::try_parse_from(line) {
        Ok(Cli { command: Command::Run(args), .. }) => Ok(args),
        Ok(_) | Err(_) => Err(Error::Bug),
    }
}

fn tell(folder: &Path, output: &Output) {
    let folder = datasets::shell_word(&datasets::shown_path(folder));
    output.line("");
    output.line(format_args!("next     cd {folder}"));
    for (command, about) in [
        ("counterpoint run", "two online bin packers, and the optimum"),
        ("counterpoint run experiments/crash-at-least-once.toml", "what crashes do to a job's rows"),
        ("counterpoint run experiments/kappa-upgrade.toml", "a candidate takes over from the log"),
        ("counterpoint run experiments/which-one.toml", "Lambda or Kappa?"),
        (
            "counterpoint init datasets/data/clicks/records.csv --to mine",
            "an experiment with a job of your own",
        ),
    ] {
        output.line(format_args!("         {command:60}  # {about}"));
    }
}
