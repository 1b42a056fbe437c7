//! Changelogs of a real connector, where they are at hand, against what the database held at the end.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use datasets::{
    Changelog, ChangelogForm, ColumnType, Field, FieldKind, Row, Rows, RowsForm, open_changelog, open_rows,
};

fn captures() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/changes");
    folder.join("debezium.jsonl").exists().then_some(folder)
}

type Cells = BTreeMap<String, (FieldKind, String)>;

/// Reads rows by the text of their first key column.
fn by_id(rows: &mut dyn Rows, types: &BTreeMap<String, ColumnType>, key: &str) -> BTreeMap<String, Cells> {
    let columns = rows.columns().to_vec();
    let (mut table, mut row) = (BTreeMap::new(), Row::default());
    while rows.next(&mut row).expect("readable") {
        let mut cells = Cells::new();
        for (name, field) in columns.iter().zip(row.fields()) {
            let mut text = String::new();
            let kind = if let Some(of) = types.get(name) {
                of.convert(field, &mut text).unwrap_or_else(|why| panic!("{name}: {why}"))
            } else {
                text.push_str(field.text);
                field.kind
            };
            cells.insert(name.clone(), (kind, text));
        }
        let id = cells.get(key).map_or_else(|| format!("{cells:?}"), |cell| cell.1.clone());
        assert!(table.insert(id, cells).is_none());
    }
    table
}

fn types(of: &[(&str, &str)]) -> BTreeMap<String, ColumnType> {
    of.iter().map(|(name, of)| ((*name).to_owned(), ColumnType::parse(of).expect("a type"))).collect()
}

fn open(file: &Path, tables: &[&str], types: &BTreeMap<String, ColumnType>) -> Changelog {
    let form = ChangelogForm {
        tables: tables.iter().map(|table| (*table).to_owned()).collect(),
        types: types.clone(),
        ..ChangelogForm::default()
    };
    open_changelog(file, &form, &|| true).unwrap_or_else(|error| panic!("{error}"))
}

/// Returns each cell that differs: `id column: changelog | database`.
fn differences(changelog: &mut Changelog, file: &Path, types: &BTreeMap<String, ColumnType>) -> Vec<String> {
    let form = RowsForm { null: Some("\\N".to_owned()), ..RowsForm::default() };
    let mut rows = open_rows(file, &form, &|| true).expect("a table");
    let expected = by_id(&mut *rows, types, "id");
    let found = by_id(changelog, &BTreeMap::new(), "id");
    let mut differences = Vec::new();
    for id in found.keys().filter(|id| !expected.contains_key(*id)) {
        differences.push(format!("{id}: not in the database"));
    }
    for (id, cells) in &expected {
        let Some(found) = found.get(id) else {
            differences.push(format!("{id}: only in the database"));
            continue;
        };
        for (name, (kind, text)) in cells {
            let (found_kind, found_text) = &found[name];
            let field = Field { kind: *found_kind, text: found_text };
            let bits = |text: &str| text.parse().ok().map(|number: f64| (number + 0.0).to_bits());
            let is_number = bits(text).is_some() && bits(text) == bits(found_text);
            let is_same = field.is_same(Field { kind: *kind, text }) || is_number;
            if !is_same {
                let short = |text: &str| text.chars().take(12).collect::<String>();
                differences.push(format!(
                    "{id} {name}: {found_kind:?} {} | {kind:?} {}",
                    short(found_text),
                    short(text)
                ));
            }
        }
    }
    differences
}

#[test]
fn customers_are_as_in_the_database_but_for_what_the_connector_does_not_say() {
    let Some(folder) = captures() else { return };
    let types = types(&[
        ("credit", "decimal:2"),
        ("joined", "date"),
        ("updated", "timestamptz"),
        ("active", "boolean"),
        ("score", "number"),
        ("tags", "list"),
    ]);
    let mut customers = open(&folder.join("debezium.jsonl"), &["public.customers"], &types);
    let found = differences(&mut customers, &folder.join("final-customers.csv"), &types);
    let expected = [
        // A column that was added later: rows that weren't touched since have no such field.
        "103 region: Missing  | Untyped EU",
        "103 tier: Text basic | Null null",
        "11 region: Missing  | Untyped EU",
        "12 region: Missing  | Untyped EU",
        "2 region: Missing  | Untyped EU",
        // A NULL that was written as the column's default, which these envelopes don't say.
        "4 tier: Text basic | Null null",
        "9 region: Missing  | Untyped EU",
    ];
    assert_eq!(found, expected);
}

