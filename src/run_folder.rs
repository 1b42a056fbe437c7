//! A run's folder: written beside its place and renamed when complete, so that a folder under `runs/` is whole.

use std::{
    fs::{self, File},
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

use datasets::{Answer, Keys, Table, WorkFolder};
use replay::Control;
use stream::Concluded;

use platform::experiment::parent;
use platform::kept;
use platform::{Error, execute::Given};

/// Where runs go unless told otherwise.
pub(crate) const RUNS: &str = "runs";
/// Between two looks at the stop signal, while an answer is written.
const ROWS_UNCHECKED: usize = 1 << 16;
/// Lines of a table are gathered up to this many bytes.
const BYTES_GATHERED: usize = 1 << 16;

/// The place where a run will stand.
#[derive(Debug)]
pub(crate) struct Target {
    path: PathBuf,
    parent: PathBuf,
    /// Folders that were made on the way, the outermost first. They go again unless the run comes to stand in them.
    made: Vec<PathBuf>,
}

impl Drop for Target {
    fn drop(&mut self) {
        for folder in self.made.iter().rev() {
            // Somebody else may have put something into it meanwhile; then it stays.
            let _ = fs::remove_dir(folder);
        }
    }
}

impl Target {
    /// `out`, or a folder below `runs/` named by the time and a hash of `identity`. Checks at once, before anything
    /// is computed, that the place is free and can be written.
    pub(crate) fn prepare(out: Option<&Path>, identity: &str) -> Result<Self, Error> {
        // Without a separator at its end, which would make it the parent of what stands beside it.
        let path = out.map_or_else(|| unused(identity), |out| out.components().collect());
        if path.symlink_metadata().is_ok() {
            return Err(Error::TargetExists(path));
        }
        let parent = parent(&path).to_owned();
        let mut target = Self { path, parent, made: Vec::new() };
        target.make_parent()?;
        target.draft().map(|_| target)
    }

    /// Where the run will stand.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Has git ignore a folder of runs that was made for this one; whoever wants runs in git can say so there.
    fn keep_out_of_git(&self) {
        if self.made.last().is_some_and(|folder| folder == Path::new(RUNS)) {
            // A run isn't lost for this.
            let _ = fs::write(self.parent.join(".gitignore"), "*\n");
        }
    }

    fn make_parent(&mut self) -> Result<(), Error> {
        let missing =
            self.parent.ancestors().take_while(|folder| !folder.as_os_str().is_empty() && !folder.exists());
        let missing: Vec<PathBuf> = missing.map(Path::to_owned).collect();
        for folder in missing.into_iter().rev() {
            fs::create_dir(&folder)
                .or_else(|cause| if folder.is_dir() { Ok(()) } else { Err(cause) })
                .map_err(failed("create", &folder))?;
            self.made.push(folder);
        }
        Ok(())
    }

    /// A temporary folder on the same file system, removed unless it is put into place.
    fn draft(&self) -> Result<WorkFolder, Error> {
        WorkFolder::new(&self.parent).map_err(failed("write in", &self.parent))
    }

    /// Has `write` fill a draft and puts it into place. If anything fails, nothing is left.
    pub(crate) fn write(&mut self, write: impl FnOnce(&Draft) -> Result<(), Error>) -> Result<&Path, Error> {
        let draft = Draft { dir: self.draft()?, place: self.path.clone() };
        write(&draft)?;
        let dir = draft.dir.path();
        make_readable(dir, 0o755).map_err(failed("write", dir))?;
        self.rename(dir)?;
        draft.dir.keep();
        sync_dir(&self.parent).map_err(failed("write", &self.parent))?;
        Ok(&self.path)
    }

    /// Puts a folder that is complete into place.
    pub(crate) fn take_place(&mut self, folder: &Path) -> Result<&Path, Error> {
        self.rename(folder)?;
        sync_dir(&self.parent).map_err(failed("write", &self.parent))?;
        Ok(&self.path)
    }

    fn rename(&mut self, dir: &Path) -> Result<(), Error> {
        sync_dir(dir).map_err(failed("write", dir))?;
        if self.path.symlink_metadata().is_ok() {
            return Err(Error::TargetExists(self.path.clone()));
        }
        fs::rename(dir, &self.path).map_err(failed("create", &self.path))?;
        self.keep_out_of_git();
        self.made.clear();
        Ok(())
    }
}

/// The files of a run that somebody may want to open beside its page, by their names within the folder, sorted.
pub(crate) fn files(run: &Path) -> Vec<String> {
    let names = |folder: &Path| {
        let entries =
            fs::read_dir(folder).into_iter().flatten().flatten().filter(|entry| entry.path().is_file());
        entries.filter_map(|entry| entry.file_name().into_string().ok()).collect::<Vec<_>>()
    };
    let answers = names(&run.join("answers")).into_iter().map(|name| format!("answers/{name}"));
    let is_plain = |name: &String| {
        let known = [".csv", ".json", ".jsonl", ".toml"].iter().any(|end| name.ends_with(end));
        known && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_./".contains(c))
    };
    let mut files: Vec<String> = names(run).into_iter().chain(answers).filter(is_plain).collect();
    files.sort_unstable();
    files
}

/// A run's folder while it is being filled.
pub(crate) struct Draft {
    dir: WorkFolder,
    place: PathBuf,
}

impl Draft {
    /// Where it is, for the time being.
    pub(crate) fn path(&self) -> &Path {
        self.dir.path()
    }

    /// Where it will stand.
    pub(crate) fn place(&self) -> &Path {
        &self.place
    }

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

    /// Decisions: `record,bin`, a row for each record; nothing behind the comma where the job gave no decision.
    fn decisions(&self, name: &str, decisions: (&str, &[u32]), control: &Control) -> Result<(), Error> {
        self.file(name, |file| {
            kept::write_decisions(file, decisions, || control.check().map_err(|_| WriteError::Interrupted))
        })
    }

    /// The answer of the batch side; `column` is what decisions are called.
    pub(crate) fn answer(
        &self,
        name: &str,
        answer: &Answer,
        (column, keys): (&str, &Keys),
        control: &Control,
    ) -> Result<(), Error> {
        match answer {
            Answer::Decisions(decisions) => self.decisions(name, (column, decisions), control),
            Answer::Table(table) => self.table(name, table, keys, control),
        }
    }

    /// Returns what a version has given: the answer in `name.csv`, and beside a table what belongs to it.
    pub(crate) fn given(
        &self,
        name: &str,
        given: &Given,
        (column, keys): (&str, &Keys),
        control: &Control,
    ) -> Result<(), Error> {
        match given {
            Given::Decisions(decisions) => {
                self.decisions(&format!("{name}.csv"), (column, decisions), control)
            }
            Given::Table(concluded) => self.concluded(name, concluded, keys, control),
        }
    }

    /// A table as CSV.
    fn table(&self, name: &str, table: &Table, keys: &Keys, control: &Control) -> Result<(), Error> {
        self.file(name, |file| {
            let mut lines = Vec::new();
            table.write_header(&mut lines);
            for row in 0..table.rows() {
                if row % ROWS_UNCHECKED == 0 {
                    control.check().map_err(|_| WriteError::Interrupted)?;
                }
                table.write_row(row, keys, &mut lines);
                if lines.len() >= BYTES_GATHERED {
                    file.write_all(&lines)?;
                    lines.clear();
                }
            }
            Ok(file.write_all(&lines)?)
        })
    }

    /// Returns what a job that answers with a table has concluded: the answer in `name.csv`, and beside it what was
    /// emitted on the way, what came late, what was refused.
    fn concluded(
        &self,
        name: &str,
        concluded: &Concluded,
        keys: &Keys,
        control: &Control,
    ) -> Result<(), Error> {
        self.table(&format!("{name}.csv"), &concluded.table, keys, control)?;
        if let Some(firings) = &concluded.firings {
            self.table(&format!("{name}-firings.csv"), firings, keys, control)?;
        }
        if concluded.late.columns.is_empty() {
            // A program outside: it tells nothing of records.
            return Ok(());
        }
        self.table(&format!("{name}-late.csv"), &concluded.late, keys, control)?;
        self.file(&format!("{name}-rejected.csv"), |file| {
            writeln!(file, "record,reason")?;
            for (record, reason) in &concluded.rejected {
                writeln!(file, "{record},{reason}")?;
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
    let parent = parent(path);
    let write = || -> io::Result<()> {
        let draft = WorkFolder::new(parent)?;
        let new = draft.path().join("new");
        let mut file = File::create_new(&new)?;
        file.write_all(text.as_bytes())?;
        make_readable(&new, 0o644)?;
        file.sync_all()?;
        fs::rename(&new, path)?;
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

/// Temporary files and folders are private; what stays is as readable as any other.
#[cfg(unix)]
pub(crate) fn make_readable(path: &Path, mode: u32) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
pub(crate) fn make_readable(_: &Path, _: u32) -> io::Result<()> {
    Ok(())
}

/// A rename is on disk when the folder that holds the name is.
#[cfg(unix)]
pub(crate) fn sync_dir(dir: &Path) -> io::Result<()> {
    File::open(dir)?.sync_all()
}

#[cfg(not(unix))]
pub(crate) fn sync_dir(_: &Path) -> io::Result<()> {
    Ok(())
}

fn failed(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Error {
    let path = path.to_owned();
    move |cause| Error::System { action, path, cause }
}
