//! Files without a problem: the forms that people write, and bad input, each frozen by the command line.

use std::io::Write as _;

use crate::support::{Ran, Scratch};

impl Scratch {
    /// Freezes `content`; words of `flags` that hold blanks stand in single quotes.
    fn freeze_any(&self, name: &str, content: impl AsRef<[u8]>, flags: &str) -> Ran {
        self.write(name, content);
        self.shell(&format!("$COUNTERPOINT freeze {name} --to d {flags}"))
    }

    /// The `[[fields]]` of the dataset `d`, a line each: name, type, and what else there is.
    fn fields(&self) -> Vec<String> {
        let manifest = self.read("d/manifest.toml");
        let blocks = manifest.split("[[fields]]\n").skip(1);
        let value = |line: &str| {
            line.split_once(" = ").map(|(key, value)| format!("{key}:{}", value.trim_matches('"')))
        };
        let said = |block: &str| {
            let words = block.lines().filter(|line| *line != "missing = 0").filter_map(value);
            words.map(|word| word.replace("name:", "").replace("type:", "")).collect::<Vec<_>>().join(" ")
        };
        blocks.map(said).collect()
    }
}

/// Freezes without a problem: the data is `expected`, the columns are `fields`, and it verifies.
fn check(name: &str, content: impl AsRef<[u8]>, flags: &str, (expected, fields): (&str, &[&str])) {
    let scratch = Scratch::new();
    scratch.freeze_any(name, content, flags).expect(0);
    assert_eq!(scratch.read("d/records.csv"), expected, "{flags}");
    assert_eq!(scratch.fields(), fields, "{flags}");
    scratch.run("verify d").expect(0);
    scratch.run("show d").expect(0);
}

/// Freezes for windows: the data is `expected`.
fn check_windows(name: &str, content: impl AsRef<[u8]>, flags: &str, expected: &str) {
    let scratch = Scratch::new();
    let windows = "--problem windowed-aggregation --set window=tumbling:1000";
    scratch.freeze_any(name, content, &format!("{windows} {flags}")).expect(0);
    assert_eq!(scratch.read("d/records.csv"), format!("event_time_ms,key,value\n{expected}"), "{flags}");
    scratch.run("verify d").expect(0);
}

#[test]
fn exponents() {
    let text = "event_time_ms,key,value\n1,a,1e-05\n2,a,2.5E+1\n3,b,3\n";
    check(
        "x.csv",
        text,
        "",
        (
            text,
            &[
                "event_time_ms whole digits:1 role:event-time format:ms",
                "key text role:key",
                "value float role:value",
            ],
        ),
    );
    check_windows("x.csv", text, "", "1,a,1\n2,a,2500000\n3,b,300000\n");
}

#[test]
fn the_word_utc() {
    let text = "ts,key,value\n2024-05-17 10:05:03 UTC,a,1\n2024-05-17 10:05:04.5 GMT,a,2\n2024-05-17T12:05:05+02:00,a,3\n";
    let fields = [
        "ts time-zoned role:event-time format:Y-M-D",
        "key text role:key",
        "value whole digits:1 role:value",
    ];
    check("x.csv", text, "", (text, &fields));
    let expected = "1715940303000,a,1\n1715940304500,a,2\n1715940305000,a,3\n";
    check_windows("x.csv", text, "--column event_time_ms=ts", expected);
}

#[test]
fn forms_of_dates_and_dates_without_a_time() {
    let text = "day,key,value\n1/2/2015,a,1\n1/31/2015,a,2\n";
    // One day beyond twelve says for all rows which number is the month.
    check(
        "x.csv",
        text,
        "",
        (text, &["day date format:M/D/Y", "key text role:key", "value whole digits:1 role:value"]),
    );
    let named = [
        "day date role:event-time format:M/D/Y zone:UTC",
        "key text role:key",
        "value whole digits:1 role:value",
    ];
    check("x.csv", text, "--event-time day --time-zone UTC", (text, &named));
    let flags = "--column event_time_ms=day --time-zone UTC --date-form M/D/Y";
    check_windows("x.csv", text, flags, "1420156800000,a,1\n1422662400000,a,2\n");
    // What could be read in two ways never is.
    let two_ways = "day,key,value\n1/2/2015,a,1\n3/4/2015,a,2\n";
    let scratch = Scratch::new();
    let ran = scratch.freeze_any("x.csv", two_ways, "").expect(0);
    assert!(ran.stderr.contains("its dates may be M/D/Y or D/M/Y; say which with '--date-form'"), "{ran}");
    assert_eq!(scratch.fields()[0], "day text");
    check(
        "x.csv",
        two_ways,
        "--date-form D/M/Y",
        (two_ways, &["day date format:D/M/Y", "key text role:key", "value whole digits:1 role:value"]),
    );
    let problem = "--problem windowed-aggregation --column event_time_ms=day --time-zone UTC";
    let ran = Scratch::new().freeze_any("x.csv", two_ways, problem).expect(4);
    ran.says(&["x.csv line 2", "day `1/2/2015` could be read in two ways"]).hints("--date-form");
    check_windows(
        "x.csv",
        "day,key,value\n31.12.2015,a,1\n",
        "--column event_time_ms=day --time-zone UTC",
        "1451520000000,a,1\n",
    );
}

