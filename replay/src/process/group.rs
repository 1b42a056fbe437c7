//! A child process with a process group of its own, so that its children end with it.

use std::{
    ffi::OsStr,
    fs, io,
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus},
};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};

use crate::link::LinkFault;

/// Dropped, it kills whatever is left of the group.
///
/// The leader is reaped last of all: while it is a zombie its number, and so the group's, can't become another's.
#[derive(Debug)]
pub(super) struct Group {
    leader: Child,
    reaped: Option<ExitStatus>,
}

impl Group {
    /// Starts `command`, in whose group all that it starts will be, unless that leaves the group on purpose.
    pub(super) fn start(command: &mut Command) -> Result<Self, LinkFault> {
        let leader = command.process_group(0).spawn().map_err(|cause| not_started(command, &cause))?;
        Ok(Self { leader, reaped: None })
    }

    pub(super) fn leader(&mut self) -> &mut Child {
        &mut self.leader
    }

    /// Returns whether the leader has ended. It isn't reaped by that.
    pub(super) fn has_ended(&self) -> bool {
        let look = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        self.reaped.is_some() || matches!(waitid(WaitId::Pid(self.id()), look), Ok(Some(_)))
    }

    /// Asks the whole group to end.
    pub(super) fn terminate(&self) {
        self.signal(Signal::TERM);
    }

    /// Kills what is left of the group. Returns how the leader ended, by this or before.
    pub(super) fn kill(&mut self) -> io::Result<ExitStatus> {
        if let Some(status) = self.reaped {
            return Ok(status);
        }
        self.signal(Signal::KILL);
        let status = self.leader.wait()?;
        self.reaped = Some(status);
        Ok(status)
    }

    fn signal(&self, signal: Signal) {
        // An error says that there is nobody left to hear it.
        let _ = kill_process_group(self.id(), signal);
    }

    /// The leader's number, which is the group's.
    pub(super) fn id(&self) -> Pid {
        Pid::from_child(&self.leader)
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // Nothing can be done about a process that can't be waited for.
        let _ = self.kill();
    }
}

/// Why there is no process, with the path that was tried.
fn not_started(command: &Command, cause: &io::Error) -> LinkFault {
    let name = Path::new(command.get_program());
    let fault = |why: String, hint| LinkFault::NotStarted { why, hint };
    let from = "a path is relative to the folder in which the job works";
    if let Some(cwd) = command.get_current_dir()
        && !cwd.is_dir()
    {
        return fault(
            format!("there is no folder {} for it to work in", datasets::shown_path(cwd)),
            "make it",
        );
    }
    let Some(path) = resolved(command, name) else {
        let searched = search_path(command).unwrap_or_default();
        let searched = datasets::shown_path(Path::new(searched));
        return fault(
            format!("there is no program '{}' on the PATH ({searched})", datasets::shown_path(name)),
            "give a path, such as ./job, or put its folder on the PATH",
        );
    };
    let at = |what: &str| format!("{}: {what}", datasets::shown_path(&path));
    match fs::metadata(&path) {
        Err(error) => fault(at(&error.to_string()), from),
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
fn search_path(command: &Command) -> Option<&OsStr> {
    command.get_envs().find(|(name, _)| *name == "PATH").and_then(|(_, value)| value)
}

/// Where the system looks for `program`: its own path, or the first of that name on the `PATH`.
fn resolved(command: &Command, program: &Path) -> Option<PathBuf> {
    let from_cwd = |path: &Path| {
        let path = command.get_current_dir().map_or_else(|| path.to_owned(), |cwd| cwd.join(path));
        std::path::absolute(&path).unwrap_or(path)
    };
    if program.components().count() > 1 || program.is_absolute() || program.starts_with(".") {
        return Some(from_cwd(program));
    }
    let folders = std::env::split_paths(search_path(command)?);
    folders.map(|folder| from_cwd(&folder.join(program))).find(|path| path.is_file())
}
