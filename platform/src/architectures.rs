//! Runs the architectures that an experiment names, on the trial's records, after the plain comparison.

use std::ops::Range;

use compare::{
    ArchitectureTimings,
    architecture::{Architectures, LogResult},
};
use datasets::Record;

use crate::{
    erased::Visit,
    error::Error,
    experiment::Merges,
    kappa::Ground,
    lambda::Layers,
    problem::Computed,
    serving::{logged::Arrivals, timeline::Timeline, worker::patience},
    trial::Trial,
};

/// Describes what came of the architectures.
pub(crate) struct Run {
    pub(crate) results: Box<Architectures>,
    pub(crate) timings: ArchitectureTimings,
    /// Describes what subscribers saw at a switch, as CSV.
    pub(crate) changelog: Option<String>,
}

impl<R: Record> Trial<'_, R> {
    /// A bug that strikes nothing would look like one that was repaired.
    fn check_lost(&self, lost: Option<&Range<u64>>) -> Result<(), Error> {
        let records = self.arranged.records.len() as u64;
        match lost {
            Some(lost) if lost.start >= records => Err(Error::usage(format!(
                "[serving] bug = \"lose {}..{}\": there is nothing to lose, the log holds {records} records",
                lost.start, lost.end
            ))
            .with_hint("name records from 0 on, in the order of arrival")),
            _ => Ok(()),
        }
    }

    /// Runs the architectures that were asked for; `reference` tells the shape of the answer.
    pub(crate) fn architectures(&self, reference: &Computed) -> Result<Option<Run>, Error> {
        let Some(choice) = &self.plan.architecture else { return Ok(None) };
        self.check_lost(choice.lost.as_ref())?;
        let timeline = Timeline::of(self);
        let arrivals = Arrivals::of(self, &timeline)?;
        let shape = self.shape(&reference.answer);
        let mut found = Architectures {
            clock: timeline.clock().to_owned(),
            length_ms: timeline.length_ms(),
            log: LogResult { records: 0, bytes: 0 },
            kappa: None,
            lambda: None,
            advice: Vec::new(),
        };
        let (mut timings, mut changelog) = (ArchitectureTimings::default(), None);
        if choice.architecture.has_kappa() {
            let ground = Ground {
                trial: self,
                choice: &choice.kappa,
                timeline: &timeline,
                arrivals: &arrivals,
                shape: &shape,
                lost: choice.lost.clone(),
                patience: patience(self.plan),
            };
            let upgraded = ground.run(choice)?;
            (found.kappa, found.log) = (Some(upgraded.result), upgraded.log);
            timings.kappa = Some(upgraded.timings);
            changelog = upgraded.changelog;
        }
        if choice.architecture.has_lambda() {
            let layers = Layers {
                trial: self,
                timeline: &timeline,
                arrivals: &arrivals,
                shape: &shape,
                merge: Merges { params: &self.plan.params }.visit(self.problem)?,
                speed: choice.lambda.speed,
                lost: choice.lost.clone(),
            };
            let (lambda, log, took) = layers.run(choice)?;
            (found.lambda, found.log) = (Some(lambda), log);
            timings.lambda = Some(took);
        }
        Ok(Some(Run { results: Box::new(found), timings, changelog }))
    }
}
