//! The serving store as jobs under an architecture use it: a key space for each deployment, one of which is served.

use std::path::Path;

use store::serving::{
    Backend, Change, Deployment, Durability, Progress, Reader, Serving, ServingError, Stamp,
};

use super::{
    runner::Advanced,
    trouble,
    view::{Fate, Publisher},
};
use crate::{error::Error, events::Listen};

/// A serving store, and the view outside that shows what is served, if there is one.
pub(crate) struct Store {
    serving: Serving,
    view: Option<Publisher>,
}

/// How much was written at once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Written {
    pub(crate) rows: u64,
    pub(crate) bytes: u64,
}

/// A row as it is served.
pub(crate) type Row = (Vec<u8>, Vec<u8>);

impl Store {
    pub(crate) fn open(folder: &Path, durability: Durability) -> Result<Self, ServingError> {
        Ok(Self { serving: Serving::open(folder, Backend::Sled, durability)?, view: None })
    }

    /// A store in memory, in which a test makes things go wrong.
    #[cfg(test)]
    pub(crate) fn in_memory(memory: &store::serving::Memory) -> Result<Self, ServingError> {
        Ok(Self { serving: Serving::open_in_memory(memory, Durability::Process)?, view: None })
    }

    /// Has a view show what is served, from now on and at once.
    pub(crate) fn show_in(&mut self, view: Option<Publisher>) -> Result<(), Error> {
        self.view = view;
        self.show(Publisher::bring_to)
    }

    /// Checks at the end that the view shows what is served, and lets go of it.
    pub(crate) fn close_view(&mut self, listener: &dyn Listen) -> Result<(), Error> {
        let (Some(view), Some(served)) = (self.view.take(), self.served()) else { return Ok(()) };
        let (stamp, rows) = (self.stamp(served).map_err(trouble)?, self.all(served).map_err(trouble)?);
        view.finish(&stamp, &rows, listener)
    }

    fn show(
        &mut self,
        show: impl FnOnce(&mut Publisher, &Stamp, &[Row]) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let Some(served) = self.served().filter(|_| self.view.is_some()) else { return Ok(()) };
        let (stamp, rows) = (self.stamp(served).map_err(trouble)?, self.all(served).map_err(trouble)?);
        self.view.as_mut().map_or(Ok(()), |view| show(view, &stamp, &rows))
    }

    /// Returns a handle for readers on other threads.
    pub(crate) fn reader(&self) -> Reader {
        self.serving.reader()
    }

    /// A fresh key space.
    pub(crate) fn deploy(&mut self, name: &str) -> Result<Deployment, ServingError> {
        self.serving.deploy(name)
    }

    /// Writes what a job has to say, in one step.
    pub(crate) fn write(&mut self, deployment: Deployment, advanced: &Advanced) -> Result<Written, Error> {
        let Advanced { position, changes, complete_to_ms, .. } = advanced;
        let gone = if changes.replaces { self.all(deployment).map_err(trouble)? } else { Vec::new() };
        let deletes = gone.iter().map(|(key, _)| Change::Delete(key));
        let puts = changes.rows.iter().map(|row| match &row.value {
            Some(value) => Change::Put(&row.key, value),
            None => Change::Delete(&row.key),
        });
        let all: Vec<Change<'_>> = deletes.chain(puts).collect();
        let progress = Progress { offset: *position, watermark_ms: *complete_to_ms, complete: true };
        self.serving.write(deployment, progress, &all).map_err(trouble)?;
        if self.view.is_some() && self.served() == Some(deployment) {
            let fate = |change: &Change<'_>| -> Fate {
                match *change {
                    Change::Put(key, value) => (key.to_vec(), Some(value.to_vec())),
                    Change::Delete(key) => (key.to_vec(), None),
                }
            };
            let (stamp, fates) = (self.stamp(deployment).map_err(trouble)?, all.iter().map(fate).collect());
            self.view.as_mut().map_or(Ok(()), |view| view.changed(&stamp, fates))?;
        }
        let bytes = changes.rows.iter().map(|row| row.key.len() + row.value.as_ref().map_or(0, Vec::len));
        Ok(Written { rows: changes.rows.len() as u64, bytes: bytes.sum::<usize>() as u64 })
    }

    /// Copies all rows of a deployment into a fresh one.
    pub(crate) fn copy(
        &mut self,
        from: Deployment,
        to: Deployment,
        position: u64,
    ) -> Result<Written, ServingError> {
        let rows = self.all(from)?;
        let puts: Vec<Change<'_>> = rows.iter().map(|(key, value)| Change::Put(key, value)).collect();
        self.serving.write(to, Progress { offset: position, watermark_ms: None, complete: false }, &puts)?;
        let bytes = rows.iter().map(|(key, value)| key.len() + value.len()).sum::<usize>();
        Ok(Written { rows: rows.len() as u64, bytes: bytes as u64 })
    }

    /// Returns the value of a key.
    pub(crate) fn get(&self, deployment: Deployment, key: &[u8]) -> Result<Option<Vec<u8>>, ServingError> {
        self.serving.reader().snapshot_of(deployment)?.get(key)
    }

    /// Returns all rows, by key.
    pub(crate) fn all(&self, deployment: Deployment) -> Result<Vec<Row>, ServingError> {
        let mut rows = Vec::new();
        self.serving.reader().snapshot_of(deployment)?.all(&mut |key, value| {
            rows.push((key.to_vec(), value.to_vec()));
            std::ops::ControlFlow::Continue(())
        })?;
        Ok(rows)
    }

    /// Returns the last epoch of a deployment.
    pub(crate) fn stamp(&self, deployment: Deployment) -> Result<Stamp, ServingError> {
        Ok(self.serving.reader().snapshot_of(deployment)?.stamp())
    }

    /// Returns how far a deployment has come.
    pub(crate) fn progress(&self, deployment: Deployment) -> Result<Progress, ServingError> {
        let Stamp { offset, watermark_ms, complete, .. } = self.stamp(deployment)?;
        Ok(Progress { offset, watermark_ms, complete })
    }

    /// Removes all key spaces but these.
    pub(crate) fn retire_all_but(&mut self, live: &[Deployment]) -> Result<(), ServingError> {
        let all = self.serving.deployments().into_iter().map(|stamp| stamp.deployment);
        all.filter(|deployment| !live.contains(deployment)).try_for_each(|deployment| self.retire(deployment))
    }

    /// Returns what is served.
    pub(crate) fn served(&self) -> Option<Deployment> {
        self.serving.served()
    }

    /// Returns the record of the upgrade, if there is one.
    pub(crate) fn control(&self) -> Option<Vec<u8>> {
        self.serving.control()
    }

    /// Replaces the record of the upgrade, and with it what is served where that changes, in one step.
    pub(crate) fn transition(
        &mut self,
        expected: Option<&[u8]>,
        control: &[u8],
        serve: Option<Deployment>,
    ) -> Result<(), Error> {
        let before = self.served().filter(|_| self.view.is_some() && serve.is_some());
        let old = before.map_or(Ok(Vec::new()), |before| self.all(before)).map_err(trouble)?;
        self.serving.transition(expected, control, serve).map_err(trouble)?;
        match serve {
            Some(_) => self.show(|view, stamp, new| view.switched(stamp, (&old, new))),
            None => Ok(()),
        }
    }

    /// Removes a key space that isn't served.
    pub(crate) fn retire(&mut self, deployment: Deployment) -> Result<(), ServingError> {
        self.serving.retire(deployment)
    }
}
