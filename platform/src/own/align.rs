//! Three tables that come from anywhere, made ones of one shape: the same columns in the same order, sorted by key.

use std::{cmp::Ordering, collections::BTreeMap};

use compare::{Rule, Rules, is_number};
use datasets::{Cells, Field, FieldKind, Keys, Table, TableColumn, Written, short_name};

use crate::error::Error;

/// Says by what rows are named, and how columns are compared.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Comparing {
    /// The columns that name a row.
    pub(crate) key: Vec<String>,
    /// How columns are compared.
    pub(crate) rules: Rules,
    /// For columns that have another name in a version's answer: that one, and theirs here.
    pub(crate) rename: BTreeMap<String, String>,
}

/// A table, and whose it is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Side<'a> {
    /// `the reference`, `the candidate's answer`.
    pub(crate) whose: &'a str,
    /// The table.
    pub(crate) table: &'a Table,
    /// Values that were written are to be divided by this: they are in the dataset's unit.
    pub(crate) scale: u64,
    /// Says that the experiment itself says which rows there are, as a query does: two of one key are its fault.
    pub(crate) is_asked: bool,
}

/// Makes tables of one shape of them, whose cells are fields as they were written.
///
/// Where the fields of one have no types, those of none have: a number and a text are the same that are written alike,
/// and nothing written is the same as `null`.
pub(crate) fn align(sides: [Side<'_>; 3], keys: &Keys, how: &Comparing) -> Result<[Table; 3], Error> {
    let named = sides.map(|side| Named::of(side, how));
    let columns = columns(&named, how)?;
    let is_plain = sides.iter().any(|side| has_no_types(side.table));
    let [reference, stable, candidate] = named.map(|named| named.shaped(&columns, keys, is_plain, how));
    let tables = [reference?, stable?, candidate?];
    check_tolerances(&tables[0], how)?;
    Ok(tables)
}

/// A side with the names that its columns have here.
struct Named<'a> {
    side: Side<'a>,
    names: Vec<&'a str>,
}

impl<'a> Named<'a> {
    fn of(side: Side<'a>, how: &'a Comparing) -> Self {
        let name =
            |column: &'a TableColumn| how.rename.get(&*column.name).map_or(&*column.name, String::as_str);
        Self { side, names: side.table.columns.iter().map(name).collect() }
    }

    fn has(&self, name: &str) -> bool {
        self.names.contains(&name)
    }

    fn lacks(&self, name: &str, why: &str, cure: String) -> Error {
        let found: Vec<String> = self.names.iter().map(|name| short_name(name)).collect();
        let Side { whose, .. } = self.side;
        Error::input(format!(
            "{whose} has no column '{}', which {why}; its columns: {}",
            short_name(name),
            found.join(", ")
        ))
        .with_hint(cure)
    }

    /// The table with these columns, sorted by the key.
    fn shaped(&self, columns: &[&str], keys: &Keys, is_plain: bool, how: &Comparing) -> Result<Table, Error> {
        let column = |name: &&str| -> Result<TableColumn, Error> {
            let at = self.names.iter().position(|own| own == name);
            let at = at.ok_or_else(|| self.lacks(name, "it had a moment ago", String::new()))?;
            let written = self.written(at, keys, is_plain).map_err(Error::input)?;
            Ok(TableColumn::new((*name).to_owned(), Cells::Written(written)))
        };
        let columns = columns.iter().map(column).collect::<Result<Vec<_>, _>>()?;
        let table = Table::new(how.key.len(), columns);
        let rows = self.sorted(&table)?;
        Ok(table.picked(&rows))
    }

    fn written(&self, at: usize, keys: &Keys, is_plain: bool) -> Result<Written, String> {
        let Side { table, scale, .. } = self.side;
        let column = &table.columns[at];
        let scale = if column.holds_values() { scale } else { 1 };
        let mut written = Written::default();
        for row in 0..table.rows() {
            let Cells::Written(fields) = &column.cells else {
                written.push(row, FieldKind::Untyped, &table.text(at, row, keys))?;
                continue;
            };
            let field = fields.field(row);
            match field.kind {
                FieldKind::Missing | FieldKind::Null if is_plain => {
                    written.push(row, FieldKind::Untyped, "")?;
                }
                FieldKind::Missing => {}
                kind => {
                    let kind = if is_plain { FieldKind::Untyped } else { kind };
                    match unscaled(field.text, scale) {
                        Some(text) => written.push(row, kind, &text)?,
                        None => written.push(row, kind, field.text)?,
                    }
                }
            }
        }
        written.pad(table.rows());
        Ok(written)
    }

