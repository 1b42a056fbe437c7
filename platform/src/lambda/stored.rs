//! The layers' rows in the serving store. What is served is one deployment: the batch view's rows and the speed layer's
//! side by side, which a reader merges. A new view is another deployment, so that readers see the old version or the new one.

use datasets::{Keys, Table};
use serde::Serialize;
use store::serving::Deployment;

use crate::{
    error::Error,
    serving::{
        rows::{Changed, Changes},
        runner::Advanced,
        store::Store,
        trouble,
    },
};

/// Stands before the keys of a layer's rows.
const BATCH: u8 = 0;
const SPEED: u8 = 1;

/// Describes what is served, in the store.
pub(super) struct Stored {
    store: Store,
    served: Deployment,
    control: Vec<u8>,
}

/// The record of what is served: it changes with it in one step.
#[derive(Serialize)]
struct Control {
    boundary: u64,
    speed_from: u64,
}

impl Stored {
    pub(super) fn new(mut store: Store) -> Result<Self, Error> {
        let served = store.deploy("view-0").map_err(trouble)?;
        let control = control(0);
        store.transition(None, &control, Some(served)).map_err(trouble)?;
        Ok(Self { store, served, control })
    }

    /// Writes what the speed layer has to say.
    pub(super) fn speed(
        &mut self,
        (position, complete_to_ms): (u64, Option<i64>),
        changes: &Changes,
    ) -> Result<(), Error> {
        let mut rows: Vec<Changed> = Vec::new();
        if changes.replaces {
            let all = self.store.all(self.served).map_err(trouble)?;
            let gone = all.into_iter().filter(|(key, _)| key.first() == Some(&SPEED));
            rows.extend(gone.map(|(key, _)| Changed { key, value: None, record: None }));
        }
        rows.extend(changes.rows.iter().map(|row| Changed { key: layered(SPEED, &row.key), ..row.clone() }));
        self.write(self.served, (position, complete_to_ms), rows)
    }

    /// Serves a view and the speed layer behind its boundary in place of what is served, in one step.
    pub(super) fn replace(
        &mut self,
        (view, keys): (&Table, &Keys),
        progress: (u64, Option<i64>),
        (boundary, said): (u64, &[Changed]),
    ) -> Result<(), Error> {
        let next = self.store.deploy(&format!("view-{boundary}")).map_err(trouble)?;
        let mut rows: Vec<Changed> = (0..view.rows())
            .map(|row| {
                let (mut key, mut value) = (vec![BATCH], Vec::new());
                view.write_key(row, keys, &mut key);
                view.write_value(row, keys, &mut value);
                Changed { key, value: Some(value), record: None }
            })
            .collect();
        rows.extend(said.iter().map(|row| Changed { key: layered(SPEED, &row.key), ..row.clone() }));
        self.write(next, progress, rows)?;
        let control = control(boundary);
        self.store.transition(Some(&self.control), &control, Some(next)).map_err(trouble)?;
        self.store.retire(self.served).map_err(trouble)?;
        (self.served, self.control) = (next, control);
        Ok(())
    }

    fn write(
        &mut self,
        deployment: Deployment,
        (position, complete_to_ms): (u64, Option<i64>),
        rows: Vec<Changed>,
    ) -> Result<(), Error> {
        let changes = Changes { replaces: false, rows };
        let advanced = Advanced { position, changes, complete_to_ms, busy_ns: 0 };
        self.store.write(deployment, &advanced).map(|_| ()).map_err(trouble)
    }
}

fn layered(layer: u8, key: &[u8]) -> Vec<u8> {
    [&[layer], key].concat()
}

fn control(boundary: u64) -> Vec<u8> {
    let control = Control { boundary, speed_from: boundary };
    serde_json::to_vec(&control).expect("numbers are JSON")
}
