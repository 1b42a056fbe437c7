//! The statements of a run's three tables. Names are quoted, and values go as parameters.

use replay::recovery::{SinkColumn, SinkKind};

/// The columns that say when a row was written last; the order of rows follows from them.
const EPOCH: &str = "counterpoint_epoch";
const ROW: &str = "counterpoint_row";

/// The names of a run's tables, quoted, and the statements over them.
#[derive(Debug, Clone)]
pub(crate) struct Statements {
    pub(crate) table: String,
    pub(crate) run: String,
    pub(crate) epochs: String,
    columns: Vec<SinkColumn>,
}

/// Returns an identifier that means just this name.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Returns the names of columns, quoted.
pub(crate) fn listed<'a>(columns: impl Iterator<Item = &'a SinkColumn>) -> String {
    columns.map(|column| quoted(&column.name)).collect::<Vec<_>>().join(", ")
}

/// Defines a column of a table.
pub(crate) fn defined(column: &SinkColumn) -> String {
    let may_be_null = column.kind == SinkKind::Maybe;
    let not_null = if may_be_null { "" } else { " NOT NULL" };
    format!("{} {}{not_null}", quoted(&column.name), cast(column.kind))
}

/// Says of a table that each key is there once, if rows have keys.
pub(crate) fn unique(columns: &[SinkColumn]) -> Option<String> {
    let mut key = columns.iter().filter(|column| column.is_key).peekable();
    key.peek()?;
    let is_nullable = columns.iter().any(|column| column.is_key && column.kind == SinkKind::Maybe);
    let kind = if is_nullable { "UNIQUE NULLS NOT DISTINCT" } else { "PRIMARY KEY" };
    Some(format!("{kind} ({})", listed(key)))
}

/// Reads the field `field`, which is a text, as a cell of a column.
pub(crate) fn read(field: &str, kind: SinkKind) -> String {
    match kind {
        SinkKind::Maybe => format!("NULLIF({field}, '')::bigint"),
        kind => format!("{field}::{}", cast(kind)),
    }
}

/// The names of the run's three tables, unquoted.
pub(crate) fn names(table: &str) -> [String; 3] {
    [table.to_owned(), format!("{table}_run"), format!("{table}_epochs")]
}

impl Statements {
    pub(crate) fn new(table: &str, columns: &[SinkColumn]) -> Self {
        let [table, run, epochs] = names(table).map(|name| quoted(&name));
        Self { table, run, epochs, columns: columns.to_vec() }
    }

    /// Returns whether rows have keys; else all of them stay.
    pub(crate) fn has_key(&self) -> bool {
        self.columns.iter().any(|column| column.is_key)
    }

    fn key(&self) -> String {
        listed(self.columns.iter().filter(|column| column.is_key))
    }

    /// Makes the three tables.
    pub(crate) fn create(&self) -> String {
        let Self { table, run, epochs, .. } = self;
        let columns: String = self.columns.iter().map(|column| defined(column) + ", ").collect();
        let key = unique(&self.columns).unwrap_or_else(|| format!("PRIMARY KEY ({EPOCH}, {ROW})"));
        format!(
            "CREATE TABLE {run} (run text PRIMARY KEY, writer bigint NOT NULL);
             CREATE TABLE {epochs} (run text, epoch bigint, row_count bigint NOT NULL, hash bytea NOT NULL,
                 PRIMARY KEY (run, epoch));
             CREATE TABLE {table} ({columns}{EPOCH} bigint NOT NULL, {ROW} bigint NOT NULL, {key});"
        )
    }

    /// Writes an epoch's rows, given as an array of texts for each column: of those with one key the last.
    pub(crate) fn upsert(&self) -> String {
        let Self { table, columns, .. } = self;
        let names = listed(columns.iter());
        let each = |part: fn(usize, &SinkColumn) -> String| {
            let parts: Vec<String> = columns.iter().enumerate().map(|(i, column)| part(i, column)).collect();
            parts.join(", ")
        };
        let arrays = each(|i, _| format!("${}::text[]", i + 2));
        let cells =
            each(|i, column| format!("{} AS {}", read(&format!("c{i}"), column.kind), quoted(&column.name)));
        let fields = each(|i, _| format!("c{i}"));
        let (distinct, order, conflict) = if self.has_key() {
            let key = self.key();
            let set = each(|_, column| format!("{0} = excluded.{0}", quoted(&column.name)));
            (
                format!("DISTINCT ON ({key})"),
                format!("ORDER BY {key}, {ROW} DESC"),
                format!(
                    "ON CONFLICT ({key}) DO UPDATE SET {set}, {EPOCH} = excluded.{EPOCH}, {ROW} = excluded.{ROW}"
                ),
            )
        } else {
            <(String, String, String)>::default()
        };
        format!(
            "INSERT INTO {table} ({names}, {EPOCH}, {ROW})
             SELECT {distinct} {names}, $1::bigint, {ROW}
             FROM (SELECT {cells}, {ROW} FROM unnest({arrays}) WITH ORDINALITY AS given ({fields}, {ROW})) AS typed
             {order} {conflict}"
        )
    }

    /// Reads all rows as texts, in the order in which they were written.
    pub(crate) fn read(&self) -> String {
        let cells = self.columns.iter().map(|column| format!("{}::text", quoted(&column.name)));
        let cells = cells.collect::<Vec<_>>().join(", ");
        format!("SELECT {EPOCH}, {cells} FROM {} ORDER BY {EPOCH}, {ROW}", self.table)
    }

    /// Takes over the run `$1`.
    pub(crate) fn fence(&self) -> String {
        format!("UPDATE {} SET writer = writer + 1 WHERE run = $1 RETURNING writer", self.run)
    }

    /// The writer of run `$1`; whoever else asks waits until this transaction is over.
    pub(crate) fn writer(&self) -> String {
        format!("SELECT writer FROM {} WHERE run = $1 FOR UPDATE", self.run)
    }

    /// The epochs of run `$1`.
    pub(crate) fn held(&self) -> String {
        format!("SELECT epoch, row_count, hash FROM {} WHERE run = $1 ORDER BY epoch", self.epochs)
    }
}

pub(crate) fn cast(kind: SinkKind) -> &'static str {
    match kind {
        SinkKind::Int | SinkKind::Maybe => "bigint",
        SinkKind::Wide => "numeric(39, 0)",
        SinkKind::Text => "text",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_quoted() {
        assert_eq!(quoted("a.b; \"x\""), "\"a.b; \"\"x\"\"\"");
        let column = |name: &str, is_key| SinkColumn { name: name.to_owned(), kind: SinkKind::Maybe, is_key };
        let statements = Statements::new("a\"b", &[column("k\"", true), column("v", false)]);
        assert_eq!(statements.table, "\"a\"\"b\"");
        assert!(
            statements
                .upsert()
                .contains("ON CONFLICT (\"k\"\"\") DO UPDATE SET \"k\"\"\" = excluded.\"k\"\"\"")
        );
        assert!(statements.create().contains("UNIQUE NULLS NOT DISTINCT (\"k\"\"\")"));
    }
}
