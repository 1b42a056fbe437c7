//! One table in many forms is one dataset: line ends, delimiters, quotes, encodings, compression.

use std::fs;
use std::io::Write as _;

use datasets::{
    Dialect, FieldRole, Frozen, FrozenGeneric, GenericOptions, Line, Sample, SourceForm, freeze_generic,
};
use proptest::prelude::*;

use crate::support::Scratch;

/// A table: rows of fields, none where a value is missing. The first row is the header.
type Rows = Vec<Vec<Option<String>>>;

fn written(rows: &Rows, delimiter: char, end: &str, quotes_all: bool) -> String {
    let mut out = String::new();
    for row in rows {
        let fields = row.iter().map(|field| match field {
            None => String::new(),
            Some(text)
                if quotes_all || text.is_empty() || text.contains([delimiter, '"', '\r', '\n', ',']) =>
            {
                format!("\"{}\"", text.replace('"', "\"\""))
            }
            Some(text) => text.clone(),
        });
        out += &(fields.collect::<Vec<_>>().join(&delimiter.to_string()) + end);
    }
    out
}

fn freeze(scratch: &Scratch, name: &str, content: &[u8], options: &GenericOptions) -> FrozenGeneric {
    let path = scratch.write(name, content);
    let target = scratch.path().join(format!("{name}-frozen"));
    let frozen = freeze_generic(&path, options, &target, &|| true).expect("good");
    Frozen::open(&target).and_then(|frozen| frozen.verify()).expect("as described");
    frozen
}

fn with(delimiter: &str) -> GenericOptions {
    let dialect = Dialect::new(Some(delimiter), None).expect("one byte");
    GenericOptions { form: SourceForm { dialect, ..SourceForm::default() }, ..GenericOptions::default() }
}

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    out.write_all(text).and_then(|()| out.finish()).expect("memory")
}

fn zstd(text: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(text, ruzstd::encoding::CompressionLevel::Fastest)
}

fn field() -> impl Strategy<Value = Option<String>> {
    let signs = prop::sample::select(vec![
        "a", "ß", ",", ";", "\"", "\n", "\r\n", " ", "1", ".", "-", "\t", "{", "\u{1b}",
    ]);
    prop_oneof![
        1 => Just(None),
        2 => (-999_i64..999).prop_map(|number| Some(number.to_string())),
        4 => prop::collection::vec(signs, 0..6).prop_map(|signs| Some(signs.concat())),
    ]
}

