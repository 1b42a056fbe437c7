//! Shows what the tests of all table references share.
#![expect(unreachable_pub, reason = "shared by several test programs, none of which is a library")]

mod drawn;

use batch::Answer;
use datasets::Keys;
use proptest::prelude::*;

pub use drawn::*;

/// The answer as lines of CSV without a header; checks that the rows are sorted and each stands once.
pub fn lines(answer: &Answer, keys: &Keys) -> Vec<String> {
    let table = &answer.table;
    let mut settled = table.clone();
    settled.settle(keys);
    assert_eq!(table, &settled, "the rows aren't sorted by their keys, or one stands twice");
    let line = |row| {
        let mut out = Vec::new();
        table.write_row(row, keys, &mut out);
        String::from_utf8(out).expect("the texts are UTF-8").trim_end().to_owned()
    };
    (0..table.rows()).map(line).collect()
}

pub fn header(answer: &Answer) -> String {
    let mut out = Vec::new();
    answer.table.write_header(&mut out);
    String::from_utf8(out).expect("names are ASCII")
}

pub fn count(answer: &Answer, name: &str) -> u64 {
    answer.count(name).unwrap_or_else(|| panic!("no count {name:?} in {:?}", answer.counts))
}

/// Some records, and the same ones in another order.
pub fn shuffled<T: std::fmt::Debug + Clone>(
    record: impl Strategy<Value = T>,
    most: usize,
) -> impl Strategy<Value = (Vec<T>, Vec<T>)> {
    prop::collection::vec(record, 0..=most)
        .prop_flat_map(|records| (Just(records.clone()), Just(records).prop_shuffle()))
}
