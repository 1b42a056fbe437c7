//! Runs the architectures that an experiment names, on the trial's records, after the plain comparison.

use compare::architecture::{Architectures, LogResult};
use datasets::{Answer, Record, Table};

use crate::{
    error::Error,
    kappa::Ground,
    problem::Computed,
    serving::{logged::Arrivals, rows::Shape, timeline::Timeline},
    trial::Trial,
};

impl<R: Record> Trial<'_, R> {
    /// Runs the architectures that were asked for; `reference` tells the shape of the answer.
    pub(crate) fn architectures(&self, reference: &Computed) -> Result<Option<Box<Architectures>>, Error> {
        let Some(choice) = &self.plan.architecture else { return Ok(None) };
        let timeline = Timeline::of(self);
        let arrivals = Arrivals::of(self, &timeline)?;
        let shape = match &reference.answer {
            Answer::Decisions(_) => Shape::Decisions,
            Answer::Table(table) => {
                // As the jobs see it: in the dataset's unit.
                let columns = table.picked(&[]).columns;
                Shape::Table(Table::new(table.key_columns, columns))
            }
        };
        let mut found = Architectures {
            clock: timeline.clock().to_owned(),
            length_ms: timeline.length_ms(),
            log: LogResult { records: 0, bytes: 0 },
            kappa: None,
            lambda: None,
            advice: Vec::new(),
        };
        if choice.architecture.has_kappa() {
            let ground = Ground {
                trial: self,
                choice: &choice.kappa,
                timeline: &timeline,
                arrivals: &arrivals,
                shape: &shape,
                lost: choice.lost.clone(),
            };
            let (kappa, log) = ground.run(choice)?;
            (found.kappa, found.log) = (Some(kappa), log);
        }
        Ok(Some(Box::new(found)))
    }
}
