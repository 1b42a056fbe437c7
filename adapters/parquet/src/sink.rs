//! A folder of Parquet files as a sink: a file for each epoch, which is there under its name whole or not at all.

use std::{
    ffi::OsString,
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
    process,
    sync::atomic::{AtomicU64, Ordering},
};

use csv::ByteRecord;
use datasets::{FieldKind, Row};
use parquet::file::metadata::{KeyValue, ParquetMetaData};
use replay::recovery::{Epoch, Held, Keeps, Sink, SinkColumn, SinkError, Taken};

use crate::{footer, write::write};

const ROWS: &str = "counterpoint.rows";
const HASH: &str = "counterpoint.hash";
/// The file with the number of the writer.
const WRITER: &str = "_writer";
/// Ends the names of files under way.
const DRAFT: &str = ".draft";

/// The folder `path` as a sink for rows with these columns; it is made when somebody takes over.
pub fn sink(path: &Path, columns: Vec<SinkColumn>) -> Box<dyn Sink> {
    Box::new(Folder { path: path.to_owned(), columns })
}

struct Folder {
    path: PathBuf,
    columns: Vec<SinkColumn>,
}

impl Folder {
    fn file(&self, epoch: u64) -> PathBuf {
        self.path.join(format!("epoch-{epoch:08}.parquet"))
    }

    fn failed(&self, cause: &io::Error) -> SinkError {
        SinkError::Failed(format!("{}: {cause}", datasets::shown_path(&self.path)))
    }

    fn place(&self, to: &Path, fill: impl FnOnce(&mut File) -> Result<(), String>) -> Result<(), SinkError> {
        place(to, fill).map_err(|cause| self.failed(&cause))
    }

    fn sync(&self) -> io::Result<()> {
        File::open(&self.path)?.sync_all()
    }

    fn writer(&self) -> Result<u64, SinkError> {
        match fs::read_to_string(self.path.join(WRITER)) {
            Ok(text) => text.trim().parse().map_err(|_| damaged(format!("{WRITER} holds no number"))),
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(0),
            Err(cause) => Err(self.failed(&cause)),
        }
    }

    fn check_writer(&self, writer: u64) -> Result<(), SinkError> {
        if self.writer()? == writer { Ok(()) } else { Err(SinkError::Fenced) }
    }

    /// Removes what was under way when somebody died.
    fn sweep(&self) -> io::Result<()> {
        for entry in fs::read_dir(&self.path)? {
            let path = entry?.path();
            if path.to_string_lossy().ends_with(DRAFT) {
                fs::remove_file(path)?;
            }
        }
        Ok(())
    }

    /// The numbers of all files of epochs, in order.
    fn numbers(&self) -> io::Result<Vec<u64>> {
        let number = |name: &str| name.strip_prefix("epoch-")?.strip_suffix(".parquet")?.parse::<u64>().ok();
        let mut numbers = Vec::new();
        for entry in fs::read_dir(&self.path)? {
            numbers.extend(entry?.file_name().to_str().and_then(number));
        }
        numbers.sort_unstable();
        Ok(numbers)
    }

    /// The epochs from 0 on that are there and whole, each as its file's footer has it.
    fn epochs(&self) -> Result<Vec<Held>, SinkError> {
        let numbers = self.numbers().map_err(|cause| self.failed(&cause))?;
        let mut epochs = Vec::new();
        for (_, number) in (0..).zip(numbers).take_while(|(wanted, number)| wanted == number) {
            match self.held(number) {
                Ok(held) => epochs.push(held),
                Err(SinkError::Damaged(_)) => break,
                Err(error) => return Err(error),
            }
        }
        Ok(epochs)
    }

    fn held(&self, epoch: u64) -> Result<Held, SinkError> {
        let path = self.file(epoch);
        let mut file = File::open(&path).map_err(|cause| match cause.kind() {
            io::ErrorKind::NotFound => damaged(format!("its epoch {epoch} is missing")),
            _ => self.failed(&cause),
        })?;
        let footer = footer::read(&mut file).map_err(|fault| damaged(fault.in_file(&path).to_string()))?;
        held(&footer)
            .ok_or_else(|| damaged(format!("the file of its epoch {epoch} is none of this program's")))
    }
}

/// Has a file stand under `to`, whole: its bytes are on the disk before it has the name, and the name before this returns.
pub(crate) fn place(to: &Path, fill: impl FnOnce(&mut File) -> Result<(), String>) -> io::Result<()> {
    let (draft, mut file) = draft(to)?;
    let written = fill(&mut file).map_err(io::Error::other).and_then(|()| file.sync_all());
    let placed = written.and_then(|()| fs::rename(&draft, to));
    if placed.is_err() {
        // What is of no use would only be found by somebody.
        let _ = fs::remove_file(&draft);
    }
    placed?;
    let folder = to.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}

/// Makes a file beside `to` under a name that nothing has: what somebody else keeps there is neither opened nor followed.
fn draft(to: &Path) -> io::Result<(PathBuf, File)> {
    static MADE: AtomicU64 = AtomicU64::new(0);
    let mut begin = OsString::from(".");
    begin.push(to.file_name().ok_or(io::ErrorKind::InvalidInput)?);
    loop {
        let mut name = begin.clone();
        name.push(format!(".{}-{}{DRAFT}", process::id(), MADE.fetch_add(1, Ordering::Relaxed)));
        let path = to.with_file_name(name);
        match File::create_new(&path) {
            Ok(file) => return Ok((path, file)),
            // A process that died may have had the number of this one.
            Err(cause) if cause.kind() == io::ErrorKind::AlreadyExists => {}
            Err(cause) => return Err(cause),
        }
    }
}

