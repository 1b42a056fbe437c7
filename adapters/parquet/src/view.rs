//! A view as one Parquet file, which is replaced whole: whoever opens it reads one served epoch, and goes on reading it.
//!
//! The file's footer says whose it is and which epoch it shows. It can't be changed row by row, so it is written where one answer
//! takes the place of another, and at the end.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use csv::ByteRecord;
use parquet::file::metadata::ParquetMetaData;
use replay::{
    recovery::{SinkColumn, SinkError},
    view::{Rhythm, Standing, View, ViewChange, ViewStamp},
};

use crate::{
    footer,
    sink::{damaged, note, noted, place, read_rows},
    write::write,
};

const RUN: &str = "counterpoint.run";
const WRITER: &str = "counterpoint.writer";
const DEPLOYMENT: &str = "counterpoint.deployment";
const NAME: &str = "counterpoint.name";
const EPOCH: &str = "counterpoint.epoch";
const RECORDS: &str = "counterpoint.records";
const WATERMARK: &str = "counterpoint.watermark_ms";

/// Finds out whether a view can be made of this file, or is that of the run of this name. Leaves nothing behind.
pub fn check_view(path: &Path, run: &str) -> Result<(), SinkError> {
    let folder = path.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."));
    if !folder.is_dir() {
        return Err(SinkError::Refused {
            what: format!("[serving] view: the folder {} isn't there", datasets::shown_path(folder)),
            hint: "make it, or name another".to_owned(),
        });
    }
    if let Err(cause) = datasets::WorkFolder::new(folder) {
        return Err(SinkError::Refused {
            what: format!(
                "[serving] view: nothing can be written in {}: {cause}",
                datasets::shown_path(folder)
            ),
            hint: "let it be written to, or name a file elsewhere: view = \"parquet://DIR/counts.parquet\""
                .to_owned(),
        });
    }
    file(path, run, Vec::new()).standing().map(drop)
}

/// The view of the run of this name; nothing is opened before its first call.
pub fn open_view(path: &Path, run: &str, columns: Vec<SinkColumn>) -> Box<dyn View> {
    Box::new(file(path, run, columns))
}

fn file(path: &Path, run: &str, columns: Vec<SinkColumn>) -> Whole {
    Whole { path: path.to_owned(), run: run.to_owned(), columns }
}

/// A file that is there whole or not at all.
struct Whole {
    path: PathBuf,
    run: String,
    columns: Vec<SinkColumn>,
}

impl Whole {
    fn failed(&self, cause: &io::Error) -> SinkError {
        SinkError::Failed(format!("{}: {cause}", datasets::shown_path(&self.path)))
    }

    fn open(&self) -> Result<Option<File>, SinkError> {
        match File::open(&self.path) {
            Ok(file) => Ok(Some(file)),
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(cause) => Err(self.failed(&cause)),
        }
    }

    /// Returns the file's writer and epoch, if there is a file; one that isn't this run's is refused.
    fn standing(&self) -> Result<Option<(u64, Option<ViewStamp>)>, SinkError> {
        let Some(mut file) = self.open()? else { return Ok(None) };
        let found = footer::read(&mut file).ok().filter(|footer| noted(footer, RUN) == Some(&*self.run));
        let Some(footer) = found else {
            return Err(SinkError::Refused {
                what: format!(
                    "[serving] view: {} exists already, and is no view of this run",
                    datasets::shown_path(&self.path)
                ),
                hint: "name another, or remove it; it was not touched".to_owned(),
            });
        };
        let writer = noted(&footer, WRITER).and_then(|text| text.parse().ok());
        let no_writer =
            || damaged(format!("{}: its footer names no writer", datasets::shown_path(&self.path)));
        Ok(Some((writer.ok_or_else(no_writer)?, stamp(&footer))))
    }
}

impl View for Whole {
    fn take_over(&mut self) -> Result<Standing, SinkError> {
        let (writer, _) = self.standing()?.unwrap_or_default();
        // The number is noted with the first epoch that is published, so what stands there is written anew.
        Ok(Standing { writer: writer + 1, stamp: None, rhythm: Rhythm::EachSwitch })
    }

    fn publish(&mut self, writer: u64, change: &ViewChange<'_>) -> Result<(), SinkError> {
        if change.from.is_some() {
            return Err(SinkError::Failed("a Parquet file takes no single rows".to_owned()));
        }
        match self.standing()? {
            Some((found, _)) if found > writer => return Err(SinkError::Fenced),
            Some((found, Some(stamp))) if found == writer && stamp == *change.to => return Ok(()),
            _ => {}
        }
        let ViewStamp { deployment, name, epoch, records, watermark_ms } = change.to;
        let mut notes = vec![
            note(RUN, self.run.clone()),
            note(WRITER, writer.to_string()),
            note(DEPLOYMENT, deployment.to_string()),
            note(NAME, name.clone()),
            note(EPOCH, epoch.to_string()),
            note(RECORDS, records.to_string()),
        ];
        notes.extend(watermark_ms.map(|ms| note(WATERMARK, ms.to_string())));
        place(&self.path, |file| write(file, &self.columns, change.rows, notes))
            .map_err(|cause| self.failed(&cause))
    }

    fn read(&mut self, take: &mut dyn FnMut(&ByteRecord)) -> Result<Option<ViewStamp>, SinkError> {
        let standing = self.standing()?;
        if let Some(file) = self.open()? {
            read_rows(&self.path, file, take)?;
        }
        Ok(standing.and_then(|(_, stamp)| stamp))
    }

    fn remove(&mut self) -> Result<(), SinkError> {
        match self.standing() {
            Ok(Some(_)) => fs::remove_file(&self.path).map_err(|cause| self.failed(&cause)),
            Ok(None) | Err(SinkError::Refused { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

/// The epoch that a footer says.
fn stamp(footer: &ParquetMetaData) -> Option<ViewStamp> {
    Some(ViewStamp {
        deployment: noted(footer, DEPLOYMENT)?.parse().ok()?,
        name: noted(footer, NAME)?.to_owned(),
        epoch: noted(footer, EPOCH)?.parse().ok()?,
        records: noted(footer, RECORDS)?.parse().ok()?,
        watermark_ms: noted(footer, WATERMARK).and_then(|text| text.parse().ok()),
    })
}
