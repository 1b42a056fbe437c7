//! Web servers' access logs.

use datasets::{BadRows, Event, Format, Frozen, ImportOptions, Item, Typed, freeze};

use crate::support::{Scratch, check_input, check_usage, events, import_text};

const GOOD: &str = "\
192.0.2.1 - - [17/May/2015:10:05:03 +0000] \"GET / HTTP/1.1\" 200 203023 \"-\" \"agent\"\n\
\n\
2001:db8::1 - frank [17/May/2015:12:05:03 +0200] \"GET /a\\\"b HTTP/1.0\" 304 -\r\n\
192.0.2.1 - - [17/May/2015:10:05:02 +0000] \"-\" 408 0 \"cut off";

#[test]
fn a_request_is_an_event() {
    let imported = import_text(Format::AccessLog, &events(), GOOD).expect("a good log");
    let instance = &imported.instances[0];
    assert_eq!((&instance.name[..], &instance.problem[..]), ("x", "windowed-aggregation"));
    assert_eq!(instance.source.format.as_deref(), Some("access-log"));
    assert_eq!(instance.source.blake3, Some(blake3::hash(GOOD.as_bytes()).to_hex().to_string()));
    assert_eq!(imported.summary.blank_lines, 1);
    let scratch = Scratch::new();
    freeze(instance, &scratch.path().join("d")).expect("good");
    let loaded = Frozen::open(&scratch.path().join("d")).expect("whole").load::<Event>().expect("whole");
    let rows: Vec<(i64, &[u8], i64)> =
        loaded.records.iter().map(|event| (event.time_ms, loaded.keys.get(event.key), event.value)).collect();
    let ms = 1_431_857_103_000;
    assert_eq!(
        rows,
        [(ms, &b"192.0.2.1"[..], 203_023), (ms, b"2001:db8::1", 0), (ms - 1000, b"192.0.2.1", 0)]
    );
}

#[test]
fn the_format_is_guessed() {
    let scratch = Scratch::new();
    for name in ["access.log", "access.csv"] {
        let path = scratch.write(name, format!("\n{GOOD}"));
        assert_eq!(Format::guess(&path).expect("readable"), Format::AccessLog);
    }
}

#[test]
fn bad_lines_are_errors_or_rejected() {
    let lines = [
        ("nonsense", "is not a line of the form"),
        ("a - - [17/May/2015:25:05:03 +0000] \"GET /\" 200 1", "time `17/May/2015:25:05:03 +0000` names"),
        ("a - - [17/May/2015 10:05:03 +0000] \"GET /\" 200 1", "time `17/May/2015 10:05:03 +0000` is not"),
        ("a - - [17/May/2015:10:05:03 +0000] \"GET /\" 200 x", "bytes `x` is not a number"),
        ("a - - [17/May/2015:10:05:03 +0000] \"GET /\" 200 -1", "bytes `-1` is negative"),
        ("a - - [17/May/2015:10:05:03 +0000] \"GET /\" 200 9223372036854775808", "doesn't fit in 63 bits"),
    ];
    for (line, part) in lines {
        let error = import_text(Format::AccessLog, &events(), format!("{GOOD}\n{line}\n")).expect_err(line);
        check_input(&error, &["x.txt line 5: ", part]);
    }
    let mut content = GOOD.as_bytes().to_vec();
    for (line, _) in lines {
        content.extend_from_slice(format!("\n{line}").as_bytes());
    }
    content.extend_from_slice(b"\n\xff - - [17/May/2015:10:05:03 +0000] \"GET /\" 200 1\n");
    let options = ImportOptions { bad_rows: BadRows::Reject, ..events() };
    let imported = import_text(Format::AccessLog, &options, content).expect("three are good");
    let rejected = &imported.instances[0].rejected;
    assert_eq!(rejected.iter().map(|row| row.line).collect::<Vec<_>>(), [5, 6, 7, 8, 9, 10, 11]);
    assert_eq!(rejected[0].row, b"nonsense");
    assert_eq!(imported.summary.rejected["not UTF-8 text"], 1);
    assert_eq!(imported.instances[0].records(), 3);
}

#[test]
fn other_records_have_no_access_logs() {
    let items =
        ImportOptions { columns: Item::COLUMNS, optional: &[], problem: "bin-packing".into(), ..events() };
    let error = import_text(Format::AccessLog, &items, GOOD).expect_err("no sizes");
    check_usage(&error, &["access logs hold events, bin-packing reads `size`"]);
    let mut renamed = events();
    renamed.renamed.insert("key".into(), "host".into());
    check_usage(&import_text(Format::AccessLog, &renamed, GOOD).expect_err("no header"), &["no header"]);
    check_input(&import_text(Format::AccessLog, &events(), "\n").expect_err("empty"), &["the file is empty"]);
}

#[test]
fn another_log_is_refused_by_its_name() {
    let vhost = "www.example.org:443 192.0.2.7 - - [17/May/2015:10:05:09 +0000] \"GET / HTTP/1.1\" 200 5 \"-\" \"x\"\n\
                 shop.example.org:443 192.0.2.7 - - [17/May/2015:10:05:10 +0000] \"GET /a HTTP/1.1\" 200 7 \"-\" \"x\"\n";
    let json = "{\"event_time_ms\":1700000000000,\"key\":\"a\",\"value\":1}\n";
    for (content, part) in [
        (vhost, "vhost_combined"),
        (json, "JSON lines, which can't be imported"),
        ("#Version: 1.0\n#Fields: date time\n", "W3C extended log"),
        ("2015-05-13T23:39:43.945958Z lb 192.168.131.39:2817 10.0.0.1:80 0.1\n", "AWS load balancer"),
    ] {
        let scratch = Scratch::new();
        let path = scratch.write("x.log", content);
        let guessed = Format::guess(&path).expect("readable");
        assert_eq!(guessed == Format::JsonLines, content == json);
        for format in [Format::AccessLog, guessed].into_iter().filter(|format| *format != Format::JsonLines) {
            let error = import_text(format, &events(), content).expect_err(part);
            check_input(&error, &["x.txt line 1: ", part]);
        }
        // Also where the first lines were of the known form.
        let line = content.lines().next().expect("a line");
        let error = import_text(Format::AccessLog, &events(), format!("{GOOD}\n{line}\n")).expect_err(part);
        check_input(&error, &["x.txt line 5: ", &part.replace(", which can't be imported", "")]);
    }
}
