//! Shows what the tests of all table references share.
#![expect(unreachable_pub, reason = "shared by several test programs, none of which is a library")]

use batch::Answer;
use datasets::Keys;
use proptest::prelude::*;

/// Texts whose order isn't that of their numbers; the empty one and one of several bytes a letter among them.
pub const TEXTS: [&str; 5] = ["b", "", "ab", "é", "a"];

/// [`TEXTS`], each under its position.
pub fn keys() -> Keys {
    keys_of(&TEXTS)
}

pub fn keys_of(texts: &[&str]) -> Keys {
    let mut keys = Keys::default();
    for text in texts {
        keys.intern(text.as_bytes());
    }
    keys
}

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

/// Times that meet often, before and after the epoch, and some close to the ends of 64 bits.
pub fn time() -> impl Strategy<Value = i64> {
    prop_oneof![
        20 => -30_i64..=30,
        1 => i64::MIN..=i64::MIN + 20,
        1 => i64::MAX - 20..=i64::MAX,
    ]
}

pub fn value() -> impl Strategy<Value = i64> {
    prop_oneof![6 => -3_i64..=3, 1 => any::<i64>(), 1 => Just(i64::MAX), 1 => Just(i64::MIN)]
}

pub fn key() -> impl Strategy<Value = u32> {
    0..TEXTS.len() as u32
}

/// Some records, and the same ones in another order.
pub fn shuffled<T: std::fmt::Debug + Clone>(
    record: impl Strategy<Value = T>,
    most: usize,
) -> impl Strategy<Value = (Vec<T>, Vec<T>)> {
    prop::collection::vec(record, 0..=most)
        .prop_flat_map(|records| (Just(records.clone()), Just(records).prop_shuffle()))
}
