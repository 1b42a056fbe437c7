//! Describes what an upgrade works with, and what follows from it alone.

use std::collections::BTreeMap;

use compare::Role;
use datasets::Record;
use store::log::Kept;

use super::revision::revision;
use crate::{
    architecture_sections::{KappaChoice, SpeedCap},
    error::Error,
    serving::{
        dress::Dress,
        log_trouble,
        logged::Arrivals,
        rows::{Shape, paired},
        runner::{Failed, Lines, Source},
        store::Row,
        timeline::Timeline,
    },
    trial::{Trial, job_failure},
};

/// Describes what an upgrade works with.
pub(crate) struct Ground<'a, R: Record> {
    pub(crate) trial: &'a Trial<'a, R>,
    pub(crate) choice: &'a KappaChoice,
    pub(crate) timeline: &'a Timeline,
    pub(crate) arrivals: &'a Arrivals<'a>,
    pub(crate) shape: &'a Shape,
    /// Records that stable never sees.
    pub(crate) lost: Option<std::ops::Range<u64>>,
    /// A candidate that says nothing for so long hangs.
    pub(crate) patience: std::time::Duration,
}

impl<R: Record> Ground<'_, R> {
    pub(super) fn source(&self, log: &dyn Kept, from: u64, role: Role) -> Result<Source<R>, Error> {
        Ok(Source {
            reader: log.read_from(from),
            decoder: self.trial.frozen.row_decoder()?,
            keys: self.trial.loaded.keys.clone(),
            edges: self.trial.edges.clone(),
            shape: self.shape.clone(),
            lost: if role == Role::Stable { self.lost.clone() } else { None },
            left_out: self.trial.left_out(role),
            lines: Lines::of(self.trial),
        })
    }

    /// Returns how a view shows what is served.
    pub(super) fn dress(&self) -> Dress {
        Dress { shape: self.shape.clone(), keys: self.trial.loaded.keys.clone() }
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
            Failed::Log(error) => log_trouble(error),
            Failed::Ends { .. } => {
                Error::input(failed.to_string()).with_hint("what is served was built from more: begin anew")
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

    /// Describes what subscribers see when `new` is served in place of `old`: a line of CSV for each row that isn't as it was.
    pub(super) fn changelog(&self, old: &[Row], new: &[Row]) -> Result<String, Error> {
        let mut changed = Vec::new();
        paired(old, new, |key, before, after| {
            if before != after {
                changed.push((key, before, after));
            }
        });
        let mut out = csv::Writer::from_writer(Vec::new());
        let [names, others] = self.shape.column_names();
        let sides = others.iter().flat_map(|name| [format!("old_{name}"), format!("new_{name}")]);
        let header = names.iter().cloned().chain(["change".to_owned()]).chain(sides);
        let trouble = |error: csv::Error| Error::Invalid(format!("the changelog can't be written: {error}"));
        out.write_record(header).map_err(trouble)?;
        for (key, before, after) in changed {
            let change = match (before, after) {
                (None, _) => "added",
                (_, None) => "removed",
                _ => "changed",
            };
            let cells = |value: Option<&[u8]>| value.map(|value| self.shown(key, value)).transpose();
            let (before, after) = (cells(before)?.unwrap_or_default(), cells(after)?.unwrap_or_default());
            let of =
                |cells: &BTreeMap<String, String>, name: &str| cells.get(name).cloned().unwrap_or_default();
            let sides = others.iter().flat_map(|name| [of(&before, name), of(&after, name)]);
            let line = self.shown_key(key)?.into_iter().chain([change.to_owned()]).chain(sides);
            out.write_record(line).map_err(trouble)?;
        }
        let bytes = out.into_inner().map_err(|error| Error::Invalid(error.to_string()))?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }
}
