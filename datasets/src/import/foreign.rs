//! Formats that can't be imported, known by cheap signs, so that a refusal can name them.

use std::io::Read as _;
use std::path::Path;

use super::Format;
use crate::error::{Error, Place};
use crate::files::open_regular;

/// As much of a file is looked at.
const HEAD_BYTES: u64 = 4096;
/// Words that an AWS application load balancer begins a line with.
const ALB_TYPES: [&str; 6] = ["http", "https", "h2", "grpcs", "ws", "wss"];

/// A format that is known and not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Foreign {
    /// Holds what it is called.
    pub(super) name: &'static str,
    /// The way out.
    pub(super) cure: &'static str,
}

const TO_CSV: &str = "write the columns that are wanted as CSV, with a header";
const SPREADSHEET: &str = "save the sheet as CSV";
const DECOMPRESS: &str = "decompress it first";
const TO_UTF8: &str = "convert it to UTF-8, or name its encoding, such as with '--encoding utf-16le'";
const LOG_PARTS: &str = "a line begins with client, identity, user and [time]: cut what stands before, \
                         or write the columns event_time_ms,key,value as CSV";

/// The first bytes of formats that aren't text.
const MAGIC: [(&[u8], &str, &str); 10] = [
    (b"PAR1", "Parquet", "leave out '--format'"),
    (b"ARROW1", "Arrow IPC (Feather)", TO_CSV),
    (b"ORC", "ORC", TO_CSV),
    (b"Obj\x01", "Avro", TO_CSV),
    (b"SQLite format 3\0", "an SQLite database", TO_CSV),
    (b"PK\x03\x04", "a zip archive or a spreadsheet", SPREADSHEET),
    (b"\x28\xb5\x2f\xfd", "a file compressed with zstd", DECOMPRESS),
    (b"BZh", "a file compressed with bzip2", DECOMPRESS),
    (b"\xfd7zXZ\0", "a file compressed with xz", DECOMPRESS),
    (b"\x04\x22\x4d\x18", "a file compressed with LZ4", DECOMPRESS),
];

/// Refuses a file whose first bytes or first line show a format that isn't read.
pub(crate) fn refuse(path: &Path, format: Format) -> Result<(), Error> {
    let mut head = Vec::new();
    open_regular(path)?.take(HEAD_BYTES).read_to_end(&mut head).map_err(Error::unreadable(path))?;
    refuse_text(path, &head, format)
}

/// Refuses a text that begins so, as [`refuse`] does.
pub(crate) fn refuse_text(path: &Path, head: &[u8], format: Format) -> Result<(), Error> {
    let (number, line) = first_line(head);
    let found = match format {
        Format::Csv | Format::AccessLog => binary(head).or_else(|| log(line)),
        Format::OrLib | Format::BppLib | Format::KeyLines | Format::Lis | Format::Tsv | Format::JsonLines => {
            binary(head)
        }
        Format::OracleGeneral => compressed(head),
    };
    match found {
        Some(Foreign { name, cure }) => {
            let message = format!("this looks like {name}, which can't be imported");
            Err(Place::line(path, number).rejects(message).with_hint(cure.to_owned()))
        }
        None => Ok(()),
    }
}

/// The first line that isn't blank, and its number.
fn first_line(head: &[u8]) -> (u64, &[u8]) {
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    let mut lines = (1..).zip(text.split(|&byte| byte == b'\n'));
    lines.find(|(_, line)| !line.trim_ascii().is_empty()).unwrap_or((1, b""))
}

fn binary(head: &[u8]) -> Option<Foreign> {
    let known = MAGIC.iter().find(|(magic, ..)| head.starts_with(magic));
    known.map(|&(_, name, cure)| Foreign { name, cure }).or_else(|| {
        // Latin text in UTF-16 has a zero in every second byte; a byte order mark is told elsewhere.
        let is_half_zero = |from: usize| {
            let bytes = head.get(from..from + 8);
            bytes.is_some_and(|bytes| bytes.iter().step_by(2).all(|&byte| byte == 0))
                && head.get(1 - from).is_some_and(|&byte| byte != 0)
        };
        let is_utf16 = is_half_zero(0) || is_half_zero(1);
        is_utf16.then_some(Foreign { name: "UTF-16 text", cure: TO_UTF8 })
    })
}