/// Hands over the rows of a file; an empty field is one that holds nothing.
pub(crate) fn read_rows(path: &Path, file: File, take: &mut dyn FnMut(&ByteRecord)) -> Result<(), SinkError> {
    let harm = |error: datasets::Error| damaged(error.to_string());
    let mut rows = crate::open(path, file, &|| true).map_err(harm)?;
    let mut row = Row::default();
    while rows.next(&mut row).map_err(harm)? {
        let text = |field: datasets::Field<'_>| match field.kind {
            FieldKind::Null => String::new(),
            _ => field.text.to_owned(),
        };
        take(&row.fields().map(text).collect::<Vec<_>>().into());
    }
    Ok(())
}

impl Sink for Folder {
    fn take_over(&mut self) -> Result<Taken, SinkError> {
        fs::create_dir_all(&self.path).and_then(|()| self.sweep()).map_err(|cause| self.failed(&cause))?;
        let writer = self.writer()? + 1;
        self.place(&self.path.join(WRITER), |file| {
            write!(file, "{writer}").map_err(|cause| cause.to_string())
        })?;
        Ok(Taken { writer, epochs: self.epochs()?, keeps: Keeps::All })
    }

    fn deliver(&mut self, writer: u64, epoch: &Epoch<'_>) -> Result<(), SinkError> {
        self.check_writer(writer)?;
        let path = self.file(epoch.number);
        if path.symlink_metadata().is_ok() {
            let is_same = self.held(epoch.number)?.hash == epoch.hash;
            let what = || format!("its epoch {} has other rows than those that were committed", epoch.number);
            return if is_same { Ok(()) } else { Err(damaged(what())) };
        }
        let hash: String = epoch.hash.iter().map(|byte| char_pair(*byte)).collect();
        let notes = vec![note(ROWS, epoch.rows.len().to_string()), note(HASH, hash)];
        self.place(&path, |file| write(file, &self.columns, epoch.rows, notes))
    }

    fn cut(&mut self, writer: u64, from: u64) -> Result<(), SinkError> {
        self.check_writer(writer)?;
        // From behind, so that no epoch is ever missing among those that are left.
        let remove = || {
            let numbers = self.numbers()?;
            let mut behind = numbers.iter().rev().take_while(|number| **number >= from);
            behind.try_for_each(|number| fs::remove_file(self.file(*number)))?;
            self.sync()
        };
        remove().map_err(|cause| self.failed(&cause))
    }

    fn read(&mut self, take: &mut dyn FnMut(u64, &ByteRecord)) -> Result<(), SinkError> {
        for epoch in self.numbers().map_err(|cause| self.failed(&cause))? {
            let path = self.file(epoch);
            let file = File::open(&path).map_err(|cause| self.failed(&cause))?;
            read_rows(&path, file, &mut |row| take(epoch, row))?;
        }
        Ok(())
    }

    fn remove(&mut self) -> Result<(), SinkError> {
        match fs::remove_dir_all(&self.path) {
            Err(cause) if cause.kind() != io::ErrorKind::NotFound => Err(self.failed(&cause)),
            _ => Ok(()),
        }
    }
}

pub(crate) fn damaged(what: String) -> SinkError {
    SinkError::Damaged(what)
}

pub(crate) fn note(key: &str, value: String) -> KeyValue {
    KeyValue { key: key.to_owned(), value: Some(value) }
}

fn char_pair(byte: u8) -> String {
    format!("{byte:02x}")
}

/// Returns a note that stands in a footer.
pub(crate) fn noted<'a>(footer: &'a ParquetMetaData, key: &str) -> Option<&'a str> {
    let notes = footer.file_metadata().key_value_metadata()?;
    notes.iter().find(|note| note.key == key)?.value.as_deref()
}

/// Says of an epoch what the footer of its file does.
fn held(footer: &ParquetMetaData) -> Option<Held> {
    let find = |key: &str| noted(footer, key);
    let text = find(HASH).filter(|text| text.is_ascii() && text.len() == 64)?;
    let mut hash = [0; 32];
    for (at, byte) in hash.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * at..2 * at + 2], 16).ok()?;
    }
    Some(Held { rows: find(ROWS)?.parse().ok()?, hash })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_beside_a_file_is_left_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let (to, other) = (folder.path().join("a"), folder.path().join("other"));
        fs::write(&other, "theirs").expect("a file");
        let fill = |file: &mut File| write!(file, "ours").map_err(|cause| cause.to_string());
        fs::write(folder.path().join("a.draft"), "theirs, too").expect("a file");
        // Names of drafts that come next are taken by links.
        #[cfg(unix)]
        for n in 0..20 {
            let link = folder.path().join(format!(".a.{}-{n}{DRAFT}", process::id()));
            std::os::unix::fs::symlink(&other, link).expect("a link");
        }
        place(&to, fill).expect("there is room");
        let before = fs::read_dir(folder.path()).expect("it is there").count();
        place(&to, |_| Err("no".to_owned())).expect_err("it isn't filled");
        place(&folder.path().join(".."), fill).expect_err("no name");
        assert_eq!(fs::read_dir(folder.path()).expect("it is there").count(), before);
        let read = |path: &Path| fs::read_to_string(path).expect("a text");
        assert_eq!((read(&to), read(&other)), ("ours".to_owned(), "theirs".to_owned()));
        assert_eq!(read(&folder.path().join("a.draft")), "theirs, too");
    }
}
