//! A stream joined with a table that stands still.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use super::{JoinKind, Joined, Keyed};
use crate::{Context, Operator};

/// Joins each record with the rows of its key in a table that is given when the job is made; a row each, in the table's
/// order. The table is the job's, not its state: it is neither saved nor counted.
#[derive(Debug, Clone)]
pub struct StaticJoin<V> {
    kind: JoinKind,
    rows: HashMap<u32, Vec<V>, RandomState>,
}

impl<V> StaticJoin<V> {
    /// With a table of keys and what stands with them.
    pub fn new(kind: JoinKind, table: impl IntoIterator<Item = (u32, V)>) -> Self {
        let mut rows: HashMap<u32, Vec<V>, RandomState> = HashMap::default();
        for (key, row) in table {
            rows.entry(key).or_default().push(row);
        }
        Self { kind, rows }
    }
}

impl<I: Keyed + Clone, V: Clone> Operator<I> for StaticJoin<V> {
    type Out = Joined<I, V>;

    #[inline]
    fn push(&mut self, input: I, context: &mut Context, emit: &mut impl FnMut(Self::Out, &mut Context)) {
        match (self.rows.get(&input.key()), self.kind) {
            (Some(rows), _) => {
                for row in rows {
                    emit(Joined { left: input.clone(), right: Some(row.clone()) }, context);
                }
            }
            (None, JoinKind::LeftOuter) => emit(Joined { left: input, right: None }, context),
            (None, JoinKind::Inner) => {}
        }
    }

    fn advance(&mut self, _: &mut Context, _: &mut impl FnMut(Self::Out, &mut Context)) {}

    fn save(&self, _: &mut Vec<u8>) {}

    fn restore(&mut self, _: &mut &[u8]) -> Result<(), String> {
        Ok(())
    }

    fn mark_saved(&mut self) {}

    fn changes(&mut self, _: &mut Vec<u8>) {}

    fn apply(&mut self, _: &mut &[u8]) -> Result<(), String> {
        Ok(())
    }
}
