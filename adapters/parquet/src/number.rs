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

pub(crate) fn whole(mut value: u64, out: &mut String) {
    let mut digits = [0_u8; 20];
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] = b'0' + (value % 10) as u8;
        value /= 10;
        if value == 0 {
            break;
        }
    }
    out.extend(digits[at..].iter().map(|&digit| char::from(digit)));
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
    if value.is_finite() { push_debug(out, value) } else { special(value, out) }
}

/// Writes the fewest digits that give the same float of 32 bits back.
pub(crate) fn float(value: f32, out: &mut String) {
    if value.is_finite() { push_debug(out, value) } else { special(value.into(), out) }
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

fn push_debug(out: &mut String, value: impl std::fmt::Debug) {
    let _ = write!(out, "{value:?}");
}
