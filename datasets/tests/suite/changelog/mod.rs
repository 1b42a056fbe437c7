//! Changelogs in all forms, written by hand: the traps of real ones, each in a few lines.

mod bad;
mod debezium;
mod flink;
mod keyless;
mod properties;
mod repeats;
mod upsert;

use std::fs;

use datasets::{
    Changelog, ChangelogForm, ChangelogKind, ColumnType, Error, FieldKind, Row, Rows as _, open_changelog,
};

/// A file of changes, and how it is read.
struct Case {
    form: ChangelogForm,
    name: &'static str,
}

impl Case {
    fn new(kind: &str) -> Self {
        let kind = ChangelogKind::parse(kind).expect("a kind");
        Self { form: ChangelogForm { kind, ..ChangelogForm::default() }, name: "changes.jsonl" }
    }

    fn named(mut self, name: &'static str) -> Self {
        self.name = name;
        self
    }

    fn key(mut self, key: &[&str]) -> Self {
        self.form.key = key.iter().map(|name| (*name).to_owned()).collect();
        self
    }

    fn tables(mut self, tables: &[&str]) -> Self {
        self.form.tables = tables.iter().map(|name| (*name).to_owned()).collect();
        self
    }

    fn of(mut self, column: &str, of: &str) -> Self {
        self.form.types.insert(column.to_owned(), ColumnType::parse(of).expect("a type"));
        self
    }

    fn open(&self, text: &str) -> Result<Changelog, Error> {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join(self.name);
        fs::write(&file, text).expect("written");
        open_changelog(&file, &self.form, &|| true)
    }

    /// Reads lines; the table's rows as texts, in order.
    fn rows(&self, lines: &[&str]) -> Vec<String> {
        let mut changelog = self.open(&lines.join("\n")).unwrap_or_else(|error| panic!("{error}"));
        rows_of(&mut changelog)
    }

    fn error(&self, lines: &[&str]) -> String {
        let error = self.open(&lines.join("\n")).expect_err("it must be refused");
        format!("{error}; {}", error.hint().unwrap_or_default())
    }

    fn opened(&self, lines: &[&str]) -> Changelog {
        self.open(&lines.join("\n")).unwrap_or_else(|error| panic!("{error}"))
    }
}

/// Returns each row as `id=1 name=a`: NULL as `null`, a field that is missing as nothing, one that is unknown as `?`.
fn rows_of(changelog: &mut Changelog) -> Vec<String> {
    let columns = changelog.columns().to_vec();
    let (mut rows, mut row) = (Vec::new(), Row::default());
    while changelog.next(&mut row).expect("readable") {
        assert_eq!(row.len(), columns.len());
        let cells = columns.iter().zip(row.fields()).filter(|(_, field)| field.kind != FieldKind::Missing);
        let cell = |(name, field): (&String, datasets::Field<'_>)| match field.kind {
            FieldKind::Unknown => format!("{name}=?"),
            _ => format!("{name}={}", field.text),
        };
        rows.push(cells.map(cell).collect::<Vec<_>>().join(" "));
    }
    rows
}

/// Returns a bare envelope.
fn envelope(op: &str, before: &str, after: &str) -> String {
    format!(r#"{{"before":{before},"after":{after},"op":"{op}"}}"#)
}

/// Returns a line of a capture of table public.t: run and place in the log, key, and the rest of its value.
fn captured(run: &str, lsn: u64, key: &str, value: &str) -> String {
    let source = format!(
        r#""source":{{"connector":"postgresql","ts_ms":{},"schema":"public","table":"t","txId":1,"lsn":{lsn}}}"#,
        1000 + lsn
    );
    let value = value.replace("SOURCE", &source);
    format!(
        r#"{{"topic":"s.public.t","headers":{{"__debezium.context.runId":"{run}"}},"key":{key},"value":{value}}}"#
    )
}

/// Returns references, as most functions here want them.
fn refs(lines: &[String]) -> Vec<&str> {
    lines.iter().map(String::as_str).collect()
}
