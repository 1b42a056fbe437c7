//! An import asks while it reads whether anybody still wants it, and ends soon when nobody does.

use std::cell::Cell;

use datasets::{ErrorKind, Format, ImportOptions, import_while};

use crate::support::{Scratch, events, options, requests};

/// Files are read in pieces no longer than this between two questions.
const PIECE: usize = 1 << 20;

/// Returns what an import needs, and a file with many lines for it.
fn long(format: Format) -> (ImportOptions, Vec<u8>) {
    let (options, head, line): (_, &str, &[u8]) = match format {
        Format::Csv => (events(), "event_time_ms,key,value\n", b"1700000000000,a,17\n"),
        Format::OrLib => (options(None), "1\n i\n 100 400000 1\n", b"42\n"),
        Format::BppLib => (options(None), "400000\n100\n", b"42\n"),
        Format::AccessLog => {
            (events(), "", b"192.0.2.7 - - [17/May/2015:10:05:09 +0000] \"GET / HTTP/1.1\" 200 5\n")
        }
        Format::KeyLines => (requests(), "", b"some-key\n"),
        Format::Lis => (requests(), "", b"1 3 0 1\n"),
        Format::OracleGeneral => (requests(), "", &[1; 24]),
        Format::Tsv | Format::JsonLines => panic!("they are read by way of CSV"),
    };
    (options, [head.as_bytes(), &line.repeat(400_000)].concat())
}

#[test]
fn every_format_stops_when_it_is_told_to() {
    for format in Format::ALL.into_iter().filter(|it| !matches!(it, Format::Tsv | Format::JsonLines)) {
        let (options, content) = long(format);
        let scratch = Scratch::new();
        let path = scratch.write("x.txt", &content);
        let asked = Cell::new(0_usize);
        let go = || {
            asked.set(asked.get() + 1);
            true
        };
        import_while(&path, format, &options, &go).unwrap_or_else(|error| panic!("{format}: {error}"));
        let all = asked.get();
        assert!(all >= content.len() / PIECE, "{format}: asked {all} times in {} bytes", content.len());
        for most in [0, 1, all / 2, all - 1] {
            asked.set(0);
            let go = || {
                asked.set(asked.get() + 1);
                asked.get() <= most
            };
            let error = import_while(&path, format, &options, &go).expect_err("nobody wants it");
            assert_eq!(error.kind(), ErrorKind::Interrupted, "{format} after {most} of {all}: {error}");
            assert!(asked.get() <= most + 4, "{format}: it went on for {} more", asked.get() - most);
        }
    }
}
