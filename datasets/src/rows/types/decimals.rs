//! Numbers of any length, and decimals as bytes.

use std::fmt::Write as _;

use super::bytes::from_base64;
use super::is_no;
use crate::table::{Field, FieldKind};

/// A value of more bytes isn't a decimal of any database; turning bytes into digits takes time with their square.
const MOST_BYTES: usize = 8192;
/// No database has a decimal with a larger exponent.
const MOST_EXPONENT: i64 = 20_000;
const MOST_SCALE: i64 = 20_000;

pub(super) fn number(field: Field<'_>, out: &mut String) -> Result<FieldKind, String> {
    let text = match special(field.text) {
        Some(word) => word,
        None if parts(field.text).is_some() => field.text,
        None => return Err(is_no(field, "number", "digits, NaN or Infinity")),
    };
    out.push_str(text);
    Ok(FieldKind::Number)
}

fn special(text: &str) -> Option<&'static str> {
    Some(match text {
        "NaN" | "NAN" | "nan" => "NaN",
        "Infinity" | "INFINITY" | "infinity" | "+Infinity" | "inf" | "Inf" => "Infinity",
        "-Infinity" | "-INFINITY" | "-infinity" | "-inf" | "-Inf" => "-Infinity",
        _ => return None,
    })
}

pub(super) fn decimal(field: Field<'_>, scale: Option<u32>, out: &mut String) -> Result<FieldKind, String> {
    if let Some(word) = special(field.text) {
        out.push_str(word);
        return Ok(FieldKind::Number);
    }
    match (field.kind, scale) {
        (FieldKind::Nested, _) => of_object(field, scale, out)?,
        // In JSON a decimal of a known scale is bytes; a text with a point in it can't be.
        (FieldKind::Text, Some(scale)) if !field.text.contains('.') => {
            let bytes = from_base64(field.text).filter(|bytes| bytes.len() <= MOST_BYTES);
            let Some(bytes) = bytes else {
                let expected = "bytes in base64; where texts are decimals, say 'decimal' without a scale";
                return Err(is_no(field, "decimal", expected));
            };
            write_scaled(&digits_of(&bytes), i64::from(scale), out);
        }
        (_, scale) => of_text(field, scale, out)?,
    }
    Ok(FieldKind::Number)
}

#[derive(serde::Deserialize)]
struct Variable {
    scale: i64,
    value: String,
}

/// Reads `{"scale":1,"value":"Dw=="}`.
fn of_object(field: Field<'_>, scale: Option<u32>, out: &mut String) -> Result<(), String> {
    let read: Option<(Vec<u8>, i64)> = serde_json::from_str::<Variable>(field.text).ok().and_then(|read| {
        let bytes = from_base64(&read.value).filter(|bytes| bytes.len() <= MOST_BYTES)?;
        (read.scale.abs() <= MOST_SCALE).then_some((bytes, read.scale))
    });
    let Some((bytes, own)) = read else {
        return Err(is_no(field, "decimal", "a scale and bytes in base64: {\"scale\":1,\"value\":\"Dw==\"}"));
    };
    let mut text = String::new();
    write_scaled(&digits_of(&bytes), own, &mut text);
    match scale {
        None => out.push_str(&text),
        Some(_) => of_text(Field { kind: FieldKind::Number, text: &text }, scale, out)?,
    }
    Ok(())
}

/// A number's sign, the digits before and behind the point, and its exponent.
type Parts<'a> = (bool, &'a str, &'a str, i64);

fn parts(text: &str) -> Option<Parts<'_>> {
    let (is_negative, unsigned) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse().ok()?),
        None => (unsigned, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let is_number = !(whole.is_empty() && fraction.is_empty())
        && whole.bytes().chain(fraction.bytes()).all(|digit| digit.is_ascii_digit());
    is_number.then_some((is_negative, whole, fraction, exponent))
}

/// Writes a decimal text without an exponent, with `scale` digits behind the point where that is said.
fn of_text(field: Field<'_>, scale: Option<u32>, out: &mut String) -> Result<(), String> {
    let read = parts(field.text).filter(|(.., exponent)| exponent.abs() <= MOST_EXPONENT);
    let Some((is_negative, whole, fraction, exponent)) = read else {
        return Err(is_no(field, "decimal", "digits with a point"));
    };
    let mut digits = format!("{whole}{fraction}");
    let mut own = fraction.len().cast_signed() as i64 - exponent;
    if let Some(scale) = scale.map(i64::from) {
        while own > scale && digits.ends_with('0') {
            digits.pop();
            own -= 1;
        }
        if own > scale && digits.bytes().any(|digit| digit != b'0') {
            return Err(is_no(field, "decimal of this scale", &format!("{scale} digits behind the point")));
        }
        digits.extend(std::iter::repeat_n('0', usize::try_from(scale - own).unwrap_or(0)));
        own = scale;
    }
    let digits = digits.trim_start_matches('0');
    let sign = if is_negative && !digits.is_empty() { "-" } else { "" };
    write_scaled(&format!("{sign}{digits}"), own, out);
    Ok(())
}

