//! Records as JSON, an object a line: `{"offset":0,"arrival_ms":12,"record":{"user":"a","amount":1.50}}`.

use std::sync::Arc;

use super::rows::csv_row::Fields;

/// Says how records become JSON.
#[derive(Debug, Clone, Default)]
pub struct JsonLines {
    /// The columns, in the order in which a line has them.
    pub columns: Vec<JsonColumn>,
    /// When each record arrives, in the order of sending; `None` where records have no such time.
    pub arrivals_ms: Option<Arc<[i64]>>,
}

/// A column of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonColumn {
    /// Its name.
    pub name: String,
    /// Says which values it has.
    pub value: JsonValue,
}

/// Says what a field's text is in JSON. A field without any text is always `null`, unless it stands in quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JsonValue {
    /// A number, digit by digit, where the text is written as JSON writes one (`1.50`, not `007` or `NaN`); `true` or `false`;
    /// else a text.
    AsWritten,
    /// A text, whatever it looks like.
    Text,
}

impl JsonLines {
    /// The line that names the columns.
    pub(super) fn first_line(&self) -> Vec<u8> {
        let mut line = b"{\"columns\":[".to_vec();
        for (at, column) in self.columns.iter().enumerate() {
            line.extend_from_slice(if at == 0 { b"" } else { b"," });
            write_text(column.name.as_bytes(), &mut line);
        }
        line.extend_from_slice(b"]}");
        line
    }

    /// Appends the record that `line` holds as CSV.
    pub(super) fn write(&self, line: &[u8], offset: u64, out: &mut Vec<u8>) {
        out.extend_from_slice(b"{\"offset\":");
        write_number(offset.into(), out);
        let arrival = self.arrivals_ms.as_ref().and_then(|arrivals| arrivals.get(offset as usize));
        if let Some(&arrival) = arrival {
            out.extend_from_slice(b",\"arrival_ms\":");
            write_number(arrival.into(), out);
        }
        out.extend_from_slice(b",\"record\":{");
        let mut fields = Fields::of(line);
        for (at, column) in self.columns.iter().enumerate() {
            out.extend_from_slice(if at == 0 { b"" } else { b"," });
            write_text(column.name.as_bytes(), out);
            out.push(b':');
            match fields.next() {
                // Whoever loaded the dataset has checked its lines.
                None | Some(Err(_)) => out.extend_from_slice(b"null"),
                Some(Ok(field)) => write_value(&field.text, field.is_quoted, column.value, out),
            }
        }
        out.extend_from_slice(b"}}");
    }
}

fn write_value(text: &[u8], is_quoted: bool, value: JsonValue, out: &mut Vec<u8>) {
    match value {
        _ if text.is_empty() && !is_quoted => out.extend_from_slice(b"null"),
        JsonValue::AsWritten if !is_quoted && is_literal(text) => out.extend_from_slice(text),
        JsonValue::AsWritten | JsonValue::Text => write_text(text, out),
    }
}

fn write_number(number: i128, out: &mut Vec<u8>) {
    out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
}

/// Returns whether JSON reads this as a number, `true` or `false`.
fn is_literal(text: &[u8]) -> bool {
    matches!(text, b"true" | b"false") || is_number(text)
}

/// Returns whether JSON reads this as a number: `-0.5e+3`.
fn is_number(text: &[u8]) -> bool {
    let digits = |text: &[u8]| text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let text = text.strip_prefix(b"-").unwrap_or(text);
    let whole = digits(text);
    if whole == 0 || (whole > 1 && text[0] == b'0') {
        return false;
    }
    let mut rest = &text[whole..];
    if let Some(fraction) = rest.strip_prefix(b".") {
        let length = digits(fraction);
        if length == 0 {
            return false;
        }
        rest = &fraction[length..];
    }
    if let [b'e' | b'E', exponent @ ..] = rest {
        let exponent =
            exponent.strip_prefix(b"+").or_else(|| exponent.strip_prefix(b"-")).unwrap_or(exponent);
        let length = digits(exponent);
        if length == 0 {
            return false;
        }
        rest = &exponent[length..];
    }
    rest.is_empty()
}

