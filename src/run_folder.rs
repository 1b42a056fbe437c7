//! A run's folder: written beside its place and renamed when complete, so that a folder under `runs/` is whole.

use std::{
    fs::{self, File},
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

use compare::Placement;
use replay::Control;
use tempfile::TempDir;

use crate::error::Error;

/// Where runs go unless told otherwise.
const RUNS: &str = "runs";
/// Between two looks at the stop signal, while an answer is written.
const ROWS_UNCHECKED: usize = 1 << 16;

/// The place where a run will stand.
#[derive(Debug)]
pub(crate) struct Target {
    path: PathBuf,
    parent: PathBuf,
}

impl Target {
    /// `out`, or a folder below `runs/` named by the time and a hash of `identity`. Checks at once, before anything
    /// is computed, that the place is free and can be written.
    pub(crate) fn prepare(out: Option<&Path>, identity: &str) -> Result<Self, Error> {
        let path = out.map_or_else(|| unused(identity), Path::to_owned);
        if path.symlink_metadata().is_ok() {
            return Err(Error::TargetExists(path));
        }
        let parent = match path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
            _ => PathBuf::from("."),
        };
        let target = Self { path, parent };
        fs::create_dir_all(&target.parent).map_err(failed("create", &target.parent))?;
        target.draft().map(|_| target)
    }

    /// A temporary folder on the same file system, removed unless it is put into place.
    fn draft(&self) -> Result<TempDir, Error> {
        tempfile::Builder::new()
            .prefix(".run-")
            .tempdir_in(&self.parent)
            .map_err(failed("write in", &self.parent))
    }

    /// Has `write` fill a draft and puts it into place. If anything fails, nothing is left.
    pub(crate) fn write(&self, write: impl FnOnce(&Draft) -> Result<(), Error>) -> Result<&Path, Error> {
        let draft = Draft { dir: self.draft()? };
        write(&draft)?;
        let dir = draft.dir.path();
        make_readable(dir).map_err(failed("write", dir))?;
        sync_dir(dir).map_err(failed("write", dir))?;
        if self.path.symlink_metadata().is_ok() {
            return Err(Error::TargetExists(self.path.clone()));
        }
        fs::rename(dir, &self.path).map_err(failed("create", &self.path))?;
        // It has left its temporary place, so there is nothing there to remove.
        let _ = draft.dir.keep();
        sync_dir(&self.parent).map_err(failed("write", &self.parent))?;
        Ok(&self.path)
    }
}

/// A run's folder while it is being filled.
pub(crate) struct Draft {
    dir: TempDir,
}

impl Draft {
    /// Writes the file `name` (folders in it are made) and has the system put it on disk.
    pub(crate) fn file(
        &self,
        name: &str,
        write: impl FnOnce(&mut BufWriter<File>) -> Result<(), WriteError>,
    ) -> Result<(), Error> {
        let path = self.dir.path().join(name);
        let result = path
            .parent()
            .map_or(Ok(()), fs::create_dir_all)
            .and_then(|()| File::create_new(&path))
            .map(BufWriter::new)
            .map_err(WriteError::Io)
            .and_then(|mut file| {
                write(&mut file)?;
                file.flush()?;
                Ok(file.get_ref().sync_all()?)
            });
        match result {
            Ok(()) => Ok(()),
            Err(WriteError::Interrupted) => Err(Error::Interrupted),
            // The draft's name means nothing to anybody; the file's does.
            Err(WriteError::Io(cause)) => Err(Error::System { action: "write", path: name.into(), cause }),
        }
    }

    pub(crate) fn text(&self, name: &str, text: &str) -> Result<(), Error> {
        self.file(name, |file| Ok(file.write_all(text.as_bytes())?))
    }

    pub(crate) fn json(&self, name: &str, value: &impl serde::Serialize) -> Result<(), Error> {
        let text = serde_json::to_string_pretty(value).expect("our types are plain data with string keys");
        self.text(name, &(text + "\n"))
    }

    /// An answer: `record,bin`, a row for each record; no bin where the job gave no decision.
    pub(crate) fn answer(&self, name: &str, bins: &[u32], control: &Control) -> Result<(), Error> {
        self.file(name, |file| {
            file.write_all(b"record,bin\n")?;
            for (part, rows) in bins.chunks(ROWS_UNCHECKED).enumerate() {
                control.check().map_err(|_| WriteError::Interrupted)?;
                for (row, &bin) in rows.iter().enumerate() {
                    let record = part * ROWS_UNCHECKED + row;
                    match Placement::of(bin) {
                        Placement::Bin(bin) => writeln!(file, "{record},{bin}")?,
                        Placement::None => writeln!(file, "{record},")?,
                    }
                }
            }
            Ok(())
        })
    }

    pub(crate) fn hlog(&self, name: &str, latency: &replay::Latency, seconds: f64) -> Result<(), Error> {
        let span = std::time::Duration::try_from_secs_f64(seconds).unwrap_or_default();
        self.file(name, |file| {
            latency.write_hlog(file, span).map_err(|e| WriteError::Io(io::Error::other(e)))
        })
    }
}

/// Why a file was not written.
pub(crate) enum WriteError {
    Io(io::Error),
    Interrupted,
}

impl From<io::Error> for WriteError {
    fn from(cause: io::Error) -> Self {
        Self::Io(cause)
    }
}

/// Replaces the file at `path` as a whole.
pub(crate) fn replace(path: &Path, text: &str) -> Result<(), Error> {
    let parent = path.parent().unwrap_or(Path::new("."));
    let write = || -> io::Result<()> {
        let mut draft = tempfile::Builder::new().prefix(".report-").tempfile_in(parent)?;
        draft.write_all(text.as_bytes())?;
        draft.as_file().sync_all()?;
        draft.persist(path).map(|_| ()).map_err(|error| error.error)?;
        sync_dir(parent)
    };
    write().map_err(failed("write", path))
}

/// `runs/<time>-<hash>`, with a number behind it when two runs fall into one second.
fn unused(identity: &str) -> PathBuf {
    let now = jiff::Timestamp::now().strftime("%Y%m%dT%H%M%SZ").to_string();
    let hash = blake3::hash(format!("{now}{identity}").as_bytes()).to_hex();
    let id = format!("{now}-{}", &hash[..8]);
    let first = Path::new(RUNS).join(&id);
    let next = (2..).map(|number| Path::new(RUNS).join(format!("{id}-{number}")));
    std::iter::once(first)
        .chain(next)
        .find(|path| path.symlink_metadata().is_err())
        .expect("the numbers don't end")
}

/// Temporary folders are private; a run's is as readable as any other.
#[cfg(unix)]
fn make_readable(dir: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(dir, fs::Permissions::from_mode(0o755))
}

#[cfg(not(unix))]
fn make_readable(_: &Path) -> io::Result<()> {
    Ok(())
}

/// A rename is on disk when the folder that holds the name is.
#[cfg(unix)]
fn sync_dir(dir: &Path) -> io::Result<()> {
    File::open(dir)?.sync_all()
}

#[cfg(not(unix))]
fn sync_dir(_: &Path) -> io::Result<()> {
    Ok(())
}

fn failed(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Error {
    let path = path.to_owned();
    move |cause| Error::System { action, path, cause }
}
