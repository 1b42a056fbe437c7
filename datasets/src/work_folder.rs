//! Folders under way: each is locked by whoever fills it, so that those of dead owners can be told and are removed.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use tempfile::TempDir;

/// Holds what their names begin with; six letters and digits follow.
const PREFIX: &str = ".counterpoint-";
const LETTERS: usize = 6;
/// Somebody who sweeps may come between the making of a folder and its lock, but hardly as often in a row.
const TRIES: u32 = 20;

/// A folder of this process alone. It is removed when this is dropped, unless it is kept, which is to say renamed; if
/// the process dies before, it is removed by the next one that makes such a folder in the same place.
#[derive(Debug)]
pub struct WorkFolder {
    dir: TempDir,
    /// The lock is the kernel's and ends with the process.
    _lock: Option<File>,
}

impl WorkFolder {
    /// Makes one in `parent`, and removes those there whose owners are dead.
    pub fn new(parent: &Path) -> io::Result<Self> {
        sweep(parent);
        for _ in 0..TRIES {
            let dir = tempfile::Builder::new().prefix(PREFIX).rand_bytes(LETTERS).tempdir_in(parent)?;
            if let Ownership::Ours(lock) = own(dir.path())? {
                return Ok(Self { dir, _lock: lock });
            }
        }
        Err(io::Error::other("each new folder was taken away at once"))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    /// Leaves it where it is: it has another name by now.
    pub fn keep(self) {
        // Its temporary name means nothing any more.
        let _ = self.dir.keep();
    }

    /// Gives `folder`, which nobody else is at work in, such a name, so that it goes as a whole, now or with the next
    /// sweep.
    pub fn remove(folder: &Path) -> io::Result<()> {
        let parent =
            folder.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let place = Self::new(parent)?;
        // The lock is on the empty folder that this replaces, so the other one gets a lock of its own first.
        let lock = match own(folder)? {
            Ownership::Ours(lock) => lock,
            Ownership::Lost => return Err(io::Error::other("another process is at work in it")),
        };
        fs::rename(folder, place.path())?;
        let removed = fs::remove_dir_all(place.path());
        drop(lock);
        removed
    }
}

enum Ownership {
    Ours(Option<File>),
    /// Somebody who sweeps was quicker.
    Lost,
}

/// Removes the folders in `parent` whose owners are dead. What can't be removed stays: it is in nobody's way.
fn sweep(parent: &Path) {
    let entries = fs::read_dir(parent).into_iter().flatten().flatten();
    let named = entries.filter(|entry| is_ours(&entry.file_name().to_string_lossy()));
    for path in named.map(|entry| entry.path()).filter(|path| is_folder(path.as_path())) {
        if let Ok(Ownership::Ours(Some(lock))) = own(&path) {
            // Still locked, so that no other takes it for its own.
            let _ = fs::remove_dir_all(&path);
            drop(lock);
        }
    }
}

fn is_ours(name: &str) -> bool {
    name.strip_prefix(PREFIX)
        .is_some_and(|rest| rest.len() == LETTERS && rest.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

/// A link is none, whatever it leads to.
fn is_folder(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|facts| facts.is_dir())
}

/// Locks the folder at `path`, if nobody else has.
#[cfg(unix)]
fn own(path: &Path) -> io::Result<Ownership> {
    use std::os::unix::fs::MetadataExt;
    let lock = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Ownership::Lost),
        opened => opened?,
    };
    match lock.try_lock() {
        Ok(()) => {}
        Err(fs::TryLockError::WouldBlock) => return Ok(Ownership::Lost),
        Err(fs::TryLockError::Error(error)) => return Err(error),
    }
    // It may have been removed, and another put in its place, before it was locked.
    let (own, there) = (lock.metadata()?, fs::symlink_metadata(path));
    let is_there = there.is_ok_and(|there| (there.dev(), there.ino()) == (own.dev(), own.ino()));
    Ok(if is_there { Ownership::Ours(Some(lock)) } else { Ownership::Lost })
}

/// Elsewhere a folder can't be opened and locked: nothing is swept.
#[cfg(not(unix))]
fn own(_: &Path) -> io::Result<Ownership> {
    Ok(Ownership::Ours(None))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).expect("a folder");
        let mut names: Vec<String> = entries
            .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn only_folders_of_dead_owners_are_removed() {
        let scratch = tempfile::tempdir().expect("a folder");
        let path = |name: &str| scratch.path().join(name);
        let live = WorkFolder::new(scratch.path()).expect("a folder");
        fs::write(live.path().join("file"), "x").expect("a write");
        fs::create_dir_all(path(".counterpoint-dead01/sub")).expect("a folder");
        for foreign in
            [".counterpoint-7letters", ".counterpoint-with-a", ".counterpoint-", "counterpoint-dead01"]
        {
            fs::create_dir(path(foreign)).expect("a folder");
        }
        fs::write(path(".counterpoint-afile0"), "x").expect("a write");
        #[cfg(unix)]
        std::os::unix::fs::symlink("counterpoint-dead01", path(".counterpoint-alink0")).expect("a link");
        let before = names(scratch.path());
        let other = WorkFolder::new(scratch.path()).expect("a folder");
        let mut expected: Vec<String> =
            before.into_iter().filter(|name| !cfg!(unix) || name != ".counterpoint-dead01").collect();
        expected.push(other.path().file_name().expect("a name").to_string_lossy().into_owned());
        expected.sort();
        assert_eq!(names(scratch.path()), expected);
        assert!(live.path().join("file").exists());
    }

    #[test]
    fn one_that_is_kept_stays_and_one_that_is_not_goes() {
        let scratch = tempfile::tempdir().expect("a folder");
        drop(WorkFolder::new(scratch.path()).expect("a folder"));
        assert_eq!(names(scratch.path()), [""; 0]);
        let work = WorkFolder::new(scratch.path()).expect("a folder");
        fs::rename(work.path(), scratch.path().join("done")).expect("renamed");
        work.keep();
        assert_eq!(names(scratch.path()), ["done"]);
        fs::write(scratch.path().join("done/file"), "x").expect("a write");
        WorkFolder::remove(&scratch.path().join("done")).expect("removed");
        assert_eq!(names(scratch.path()), [""; 0]);
    }
}
