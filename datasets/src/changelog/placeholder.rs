//! The placeholder of a large value that a change didn't touch, which the database doesn't send.

use crate::table::FieldKind;

/// Stands as text in a field that is the placeholder and nothing is known of what was there before.
pub(super) const UNSEEN: &str = "a large value that no change has shown: the connector wrote its placeholder";

const WORD: &str = "__debezium_unavailable_value";
/// Its bytes, where the column is of bytes.
const BASE64: &str = "X19kZWJleml1bV91bmF2YWlsYWJsZV92YWx1ZQ==";
const HEX: &str = "5f5f646562657a69756d5f756e617661696c61626c655f76616c7565";
/// Its bytes as the elements of an array of numbers.
const CODES: &str =
    "[95,95,100,101,98,101,122,105,117,109,95,117,110,97,118,97,105,108,97,98,108,101,95,118,97,108,117,101]";
/// The UUID of version 3 that is made of its bytes.
const UUID: &str = "b68a35a7-17ad-35b3-af2a-ae46edb4545a";

/// Returns whether a value is the placeholder in one of its forms.
#[inline]
pub(super) fn is_placeholder(kind: FieldKind, text: &str) -> bool {
    match kind {
        FieldKind::Text => match text.len() {
            28 => text == WORD,
            40 => text == BASE64,
            56 => text.eq_ignore_ascii_case(HEX),
            36 => text == UUID,
            // A map of it to itself, as JSON within a text.
            _ => text.len() > 2 * WORD.len() && text.starts_with("{\"__debezium_un") && is_map(text),
        },
        FieldKind::Nested => {
            text == CODES
                || (text.len() > WORD.len() && (text.starts_with('[') && is_list(text) || is_map(text)))
        }
        _ => false,
    }
}

/// Returns whether a list without blanks has the placeholder of a text, of bytes or of a UUID as its only element.
fn is_list(text: &str) -> bool {
    let inner = text.strip_prefix("[\"").and_then(|text| text.strip_suffix("\"]"));
    inner.is_some_and(|inner| [WORD, BASE64, UUID].contains(&inner))
}

fn is_map(text: &str) -> bool {
    let inner = text.strip_prefix("{\"").and_then(|text| text.strip_suffix("\"}"));
    let halves = inner.and_then(|inner| inner.split_once('"')).map(|(name, rest)| (name, rest.trim_start()));
    let Some((name, rest)) = halves else { return false };
    let value = rest.strip_prefix(':').and_then(|rest| rest.trim_start().strip_prefix('"'));
    name == WORD && value == Some(WORD)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_forms_are_known_and_what_is_like_them_is_not() {
        for text in [WORD, BASE64, HEX, UUID] {
            assert!(is_placeholder(FieldKind::Text, text), "{text}");
            assert!(!is_placeholder(FieldKind::Text, &text[1..]));
            assert!(!is_placeholder(FieldKind::Text, &format!("{text} ")));
        }
        for element in [WORD, BASE64, UUID] {
            assert!(is_placeholder(FieldKind::Nested, &format!("[\"{element}\"]")));
            assert!(!is_placeholder(FieldKind::Nested, &format!("[\"{element}\",\"{element}\"]")));
        }
        let map = format!("{{\"{WORD}\":\"{WORD}\"}}");
        assert!(is_placeholder(FieldKind::Nested, &map) && is_placeholder(FieldKind::Text, &map));
        assert!(!is_placeholder(FieldKind::Nested, &format!("{{\"{WORD}\":\"x\"}}")));
        let codes: Vec<String> = WORD.bytes().map(|code| code.to_string()).collect();
        assert!(is_placeholder(FieldKind::Nested, &format!("[{}]", codes.join(","))));
        let bytes = crate::rows::from_base64(BASE64).expect("base64");
        assert_eq!(bytes, WORD.as_bytes());
        let digits: Vec<String> = WORD.bytes().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(digits.concat(), HEX);
    }
}
