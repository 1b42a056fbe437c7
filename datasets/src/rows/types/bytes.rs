//! Bytes as texts: base64 on one side, hexadecimal digits on the other.

use std::fmt::Write as _;

use super::is_no;
use crate::table::{Field, FieldKind};

/// Returns the bytes that a text of base64 stands for, with its padding.
pub(crate) fn from_base64(text: &str) -> Option<Vec<u8>> {
    let signs = text.as_bytes();
    if !signs.len().is_multiple_of(4) {
        return None;
    }
    let padding = signs.iter().rev().take(2).take_while(|sign| **sign == b'=').count();
    let mut bytes = Vec::with_capacity(signs.len() / 4 * 3);
    let (mut group, mut bits) = (0_u32, 0);
    for &sign in &signs[..signs.len() - padding] {
        group = group << 6 | u32::from(six_bits(sign)?);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push((group >> bits) as u8);
            group &= (1 << bits) - 1;
        }
    }
    // What is left of the last sign says nothing, or the text isn't what an encoder writes.
    (group == 0).then_some(bytes)
}

fn six_bits(sign: u8) -> Option<u8> {
    Some(match sign {
        b'A'..=b'Z' => sign - b'A',
        b'a'..=b'z' => sign - b'a' + 26,
        b'0'..=b'9' => sign - b'0' + 52,
        b'+' | b'-' => 62,
        b'/' | b'_' => 63,
        _ => return None,
    })
}

pub(super) fn binary(field: Field<'_>, out: &mut String) -> Result<FieldKind, String> {
    if let Some(digits) = field.text.strip_prefix("\\x") {
        if digits.len().is_multiple_of(2) && digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            out.push_str(&field.text.to_ascii_lowercase());
            return Ok(FieldKind::Text);
        }
        return Err(is_no(field, "text of bytes", "`\\x` and pairs of hexadecimal digits"));
    }
    let Some(bytes) = from_base64(field.text) else {
        return Err(is_no(field, "base64", "signs of base64 with their padding, or `\\x` and digits"));
    };
    out.push_str("\\x");
    for byte in bytes {
        let _ = write!(out, "{byte:02x}");
    }
    Ok(FieldKind::Text)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Encodes as RFC 4648 says, bit by bit.
    fn encode(bytes: &[u8]) -> String {
        let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let bits: Vec<u8> =
            bytes.iter().flat_map(|byte| (0..8).rev().map(move |at| byte >> at & 1)).collect();
        let mut text: String = bits
            .chunks(6)
            .map(|six| {
                let value = (0..6).fold(0, |value, at| value << 1 | six.get(at).copied().unwrap_or(0));
                char::from(alphabet[usize::from(value)])
            })
            .collect();
        while !text.len().is_multiple_of(4) {
            text.push('=');
        }
        text
    }

    #[test]
    fn base64_is_read_back_and_nothing_else_is() {
        let mut random = crate::SplitMix64::new(5);
        for length in 0..40 {
            let bytes: Vec<u8> = (0..length).map(|_| random.uniform(0, 255) as u8).collect();
            assert_eq!(from_base64(&encode(&bytes)), Some(bytes));
        }
        assert_eq!(from_base64("Zm9vYmE="), Some(b"fooba".to_vec()));
        for text in ["A", "AB", "ABC", "A===", "AB=C", "AB*=", "AR==", "Zm9=", "é=="] {
            assert_eq!(from_base64(text), None, "{text}");
        }
    }

    #[test]
    fn both_spellings_become_digits() {
        let convert = |text| {
            let mut out = String::new();
            binary(Field { kind: FieldKind::Text, text }, &mut out).map(|_| out)
        };
        assert_eq!(convert("AP8="), Ok("\\x00ff".into()));
        assert_eq!(convert("\\x00FF"), Ok("\\x00ff".into()));
        assert_eq!(convert(""), Ok("\\x".into()));
        assert!(convert("\\x0").is_err() && convert("?").is_err());
    }
}
