//! Numbers as they are written: whole, decimal, with an exponent, with other separators than a point.

use std::borrow::Cow;

use crate::error::Error;

/// No exact number has more digits.
pub(crate) const MAX_DIGITS: u32 = 38;

/// A number by the look of its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Number {
    /// Digits before the point, and after it.
    Exact { whole: u32, fraction: u32, has_point: bool },
    /// It has an exponent, or too many digits, and is finite.
    Float,
    /// `NaN` or an infinity, in any case.
    NonFinite,
}

impl Number {
    /// Reads a text; `None` where it is no number. Leading zeros and plus signs mark texts such as postal codes and telephone
    /// numbers, so these are none.
    #[inline]
    pub(crate) fn parse(text: &[u8]) -> Option<Self> {
        let bare = match text {
            [b'-', bare @ ..] => bare,
            _ => text,
        };
        let whole = digits(bare);
        if whole == bare.len() && whole > 0 {
            let fits = whole as u32 <= MAX_DIGITS && (bare[0] != b'0' || whole == 1);
            return fits.then_some(Self::Exact { whole: whole as u32, fraction: 0, has_point: false });
        }
        Self::parse_rest(bare, whole)
    }

    /// Goes on behind the digits before the point.
    fn parse_rest(bare: &[u8], whole: usize) -> Option<Self> {
        if bare[..whole].starts_with(b"0") && whole > 1 {
            return None;
        }
        let (fraction, rest) = match &bare[whole..] {
            [b'.', rest @ ..] => {
                let fraction = digits(rest);
                (Some(fraction), &rest[fraction..])
            }
            rest => (None, rest),
        };
        let count = whole + fraction.unwrap_or(0);
        if count == 0 {
            return is_not_finite(bare).then_some(Self::NonFinite);
        }
        match rest {
            [] if count as u32 <= MAX_DIGITS => Some(Self::Exact {
                whole: whole as u32,
                fraction: fraction.unwrap_or(0) as u32,
                has_point: fraction.is_some(),
            }),
            [] => is_finite(bare).then_some(Self::Float),
            [b'e' | b'E', exponent @ ..] => {
                let has_sign = exponent.first().is_some_and(|sign| matches!(sign, b'+' | b'-'));
                let exponent = &exponent[usize::from(has_sign)..];
                let is_one = !exponent.is_empty() && digits(exponent) == exponent.len();
                (is_one && is_finite(bare)).then_some(Self::Float)
            }
            _ => None,
        }
    }
}

#[inline]
fn digits(text: &[u8]) -> usize {
    text.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len())
}

/// A number beyond a float's range is none: it would become an infinity that nobody wrote.
fn is_finite(text: &[u8]) -> bool {
    str::from_utf8(text).ok().and_then(|text| text.parse::<f64>().ok()).is_some_and(f64::is_finite)
}

fn is_not_finite(text: &[u8]) -> bool {
    [&b"nan"[..], b"inf", b"infinity"].iter().any(|word| text.eq_ignore_ascii_case(word))
}

/// Says which characters stand in numbers where others write a point, and between thousands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NumberForm {
    pub(crate) decimal: u8,
    pub(crate) thousands: Option<u8>,
}

impl Default for NumberForm {
    fn default() -> Self {
        Self { decimal: b'.', thousands: None }
    }
}

impl NumberForm {
    /// Returns the form with these separators, `.` and none where nothing is given.
    pub fn new(decimal: Option<&str>, thousands: Option<&str>) -> Result<Self, Error> {
        let decimal = match decimal {
            None | Some(".") => b'.',
            Some(",") => b',',
            Some(other) => {
                return Err(Error::usage(format!(
                    "the decimal separator can't be `{}`",
                    crate::shown(other)
                ))
                .with_hint("it is `.` or `,`".to_owned()));
            }
        };
        let thousands = match thousands {
            None => None,
            Some(sign @ ("." | "," | " " | "'" | "_")) => Some(sign.as_bytes()[0]),
            Some(other) => {
                return Err(Error::usage(format!(
                    "thousands can't be separated by `{}`",
                    crate::shown(other)
                ))
                .with_hint("it is `.`, `,`, a blank, `'` or `_`".to_owned()));
            }
        };
        if thousands == Some(decimal) {
            return Err(Error::usage("thousands and decimals can't have one separator"));
        }
        Ok(Self { decimal, thousands })
    }

    /// Returns its name in manifests, a number that is written so: `1.234,56`.
    pub fn name(self) -> String {
        let thousands = self.thousands.map_or(String::new(), |sign| char::from(sign).to_string());
        format!("1{thousands}234{}56", char::from(self.decimal))
    }

    /// Returns the form with that name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        let signs = [None, Some(b'.'), Some(b','), Some(b' '), Some(b'\''), Some(b'_')];
        let all = signs.iter().flat_map(|&thousands| [b'.', b','].map(|decimal| Self { decimal, thousands }));
        all.filter(|form| form.thousands != Some(form.decimal)).find(|form| form.name() == name)
    }

    pub(crate) fn is_plain(self) -> bool {
        self == Self::default()
    }

    /// Returns a number as others write it; `None` where its separators aren't where they must be.
    pub(crate) fn plain(self, text: &[u8]) -> Option<Cow<'_, [u8]>> {
        if self.is_plain() {
            return Some(Cow::Borrowed(text));
        }
        let point = memchr::memchr(self.decimal, text);
        let (whole, fraction) = match point {
            Some(at) => (&text[..at], Some(&text[at + 1..])),
            None => (text, None),
        };
        if self.decimal != b'.' && fraction.unwrap_or_default().contains(&b'.') {
            return None;
        }
        let mut plain = Vec::with_capacity(text.len());
        match self.thousands {
            Some(sign) if whole.contains(&sign) => {
                let (minus, groups) = whole.strip_prefix(b"-").map_or((&b""[..], whole), |rest| (b"-", rest));
                plain.extend_from_slice(minus);
                for (i, group) in groups.split(|&byte| byte == sign).enumerate() {
                    let fits = if i == 0 { (1..=3).contains(&group.len()) } else { group.len() == 3 };
                    if !fits || !group.iter().all(u8::is_ascii_digit) {
                        return None;
                    }
                    plain.extend_from_slice(group);
                }
            }
            _ if self.decimal != b'.' && whole.contains(&b'.') => return None,
            _ => plain.extend_from_slice(whole),
        }
        if let Some(fraction) = fraction {
            plain.push(b'.');
            plain.extend_from_slice(fraction);
        }
        Some(Cow::Owned(plain))
    }
}
