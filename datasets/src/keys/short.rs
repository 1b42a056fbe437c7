//! Texts of a few bytes, held in two words: most keys are short, and words are compared at once.

use std::hash::BuildHasher;

use foldhash::fast::RandomState;

use crate::quoting::needs_quotes;

/// The longest text that is short; the sixteenth byte holds the length.
const MAX_BYTES: usize = 15;
const ONES: u64 = 0x0101_0101_0101_0101;
const HIGH_BITS: u64 = 0x8080_8080_8080_8080;

/// A text of at most 15 bytes which stands in a field of CSV without quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Short {
    /// The first eight bytes, the first of them the lowest, then zeros.
    low: u64,
    /// The others, and the length in the highest byte.
    high: u64,
}

impl Short {
    /// The text, if it is one.
    pub(super) fn of(text: &[u8]) -> Option<Self> {
        if text.len() > MAX_BYTES || needs_quotes(text) {
            return None;
        }
        let mut bytes = [0; 16];
        bytes[..text.len()].copy_from_slice(text);
        let words = u128::from_le_bytes(bytes);
        let length = (text.len() as u64) << 56;
        Some(Self { low: words as u64, high: (words >> 64) as u64 | length })
    }

    /// The text before the first `end`, and its length, if it ends within 15 bytes and 16 are there to be looked at.
    ///
    /// It may need quotes after all. Then it is equal to no text made by [`Short::of`].
    #[inline]
    pub(crate) fn before(end: u8, bytes: &[u8]) -> Option<(Self, usize)> {
        let (low, rest) = bytes.split_first_chunk()?;
        let (low, high) = (u64::from_le_bytes(*low), u64::from_le_bytes(*rest.first_chunk()?));
        let ends = equal_bytes(low, end);
        if ends != 0 {
            let length = ends.trailing_zeros() / 8;
            let text = low & !(u64::MAX << (8 * length));
            return Some((Self { low: text, high: u64::from(length) << 56 }, length as usize));
        }
        let ends = equal_bytes(high, end);
        if ends == 0 {
            return None;
        }
        let length = ends.trailing_zeros() / 8;
        let text = high & !(u64::MAX << (8 * length));
        Some((Self { low, high: text | u64::from(8 + length) << 56 }, 8 + length as usize))
    }

    #[inline]
    fn hash(self, state: &RandomState) -> u64 {
        state.hash_one(u128::from(self.low) | u128::from(self.high) << 64)
    }
}

/// A word in which the lowest bit that is set is the high bit of the first byte that is `wanted`.
#[inline]
fn equal_bytes(word: u64, wanted: u8) -> u64 {
    let zero_where_equal = word ^ (ONES * u64::from(wanted));
    zero_where_equal.wrapping_sub(ONES) & !zero_where_equal & HIGH_BITS
}

/// A hash table with its texts in the slots, so that a look-up touches one of them and nothing else.
///
/// Open addressing with linear probing, at most half full.
#[derive(Debug, Clone, Default)]
pub(super) struct ShortTexts {
    /// A power of two of slots, or none.
    slots: Vec<Slot>,
    filled: usize,
}

#[derive(Debug, Clone, Copy)]
struct Slot {
    text: Short,
    number: u32,
}

/// No text has this length.
const NO_TEXT: Short = Short { low: 0, high: u64::MAX };
const EMPTY: Slot = Slot { text: NO_TEXT, number: 0 };

impl ShortTexts {
    #[inline]
    pub(super) fn find(&self, text: Short, state: &RandomState) -> Option<u32> {
        let mask = self.slots.len().checked_sub(1)?;
        let mut at = text.hash(state) as usize;
        loop {
            let slot = &self.slots[at & mask];
            if slot.text == text {
                return Some(slot.number);
            }
            if slot.text == NO_TEXT {
                return None;
            }
            at = at.wrapping_add(1);
        }
    }

    /// Adds a text that isn't there.
    pub(super) fn insert(&mut self, text: Short, number: u32, state: &RandomState) {
        if 2 * (self.filled + 1) > self.slots.len() {
            let larger = vec![EMPTY; (2 * self.slots.len()).max(64)];
            let old = std::mem::replace(&mut self.slots, larger);
            old.into_iter().filter(|slot| slot.text != NO_TEXT).for_each(|slot| self.place(slot, state));
        }
        self.place(Slot { text, number }, state);
        self.filled += 1;
    }

    fn place(&mut self, slot: Slot, state: &RandomState) {
        let mask = self.slots.len() - 1;
        let mut at = slot.text.hash(state) as usize;
        while self.slots[at & mask].text != NO_TEXT {
            at = at.wrapping_add(1);
        }
        self.slots[at & mask] = slot;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use proptest::prelude::*;

    #[test]
    fn long_texts_and_those_in_quotes_are_not_short() {
        for text in ["", "a", "fifteen bytes..", "ключ"] {
            assert!(Short::of(text.as_bytes()).is_some(), "{text}");
        }
        for text in ["sixteen bytes ..", "a,b", "\"", "\n", "\r"] {
            assert_eq!(Short::of(text.as_bytes()), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_text_is_the_same_wherever_it_comes_from(
            text in prop::collection::vec(any::<u8>(), 0..20), end in any::<u8>(), rest in any::<[u8; 16]>(),
        ) {
            let bytes = [&text[..], &[end], &rest].concat();
            let length = bytes.iter().position(|&byte| byte == end).expect("it is there");
            let found = Short::before(end, &bytes);
            prop_assert_eq!(found.map(|(_, length)| length), (length <= 15).then_some(length));
            if let (Some((found, _)), Some(short)) = (found, Short::of(&bytes[..length])) {
                prop_assert_eq!(found, short);
            }
        }

        #[test]
        fn other_texts_are_not_the_same(text in "[ab,\"\n\0]{0,15}", other in "[ab\0]{0,15}") {
            let (found, _) = Short::before(b';', format!("{text};{text}{text};;;;;;;;;;;;;;;;").as_bytes()).expect("short");
            prop_assert_eq!(Some(found) == Short::of(other.as_bytes()), text == other);
        }
    }
}
