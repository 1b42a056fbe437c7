//! Numbers, digit by digit.

use std::fmt::Write as _;

use crate::fault::Fault;

/// A decimal has at most so many bytes.
const MOST_BYTES: usize = 32;
/// The largest power of ten in 64 bits, and its exponent.
const PIECE: u128 = 10_000_000_000_000_000_000;
const DIGITS_OF_PIECE: usize = 19;

pub(crate) fn signed(value: i64, out: &mut String) {
    if value < 0 {
        out.push('-');
    }
    whole(value.unsigned_abs(), out);
}

pub(crate) fn whole(value: u64, out: &mut String) {
    padded(value, 1, out);
}

/// Writes a whole number with zeros before it, as many as `least` digits need.
pub(crate) fn padded(mut value: u64, least: usize, out: &mut String) {
    let mut digits = [b'0'; 20];
    let mut at = digits.len();
    let longest = at - least;
    while value > 0 || at > longest {
        at -= 1;
        digits[at] = b'0' + (value % 10) as u8;
        value /= 10;
    }
    out.push_str(str::from_utf8(&digits[at..]).unwrap_or_default());
}

/// Writes a whole number divided by a power of ten, with all of its digits.
pub(crate) fn decimal(value: i128, scale: usize, out: &mut String) {
    if value < 0 {
        out.push('-');
    }
    let begin = out.len();
    match u64::try_from(value.unsigned_abs()) {
        Ok(small) => whole(small, out),
        Err(_) => push(out, value.unsigned_abs()),
    }
    put_point(out, begin, scale);
}

/// Writes a decimal whose whole number stands in bytes, the highest first, in two's complement.
pub(crate) fn decimal_of_bytes(bytes: &[u8], scale: usize, out: &mut String) -> Result<(), Fault> {
    let Some(&first) = bytes.first() else { return Err(Fault::new("a decimal without a byte")) };
    let filling = if first < 0x80 { 0 } else { 0xff };
    if let Some(value) = narrow(bytes, filling) {
        decimal(value, scale, out);
        return Ok(());
    }
    let needless = bytes.iter().take_while(|&&byte| byte == filling).count();
    let bytes = &bytes[needless..];
    if bytes.len() > MOST_BYTES {
        return Err(Fault::new("a decimal of more than 256 bits"));
    }
    let mut wide = [filling; MOST_BYTES];
    wide[MOST_BYTES - bytes.len()..].copy_from_slice(bytes);
    if filling == 0xff {
        negate(&mut wide);
        out.push('-');
    }
    let begin = out.len();
    write_wide(&wide, out);
    put_point(out, begin, scale);
    Ok(())
}

/// Returns a number that has no more than 128 bits.
fn narrow(bytes: &[u8], filling: u8) -> Option<i128> {
    let mut narrow = [filling; 16];
    let at = bytes.len().saturating_sub(narrow.len());
    let (needless, rest) = bytes.split_at(at);
    let has_sign = rest.first().is_some_and(|&byte| (byte < 0x80) == (filling == 0));
    if !has_sign || needless.iter().any(|&byte| byte != filling) {
        return None;
    }
    narrow[16 - rest.len()..].copy_from_slice(rest);
    Some(i128::from_be_bytes(narrow))
}

fn negate(bytes: &mut [u8; MOST_BYTES]) {
    let mut carries = true;
    for byte in bytes.iter_mut().rev() {
        let (sum, overflows) = (!*byte).overflowing_add(u8::from(carries));
        *byte = sum;
        carries = overflows;
    }
}

/// Writes a whole number of 256 bits without a sign, by dividing it until nothing is left.
fn write_wide(bytes: &[u8; MOST_BYTES], out: &mut String) {
    let (parts, _) = bytes.as_chunks::<8>();
    let mut parts: Vec<u64> = parts.iter().map(|part| u64::from_be_bytes(*part)).collect();
    let mut pieces = Vec::new();
    while parts.iter().any(|&part| part != 0) {
        let mut rest: u128 = 0;
        for part in &mut parts {
            let value = (rest << 64) | u128::from(*part);
            *part = (value / PIECE) as u64;
            rest = value % PIECE;
        }
        pieces.push(rest);
    }
    push(out, pieces.pop().unwrap_or(0));
    while let Some(piece) = pieces.pop() {
        push(out, format_args!("{piece:0DIGITS_OF_PIECE$}"));
    }
}

