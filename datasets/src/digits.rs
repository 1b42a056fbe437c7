//! Whole numbers out of bytes, eight digits at a time.
//!
//! Reading digit by digit, the processor mispredicts where a number ends; taking words, it need not guess. The
//! arithmetic on words is Langdale and Lemire's (as in simdjson, and "Faster integer parsing", kholdstare 2020).

/// Holds what a word of eight `0`s is.
const ZEROS: u64 = 0x3030_3030_3030_3030;
const HIGH_BITS: u64 = 0x8080_8080_8080_8080;
const POWERS: [u64; 9] = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000];

/// Reads digits up to the first other byte: no sign, no leading zero, at most 64 bits.
#[expect(clippy::inline_always, reason = "a call for each number costs as much as the number")]
#[inline(always)]
pub(crate) fn read(block: &[u8], at: &mut usize) -> Option<u64> {
    let start = *at;
    let mut value = 0_u64;
    loop {
        let Some(word) = word(block, *at) else { return read_slowly(block, at, start) };
        let (digits, count) = leading_digits(word);
        // Wrapping is put right below: only more than 19 digits can overflow.
        value = value.wrapping_mul(POWERS[count]).wrapping_add(digits);
        *at += count;
        if count < 8 {
            break;
        }
    }
    checked(block, start, *at, value)
}

/// Like [`read`] where less than a word is left of the block.
#[cold]
fn read_slowly(block: &[u8], at: &mut usize, start: usize) -> Option<u64> {
    *at = start;
    let mut value = 0_u64;
    while let Some(digit) = block.get(*at).map(|byte| byte.wrapping_sub(b'0'))
        && digit < 10
    {
        value = value.wrapping_mul(10).wrapping_add(u64::from(digit));
        *at += 1;
    }
    checked(block, start, *at, value)
}

/// The value of the digits from `start` to `end`, if they are in their shortest form and it fits.
#[inline]
fn checked(block: &[u8], start: usize, end: usize, value: u64) -> Option<u64> {
    match (end - start, block.get(start)?) {
        (1, _) | (2..=19, b'1'..) => Some(value),
        (20, b'1'..) => std::str::from_utf8(&block[start..end]).ok()?.parse().ok(),
        _ => None,
    }
}

#[inline]
fn word(block: &[u8], at: usize) -> Option<u64> {
    block.get(at..)?.first_chunk().map(|bytes| u64::from_le_bytes(*bytes))
}

/// The value of the digits at the front of a word, and how many there are.
#[inline]
fn leading_digits(word: u64) -> (u64, usize) {
    let digits = word ^ ZEROS;
    // The high bit of each byte that is over 9; a carry spoils only bytes behind the first of them.
    let others = (digits.wrapping_add(0x7676_7676_7676_7676) | digits) & HIGH_BITS;
    let count = others.trailing_zeros() / 8;
    // Move the digits behind zeros; a shift by a whole word gives none.
    let digits = digits.checked_shl(64 - 8 * count).unwrap_or(0);
    (eight_digits(digits), count as usize)
}

/// The number whose digits are the bytes of a word, the first in the lowest.
#[inline]
fn eight_digits(digits: u64) -> u64 {
    const MASK: u64 = 0x0000_00FF_0000_00FF;
    let pairs = digits.wrapping_mul(10).wrapping_add(digits >> 8);
    let low = (pairs & MASK).wrapping_mul(100 + (1_000_000 << 32));
    let high = ((pairs >> 16) & MASK).wrapping_mul(1 + (10_000 << 32));
    low.wrapping_add(high) >> 32
}

#[cfg(test)]
mod tests {
    use super::*;

    use proptest::prelude::*;

    /// Returns what the two readers say, which must be the same.
    fn both(text: &[u8]) -> (Option<u64>, usize) {
        let (mut fast, mut slow) = (0, 0);
        let padded = [text, b"\n\n\n\n\n\n\n\n"].concat();
        let found = read(&padded, &mut fast);
        assert_eq!(found, read_slowly(text, &mut slow, 0), "{text:?}");
        assert_eq!(fast, slow, "{text:?}");
        (found, slow)
    }

    #[test]
    fn numbers_end_at_the_first_other_byte() {
        for (text, expected) in [
            ("", (None, 0)),
            (",", (None, 0)),
            ("0", (Some(0), 1)),
            ("00", (None, 2)),
            ("7,8", (Some(7), 1)),
            ("12345678", (Some(12_345_678), 8)),
            ("123456789/", (Some(123_456_789), 9)),
            ("1704067200123:", (Some(1_704_067_200_123), 13)),
            ("18446744073709551615", (Some(u64::MAX), 20)),
            ("18446744073709551616", (None, 20)),
            ("99999999999999999999", (None, 20)),
            ("100000000000000000000", (None, 21)),
            ("01", (None, 2)),
        ] {
            assert_eq!(both(text.as_bytes()), expected, "{text}");
        }
        for byte in 0..=u8::MAX {
            let ends = !byte.is_ascii_digit();
            assert_eq!(both(&[b'1', byte]).1, if ends { 1 } else { 2 }, "{byte}");
        }
    }

    proptest! {
        #[test]
        fn any_number_is_read_as_it_was_written(number in any::<u64>(), rest in any::<[u8; 9]>()) {
            let digits = number.to_string();
            let text = [digits.as_bytes(), b",", &rest].concat();
            prop_assert_eq!(both(&text), (Some(number), digits.len()));
        }

        #[test]
        fn any_bytes_are_read_alike(text in "[0-9]{0,24}.{0,4}") {
            both(text.as_bytes());
        }
    }
}