/// A file that is binary itself begins with a number, which may be as any short sign.
fn compressed(head: &[u8]) -> Option<Foreign> {
    if head.starts_with(b"\x1f\x8b\x08\x00") || head.starts_with(b"\x1f\x8b\x08\x08") {
        return Some(Foreign { name: "a file compressed with gzip", cure: DECOMPRESS });
    }
    let is_sure = |&&(magic, _, cure): &&(&[u8], &str, &str)| cure == DECOMPRESS && magic.len() >= 4;
    let known = MAGIC.iter().filter(is_sure).find(|(magic, ..)| head.starts_with(magic));
    known.map(|&(_, name, cure)| Foreign { name, cure })
}

/// Returns whether a line begins like an object of JSON.
pub(super) fn is_json_line(line: &[u8]) -> bool {
    let line = line.trim_ascii();
    line.first() == Some(&b'{') && matches!(line[1..].trim_ascii_start().first(), Some(b'"' | b'}'))
}

/// The format of a log, by one line of it; none where it is one that is read, or unknown.
pub(super) fn log(line: &[u8]) -> Option<Foreign> {
    let line = str::from_utf8(line).ok()?.trim();
    let named = |name| Some(Foreign { name, cure: TO_CSV });
    if line.starts_with('{') && (line[1..].trim_start().starts_with(['"', '}']) || line.len() == 1) {
        let is_caddy = line.contains("\"http.log.access");
        return named(if is_caddy { "JSON lines, as Caddy writes its log" } else { "JSON lines" });
    }
    if line.starts_with("[{") || line == "[" {
        return named("JSON");
    }
    if ["#Fields:", "#Version:", "#Software:", "#Date:"].iter().any(|sign| line.starts_with(sign)) {
        return named("a W3C extended log, as IIS and CloudFront write it");
    }
    let words: Vec<&str> = line.split(' ').take(8).collect();
    let word = |at: usize| words.get(at).copied().unwrap_or_default();
    if is_iso_time(word(0)) && has_port(word(2)) || ALB_TYPES.contains(&word(0)) && is_iso_time(word(1)) {
        return named("the log of an AWS load balancer");
    }
    if line.starts_with('<') && line.find('>').is_some_and(|end| (2..=4).contains(&end)) || is_syslog(&words)
    {
        return named("a syslog");
    }
    let (before, time) = line.split_once(" [")?;
    let is_time = matches!(time.as_bytes(), [_, _, b'/', _, _, _, b'/', ..]);
    if !is_time {
        return None;
    }
    before_time(&before.split(' ').collect::<Vec<_>>())
}

/// Returns what stands before the time of an access log, unless it is client, identity and user. A user may have blanks
/// in its name; then the identity, which hardly any server asks for, is a hyphen.
fn before_time(words: &[&str]) -> Option<Foreign> {
    let named = |name| Some(Foreign { name, cure: LOG_PARTS });
    match words {
        [_, _, _] | [_, "-", ..] if words.len() >= 3 => None,
        [owner, _] if owner.len() == 64 => named("an access log of Amazon S3"),
        [host, client, ..] if words.len() > 3 && has_port(host) && is_address(client) => {
            named("an access log in Apache's vhost_combined, with the virtual host before the client")
        }
        [_, _, "-", ..] if words.len() > 3 => named("an access log with the virtual host before the client"),
        _ => named("an access log that has other fields before its time than client, identity and user"),
    }
}

/// `2024-05-17T10:05:03…`.
fn is_iso_time(word: &str) -> bool {
    let shape: Vec<u8> =
        word.bytes().take(19).map(|byte| if byte.is_ascii_digit() { b'0' } else { byte }).collect();
    shape == b"0000-00-00T00:00:00"
}

/// `www.example.org:443`, `192.0.2.7:80`.
fn has_port(word: &str) -> bool {
    let parts = word.rsplit_once(':');
    parts.is_some_and(|(host, port)| {
        !host.is_empty() && !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit())
    })
}

