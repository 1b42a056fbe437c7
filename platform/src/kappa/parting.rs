//! Where two versions part: the first record at which they serve different answers though both have read as far.

use std::collections::{BTreeSet, HashMap};

use compare::{Pair, Role};
use store::serving::{Deployment, ServingError};

use crate::serving::{
    rows::{Changes, paired},
    store::Store,
};

/// Follows what both serve.
#[derive(Debug, Default)]
pub(super) struct Parting {
    /// For each key the record at which it was served last, where the job says so.
    records: Pair<HashMap<Vec<u8>, u64>>,
    /// The keys that either has served since they were compared last.
    unseen: BTreeSet<Vec<u8>>,
    /// All rows were compared once, when the candidate had caught up.
    has_looked: bool,
}

/// A row in which the two differ.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Difference {
    pub(super) record: u64,
    pub(super) key: Vec<u8>,
    pub(super) values: Pair<Option<Vec<u8>>>,
}

impl Parting {
    /// Learns what one of them serves.
    pub(super) fn note(&mut self, role: Role, changes: &Changes) {
        self.has_looked &= !changes.replaces;
        for row in &changes.rows {
            if let Some(record) = row.record {
                self.records[role].insert(row.key.clone(), record);
            }
            if self.has_looked {
                self.unseen.insert(row.key.clone());
            }
        }
    }

    /// Compares what hasn't been compared yet, now that both have read `head` records.
    pub(super) fn look(
        &mut self,
        store: &Store,
        between: Pair<Deployment>,
        head: u64,
    ) -> Result<Option<Difference>, ServingError> {
        let mut found: Option<Difference> = None;
        let mut consider = |key: &[u8], values: [Option<&[u8]>; 2]| {
            let record = self.record(key, head);
            if values[0] != values[1] && found.as_ref().is_none_or(|found| record < found.record) {
                let [stable, candidate] = values.map(|value| value.map(<[u8]>::to_vec));
                found = Some(Difference { record, key: key.to_vec(), values: Pair { stable, candidate } });
            }
        };
        if self.has_looked {
            for key in &self.unseen {
                let values = [store.get(between.stable, key)?, store.get(between.candidate, key)?];
                consider(key, [values[0].as_deref(), values[1].as_deref()]);
            }
        } else {
            let (stable, candidate) = (store.all(between.stable)?, store.all(between.candidate)?);
            paired(&stable, &candidate, |key, before, after| consider(key, [before, after]));
        }
        self.has_looked = true;
        self.unseen.clear();
        Ok(found)
    }

    /// The later of the two records at which the row came to be what it is.
    fn record(&self, key: &[u8], head: u64) -> u64 {
        let last = self.records.as_ref().map(|records| records.get(key).copied());
        last.stable.max(last.candidate).unwrap_or(head.saturating_sub(1))
    }
}
