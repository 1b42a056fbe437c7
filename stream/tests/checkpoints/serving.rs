//! Holds what a job serves on its way against what it answers at the end.

use std::collections::BTreeMap;

use datasets::{Cells, Keys, Table};
use stream::{Settling, Version};

use crate::harness::{Plan, keys, push, run_through};

/// Rows by what names them, cells as text by column.
type View = BTreeMap<Vec<String>, BTreeMap<String, String>>;

/// Checks that whoever applies all updates of a job, however often it is asked, ends with its answer.
pub(crate) fn check<R: Copy>(make: &impl Fn() -> Box<dyn Version<R>>, records: &[R], plan: &Plan) {
    let expected = run_through(make, records, plan.batch);
    let (mut job, mut updates) = (make(), Vec::new());
    for (at, record) in records.iter().enumerate() {
        push(&mut *job, record, at, plan.batch);
        if plan.checkpoints.contains_key(&at) {
            match job.serve() {
                Ok(update) => updates.push(update.expect("a job with a table serves it")),
                Err(failure) => return assert_eq!(Err(failure), expected),
            }
        }
    }
    let (found, expected) = match (job.finish(&keys()), expected) {
        (Ok(found), Ok(expected)) => (found.unwrap(), expected),
        (found, expected) => return assert_eq!(found.map(Option::unwrap), expected),
    };
    let mut view = View::new();
    for update in &updates {
        apply(&mut view, (&update.rows, update.settling), &expected.table);
    }
    apply(&mut view, (found.firings.as_ref().unwrap_or(&found.table), found.settling), &expected.table);
    let mut whole = View::new();
    apply(&mut whole, (&expected.table, Settling::LastOfEach), &expected.table);
    assert_eq!(view, whole);
}

fn apply(view: &mut View, (rows, settling): (&Table, Settling), like: &Table) {
    let text = |name: &str, row: usize| {
        let column = rows.columns.iter().find(|column| column.name == name).expect("the answer's columns");
        match &column.cells {
            Cells::Int(cells) => cells[row].to_string(),
            Cells::Wide(cells) => cells[row].to_string(),
            Cells::Maybe(cells) => format!("{:?}", cells[row]),
            Cells::Text(cells) => cells[row].to_string(),
            Cells::Written(fields) => format!("{:?}", fields.field(row)),
        }
    };
    let emission = |row| ["record", "batch"].map(|name| text(name, row));
    for row in 0..rows.rows() {
        if settling == Settling::LastEmission {
            if emission(row) != emission(rows.rows() - 1) {
                continue;
            }
            if row == 0 || emission(row - 1) != emission(row) {
                view.clear();
            }
        }
        let (names, others) = like.columns.split_at(like.key_columns);
        let key = names.iter().map(|column| text(&column.name, row)).collect();
        if settling == Settling::Withdrawing && text("count", row) == "0" {
            view.remove(&key);
            continue;
        }
        let cells = others.iter().map(|column| (column.name.to_string(), text(&column.name, row))).collect();
        view.insert(key, cells);
    }
}

#[test]
fn an_empty_answer_is_told_of_too() {
    let settings =
        stream::jobs::deduplicated_totals::Settings { delay_ms: 0, max_ahead_ms: None, max_state: 10 };
    let memory = stream::jobs::deduplicated_totals::Memory::KeepIds;
    let mut job =
        stream::jobs::deduplicated_totals::make(memory, &settings, stream::Trigger::Record).unwrap();
    let update = job.serve().unwrap().unwrap();
    assert_eq!((update.rows.rows(), update.complete_to_ms), (0, None));
    assert_eq!(job.finish(&Keys::default()).unwrap().unwrap().table.rows(), 0);
}