/// An IPv4 or IPv6 address, or a host's name.
fn is_address(word: &str) -> bool {
    word.parse::<std::net::IpAddr>().is_ok() || word.contains('.')
}

/// `May 17 10:05:03 host …`.
fn is_syslog(words: &[&str]) -> bool {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let rest: Vec<&str> = words.iter().copied().filter(|word| !word.is_empty()).collect();
    let is_clock = |word: &str| {
        word.len() == 8
            && word.bytes().enumerate().all(|(at, byte)| match at {
                2 | 5 => byte == b':',
                _ => byte.is_ascii_digit(),
            })
    };
    matches!(rest.as_slice(), [month, day, clock, ..]
        if MONTHS.contains(month) && day.parse::<u8>().is_ok() && is_clock(clock))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logs_are_known_by_their_first_line() {
        let check = |line: &str, expected: Option<&str>| {
            let found = log(line.as_bytes()).map(|found| found.name);
            assert!(found.is_some() == expected.is_some(), "{line}: {found:?}");
            assert!(
                expected.is_none_or(|part| found.is_some_and(|name| name.contains(part))),
                "{line}: {found:?}"
            );
        };
        let vhost = r#"www.example.org:443 192.0.2.7 - - [17/May/2015:10:05:09 +0000] "GET / HTTP/1.1" 200 5 "-" "x""#;
        check(vhost, Some("vhost_combined"));
        check(r#"www:80 2001:db8::7 - - [17/May/2015:10:05:09 +0000] "GET /" 200 5"#, Some("vhost_combined"));
        check(
            r#"www.example.org 192.0.2.7 - - [17/May/2015:10:05:09 +0000] "GET /" 200 5"#,
            Some("virtual host"),
        );
        check(r#"192.0.2.7 - - [17/May/2015:10:05:09 +0000] "GET /" 200 5"#, None);
        check(r#"::1 - frank [17/May/2015:10:05:09 +0000] "GET /" 200 5"#, None);
        check(r#"192.0.2.7 - frank and sons [17/May/2015:10:05:09 +0000] "GET /" 200 5"#, None);
        check(r#"192.0.2.7 ident frank [17/May/2015:10:05:09 +0000] "GET /" 200 5"#, None);
        check(r#"192.0.2.7 [17/May/2015:10:05:09 +0000] "GET /" 200 5"#, Some("other fields"));
        check(&format!("{} bucket [06/Feb/2019:00:00:38 +0000] 192.0.2.3 -", "7".repeat(64)), Some("S3"));
        check(r#"{"event_time_ms":1700000000000,"key":"a","value":1}"#, Some("JSON lines"));
        check(r#"{"level":"info","logger":"http.log.access.log0"}"#, Some("Caddy"));
        check("#Software: Microsoft Internet Information Services 10.0", Some("IIS"));
        check("#Fields: date time s-ip cs-method", Some("W3C"));
        check("2015-05-13T23:39:43.945958Z lb 192.168.131.39:2817 10.0.0.1:80 0.1", Some("load balancer"));
        check("https 2018-07-02T22:23:00.186641Z app/lb/50dc 192.168.131.39:2817", Some("load balancer"));
        check("<134>May 17 10:05:03 host nginx: x", Some("syslog"));
        check("May  7 10:05:03 host sshd[12]: x", Some("syslog"));
        for line in
            ["", "event_time_ms,key,value", "size", "2024-05-17T10:05:03Z,a,1", "t,speed [m/s]", "{x}"]
        {
            assert_eq!(log(line.as_bytes()), None, "{line}");
        }
    }

    #[test]
    fn what_is_no_text_is_known_by_its_first_bytes() {
        for (head, part) in [
            (&b"PAR1\x15\x04"[..], "Parquet"),
            (b"s\0i\0z\0e\0\n\0", "UTF-16"),
            (b"\0s\0i\0z\0e\0\n", "UTF-16"),
            (b"\x28\xb5\x2f\xfd\x04", "zstd"),
        ] {
            assert!(binary(head).is_some_and(|found| found.name.contains(part)), "{part}");
        }
        assert_eq!(binary(b"size\n1\n2\n"), None);
        assert_eq!(binary(b"\0\0\0\0\0\0\0\0\0\0"), None);
    }
}
