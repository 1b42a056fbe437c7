//! A table as it was written, made one of a catalogue's problem: numbers become numbers, texts those of the dataset.

use std::collections::BTreeMap;

use datasets::{Cells, FieldKind, Keys, Table, TableColumn, Written, short_name};

/// Makes of a table one with the columns and kinds of `like`, sorted by key, its texts those of `keys`.
///
/// `scale` numbers of the dataset's make one of those that are written. The error names the row and the field.
pub(crate) fn typed(table: &Table, like: &Table, keys: &Keys, scale: u64) -> Result<Table, String> {
    let mut typed = typed_rows(table, like, keys, scale)?;
    let rows = typed.rows();
    typed.settle(keys);
    match rows - typed.rows() {
        0 => Ok(typed),
        repeated => {
            let shown = twice(&typed_rows(table, like, keys, scale)?, keys).unwrap_or_default();
            Err(format!(
                "{repeated} of its {rows} rows have the key of another{shown}; each key must come once"
            ))
        }
    }
}

/// Names the first two rows of one key.
fn twice(table: &Table, keys: &Keys) -> Option<String> {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    (0..table.rows()).find_map(|row| {
        let texts = (0..table.key_columns).map(|column| short_name(&table.text(column, row, keys)));
        let key = texts.collect::<Vec<_>>().join(",");
        if let Some(first) = seen.get(&key) {
            return Some(format!(", such as rows {} and {} '{key}'", first + 1, row + 1));
        }
        seen.insert(key, row);
        None
    })
}

/// Makes of a table one with the columns and kinds of `like`, its rows as they come.
pub(crate) fn typed_rows(table: &Table, like: &Table, keys: &Keys, scale: u64) -> Result<Table, String> {
    let columns = like.columns.iter().map(|wanted| {
        let found = table.columns.iter().find(|column| column.name == wanted.name);
        let Some(Cells::Written(fields)) = found.map(|column| &column.cells) else {
            let names: Vec<&str> = table.columns.iter().map(|column| &*column.name).collect();
            return Err(format!(
                "it has no column '{}'; its columns: {}",
                wanted.name,
                short_name(&names.join(", "))
            ));
        };
        let scale = if wanted.holds_values() { scale } else { 1 };
        let cells = cells(fields, &wanted.cells, keys, scale).map_err(|(row, why)| {
            let text = short_name(fields.field(row).text);
            format!("row {}: {} is '{text}', {why}", row + 1, wanted.name)
        })?;
        Ok(TableColumn::new(wanted.name.clone(), cells))
    });
    Ok(Table::new(like.key_columns, columns.collect::<Result<_, String>>()?))
}

/// The cells of a column, of the kind of `like`; the error is the row and what is wrong.
fn cells(fields: &Written, like: &Cells, keys: &Keys, scale: u64) -> Result<Cells, (usize, &'static str)> {
    let rows = 0..fields.rows();
    let wide =
        |row| number(fields, row, scale).ok_or((row, "which is no whole number of the dataset's unit"));
    let narrow = |row| {
        wide(row).and_then(|number| i64::try_from(number).map_err(|_| (row, "which doesn't fit in 64 bits")))
    };
    let is_missing = |row: usize| {
        let field = fields.field(row);
        !field.kind.has_text() || field.text.is_empty()
    };
    Ok(match like {
        Cells::Int(_) => Cells::Int(rows.map(narrow).collect::<Result<_, _>>()?),
        Cells::Wide(_) => Cells::Wide(rows.map(wide).collect::<Result<_, _>>()?),
        Cells::Maybe(_) => Cells::Maybe(
            rows.map(|row| if is_missing(row) { Ok(None) } else { narrow(row).map(Some) })
                .collect::<Result<_, _>>()?,
        ),
        Cells::Text(_) => {
            let text = |row: usize| {
                let text = fields.field(row).text.as_bytes();
                keys.number(text).ok_or((row, "a text that the dataset doesn't hold"))
            };
            Cells::Text(rows.map(text).collect::<Result<_, _>>()?)
        }
        Cells::Written(_) => Cells::Written(fields.clone()),
    })
}

/// A whole number, or one with decimals that `scale` makes whole.
fn number(fields: &Written, row: usize, scale: u64) -> Option<i128> {
    let field = fields.field(row);
    if !matches!(field.kind, FieldKind::Untyped | FieldKind::Number) {
        return None;
    }
    let (size, is_negative) = match field.text.strip_prefix('-') {
        Some(size) => (size, true),
        None => (field.text, false),
    };
    let (whole, decimals) = size.split_once('.').unwrap_or((size, ""));
    let decimals = decimals.trim_end_matches('0');
    let places = scale.checked_ilog10()? as usize;
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(decimals) || decimals.len() > places {
        return None;
    }
    let number: i128 = format!("{whole}{decimals:0<places$}").parse().ok()?;
    Some(if is_negative { -number } else { number })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use datasets::{TableFormat, read_table_text};

    use super::*;

    fn like() -> Table {
        let columns = [
            ("key", Cells::Text(vec![])),
            ("count", Cells::Int(vec![])),
            ("sum", Cells::Wide(vec![])),
            ("max", Cells::Maybe(vec![])),
        ];
        Table::new(1, columns.into_iter().map(|(name, cells)| TableColumn::new(name, cells)).collect())
    }

    fn read(text: &str, scale: u64) -> Result<Table, String> {
        let mut keys = Keys::default();
        keys.intern(b"b");
        keys.intern(b"a");
        let table =
            read_table_text(Path::new("t"), text.as_bytes(), TableFormat::Csv, &|| true).expect("a table");
        typed(&table.table, &like(), &keys, scale)
    }

    #[test]
    fn fields_become_what_the_column_holds() {
        let table = read("count,key,max,sum\n2,b,,-1.5\n1,a,0.25,12\n", 100).expect("typed");
        let cells: Vec<Cells> = table.columns.into_iter().map(|column| column.cells).collect();
        assert_eq!(
            cells,
            [
                Cells::Text(vec![1, 0]),
                Cells::Int(vec![1, 2]),
                Cells::Wide(vec![1200, -150]),
                Cells::Maybe(vec![Some(25), None]),
            ]
        );
    }

    #[test]
    fn what_does_not_fit_is_named_with_its_row() {
        for (text, what) in [
            ("key,count,sum\na,1,2\n", "no column 'max'; its columns: key, count, sum"),
            ("key,count,sum,max\na,1,2.5,\n", "row 1: sum is '2.5', which is no whole number"),
            (
                "key,count,sum,max\na,9223372036854775808,2,\n",
                "row 1: count is '9223372036854775808', which doesn't fit",
            ),
            (
                "key,count,sum,max\na,1,2,\nc,1,2,\n",
                "row 2: key is 'c', a text that the dataset doesn't hold",
            ),
            (
                "key,count,sum,max\na,1,2,\na,1,2,\n",
                "1 of its 2 rows have the key of another, such as rows 1 and 2 'a'",
            ),
            ("key,count,sum,max\na,,2,\n", "row 1: count is ''"),
        ] {
            let error = read(text, 1).expect_err(text);
            assert!(error.contains(what), "{text}: {error}");
        }
    }
}
