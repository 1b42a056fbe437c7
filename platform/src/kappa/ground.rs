//! What an upgrade works with, and what follows from it alone.

use std::collections::BTreeMap;

use compare::Role;
use datasets::Record;
use store::log::Log;

use super::revision::revision;
use crate::{
    architecture_sections::{KappaChoice, SpeedCap},
    error::Error,
    serving::{
        logged::Arrivals,
        rows::Shape,
        runner::{Failed, Source},
        timeline::Timeline,
    },
    trial::{Trial, job_failure},
};

/// What an upgrade works with.
pub(crate) struct Ground<'a, R: Record> {
    pub(crate) trial: &'a Trial<'a, R>,
    pub(crate) choice: &'a KappaChoice,
    pub(crate) timeline: &'a Timeline,
    pub(crate) arrivals: &'a Arrivals<'a>,
    pub(crate) shape: &'a Shape,
    /// Records that stable never sees.
    pub(crate) lost: Option<std::ops::Range<u64>>,
}

impl<R: Record> Ground<'_, R> {
    pub(super) fn source(&self, log: &Log, from: u64, role: Role) -> Result<Source<R>, Error> {
        Ok(Source {
            reader: log.reader(from),
            decoder: self.trial.frozen.row_decoder()?,
            keys: self.trial.loaded.keys.clone(),
            edges: self.trial.edges.clone(),
            shape: self.shape.clone(),
            lost: if role == Role::Stable { self.lost.clone() } else { None },
        })
    }

    /// The candidate's speed cap, in records a millisecond.
    pub(super) fn cap_per_ms(&self) -> f64 {
        match self.choice.catch_up {
            SpeedCap::PerSecond(rate) => rate / 1e3,
            SpeedCap::Times(times) => times * self.timeline.mean_rate(),
        }
    }

    pub(super) fn revision(&self) -> String {
        revision(self.trial.file, self.choice)
    }

    pub(super) fn failure(&self, role: Role, failed: Failed) -> Error {
        let name = self.trial.plan.name(role);
        match failed {
            Failed::Job(failure) => {
                job_failure(failure, name, self.trial.arranged.offsets.as_deref(), self.trial.frozen)
            }
            failed => Error::Invalid(format!("job {}: {failed}", datasets::shown(name))),
        }
    }

    pub(super) fn shown_key(&self, key: &[u8]) -> Result<Vec<String>, Error> {
        self.shape.shown_key(key, &self.trial.loaded.keys).map_err(Error::Invalid)
    }

    pub(super) fn shown(&self, key: &[u8], value: &[u8]) -> Result<BTreeMap<String, String>, Error> {
        let scale = self.trial.frozen.manifest.scale;
        self.shape.shown((key, value), &self.trial.loaded.keys, scale).map_err(Error::Invalid)
    }
}
