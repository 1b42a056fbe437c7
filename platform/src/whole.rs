//! Numbers of the command line as people write them: `1000`, and `1e6` where it is exactly a whole number.

use std::str::FromStr;

/// Reads a whole number that a `T` can be; says what was expected of any other text.
pub fn whole<T: FromStr>(text: &str) -> Result<T, String> {
    let least = u64::from("0".parse::<T>().is_err());
    // A `T` that can't be 0 is as wide as one that can.
    let most = u64::MAX >> (64 - u64::BITS.min(8 * size_of::<T>() as u32));
    let number = exactly(text.trim()).ok_or_else(|| format!("a whole number from {least} is expected"))?;
    let fits = (least..=most).contains(&number).then(|| number.to_string().parse().ok()).flatten();
    fits.ok_or_else(|| format!("a whole number from {least} to {most} is expected"))
}

/// Reads a number with or without decimals; says what was expected of any other text.
pub fn decimal(text: &str) -> Result<f64, String> {
    text.trim().parse().map_err(|_| "a number is expected, such as 1.1".to_owned())
}

/// The number that a text is, where that is a whole one within 64 bits: digits, or digits with an exponent of ten.
fn exactly(text: &str) -> Option<u64> {
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let Some((mantissa, exponent)) = text.split_once(['e', 'E']) else {
        return is_digits(text).then(|| text.parse().ok()).flatten();
    };
    let (before, behind) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let exponent = exponent.strip_prefix('+').unwrap_or(exponent);
    if before.is_empty() || exponent.is_empty() || ![before, behind, exponent].into_iter().all(is_digits) {
        return None;
    }
    let behind = behind.trim_end_matches('0');
    let zeros = exponent.parse::<u32>().ok()?.checked_sub(u32::try_from(behind.len()).ok()?)?;
    let digits: u64 = format!("{before}{behind}").parse().ok()?;
    if digits == 0 { Some(0) } else { digits.checked_mul(10u64.checked_pow(zeros)?) }
}

#[cfg(test)]
mod tests {
    use std::num::{NonZeroU32, NonZeroUsize};

    use super::*;

    #[test]
    fn an_exponent_is_read_where_it_gives_a_whole_number() {
        for (text, number) in [
            ("0", Some(0)),
            ("007", Some(7)),
            ("1e6", Some(1_000_000)),
            ("1E+3", Some(1000)),
            ("1.5e1", Some(15)),
            ("1.50e1", Some(15)),
            ("2.5e0", None),
            ("0e99", Some(0)),
            ("1e19", Some(10_000_000_000_000_000_000)),
            ("1e20", None),
            ("18446744073709551615", Some(u64::MAX)),
            ("18446744073709551616", None),
            ("1e-1", None),
            ("10e-1", None),
            ("e6", None),
            ("1e", None),
            ("1.0", None),
            ("+1", None),
            ("-1", None),
            ("1_000", None),
            ("1k", None),
            ("", None),
            ("\u{663}", None),
        ] {
            assert_eq!(whole::<u64>(text).ok(), number, "{text}");
            // Whatever a float makes of it, it is the same number where that is whole and short enough to be exact.
            if let (Some(number), Ok(float)) =
                (number.filter(|number| *number < 1 << 53), text.parse::<f64>())
            {
                assert!((float - number as f64).abs() < 0.5, "{text}");
            }
        }
    }

    #[test]
    fn what_does_not_fit_is_told_what_would() {
        assert_eq!(whole::<u32>("4294967295"), Ok(u32::MAX));
        assert_eq!(whole::<u32>("5e9"), Err("a whole number from 0 to 4294967295 is expected".to_owned()));
        assert_eq!(
            whole::<NonZeroU32>("0").map(NonZeroU32::get),
            Err("a whole number from 1 to 4294967295 is expected".to_owned())
        );
        assert_eq!(whole::<NonZeroUsize>("3").map(NonZeroUsize::get), Ok(3));
        assert_eq!(whole::<u64>("abc"), Err("a whole number from 0 is expected".to_owned()));
        assert_eq!(decimal("1.1"), Ok(1.1));
        assert!(decimal("1,1").is_err());
    }
}