#[test]
fn decimal_commas_and_thousands() {
    let text = "event_time_ms;key;value\n1;a;1.234,5\n2;b;7\n3;b;-0,25\n";
    let flags = "--delimiter ';' --decimal , --thousands .";
    let expected = "event_time_ms,key,value\n1,a,\"1.234,5\"\n2,b,7\n3,b,\"-0,25\"\n";
    let fields = [
        "event_time_ms whole digits:1 role:event-time format:ms",
        "key text role:key",
        "value decimal digits:6 scale:2 role:value format:1.234,56",
    ];
    check("x.csv", text, flags, (expected, &fields));
    check_windows("x.csv", text, flags, "1,a,123450\n2,b,700\n3,b,-25\n");
    let scratch = Scratch::new();
    let problem = "--problem windowed-aggregation";
    let ran = scratch.freeze_any(
        "x.csv",
        "event_time_ms,key,value\n1,a,\"1,23,4\"\n",
        &format!("{problem} --thousands ,"),
    );
    ran.expect(4).says(&["x.csv line 2", "`1,23,4`", "1,234.56"]);
    scratch
        .freeze_any("x.csv", "event_time_ms,key,value\n1,a,\"1,234\"\n", problem)
        .expect(4)
        .says(&["--thousands"]);
    scratch.freeze_any("x.csv", "a\n", "--decimal . --thousands .").expect(2).says(&["one separator"]);
}

#[test]
fn columns_whose_names_repeat_or_are_empty() {
    let text = "key,x,x,,event_time_ms,value\na,1,2,3,4,5\n";
    check(
        "x.csv",
        text,
        "",
        (
            "key,x,x_2,column_4,event_time_ms,value\na,1,2,3,4,5\n",
            &[
                "key text role:key",
                "x whole digits:1",
                "x_2 whole digits:1",
                "column_4 whole digits:1",
                "event_time_ms whole digits:1 role:event-time format:ms",
                "value whole digits:1 role:value",
            ],
        ),
    );
    check_windows("x.csv", text, "", "4,a,5\n");
    let scratch = Scratch::new();
    scratch.freeze_any("x.csv", text, "--key x").expect(4).says(&["column `x` stands twice"]);
    let problem = "--problem windowed-aggregation --column value=x";
    scratch.freeze_any("x.csv", text, problem).expect(4).says(&["column `x` stands twice"]);
    scratch
        .freeze_any("x.tsv", text.replace(',', "\t"), problem)
        .expect(4)
        .says(&["column `x` stands twice"]);
}

#[test]
fn no_key_column() {
    let text = "timestamp,value\n2024-05-17 10:05:03,1\n";
    let flags = "--column event_time_ms=timestamp --time-zone UTC --constant key=all";
    check_windows("x.csv", text, flags, "1715940303000,all,1\n");
    check(
        "x.csv",
        text,
        "--time-zone UTC",
        (text, &["timestamp time role:event-time format:Y-M-D zone:UTC", "value whole digits:1 role:value"]),
    );
    let scratch = Scratch::new();
    scratch
        .freeze_any("x.csv", text, "--constant key=all")
        .expect(2)
        .says(&["--constant", "no problem is named"]);
    let both = "--problem windowed-aggregation --constant key=a --column key=value";
    scratch.freeze_any("x.csv", text, both).expect(2).says(&["`key` can't both be constant"]);
}

