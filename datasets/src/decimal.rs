//! Exact decimals: digits and how many of them stand after the point. No floating point anywhere.

use std::borrow::Cow;
use std::fmt;

use crate::shown::quoted;

/// 10¹⁸ is the largest power of ten that a manifest can hold.
pub(crate) const MAX_DECIMALS: u32 = 18;

/// A number that is not negative, `digits` / 10^`decimals`, in its shortest form: `36.60` has one decimal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Decimal {
    digits: u64,
    decimals: u32,
}

impl Decimal {
    /// Reads `digits` or `digits.digits`; leading zeros are fine. The error is the end of a sentence.
    pub(crate) fn parse(text: &[u8]) -> Result<Self, String> {
        let (whole, fraction) = split(text)?;
        let fraction = without_trailing_zeros(fraction);
        if fraction.len() > MAX_DECIMALS as usize {
            return Err(format!("has {} decimals, {MAX_DECIMALS} at most are exact", fraction.len()));
        }
        Ok(Self { digits: digits(whole, fraction)?, decimals: fraction.len() as u32 })
    }

    /// Reads the same, rounded to `decimals`, halves away from zero as SQL does.
    pub(crate) fn parse_rounded(text: &[u8], decimals: u32) -> Result<Self, String> {
        let (whole, fraction) = split(text)?;
        let (kept, dropped) = fraction.split_at(fraction.len().min(decimals as usize));
        let up = u64::from(dropped.first().is_some_and(|&digit| digit >= b'5'));
        let digits = digits(whole, kept)?.checked_add(up).ok_or("doesn't fit in 64 bits")?;
        Ok(Self { digits, decimals: kept.len() as u32 })
    }

    /// Returns how many digits stand after the point.
    pub(crate) fn decimals(self) -> u32 {
        self.decimals
    }

    /// The number, if it has no decimals.
    pub(crate) fn whole(self) -> Option<u64> {
        (self.decimals == 0).then_some(self.digits)
    }

    /// The number without what stands after the point.
    pub(crate) fn floor(self) -> u64 {
        self.digits / 10_u64.pow(self.decimals)
    }

    /// The number times 10^`decimals`; `None` when that is beyond 64 bits or not whole.
    pub(crate) fn scaled(self, decimals: u32) -> Option<u64> {
        self.digits.checked_mul(10_u64.checked_pow(decimals.checked_sub(self.decimals)?)?)
    }
}

/// Returns whether a number has other digits than 0 behind the first `decimals` ones, so that rounding changes it.
pub(crate) fn has_more_decimals(text: &[u8], decimals: u32) -> bool {
    let Some(point) = memchr::memchr(b'.', text) else { return false };
    without_trailing_zeros(&text[point + 1..]).len() > decimals as usize
}

/// Returns what stands before the point, and after it.
fn split(text: &[u8]) -> Result<(&[u8], &[u8]), String> {
    let (whole, fraction) = match memchr::memchr(b'.', text) {
        Some(point) => (&text[..point], &text[point + 1..]),
        None => (text, &b"0"[..]),
    };
    let all_digits = |part: &[u8]| !part.is_empty() && part.iter().all(u8::is_ascii_digit);
    if all_digits(whole) && all_digits(fraction) {
        Ok((whole, fraction))
    } else {
        Err(why_not_a_number(text))
    }
}

fn without_trailing_zeros(fraction: &[u8]) -> &[u8] {
    &fraction[..fraction.iter().rposition(|&digit| digit != b'0').map_or(0, |last| last + 1)]
}

fn digits(whole: &[u8], fraction: &[u8]) -> Result<u64, String> {
    let mut digits = whole.iter().chain(fraction);
    let digits =
        digits.try_fold(0_u64, |value, digit| value.checked_mul(10)?.checked_add(u64::from(digit - b'0')));
    digits.ok_or_else(|| "doesn't fit in 64 bits".into())
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let power = 10_u64.pow(self.decimals);
        write!(f, "{}", self.digits / power)?;
        match self.decimals {
            0 => Ok(()),
            decimals => write!(f, ".{:0width$}", self.digits % power, width = decimals as usize),
        }
    }
}

/// No number that fits anywhere needs a longer exponent.
const MAX_EXPONENT: i32 = 9_999;

