//! Numbers as they were written, held against each other digit by digit: no float comes between.

use std::cmp::Ordering;

/// A number that was written out: its sign, its digits without zeros around them, and where the point stands.
#[derive(Debug, Clone, Copy)]
struct Digits<'a> {
    is_negative: bool,
    /// Before the point, without zeros that lead.
    whole: &'a [u8],
    /// Behind it, without zeros that trail.
    fraction: &'a [u8],
    exponent: i64,
}

/// No exponent is larger: what lies beyond isn't a number that anybody means.
const MOST_EXPONENT: i64 = 100_000;

impl<'a> Digits<'a> {
    /// Reads a number as JSON writes it; nothing else is one, and `007` is a name.
    fn read(text: &'a str) -> Option<Self> {
        let bytes = text.as_bytes();
        let (is_negative, bytes) = match bytes {
            [b'-', rest @ ..] => (true, rest),
            _ => (false, bytes),
        };
        let mark = bytes.iter().position(|byte| matches!(byte, b'e' | b'E'));
        let (mantissa, exponent) = match mark {
            None => (bytes, 0),
            Some(at) => (&bytes[..at], exponent(&bytes[at + 1..])?),
        };
        let (whole, fraction) = match mantissa.iter().position(|&byte| byte == b'.') {
            None => (mantissa, &[][..]),
            Some(at) if at + 1 < mantissa.len() => (&mantissa[..at], &mantissa[at + 1..]),
            Some(_) => return None,
        };
        let is_plain = !whole.is_empty() && whole.iter().chain(fraction).all(u8::is_ascii_digit);
        if !is_plain || whole.len() > 1 && whole[0] == b'0' {
            return None;
        }
        let end = fraction.iter().rposition(|&digit| digit != b'0').map_or(0, |last| last + 1);
        let whole = if whole == b"0" { &[][..] } else { whole };
        Some(Self { is_negative, whole, fraction: &fraction[..end], exponent })
    }

    fn all(self) -> impl DoubleEndedIterator<Item = u8> + Clone + 'a {
        self.whole.iter().chain(self.fraction).copied()
    }

    /// Its digits from the first that isn't 0 to the last; and how far before the point the first stands.
    fn significant(self) -> (impl Iterator<Item = u8> + 'a, i64) {
        let leading = self.all().take_while(|&digit| digit == b'0').count();
        let trailing = self.all().rev().take_while(|&digit| digit == b'0').count();
        let count = (self.whole.len() + self.fraction.len()).saturating_sub(trailing);
        let place = digits(self.whole.len()) - digits(leading) + self.exponent;
        (self.all().take(count).skip(leading), place)
    }

    fn is_zero(self) -> bool {
        self.all().all(|digit| digit == b'0')
    }

    /// Its digits as one whole number, and the power of ten that it counts; nothing if they are more than 38.
    fn scaled(self) -> Option<(i128, i64)> {
        let mut number = 0_i128;
        for digit in self.all() {
            number = number.checked_mul(10)?.checked_add(i128::from(digit - b'0'))?;
        }
        let number = if self.is_negative { -number } else { number };
        Some((number, self.exponent - digits(self.fraction.len())))
    }
}

