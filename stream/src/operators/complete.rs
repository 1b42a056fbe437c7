//! The output mode *complete*: the whole table of totals, once, at the end of input.

use std::collections::HashMap;

use datasets::{Cells, Keys, Table, TableColumn};
use foldhash::fast::RandomState;

use super::{
    Aggregated, Array, Function, Outcome,
    aggregate::GroupKey,
    codec,
    dirty::{Changes, Dirty},
};
use crate::{Context, Sink};

/// Keeps each group's last row. It answers at the end alone, so it has no output before; what has changed is served.
#[derive(Debug, Clone)]
pub struct Complete<G, const N: usize> {
    rows: HashMap<G, [Outcome; N], RandomState>,
    dirty: Dirty<G>,
    /// The groups that have changed since they were last served.
    unserved: Dirty<G>,
    key_columns: fn(&[G]) -> Vec<TableColumn>,
    value_columns: [(&'static str, Function); N],
}

impl<G, const N: usize> Complete<G, N> {
    /// `key_columns`: a group's name as columns; `value_columns`: the aggregate's functions, and what to call them.
    pub fn new(
        key_columns: fn(&[G]) -> Vec<TableColumn>,
        value_columns: [(&'static str, Function); N],
    ) -> Self {
        Self {
            rows: HashMap::default(),
            dirty: Dirty::default(),
            unserved: Dirty::default(),
            key_columns,
            value_columns,
        }
    }
}

impl<G: GroupKey, const N: usize> Complete<G, N> {
    /// Every row, in the order of groups.
    fn sorted(rows: &HashMap<G, [Outcome; N], RandomState>) -> Vec<(G, Array<&[Outcome; N]>)> {
        let mut rows: Vec<_> = rows.iter().map(|(&group, row)| (group, Array(row))).collect();
        rows.sort_unstable_by_key(|&(group, _)| group);
        rows
    }

    fn all(rows: &HashMap<G, [Outcome; N], RandomState>) -> Vec<(G, [Outcome; N])> {
        Self::sorted(rows).into_iter().map(|(group, Array(row))| (group, *row)).collect()
    }

    /// The answer's columns with these groups.
    fn table(&self, groups: &[G], values: &[[Outcome; N]]) -> Table {
        let mut columns = (self.key_columns)(groups);
        let key_columns = columns.len();
        for (i, (name, function)) in self.value_columns.into_iter().enumerate() {
            columns.push(TableColumn::new(name, cells(function, values.iter().map(|row| row[i]))));
        }
        Table::new(key_columns, columns)
    }

    fn put_saved(
        &mut self,
        rows: impl Iterator<Item = (G, Option<Array<[Outcome; N]>>)>,
    ) -> Result<(), String> {
        // Nobody has been served any of these.
        self.unserved = Dirty::default();
        for (group, values) in rows {
            // No row is ever removed.
            let Some(Array(values)) = values else { continue };
            if !self.fits(&values) {
                return Err("the saved rows of an aggregate are those of another".to_owned());
            }
            self.rows.insert(group, values);
        }
        Ok(())
    }

    /// Returns whether these can be what the functions have told.
    fn fits(&self, values: &[Outcome; N]) -> bool {
        let mut both = values.iter().zip(&self.value_columns);
        both.all(|(value, &(_, function))| match function {
            Function::Sum => matches!(value, Outcome::Wide(_)),
            Function::Mean => matches!(value, Outcome::Mean { .. }),
            Function::Count
            | Function::Min
            | Function::Max
            | Function::First
            | Function::Last
            | Function::Distinct
            | Function::ApproximateDistinct => matches!(value, Outcome::Int(_)),
        })
    }
}

impl<G: GroupKey, const N: usize> Sink<Aggregated<G, N>> for Complete<G, N> {
    #[inline]
    fn take(&mut self, row: Aggregated<G, N>, _: &Context) {
        self.dirty.note(row.group, self.rows.len());
        self.unserved.note(row.group, self.rows.len());
        self.rows.insert(row.group, row.values);
    }

    fn finish(&mut self, keys: &Keys) -> (Table, Option<Table>) {
        let (groups, values): (Vec<G>, Vec<[Outcome; N]>) = self.rows.iter().unzip();
        let mut table = self.table(&groups, &values);
        table.settle(keys);
        (table, None)
    }

    fn serve(&mut self) -> Table {
        let Self { rows, unserved, .. } = self;
        let changes = unserved.changes(|group| rows.get(&group).copied(), || Self::all(rows));
        // No row is ever removed, so what was before is still there or written anew.
        let (_, changed) = changes.into_parts();
        let (groups, values): (Vec<G>, Vec<[Outcome; N]>) =
            changed.filter_map(|(group, row)| Some((group, row?))).unzip();
        self.table(&groups, &values)
    }

    fn emitted(&self) -> u64 {
        self.rows.len() as u64
    }

    fn save(&self, out: &mut Vec<u8>) {
        codec::save(&Self::sorted(&self.rows), out);
    }

    fn restore(&mut self, bytes: &mut &[u8]) -> Result<(), String> {
        let rows: Vec<(G, _)> = codec::restore("the rows of an aggregate", bytes)?;
        self.rows.clear();
        self.rows.reserve(rows.len());
        self.put_saved(rows.into_iter().map(|(group, values)| (group, Some(values))))
    }

    fn mark_saved(&mut self) {
        self.dirty.clear();
    }

    fn changes(&mut self, out: &mut Vec<u8>) {
        let Self { rows, dirty, .. } = self;
        let get = |group| rows.get(&group).map(Array);
        codec::save(&dirty.changes(get, || Self::sorted(rows)), out);
    }

    fn apply(&mut self, bytes: &mut &[u8]) -> Result<(), String> {
        let changes: Changes<G, _> = codec::restore("the rows of an aggregate", bytes)?;
        let (_, rows) = changes.into_parts();
        self.put_saved(rows)?;
        self.dirty.clear();
        Ok(())
    }
}

/// Returns what a function has told of each group, as cells.
fn cells(function: Function, outcomes: impl Iterator<Item = Outcome>) -> Cells {
    match function {
        Function::Sum | Function::Mean => Cells::Wide(outcomes.map(Outcome::whole).collect()),
        Function::Count
        | Function::Min
        | Function::Max
        | Function::First
        | Function::Last
        | Function::Distinct
        | Function::ApproximateDistinct => {
            let cell = |outcome: Outcome| {
                i64::try_from(outcome.whole()).expect("these functions tell a number of 64 bits")
            };
            Cells::Int(outcomes.map(cell).collect())
        }
    }
}