/// Returns a number with an exponent, such as `1e-05`, written out; any other text as it is.
pub(crate) fn written_out(text: &[u8]) -> Cow<'_, [u8]> {
    match memchr::memchr2(b'e', b'E', text).and_then(|at| expand(&text[..at], &text[at + 1..])) {
        Some(plain) => Cow::Owned(plain),
        None => Cow::Borrowed(text),
    }
}

/// Moves the point of a number by its exponent.
fn expand(mantissa: &[u8], exponent: &[u8]) -> Option<Vec<u8>> {
    let (sign, bare) = match mantissa.strip_prefix(b"-") {
        Some(bare) => (&b"-"[..], bare),
        None => (&b""[..], mantissa),
    };
    let (whole, fraction) = split(bare).ok()?;
    let fraction = without_trailing_zeros(fraction);
    let exponent: i32 = str::from_utf8(exponent).ok()?.parse().ok()?;
    if !(-MAX_EXPONENT..=MAX_EXPONENT).contains(&exponent) {
        return None;
    }
    let digits = [whole, fraction].concat();
    let point = i32::try_from(whole.len()).ok()? + exponent;
    let before = usize::try_from(point.max(0)).ok()?;
    let zeros = usize::try_from((-point).max(0)).ok()?;
    let mut plain = sign.to_vec();
    if before == 0 {
        plain.push(b'0');
    }
    plain.extend(digits.iter().chain(std::iter::repeat(&b'0')).take(before));
    plain.push(b'.');
    plain.extend(std::iter::repeat_n(b'0', zeros));
    plain.extend(digits.get(before..).unwrap_or_default());
    plain.push(b'0');
    Some(plain)
}

/// A [`Decimal`] with a sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SignedDecimal {
    is_negative: bool,
    magnitude: Decimal,
}

impl SignedDecimal {
    /// Like [`Decimal::parse`], with a minus sign allowed.
    pub(crate) fn parse(text: &[u8]) -> Result<Self, String> {
        Self::parse_with(text, Decimal::parse)
    }

    /// Like [`Decimal::parse_rounded`], with a minus sign allowed.
    pub(crate) fn parse_rounded(text: &[u8], decimals: u32) -> Result<Self, String> {
        Self::parse_with(text, |digits| Decimal::parse_rounded(digits, decimals))
    }

    fn parse_with(text: &[u8], parse: impl Fn(&[u8]) -> Result<Decimal, String>) -> Result<Self, String> {
        match text.strip_prefix(b"-") {
            Some([] | [b'-' | b'+', ..]) => Err("is not a number".into()),
            Some(digits) => Ok(Self { is_negative: true, magnitude: parse(digits)? }),
            None => Ok(Self { is_negative: false, magnitude: parse(text)? }),
        }
    }

    pub(crate) fn magnitude(self) -> Decimal {
        self.magnitude
    }

    /// The number times 10^`decimals`; `None` when that is beyond 64 bits or not whole.
    pub(crate) fn scaled(self, decimals: u32) -> Option<i64> {
        let magnitude = self.magnitude.scaled(decimals)?;
        if self.is_negative { 0_i64.checked_sub_unsigned(magnitude) } else { i64::try_from(magnitude).ok() }
    }
}

impl From<Decimal> for SignedDecimal {
    fn from(magnitude: Decimal) -> Self {
        Self { is_negative: false, magnitude }
    }
}

impl fmt::Display for SignedDecimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", if self.is_negative { "-" } else { "" }, self.magnitude)
    }
}

/// The commonest reasons in words.
fn why_not_a_number(text: &[u8]) -> String {
    let Ok(text) = std::str::from_utf8(text) else { return "is not a number".into() };
    let lower = text.to_lowercase();
    let unsigned = |text: &str| text.strip_prefix(['+', '-']).unwrap_or(text).to_owned();
    let bare = unsigned(&lower);
    let is_exponent = || bare.split_once('e').is_some_and(|(a, b)| is_numeric(a) && is_numeric(&unsigned(b)));
    if text.is_empty() {
        "is empty".into()
    } else if text.trim() != text {
        "has blanks around it; '--trim' leaves them out".into()
    } else if bare == "nan" || bare.starts_with("inf") {
        "is not finite".into()
    } else if bare.starts_with("0x") {
        "is hexadecimal; write it in decimal".into()
    } else if is_exponent() {
        "has an exponent; write it out".into()
    } else if text.starts_with('-') && is_numeric(&bare) {
        "is negative".into()
    } else if text.starts_with('+') && is_numeric(&bare) {
        "has a plus sign; write it without".into()
    } else if text.contains(['_', ',', '\'']) && is_numeric(&text.replace(['_', ',', '\''], "")) {
        "has a separator; name it with '--thousands' or '--decimal'".into()
    } else if !text.is_ascii() && text.chars().all(char::is_numeric) {
        "has digits other than 0 to 9".into()
    } else {
        "is not a number".into()
    }
}