/// A count of digits; no text has 2^63 of them.
fn digits(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn exponent(text: &[u8]) -> Option<i64> {
    let exponent: i64 = str::from_utf8(text).ok()?.parse().ok()?;
    (-MOST_EXPONENT..=MOST_EXPONENT).contains(&exponent).then_some(exponent)
}

/// Returns how a number of a type is written in a key, where that is otherwise: `1.0`, `1e0` and `1` name one row.
pub(crate) fn shortest(field: datasets::Field<'_>) -> Option<String> {
    let is_plain = |text: &str| !text.bytes().any(|byte| matches!(byte, b'.' | b'e' | b'E')) && text != "-0";
    if field.kind != datasets::FieldKind::Number || is_plain(field.text) {
        return None;
    }
    let number = Digits::read(field.text)?;
    if number.is_zero() {
        return Some("0".to_owned());
    }
    let (digits, place) = number.significant();
    let digits: String = digits.map(char::from).collect();
    let sign = if number.is_negative { "-" } else { "" };
    let behind = digits_behind(&digits, place);
    Some(match usize::try_from(place) {
        Ok(before) if before >= digits.len() && before <= MOST_PLACES => format!("{sign}{digits:0<before$}"),
        Ok(before) if before > 0 && before < digits.len() => {
            format!("{sign}{}.{}", &digits[..before], &digits[before..])
        }
        _ if place <= 0 && behind <= self::digits(MOST_PLACES) => {
            format!("{sign}0.{}{digits}", "0".repeat(usize::try_from(-place).unwrap_or(0)))
        }
        _ => format!("{sign}{digits}e{}", place - self::digits(digits.len())),
    })
}

/// A number that is written out in full has no more digits than this before the point, or behind it.
const MOST_PLACES: usize = 60;

fn digits_behind(digits_of: &str, place: i64) -> i64 {
    digits(digits_of.len()) - place
}

/// Returns by how much the right number is larger, exactly, and the power of ten that it counts; nothing where that takes
/// more than 38 digits.
pub(crate) fn exact_difference(left: &str, right: &str) -> Option<(i128, i64)> {
    let [left, right] = [left, right].map(|text| Digits::read(text)?.scaled());
    let (left, right) = (left?, right?);
    let ([left, right, _], unit) = aligned([left, right, right])?;
    Some((right.checked_sub(left)?, unit))
}

/// Returns how far two numbers lie apart, as the nearest float: exact before it is rounded, where all have 38 digits.
pub(crate) fn difference(left: &str, right: &str) -> Option<f64> {
    let exact = || {
        let (apart, unit) = exact_difference(left, right)?;
        format!("{}e{unit}", apart.unsigned_abs()).parse().ok()
    };
    let by_float = || {
        let [left, right] = [left.parse::<f64>().ok()?, right.parse::<f64>().ok()?];
        Some((left - right).abs()).filter(|apart| !apart.is_nan())
    };
    exact().or_else(by_float)
}

/// Returns whether two texts are numbers of one value: `1.50` and `1.5`, `-0` and `0`, `1E+2` and `100`. NaN is NaN and
/// infinity is infinity, however they are spelt.
pub(crate) fn is_same_number(left: &str, right: &str) -> bool {
    match (Digits::read(left), Digits::read(right)) {
        (Some(left), Some(right)) if left.is_zero() || right.is_zero() => left.is_zero() && right.is_zero(),
        (Some(left), Some(right)) => {
            let ((of_left, left_place), (of_right, right_place)) = (left.significant(), right.significant());
            left.is_negative == right.is_negative && left_place == right_place && of_left.eq(of_right)
        }
        (None, None) => special(left).is_some_and(|left| Some(left) == special(right)),
        _ => false,
    }
}

/// Returns the order of two texts by value, where both are numbers of digits.
pub fn number_order(left: &str, right: &str) -> Option<Ordering> {
    let [left, right] = [Digits::read(left)?, Digits::read(right)?];
    let sign = |number: Digits<'_>| match (number.is_zero(), number.is_negative) {
        (true, _) => 0,
        (false, true) => -1,
        (false, false) => 1,
    };
    let ((of_left, left_place), (of_right, right_place)) = (left.significant(), right.significant());
    Some(match (sign(left), sign(right)) {
        (0, 0) => Ordering::Equal,
        (1, 1) => left_place.cmp(&right_place).then_with(|| of_left.cmp(of_right)),
        (-1, -1) => right_place.cmp(&left_place).then_with(|| of_right.cmp(of_left)),
        (left, right) => left.cmp(&right),
    })
}

/// Returns whether a text is a number, be it NaN or infinite.
pub fn is_number(text: &str) -> bool {
    Digits::read(text).is_some() || special(text).is_some()
}

/// A float that is no number of digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Special {
    NotANumber,
    Infinite { is_negative: bool },
}

fn special(text: &str) -> Option<Special> {
    let (is_negative, name) = match text.strip_prefix(['-', '+']) {
        Some(name) => (text.starts_with('-'), name),
        None => (false, text),
    };
    let is = |spelling: &str| name.eq_ignore_ascii_case(spelling);
    if is("nan") {
        return Some(Special::NotANumber);
    }
    (is("inf") || is("infinity")).then_some(Special::Infinite { is_negative })
}

/// Returns whether two texts are numbers no further apart than `most`. It is exact as long as all have 38 digits, and
/// goes by floats beyond.
pub(crate) fn is_within(left: &str, right: &str, most: f64) -> bool {
    let written = most.to_string();
    let exact = || {
        let [left, right, most] = [left, right, &written].map(|text| Digits::read(text)?.scaled());
        let ([left, right, most], _) = aligned([left?, right?, most?])?;
        Some(left.checked_sub(right)?.unsigned_abs() <= most.unsigned_abs())
    };
    exact().unwrap_or_else(|| {
        let floats = left.parse::<f64>().ok().zip(right.parse::<f64>().ok());
        floats.is_some_and(|(left, right)| (left - right).abs() <= most)
    })
}

