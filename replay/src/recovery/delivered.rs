//! The rows that an incarnation has delivered, so that they need not be read back.

use datasets::Table;

use super::{Output, rows};

/// What stands in an output, if nobody else has written there: the rows themselves, and a hash that tells.
#[derive(Default)]
pub(super) struct Delivered {
    rows: Table,
    hasher: blake3::Hasher,
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
        self.hasher.update(lines);
        if !rows::append(&mut self.rows, rows) {
            *self = Self { is_partial: true, ..Self::default() };
        }
    }

    /// The rows, if they are what the output holds.
    pub(super) fn all_of(self, output: &mut Output) -> std::io::Result<Option<Table>> {
        // Without any rows nothing tells what columns they have.
        let is_known = !self.is_partial && !self.rows.columns.is_empty();
        let is_all = is_known && output.hash()? == self.hasher.finalize();
        Ok(is_all.then_some(self.rows))
    }
}

#[cfg(test)]
mod tests {
    use datasets::{Cells, Keys, TableColumn};

    use super::*;

    fn table(cells: &[i64]) -> Table {
        Table::new(1, vec![TableColumn { name: "n", cells: Cells::Int(cells.to_vec()) }])
    }

    fn deliver(rows: &Table, delivered: &mut Delivered, output: &mut Output) {
        let lines = rows::lines(rows, &Keys::default());
        output.write_at(output.end(), &lines).unwrap();
        delivered.extend(rows, &lines);
    }

    #[test]
    fn what_was_delivered_alone_is_known() {
        let mut output = Output::in_memory();
        let mut delivered = Delivered::after(&output);
        deliver(&table(&[1, 2]), &mut delivered, &mut output);
        deliver(&table(&[]), &mut delivered, &mut output);
        deliver(&table(&[-3]), &mut delivered, &mut output);
        assert_eq!(delivered.all_of(&mut output).unwrap(), Some(table(&[1, 2, -3])));
    }

    #[test]
    fn what_others_have_done_to_the_output_is_seen() {
        let harms: [fn(&mut Output); 3] = [
            |output| output.write_at(output.end(), b"4\n").unwrap(),
            |output| output.write_at(0, b"9\n").unwrap(),
            |output| assert!(output.cut(2).unwrap()),
        ];
        for harm in harms {
            let mut output = Output::in_memory();
            let mut delivered = Delivered::after(&output);
            deliver(&table(&[1, 2]), &mut delivered, &mut output);
            harm(&mut output);
            assert_eq!(delivered.all_of(&mut output).unwrap(), None);
        }
        let mut output = Output::in_memory();
        output.write_at(0, b"0\n").unwrap();
        let mut delivered = Delivered::after(&output);
        deliver(&table(&[1]), &mut delivered, &mut output);
        assert_eq!(delivered.all_of(&mut output).unwrap(), None);
    }
}
