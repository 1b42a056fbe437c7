//! Names the keys of copies: by nothing that is a key already, and each copy of each key something of its own.

use crate::error::Error;
use crate::frozen::Frozen;
use crate::generic::{Shape, unquote};

use super::{each_row, keys::KeyColumn};

/// Stands between a key and the number of the copy.
const MARK: u8 = b'~';

/// Says how a key becomes that of a copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Naming {
    /// All keys are whole numbers, the least of which is this. Those of a copy lie `span` above those of the copy before, so
    /// that the first copy's begin above the largest.
    Numbers { least: i64, span: i64 },
    /// So many marks and the copy's number are put behind a key. No key in use has so many of them at its end, or before
    /// digits at its end.
    Marks(usize),
}

impl Naming {
    /// Appends the key of the copy with this number; `None` stands for the records without one.
    pub(super) fn write(&self, key: Option<&[u8]>, copy: u32, out: &mut Vec<u8>) {
        let mut digits = itoa::Buffer::new();
        match *self {
            Self::Numbers { least, span } => {
                // Whoever has no key gets the last number of the span, which was left free.
                let own = key.and_then(number).unwrap_or(least + (span - 1));
                let new = i128::from(own) + i128::from(span) * i128::from(copy);
                out.extend_from_slice(digits.format(new).as_bytes());
            }
            Self::Marks(marks) => {
                out.extend_from_slice(key.unwrap_or_default());
                // Twice as many can't stand behind a key: that would have to end with as many itself.
                let marks = if key.is_some() { marks } else { 2 * marks };
                out.extend(std::iter::repeat_n(MARK, marks));
                out.extend_from_slice(digits.format(copy).as_bytes());
            }
        }
    }
}

/// The whole number that a key is, written as numbers are: `7` and `-7`, not `07` or `+7`.
fn number(key: &[u8]) -> Option<i64> {
    let digits = key.strip_prefix(b"-").unwrap_or(key);
    let is_written_so = match digits {
        [b'0'] => digits.len() == key.len(),
        [b'1'..=b'9', rest @ ..] => rest.iter().all(u8::is_ascii_digit),
        _ => false,
    };
    if is_written_so { str::from_utf8(key).ok()?.parse().ok() } else { None }
}

/// Counts the marks at a key's end, or before the digits at its end.
fn marks(key: &[u8]) -> usize {
    let before = key.iter().rev().skip_while(|byte| byte.is_ascii_digit());
    before.take_while(|byte| **byte == MARK).count()
}

/// Describes the keys of a column.
#[derive(Debug, Clone, Default)]
struct Seen {
    /// The least and the largest number.
    range: Option<(i64, i64)>,
    /// A key that is no number, if there is one.
    text: Option<Vec<u8>>,
    marks: usize,
    lacks: bool,
}

impl Seen {
    fn see(&mut self, key: Option<&[u8]>) {
        let Some(key) = key else {
            self.lacks = true;
            return;
        };
        self.marks = self.marks.max(marks(key));
        match number(key) {
            Some(number) => {
                let (least, most) = self.range.unwrap_or((number, number));
                self.range = Some((least.min(number), most.max(number)));
            }
            None if self.text.is_none() => self.text = Some(key.to_vec()),
            None => {}
        }
    }

    fn naming(&self, column: &KeyColumn, times: u32) -> Result<Naming, Error> {
        if self.text.is_none()
            && let Some(naming) = self.numbers(times)
        {
            return Ok(naming);
        }
        if !column.is_whole {
            return Ok(Naming::Marks(self.marks + 1));
        }
        let name = crate::shown(&column.name);
        let (why, hint) = match &self.text {
            Some(key) => {
                let key = crate::shown::quoted(key);
                (
                    format!("the key {key} of `{name}` is no whole number of 64 bits in its shortest form"),
                    "freeze it with another --key",
                )
            }
            None => (
                format!("no whole numbers of 64 bits are left above the keys of `{name}`"),
                "take fewer times, or freeze it with another --key",
            ),
        };
        Err(super::refused(times, &why).with_hint(Some(hint.to_owned())))
    }

    /// Numbers above all of these, where there are enough.
    fn numbers(&self, times: u32) -> Option<Naming> {
        let (least, most) = self.range.unwrap_or((0, 0));
        let span = i64::try_from(i128::from(most) - i128::from(least) + 1 + i128::from(self.lacks)).ok()?;
        let last = i128::from(least) + i128::from(span) * i128::from(times) - 1;
        (last <= i128::from(i64::MAX)).then_some(Naming::Numbers { least, span })
    }
}

