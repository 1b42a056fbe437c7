//! Writing frozen datasets: a folder appears whole or not at all.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::canonical::write_row;
use crate::column::Column;
use crate::error::Error;
use crate::files::{check_folder_name, sync_folder};
use crate::instance::Instance;
use crate::manifest::{MANIFEST_FILE, Manifest, REJECTED_FILE, SCHEMA};
use crate::nearest::did_you_mean;
use crate::rejected::{self, Rejected};
use crate::work_folder::WorkFolder;

/// The name of the data file in a folder that we write.
pub const DATA_FILE: &str = "records.csv";

/// Rows are gathered up to this many bytes before they are hashed and written.
const CHUNK_BYTES: usize = 256 * 1024;

/// Says whether to go on: asked now and then while something long is written.
pub type Go<'a> = &'a dyn Fn() -> bool;

/// Writes the instance as a frozen dataset into the new folder `target`.
///
/// Missing parent folders are made. An existing `target` is refused, and nothing stays behind on an error.
pub fn freeze(instance: &Instance, target: &Path) -> Result<Manifest, Error> {
    freeze_while(instance, target, &|| true)
}

/// Goes on with the same, as long as `go` says so.
pub fn freeze_while(instance: &Instance, target: &Path, go: Go<'_>) -> Result<Manifest, Error> {
    instance.check()?;
    freeze_rows(instance, rows_of(instance), target, go)
}

/// Writes a dataset whose rows are made while they are written; `instance` is all but them, and checked.
///
/// `rows` appends the next row to the text, unless there is none.
pub(crate) fn freeze_rows(
    instance: &Instance,
    rows: impl FnMut(&mut Vec<u8>) -> bool,
    target: &Path,
    go: Go<'_>,
) -> Result<Manifest, Error> {
    freeze_into(target, go, |folder| write_dataset(instance, rows, folder, go))
}

/// Makes the new folder `target` of what `write` puts into it; an error leaves nothing behind.
pub(crate) fn freeze_into<T>(
    target: &Path,
    go: Go<'_>,
    write: impl FnOnce(&Path) -> Result<T, Error>,
) -> Result<T, Error> {
    refuse_existing(target)?;
    let parents = Parents::make(parent(target))?;
    let folder = fresh_folder(parent(target))?;
    let written = write(folder.path())?;
    check(go)?;
    publish(folder, target)?;
    sync_folder(parent(target)).map_err(Error::system("flush", parent(target)))?;
    parents.keep();
    Ok(written)
}

fn check(go: Go<'_>) -> Result<(), Error> {
    if go() { Ok(()) } else { Err(Error::Interrupted) }
}

/// The rows of an instance, one after another.
fn rows_of(instance: &Instance) -> impl FnMut(&mut Vec<u8>) -> bool {
    let kinds = instance.kinds();
    let mut rows = instance.values.chunks_exact(kinds.len());
    move |text| match rows.next() {
        Some(row) => {
            write_row(&kinds, row, &instance.keys, text);
            true
        }
        None => false,
    }
}

/// Writes each instance into a folder of its name below `dir`: all of them or none.
///
/// `dir` may exist, the folders may not. Names must be fit for folders and differ from each other.
pub fn freeze_all(instances: &[Instance], dir: &Path) -> Result<Vec<Manifest>, Error> {
    freeze_all_while(instances, dir, &|| true)
}

/// Goes on with the same, as long as `go` says so.
pub fn freeze_all_while(instances: &[Instance], dir: &Path, go: Go<'_>) -> Result<Vec<Manifest>, Error> {
    check_folder_names(instances)?;
    for instance in instances {
        instance.check()?;
        refuse_existing(&dir.join(&instance.name))?;
    }
    let is_new = refuse_existing(dir).is_ok();
    let beside = if is_new { parent(dir) } else { dir };
    let parents = Parents::make(beside)?;
    let folder = fresh_folder(beside)?;
    let mut manifests = Vec::with_capacity(instances.len());
    for instance in instances {
        let path = folder.path().join(&instance.name);
        fs::create_dir(&path).map_err(Error::system("create", &path))?;
        manifests.push(write_dataset(instance, rows_of(instance), &path, go)?);
    }
    check(go)?;
    if is_new {
        publish(folder, dir)?;
    } else {
        publish_each(instances, folder.path(), dir)?;
    }
    sync_folder(beside).map_err(Error::system("flush", beside))?;
    parents.keep();
    Ok(manifests)
}

/// Picks the instance called `name`.
pub fn pick<'a>(instances: &'a [Instance], name: &str) -> Result<&'a Instance, Error> {
    instances.iter().find(|instance| instance.name == name).ok_or_else(|| {
        let names = instances.iter().map(|instance| instance.name.as_str());
        let hint = did_you_mean(name, names.clone()).or_else(|| {
            Some(format!("the first of {} is `{}`", instances.len(), crate::shown(names.clone().next()?)))
        });
        Error::usage(format!("no instance `{}`", crate::shown(name))).with_hint(hint)
    })
}

