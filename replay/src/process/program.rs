//! A program to be started, with all that it gets to see, and why it could not be.

use std::{
    collections::BTreeMap,
    ffi::{OsStr, OsString},
    fs, io,
    path::{Path, PathBuf},
    process::Command,
};

use crate::link::LinkFault;

/// A program with its arguments, its whole environment and the folder in which it works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Program {
    pub(super) name: OsString,
    pub(super) arguments: Vec<OsString>,
    pub(super) variables: BTreeMap<OsString, OsString>,
    pub(super) cwd: Option<PathBuf>,
}

impl Program {
    /// The command that starts it.
    pub(super) fn command(&self) -> Command {
        let mut command = Command::new(&self.name);
        command.args(&self.arguments).env_clear().envs(&self.variables);
        if let Some(cwd) = &self.cwd {
            command.current_dir(cwd);
        }
        command
    }

    /// Why there is no process, with the path that was tried.
    pub(super) fn not_started(&self, cause: &io::Error) -> LinkFault {
        let name = Path::new(&self.name);
        let fault = |why: String, hint| LinkFault::NotStarted { why, hint };
        if let Some(cwd) = &self.cwd
            && !cwd.is_dir()
        {
            let why = format!("there is no folder {} for it to work in", datasets::shown_path(cwd));
            return fault(why, "make it");
        }
        let Some(path) = self.resolved(name) else {
            let searched = Path::new(self.search_path().unwrap_or_default());
            let (name, searched) = (datasets::shown_path(name), datasets::shown_path(searched));
            return fault(
                format!("there is no program '{name}' on the PATH ({searched})"),
                "give a path, such as ./job, or put its folder on the PATH",
            );
        };
        let at = |what: &str| format!("{}: {what}", datasets::shown_path(&path));
        match fs::metadata(&path) {
            Err(error) => {
                fault(at(&error.to_string()), "a path is relative to the folder in which the job works")
            }
            Ok(metadata) if metadata.is_dir() => fault(at("it is a folder"), "name the program in it"),
            Ok(_) => match cause.kind() {
                io::ErrorKind::NotFound => {
                    fault(at("the interpreter that its first line names is missing"), "mend the line '#!…'")
                }
                io::ErrorKind::PermissionDenied => {
                    fault(at("it may not be executed"), "chmod +x, or name its interpreter before it")
                }
                _ => fault(
                    at(&cause.to_string()),
                    "it must be built for this machine, or begin with a line '#!…' that names its interpreter",
                ),
            },
        }
    }

    /// The `PATH` that the job has, which is where the system looks.
    fn search_path(&self) -> Option<&OsStr> {
        self.variables.get(OsStr::new("PATH")).map(OsString::as_os_str)
    }

    /// Where the system looks for `program`: its own path, or the first of that name on the `PATH`.
    fn resolved(&self, program: &Path) -> Option<PathBuf> {
        let from_cwd = |path: &Path| {
            let path = self.cwd.as_ref().map_or_else(|| path.to_owned(), |cwd| cwd.join(path));
            std::path::absolute(&path).unwrap_or(path)
        };
        if program.components().count() > 1 || program.is_absolute() || program.starts_with(".") {
            return Some(from_cwd(program));
        }
        let folders = std::env::split_paths(self.search_path()?);
        folders.map(|folder| from_cwd(&folder.join(program))).find(|path| path.is_file())
    }
}
