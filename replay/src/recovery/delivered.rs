//! The rows that an incarnation has delivered, so that they need not be read back.

use datasets::Table;

use super::{Output, rows};

/// Describes what stands in an output, if nobody else has written there: the rows themselves, and how many bytes they
/// take.
#[derive(Default)]
pub(super) struct Delivered {
    rows: Table,
    bytes: u64,
    /// It stands behind something that is only known to the output.
    is_partial: bool,
}

impl Delivered {
    /// By an incarnation that begins on this output.
    pub(super) fn after(output: &Output) -> Self {
        Self { is_partial: output.end() > 0, ..Self::default() }
    }

    /// Notes the rows that were delivered next, and as what.
    pub(super) fn extend(&mut self, rows: &Table, lines: &[u8]) {
        if self.is_partial {
            return;
        }
        self.bytes += lines.len() as u64;
        if !rows::append(&mut self.rows, rows) {
            *self = Self { is_partial: true, ..Self::default() };
        }
    }

    /// The rows, if they are all that the output holds.
    pub(super) fn all_of(self, output: &Output) -> Option<Table> {
        // Without any rows nothing tells what columns they have.
        // What stands elsewhere is read there.
        let is_known = !output.is_elsewhere() && !self.is_partial && !self.rows.columns.is_empty();
        (is_known && output.end() == self.bytes).then_some(self.rows)
    }
}

#[cfg(test)]
mod tests {
    use datasets::{Cells, Keys, TableColumn};

    use super::*;

    fn table(cells: &[i64]) -> Table {
        Table::new(1, vec![TableColumn::new("n", Cells::Int(cells.to_vec()))])
    }

    fn deliver(rows: &Table, delivered: &mut Delivered, output: &mut Output) {
        let lines = rows::lines(rows, &Keys::default());
        output.deliver(0, output.end(), &lines).unwrap();
        delivered.extend(rows, &lines);
    }

    #[test]
    fn what_was_delivered_alone_is_known() {
        let mut output = Output::in_memory();
        let mut delivered = Delivered::after(&output);
        deliver(&table(&[1, 2]), &mut delivered, &mut output);
        deliver(&table(&[]), &mut delivered, &mut output);
        deliver(&table(&[-3]), &mut delivered, &mut output);
        assert_eq!(delivered.all_of(&output), Some(table(&[1, 2, -3])));
    }

    #[test]
    fn rows_of_others_in_the_output_are_seen() {
        let mut output = Output::in_memory();
        let mut delivered = Delivered::after(&output);
        deliver(&table(&[1, 2]), &mut delivered, &mut output);
        output.deliver(0, output.end(), b"4\n").unwrap();
        assert_eq!(delivered.all_of(&output), None);
        let mut delivered = Delivered::after(&output);
        deliver(&table(&[1]), &mut delivered, &mut output);
        assert_eq!(delivered.all_of(&output), None);
    }
}
