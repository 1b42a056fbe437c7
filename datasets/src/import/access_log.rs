//! Web servers' access logs in the common and the combined format: who asked, when, and how many bytes went out.
//!
//! ```text
//! 192.0.2.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /a.gif HTTP/1.0" 200 2326 "referrer" "user agent"
//! ```
//!
//! What follows the number of bytes is not read, so it may be anything, or cut off.

use std::io::{BufRead as _, BufReader, Read as _};

use super::gathered::{Gathered, check_sortable};
use super::reject::{BadRow, BadRows};
use super::time::{Moment, TimeReader};
use super::{Format, Given, ImportOptions, Imported, file_stem, foreign, source};
use crate::error::{Error, Place};
use crate::files::Input;
use crate::record::{Event, Typed};

const MAX_LINE_BYTES: u64 = 8 << 20;
const MONTHS: [&[u8]; 12] =
    [b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec"];

pub(super) fn import(input: Input<'_>, options: &ImportOptions, given: Given) -> Result<Imported, Error> {
    let path = input.path;
    check_sortable(options.columns, options)?;
    let mut log = Log {
        times: TimeReader::new(options.time_unit, options.time_zone.as_deref())?,
        gathered: Gathered::new(Event::COLUMNS.to_vec(), 0),
        rows: 0,
        blank_lines: 0,
    };
    let hash = log.read(input, options.bad_rows)?;
    if log.rows == 0 {
        return Err(Place::file(path).rejects("the file is empty"));
    }
    let source = source(path, Format::AccessLog, &hash);
    let (mut instance, mut summary) = log.gathered.finish(path, options, given.others, source)?;
    instance.name = options.name.clone().unwrap_or_else(|| file_stem(path));
    summary.blank_lines = log.blank_lines;
    Ok(Imported { instances: vec![instance], summary })
}

/// Returns whether a line looks like one of these logs.
pub(super) fn is_access_log(line: &[u8]) -> bool {
    Parts::find(line).is_ok_and(|parts| iso(parts.time).is_some())
}

struct Log {
    times: TimeReader,
    gathered: Gathered,
    rows: u64,
    blank_lines: u64,
}

impl Log {
    fn read(&mut self, input: Input<'_>, bad_rows: BadRows) -> Result<blake3::Hash, Error> {
        let path = input.path;
        let mut reader = BufReader::with_capacity(256 * 1024, input.open()?);
        let mut hasher = blake3::Hasher::new();
        let mut line = Vec::new();
        for number in 1.. {
            line.clear();
            let mut limited = (&mut reader).take(MAX_LINE_BYTES);
            let read = limited.read_until(b'\n', &mut line).map_err(Error::unreadable(path))?;
            if read == 0 {
                break;
            }
            if read as u64 == MAX_LINE_BYTES {
                return Err(Place::line(path, number).rejects("longer than 8 MiB"));
            }
            hasher.update(&line);
            let text = trim_line_end(&line);
            if text.is_empty() {
                self.blank_lines += 1;
                continue;
            }
            self.rows += 1;
            match (self.store(text), bad_rows) {
                (Ok(()), _) => {}
                (Err(bad), BadRows::Fail) => return Err(bad.error(path, number, None)),
                (Err(bad), BadRows::Reject) => {
                    self.gathered.rejected.push(bad.rejected(number, text.to_vec()));
                }
            }
        }
        Ok(hasher.finalize())
    }

    fn store(&mut self, line: &[u8]) -> Result<(), BadRow> {
        if str::from_utf8(line).is_err() {
            return Err(BadRow::whole("not UTF-8 text"));
        }
        let parts = Parts::find(line)?;
        let moment = self.time(parts.time)?;
        let bytes = parse_bytes(parts.bytes).map_err(|why| BadRow::field("bytes", parts.bytes, &why))?;
        let key = self.gathered.keys.intern(parts.client);
        self.gathered.times.count(moment);
        self.gathered.values.extend([moment.ms.cast_unsigned(), u64::from(key), bytes.cast_unsigned()]);
        Ok(())
    }

    fn time(&self, text: &[u8]) -> Result<Moment, BadRow> {
        let bad = |why: &str| BadRow::field("time", text, why);
        let iso = iso(text).ok_or_else(|| bad("is not of the form 17/May/2015:10:05:03 +0000"))?;
        self.times.parse(&iso).map_err(|why| bad(&why.to_string()).with_hint(why.hint()))
    }
}

fn trim_line_end(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// The parts of a line that are used.
struct Parts<'a> {
    client: &'a [u8],
    /// Holds what stands in brackets.
    time: &'a [u8],
    bytes: &'a [u8],
}

impl<'a> Parts<'a> {
    fn find(line: &'a [u8]) -> Result<Self, BadRow> {
        Self::split(line).ok_or_else(|| {
            let form = "is not a line of the form: client - user [time] \"request\" status bytes";
            match foreign::log(line) {
                Some(known) => {
                    BadRow::field("this", line, &format!("is {}", known.name)).with_hint(Some(known.cure))
                }
                None => BadRow::field("this", line, form),
            }
        })
    }

    fn split(line: &'a [u8]) -> Option<Self> {
        let open = memchr::memmem::find(line, b" [")?;
        let client = client(&line[..open])?;
        let after_open = &line[open + 2..];
        let close = memchr::memchr(b']', after_open)?;
        let request = after_open[close..].strip_prefix(b"] \"")?;
        let after_request = request[closing_quote(request)? + 1..].strip_prefix(b" ")?;
        let (status, rest) = after_request.split_at_checked(memchr::memchr(b' ', after_request)?)?;
        let bytes = rest[1..].split(|&byte| byte == b' ').next()?;
        let is_status = status == b"-" || status.len() == 3 && status.iter().all(u8::is_ascii_digit);
        (is_status && !client.is_empty()).then_some(Self { client, time: &after_open[..close], bytes })
    }
}

/// The client, if it stands first: client, identity and user, of which the last may have blanks in it where the identity,
/// which hardly any server asks for, is a hyphen. Another first field is never taken for it.
fn client(before_time: &[u8]) -> Option<&[u8]> {
    let (client, rest) = before_time.split_at_checked(memchr::memchr(b' ', before_time)?)?;
    let (identity, user) = rest[1..].split_at_checked(memchr::memchr(b' ', &rest[1..])?)?;
    (identity == b"-" || !user[1..].contains(&b' ')).then_some(client)
}

/// Where the quote ends that has been opened; the server writes a backslash before a quote within.
fn closing_quote(text: &[u8]) -> Option<usize> {
    let mut is_escaped = false;
    text.iter().position(|&byte| {
        let closes = byte == b'"' && !is_escaped;
        is_escaped = byte == b'\\' && !is_escaped;
        closes
    })
}

/// `17/May/2015:10:05:03 +0000` as `2015-05-17T10:05:03+0000`; whether such a time exists is found out elsewhere.
fn iso(text: &[u8]) -> Option<Vec<u8>> {
    let [d, e, b'/', month @ .., b'/', _, _, _, _, b':', _, _, b':', _, _, b':', _, _, b' ', _, _, _, _, _] =
        text
    else {
        return None;
    };
    let month = MONTHS.iter().position(|name| *name == month)? + 1;
    let (year, clock, offset) = (&text[7..11], &text[12..20], &text[21..]);
    let is_number = |part: &[u8]| part.iter().all(u8::is_ascii_digit);
    let is_numeric = is_number(&[*d, *e]) && is_number(year) && matches!(offset[0], b'+' | b'-');
    let date = format!("-{month:02}-{}{}T", char::from(*d), char::from(*e));
    is_numeric.then(|| [year, date.as_bytes(), clock, offset].concat())
}

fn parse_bytes(text: &[u8]) -> Result<i64, String> {
    // A server that sent no body writes a hyphen.
    if text == b"-" { Ok(0) } else { crate::decimal::parse_size(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times() -> TimeReader {
        TimeReader::new(super::super::TimeUnit::Ms, None).expect("no zone")
    }

    #[test]
    fn times_are_understood() {
        let check = |text: &str, expected: Option<i64>| {
            let ms = iso(text.as_bytes()).and_then(|iso| times().parse(&iso).ok()).map(|moment| moment.ms);
            assert_eq!(ms, expected, "{text}");
        };
        check("17/May/2015:10:05:03 +0000", Some(1_431_857_103_000));
        check("10/Oct/2000:13:55:36 -0700", Some(971_211_336_000));
        check("31/Dec/2016:23:59:60 +0000", Some(1_483_228_799_999));
        for text in [
            "",
            "17/May/2015:10:05:03",
            "17/may/2015:10:05:03 +0000",
            "17/Mai/2015:10:05:03 +0000",
            "17/05/2015:10:05:03 +0000",
            "30/Feb/2015:10:05:03 +0000",
            "17/May/2015:24:05:03 +0000",
            "17/May/2015:10:05:03 +9900",
            "17/May/2015:10:05:03 00000",
            "1 /May/2015:10:05:03 +0000",
            "17/May/20x5:10:05:03 +0000",
        ] {
            check(text, None);
        }
    }

    #[test]
    fn lines_are_taken_apart() {
        let check = |line: &str, expected: Option<[&str; 3]>| {
            let parts = Parts::split(line.as_bytes()).map(|parts| [parts.client, parts.time, parts.bytes]);
            assert_eq!(parts, expected.map(|parts| parts.map(str::as_bytes)), "{line}");
        };
        check("a - - [t] \"GET /\" 200 5", Some(["a", "t", "5"]));
        check("::1 - x [t] \"GET /\" 200 - \"-\" \"agent\"", Some(["::1", "t", "-"]));
        check("a - - [t] \"a \\\" [b] \\\\\" 304 0 \"cut", Some(["a", "t", "0"]));
        check("a - - [t] \"\" - 7", Some(["a", "t", "7"]));
        for line in ["", "a", " - - [t] \"\" 200 5", "a - - [t] \"GET 200 5", "a - - t \"\" 200 5"] {
            check(line, None);
        }
        check("a - b c [t] \"\" 200 5", Some(["a", "t", "5"]));
        check("a b c [t] \"\" 200 5", Some(["a", "t", "5"]));
        check("www:80 a - - [t] \"\" 200 5", None);
        check("a - [t] \"\" 200 5", None);
        check("a - - [t] \"\" 20 5", None);
        check("a - - [t] \"\" 200", None);
    }
}
