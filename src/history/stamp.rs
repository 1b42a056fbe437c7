//! Notes in a run which experiment it was of, and at which commit.

use std::{
    path::Path,
    process::{Command, Stdio},
};

use compare::{Commit, Timings};
use platform::experiment::{ExperimentFile, NamedBy, parent};

/// A run writes its own experiment down under this name, which says nothing of where it came from.
const RESOLVED: &str = "experiment";

/// Notes the experiment's name and the commit of the repository that holds its file, or else the current folder.
pub(crate) fn stamp(timings: &mut Timings, file: &ExperimentFile) {
    let NamedBy::File { file, .. } = &file.named_by else {
        timings.commit = commit(Path::new("."));
        return;
    };
    let stem = file.file_stem().map(|stem| stem.to_string_lossy().into_owned());
    timings.experiment = stem.filter(|stem| stem != RESOLVED);
    timings.commit = commit(parent(file));
}

/// Asks git which commit is checked out around `folder`; nothing where there is no repository, or no git.
fn commit(folder: &Path) -> Option<Commit> {
    let id = git(folder, &["rev-parse", "--verify", "HEAD"])?;
    let is_id = (7..=64).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    // A file that isn't in the repository changes nothing that is.
    let status = git(folder, &["status", "--porcelain", "--untracked-files=no", "--ignore-submodules"]);
    is_id.then(|| Commit { id, changed: status.is_none_or(|status| !status.is_empty()) })
}

fn git(folder: &Path, arguments: &[&str]) -> Option<String> {
    let mut command = Command::new("git");
    // A repository may name a program that watches its files; nothing but git is to run.
    command.arg("-C").arg(folder).args(["-c", "core.fsmonitor=false"]).args(arguments);
    command.env("GIT_OPTIONAL_LOCKS", "0").stdin(Stdio::null()).stderr(Stdio::null());
    let done = command.output().ok().filter(|done| done.status.success())?;
    Some(String::from_utf8(done.stdout).ok()?.trim().to_owned())
}
