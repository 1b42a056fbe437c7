//! Keyed tables: the answers of jobs that add up rather than decide, and whatever is held against them.

mod cells;
mod ranks;
mod written;

use std::borrow::Cow;

use self::ranks::Ranks;
use crate::{Keys, quoting::write_text};

pub use self::{
    cells::Cells,
    written::{Field, FieldKind, Written},
};

/// A table by columns. The first [`key_columns`](Table::key_columns) of them name a row.
///
/// ```
/// use datasets::{Cells, Keys, Table, TableColumn};
///
/// let mut keys = Keys::default();
/// let [north, east] = ["north", "east"].map(|text| keys.intern(text.as_bytes()));
/// let columns = vec![
///     TableColumn::new("district", Cells::Text(vec![north, east, north])),
///     TableColumn::new("parcels", Cells::Int(vec![3, 5, 4])),
/// ];
/// let mut table = Table::new(1, columns);
/// table.settle(&keys);
/// assert_eq!(table.columns[0].cells, Cells::Text(vec![east, north]), "sorted by the texts");
/// assert_eq!(table.columns[1].cells, Cells::Int(vec![5, 4]), "of rows with one key the last stays");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Table {
    /// The columns, all of one length.
    pub columns: Vec<TableColumn>,
    /// Says how many columns, from the first on, name a row.
    pub key_columns: usize,
    /// Says how many digits of [values](TableColumn::holds_values) stand after the point where they are written.
    decimals: u32,
}

/// Columns whose numbers are values of the dataset, or sums of them: in its unit. All others count, or are times.
const VALUE_COLUMNS: [&str; 7] = ["value", "sum", "min", "max", "attribute", "order_value", "payment_value"];

/// A column of a [`Table`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableColumn {
    /// Its name in the header.
    pub name: Cow<'static, str>,
    /// Its cells, row by row.
    pub cells: Cells,
}

impl TableColumn {
    /// Makes a column of a name and cells.
    pub fn new(name: impl Into<Cow<'static, str>>, cells: Cells) -> Self {
        Self { name: name.into(), cells }
    }

    /// Appends a cell as a field of CSV.
    #[inline]
    fn write(&self, row: usize, keys: &Keys, decimals: u32, out: &mut Vec<u8>) {
        if decimals > 0 && self.is_scaled() {
            return self.write_decimal(row, decimals, out);
        }
        let mut digits = itoa::Buffer::new();
        match &self.cells {
            Cells::Int(cells) => out.extend_from_slice(digits.format(cells[row]).as_bytes()),
            Cells::Wide(cells) => out.extend_from_slice(digits.format(cells[row]).as_bytes()),
            Cells::Maybe(cells) => {
                out.extend_from_slice(cells[row].map_or("", |cell| digits.format(cell)).as_bytes());
            }
            Cells::Text(cells) => write_text(keys.get(cells[row]), out),
            Cells::Written(fields) => write_text(fields.field(row).text.as_bytes(), out),
        }
    }

    /// Writes the same in the unit of the source, with all of its decimals, as SQL writes a `DECIMAL`.
    fn write_decimal(&self, row: usize, decimals: u32, out: &mut Vec<u8>) {
        let number = match &self.cells {
            Cells::Int(cells) => Some(i128::from(cells[row])),
            Cells::Wide(cells) => Some(cells[row]),
            Cells::Maybe(cells) => cells[row].map(i128::from),
            Cells::Text(_) | Cells::Written(_) => unreachable!("texts have no scale"),
        };
        out.extend(number.map(|number| in_unit(number, decimals)).unwrap_or_default().into_bytes());
    }

    /// Returns whether its cells are numbers that an importer may have scaled.
    fn is_scaled(&self) -> bool {
        self.holds_values() && !matches!(self.cells, Cells::Text(_) | Cells::Written(_))
    }

    /// Returns whether its numbers are values of the dataset, which an importer may have scaled. A name means the same
    /// in every table.
    pub fn holds_values(&self) -> bool {
        VALUE_COLUMNS.contains(&&*self.name)
    }
}

impl Table {
    /// An empty table; the first `key_columns` of `columns` name a row.
    pub fn new(key_columns: usize, columns: Vec<TableColumn>) -> Self {
        debug_assert!(key_columns <= columns.len());
        Self { columns, key_columns, decimals: 0 }
    }

    /// Has values written in the unit of the source: the dataset's are its times `scale`, a power of ten.
    pub fn restore_unit(&mut self, scale: u64) {
        self.decimals = scale.checked_ilog10().unwrap_or(0);
    }

