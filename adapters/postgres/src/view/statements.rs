//! The statements of a view's two tables: its rows, and beside them whose they are and which epoch they show.

use replay::recovery::{SinkColumn, SinkKind};

use crate::statements::{cast, defined, listed, quoted, read, unique};

/// The names of a view's two tables, quoted, and the statements over them.
#[derive(Debug, Clone)]
pub(super) struct Statements {
    pub(super) table: String,
    pub(super) beside: String,
    columns: Vec<SinkColumn>,
}

/// The names of the two tables, unquoted.
pub(super) fn names(table: &str) -> [String; 2] {
    [table.to_owned(), format!("{table}_view")]
}

impl Statements {
    pub(super) fn new(table: &str, columns: &[SinkColumn]) -> Self {
        let [table, beside] = names(table).map(|name| quoted(&name));
        Self { table, beside, columns: columns.to_vec() }
    }

    fn key(&self) -> impl Iterator<Item = &SinkColumn> {
        self.columns.iter().filter(|column| column.is_key)
    }

    /// Returns whether rows have keys; else there is at most one.
    pub(super) fn has_key(&self) -> bool {
        self.key().next().is_some()
    }

    pub(super) fn create_rows(&self) -> String {
        let columns = self.columns.iter().map(defined).chain(unique(&self.columns));
        format!("CREATE TABLE {} ({})", self.table, columns.collect::<Vec<_>>().join(", "))
    }

    pub(super) fn create_beside(&self) -> String {
        format!(
            "CREATE TABLE {} (run text PRIMARY KEY, writer bigint NOT NULL, deployment bigint, name text,
                 epoch bigint, records bigint, watermark_ms bigint)",
            self.beside
        )
    }

    /// Names the columns with their types, as a server does.
    pub(super) fn described(&self) -> Vec<(String, String)> {
        let kind = |column: &SinkColumn| cast(column.kind).split('(').next().unwrap_or_default().to_owned();
        self.columns.iter().map(|column| (column.name.clone(), kind(column))).collect()
    }

    /// Names the columns of the table `$1` with their types.
    pub(super) fn describe() -> &'static str {
        "SELECT attname::text, atttypid::regtype::text FROM pg_catalog.pg_attribute
         WHERE attrelid = to_regclass($1::text) AND attnum > 0 AND NOT attisdropped ORDER BY attnum"
    }

    /// Writes rows, given as an array of texts for each column.
    pub(super) fn upsert(&self) -> String {
        let (names, key) = (listed(self.columns.iter()), listed(self.key()));
        let cells = self.columns.iter().enumerate().map(|(i, column)| read(&format!("c{i}"), column.kind));
        let cells = cells.collect::<Vec<_>>().join(", ");
        let others = self.columns.iter().filter(|column| !column.is_key).map(|column| quoted(&column.name));
        let set = others.map(|name| format!("{name} = excluded.{name}")).collect::<Vec<_>>().join(", ");
        let conflict = match (key.as_str(), set.as_str()) {
            ("", _) => String::new(),
            (key, "") => format!("ON CONFLICT ({key}) DO NOTHING"),
            (key, set) => format!("ON CONFLICT ({key}) DO UPDATE SET {set}"),
        };
        let given = given(self.columns.len());
        format!("INSERT INTO {} ({names}) SELECT {cells} FROM {given} {conflict}", self.table)
    }

    /// Takes out the rows of keys, given as an array of texts for each column of the key.
    pub(super) fn delete(&self) -> String {
        let is_same = |(i, column): (usize, &SinkColumn)| {
            let (name, cell) = (quoted(&column.name), read(&format!("c{i}"), column.kind));
            // The index serves `=` alone.
            let same = if column.kind == SinkKind::Maybe { "IS NOT DISTINCT FROM" } else { "=" };
            format!("{}.{name} {same} {cell}", self.table)
        };
        let all = self.key().enumerate().map(is_same).collect::<Vec<_>>().join(" AND ");
        format!("DELETE FROM {} USING {} WHERE {all}", self.table, given(self.key().count()))
    }

    pub(super) fn delete_all(&self) -> String {
        format!("DELETE FROM {}", self.table)
    }

    /// Reads all rows as texts.
    pub(super) fn read(&self) -> String {
        let cells = self.columns.iter().map(|column| format!("{}::text", quoted(&column.name)));
        format!("SELECT {} FROM {}", cells.collect::<Vec<_>>().join(", "), self.table)
    }

    /// Makes a newcomer of run `$1` its only writer.
    pub(super) fn fence(&self) -> String {
        format!("UPDATE {} SET writer = writer + 1 WHERE run = $1 RETURNING writer", self.beside)
    }

    /// The writer and the epoch of run `$1`; whoever else asks waits until this transaction is over.
    pub(super) fn standing(&self) -> String {
        format!(
            "SELECT writer, deployment, name, epoch, records, watermark_ms FROM {} WHERE run = $1 FOR UPDATE",
            self.beside
        )
    }

    /// Says which epoch stands there.
    pub(super) fn stamp(&self) -> String {
        format!(
            "UPDATE {} SET deployment = $2, name = $3, epoch = $4, records = $5, watermark_ms = $6 WHERE run = $1",
            self.beside
        )
    }
}

/// So many arrays as columns `c0`, `c1` and so on.
fn given(columns: usize) -> String {
    let all = |of: fn(usize) -> String| (0..columns).map(of).collect::<Vec<_>>().join(", ");
    format!("unnest({}) AS given ({})", all(|i| format!("${}::text[]", i + 1)), all(|i| format!("c{i}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_may_be_nothing_are_found_and_names_are_quoted() {
        let column = |name: &str, kind, is_key| SinkColumn { name: name.to_owned(), kind, is_key };
        let columns = [column("k\"", SinkKind::Maybe, true), column("l", SinkKind::Int, true)];
        let all = Statements::new("a\"b", &columns);
        assert_eq!(
            all.delete(),
            "DELETE FROM \"a\"\"b\" USING unnest($1::text[], $2::text[]) AS given (c0, c1) WHERE \
             \"a\"\"b\".\"k\"\"\" IS NOT DISTINCT FROM NULLIF(c0, '')::bigint AND \"a\"\"b\".\"l\" = c1::bigint"
        );
        assert!(all.upsert().ends_with("ON CONFLICT (\"k\"\"\", \"l\") DO NOTHING"));
        assert!(all.create_rows().contains("UNIQUE NULLS NOT DISTINCT (\"k\"\"\", \"l\")"));
        let without = Statements::new("t", &[column("v", SinkKind::Wide, false)]);
        assert!(!without.has_key() && !without.upsert().contains("CONFLICT"));
        assert_eq!(without.described(), [("v".to_owned(), "numeric".to_owned())]);
    }
}
