//! The output mode *complete*: the whole table of totals, once, at the end of input.

use std::collections::HashMap;

use datasets::{Cells, Keys, Table, TableColumn};
use foldhash::fast::RandomState;

use super::{Aggregated, Function, Outcome, aggregate::GroupKey};
use crate::{Context, Sink};

/// Keeps each group's last row. Its state is that of the [`Aggregate`](super::Aggregate) before it, which gives every row
/// again when it is restored.
#[derive(Debug, Clone)]
pub struct Complete<G, const N: usize> {
    rows: HashMap<G, [Outcome; N], RandomState>,
    key_columns: fn(&[G]) -> Vec<TableColumn>,
    value_columns: [(&'static str, Function); N],
}

impl<G, const N: usize> Complete<G, N> {
    /// `key_columns`: a group's name as columns; `value_columns`: the aggregate's functions, and what to call them.
    pub fn new(
        key_columns: fn(&[G]) -> Vec<TableColumn>,
        value_columns: [(&'static str, Function); N],
    ) -> Self {
        Self { rows: HashMap::default(), key_columns, value_columns }
    }
}

impl<G: GroupKey, const N: usize> Sink<Aggregated<G, N>> for Complete<G, N> {
    #[inline]
    fn take(&mut self, row: Aggregated<G, N>, _: &Context) {
        self.rows.insert(row.group, row.values);
    }

    fn finish(&mut self, keys: &Keys) -> (Table, Option<Table>) {
        let (groups, values): (Vec<G>, Vec<[Outcome; N]>) = self.rows.iter().unzip();
        let mut columns = (self.key_columns)(&groups);
        let key_columns = columns.len();
        for (i, (name, function)) in self.value_columns.into_iter().enumerate() {
            columns.push(TableColumn { name, cells: cells(function, values.iter().map(|row| row[i])) });
        }
        let mut table = Table::new(key_columns, columns);
        table.settle(keys);
        (table, None)
    }

    fn emitted(&self) -> u64 {
        self.rows.len() as u64
    }

    /// Nothing: the aggregate has it all.
    fn save(&self, _: &mut Vec<u8>) {}

    fn restore(&mut self, _: &mut &[u8]) -> Result<(), String> {
        Ok(())
    }
}

/// What a function has told of each group, as cells.
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
