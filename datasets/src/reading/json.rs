//! Rows of JSON lines, which know types.

use std::{borrow::Cow, collections::HashSet, fmt, path::Path};

use serde_json::value::RawValue;

use super::{ReadTable, Reading, check, short_name};
use crate::{
    Go,
    error::{Error, Place},
    table::FieldKind,
};

/// Values that are nested deeper aren't data; each level is read again.
const MOST_LEVELS: usize = 100;

/// Each line an object. Its columns are those of all lines, in the order in which they appear.
pub(super) fn read(origin: &Path, bytes: &[u8], go: Go<'_>) -> Result<ReadTable, Error> {
    let text = crate::files::utf8(origin, bytes)?;
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    let mut table = Reading::default();
    for (line, text) in (1..).zip(text.lines()).filter(|(_, text)| !text.trim().is_empty()) {
        check(go, table.rows())?;
        json_row(text, &mut table).map_err(|message| Place::line(origin, line).rejects(message))?;
        table.end_row(line);
    }
    Ok(table.finish())
}

/// Appends the fields of an object to the row that is being read, numbers digit by digit; the error says what is wrong.
pub fn json_row(text: &str, table: &mut Reading) -> Result<(), String> {
    json_fields(text, |name, kind, text| {
        let column = table.column(name);
        table.push(column, kind, text)
    })
}

/// Hands on each field of an object, with its name, in the order in which they stand, numbers digit by digit; the error
/// says what is wrong.
pub fn json_fields(
    text: &str,
    mut take: impl FnMut(&str, FieldKind, &str) -> Result<(), String>,
) -> Result<(), String> {
    let Object(members) = serde_json::from_str(text).map_err(|error| error.to_string())?;
    for (name, value) in members {
        let (kind, text) = field(value.get())?;
        take(&name, kind, &text)?;
    }
    Ok(())
}

/// The members of a JSON object in their order, each name once: a plain map would keep the last of two silently.
struct Object<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

/// Up to so many names are compared one by one, which takes less time than to hash them.
const FEW: usize = 16;

impl<'de> serde::Deserialize<'de> for Object<'de> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ObjectVisitor)
    }
}

struct ObjectVisitor;

impl<'de> serde::de::Visitor<'de> for ObjectVisitor {
    type Value = Object<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Object<'de>, A::Error> {
        let mut members: Vec<(Cow<'de, str>, &'de RawValue)> = Vec::new();
        let mut known: HashSet<Cow<'de, str>> = HashSet::new();
        while let Some((Name(name), value)) = map.next_entry::<Name<'de>, &RawValue>()? {
            let is_known = if members.len() < FEW {
                members.iter().any(|(other, _)| *other == name)
            } else {
                if known.is_empty() {
                    known.extend(members.iter().map(|(name, _)| name.clone()));
                }
                !known.insert(name.clone())
            };
            if is_known {
                let message = format!("field '{}' is there twice", short_name(&name));
                return Err(serde::de::Error::custom(message));
            }
            members.push((name, value));
        }
        Ok(Object(members))
    }
}

/// The name of a member, which stands in the text unless it has escapes.
struct Name<'a>(Cow<'a, str>);

impl<'de> serde::Deserialize<'de> for Name<'de> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(NameVisitor)
    }
}

struct NameVisitor;

impl<'de> serde::de::Visitor<'de> for NameVisitor {
    type Value = Name<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Name<'de>, E> {
        Ok(Name(Cow::Borrowed(name)))
    }

    fn visit_str<E>(self, name: &str) -> Result<Name<'de>, E> {
        Ok(Name(Cow::Owned(name.to_owned())))
    }
}

/// A value by its text, which is JSON: numbers keep their digits.
pub(crate) fn field(json: &str) -> Result<(FieldKind, Cow<'_, str>), String> {
    Ok(match json.as_bytes().first() {
        Some(b'"') => (FieldKind::Text, string(json)?),
        Some(b'{' | b'[') => {
            let mut text = String::with_capacity(json.len());
            canonical(json, 0, &mut text)?;
            (FieldKind::Nested, text.into())
        }
        Some(b'n') | None => (FieldKind::Null, "null".into()),
        Some(b't' | b'f') => (FieldKind::Boolean, json.into()),
        Some(_) => (FieldKind::Number, json.into()),
    })
}

