//! Draws what records are made of.
#![expect(unreachable_pub, reason = "shared by several test programs, none of which is a library")]

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