#[test]
fn a_missing_json_field() {
    let text = "{\"event_time_ms\":1,\"key\":\"a\",\"value\":2.50}\n\n{\"value\":3,\"event_time_ms\":2}\n{\"event_time_ms\":3,\"key\":\"\",\"value\":null,\"more\":{\"k\": [1, \"x y\"]}}\n";
    check(
        "x.jsonl",
        text,
        "",
        (
            "event_time_ms,key,value,more\n1,a,2.50,\n2,,3,\n3,\"\",,\"{\"\"k\"\":[1,\"\"x y\"\"]}\"\n",
            &[
                "event_time_ms whole digits:1 role:event-time format:ms",
                "key text role:key missing:1",
                "value decimal digits:3 scale:2 role:value missing:1",
                "more json missing:2",
            ],
        ),
    );
    let scratch = Scratch::new();
    let problem = "--problem windowed-aggregation";
    scratch.freeze_any("x.jsonl", text, problem).expect(4).says(&["x.jsonl line 3", "key is missing"]);
    let ran = scratch.freeze_any("x.jsonl", text, &format!("{problem} --bad-rows reject")).expect(0);
    assert!(ran.stderr.contains("rows rejected: 1, key is missing"), "{ran}");
    assert!(ran.stderr.contains("rows rejected: 1, value is empty"), "{ran}");
    assert_eq!(scratch.read("d/records.csv"), "event_time_ms,key,value\n1,a,25\n");
    let rejected = scratch.read("d/rejected.csv");
    assert!(
        rejected.contains("\n3,key is missing,") && rejected.contains("\n4,value is empty,"),
        "{rejected}"
    );
}

#[test]
fn the_second_of_two_equal_hours_by_order() {
    let text = "at,key,value\n2024-10-27 01:59:00,a,1\n2024-10-27 02:10:00,a,2\n2024-10-27 02:50:00,a,3\n\
                2024-10-27 02:05:00,a,4\n2024-10-27 02:55:00,a,5\n2024-10-27 03:01:00,a,6\n";
    let flags = "--column event_time_ms=at --time-zone Europe/Berlin";
    let rows = |times: [i64; 6]| -> String {
        times
            .iter()
            .zip(1..)
            .map(|(minutes, value)| format!("{},a,{value}\n", 1_729_980_000_000 + minutes * 60_000))
            .collect::<Vec<_>>()
            .concat()
    };
    // Minutes since midnight in UTC+2; the second of the two hours lies an hour later.
    check_windows("x.csv", text, &format!("{flags} --fold by-order"), &rows([119, 130, 170, 185, 235, 241]));
    check_windows("x.csv", text, flags, &rows([119, 130, 170, 125, 175, 241]));
    let field = "at time role:event-time format:Y-M-D zone:Europe/Berlin fold:by-order";
    let others = ["key text role:key", "value whole digits:1 role:value"];
    check(
        "x.csv",
        text,
        "--event-time at --time-zone Europe/Berlin --fold by-order",
        (text, &[field, others[0], others[1]]),
    );
}

#[test]
fn a_date_and_a_time_in_two_columns() {
    let text = "day,clock,key,value\n5/17/2024,1:05 PM,a,1\n5/18/2024,0:00:03.5,a,2\n";
    let flags = "--event-time day+clock --time-zone UTC";
    let fields = [
        "day date role:event-time format:M/D/Y zone:UTC",
        "clock text role:event-time format:h:m:s",
        "key text role:key",
        "value whole digits:1 role:value",
    ];
    check("x.csv", text, flags, (text, &fields));
    let flags = "--column event_time_ms=day+clock --time-zone UTC --date-form M/D/Y";
    check_windows("x.csv", text, flags, "1715951100000,a,1\n1715990403500,a,2\n");
    let scratch = Scratch::new();
    let ran = scratch.freeze_any("x.csv", text, "--event-time day+key").expect(4);
    ran.says(&["column `key` can't be the time of day"]);
}

#[test]
fn blanks_around_numbers() {
    let text = "event_time_ms,key,value\n1, a , 5\n2,b,6 \n";
    let fields = [
        "event_time_ms whole digits:1 role:event-time format:ms",
        "key text role:key",
        "value whole digits:1 role:value trim:true",
    ];
    check("x.csv", text, "", (text, &fields));
    let trimmed = [
        "event_time_ms whole digits:1 role:event-time format:ms",
        "key text role:key",
        "value whole digits:1 role:value",
    ];
    check("x.csv", text, "--trim", ("event_time_ms,key,value\n1,a,5\n2,b,6\n", &trimmed));
    check_windows("x.csv", text, "--trim", "1,a,5\n2,b,6\n");
    Scratch::new()
        .freeze_any("x.csv", text, "--problem windowed-aggregation")
        .expect(4)
        .says(&["blanks", "--trim"]);
}

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    out.write_all(text).and_then(|()| out.finish()).expect("memory")
}