/// Writes data file and manifest into `folder`, and the rejected rows if there are any, and makes all durable.
fn write_dataset(
    instance: &Instance,
    rows: impl FnMut(&mut Vec<u8>) -> bool,
    folder: &Path,
    go: Go<'_>,
) -> Result<Manifest, Error> {
    let written = write_file(&folder.join(DATA_FILE), |file| write_data(&instance.columns, rows, file, go))
        .map_err(|error| if go() { error } else { Error::Interrupted })?;
    let mut manifest = describe(instance, &written);
    write_rest(&mut manifest, &instance.rejected, folder)?;
    Ok(manifest)
}

/// Writes the rejected rows, if there are any, and the manifest, which then speaks of them.
pub(crate) fn write_rest(manifest: &mut Manifest, rows: &[Rejected], folder: &Path) -> Result<(), Error> {
    if !rows.is_empty() {
        let write = |out: &mut BufWriter<File>| rejected::write(rows, out);
        let hash = write_file(&folder.join(REJECTED_FILE), write)?;
        manifest.rejected = Some(rows.len() as u64);
        manifest.rejected_blake3 = Some(hash.to_hex().to_string());
        manifest.rejected_reasons = rejected::reasons(rows);
    }
    write_file(&folder.join(MANIFEST_FILE), |file| file.write_all(manifest.to_toml().as_bytes()))?;
    sync_folder(folder).map_err(Error::system("flush", folder))
}

/// Makes a new file and has its content on the disk when it returns.
fn write_file<T>(path: &Path, write: impl FnOnce(&mut BufWriter<File>) -> io::Result<T>) -> Result<T, Error> {
    let written = create(path).and_then(|file| {
        let mut file = BufWriter::new(file);
        let written = write(&mut file)?;
        file.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
        Ok(written)
    });
    written.map_err(Error::system("write", path))
}

fn create(path: &Path) -> io::Result<File> {
    File::options().write(true).create_new(true).open(path)
}

/// Describes what there is in a data file that was written.
#[derive(Debug)]
struct Written {
    records: u64,
    bytes: u64,
    hash: blake3::Hash,
}

/// Writes header and rows.
fn write_data(
    columns: &[Column],
    mut rows: impl FnMut(&mut Vec<u8>) -> bool,
    out: &mut impl Write,
    go: Go<'_>,
) -> io::Result<Written> {
    let names: Vec<&str> = columns.iter().map(|column| column.name).collect();
    let mut hasher = blake3::Hasher::new();
    let mut chunk = Vec::with_capacity(CHUNK_BYTES + 1024);
    chunk.extend_from_slice(names.join(",").as_bytes());
    chunk.push(b'\n');
    let mut records = 0;
    while rows(&mut chunk) {
        records += 1;
        if chunk.len() >= CHUNK_BYTES {
            hasher.update(&chunk);
            out.write_all(&chunk)?;
            chunk.clear();
            // Before the file is synced, which may take long.
            if !go() {
                return Err(io::Error::other("interrupted"));
            }
        }
    }
    hasher.update(&chunk);
    out.write_all(&chunk)?;
    Ok(Written { records, bytes: hasher.count(), hash: hasher.finalize() })
}

fn describe(instance: &Instance, written: &Written) -> Manifest {
    Manifest {
        schema: SCHEMA.into(),
        name: instance.name.clone(),
        problem: instance.problem.clone(),
        data: DATA_FILE.into(),
        columns: instance.columns.iter().map(|column| column.name.to_owned()).collect(),
        records: written.records,
        bytes: written.bytes,
        blake3: written.hash.to_hex().to_string(),
        scale: instance.scale,
        optimum: instance.optimum,
        best_known: instance.best_known,
        rejected: None,
        rejected_blake3: None,
        rejected_reasons: BTreeMap::new(),
        parameters: instance.parameters.clone(),
        source: instance.source.clone(),
        fields: Vec::new(),
    }
}

fn check_folder_names(instances: &[Instance]) -> Result<(), Error> {
    let mut seen = BTreeSet::new();
    for Instance { name, .. } in instances {
        check_folder_name(name).map_err(Error::usage)?;
        // Folders that differ in case only are one folder on some systems.
        if !seen.insert(name.to_lowercase()) {
            return Err(Error::usage(format!("two instances are called `{name}`")));
        }
    }
    Ok(())
}

fn refuse_existing(target: &Path) -> Result<(), Error> {
    match fs::symlink_metadata(target) {
        Ok(_) => Err(Error::TargetExists { path: target.to_owned() }),
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(cause) => Err(Error::system("create", target)(cause)),
    }
}

