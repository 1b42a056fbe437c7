//! Publishes what is served to a view outside: each change of the served deployment as one step from one epoch to the next.
//!
//! The serving store decides. What is published was committed there before, so a view is at most behind; whoever opens it
//! brings it to what is served.

use std::{collections::BTreeMap, fs, io, path::Path};

use csv::ByteRecord;
use replay::{
    recovery::{SinkColumn, SinkError},
    view::{Rhythm, Standing, View, ViewChange, ViewStamp},
};
use store::serving::Stamp;

use super::{dress::Dress, kept::write_whole, rows::paired, store::Row};
use crate::{
    architecture_sections::{Architecture, ArchitectureChoice},
    error::Error,
    events::Listen,
    execute::sinks::fresh,
    view_section::{ViewChoice, explained},
};

/// The file with the name by which a view is known to be this run's.
const RUN: &str = "view-run";

/// The key of a row, and its value, or nothing where it is gone.
pub(crate) type Fate = (Vec<u8>, Option<Vec<u8>>);

/// A view, and where it stands.
pub(crate) struct Publisher {
    view: Box<dyn View>,
    dress: Dress,
    writer: u64,
    rhythm: Rhythm,
    /// The epoch that stands there; nothing where that is nothing of what was ever served.
    at: Option<ViewStamp>,
    leaving: Leaving,
}

/// Says when the view goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Leaving {
    /// When the run is over, whatever came of it.
    Always,
    /// When the run fails.
    Failed,
    /// When it has come to its end, but not before: it can be gone on with.
    Ended,
    /// Never.
    Never,
}

impl Leaving {
    /// Of a run that nobody goes on with.
    pub(crate) fn of_run(stays: bool) -> Self {
        if stays { Self::Failed } else { Self::Always }
    }

    /// Of one that is gone on with.
    pub(crate) fn of_folder(stays: bool) -> Self {
        if stays { Self::Never } else { Self::Ended }
    }

    fn with_failure(self) -> bool {
        matches!(self, Self::Always | Self::Failed)
    }

    fn with_end(self) -> bool {
        matches!(self, Self::Always | Self::Ended)
    }
}

impl Drop for Publisher {
    fn drop(&mut self) {
        if self.leaving.with_failure() {
            // The failure says more than this could.
            let _ = self.view.remove();
        }
    }
}

impl Publisher {
    /// Takes over a view from whoever published there before.
    pub(crate) fn open(mut view: Box<dyn View>, dress: Dress, leaving: Leaving) -> Result<Self, Error> {
        let Standing { writer, stamp, rhythm } = view.take_over().map_err(|error| explained(&error))?;
        Ok(Self { view, dress, writer, rhythm, at: stamp, leaving })
    }

    /// Opens the view of an architecture, if there is to be one.
    pub(crate) fn of(
        choice: Option<&ViewChoice>,
        (of, kept): (Architecture, Option<&Path>),
        dress: Dress,
        leaving: fn(bool) -> Leaving,
    ) -> Result<Option<Self>, Error> {
        let Some(choice) = choice else { return Ok(None) };
        let columns: Vec<SinkColumn> = dress.shape.view_columns()?;
        let view = choice.open(of, name_in(kept)?, columns)?;
        Self::open(view, dress, leaving(choice.stays)).map(Some)
    }

    /// Has the first epoch replace whatever stands there: it is that of a new store, and what an earlier process of this run has
    /// left there was another's.
    pub(crate) fn anew(mut self) -> Self {
        self.at = None;
        self
    }

    /// Has the view show these rows, if it doesn't show this epoch already.
    pub(crate) fn bring_to(&mut self, to: &Stamp, rows: &[Row]) -> Result<(), Error> {
        let to = stamp(to);
        if self.at.as_ref() == Some(&to) {
            return Ok(());
        }
        let rows = self.dress.rows(rows)?;
        self.publish(&ViewChange { from: None, to: &to, gone: &[], rows: &rows })
    }

    /// Takes an epoch of the served deployment.
    pub(crate) fn changed(&mut self, to: &Stamp, fates: Vec<Fate>) -> Result<(), Error> {
        match self.rhythm {
            Rhythm::EachSwitch => Ok(()),
            Rhythm::EachEpoch => self.follow(to, fates),
        }
    }

    /// Takes another answer in place of the one that was served.
    pub(crate) fn switched(&mut self, to: &Stamp, (old, new): (&[Row], &[Row])) -> Result<(), Error> {
        if self.rhythm == Rhythm::EachSwitch || self.at.is_none() {
            return self.bring_to(to, new);
        }
        let mut fates = Vec::new();
        paired(old, new, |key, before, after| {
            if before != after {
                fates.push((key.to_vec(), after.map(<[u8]>::to_vec)));
            }
        });
        self.follow(to, fates)
    }

