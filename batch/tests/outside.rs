//! Truth from outside, given by a fake: what is right comes through whatever its order and numbering, all else is refused.

use std::path::Path;

use batch::{BatchError, Given, Outside, Shape, ask, deduplicated_totals};
use datasets::{Answer, Cells, Delivery, Frozen, Keys, NO_DECISION, Records, SplitMix64, Table, TableColumn};

/// Gives what it was made with.
struct Fake(Result<Given, BatchError>);

impl Outside for Fake {
    fn name(&self) -> &'static str {
        "a-fake"
    }

    fn compute(&self, _: &Frozen, _: &Shape, _: &dyn Fn() -> bool) -> Result<Given, BatchError> {
        self.0.clone()
    }
}

/// A shipped dataset, and what the reference says of it.
struct Totals {
    frozen: Frozen,
    loaded: Records<Delivery>,
    table: Table,
}

fn totals() -> Totals {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../datasets/data/deliveries-1000");
    let frozen = Frozen::open(&folder).expect("shipped");
    let loaded = frozen.load::<Delivery>().expect("whole");
    let table = deduplicated_totals::reference(&loaded.records, &loaded.keys).table;
    Totals { frozen, loaded, table }
}

impl Totals {
    fn ask(&self, shape: &Shape, answer: Answer, keys: &Keys) -> Result<Answer, BatchError> {
        ask(&Fake(Ok(Given { answer, keys: keys.clone() })), &self.frozen, shape, &self.loaded.keys, &|| {
            false
        })
    }

    /// The message that refuses `table`.
    fn refused(&self, table: Table) -> String {
        let mut wanted = self.table.clone();
        wanted.clear();
        let asked = self.ask(&Shape::Table(wanted), Answer::Table(table), &self.loaded.keys);
        asked.expect_err("it is wrong").to_string()
    }
}

/// Returns the same rows in another order, their texts numbered anew.
fn disguised(table: &Table, keys: &Keys, seed: u64) -> (Table, Keys) {
    let mut random = SplitMix64::new(seed);
    let mut rows: Vec<u32> = (0..table.rows() as u32).collect();
    for i in (1..rows.len()).rev() {
        rows.swap(i, random.uniform(0, i as u64) as usize);
    }
    let (mut disguised, mut texts) = (table.picked(&rows), Keys::default());
    texts.intern(b"a text that no row needs");
    for column in &mut disguised.columns {
        if let Cells::Text(cells) = &mut column.cells {
            for cell in cells {
                *cell = texts.intern(keys.get(*cell));
            }
        }
    }
    (disguised, texts)
}

#[test]
fn rows_come_through_in_any_order_and_numbering() {
    let totals = totals();
    let mut wanted = totals.table.clone();
    wanted.clear();
    for seed in 0..20 {
        let (table, texts) = disguised(&totals.table, &totals.loaded.keys, seed);
        assert!(table != totals.table && texts != totals.loaded.keys);
        let asked = totals.ask(&Shape::Table(wanted.clone()), Answer::Table(table), &texts);
        assert_eq!(asked, Ok(Answer::Table(totals.table.clone())));
    }
}

#[test]
fn a_table_of_another_shape_is_refused() {
    let totals = totals();
    let changed = |change: fn(&mut Table)| {
        let mut table = totals.table.clone();
        change(&mut table);
        totals.refused(table)
    };
    let columns = changed(|table| table.columns.swap(1, 2));
    assert_eq!(
        columns,
        "reference a-fake: gave the columns `key,sum,count`, expected `key,count,sum` in this order"
    );
    assert!(changed(|table| drop(table.columns.pop())).contains("gave the columns `key,count`"));
    assert!(changed(|table| table.key_columns = 2).contains("names a row by 2 columns, expected 1"));
    let rows = totals.table.rows();
    let other = changed(|table| table.columns[2].cells = Cells::Int(vec![0; table.rows()]));
    assert!(
        other.contains("gave whole numbers of 64 bits in column sum, expected whole numbers of 128 bits")
    );
    let short = changed(|table| table.columns[1].cells = Cells::Int(vec![0]));
    assert!(short.contains(&format!("gave 1 cells in column count, expected {rows}")), "{short}");
    let decisions = totals.ask(&Shape::Decisions, Answer::Table(totals.table.clone()), &totals.loaded.keys);
    assert!(decisions.expect_err("a table").message.contains("expected a decision for each record"));
}

#[test]
fn a_key_that_comes_twice_is_refused() {
    let totals = totals();
    let rows: Vec<u32> = (0..totals.table.rows() as u32).chain([3, 5]).collect();
    let message = totals.refused(totals.table.picked(&rows));
    assert!(message.contains("2 of them with the key of another"), "{message}");
}

#[test]
fn a_text_of_nowhere_is_refused() {
    let totals = totals();
    let wanted = Shape::Table({
        let mut wanted = totals.table.clone();
        wanted.clear();
        wanted
    });
    let one = |cell: u32| {
        let column = TableColumn::new;
        let columns = vec![
            column("key", Cells::Text(vec![cell])),
            column("count", Cells::Int(vec![1])),
            column("sum", Cells::Wide(vec![1])),
        ];
        Answer::Table(Table::new(1, columns))
    };
    let mut texts = Keys::default();
    texts.intern(b"no\x1bwhere");
    let unknown = totals.ask(&wanted, one(0), &texts).expect_err("unknown");
    assert_eq!(
        unknown.message,
        "reference a-fake: row 1: key is 'no\\u{1b}where', a text that the dataset doesn't hold"
    );
    let beyond = totals.ask(&wanted, one(1), &texts).expect_err("beyond the texts");
    assert_eq!(beyond.message, "reference a-fake: row 1: key refers to text 1 of 1");
}

#[test]
fn there_is_one_decision_for_each_record() {
    let totals = totals();
    let (records, keys) = (totals.loaded.records.len(), &totals.loaded.keys);
    let good: Vec<u32> = (0..records as u32).collect();
    let ask = |decisions| totals.ask(&Shape::Decisions, Answer::Decisions(decisions), keys);
    assert_eq!(ask(good.clone()), Ok(Answer::Decisions(good.clone())));
    let short = ask(good[1..].to_vec()).expect_err("one is missing");
    assert_eq!(short.record, None);
    assert!(
        short
            .message
            .contains(&format!("gave {} decisions, expected one for each of {records}", records - 1))
    );
    let mut none = good;
    none[7] = NO_DECISION;
    assert_eq!(ask(none).expect_err("one is none").record, Some(7));
    let mut wanted = totals.table.clone();
    wanted.clear();
    let decided = totals.ask(&Shape::Table(wanted), Answer::Decisions(vec![]), keys);
    assert!(decided.expect_err("decisions").message.contains("expected a table"));
}

#[test]
fn what_fails_outside_is_told_with_its_name() {
    let totals = totals();
    let failed = BatchError::at(4, "no such column: VALUE".into());
    let asked = ask(&Fake(Err(failed)), &totals.frozen, &Shape::Decisions, &totals.loaded.keys, &|| false);
    let error = asked.expect_err("it failed");
    assert_eq!(error.to_string(), "record 4: reference a-fake: no such column: VALUE");
}