    /// The rows in the order of their keys, each another one.
    fn sorted(&self, table: &Table) -> Result<Vec<u32>, Error> {
        let key: Vec<&Written> = table.columns[..table.key_columns]
            .iter()
            .filter_map(|column| match &column.cells {
                Cells::Written(fields) => Some(fields),
                _ => None,
            })
            .collect();
        if let Some((column, row)) =
            key.iter().enumerate().find_map(|(at, fields)| Some((at, fields.first_gap()?)))
        {
            let name = short_name(&table.columns[column].name);
            return Err(Error::input(format!("{}: row {} has no field '{name}'", self.side.whose, row + 1))
                .with_hint("each row needs a value in every column of the key"));
        }
        let by_key = |a: &u32, b: &u32| -> Ordering {
            let orders = key.iter().map(|fields| fields.field(*a as usize).cmp(&fields.field(*b as usize)));
            orders.fold(Ordering::Equal, Ordering::then)
        };
        let mut rows: Vec<u32> = (0..table.rows() as u32).collect();
        rows.sort_by(by_key);
        match rows.windows(2).find(|pair| by_key(&pair[0], &pair[1]).is_eq()) {
            None => Ok(rows),
            Some(pair) => {
                let shown = key.iter().map(|fields| short_name(fields.field(pair[0] as usize).text));
                let shown = shown.collect::<Vec<_>>().join(",");
                let (first, second) = (pair[0] + 1, pair[1] + 1);
                let message =
                    format!("{}: rows {first} and {second} have the same key '{shown}'", self.side.whose);
                Err(if self.side.is_asked {
                    let hint =
                        "a key names one row: GROUP BY all of its columns, or name more columns in key";
                    Error::usage(message).with_hint(hint)
                } else {
                    Error::input(message).with_hint(
                        "name more columns in key, or say mode = \"upsert\" of a job whose last row of a key is meant",
                    )
                })
            }
        }
    }
}

/// A whole number of a dataset's unit in that of the source; nothing where it stays as it is.
fn unscaled(text: &str, scale: u64) -> Option<String> {
    let number: i128 = if scale > 1 { text.parse().ok()? } else { return None };
    let sign = if number < 0 { "-" } else { "" };
    let size = u64::try_from(number.unsigned_abs()).ok()?;
    Some(format!("{sign}{}", datasets::from_scale(size, scale)))
}

fn has_no_types(table: &Table) -> bool {
    table.columns.iter().any(|column| match &column.cells {
        Cells::Written(fields) => {
            fields.having().next().is_some_and(|row| fields.field(row).kind == FieldKind::Untyped)
        }
        Cells::Int(_) | Cells::Wide(_) | Cells::Maybe(_) | Cells::Text(_) => true,
    })
}

/// The columns that are compared, those of the key first.
fn columns<'a>(sides: &[Named<'a>; 3], how: &'a Comparing) -> Result<Vec<&'a str>, Error> {
    for name in &how.key {
        if let Some(side) = sides.iter().find(|side| !side.has(name)) {
            return Err(side.lacks(
                name,
                "names its rows",
                format!("give it, or write rename = {{ ITS-NAME = \"{name}\" }}"),
            ));
        }
    }
    // What is ignored need not be there.
    for (name, _) in how.rules.set().filter(|(_, rule)| *rule != Rule::Ignore) {
        if !sides.iter().any(|side| side.has(name)) {
            return Err(unknown_rule(name, sides));
        }
    }
    let mut columns: Vec<&str> = how.key.iter().map(String::as_str).collect();
    for name in sides.iter().flat_map(|side| side.names.iter().copied()) {
        if columns.contains(&name) {
            continue;
        }
        match (sides.iter().find(|side| !side.has(name)), how.rules.of(name)) {
            (None, _) => columns.push(name),
            (Some(_), Rule::Ignore) => {}
            (Some(side), _) => {
                let cure = format!(
                    "write columns = {{ {name} = \"ignore\" }}, or rename = {{ ITS-NAME = \"{name}\" }}"
                );
                return Err(side.lacks(name, "another answer has", cure));
            }
        }
    }
    Ok(columns)
}

