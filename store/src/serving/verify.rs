//! Checking every row against its checksum, and all rows of a deployment against its head.

use super::head::{Head, Totals};
use super::record::{self, ROWS};
use super::shared::Shared;
use super::{Deployment, Serving, ServingError};
use std::collections::BTreeMap;

impl Serving {
    /// Reads and checks every row of every deployment; returns how many there are. Writes wait.
    pub fn verify(&self) -> Result<u64, ServingError> {
        let turn = self.shared.turn()?;
        let mut heads: BTreeMap<Deployment, Head> =
            turn.leaving.iter().map(|live| (live.deployment, live.head())).collect();
        heads.extend(self.shared.view().live.values().map(|live| (live.deployment, live.head())));
        self.shared.check_rows(&heads)
    }
}

impl Shared {
    /// Rows of a deployment that is being retired may be gone, but none may be damaged.
    pub(super) fn check_rows(&self, heads: &BTreeMap<Deployment, Head>) -> Result<u64, ServingError> {
        let mut found: BTreeMap<Deployment, Totals> = BTreeMap::new();
        self.each(&[ROWS], |key, bytes| {
            let known = record::parse_key(key).filter(|(deployment, _)| heads.contains_key(deployment));
            let (deployment, _) = known.ok_or_else(|| format!("{} has no head", record::describe(key)))?;
            found.entry(deployment).or_default().add(record::unseal(key, bytes)?.checksum);
            Ok(())
        })?;
        for (deployment, head) in heads.iter().filter(|(_, head)| !head.is_retired) {
            let found = found.get(deployment).copied().unwrap_or_default();
            if found != head.totals {
                return Err(self.damaged(head.differs(*deployment, found)));
            }
        }
        Ok(found.values().map(|totals| totals.rows).sum())
    }
}

impl Head {
    /// Says that a deployment's rows aren't those that its head counts.
    pub(super) fn differs(&self, deployment: Deployment, found: Totals) -> String {
        format!(
            "epoch {} of {deployment} should hold {} rows with sum {:016x}, and {} with sum {:016x} are there",
            self.epoch, self.totals.rows, self.totals.checksums, found.rows, found.checksums
        )
    }
}