/// The folder that `target` lies in.
fn parent(target: &Path) -> &Path {
    match target.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// A folder beside the target, so that a rename can publish it; it removes itself unless that happens.
fn fresh_folder(beside: &Path) -> Result<WorkFolder, Error> {
    WorkFolder::new(beside).map_err(Error::system("create a folder in", beside))
}

fn publish(folder: WorkFolder, target: &Path) -> Result<(), Error> {
    rename(folder.path(), target)?;
    folder.keep();
    Ok(())
}

/// Moves each dataset out of `folder`; if one can't be, those that were are removed again.
fn publish_each(instances: &[Instance], folder: &Path, dir: &Path) -> Result<(), Error> {
    let mut moved = Moved::default();
    for instance in instances {
        let target = dir.join(&instance.name);
        rename(&folder.join(&instance.name), &target)?;
        moved.targets.push(target);
    }
    moved.targets.clear();
    Ok(())
}

/// Renames a folder; one that somebody has put in the target's place meanwhile stays untouched.
fn rename(from: &Path, target: &Path) -> Result<(), Error> {
    refuse_existing(target)?;
    fs::rename(from, target).map_err(|cause| match cause.kind() {
        io::ErrorKind::AlreadyExists | io::ErrorKind::DirectoryNotEmpty | io::ErrorKind::NotADirectory => {
            Error::TargetExists { path: target.to_owned() }
        }
        _ => Error::system("rename to", target)(cause),
    })
}

/// Folders that were made on the way to a target: removed again, if empty, unless they are kept.
struct Parents {
    made: Vec<PathBuf>,
}

impl Parents {
    fn make(dir: &Path) -> Result<Self, Error> {
        let missing: Vec<&Path> =
            dir.ancestors().take_while(|path| !path.as_os_str().is_empty() && !path.exists()).collect();
        let mut parents = Self { made: Vec::new() };
        for path in missing.into_iter().rev() {
            fs::create_dir(path).map_err(Error::system("create", path))?;
            parents.made.push(path.to_owned());
        }
        Ok(parents)
    }

    fn keep(mut self) {
        self.made.clear();
    }
}

impl Drop for Parents {
    fn drop(&mut self) {
        for path in self.made.iter().rev() {
            // An error is already on its way; a folder that can't be removed is not worth a second one.
            let _ = fs::remove_dir(path);
        }
    }
}

/// Datasets that have their names already: removed again unless all of them get theirs.
#[derive(Default)]
struct Moved {
    targets: Vec<PathBuf>,
}

impl Drop for Moved {
    fn drop(&mut self) {
        for path in &self.targets {
            let _ = fs::remove_dir_all(path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A disk that is full after so many bytes.
    struct Full(usize);

    impl Write for Full {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let room = bytes.len().min(self.0);
            self.0 -= room;
            if room == 0 { Err(io::ErrorKind::StorageFull.into()) } else { Ok(room) }
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_full_disk_is_an_error_wherever_it_strikes() {
        let instance =
            crate::generate("uniform", 200_000, 1, &std::collections::BTreeMap::new()).expect("good");
        let mut whole = Vec::new();
        let write =
            |out: &mut dyn Write| write_data(&instance.columns, rows_of(&instance), &mut { out }, &|| true);
        let Written { records, bytes, hash } = write(&mut whole).expect("memory");
        assert_eq!((records, bytes, hash), (200_000, whole.len() as u64, blake3::hash(&whole)));
        for room in [0, 1, CHUNK_BYTES, whole.len() - 1] {
            let cause = write(&mut Full(room)).expect_err("the disk is full");
            let error = Error::system("write", Path::new("x"))(cause);
            assert_eq!(error.kind(), crate::ErrorKind::System);
            assert_eq!(error.to_string(), "cannot write x: the disk is full");
        }
        write(&mut Full(whole.len())).expect("just enough");
    }

    #[test]
    fn one_that_is_stopped_leaves_nothing() {
        let scratch = tempfile::tempdir().expect("a folder");
        let instance =
            crate::generate("uniform", 200_000, 1, &std::collections::BTreeMap::new()).expect("good");
        let target = scratch.path().join("new/data");
        for last in 0..2 {
            let asked = std::cell::Cell::new(0);
            let go = || asked.replace(asked.get() + 1) < last;
            let error = freeze_while(&instance, &target, &go).expect_err("stopped");
            assert_eq!(error.kind(), crate::ErrorKind::Interrupted, "{last}");
            let error =
                freeze_all_while(std::slice::from_ref(&instance), &target, &|| false).expect_err("stopped");
            assert_eq!(error.kind(), crate::ErrorKind::Interrupted);
            assert_eq!(fs::read_dir(scratch.path()).expect("a folder").count(), 0, "{last}");
        }
    }

    #[test]
    fn what_was_moved_is_taken_back_when_one_cannot_be() {
        let scratch = tempfile::tempdir().expect("a folder");
        let (from, dir) = (scratch.path().join("from"), scratch.path().join("dir"));
        for path in ["from/a", "from/b", "dir/b"] {
            fs::create_dir_all(scratch.path().join(path)).expect("a folder");
        }
        fs::write(dir.join("b/precious"), "x").expect("a file");
        let instances = ["a", "b"].map(|name| Instance {
            name: name.into(),
            ..crate::generate("uniform", 1, 1, &std::collections::BTreeMap::new()).expect("good")
        });
        let error = publish_each(&instances, &from, &dir).expect_err("b exists");
        assert_eq!(error.kind(), crate::ErrorKind::TargetExists);
        assert!(!dir.join("a").exists() && dir.join("b/precious").exists());
    }
}