fn unknown_rule(name: &str, sides: &[Named<'_>; 3]) -> Error {
    let known = || sides.iter().flat_map(|side| side.names.iter().copied());
    let hint = datasets::nearest(name, known()).map_or_else(
        || format!("the columns are {}", known().map(short_name).collect::<Vec<_>>().join(", ")),
        |near| format!("did you mean {near}?"),
    );
    Error::usage(format!("[problem] columns: no answer has a column '{}'", short_name(name))).with_hint(hint)
}

/// A tolerance says nothing of a text.
fn check_tolerances(reference: &Table, how: &Comparing) -> Result<(), Error> {
    for column in &reference.columns[reference.key_columns..] {
        let (Rule::Within(_), Cells::Written(fields)) = (how.rules.of(&column.name), &column.cells) else {
            continue;
        };
        let texts = fields.having().map(|row| (row, fields.field(row)));
        let mut texts = texts.filter(|(_, Field { kind, text })| kind.has_text() && !text.is_empty());
        if let Some((row, Field { text, .. })) = texts.find(|(_, field)| !is_number(field.text)) {
            return Err(Error::usage(format!(
                "[problem] columns: {} has a tolerance, and holds the text '{}' in row {} of the reference",
                short_name(&column.name),
                short_name(text),
                row + 1
            ))
            .with_hint(
                "a tolerance is for numbers; texts are \"exact\", \"ignore\" or { ignore_case = true }",
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use datasets::{TableFormat, read_table_text};

    use super::*;

    fn table(text: &str) -> Table {
        let format = if text.starts_with('{') { TableFormat::JsonLines } else { TableFormat::Csv };
        read_table_text(Path::new("t"), text.as_bytes(), format, &|| true).expect("a table").table
    }

    fn how(key: &[&str]) -> Comparing {
        let key = key.iter().map(|name| (*name).to_owned()).collect();
        Comparing { key, rules: Rules::all(Rule::Number), rename: BTreeMap::new() }
    }

    fn aligned(texts: [&str; 3], how: &Comparing) -> Result<[String; 3], String> {
        aligned_where(texts, how, 9)
            .map_err(|error| format!("{error} ({})", error.hint().unwrap_or_default()))
    }

    /// Aligns tables, of which the one numbered `asked` is what the experiment asks for.
    fn aligned_where(texts: [&str; 3], how: &Comparing, asked: usize) -> Result<[String; 3], Error> {
        let tables = texts.map(table);
        let whose = ["the reference", "stable's answer", "the candidate's answer"];
        let side = |at: usize| Side { whose: whose[at], table: &tables[at], scale: 1, is_asked: at == asked };
        let tables = align([side(0), side(1), side(2)], &Keys::default(), how)?;
        Ok(tables.map(|table| {
            let mut out = Vec::new();
            table.write_header(&mut out);
            (0..table.rows()).for_each(|row| table.write_row(row, &Keys::default(), &mut out));
            String::from_utf8(out).expect("text")
        }))
    }

    #[test]
    fn columns_and_rows_come_in_one_order() {
        let texts =
            ["n,k\n2,b\n1,a\n", "k,n\na,1\nb,2\n", "{\"k\":\"b\",\"n\":2}\n{\"n\":null,\"k\":\"a\"}\n"];
        let expected = ["k,n\na,1\nb,2\n", "k,n\na,1\nb,2\n", "k,n\na,\nb,2\n"];
        assert_eq!(aligned(texts, &how(&["k"])), Ok(expected.map(str::to_owned)));
    }

    #[test]
    fn names_may_differ_and_columns_be_ignored() {
        let mut how = how(&["k"]);
        how.rename.insert("count".to_owned(), "n".to_owned());
        how.rules = how.rules.with("seen", Rule::Ignore);
        let texts = ["k,n\na,1\n", "k,n,seen\na,1,9\n", "count,k\n1,a\n"];
        assert_eq!(aligned(texts, &how), Ok(["k,n\na,1\n"; 3].map(str::to_owned)));
    }

    #[test]
    fn what_does_not_fit_is_named() {
        let plain = "k,n\na,1\n";
        let mut tolerant = how(&["k"]);
        tolerant.rules = tolerant.rules.with("n", Rule::Within(compare::Tolerance::absolute(1.0)));
        let mut unknown = how(&["k"]);
        unknown.rules = unknown.rules.with("nn", Rule::Exact);
        for (texts, how, what) in [
            (
                [plain, "n\n1\n", plain],
                how(&["k"]),
                "stable's answer has no column 'k', which names its rows",
            ),
            (
                [plain, plain, "k\na\n"],
                how(&["k"]),
                "the candidate's answer has no column 'n', which another answer has; its columns: k",
            ),
            (
                [plain, plain, "k,n\na,1\nb,1\na,2\n"],
                how(&["k"]),
                "the candidate's answer: rows 1 and 3 have the same key 'a'",
            ),
            (["k,n\na,x\n", plain, plain], tolerant, "n has a tolerance, and holds the text 'x' in row 1"),
            ([plain, plain, plain], unknown, "no answer has a column 'nn' (did you mean n?)"),
        ] {
            let error = aligned(texts, &how).expect_err(what);
            assert!(error.contains(what), "{error}");
        }
    }

    #[test]
    fn two_rows_of_a_query_with_one_key_are_wrong_use() {
        let twice = "k,n\na,1\nb,1\na,2\n";
        let plain = "k,n\na,1\n";
        for (asked, is_usage) in [(0, true), (9, false)] {
            let error = aligned_where([twice, plain, plain], &how(&["k"]), asked).expect_err("two rows");
            assert!(
                error.to_string().contains("the reference: rows 1 and 3 have the same key 'a'"),
                "{error}"
            );
            assert_eq!(error.is_usage(), is_usage);
        }
    }

    #[test]
    fn values_in_the_datasets_unit_are_given_in_the_sources() {
        for (text, scale, expected) in [
            ("1307", 100, Some("13.07")),
            ("-5", 100, Some("-0.05")),
            ("5", 1, None),
            ("x", 100, None),
            ("1.5", 10, None),
        ] {
            assert_eq!(unscaled(text, scale).as_deref(), expected, "{text}");
        }
    }
}