    /// Returns how many of a column's numbers make one of those that are written.
    pub fn scale_of(&self, column: usize) -> u64 {
        if self.columns[column].is_scaled() { 10_u64.pow(self.decimals) } else { 1 }
    }

    /// Takes all rows out; the columns stay.
    pub fn clear(&mut self) {
        *self = self.picked(&[]);
    }

    /// Its columns and the unit of its values, without a row.
    #[must_use]
    pub fn without_rows(&self) -> Self {
        Self { decimals: self.decimals, ..self.picked(&[]) }
    }

    /// These of its rows, in this order.
    #[must_use]
    pub fn picked(&self, rows: &[u32]) -> Self {
        let pick = |column: &TableColumn| TableColumn::new(column.name.clone(), column.cells.pick(rows));
        Self::new(self.key_columns, self.columns.iter().map(pick).collect())
    }

    /// Returns how many rows it has.
    pub fn rows(&self) -> usize {
        self.columns.first().map_or(0, |column| column.cells.len())
    }

    /// Returns whether the tables have `rows` rows from row `at` of this one and `there` of the other on, and in all
    /// columns the same cells in them. Column by column that is much quicker than row by row.
    pub fn agrees(&self, at: usize, other: &Self, there: usize, rows: usize) -> bool {
        let has_rows = at + rows <= self.rows() && there + rows <= other.rows();
        let has_columns = self.columns.len() == other.columns.len();
        let mut columns = self.columns.iter().zip(&other.columns);
        has_rows
            && has_columns
            && columns.all(|(mine, theirs)| mine.cells.agree(at, &theirs.cells, there, rows))
    }

    /// Sorts the rows by their key columns, texts by their bytes; of rows with one key the last stays.
    pub fn settle(&mut self, keys: &Keys) {
        let columns: Vec<&TableColumn> = self.columns.iter().collect();
        *self = Self { decimals: self.decimals, ..Self::settled(self.key_columns, &columns, keys) };
    }

    /// The table of these columns, [settled](Table::settle).
    pub fn settled(key_columns: usize, columns: &[&TableColumn], keys: &Keys) -> Self {
        let of_texts = keys.ranks();
        let names: Vec<Ranks> =
            columns[..key_columns].iter().map(|column| column.cells.ranks(&of_texts)).collect();
        let rows: Vec<u32> = (0..columns.first().map_or(0, |column| column.cells.len()) as u32).collect();
        // Each pass keeps the order of the one before among equals.
        let sorted = names.iter().rev().fold(rows, |rows, ranks| ranks.sort(&rows));
        let is_same = |a: u32, b: u32| names.iter().all(|ranks| ranks.of(a) == ranks.of(b));
        let is_last = |i: usize| sorted.get(i + 1).is_none_or(|&next| !is_same(sorted[i], next));
        let last: Vec<u32> = (0..sorted.len()).filter(|&i| is_last(i)).map(|i| sorted[i]).collect();
        let pick = |column: &&TableColumn| TableColumn::new(column.name.clone(), column.cells.pick(&last));
        Self::new(key_columns, columns.iter().map(pick).collect())
    }

    /// A cell as text. It may come from a file: escape it wherever it is shown.
    pub fn text(&self, column: usize, row: usize, keys: &Keys) -> String {
        let column = &self.columns[column];
        match &column.cells {
            Cells::Text(cells) => String::from_utf8_lossy(keys.get(cells[row])).into_owned(),
            Cells::Written(fields) => fields.field(row).text.to_owned(),
            Cells::Int(_) | Cells::Wide(_) | Cells::Maybe(_) => {
                let mut text = Vec::new();
                column.write(row, keys, self.decimals, &mut text);
                String::from_utf8(text).expect("digits are ASCII")
            }
        }
    }

    /// Appends the header as a line of CSV.
    pub fn write_header(&self, out: &mut Vec<u8>) {
        for (i, column) in self.columns.iter().enumerate() {
            if i > 0 {
                out.push(b',');
            }
            // Somebody else's names may be anything.
            write_text(column.name.as_bytes(), out);
        }
        out.push(b'\n');
    }

    /// Appends row `row` as a line of CSV.
    pub fn write_row(&self, row: usize, keys: &Keys, out: &mut Vec<u8>) {
        for (i, column) in self.columns.iter().enumerate() {
            if i > 0 {
                out.push(b',');
            }
            column.write(row, keys, self.decimals, out);
        }
        out.push(b'\n');
    }
}