#[test]
fn orders_are_as_in_the_database_but_for_numbers_that_are_none() {
    let Some(folder) = captures() else { return };
    let types = types(&[
        ("amount", "decimal:2"),
        ("tax", "decimal"),
        ("placed", "timestamp:us"),
        ("shipped_at", "timestamptz"),
        ("due", "date"),
        ("at_time", "time:us"),
        ("weight", "number"),
        ("hold", "interval"),
        ("sig", "base64"),
    ]);
    let mut orders = open(&folder.join("debezium.jsonl"), &["orders"], &types);
    let found = differences(&mut orders, &folder.join("final-orders.csv"), &types);
    // Numeric NaN is written as NULL.
    let expected = ["1007 tax: Null null | Number NaN", "9007199254741002 tax: Null null | Number NaN"];
    assert_eq!(found, expected);
    let notes = orders.notes();
    assert!(notes.iter().any(|note| note.contains("'tax' were NULL, or NaN")), "{notes:?}");
}

#[test]
fn a_truncate_makes_no_event_by_default() {
    let Some(folder) = captures() else { return };
    let mut carts = open(&folder.join("debezium.jsonl"), &["carts"], &BTreeMap::new());
    let found = differences(&mut carts, &folder.join("final-carts.csv"), &BTreeMap::new());
    assert_eq!(found, ["1: not in the database", "2: not in the database", "3: not in the database"]);
}

#[test]
fn changes_that_were_sent_again_are_left_out_and_nothing_is_illegal() {
    let Some(folder) = captures() else { return };
    let file = folder.join("debezium.jsonl");
    let mut repeats = 0;
    for table in ["public.customers", "public.orders", "public.carts"] {
        let changelog = open(&file, &[table], &BTreeMap::new());
        let facts = changelog.facts();
        repeats += facts.repeats;
        assert_eq!(facts.illegal_changes(), 0, "{table}: {facts:?}");
        assert_eq!(facts.by_op["message"], 2);
    }
    // Of the 33 lines that were sent again, those that aren't tombstones.
    let text = std::fs::read_to_string(&file).expect("a capture");
    let again = text.lines().skip(80).take(33).filter(|line| !line.ends_with("\"value\":null}"));
    let messages = text.lines().skip(80).take(33).filter(|line| line.contains("\"op\":\"m\""));
    assert_eq!(repeats, (again.count() - messages.count()) as u64);
}

#[test]
fn tables_with_the_whole_row_before_are_as_in_the_database() {
    let Some(folder) = captures() else { return };
    let file = folder.join("debezium-full.jsonl");
    let date = types(&[("d", "date")]);
    let none = BTreeMap::new();

    let mut items = open(&file, &["items"], &none);
    assert_eq!(differences(&mut items, &folder.join("final-items.csv"), &none), [""; 0]);
    assert_eq!((items.facts().by_op["truncate"], items.facts().illegal_changes()), (1, 0));

    let mut visits = open(&file, &["visits"], &none);
    assert_eq!(visits.facts().illegal_changes(), 0, "{:?}", visits.facts());
    assert_eq!(by_id(&mut visits, &none, "none").len(), 0);

    // The whole table has rows of the snapshot alone; its partitions together are right.
    let moves = open(&file, &["public.moves"], &date);
    let notes = moves.notes();
    assert!(notes.iter().any(|note| note.contains("public.moves_q1,public.moves_q2")), "{notes:?}");
    let mut parts = open(&file, &["public.moves_q1", "public.moves_q2"], &date);
    assert_eq!(differences(&mut parts, &folder.join("final-moves.csv"), &date), [""; 0]);
    assert_eq!(parts.facts().illegal_changes(), 0);
    let error = open_changelog(&file, &ChangelogForm::default(), &|| true).expect_err("several tables");
    assert!(error.to_string().contains("several tables: public.items, public.moves,"), "{error}");
}
