//! Rows of fields as they were written, as they are served: answers to a problem of the user's own.

use compare::Rule;
use datasets::{Cells, Table, Written, short_name};

use super::store::Row;
use crate::own::Comparing;

/// Begins a field that isn't there, or holds nothing.
const MISSING: u8 = 0;
/// Begins a field that has a text.
const PRESENT: u8 = 1;

/// The columns of such rows. Of a field only its text counts, so that a number is the same in CSV and in JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct WrittenShape {
    key: Vec<String>,
    others: Vec<String>,
}

impl WrittenShape {
    /// Returns the columns of the reference's answer, under the names that they have here, without those that are ignored.
    pub(super) fn of(answer: &Table, comparing: &Comparing) -> Self {
        let Comparing { key, rules, rename } = comparing;
        let here = |name: &str| rename.get(name).map_or(name, String::as_str).to_owned();
        let named = answer.columns.iter().map(|column| here(&column.name));
        let others = named.filter(|name| !key.contains(name) && rules.of(name) != Rule::Ignore);
        Self { key: key.clone(), others: others.collect() }
    }

    pub(super) fn column_names(&self) -> [Vec<String>; 2] {
        [self.key.clone(), self.others.clone()]
    }

    /// Returns keys and values of rows. The error says which column they lack.
    pub(super) fn bytes_of(&self, rows: &Table) -> Result<Vec<Row>, String> {
        let column = |name: &String| -> Result<&Written, String> {
            let found = rows.columns.iter().find(|column| column.name == *name).map(|column| &column.cells);
            match found {
                Some(Cells::Written(fields)) => Ok(fields),
                _ => Err(format!(
                    "it answers with another shape: its rows lack the column '{}' of the answer",
                    short_name(name)
                )),
            }
        };
        let columns = |names: &[String]| names.iter().map(column).collect::<Result<Vec<_>, _>>();
        let (key, others) = (columns(&self.key)?, columns(&self.others)?);
        Ok((0..rows.rows()).map(|row| (bytes(&key, row), bytes(&others, row))).collect())
    }

    /// Reads fields back from a key or a value.
    pub(super) fn fields(mut bytes: &[u8]) -> Result<Vec<String>, String> {
        let cut = || "the bytes of a row end within a field".to_owned();
        let mut fields = Vec::new();
        while let [mark, rest @ ..] = bytes {
            if *mark == MISSING {
                fields.push(String::new());
                bytes = rest;
                continue;
            }
            let (length, rest) = rest.split_first_chunk::<4>().ok_or_else(cut)?;
            let (text, rest) = rest.split_at_checked(u32::from_le_bytes(*length) as usize).ok_or_else(cut)?;
            fields.push(String::from_utf8_lossy(text).into_owned());
            bytes = rest;
        }
        Ok(fields)
    }
}

fn bytes(columns: &[&Written], row: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    for field in columns.iter().map(|fields| fields.field(row)) {
        if !field.kind.has_text() || field.text.is_empty() {
            bytes.push(MISSING);
            continue;
        }
        bytes.push(PRESENT);
        bytes.extend_from_slice(&(field.text.len() as u32).to_le_bytes());
        bytes.extend_from_slice(field.text.as_bytes());
    }
    bytes
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, path::Path};

    use compare::Rules;
    use datasets::{TableFormat, read_table_text};

    use super::*;

    fn table(text: &str) -> Table {
        let format = if text.starts_with('{') { TableFormat::JsonLines } else { TableFormat::Csv };
        read_table_text(Path::new("t"), text.as_bytes(), format, &|| true).expect("a table").table
    }

    #[test]
    fn fields_are_read_back_as_they_were_written() {
        let comparing = Comparing {
            key: vec!["k".to_owned(), "h".to_owned()],
            rules: Rules::all(Rule::Number).with("seen", Rule::Ignore),
            rename: BTreeMap::from([("count".to_owned(), "n".to_owned())]),
        };
        let shape = WrittenShape::of(&table("count,k,h,seen,m\n1,a,2,9,x\n"), &comparing);
        assert_eq!(
            shape.column_names(),
            [vec!["k", "h"], vec!["n", "m"]]
                .map(|names| names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>())
        );
        let csv = shape.bytes_of(&table("h,n,k,m\n2,1,a,\n3,,\"b,\n\",\u{1}x\n")).expect("rows");
        let json = shape.bytes_of(&table("{\"h\":2,\"n\":1,\"k\":\"a\",\"m\":null}\n")).expect("rows");
        assert_eq!(csv[0], json[0]);
        let read = |(key, value): &Row| [key, value].map(|bytes| WrittenShape::fields(bytes).expect("whole"));
        assert_eq!(read(&csv[0]), [vec!["a", "2"], vec!["1", ""]]);
        assert_eq!(read(&csv[1]), [vec!["b,\n", "3"], vec!["", "\u{1}x"]]);
        assert!(WrittenShape::fields(&csv[0].0[..3]).is_err());
        let error = shape.bytes_of(&table("h,n,k\n2,1,a\n")).expect_err("no m");
        assert!(error.contains("lack the column 'm'"), "{error}");
    }
}