/// All of them in the unit of the finest.
fn aligned(numbers: [(i128, i64); 3]) -> Option<([i128; 3], i64)> {
    let finest = numbers.iter().map(|number| number.1).min()?;
    let scaled = numbers.map(|(number, unit)| {
        let power = 10_i128.checked_pow(u32::try_from(unit - finest).ok()?)?;
        number.checked_mul(power)
    });
    let [Some(a), Some(b), Some(c)] = scaled else { return None };
    Some(([a, b, c], finest))
}

/// Returns how many floats lie between two numbers, the nearer of them counted; nothing where one isn't a number.
pub(crate) fn floats_apart(left: &str, right: &str) -> Option<u64> {
    let [left, right] = [left.parse::<f64>().ok()?, right.parse::<f64>().ok()?];
    if left.is_nan() || right.is_nan() {
        return None;
    }
    Some(rank(left).abs_diff(rank(right)))
}

/// The floats in their order, by number; -0 and 0 have one.
fn rank(float: f64) -> i64 {
    let bits = float.to_bits().cast_signed();
    if bits < 0 { i64::MIN.wrapping_sub(bits) } else { bits }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_are_the_same_by_value() {
        for (left, right) in [
            ("1", "1.0"),
            ("1.50", "1.5"),
            ("-0", "0"),
            ("0.0", "0e9"),
            ("1E+2", "100"),
            ("0.001", "1e-3"),
            (
                "12345678901234567890123456789012345678901234567890.0",
                "1234567890123456789012345678901234567890123456789e1",
            ),
            ("NaN", "nan"),
            ("Infinity", "inf"),
        ] {
            assert!(is_same_number(left, right) && is_same_number(right, left), "{left} {right}");
        }
        for (left, right) in [
            ("9007199254740992", "9007199254740993"),
            ("1", "-1"),
            ("1", "10"),
            ("0.1", "0.01"),
            ("007", "7"),
            ("7", "7."),
            (".5", "0.5"),
            ("+5", "5"),
            ("NaN", "inf"),
            ("inf", "-inf"),
            ("", "0"),
            ("a", "a"),
        ] {
            assert!(!is_same_number(left, right) && !is_same_number(right, left), "{left} {right}");
        }
    }

    #[test]
    fn a_tolerance_is_met_exactly() {
        assert!(is_within("0.015", "0.010", 0.005) && !is_within("0.0150001", "0.010", 0.005));
        assert!(is_within("9007199254740993", "9007199254740992", 1.0));
        assert!(!is_within("9007199254740993", "9007199254740992", 0.5));
        assert!(is_within("1e300", "1.0000000000000002e300", 1e290) && !is_within("x", "1", 9.0));
        assert!(!is_within("NaN", "1", 9.0) && !is_within("NaN", "NaN", 9.0));
    }

    #[test]
    fn floats_are_counted() {
        assert_eq!(floats_apart("0.1", "0.1"), Some(0));
        assert_eq!(floats_apart("0.30000000000000004", "0.3"), Some(1));
        assert_eq!(floats_apart("-0.0", "0"), Some(0));
        assert_eq!(floats_apart("-5e-324", "5e-324"), Some(2));
        assert_eq!((floats_apart("nan", "1"), floats_apart("x", "1")), (None, None));
    }

    proptest! {
        #[test]
        fn the_order_is_that_of_the_values(left in any::<i32>(), right in any::<i32>(), exponents in (0_u32..4, 0_u32..4)) {
            let (l, r) = (i64::from(left) * 10_i64.pow(exponents.0), i64::from(right) * 10_i64.pow(exponents.1));
            let order = number_order(&format!("{left}e{}", exponents.0), &format!("{right}.0e{}", exponents.1));
            prop_assert_eq!(order, Some(l.cmp(&r)));
            prop_assert_eq!(number_order(&l.to_string(), "x"), None);
        }

        #[test]
        fn a_value_is_the_same_however_it_is_written(number in any::<i64>(), zeros in 0_usize..5, shift in 0_usize..30) {
            let plain = number.to_string();
            let padded = format!("{plain}.{}", "0".repeat(zeros + 1));
            let shifted = format!("{plain}{}e-{shift}", "0".repeat(shift));
            prop_assert!(is_same_number(&plain, &padded) && is_same_number(&padded, &shifted));
            prop_assert!(!is_same_number(&plain, &number.wrapping_add(1).to_string()));
        }

        #[test]
        fn a_distance_of_whole_numbers_is_that_of_128_bits(left in any::<i64>(), right in any::<i64>(), most in 0_u32..1000) {
            let apart = i128::from(left).abs_diff(i128::from(right));
            let near = left.wrapping_add(i64::from(most));
            for (right, apart) in [(right, apart), (near, i128::from(left).abs_diff(i128::from(near)))] {
                prop_assert_eq!(is_within(&left.to_string(), &right.to_string(), f64::from(most)), apart <= u128::from(most));
            }
        }
    }
}
