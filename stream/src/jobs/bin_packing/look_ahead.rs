//! Look-ahead: a micro-batch is sorted before it is packed, so large items find their bins before small ones do.

use datasets::{Item, Keys, Table};

use crate::{Batching, Concluded, Job, JobError, State, Update, Version};

use super::{BestFit, FirstFit};

/// Packs each micro-batch from its largest item to its smallest, items of one size in arrival order, by a rule that
/// keeps the bins of earlier batches open. The decisions come at the end of the batch, in arrival order.
///
/// With one record a batch it is the rule itself, with all records in one it is the rule's *decreasing* variant. What
/// is proved of the rule for every order of arrival holds for any batches, since the optimum knows no order.
#[derive(Debug, Clone)]
pub struct LookAhead<J> {
    rule: J,
    batch: Vec<Item>,
}

/// First fit with look-ahead.
pub type SortedFirstFit = LookAhead<FirstFit>;
/// Best fit with look-ahead.
pub type SortedBestFit = LookAhead<BestFit>;

impl<J: Job<Item>> LookAhead<J> {
    /// With no item in the batch. `rule`: how an item of the sorted batch is packed.
    pub fn new(rule: J) -> Self {
        Self { rule, batch: Vec::new() }
    }
}

impl<J: Job<Item> + Send> Version<Item> for LookAhead<J> {
    /// The decisions come at the end of the batch.
    fn push_chunk(&mut self, records: &[Item], _: &mut Vec<u32>) {
        self.batch.extend_from_slice(records);
    }

    fn batching(&self) -> Batching {
        Batching::Micro
    }

    fn end_batch(&mut self, decisions: &mut Vec<u32>) {
        let mut order: Vec<u32> = (0..self.batch.len() as u32).collect();
        order.sort_by_key(|&place| std::cmp::Reverse(self.batch[place as usize].size));
        let first = decisions.len();
        decisions.resize(first + self.batch.len(), 0);
        for place in order {
            decisions[first + place as usize] = self.rule.push(&self.batch[place as usize]);
        }
        self.batch.clear();
    }

    fn tick(&mut self) {}

    /// The decisions on a batch that was never ended would be lost.
    fn finish(&mut self, _: &Keys) -> Result<Option<Concluded>, JobError> {
        match self.batch.len() {
            0 => Ok(None),
            records => Err(JobError {
                record: 0,
                message: format!("the last micro-batch was never ended, so {records} records are not packed"),
                hint: None,
            }),
        }
    }

    fn state(&mut self) -> Option<&mut dyn State> {
        None
    }

    fn take_output(&mut self) -> Option<Table> {
        None
    }

    fn serve(&mut self) -> Result<Option<Update>, JobError> {
        Ok(None)
    }
}