fn is_numeric(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit() || b == b'.')
}

/// Reads a whole number that may be negative, a count of `unit`. The error is the end of a sentence.
pub(crate) fn parse_int(text: &[u8], unit: &str) -> Result<i64, String> {
    let digits = text.strip_prefix(b"-").unwrap_or(text);
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        let has_fraction = Decimal::parse(digits).is_ok();
        return Err(if has_fraction {
            format!("is not a whole number of {unit}")
        } else {
            why_not_a_number(text)
        });
    }
    let text = std::str::from_utf8(text).expect("a minus sign and digits are UTF-8");
    text.parse().map_err(|_| "doesn't fit in 64 bits".into())
}

/// Reads a whole number that is not negative and fits in a signed one. The error is the end of a sentence.
pub(crate) fn parse_size(text: &[u8]) -> Result<i64, String> {
    let whole = Decimal::parse(text)?.whole().ok_or("is not a whole number")?;
    i64::try_from(whole).map_err(|_| "doesn't fit in 63 bits".into())
}

/// Reads a number of the source's as one of a dataset's that is its times `scale`. The error is the end of a sentence.
pub fn to_scale(text: &str, scale: u64) -> Result<u64, String> {
    let number = Decimal::parse(text.as_bytes())?;
    let decimals = scale.checked_ilog10().unwrap_or(0);
    if number.decimals() > decimals {
        let unit = Decimal { digits: 1, decimals };
        return Err(format!("is no multiple of {unit}, the dataset's unit"));
    }
    number.scaled(decimals).ok_or_else(|| format!("doesn't fit in 64 bits once scaled by {scale}"))
}

/// A number of a dataset's as it stands in the source, which is its 1/`scale`: with all decimals of the unit.
pub fn from_scale(number: u64, scale: u64) -> String {
    crate::table::in_unit(i128::from(number), scale.checked_ilog10().unwrap_or(0))
}