/// Puts a point before the last digits of a number that begins at `begin`.
fn put_point(out: &mut String, begin: usize, scale: usize) {
    if scale == 0 {
        return;
    }
    let digits = out.len() - begin;
    if digits <= scale {
        out.insert_str(begin, &"0".repeat(scale + 1 - digits));
    }
    out.insert(out.len() - scale, '.');
}

/// Writes the fewest digits that give the same double back.
pub(crate) fn double(value: f64, out: &mut String) {
    if value.is_finite() { shortest(value, out) } else { special(value, out) }
}

/// Writes the fewest digits that give the same float of 32 bits back.
pub(crate) fn float(value: f32, out: &mut String) {
    if value.is_finite() { shortest(value, out) } else { special(value.into(), out) }
}

/// Writes the fewest digits that give the same float of 16 bits back.
pub(crate) fn half(bytes: &[u8], out: &mut String) {
    let bits = bytes.first_chunk().map_or(0, |bytes| u16::from_le_bytes(*bytes));
    let value = half::f16::from_bits(bits);
    let wide = value.to_f64();
    if !wide.is_finite() {
        return special(wide, out);
    }
    // Five digits tell any two of them apart.
    let shortest = (0..5_usize).find_map(|digits| {
        let text = format!("{wide:.digits$e}");
        let read: f64 = text.parse().ok()?;
        (half::f16::from_f64(read) == value).then_some(read)
    });
    double(shortest.unwrap_or(wide), out);
}

fn special(value: f64, out: &mut String) {
    out.push_str(match value {
        value if value.is_nan() => "NaN",
        value if value > 0.0 => "Infinity",
        _ => "-Infinity",
    });
}

fn push(out: &mut String, value: impl std::fmt::Display) {
    // Writing to a string never fails.
    let _ = write!(out, "{value}");
}

/// Writes the fewest digits, of which the last is even where two are as near: Python does so, and `{:?}` doesn't.
fn shortest(value: impl zmij::Float, out: &mut String) {
    let mut buffer = zmij::Buffer::new();
    let text = buffer.format_finite(value);
    match text.split_once("e+") {
        Some((digits, exponent)) => out.extend([digits, "e", exponent]),
        None => out.push_str(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the digits that count, without sign, point, exponent and the zeros around them.
    fn digits(text: &str) -> usize {
        let mantissa = text.split('e').next().unwrap_or_default();
        let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
        digits.trim_matches('0').len()
    }

    #[test]
    fn floats_read_back_and_have_the_fewest_digits() {
        let mut chance = datasets::SplitMix64::new(3);
        let check = |value: f64| {
            let mut text = String::new();
            double(value, &mut text);
            assert_eq!(text.parse::<f64>().map(f64::to_bits), Ok(value.to_bits()), "{text}");
            assert_eq!(digits(&text), digits(&format!("{value:?}")), "{text}");
            let mut text = String::new();
            let value = value as f32;
            if value.is_finite() {
                float(value, &mut text);
                assert_eq!(text.parse::<f32>().map(f32::to_bits), Ok(value.to_bits()), "{text}");
                assert_eq!(digits(&text), digits(&format!("{value:?}")), "{text}");
            }
        };
        for _ in 0..20_000 {
            let bits = chance.next_u64();
            if f64::from_bits(bits).is_finite() {
                check(f64::from_bits(bits));
            }
            check(f64::from(f32::from_bits(bits as u32 & 0x7f7f_ffff)));
            check((bits % 2_000_000) as f64 / 100.0);
        }
        for exponent in -30..30 {
            check(10_f64.powi(exponent));
            check(-1.5 * 10_f64.powi(exponent));
        }
    }

    #[test]
    fn of_two_texts_that_are_as_near_the_even_one_is_written() {
        let mut text = String::new();
        double(f64::from(13.224_93_f32), &mut text);
        assert_eq!(text, "13.224929809570312");
    }
}