/// Appends a text in quotes. Bytes that are no UTF-8 become the character for that.
fn write_text(text: &[u8], out: &mut Vec<u8>) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    out.push(b'"');
    for chunk in text.utf8_chunks() {
        for byte in chunk.valid().bytes() {
            match byte {
                b'"' | b'\\' => out.extend_from_slice(&[b'\\', byte]),
                b'\n' => out.extend_from_slice(b"\\n"),
                b'\r' => out.extend_from_slice(b"\\r"),
                b'\t' => out.extend_from_slice(b"\\t"),
                0..0x20 | 0x7f => {
                    let (high, low) = (HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]);
                    out.extend_from_slice(&[b'\\', b'u', b'0', b'0', high, low]);
                }
                _ => out.push(byte),
            }
        }
        if !chunk.invalid().is_empty() {
            out.extend_from_slice("\u{fffd}".as_bytes());
        }
    }
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::Value;

    fn lines(columns: &[(&str, JsonValue)], arrivals: Option<Vec<i64>>) -> JsonLines {
        let column = |&(name, value): &(&str, JsonValue)| JsonColumn { name: name.to_owned(), value };
        JsonLines { columns: columns.iter().map(column).collect(), arrivals_ms: arrivals.map(Arc::from) }
    }

    fn written(lines: &JsonLines, line: &str, offset: u64) -> String {
        let mut out = Vec::new();
        lines.write(line.as_bytes(), offset, &mut out);
        String::from_utf8(out).expect("UTF-8")
    }

    use JsonValue::{AsWritten, Text};

    #[test]
    fn values_are_as_they_were_written() {
        let lines = lines(&[("a", AsWritten), ("b", Text), ("c \"", AsWritten)], None);
        assert_eq!(lines.first_line(), br#"{"columns":["a","b","c \""]}"#);
        assert_eq!(
            written(&lines, "1.50,12,x", 3),
            r#"{"offset":3,"record":{"a":1.50,"b":"12","c \"":"x"}}"#
        );
        assert_eq!(
            written(&lines, "\"1\",\"\",\"a,\"\"b\n\"", 0),
            r#"{"offset":0,"record":{"a":"1","b":"","c \"":"a,\"b\n"}}"#
        );
        assert_eq!(written(&lines, ",,true", 0), r#"{"offset":0,"record":{"a":null,"b":null,"c \"":true}}"#);
        // A row that is too short has nothing there.
        assert_eq!(written(&lines, "1", 0), r#"{"offset":0,"record":{"a":1,"b":null,"c \"":null}}"#);
    }

    #[test]
    fn a_record_that_is_timed_says_when_it_came() {
        let lines = lines(&[("a", AsWritten)], Some(vec![-5, 1_700_000_000_000]));
        assert_eq!(written(&lines, "x", 1), r#"{"offset":1,"arrival_ms":1700000000000,"record":{"a":"x"}}"#);
    }

    #[test]
    fn numbers_are_those_of_json() {
        let yes = ["0", "-0", "12", "1.50", "1e5", "-1.5E-10", "18446744073709551617", "0.0"];
        for text in yes {
            assert!(is_number(text.as_bytes()), "{text}");
        }
        let no =
            ["", "-", "007", "+1", "1.", ".5", "1e", "1e+", "NaN", "Infinity", "1 ", "0x1", "1_000", "--1"];
        for text in no {
            assert!(!is_number(text.as_bytes()), "{text}");
            assert!(serde_json::from_str::<serde_json::Number>(text).is_err() || text == "1 ", "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_json_that_says_the_same(text in "\\PC*|[\\x00-\\x7f]*|[-0-9.eE+]{0,6}") {
            let quoted = format!("\"{}\"", text.replace('"', "\"\""));
            let texts = lines(&[("v", Text)], None);
            let value: Value = serde_json::from_str(&written(&texts, &quoted, 0)).expect("JSON");
            prop_assert_eq!(&value["record"]["v"], &Value::from(text.as_str()));
            let number = serde_json::from_str::<serde_json::Number>(&text).is_ok() && text.trim() == text;
            prop_assert_eq!(is_number(text.as_bytes()), number, "{}", text);
        }
    }
}