#[test]
fn a_file_and_stdin_are_one_source() {
    let scratch = Scratch::new();
    scratch.write("x.csv", "a,b\n1,x\n");
    scratch.write("x.csv.gz", gzip(b"a,b\n1,x\n"));
    scratch.write("x.jsonl", "{\"a\":1,\"b\":\"x\"}\n");
    scratch.shell("$COUNTERPOINT freeze x.csv.gz --to file").expect(0);
    for (to, from) in [("one", "x.csv"), ("two", "x.csv.gz"), ("three", "x.jsonl")] {
        let format = if from == "x.jsonl" { "--format jsonl" } else { "" };
        scratch.shell(&format!("cat {from} | $COUNTERPOINT freeze - --to {to} {format}")).expect(0);
        assert_eq!(scratch.read(&format!("{to}/records.csv")), scratch.read("file/records.csv"));
        assert_eq!(scratch.names(to), ["manifest.toml", "records.csv"]);
    }
    let hash = |name: &str| {
        let manifest = scratch.read(&format!("{name}/manifest.toml"));
        manifest.lines().filter(|line| line.starts_with("blake3")).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(hash("file"), hash("two"), "the source's bytes, too");
    let windows = "--problem windowed-aggregation --set window=tumbling:1 --column event_time_ms=a --column key=b --column value=a";
    scratch.shell(&format!("cat x.csv.gz | $COUNTERPOINT freeze - --to w {windows}")).expect(0);
    assert_eq!(scratch.read("w/records.csv"), "event_time_ms,key,value\n1,x,1\n");
}

#[test]
fn roles_are_said_or_follow_from_names() {
    let text = "id,created_at,when,amount\n1,2024-01-01T00:00:00Z,7,5\n";
    let said = "--key id --value amount --event-time when --time-unit s";
    check(
        "x.csv",
        text,
        said,
        (
            text,
            &[
                "id whole digits:1 role:key",
                "created_at time-zoned format:Y-M-D",
                "when whole digits:1 role:event-time format:s",
                "amount whole digits:1 role:value",
            ],
        ),
    );
    // The only time of a record is when it was; what is a key nobody knows.
    check(
        "x.csv",
        text,
        "",
        (
            text,
            &[
                "id whole digits:1",
                "created_at time-zoned role:event-time format:Y-M-D",
                "when whole digits:1",
                "amount whole digits:1",
            ],
        ),
    );
    let scratch = Scratch::new();
    scratch.freeze_any("x.csv", text, "--key ids").expect(4).says(&["no column `ids`"]).hints("`id`");
    scratch.freeze_any("x.csv", text, "--key id --value id").expect(4).says(&["both value and key"]);
    let mixed = format!("{text}2,n/a,8,x\n");
    scratch
        .freeze_any("x.csv", &mixed, "--value amount")
        .expect(4)
        .says(&["`amount` can't be measured", "`text`"]);
    scratch
        .freeze_any("x.csv", text, "--problem windowed-aggregation --arrival when")
        .expect(2)
        .says(&["--arrival"]);
    let ran = scratch.freeze_any("x.csv", text, "--arrival created_at --column seen=when").expect(0);
    assert!(ran.stderr.contains("column `when` is called `seen`"), "{ran}");
    assert_eq!(scratch.read("d/records.csv"), "arrival_ms,id,seen,amount\n1704067200000,1,7,5\n");
    scratch.run("batch d").expect(2);
}

#[test]
fn a_first_that_does_not_fit_is_named_where_many_did() {
    let scratch = Scratch::new();
    let numbers = (0..50).map(|i| format!("{i}\n")).collect::<Vec<_>>().concat();
    let ran = scratch.freeze_any("x.csv", format!("n\n{numbers}1e999\n"), "").expect(0);
    assert!(
        ran.stderr.contains(
            "`n` is text because of `1e999` in line 52; the 50 values before it are of the type whole"
        ),
        "{ran}"
    );
}

#[test]
fn show_tells_what_a_dataset_holds() {
    let scratch = Scratch::with_tiny();
    let text = "at,key,value,note\n2024-05-17T10:05:03Z,a,9,\u{1b}[31m\n2024-05-17T10:05:04Z,b,10,\"\"\n2024-05-17T10:05:02Z,a,,x\n";
    scratch.freeze_any("x.csv", text, "").expect(0);
    let ran = scratch.run("show d --rows 2").expect(0);
    for part in [
        "d: 3 records".replace("d:", "x:").as_str(),
        "time-zoned  event-time",
        "1 (33.3%)",
        "2024-05-17T10:05:02Z",
        r"\u{1b}[31m",
    ] {
        assert!(ran.stdout.contains(part), "{part}: {ran}");
    }
    assert!(!ran.stdout.contains('\u{1b}'), "{ran}");
    let json = scratch.run("show d --rows 2 --json").expect(0).json();
    assert_eq!(json["rows"].as_array().map(Vec::len), Some(2));
    let value = &json["columns"][2];
    // By their worth, not by their text.
    assert_eq!((value["least"].as_str(), value["greatest"].as_str()), (Some("9"), Some("10")));
    assert_eq!((value["missing"].as_u64(), value["distinct"].as_u64()), (Some(1), Some(2)));
    assert_eq!(json["rows"][1][3].as_str(), Some(""));
    let tiny = scratch.run("show tiny").expect(0);
    assert!(tiny.stdout.contains("for bin-packing") && tiny.stdout.contains("size"), "{tiny}");
    scratch.run("show nothing").expect(4).says(&["nothing"]);
}

#[test]
fn a_problem_reads_any_form_and_says_where_it_stumbles() {
    let scratch = Scratch::new();
    let windows = "--problem windowed-aggregation --set window=tumbling:1000";
    // The second record spans lines, blank lines stand between, and the bad one is the third.
    let rows = "event_time_ms\tkey\tvalue\n\n1\ta\t5\n2\t\"b\n\nc\"\t6\n\n3\td\tx\n4\te\n";
    scratch.write("x.tsv.gz", gzip(rows.as_bytes()));
    let freeze = |flags: &str| scratch.run(&format!("freeze x.tsv.gz --to d {windows} {flags}"));
    freeze("").expect(4).says(&["x.tsv.gz line 9: 2 fields, the header has 3"]);
    let ran = freeze("--bad-rows reject").expect(0);
    assert!(ran.stderr.contains("rows rejected: 1, value is not a number"), "{ran}");
    assert_eq!(scratch.read("d/records.csv"), "event_time_ms,key,value\n1,a,5\n2,\"b\n\nc\",6\n");
    let rejected = scratch.read("d/rejected.csv");
    assert!(
        rejected.contains("\n8,value is not a number,") && rejected.contains("\n9,\"2 fields"),
        "{rejected}"
    );
    let manifest = scratch.read("d/manifest.toml");
    for part in [
        "format = \"tsv\"",
        "compression = \"gzip\"",
        "delimiter = \"tab\"",
        "rejected = 2",
        "file = \"x.tsv.gz\"",
    ] {
        assert!(manifest.contains(part), "{part}: {manifest}");
    }
    scratch.run("verify d").expect(0);
    scratch.write("x.tsv.gz", gzip(rows.replace("4\te\n", "").as_bytes()));
    scratch
        .run(&format!("freeze x.tsv.gz --to e {windows}"))
        .expect(4)
        .says(&["x.tsv.gz line 8", "value `x` is not a number"]);
}

#[test]
fn a_problems_dataset_can_be_sampled_and_masked() {
    let scratch = Scratch::new();
    let rows = (0..2000).map(|i| format!("{i},user{}@example.org,1\n", i % 100)).collect::<Vec<_>>().concat();
    scratch.write("x.csv", format!("event_time_ms,key,value\n{rows}9,user7@example.org,x\n"));
    scratch.write("secret", "a key");
    let flags = "--problem windowed-aggregation --set window=tumbling:1000 --bad-rows reject";
    let ran = scratch
        .run(&format!("freeze x.csv --to d {flags} --sample-by-key 50% --mask key --mask-key-file secret"))
        .expect(0);
    assert!(ran.stderr.contains("records of 2001"), "{ran}");
    let data = scratch.read("d/records.csv");
    let keys: std::collections::BTreeSet<&str> =
        data.lines().skip(1).filter_map(|line| line.split(',').nth(1)).collect();
    assert!((25..75).contains(&keys.len()), "{}", keys.len());
    assert_eq!(data.lines().count(), 1 + 20 * keys.len(), "all records of a key");
    for (name, content) in scratch.state().iter().filter(|(name, _)| name.starts_with("d/")) {
        assert!(!content.windows(7).any(|window| window == b"example"), "{name}");
        assert!(!content.windows(5).any(|window| window == b"a key"), "{name}");
    }
    scratch.run("verify d").expect(0);
    scratch.run("freeze x.csv --to e --mask nobody").expect(4).says(&["no column `nobody`"]);
    scratch.run("freeze x.csv --to e --sample-by-key 2").expect(2).hints("1%");
    scratch.write("secret", " ");
    scratch
        .run("freeze x.csv --to e --mask key --mask-key-file secret")
        .expect(4)
        .says(&["an empty key hides nothing"]);
}