/// A number divided by 10^`decimals`, exactly.
pub(crate) fn in_unit(number: i128, decimals: u32) -> String {
    let (sign, size, power) =
        (if number < 0 { "-" } else { "" }, number.unsigned_abs(), 10_u128.pow(decimals));
    match decimals {
        0 => number.to_string(),
        _ => format!("{sign}{}.{:0width$}", size / power, size % power, width = decimals as usize),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn table(times: Vec<i64>, names: &[&str], sums: Vec<i128>, keys: &mut Keys) -> Table {
        let names = names.iter().map(|name| keys.intern(name.as_bytes())).collect();
        Table::new(
            2,
            vec![
                TableColumn::new("start_ms", Cells::Int(times)),
                TableColumn::new("key", Cells::Text(names)),
                TableColumn::new("sum", Cells::Wide(sums)),
            ],
        )
    }

    fn written(table: &Table, keys: &Keys) -> String {
        let mut out = Vec::new();
        table.write_header(&mut out);
        (0..table.rows()).for_each(|row| table.write_row(row, keys, &mut out));
        String::from_utf8(out).expect("text")
    }

    #[test]
    fn rows_are_sorted_and_the_last_of_a_key_stays() {
        let mut keys = Keys::default();
        let mut table = table(vec![5, -5, 5, 5], &["b", "b", "a", "b"], vec![1, 2, 3, 4], &mut keys);
        table.settle(&keys);
        assert_eq!(written(&table, &keys), "start_ms,key,sum\n-5,b,2\n5,a,3\n5,b,4\n");
    }

    #[test]
    fn settling_agrees_with_a_map_by_name() {
        let mut keys = Keys::default();
        let texts = ["b", "", "ab", "a"].map(|text| keys.intern(text.as_bytes()));
        let mut random = crate::SplitMix64::new(7);
        for rows in 0..60 {
            let mut draw = |bound: u64| random.uniform(0, bound).cast_signed();
            let cells: Vec<(i64, Option<i64>, i128, u32, i64)> = (0..rows)
                .map(|i| {
                    let int = [i64::MIN, -1, 0, i64::MAX][draw(3) as usize];
                    let maybe = Some(draw(2)).filter(|&n| n > 0);
                    (int, maybe, i128::from(draw(1)) - 1, texts[draw(3) as usize], i)
                })
                .collect();
            let last: BTreeMap<_, _> =
                cells.iter().map(|&(a, b, c, d, i)| ((a, b, c, keys.get(d)), (d, i))).collect();
            let columns = |rows: &[(i64, Option<i64>, i128, u32, i64)]| {
                let column = TableColumn::new;
                vec![
                    column("a", Cells::Int(rows.iter().map(|row| row.0).collect())),
                    column("b", Cells::Maybe(rows.iter().map(|row| row.1).collect())),
                    column("c", Cells::Wide(rows.iter().map(|row| row.2).collect())),
                    column("d", Cells::Text(rows.iter().map(|row| row.3).collect())),
                    column("i", Cells::Int(rows.iter().map(|row| row.4).collect())),
                ]
            };
            let mut settled = Table::new(4, columns(&cells));
            settled.settle(&keys);
            let expected: Vec<_> = last.iter().map(|(&(a, b, c, _), &(d, i))| (a, b, c, d, i)).collect();
            assert_eq!(settled, Table::new(4, columns(&expected)));
        }
    }

    #[test]
    fn values_are_written_in_the_unit_of_the_source() {
        let mut keys = Keys::default();
        let sums = vec![55_292, -5, i128::MIN, 0];
        let mut table = table(vec![100, 100, 100, 100], &["a", "b", "c", "d"], sums, &mut keys);
        table.restore_unit(100);
        let expected = "start_ms,key,sum\n100,a,552.92\n100,b,-0.05\n\
                        100,c,-1701411834604692317316873037158841057.28\n100,d,0.00\n";
        assert_eq!(written(&table, &keys), expected);
        assert_eq!((table.text(0, 0, &keys), table.text(2, 1, &keys)), ("100".into(), "-0.05".into()));
        table.restore_unit(1);
        assert!(written(&table, &keys).contains("100,a,55292\n"));
    }

    #[test]
    fn texts_are_quoted_where_they_must_be() {
        let mut keys = Keys::default();
        let table = table(vec![0, 1, 2], &["a,b", "say \"hi\"\n", ""], vec![i128::MAX, 0, -1], &mut keys);
        let expected =
            format!("start_ms,key,sum\n0,\"a,b\",{}\n1,\"say \"\"hi\"\"\n\",0\n2,,-1\n", i128::MAX);
        assert_eq!(written(&table, &keys), expected);
    }
}