/// Looks at all keys of these columns, which stand `before` places further back in the data file than in a line.
pub(super) fn namings(
    frozen: &Frozen,
    columns: &[KeyColumn],
    before: usize,
    times: u32,
) -> Result<Vec<Naming>, Error> {
    let mut seen = vec![Seen::default(); columns.len()];
    let mut text = Vec::new();
    frozen.each_block(|block| {
        each_row(block, |row, pieces| {
            for (column, seen) in columns.iter().zip(&mut seen) {
                let Some(&piece) = pieces.get(column.at + before) else { continue };
                text.clear();
                unquote(row, piece, b'"', &mut text);
                let (_, key, _) = column.key(&text, piece.shape != Shape::Plain);
                seen.see(key);
            }
        })
    })?;
    columns.iter().zip(&seen).map(|(column, seen)| seen.naming(column, times)).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    fn column(is_whole: bool) -> KeyColumn {
        let fields =
            format!("name = \"k\"\ntype = \"{}\"\nrole = \"key\"", if is_whole { "whole" } else { "text" });
        let field = toml::from_str(&fields).expect("a field");
        let manifest = crate::Manifest {
            schema: String::new(),
            name: String::new(),
            problem: String::new(),
            data: String::new(),
            columns: vec!["k".to_owned()],
            records: 0,
            bytes: 0,
            blake3: String::new(),
            scale: 1,
            optimum: None,
            best_known: None,
            rejected: None,
            rejected_blake3: None,
            rejected_reasons: std::collections::BTreeMap::default(),
            parameters: std::collections::BTreeMap::default(),
            source: crate::Source::default(),
            fields: vec![field],
        };
        super::super::keys::key_columns(&manifest).expect("a key").remove(0)
    }

    /// All keys, each once, with those of the copies.
    fn all(keys: &HashSet<Option<Vec<u8>>>, is_whole: bool, times: u32) -> Result<Vec<Vec<u8>>, Error> {
        let mut seen = Seen::default();
        for key in keys {
            seen.see(key.as_deref());
        }
        let naming = seen.naming(&column(is_whole), times)?;
        let mut all: Vec<Vec<u8>> = keys.iter().flatten().cloned().collect();
        for copy in 1..times {
            for key in keys {
                let mut new = Vec::new();
                naming.write(key.as_deref(), copy, &mut new);
                all.push(new);
            }
        }
        Ok(all)
    }

    fn texts() -> impl Strategy<Value = Option<Vec<u8>>> {
        // Whatever can be taken for the key of a copy.
        prop::option::weighted(0.9, "[~12a]{0,5}".prop_map(String::into_bytes))
    }

    proptest! {
        #[test]
        fn no_two_keys_are_the_same(keys in prop::collection::hash_set(texts(), 0..30), times in 1_u32..14) {
            let all = all(&keys, false, times).expect("texts can always be made");
            prop_assert_eq!(all.len(), all.iter().collect::<HashSet<_>>().len(), "{:?}", all);
        }

        #[test]
        fn no_two_numbers_are_the_same(
            numbers in prop::collection::hash_set(prop::option::weighted(0.9, -9_i64..10), 0..9),
            times in 1_u32..14,
        ) {
            let text = |number: &Option<i64>| number.map(|number| number.to_string().into_bytes());
            let keys: HashSet<_> = numbers.iter().map(text).collect();
            let all = all(&keys, true, times).expect("there is room");
            prop_assert_eq!(all.len(), all.iter().collect::<HashSet<_>>().len(), "{:?}", all);
            prop_assert!(all.iter().all(|key| number(key).is_some()));
            let largest = numbers.iter().flatten().max().copied();
            let new = all[keys.iter().flatten().count()..].iter();
            prop_assert!(new.map(|key| number(key)).all(|new| new > largest));
        }
    }

    #[test]
    fn numbers_go_on_as_long_as_64_bits_do() {
        let keys = |keys: &[&str]| keys.iter().map(|key| Some(key.as_bytes().to_vec())).collect();
        assert!(all(&keys(&["9223372036854775806"]), true, 2).is_ok());
        assert!(all(&keys(&["9223372036854775807"]), true, 2).is_err());
        assert!(all(&keys(&["-9223372036854775808", "9223372036854775807"]), true, 2).is_err());
        // Texts that are numbers need not stay such.
        let texts = all(&keys(&["9223372036854775807"]), false, 2).expect("a text");
        assert_eq!(texts[1], b"9223372036854775807~1");
        assert!(all(&keys(&["007"]), true, 2).is_err());
        assert_eq!(all(&keys(&["-0"]), false, 2).expect("a text")[1], b"-0~1");
    }

    #[test]
    fn marks_are_as_many_as_it_takes() {
        for (key, expected) in
            [("a", 0), ("a~", 1), ("a~~7", 2), ("~", 1), ("", 0), ("12", 0), ("a~1b", 0), ("~a", 0)]
        {
            assert_eq!(marks(key.as_bytes()), expected, "{key}");
        }
    }
}