/// The text within quotes; one without escapes stands there as it is.
fn string(json: &str) -> Result<Cow<'_, str>, String> {
    match json.strip_prefix('"').and_then(|text| text.strip_suffix('"')) {
        Some(text) if !text.contains('\\') => Ok(text.into()),
        _ => serde_json::from_str(json).map(Cow::Owned).map_err(|error| error.to_string()),
    }
}

/// Appends a value without blanks, names in order, every text written in one way.
fn canonical(json: &str, level: usize, out: &mut String) -> Result<(), String> {
    if level > MOST_LEVELS {
        return Err(format!("a value that is nested more than {MOST_LEVELS} levels deep"));
    }
    match json.as_bytes().first() {
        Some(b'{') => {
            let Object(mut members) = serde_json::from_str(json).map_err(|error| error.to_string())?;
            members.sort_unstable_by(|a, b| a.0.cmp(&b.0));
            out.push('{');
            for (at, (name, value)) in members.iter().enumerate() {
                out.push_str(if at == 0 { "" } else { "," });
                out.push_str(&serde_json::Value::from(name.as_ref()).to_string());
                out.push(':');
                canonical(value.get(), level + 1, out)?;
            }
            out.push('}');
        }
        Some(b'[') => {
            let items: Vec<&RawValue> = serde_json::from_str(json).map_err(|error| error.to_string())?;
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                out.push_str(if at == 0 { "" } else { "," });
                canonical(item.get(), level + 1, out)?;
            }
            out.push(']');
        }
        Some(b'"') => out.push_str(&serde_json::Value::from(string(json)?.as_ref()).to_string()),
        Some(_) | None => out.push_str(json),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nested(json: &str) -> String {
        let (kind, text) = field(json).expect("JSON");
        assert_eq!(kind, FieldKind::Nested);
        text.into_owned()
    }

    #[test]
    fn nested_values_have_one_text() {
        let expected = r#"{"a":[1.50,null,"é"],"b":{}}"#;
        assert_eq!(nested(expected), expected);
        assert_eq!(nested(r#"{ "b" : { }, "a":[ 1.50 , null,"\u00e9"] }"#), expected);
        assert_ne!(nested("[1]"), nested("[1.0]"));
        assert_ne!(nested("[1]"), nested("[\"1\"]"));
        assert!(field(r#"{"a":1,"a":1}"#).is_err_and(|why| why.contains("'a' is there twice")));
    }

    #[test]
    fn a_name_stands_once_however_it_is_written() {
        for before in [0, 1, FEW - 1, FEW, FEW + 1, 40] {
            let names = |last: &str| {
                let all: Vec<String> = (0..before).map(|n| format!("\"n{n}\":{n},")).collect();
                let all = all.concat();
                let text = format!("{{{all}\"a\":1,\"{last}\":2}}");
                let mut found = Vec::new();
                json_fields(&text, |name, _, _| {
                    found.push(name.to_owned());
                    Ok(())
                })
                .map(|()| found)
            };
            let expected: Vec<String> = (0..before).map(|n| format!("n{n}")).collect();
            let found = names("b\\u0061").expect("each once");
            assert_eq!((&found[..before], &found[before..]), (&expected[..], &["a".into(), "ba".into()][..]));
            for twice in ["a", "\\u0061"] {
                let why = names(twice).expect_err("it is there twice");
                assert!(why.starts_with("field 'a' is there twice at line 1"), "{why}");
            }
        }
    }

    #[test]
    fn depth_has_a_bound() {
        let deep = |levels: usize| "[".repeat(levels) + &"]".repeat(levels);
        assert!(field(&deep(MOST_LEVELS)).is_ok());
        assert!(field(&deep(100_000)).is_err_and(|why| why.contains("100 levels")));
    }

    #[test]
    fn numbers_keep_their_digits() {
        for text in ["18446744073709551617", "-0", "1e400", "0.1000", "1E+2"] {
            assert_eq!(field(text), Ok((FieldKind::Number, text.into())));
        }
    }
}
