//! Holds what is served against the truth while records come in.

use compare::Wrongness;
use datasets::Record;

use super::{runner::Advanced, store::Row, timeline::Timeline};
use crate::{error::Error, trial::Trial, truth::Truth};

/// Points at which the error is sampled.
const POINTS: u64 = 200;

/// Looks on while an answer is served.
pub(crate) struct Watching<'a, R> {
    /// Nothing where the answer doesn't grow row by row: a packing's is held against bounds, not against rows.
    truth: Option<Truth<'a, R>>,
    records: &'a [R],
    timeline: &'a Timeline,
    arrived: u64,
    watermark_ms: Option<i64>,
}

impl<'a, R: Record> Watching<'a, R> {
    pub(crate) fn new(trial: &'a Trial<'a, R>, timeline: &'a Timeline) -> Result<Self, Error> {
        let truth = Truth::of(trial.problem, &trial.plan.params, &trial.loaded.keys);
        let truth = truth.map_err(|error| Error::input(error.message))?;
        Ok(Self { truth, records: &trial.arranged.records, timeline, arrived: 0, watermark_ms: None })
    }

    /// So many records are in the log now.
    pub(crate) fn arrived(&mut self, records: u64) -> Result<(), Error> {
        let Some(truth) = &mut self.truth else { return Ok(()) };
        for at in self.arrived..records {
            truth
                .arrive(&self.records[at as usize], self.timeline.at(at + 1))
                .map_err(|error| Error::input(error.message))?;
        }
        self.arrived = records.max(self.arrived);
        Ok(())
    }

    /// Describes what is served has changed.
    pub(crate) fn served(&mut self, advanced: &Advanced) {
        self.watermark_ms = advanced.complete_to_ms.or(self.watermark_ms);
        let Some(truth) = &mut self.truth else { return };
        if advanced.changes.replaces {
            truth.replace([]);
        }
        for row in &advanced.changes.rows {
            match &row.value {
                Some(value) => truth.put(&row.key, value),
                None => truth.delete(&row.key),
            }
        }
    }

    /// These rows are served from now on, and no others.
    pub(crate) fn replaced(&mut self, rows: &[Row], complete_to_ms: Option<i64>) {
        self.watermark_ms = complete_to_ms;
        if let Some(truth) = &mut self.truth {
            truth.replace(rows.iter().map(|(key, value)| (key.as_slice(), value.as_slice())));
        }
    }

    /// All that is served at this moment has been told: now and then, that is a point.
    pub(crate) fn told(&mut self) {
        let (Some(truth), all) = (&mut self.truth, self.timeline.records()) else { return };
        let point = |records: u64| u128::from(records) * u128::from(POINTS) / u128::from(all.max(1));
        let before = truth.sampled().unwrap_or(0);
        if point(self.arrived) > point(before) {
            truth.sample(self.watermark_ms);
        }
    }

    /// Returns how wrong what was served was.
    pub(crate) fn end(self) -> Option<Wrongness> {
        let mut truth = self.truth?;
        truth.sample(self.watermark_ms);
        Some(truth.end())
    }
}
