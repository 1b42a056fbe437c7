//! Delivered rows as lines of CSV, and back.

use datasets::{Cells, FieldKind, Keys, Table};

use super::{Output, RecoveryError};

/// The rows of `table` as lines.
pub(super) fn lines(table: &Table, keys: &Keys) -> Vec<u8> {
    let mut out = Vec::new();
    (0..table.rows()).for_each(|row| table.write_row(row, keys, &mut out));
    out
}

/// All rows that were delivered, whoever did it; `like` has their columns.
pub(super) fn read_back(output: &mut Output, keys: &Keys, like: &Table) -> Result<Table, RecoveryError> {
    let mut rows = like.clone();
    rows.clear();
    read(&output.read()?, keys, &mut rows).map_err(RecoveryError::DamagedOutput)?;
    Ok(rows)
}

/// Appends the rows of `more` to `all`, if their columns are the same. Whether they are.
pub(super) fn append(all: &mut Table, more: &Table) -> bool {
    if more.columns.is_empty() {
        return true;
    }
    if all.columns.is_empty() {
        *all = more.clone();
        return true;
    }
    all.columns.len() == more.columns.len()
        && all
            .columns
            .iter_mut()
            .zip(&more.columns)
            .all(|(column, more)| column.name == more.name && append_cells(&mut column.cells, &more.cells))
}

fn append_cells(all: &mut Cells, more: &Cells) -> bool {
    match (all, more) {
        (Cells::Int(all), Cells::Int(more)) => all.extend_from_slice(more),
        (Cells::Wide(all), Cells::Wide(more)) => all.extend_from_slice(more),
        (Cells::Maybe(all), Cells::Maybe(more)) => all.extend_from_slice(more),
        (Cells::Text(all), Cells::Text(more)) => all.extend_from_slice(more),
        (Cells::Int(_) | Cells::Wide(_) | Cells::Maybe(_) | Cells::Text(_) | Cells::Written(_), _) => {
            return false;
        }
    }
    true
}

/// Appends the rows that `bytes` hold to `table`, which says what the columns are.
pub(super) fn read(bytes: &[u8], keys: &Keys, table: &mut Table) -> Result<(), String> {
    let numbers: std::collections::HashMap<&[u8], u32> =
        (0..keys.len() as u32).map(|number| (keys.get(number), number)).collect();
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(bytes);
    for row in reader.byte_records() {
        let row = row.map_err(|why| why.to_string())?;
        if row.len() != table.columns.len() {
            return Err(format!("a row has {} fields, not {}", row.len(), table.columns.len()));
        }
        for (column, field) in table.columns.iter_mut().zip(&row) {
            push(&mut column.cells, field, &numbers)
                .ok_or_else(|| format!("'{}' stands in column {}", field.escape_ascii(), column.name))?;
        }
    }
    Ok(())
}

fn push(cells: &mut Cells, field: &[u8], keys: &std::collections::HashMap<&[u8], u32>) -> Option<()> {
    let text = || std::str::from_utf8(field).ok();
    match cells {
        Cells::Int(cells) => cells.push(text()?.parse().ok()?),
        Cells::Wide(cells) => cells.push(text()?.parse().ok()?),
        Cells::Maybe(cells) if field.is_empty() => cells.push(None),
        Cells::Maybe(cells) => cells.push(Some(text()?.parse().ok()?)),
        Cells::Text(cells) => cells.push(*keys.get(field)?),
        Cells::Written(fields) => fields.push(fields.rows(), FieldKind::Untyped, text()?).ok()?,
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use datasets::TableColumn;

    #[test]
    fn rows_are_read_as_they_were_written() {
        let mut keys = Keys::default();
        for text in [&b"plain"[..], b"", b"a,\"b\"\r\n"] {
            keys.intern(text);
        }
        let empty = || {
            Table::new(
                1,
                vec![
                    TableColumn::new("n", Cells::Int(vec![])),
                    TableColumn::new("key", Cells::Text(vec![])),
                    TableColumn::new("sum", Cells::Wide(vec![])),
                    TableColumn::new("maybe", Cells::Maybe(vec![])),
                ],
            )
        };
        let mut table = empty();
        table.columns[0].cells = Cells::Int(vec![i64::MIN, 0, 1]);
        table.columns[1].cells = Cells::Text(vec![2, 1, 0]);
        table.columns[2].cells = Cells::Wide(vec![i128::MAX, 0, -1]);
        table.columns[3].cells = Cells::Maybe(vec![None, Some(-4), Some(4)]);
        let mut again = empty();
        read(&lines(&table, &keys), &keys, &mut again).expect("it was just written");
        assert_eq!(again, table);
        let mut twice = Table::default();
        assert!((0..2).all(|_| append(&mut twice, &table)));
        read(&lines(&table, &keys), &keys, &mut again).expect("it was just written");
        assert_eq!(again, twice);
        again.columns.pop();
        assert!(!append(&mut again, &table));
        for (bytes, why) in [
            (&b"1,plain,2\n"[..], "a row has 3 fields, not 4"),
            (b"x,plain,2,\n", "'x' stands in column n"),
            (b"1,other,2,\n", "'other' stands in column key"),
        ] {
            assert_eq!(read(bytes, &keys, &mut empty()), Err(why.to_owned()));
        }
    }
}