fn table() -> impl Strategy<Value = Rows> {
    (2_usize..5).prop_flat_map(|width| {
        prop::collection::vec(prop::collection::vec(field(), width), 0..8).prop_map(move |rows| {
            let header = (0..width).map(|at| Some(format!("c{at}"))).collect();
            std::iter::once(header).chain(rows).collect()
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn values_come_back_as_they_were_from_every_form(rows in table()) {
        let scratch = Scratch::new();
        let plain = written(&rows, ',', "\n", false);
        let frozen = freeze(&scratch, "plain.csv", plain.as_bytes(), &GenericOptions::default());
        let manifest = &frozen.manifest;
        prop_assert_eq!(manifest.records as usize, rows.len() - 1);
        // Canonical bytes are copied; a file of our own is one.
        let data = fs::read_to_string(scratch.path().join("plain.csv-frozen/records.csv")).expect("a file");
        prop_assert_eq!(&data, &plain);
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(data.as_bytes());
        let read: Vec<Vec<String>> =
            reader.records().map(|row| row.expect("CSV").iter().map(str::to_owned).collect()).collect();
        let expected: Vec<Vec<String>> =
            rows.iter().map(|row| row.iter().map(|field| field.clone().unwrap_or_default()).collect()).collect();
        prop_assert_eq!(read, expected);
        // Which values are missing is told by the schema, too.
        let dataset = Frozen::open(&scratch.path().join("plain.csv-frozen")).expect("whole");
        let overview = dataset.overview(100).expect("whole");
        let missing = |at: usize| rows[1..].iter().filter(|row| row[at].is_none()).count() as u64;
        for (at, column) in overview.columns.iter().enumerate() {
            prop_assert_eq!(column.missing, manifest.fields[at].missing);
            prop_assert!(column.missing >= missing(at));
        }
        let lines = dataset.load::<Line>().expect("lines");
        prop_assert_eq!(lines.records.len(), rows.len() - 1);
        for (name, content, options) in [
            ("returns.csv", written(&rows, ',', "\r\n", false).into_bytes(), GenericOptions::default()),
            ("semicolons.csv", written(&rows, ';', "\n", false).into_bytes(), with(";")),
            ("tabs.tsv", written(&rows, '\t', "\r\n", false).into_bytes(), with("tab")),
            ("packed.csv.gz", gzip(plain.as_bytes()), GenericOptions::default()),
            ("members.csv.gz", [gzip(&plain.as_bytes()[..3]), gzip(&plain.as_bytes()[3..])].concat(), GenericOptions::default()),
            ("packed.csv.zst", zstd(plain.as_bytes()), GenericOptions::default()),
            ("frames.csv.zst", [zstd(&plain.as_bytes()[..3]), zstd(&plain.as_bytes()[3..])].concat(), GenericOptions::default()),
            ("no-end.csv", plain.trim_end_matches('\n').as_bytes().to_vec(), GenericOptions::default()),
            ("marked.csv", ["\u{feff}", &plain].concat().into_bytes(), GenericOptions::default()),
            (
                "utf16.csv",
                plain.encode_utf16().flat_map(u16::to_le_bytes).collect(),
                GenericOptions { encoding: Some("utf-16le".into()), ..GenericOptions::default() },
            ),
        ] {
            // Without its line end, a last row of one empty field would be no row.
            let other = freeze(&scratch, name, &content, &options).manifest;
            prop_assert_eq!(&other.blake3, &manifest.blake3, "{}", name);
            prop_assert_eq!(&other.fields, &manifest.fields, "{}", name);
        }
    }
}

#[test]
fn quotes_can_be_other_signs_or_none() {
    let scratch = Scratch::new();
    let text = "a,b\n'x, y','it''s'\n";
    let dialect = Dialect::new(None, Some("'")).expect("one byte");
    let options =
        GenericOptions { form: SourceForm { dialect, ..SourceForm::default() }, ..GenericOptions::default() };
    freeze(&scratch, "single.csv", text.as_bytes(), &options);
    let read = |name: &str| fs::read_to_string(scratch.path().join(name)).expect("a file");
    assert_eq!(read("single.csv-frozen/records.csv"), "a,b\n\"x, y\",it's\n");
    let dialect = Dialect::new(Some("|"), Some("none")).expect("one byte");
    let options =
        GenericOptions { form: SourceForm { dialect, ..SourceForm::default() }, ..GenericOptions::default() };
    freeze(&scratch, "none.csv", b"a|b\n\"x|y\"\n", &options);
    assert_eq!(read("none.csv-frozen/records.csv"), "a,b\n\"\"\"x\",\"y\"\"\"\n");
}

#[test]
fn what_is_masked_stands_nowhere_and_can_be_joined() {
    let scratch = Scratch::new();
    let text = "mail,n\nann@example.org,1\nbob@example.org,2,3\nann@example.org,3\n,4\ncarl@example.org,x\n";
    let masked = |name: &str, secret: Option<&str>| {
        let options = GenericOptions {
            mask: vec!["mail".into()],
            mask_secret: secret.map(|secret| secret.as_bytes().to_vec()),
            bad_rows: datasets::BadRows::Reject,
            ..GenericOptions::default()
        };
        let frozen = freeze(&scratch, name, text.as_bytes(), &options);
        assert_eq!(frozen.manifest.source.masked, ["mail"]);
        let folder = scratch.path().join(format!("{name}-frozen"));
        for entry in fs::read_dir(&folder).expect("a folder") {
            let bytes = fs::read(entry.expect("an entry").path()).expect("a file");
            for raw in ["ann@", "bob@", "carl@", "example.org", "key for masks"] {
                assert!(!bytes.windows(raw.len()).any(|window| window == raw.as_bytes()), "{raw}");
            }
        }
        let data = fs::read_to_string(folder.join("records.csv")).expect("a file");
        data.lines()
            .skip(1)
            .map(|line| line.split(',').next().unwrap_or_default().to_owned())
            .collect::<Vec<_>>()
    };
    let first = masked("one.csv", Some("key for masks"));
    assert_eq!(first, masked("two.csv", Some("key for masks")), "datasets of one key can be joined");
    assert_ne!(first, masked("three.csv", Some("another key for masks")));
    let random = masked("four.csv", None);
    assert_ne!(random, masked("five.csv", None));
    for column in [first, random] {
        assert_eq!((&column[0], column[2].as_str()), (&column[1], ""), "{column:?}");
        assert_ne!(column[0], column[3]);
        let is_stand_in =
            |text: &&String| text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        assert_eq!(column.iter().filter(is_stand_in).count(), 3, "{column:?}");
    }
}

#[test]
fn a_sample_keeps_all_records_of_its_keys_and_nothing_else() {
    let scratch = Scratch::new();
    let rows = (0..20_000).map(|i| format!("user{},{i}\n", i % 997)).collect::<Vec<_>>().concat();
    let sampled = |name: &str, share: &str, seed: u64, text: &str| {
        let options = GenericOptions {
            key: vec!["user".into()],
            sample: Some(Sample::new(share, seed).expect("a share")),
            ..GenericOptions::default()
        };
        let frozen = freeze(&scratch, name, text.as_bytes(), &options).manifest;
        assert_eq!(frozen.fields[0].role, Some(FieldRole::Key));
        let data = scratch.path().join(format!("{name}-frozen/records.csv"));
        (frozen, fs::read_to_string(data).expect("a file"))
    };
    let text = format!("user,n\n{rows}");
    let (manifest, data) = sampled("a.csv", "10%", 1, &text);
    let keys = |data: &str| -> std::collections::BTreeSet<String> {
        data.lines().skip(1).map(|line| line.split(',').next().expect("a key").to_owned()).collect()
    };
    let kept = keys(&data);
    let expected: String = std::iter::once("user,n")
        .chain(text.lines().skip(1).filter(|line| kept.contains(line.split(',').next().expect("a key"))))
        .flat_map(|line| [line, "\n"])
        .collect();
    assert_eq!(data, expected, "all records of the keys that are in, in order");
    assert_eq!(manifest.source.sampled_keys, Some(kept.len() as u64));
    assert_eq!(manifest.source.sampled_from, Some(20_000));
    assert!((50..150).contains(&kept.len()), "a tenth of 997 keys, not {}", kept.len());
    // Whatever else stands in the file.
    let (_, fewer) = sampled("b.csv", "10%", 1, &text[..text.len() / 2]);
    assert!(keys(&fewer).is_subset(&kept));
    assert_ne!(keys(&sampled("c.csv", "10%", 2, &text).1), kept);
    assert!(keys(&sampled("d.csv", "20%", 1, &text).1).is_superset(&kept));
    assert_eq!(sampled("e.csv", "100%", 1, &text).1, text);
    for wrong in ["0%", "101%", "1", "x%", "-1%", "0.0000001%", "%"] {
        assert!(Sample::new(wrong, 1).is_err(), "{wrong}");
    }
}

#[test]
fn rows_are_sorted_by_the_arrival_that_is_declared() {
    let scratch = Scratch::new();
    let text = "at,v\n2024-01-01T00:00:02Z,b\n2024-01-01T00:00:01Z,a\n2024-01-01T00:00:02Z,c\n";
    let options =
        GenericOptions { arrival: Some("at".into()), sort_by_arrival: true, ..GenericOptions::default() };
    let frozen = freeze(&scratch, "x.csv", text.as_bytes(), &options);
    let data = fs::read_to_string(scratch.path().join("x.csv-frozen/records.csv")).expect("a file");
    assert_eq!(data, "arrival_ms,v\n1704067201000,a\n1704067202000,b\n1704067202000,c\n");
    assert_eq!(frozen.manifest.source.renamed.get("arrival_ms").map(String::as_str), Some("at"));
    let dataset = Frozen::open(&scratch.path().join("x.csv-frozen")).expect("whole");
    let lines = dataset.load::<Line>().expect("lines");
    assert_eq!(lines.arrivals_ms, Some(vec![1_704_067_201_000, 1_704_067_202_000, 1_704_067_202_000]));
    assert_eq!(dataset.header::<Line>(), "v");
}

#[test]
fn a_long_text_in_blocks_of_any_size_is_one_text() {
    let scratch = Scratch::new();
    // Rows around the size of a block, with quotes that straddle its end.
    let long = "x\"\"y\n".repeat(60_000);
    let text = format!("a,b\n1,\"{long}\"\n2,\"{long}z\"\n3,é{}\n", "é".repeat(150_000));
    freeze(&scratch, "x.csv", text.as_bytes(), &GenericOptions::default());
    assert_eq!(fs::read_to_string(scratch.path().join("x.csv-frozen/records.csv")).expect("a file"), text);
}

#[test]
fn event_times_are_read_as_the_schema_has_them() {
    let scratch = Scratch::new();
    let check = |name: &str, text: &str, options: &GenericOptions, expected: &[Option<i64>]| {
        freeze(&scratch, name, text.as_bytes(), options);
        let dataset = Frozen::open(&scratch.path().join(format!("{name}-frozen"))).expect("whole");
        let lines = dataset.load::<Line>().expect("lines");
        let mut times = dataset.record_times().expect("a zone").expect("a column");
        let read: Vec<Option<i64>> =
            lines.records.iter().map(|line| times.read(line.text(&lines.keys)).expect("times")).collect();
        assert_eq!(read, expected, "{name}");
    };
    let time = |column: &str| GenericOptions { event_time: Some(column.into()), ..GenericOptions::default() };
    check("s.csv", "k,at_s\na,5\nb,\n", &time("at_s"), &[Some(5000), None]);
    check("z.csv", "k,at\n\"a,\",1970-01-01T00:00:01Z\n", &time("at"), &[Some(1000)]);
    let berlin = GenericOptions {
        time_zone: Some("Europe/Berlin".into()),
        fold: datasets::Fold::ByOrder,
        ..time("day+clock")
    };
    let text = "clock,day\n2:30,27.10.2024\n2:10,27.10.2024\n";
    check("b.csv", text, &berlin, &[Some(1_729_989_000_000), Some(1_729_991_400_000)]);
    let arrival = GenericOptions { arrival: Some("seen".into()), ..time("at") };
    check("a.csv", "x,at,seen\n1,1970-01-01 00:00:01Z,1970-01-01 00:00:02Z\n", &arrival, &[Some(1000)]);
    freeze(&scratch, "n.csv", b"at\n2024-01-01 10:00\n", &GenericOptions::default());
    let dataset = Frozen::open(&scratch.path().join("n.csv-frozen")).expect("whole");
    let error = dataset.record_times().expect_err("no zone").to_string();
    assert!(error.contains("the times of column `at` have no zone"), "{error}");
    freeze(&scratch, "none.csv", b"a\n1\n", &GenericOptions::default());
    let dataset = Frozen::open(&scratch.path().join("none.csv-frozen")).expect("whole");
    assert!(dataset.record_times().expect("nothing wrong").is_none());
}

#[test]
fn a_damaged_byte_never_makes_another_dataset() {
    let scratch = Scratch::new();
    let text = "a,b\n1,x\n2,some longer text\n3,some longer text again\n";
    let whole = freeze(&scratch, "whole.csv", text.as_bytes(), &GenericOptions::default()).manifest.blake3;
    for (kind, packed) in [("gz", gzip(text.as_bytes())), ("zst", zstd(text.as_bytes()))] {
        let mut refused = 0;
        for at in 0..packed.len() {
            let mut damaged = packed.clone();
            damaged[at] ^= 0x11;
            let path = scratch.write("x", &damaged);
            let target = scratch.path().join(format!("{kind}-{at}"));
            match freeze_generic(&path, &GenericOptions::default(), &target, &|| true) {
                // A time stamp or the like, which says nothing of the text.
                Ok(frozen) => assert_eq!(frozen.manifest.blake3, whole, "{kind}, byte {at}"),
                Err(_) => refused += 1,
            }
            // Cut there, it is no whole file; of less nobody can say what it was.
            if at < 4 {
                continue;
            }
            let path = scratch.write("x", &packed[..at]);
            let target = scratch.path().join(format!("{kind}-{at}-cut"));
            freeze_generic(&path, &GenericOptions::default(), &target, &|| true).expect_err("cut");
        }
        assert!(refused > packed.len() / 2, "{kind}: {refused} of {}", packed.len());
    }
}

#[test]
fn a_header_alone_is_a_dataset_of_no_records() {
    let scratch = Scratch::new();
    let frozen = freeze(&scratch, "x.csv", b"a,b\n", &GenericOptions::default());
    assert_eq!(frozen.manifest.records, 0);
    let dataset = Frozen::open(&scratch.path().join("x.csv-frozen")).expect("whole");
    assert!(dataset.load::<Line>().expect("no lines").records.is_empty());
    assert_eq!(dataset.overview(10).expect("whole").rows.len(), 0);
}

#[test]
fn a_freeze_that_is_stopped_leaves_nothing() {
    let scratch = Scratch::new();
    let rows = "a,b\n".to_owned() + &"1,2\n".repeat(300_000);
    let sources = [
        (scratch.write("x.csv", &rows), GenericOptions::default()),
        (scratch.write("x.csv.gz", gzip(rows.as_bytes())), GenericOptions::default()),
    ];
    for (path, options) in sources {
        for last in 0..4 {
            let asked = std::cell::Cell::new(0);
            let go = || asked.replace(asked.get() + 1) < last;
            let error = freeze_generic(&path, &options, &scratch.path().join("d"), &go).expect_err("stopped");
            assert_eq!(error.kind(), datasets::ErrorKind::Interrupted);
            assert_eq!(scratch.names().iter().filter(|name| !name.starts_with("x.csv")).count(), 0);
        }
    }
}