/// "size `x` is negative": the field's name, its value and what is wrong with it.
pub(crate) fn complain(column: &str, value: &[u8], why: &str) -> String {
    format!("{} {} {why}", crate::shown(column), quoted(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    use proptest::prelude::*;

    fn check(text: &str, digits: u64, decimals: u32, shown: &str) {
        let decimal = Decimal::parse(text.as_bytes()).unwrap_or_else(|why| panic!("{text} {why}"));
        assert_eq!(decimal, Decimal { digits, decimals }, "{text}");
        assert_eq!(decimal.to_string(), shown);
    }

    #[test]
    fn a_decimal_is_kept_in_its_shortest_form() {
        check("0", 0, 0, "0");
        check("007", 7, 0, "7");
        check("36.60", 366, 1, "36.6");
        check("100.000", 100, 0, "100");
        check("0.05", 5, 2, "0.05");
        check("18446744073709551615", u64::MAX, 0, "18446744073709551615");
        check("18.446744073709551615", u64::MAX, 18, "18.446744073709551615");
        check(&format!("1.5{}", "0".repeat(1000)), 15, 1, "1.5");
    }

    #[test]
    fn scaling_stops_at_64_bits() {
        let scaled =
            |text: &str, decimals| Decimal::parse(text.as_bytes()).expect("a number").scaled(decimals);
        assert_eq!(scaled("1844674407370955161.5", 1), Some(u64::MAX));
        assert_eq!(scaled("1844674407370955161.5", 2), None);
        assert_eq!(scaled("1844674407370955162", 1), None);
        assert_eq!(scaled("0", 18), Some(0));
        assert_eq!(scaled("1", 18), Some(10_u64.pow(18)));
        assert_eq!(scaled("0.5", 0), None);
        assert!(Decimal::parse(b"1844674407370955161.6").is_err());
    }

    #[test]
    fn a_sign_takes_nothing_from_the_reason() {
        let check = |text: &str, expected: Result<&str, &str>| {
            let parsed = SignedDecimal::parse(text.as_bytes()).map(|number| number.to_string());
            assert_eq!(parsed, expected.map(str::to_owned).map_err(str::to_owned), "{text}");
        };
        check("-0.53", Ok("-0.53"));
        check("0.530", Ok("0.53"));
        check("-18446744073709551616", Err("doesn't fit in 64 bits"));
        check("-0.0000000000000000001", Err("has 19 decimals, 18 at most are exact"));
        check("-1e999", Err("has an exponent; write it out"));
        check("-nan", Err("is not finite"));
        for text in ["-", "--5", "-+5", "-5.", "-.5"] {
            check(text, Err("is not a number"));
        }
        let scaled =
            |text: &str, decimals| SignedDecimal::parse(text.as_bytes()).expect(text).scaled(decimals);
        assert_eq!(scaled("-9223372036854775808", 0), Some(i64::MIN));
        assert_eq!((scaled("9223372036854775808", 0), scaled("-0", 18)), (None, Some(0)));
    }

    #[test]
    fn rounding_is_halves_away_from_zero() {
        let check = |text: &str, decimals, expected: i64| {
            let number = SignedDecimal::parse_rounded(text.as_bytes(), decimals).expect(text);
            assert_eq!(number.scaled(decimals), Some(expected), "{text}");
            let is_changed = SignedDecimal::parse(text.as_bytes())
                .map_or(true, |exact| exact.scaled(decimals) != Some(expected));
            assert_eq!(has_more_decimals(text.as_bytes(), decimals), is_changed, "{text}");
        };
        check("0.12300000000000001", 3, 123);
        check("41.5", 3, 41_500);
        check("-0.0005", 3, -1);
        check("-0.0004999999999999999999999", 3, 0);
        check("0.9995", 3, 1_000);
        check("2.5", 0, 3);
        check("1.2300000", 2, 123);
        check("92233720368547758.07", 2, i64::MAX);
        check("1.00000000000000000000000001", 18, 1_000_000_000_000_000_000);
        assert!(Decimal::parse_rounded(b"1.2.3", 1).is_err());
        assert!(Decimal::parse_rounded(b"18446744073709551615.9", 0).is_err());
    }

    #[test]
    fn milliseconds_are_whole_and_signed() {
        let parse_ms = |text| parse_int(text, "milliseconds");
        assert_eq!(parse_ms(b"-9223372036854775808"), Ok(i64::MIN));
        assert_eq!(parse_ms(b"007"), Ok(7));
        assert_eq!(parse_ms(b"-0"), Ok(0));
        assert_eq!(parse_ms(b"--5"), Err("is not a number".into()));
        assert_eq!(parse_ms(b"+5"), Err("has a plus sign; write it without".into()));
        assert_eq!(parse_ms(b"1e3"), Err("has an exponent; write it out".into()));
    }

    proptest! {
        #[test]
        fn scaled_is_exact(digits in any::<u64>(), point in 0_u32..=18, decimals in 0_u32..=18) {
            let power = 10_u64.pow(point);
            let text = format!("{}.{:0width$}", digits / power, digits % power, width = point.max(1) as usize);
            let number = Decimal::parse(text.as_bytes()).expect("a number");
            let exact = u128::from(digits) * 10_u128.pow(decimals);
            let whole = exact.is_multiple_of(10_u128.pow(point)).then(|| exact / 10_u128.pow(point));
            prop_assert_eq!(number.scaled(decimals), whole.and_then(|value| u64::try_from(value).ok()));
        }

        #[test]
        fn what_is_shown_parses_to_the_same(whole in any::<u32>(), fraction in "[0-9]{1,9}") {
            let number = Decimal::parse(format!("{whole}.{fraction}").as_bytes()).expect("a number");
            prop_assert_eq!(Decimal::parse(number.to_string().as_bytes()), Ok(number));
        }

        #[test]
        fn no_text_makes_it_panic(text in ".*") {
            let _ = (SignedDecimal::parse(text.as_bytes()), parse_int(text.as_bytes(), "ms"));
        }
    }
}