/// Appends a whole number, its point put `scale` digits from its end.
fn write_scaled(number: &str, scale: i64, out: &mut String) {
    let (sign, digits) = number.strip_prefix('-').map_or(("", number), |digits| ("-", digits));
    out.push_str(sign);
    let Ok(scale) = usize::try_from(scale) else {
        let zeros = if digits.is_empty() || digits == "0" { 0 } else { scale.unsigned_abs() as usize };
        out.push_str(if digits.is_empty() { "0" } else { digits });
        out.extend(std::iter::repeat_n('0', zeros));
        return;
    };
    let padded = format!("{digits:0>width$}", width = scale + 1);
    let (whole, fraction) = padded.split_at(padded.len() - scale);
    out.push_str(whole);
    if scale > 0 {
        out.push('.');
        out.push_str(fraction);
    }
}

/// Returns the digits of a big-endian number in two's complement.
fn digits_of(bytes: &[u8]) -> String {
    let is_negative = bytes.first().is_some_and(|byte| *byte >= 0x80);
    let mut magnitude = bytes.to_vec();
    if is_negative {
        let mut carry = true;
        for byte in magnitude.iter_mut().rev() {
            (*byte, carry) = (!*byte).overflowing_add(u8::from(carry));
        }
    }
    // Limbs of nine digits, the lowest first.
    let mut limbs: Vec<u64> = vec![0];
    for byte in magnitude {
        let mut carry = u64::from(byte);
        for limb in &mut limbs {
            let value = *limb * 256 + carry;
            *limb = value % 1_000_000_000;
            carry = value / 1_000_000_000;
        }
        if carry > 0 {
            limbs.push(carry);
        }
    }
    let mut text = if is_negative { "-".to_owned() } else { String::new() };
    for (at, limb) in limbs.iter().rev().enumerate() {
        let width = if at == 0 { 0 } else { 9 };
        let _ = write!(text, "{limb:0width$}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::ColumnType;
    use super::*;

    fn convert(of: &str, kind: FieldKind, text: &str) -> Result<String, String> {
        let mut out = String::new();
        let kind = ColumnType::parse(of)?.convert(Field { kind, text }, &mut out)?;
        assert_eq!(kind, FieldKind::Number);
        Ok(out)
    }

    #[test]
    fn bytes_are_numbers_in_twos_complement() {
        let mut random = crate::SplitMix64::new(7);
        for round in 0..2000 {
            let bits = random.uniform(0, 127) as u32;
            let number = (i128::from(random.next_u64()) << 64 | i128::from(random.next_u64())) >> bits;
            let bytes = number.to_be_bytes();
            // Of leading bytes that only repeat the sign, as many are left out as can be.
            let least = (0..16).rev().find(|&from| {
                let rest = i128::from_be_bytes(std::array::from_fn(|at| {
                    if at < from { if bytes[from] >= 0x80 { 0xff } else { 0 } } else { bytes[at] }
                }));
                rest == number
            });
            let from = if round % 2 == 0 { 0 } else { least.unwrap_or(0) };
            assert_eq!(digits_of(&bytes[from..]), number.to_string());
        }
        assert_eq!(digits_of(&[]), "0");
    }

    #[test]
    fn decimals_have_the_digits_of_their_scale() {
        let base64 = |text| convert("decimal:2", FieldKind::Text, text);
        assert_eq!(base64("OrE="), Ok("150.25".into()));
        assert_eq!(base64("AA=="), Ok("0.00".into()));
        assert_eq!(base64("/w=="), Ok("-0.01".into()));
        assert_eq!(base64("ZA=="), Ok("1.00".into()));
        assert!(base64("abc").unwrap_err().contains("without a scale"));
        for (text, expected) in
            [("1", "1.00"), ("-1.5", "-1.50"), ("1E+2", "100.00"), ("1.2500", "1.25"), ("-0.00", "0.00")]
        {
            assert_eq!(convert("decimal:2", FieldKind::Untyped, text), Ok(expected.into()));
            assert_eq!(convert("decimal:2", FieldKind::Number, text), Ok(expected.into()));
        }
        assert!(convert("decimal:2", FieldKind::Untyped, "1.255").is_err());
        assert_eq!(convert("decimal:2", FieldKind::Text, "79.96"), Ok("79.96".into()));
        let object = |text| convert("decimal", FieldKind::Nested, text);
        assert_eq!(object(r#"{"scale":1,"value":"Dw=="}"#), Ok("1.5".into()));
        assert_eq!(object(r#"{"scale":-2,"value":"Dw=="}"#), Ok("1500".into()));
        assert_eq!(object(r#"{"scale":0,"value":"Bw=="}"#), Ok("7".into()));
        assert!(object(r#"{"scale":1}"#).is_err() && object(r#"{"scale":99999999,"value":""}"#).is_err());
        assert_eq!(convert("decimal", FieldKind::Text, "NAN"), Ok("NaN".into()));
        assert_eq!(convert("decimal", FieldKind::Untyped, "1e400").map(|text| text.len()), Ok(401));
        assert!(convert("decimal", FieldKind::Untyped, "1e99999999").is_err());
    }

    #[test]
    fn numbers_keep_their_digits() {
        let digits = "9".repeat(400);
        for text in ["9007199254740993", "0.1000", "-0.0", "1E5", digits.as_str()] {
            assert_eq!(convert("number", FieldKind::Untyped, text), Ok(text.into()));
        }
        assert_eq!(convert("number", FieldKind::Text, "Infinity"), Ok("Infinity".into()));
        assert_eq!(convert("number", FieldKind::Untyped, "-inf"), Ok("-Infinity".into()));
        for text in ["", "1e", "--1", "0x10", "1,5", "."] {
            assert!(convert("number", FieldKind::Untyped, text).is_err(), "{text}");
        }
    }
}
