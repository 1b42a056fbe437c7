//! Rows that are known to differ: `[[expected]]` takes them out of the comparison, and counts them by rule.

use std::cmp::Ordering;

use compare::{ExpectedResult, Rules, compare_answers};
use datasets::{Cells, Field, Keys, Table};

use super::{
    filter::{Filter, Rows, Side},
    section::ExpectedSection,
};
use crate::error::Error;

/// A rule of `[[expected]]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Expectation {
    pub(crate) filter: Filter,
    pub(crate) section: ExpectedSection,
}

impl Expectation {
    /// Reads the rule that stands `number`-th in the experiment, counted from 1.
    pub(crate) fn read(number: usize, section: &ExpectedSection) -> Result<Self, Error> {
        let wrong =
            |what: String, hint: &str| Error::usage(format!("[[expected]] {number}: {what}")).with_hint(hint);
        if section.why.trim().is_empty() {
            return Err(wrong("why is empty".to_owned(), "say why these rows differ: somebody will ask"));
        }
        let filter = Filter::read(&section.r#where).map_err(|why| {
            wrong(
                format!("where: {why}"),
                "a condition is user = 'test', or candidate.n < stable.n and hour >= 12",
            )
        })?;
        Ok(Self { filter, section: section.clone() })
    }

    fn is_over(&self, today: jiff::civil::Date) -> bool {
        self.section.until.is_some_and(|until| until.0 < today)
    }

    fn check_columns(&self, table: &Table) -> Result<(), Error> {
        let known = || table.columns.iter().map(|column| &*column.name);
        match self.filter.columns().find(|name| known().all(|column| column != *name)) {
            None => Ok(()),
            Some(name) => {
                let message = format!(
                    "[[expected]] where = \"{}\": no answer has a column '{}'",
                    datasets::shown(&self.section.r#where),
                    datasets::shown(name)
                );
                let near = datasets::nearest(name, known());
                let hint = near.map_or_else(
                    || format!("the columns are {}", known().collect::<Vec<_>>().join(", ")),
                    |near| format!("did you mean {near}?"),
                );
                Err(Error::usage(message).with_hint(hint))
            }
        }
    }
}

/// Takes the rows of tables of one shape apart: those that no rule speaks of stay in `tables`; what is said of the others,
/// rule by rule, is returned. Of two rules that hold the first counts; one whose day is over excuses nothing.
pub(crate) fn excuse(
    tables: &mut [Table; 3],
    rules: &Rules,
    expectations: &[Expectation],
    today: jiff::civil::Date,
) -> Result<Vec<ExpectedResult>, Error> {
    if expectations.is_empty() {
        return Ok(Vec::new());
    }
    for expectation in expectations {
        expectation.check_columns(&tables[0])?;
    }
    let mut rest: [Vec<u32>; 3] = Default::default();
    let mut excused: Vec<[Vec<u32>; 3]> = vec![Default::default(); expectations.len()];
    for rows in Merge::of(tables) {
        let named = Named { tables, rows };
        let held = expectations.iter().position(|one| !one.is_over(today) && one.filter.holds(&named));
        let to = held.map_or(&mut rest, |at| &mut excused[at]);
        for (to, row) in to.iter_mut().zip(rows) {
            to.extend(row);
        }
    }
    let results = expectations.iter().zip(&excused).map(|(expectation, rows)| {
        let [reference, stable, candidate] = [0, 1, 2].map(|side| tables[side].picked(&rows[side]));
        let differing = |a: &Table, b: &Table| compare_answers(a, b, &Keys::default(), rules).rows.rows();
        let ExpectedSection { r#where, why, until } = &expectation.section;
        ExpectedResult {
            r#where: r#where.clone(),
            why: why.clone(),
            until: until.map(|day| day.0.to_string()),
            expired: expectation.is_over(today),
            rows: rows.iter().map(Vec::len).max().unwrap_or(0) as u64,
            stable: differing(&reference, &stable),
            candidate: differing(&reference, &candidate),
            changed: differing(&stable, &candidate),
        }
    });
    let results = results.collect();
    for (table, rows) in tables.iter_mut().zip(&rest) {
        *table = table.picked(rows);
    }
    Ok(results)
}

/// The rows of one key, of each table that has it.
struct Named<'a> {
    tables: &'a [Table; 3],
    rows: [Option<u32>; 3],
}

