//! Describes how an answer follows from the rows that were emitted on the way to it.

use datasets::{Cells, Keys, Table, TableColumn};

/// The column of firings and side outputs that says which record was at hand.
pub(crate) const RECORD: &str = "record";

/// Which of the emitted rows are the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Settling {
    /// Of rows with one key the last.
    #[default]
    LastOfEach,
    /// Holds the same; a row that counts no records takes back what stood under its key.
    Withdrawing,
    /// Those that were emitted at once, last: each emission is the whole table.
    LastEmission,
}

impl Settling {
    /// The answer, with the columns of `like`, that follows from `emitted`.
    pub fn answer(self, emitted: &Table, like: &Table, keys: &Keys) -> Table {
        let settled = |emitted: &Table| {
            let columns: Vec<&TableColumn> =
                like.columns.iter().filter_map(|wanted| column(emitted, &wanted.name)).collect();
            Table::settled(like.key_columns, &columns, keys)
        };
        match self {
            Self::LastOfEach => settled(emitted),
            Self::Withdrawing => without_withdrawn(settled(emitted)),
            Self::LastEmission => {
                let when = [RECORD, "batch"].map(|name| column(emitted, name).and_then(ints));
                let [Some(records), Some(batches)] = when else { return settled(emitted) };
                let rows = last_emission(records, batches) as u32..emitted.rows() as u32;
                settled(&emitted.picked(&rows.collect::<Vec<u32>>()))
            }
        }
    }
}

fn column<'a>(table: &'a Table, name: &str) -> Option<&'a TableColumn> {
    table.columns.iter().find(|column| column.name == name)
}

fn ints(column: &TableColumn) -> Option<&[i64]> {
    match &column.cells {
        Cells::Int(cells) => Some(cells),
        Cells::Wide(_) | Cells::Maybe(_) | Cells::Text(_) | Cells::Written(_) => None,
    }
}

/// The first of the rows at the end that were emitted at one record and batch.
pub(crate) fn last_emission(records: &[i64], batches: &[i64]) -> usize {
    let mut whens = records.iter().zip(batches).rev();
    let Some(last) = whens.next() else { return 0 };
    records.len() - 1 - whens.take_while(|when| *when == last).count()
}

/// Those that count any records.
fn without_withdrawn(settled: Table) -> Table {
    let counts = column(&settled, "count").and_then(ints);
    let Some(counts) = counts.filter(|counts| counts.contains(&0)) else { return settled };
    let stands = |row: &u32| counts[*row as usize] > 0;
    let rows: Vec<u32> = (0..settled.rows() as u32).filter(stands).collect();
    settled.picked(&rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(rows: &[(i64, i64, i64, i64)]) -> Table {
        let column = |name, cell: fn(&(i64, i64, i64, i64)) -> i64| {
            TableColumn::new(name, Cells::Int(rows.iter().map(cell).collect()))
        };
        let columns = vec![
            column("record", |row| row.0),
            column("batch", |row| row.1),
            column("window_start_ms", |row| row.2),
            column("count", |row| row.3),
        ];
        Table::new(1, columns)
    }

    /// Start and count of each row of the answer.
    fn answer(settling: Settling, rows: &[(i64, i64, i64, i64)]) -> Vec<(i64, i64)> {
        let emitted = table(rows);
        let like = Table::new(1, emitted.columns[2..].to_vec());
        let answer = settling.answer(&emitted, &like, &Keys::default());
        let [starts, counts] = [0, 1].map(|column: usize| ints(&answer.columns[column]).unwrap().to_vec());
        starts.into_iter().zip(counts).collect()
    }

    #[test]
    fn each_way_to_settle() {
        let rows = [(0, 0, 5, 1), (1, 1, 5, 0), (1, 1, 3, 2), (1, 1, 9, 1), (2, 1, 3, 4), (2, 1, 7, 1)];
        assert_eq!(answer(Settling::LastOfEach, &rows), [(3, 4), (5, 0), (7, 1), (9, 1)]);
        assert_eq!(answer(Settling::Withdrawing, &rows), [(3, 4), (7, 1), (9, 1)]);
        assert_eq!(answer(Settling::LastEmission, &rows), [(3, 4), (7, 1)]);
        for settling in [Settling::LastOfEach, Settling::Withdrawing, Settling::LastEmission] {
            assert_eq!(answer(settling, &[]), []);
            assert_eq!(answer(settling, &rows[..1]), [(5, 1)]);
        }
    }
}
