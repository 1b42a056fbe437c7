//! Describes what the serving layer answers: a batch view and the speed layer's rows, merged.

use std::collections::{BTreeMap, BTreeSet};

use batch::Merge;
use datasets::{Keys, Table};

use super::stored::written;
use crate::{
    error::Error,
    serving::{
        rows::{Changed, Changes, Shape},
        store::Row,
    },
};

type Rows = BTreeMap<Vec<u8>, Vec<u8>>;

/// Rows of one layer by the part of their keys that says which rows may merge.
type Groups = BTreeMap<Vec<u8>, Rows>;

/// How rows are told apart and merged.
#[derive(Clone, Copy)]
pub(super) struct Rule<'a> {
    pub(super) merge: Merge,
    pub(super) shape: &'a Shape,
    pub(super) keys: &'a Keys,
}

/// A batch view, a speed layer's rows, and what they merge to.
#[derive(Debug, Clone, Default)]
pub(super) struct Merged {
    batch: Groups,
    speed: Groups,
    answer: Groups,
}

impl Merged {
    /// Begins with a view, and the rows of a speed layer that covers what came since.
    pub(super) fn new(rule: Rule<'_>, view: &Table, speed: Vec<Changed>) -> Result<Self, Error> {
        let mut merged = Self::default();
        let mut groups = BTreeSet::new();
        for row in 0..view.rows() {
            let (key, value) = written(view, row, rule.keys);
            let group = rule.group(&key)?;
            merged.batch.entry(group.clone()).or_default().insert(key, value);
            groups.insert(group);
        }
        merged.take(rule, speed, &mut groups)?;
        merged.merge(rule, groups)?;
        Ok(merged)
    }

    /// Takes what the speed layer has to say, and returns what that changes of the merged answer.
    pub(super) fn apply(&mut self, rule: Rule<'_>, changes: Changes) -> Result<Vec<Changed>, Error> {
        let mut groups = BTreeSet::new();
        if changes.replaces {
            groups.extend(std::mem::take(&mut self.speed).into_keys());
        }
        self.take(rule, changes.rows, &mut groups)?;
        self.merge(rule, groups)
    }

    fn take(
        &mut self,
        rule: Rule<'_>,
        rows: Vec<Changed>,
        groups: &mut BTreeSet<Vec<u8>>,
    ) -> Result<(), Error> {
        for Changed { key, value, .. } in rows {
            let group = rule.group(&key)?;
            let rows = self.speed.entry(group.clone()).or_default();
            match value {
                Some(value) => rows.insert(key, value),
                None => rows.remove(&key),
            };
            groups.insert(group);
        }
        Ok(())
    }

    /// Merges the rows of these groups anew, and returns what is otherwise than it was.
    fn merge(&mut self, rule: Rule<'_>, groups: BTreeSet<Vec<u8>>) -> Result<Vec<Changed>, Error> {
        let read = |layer: &Groups| {
            let rows = groups.iter().filter_map(|group| layer.get(group)).flatten();
            let rows: Vec<Row> = rows.map(|(key, value)| (key.clone(), value.clone())).collect();
            rule.shape.table(&rows, rule.keys).map_err(Error::Invalid)
        };
        let merged = (rule.merge.rows)(&read(&self.batch)?, &read(&self.speed)?, rule.keys);
        let mut now: Groups = groups.into_iter().map(|group| (group, Rows::new())).collect();
        for row in 0..merged.rows() {
            let (key, value) = written(&merged, row, rule.keys);
            now.entry(rule.group(&key)?).or_default().insert(key, value);
        }
        let mut changed = Vec::new();
        for (group, now) in now {
            let before = self.answer.entry(group).or_default();
            let gone = before.keys().filter(|key| !now.contains_key(*key));
            changed.extend(gone.map(|key| Changed { key: key.clone(), value: None, record: None }));
            let new = now.iter().filter(|(key, value)| before.get(*key) != Some(*value));
            changed.extend(new.map(|(key, value)| Changed {
                key: key.clone(),
                value: Some(value.clone()),
                record: None,
            }));
            *before = now;
        }
        Ok(changed)
    }

    /// Returns all that is served, by key.
    pub(super) fn rows(&self) -> Vec<Row> {
        let mut rows: Vec<Row> =
            self.answer.values().flatten().map(|(key, value)| (key.clone(), value.clone())).collect();
        rows.sort_unstable();
        rows
    }

    /// Returns how many rows are otherwise in `other`.
    pub(super) fn differing(&self, other: &Self) -> u64 {
        let (one, other) = (self.rows(), other.rows());
        let mut differing = 0;
        crate::serving::rows::paired(&one, &other, |_, before, after| {
            differing += u64::from(before != after);
        });
        differing
    }
}

impl Rule<'_> {
    /// Returns the part of a key that rows share which may merge.
    fn group(&self, key: &[u8]) -> Result<Vec<u8>, Error> {
        let Shape::Table(like) = self.shape else { return Ok(key.to_vec()) };
        if self.merge.group >= like.key_columns {
            return Ok(key.to_vec());
        }
        let names = Table::new(like.key_columns, like.columns[..like.key_columns].to_vec());
        let names = Table::from_row_bytes(&names, [(key, &b""[..])], self.keys)
            .map_err(|error| Error::Invalid(error.to_string()))?;
        let mut group = Vec::new();
        for column in &names.columns[like.key_columns - self.merge.group..] {
            column.cells.cell(0).write(self.keys, &mut group);
        }
        Ok(group)
    }
}