    /// Checks at the end that the view shows what is served; then it goes, where it isn't to stay. The log is read and the
    /// view was right, so one that can't be removed is told of, and no failure.
    pub(crate) fn finish(mut self, to: &Stamp, rows: &[Row], listener: &dyn Listen) -> Result<(), Error> {
        self.bring_to(to, rows)?;
        let mut found = Vec::new();
        let read = self.view.read(&mut |row| found.push(row.clone()));
        let at = read.map_err(|error| self.told(&error))?;
        let mut wanted = self.dress.rows(rows)?;
        found.sort_by(|a, b| a.iter().cmp(b));
        wanted.sort_by(|a, b| a.iter().cmp(b));
        if at != Some(stamp(to)) || found != wanted {
            let is_served =
                |row: &ByteRecord| wanted.binary_search_by(|served| served.iter().cmp(row)).is_ok();
            let differing = found.iter().filter(|row| !is_served(row)).count();
            self.leaving = Leaving::Never;
            return Err(Error::input(format!(
                "the view doesn't show what is served: it has {} rows, {differing} of them others, where {} are served",
                found.len(),
                wanted.len()
            ))
            .with_hint("somebody else has written to it: drop it, and run again"));
        }
        let goes = self.leaving.with_end();
        self.leaving = Leaving::Never;
        if goes && let Err(error) = self.view.remove() {
            let why = datasets::shown(&error.to_string()).to_string();
            listener.note(&format!("the view couldn't be removed: {why}; drop it yourself"));
        }
        Ok(())
    }

    /// Returns the program's error. A view to which somebody else has written stays: it is the evidence.
    fn told(&mut self, error: &SinkError) -> Error {
        if matches!(error, SinkError::Damaged(_) | SinkError::Fenced) {
            self.leaving = Leaving::Never;
        }
        explained(error)
    }

    fn follow(&mut self, to: &Stamp, fates: Vec<Fate>) -> Result<(), Error> {
        let to = stamp(to);
        // Of several fates of one key the last counts.
        let last: BTreeMap<Vec<u8>, Option<Vec<u8>>> = fates.into_iter().collect();
        let (mut gone, mut rows) = (Vec::new(), Vec::new());
        for (key, value) in last {
            match value {
                Some(value) => rows.push((key, value)),
                None => gone.push(key),
            }
        }
        let (gone, rows) = (self.dress.keys(&gone)?, self.dress.rows(&rows)?);
        let from = self.at.take();
        let done = self.publish(&ViewChange { from: from.as_ref(), to: &to, gone: &gone, rows: &rows });
        if done.is_err() {
            self.at = from;
        }
        done
    }

    fn publish(&mut self, change: &ViewChange<'_>) -> Result<(), Error> {
        let published = self.view.publish(self.writer, change);
        published.map_err(|error| self.told(&error))?;
        self.at = Some(change.to.clone());
        Ok(())
    }
}

fn stamp(of: &Stamp) -> ViewStamp {
    ViewStamp {
        deployment: of.deployment.id().into(),
        name: of.name.clone(),
        epoch: of.epoch,
        records: of.offset,
        watermark_ms: of.watermark_ms,
    }
}

/// Finds out whether the views can be made by a run that is kept in this folder, with these columns, as far as they are known.
pub(crate) fn check_views(
    architecture: Option<&ArchitectureChoice>,
    kept: Option<&Path>,
    columns: impl FnOnce() -> Result<Vec<SinkColumn>, Error>,
) -> Result<(), Error> {
    match architecture.filter(|choice| choice.view.is_some()) {
        Some(choice) => choice.check_views(&name_in(kept)?, &columns()?),
        None => Ok(()),
    }
}

/// Returns the name by which a view is known to be this run's: that of the folder in which the run is kept, so that whoever goes
/// on there finds it; without one a name that no other run has.
pub(crate) fn name_in(kept: Option<&Path>) -> Result<String, Error> {
    kept.map_or_else(|| Ok(fresh()), run_of)
}

/// The name of the run in this folder, which is given it if it has none.
fn run_of(folder: &Path) -> Result<String, Error> {
    let path = folder.join(RUN);
    match fs::read_to_string(&path) {
        Ok(name) if !name.is_empty() => return Ok(name),
        Err(cause) if cause.kind() != io::ErrorKind::NotFound => {
            return Err(Error::System { action: "read the name of the view's run in", path, cause });
        }
        _ => {}
    }
    let name = fresh();
    write_whole(&path, name.as_bytes())?;
    Ok(name)
}
