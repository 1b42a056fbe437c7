//! The layers' rows in the serving store. What is served is one deployment: the batch view's rows and the speed layer's
//! side by side, which a reader merges. A new view is another deployment, so that readers see the old version or the new one.

use datasets::{Keys, Table};
use serde::Serialize;
use store::serving::{Deployment, Stamp};

use super::merged::{Merged, Rule};
use crate::{
    error::Error,
    events::Listen,
    serving::{
        rows::{Changed, Changes},
        runner::Advanced,
        store::{Row, Store},
        trouble,
        view::Publisher,
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
    /// Shows both layers' rows, merged.
    view: Option<Publisher>,
}

/// The record of what is served: it changes with it in one step.
#[derive(Serialize)]
struct Control {
    boundary: u64,
    speed_from: u64,
}

impl Stored {
    pub(super) fn new(mut store: Store, view: Option<Publisher>) -> Result<Self, Error> {
        let served = store.deploy("view-0").map_err(trouble)?;
        let control = control(0);
        store.transition(None, &control, Some(served))?;
        let mut stored = Self { store, served, control, view };
        stored.show(|view, stamp| view.bring_to(stamp, &[]))?;
        Ok(stored)
    }

    /// Has the view show what the speed layer has changed of the merged rows.
    pub(super) fn show_changes(&mut self, rows: &[Changed]) -> Result<(), Error> {
        let fates = |rows: &[Changed]| rows.iter().map(|row| (row.key.clone(), row.value.clone())).collect();
        self.show(|view, stamp| view.changed(stamp, fates(rows)))
    }

    /// Has the view show other merged rows.
    pub(super) fn show_instead(&mut self, [old, new]: [&Merged; 2]) -> Result<(), Error> {
        self.show(|view, stamp| view.switched(stamp, (&old.rows(), &new.rows())))
    }

    /// Checks at the end that the view shows the merged rows, and lets go of it.
    pub(super) fn close_view(&mut self, rows: &[Row], listener: &dyn Listen) -> Result<(), Error> {
        let Some(view) = self.view.take() else { return Ok(()) };
        view.finish(&self.store.stamp(self.served).map_err(trouble)?, rows, listener)
    }

    fn show(&mut self, show: impl FnOnce(&mut Publisher, &Stamp) -> Result<(), Error>) -> Result<(), Error> {
        let Some(view) = &mut self.view else { return Ok(()) };
        show(view, &self.store.stamp(self.served).map_err(trouble)?)
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
                let (key, value) = written(view, row, keys);
                Changed { key: layered(BATCH, &key), value: Some(value), record: None }
            })
            .collect();
        rows.extend(said.iter().map(|row| Changed { key: layered(SPEED, &row.key), ..row.clone() }));
        self.write(next, progress, rows)?;
        let control = control(boundary);
        self.store.transition(Some(&self.control), &control, Some(next))?;
        self.store.retire(self.served).map_err(trouble)?;
        (self.served, self.control) = (next, control);
        Ok(())
    }

    /// Returns what a reader makes of what is served: the rows of both layers, merged.
    pub(super) fn answer(&self, rule: Rule<'_>) -> Result<Vec<Row>, Error> {
        let mut layers = [Vec::new(), Vec::new()];
        for (key, value) in self.store.all(self.served).map_err(trouble)? {
            match key.split_first() {
                Some((&layer @ (BATCH | SPEED), key)) => {
                    layers[usize::from(layer)].push((key.to_vec(), value));
                }
                _ => return Err(Error::Invalid("a served row is of no layer".to_owned())),
            }
        }
        let table = |rows: &[Row]| rule.shape.table(rows, rule.keys).map_err(Error::Invalid);
        let merged = (rule.merge.rows)(&table(&layers[0])?, &table(&layers[1])?, rule.keys);
        let mut rows: Vec<Row> = (0..merged.rows()).map(|row| written(&merged, row, rule.keys)).collect();
        rows.sort_unstable();
        Ok(rows)
    }

    fn write(
        &mut self,
        deployment: Deployment,
        (position, complete_to_ms): (u64, Option<i64>),
        rows: Vec<Changed>,
    ) -> Result<(), Error> {
        let changes = Changes { replaces: false, rows };
        let advanced = Advanced { position, changes, complete_to_ms, busy_ns: 0 };
        self.store.write(deployment, &advanced).map(|_| ())
    }
}

/// A row of a table as it is served.
pub(super) fn written(table: &Table, row: usize, keys: &Keys) -> Row {
    let (mut key, mut value) = (Vec::new(), Vec::new());
    table.write_key(row, keys, &mut key);
    table.write_value(row, keys, &mut value);
    (key, value)
}

fn layered(layer: u8, key: &[u8]) -> Vec<u8> {
    [&[layer], key].concat()
}

fn control(boundary: u64) -> Vec<u8> {
    let control = Control { boundary, speed_from: boundary };
    serde_json::to_vec(&control).expect("numbers are JSON")
}