impl Rows for Named<'_> {
    fn field(&self, side: Side, column: &str) -> Option<&str> {
        let (table, row) = (&self.tables[side as usize], self.rows[side as usize]?);
        let column = table.columns.iter().find(|own| own.name == column)?;
        match &column.cells {
            Cells::Written(fields) => {
                let Field { kind, text } = fields.field(row as usize);
                kind.has_text().then_some(text)
            }
            Cells::Int(_) | Cells::Wide(_) | Cells::Maybe(_) | Cells::Text(_) => None,
        }
    }
}

/// Goes through the keys of three sorted tables, each once.
struct Merge<'a> {
    tables: &'a [Table; 3],
    at: [usize; 3],
}

impl<'a> Merge<'a> {
    fn of(tables: &'a [Table; 3]) -> Self {
        Self { tables, at: [0; 3] }
    }

    fn order(&self, a: usize, b: usize) -> Ordering {
        let key = |side: usize| {
            let table = &self.tables[side];
            let columns = table.columns[..table.key_columns].iter();
            columns.filter_map(move |column| match &column.cells {
                Cells::Written(fields) => Some(fields.field(self.at[side])),
                Cells::Int(_) | Cells::Wide(_) | Cells::Maybe(_) | Cells::Text(_) => None,
            })
        };
        key(a).cmp(key(b))
    }
}

impl Iterator for Merge<'_> {
    type Item = [Option<u32>; 3];

    fn next(&mut self) -> Option<Self::Item> {
        let left = (0..3).filter(|&side| self.at[side] < self.tables[side].rows());
        let least = left.min_by(|&a, &b| self.order(a, b))?;
        let rows = [0, 1, 2].map(|side| {
            let has_it = self.at[side] < self.tables[side].rows() && self.order(least, side).is_eq();
            has_it.then(|| self.at[side] as u32)
        });
        for (at, row) in self.at.iter_mut().zip(rows) {
            *at += usize::from(row.is_some());
        }
        Some(rows)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use compare::Rule;
    use datasets::{TableFormat, read_table_text};

    use super::*;

    fn table(text: &str) -> Table {
        let read =
            read_table_text(Path::new("t"), text.as_bytes(), TableFormat::Csv, &|| true).expect("a table");
        Table::new(1, read.table.columns)
    }

    fn rule(text: &str, until: Option<&str>) -> Expectation {
        let day = |text: &str| super::super::section::Day(text.parse().expect("a day"));
        let section =
            ExpectedSection { r#where: text.to_owned(), why: "known".to_owned(), until: until.map(day) };
        Expectation::read(1, &section).expect("a rule")
    }

    fn excused(rules: &[Expectation]) -> Result<(Vec<ExpectedResult>, [usize; 3]), Error> {
        let mut tables =
            [table("k,n\na,1\nb,2\nc,3\n"), table("k,n\na,1\nb,9\nd,4\n"), table("k,n\na,1\nb,2\nc,8\n")];
        let today = "2026-06-01".parse().expect("a day");
        let results = excuse(&mut tables, &Rules::all(Rule::Number), rules, today)?;
        Ok((results, tables.map(|table| table.rows())))
    }

    #[test]
    fn rows_are_counted_by_the_first_rule_that_holds() {
        let (results, left) =
            excused(&[rule("stable.n > 8", None), rule("k = 'b' and n > 0", None), rule("k >= 'c'", None)])
                .expect("rules");
        let counts: Vec<_> =
            results.iter().map(|of| (of.rows, of.stable, of.candidate, of.changed)).collect();
        assert_eq!(counts, [(1, 1, 0, 1), (0, 0, 0, 0), (1, 2, 1, 2)]);
        assert_eq!(left, [1, 1, 1]);
    }

    #[test]
    fn a_rule_whose_day_is_over_excuses_nothing() {
        let (results, left) = excused(&[rule("k = 'b'", Some("2026-05-31"))]).expect("rules");
        assert!(results[0].expired && results[0].rows == 0);
        assert_eq!(left, [3, 3, 3]);
        let (results, left) = excused(&[rule("k = 'b'", Some("2026-06-01"))]).expect("rules");
        assert!(!results[0].expired && results[0].rows == 1);
        assert_eq!(left, [2, 2, 2]);
    }

    #[test]
    fn a_column_that_is_not_there_is_named() {
        let error = excused(&[rule("m = 1", None)]).expect_err("there is no m");
        assert!(error.to_string().contains("no answer has a column 'm'") && error.is_usage(), "{error}");
    }
}
