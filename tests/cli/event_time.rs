//! Streams with times, keys and values that are wrong, extreme or far apart, and settings that make no sense.

use serde_json::Value;

use crate::support::{Ran, Scratch, number};

const DAY_MS: i64 = 86_400_000;
/// In November 2023.
const NOW_MS: i64 = 1_700_000_000_000;
const WINDOWED: &str = "--problem windowed-aggregation --set window=tumbling:1000";
const VERSIONS: [&str; 5] = ["per-record", "per-trigger", "per-trigger-strict", "at-end", "pre-aggregated"];

impl Scratch {
    /// A file of `rows` below `header`, to be frozen with `flags` into the folder of the same name.
    fn freeze_rows(&self, name: &str, header: &str, rows: &[String], flags: &str) -> Ran {
        self.write(&format!("{name}.csv"), format!("{header}\n{}\n", rows.join("\n")));
        self.run(&format!("freeze {name}.csv --to {name} {flags}"))
    }

    /// Events of the key `a` and the value 1 at these times after now, frozen into the folder `events`.
    fn with_events(times: &[i64]) -> Self {
        let scratch = Self::new();
        let rows: Vec<String> = times.iter().map(|time| format!("{},a,1", NOW_MS + time)).collect();
        scratch.freeze_rows("events", "event_time_ms,key,value", &rows, WINDOWED).expect(0);
        scratch
    }

    /// The lines of a job's answer without the header, and what it said.
    fn replay(&self, dataset: &str, job: &str, flags: &[&str]) -> (Vec<String>, Value) {
        if self.path("out").exists() {
            std::fs::remove_dir_all(self.path("out")).expect("our own folder");
        }
        let args = ["replay", dataset, "--job", job, "--json", "--out", "out"];
        let json = self.run_args(&[&args[..], flags].concat()).expect(0).json();
        (self.rows("out/answers/answer.csv"), json)
    }

    fn rows(&self, name: &str) -> Vec<String> {
        self.read(name).lines().skip(1).map(str::to_owned).collect()
    }

    fn reference(&self, dataset: &str, flags: &str) -> Vec<String> {
        self.run(&format!("batch {dataset} {flags} --out reference")).expect(0);
        let rows = self.rows("reference/answers/reference.csv");
        std::fs::remove_dir_all(self.path("reference")).expect("our own folder");
        rows
    }
}

/// Returns what the ledger says of these, 0 where it is silent.
fn counts<const N: usize>(said: &Value, names: [&str; N]) -> [u64; N] {
    names.map(|name| said["ledger"].get(name).map_or(0, number))
}

#[test]
fn fields_that_are_no_times_values_or_partitions_name_their_line() {
    let cases = [
        ("yesterday,a,1,0", "event_time_ms `yesterday` is not a number", None),
        (",a,1,0", "event_time_ms `` is empty: the time is missing", Some("--bad-rows reject")),
        ("2024-05-17T10:05:03,a,1,0", "has no offset from UTC", Some("--time-zone")),
        ("2024-02-30T10:05:03Z,a,1,0", "doesn't exist", None),
        ("2024-05-17T24:00:00Z,a,1,0", "has hour 24", Some("00:00 of the next day")),
        ("2016-12-31T12:59:60Z,a,1,0", "second 60 where no leap second can be", None),
        ("1700000000000000000,a,1,0", "lies outside the years", Some("--time-unit")),
        ("1,a,NaN,0", "value `NaN` is not finite", None),
        ("1,a,-inf,0", "value `-inf` is not finite", None),
        ("1,a,1e999,0", "value `1e999` doesn't fit in 64 bits", None),
        ("1,a,9223372036854775808,0", "doesn't fit in 63 bits and a sign", None),
        ("1,a,1,-1", "partition `-1` is negative", None),
        ("1,a,1,4294967296", "partition `4294967296` is not a whole number below 2^32", None),
        ("1,\"a,1,0", "a quote opens here and never closes", Some("written twice")),
    ];
    let scratch = Scratch::new();
    for (row, message, hint) in cases {
        let rows = ["0,,-9223372036854775808,65535".to_owned(), row.to_owned()];
        let ran = scratch.freeze_rows("bad", "event_time_ms,key,value,partition", &rows, WINDOWED).expect(4);
        let ran = ran.says(&["bad.csv line 3: ", message]);
        if let Some(hint) = hint {
            ran.hints(hint);
        }
        assert_eq!(scratch.names("."), ["bad.csv"], "{row}");
    }
}

#[test]
fn times_are_understood_in_their_unit_and_zone() {
    let cases = [
        ("-0.5", "--time-unit s", "-500", ""),
        ("1700000000000000", "--time-unit us", "1700000000000", ""),
        ("1960-01-01T00:00:00Z", "", "-315619200000", ""),
        ("2024-05-17T10:05:03+05:30", "--time-zone Europe/Berlin", "1715920503000", ""),
        (
            "2024-10-27T02:30:00",
            "--time-zone Europe/Berlin",
            "1729989000000",
            "showed twice, the first taken: 1",
        ),
        ("2016-12-31T23:59:60Z", "", "1483228799999", "the last millisecond of second 59: 1"),
        ("2016-12-31T23:59:60.100Z", "", "1483228799999", "the last millisecond of second 59: 1"),
    ];
    for (time, flags, expected, note) in cases {
        let scratch = Scratch::new();
        let rows = [format!("{time},a,1")];
        let flags = format!("{WINDOWED} {flags}");
        let ran = scratch.freeze_rows("times", "event_time_ms,key,value", &rows, &flags).expect(0);
        assert_eq!(scratch.rows("times/records.csv"), [format!("{expected},a,1")], "{time}");
        assert!(ran.stderr.contains(note), "{ran}");
    }
    let scratch = Scratch::new();
    for (zone, code, part) in
        [("Europe/Berlin", 4, "the clock was put forward"), ("Etc/Unknown", 2, "no time zone")]
    {
        let rows = ["2024-03-31T02:30:00,a,1".to_owned()];
        let flags = format!("{WINDOWED} --time-zone {zone}");
        scratch.freeze_rows("gap", "event_time_ms,key,value", &rows, &flags).expect(code).says(&[part]);
    }
}

#[test]
fn headers_that_mislead_are_refused_with_the_way_out() {
    let cases = [
        ("event_time_ms,key,value,key", "column `key` stands twice", ""),
        ("time,key,value,x", "no column `event_time_ms`", "--column event_time_ms="),
        ("Event_Time_ms,key,value,x", "no column `event_time_ms`", "--column event_time_ms=Event_Time_ms"),
    ];
    let scratch = Scratch::new();
    for (header, message, hint) in cases {
        let ran = scratch.freeze_rows("head", header, &["1,a,1,2".to_owned()], WINDOWED).expect(4);
        let ran = ran.says(&["head.csv line 1: ", message]);
        assert!(ran.stderr.contains(hint), "{ran}");
    }
    let join = "--problem order-payment-join --set within=1";
    for side in ["", "Left", "both"] {
        let rows = [format!("1,{side},a,1")];
        let ran = scratch.freeze_rows("side", "event_time_ms,side,key,value", &rows, join).expect(4);
        ran.says(&["side.csv line 2", "is neither `left` nor `right`"]);
    }
}

#[test]
fn keys_may_be_empty_or_large_but_not_without_bound() {
    let scratch = Scratch::new();
    let large = "k".repeat(1 << 20);
    let rows = |key: &str| [format!("1,{key},1"), "2,,2".to_owned(), format!("3,{key},4")];
    scratch.freeze_rows("keys", "event_time_ms,key,value", &rows(&large), WINDOWED).expect(0);
    let (answer, _) = scratch.replay("keys", "per-record", &[]);
    assert_eq!(answer, ["0,1000,,1,2,2,2".to_owned(), format!("0,1000,{large},2,5,1,4")]);
    let ran = scratch.freeze_rows("more", "event_time_ms,key,value", &rows(&format!("{large}k")), WINDOWED);
    ran.expect(4).says(&["more.csv line 2: a value longer than 1 MiB"]);
}

#[test]
fn settings_that_make_no_sense_are_wrong_use() {
    let scratch = Scratch::with_events(&[0, 1500]);
    let before = scratch.state();
    let cases = [
        ("window=tumbling:0", "it can't be used: the size in 'tumbling:0' is 0"),
        ("window=tumbling:-1", "is negative"),
        ("window=tumbling:9223372036854775808", "is too large"),
        ("window=tumbling:1.5ms", "should be a whole number of milliseconds"),
        ("window=sliding:10", "should be sliding:SIZE:SLIDE"),
        ("window=sliding:10:0", "the slide in 'sliding:10:0' is 0"),
        ("window=sliding:1000000:1", "puts each record into 1000000 windows"),
        ("window=session:0", "the gap in 'session:0' is 0"),
        ("window=hopping:5", "unknown windows 'hopping:5'"),
        ("delay=-1", "a whole number of milliseconds, or none"),
        ("delay=9223372036854775807", "must be at most 2^60 ms"),
        ("delay=9223372036854775808", "must be below 2^63"),
        ("lateness=none", "a whole number of milliseconds"),
        ("mode=upsert", "it can't be used: unknown output mode 'upsert'"),
        ("drain=true", "must be yes or no"),
        ("partitions=65537", "a whole number up to 65536"),
        ("max-state=0", "must be at least 1"),
        ("max_state=5", "did you mean max-state?"),
    ];
    for (set, part) in cases {
        for line in ["batch events", "replay events --job per-record --out out"] {
            scratch.run(&format!("{line} --set {set}")).expect(2).says(&[part]);
        }
    }
    for trigger in ["every 0 records", "every -1 records", "every 5 h", "every", "often"] {
        let args = ["replay", "events", "--job", "per-trigger", "--out", "out", "--trigger", trigger];
        scratch.run_args(&args).expect(2).says(&["unknown trigger", "'every 1000 records'"]);
    }
    for (flags, part) in [
        ("--set delay=none", "append on an aggregation needs a watermark"),
        ("--set window=session:10 --set mode=update", "update can't be used on session windows"),
    ] {
        let line =
            format!("gate --dataset events --stable per-record --candidate per-trigger {flags} --out out");
        scratch.run(&line).expect(2).says(&["job per-trigger", part]);
    }
    scratch
        .run("run --dataset events --stable per-record --candidate at-end --orders 5 --out out")
        .expect(2)
        .says(&["orders = 5", "windowed-aggregation has none"]);
    assert_eq!(scratch.state(), before);
}

#[test]
fn one_time_far_ahead_makes_no_other_record_late_wherever_it_stands() {
    let times = [0, 700, 1500, 1400, 2500];
    for at in 0..=times.len() {
        let mut with_stray = times.to_vec();
        with_stray.insert(at, 1000 * 365 * DAY_MS);
        let scratch = Scratch::with_events(&with_stray);
        let expected = Scratch::with_events(&times).reference("events", "");
        for job in VERSIONS {
            let (mut answer, said) = scratch.replay("events", job, &["--set", "drain=yes"]);
            // As the first there is nothing that it is ahead of: it has a window of its own.
            let is_first = u64::from(at == 0);
            assert_eq!(counts(&said, ["late", "rejected"]), [0, 1 - is_first], "{job} {at}");
            answer.truncate(answer.len() - is_first as usize);
            assert_eq!(answer, expected, "{job} {at}");
        }
        let (_, said) = scratch.replay("events", "per-record", &["--set", "max-ahead=none"]);
        assert_eq!(counts(&said, ["late", "rejected"]), [(times.len() - at) as u64, 0], "{at}");
    }
}

#[test]
fn sums_beyond_64_bits_are_exact() {
    let scratch = Scratch::new();
    let most = i64::MAX;
    let rows: Vec<String> = (0..3).map(|i| format!("{},a,{most}", NOW_MS + i)).collect();
    let (sum, start) = (i128::from(most) * 3, NOW_MS);
    scratch.freeze_rows("windows", "event_time_ms,key,value", &rows, WINDOWED).expect(0);
    let window = format!("{start},{},a,3,{sum},{most},{most}", start + 1000);
    let session = format!("{start},{},a,3,{sum},{most},{most}", start + 1002);
    for (set, expected) in [("window=tumbling:1000", window), ("window=session:1000", session)] {
        assert_eq!(scratch.reference("windows", &format!("--set {set}")), [expected.as_str()]);
        for job in VERSIONS.into_iter().filter(|job| !set.contains("session") || *job != "pre-aggregated") {
            let (answer, _) = scratch.replay("windows", job, &["--set", set, "--set", "drain=yes"]);
            assert_eq!(answer, [expected.as_str()], "{job}");
        }
    }
    let rows: Vec<String> = (0..3).map(|id| format!("{NOW_MS},{id},a,{}", i64::MIN)).collect();
    scratch
        .freeze_rows("ids", "event_time_ms,id,key,value", &rows, "--problem deduplicated-totals")
        .expect(0);
    for job in ["keep-ids", "within-watermark", "within-watermark-per-trigger", "approximate"] {
        // All come at one time, which without a delay is late for Spark from the third on.
        let (answer, _) = scratch.replay("ids", job, &["--set", "delay=1"]);
        assert_eq!(answer, [format!("a,3,{}", i128::from(i64::MIN) * 3)], "{job}");
    }
    assert_eq!(scratch.reference("ids", ""), [format!("a,3,{}", i128::from(i64::MIN) * 3)]);
}

#[test]
fn a_state_beyond_its_limit_ends_the_run_and_leaves_nothing() {
    let scratch = Scratch::with_events(&[0, 1500, 3000]);
    let line = |value: &str, time: i64| format!("{},{value},7", NOW_MS + time);
    let sided = [line("right,a", 0), line("left,a", 1), line("left,b", 2)];
    let flags = "--problem order-payment-join --set within=1000 --set delay=1000";
    scratch.freeze_rows("orders", "event_time_ms,side,key,value", &sided, flags).expect(0);
    let before = scratch.state();
    for (dataset, stable, candidate) in
        [("events", "per-record", "at-end"), ("orders", "per-record", "per-trigger")]
    {
        for verb in ["run", "gate"] {
            let pair = format!("--dataset {dataset} --stable {stable} --candidate {candidate}");
            let ran = scratch.run(&format!("{verb} {pair} --set delay=10000 --set max-state=1 --out out"));
            let file = format!("{dataset}/records.csv line 3: job {stable}");
            ran.expect(4).says(&[&file, "the state holds 2 entries, 1 are allowed"]).hints("max-state");
        }
    }
    assert_eq!(scratch.state(), before);
}

/// A partition that stops, windows that fire again, each output mode, and what the end of input leaves.
#[test]
fn every_setting_changes_what_it_says() {
    let scratch = Scratch::new();
    let rows = [(0, 0), (1500, 0), (500, 0), (3000, 0), (600, 1), (9000, 0)]
        .map(|(time, partition)| format!("{},a,1,{partition}", NOW_MS + time));
    scratch.freeze_rows("events", "event_time_ms,key,value,partition", &rows, WINDOWED).expect(0);
    // Rows emitted, records late, records that no row tells of.
    let cases: [(&str, &[&str], [u64; 3]); 13] = [
        ("per-record", &[], [4, 2, 0]),
        ("per-record", &["lateness=1000"], [5, 1, 0]),
        ("per-record", &["lateness=2001"], [6, 0, 0]),
        ("per-record", &["delay=2500"], [4, 0, 0]),
        ("per-record", &["delay=none"], [4, 0, 0]),
        ("per-record", &["partitions=2"], [4, 0, 0]),
        // A partition that has never spoken is silent since the first record.
        ("per-record", &["partitions=2", "idle=1000"], [4, 2, 0]),
        ("per-trigger", &[], [3, 1, 1]),
        ("per-trigger-strict", &[], [3, 2, 1]),
        ("per-trigger", &["drain=yes"], [4, 1, 0]),
        ("per-trigger", &["mode=update"], [5, 1, 0]),
        ("per-trigger", &["mode=complete"], [15, 0, 0]),
        ("pre-aggregated", &[], [4, 2, 0]),
    ];
    for (job, set, expected) in cases {
        let flags: Vec<&str> = set.iter().flat_map(|set| ["--set", set]).collect();
        let (_, said) = scratch.replay("events", job, &flags);
        let [late, not_emitted] = counts(&said, ["late", "not_emitted"]);
        assert_eq!([number(&said["firings"]), late, not_emitted], expected, "{job} {set:?}");
        assert_eq!(
            scratch.rows("out/answers/answer-late.csv").len() as u64,
            number(&said["late_pairs"]),
            "{job} {set:?}"
        );
        assert_eq!(scratch.rows("out/answers/answer-firings.csv").len() as u64, expected[0], "{job} {set:?}");
    }
}

#[test]
fn rejected_rows_are_kept_and_verified_with_the_data() {
    let scratch = Scratch::new();
    let rows = ["1,a,1", "soon,b,2", "3,c", "4,d,inf"].map(str::to_owned);
    let flags = format!("{WINDOWED} --bad-rows reject");
    let ran = scratch.freeze_rows("some", "event_time_ms,key,value", &rows, &flags).expect(0);
    assert!(ran.stderr.contains("rows rejected: 1, value is not finite"), "{ran}");
    let kept = ["3,event_time_ms is not a number,\"soon,b,2\"", "4,\"2 fields, the header has 3\",\"3,c\""];
    assert_eq!(scratch.rows("some/rejected.csv")[..2], kept);
    scratch.run("verify some").expect(0);
    scratch.edit("some/rejected.csv", "soon", "late");
    scratch.run("verify some").expect(4).says(&["some/rejected.csv: changed since the freeze"]);
}

#[test]
fn a_dataset_without_a_window_is_whole_but_can_not_be_run_as_it_stands() {
    let scratch = Scratch::new();
    let flags = "--problem windowed-aggregation --set delay=5";
    scratch.freeze_rows("open", "event_time_ms,key,value", &["1,a,1".to_owned()], flags).expect(0);
    scratch.run("verify open").expect(0);
    scratch.run("batch open").expect(4).says(&["the dataset gives no window"]).hints("--set window=VALUE");
    scratch.run("batch open --set window=tumbling:5").expect(0);
    scratch.edit("open/manifest.toml", "delay = 5", "delay = \"soon\"");
    scratch.run("verify open").expect(4).says(&["delay is soon, and must be a whole number"]);
}

#[test]
fn tables_that_would_be_read_wrongly_are_not_compared() {
    let scratch = Scratch::new();
    let cases: [(&[u8], &str); 3] = [
        (b"key\na\n\"b\nc\n", "bad.csv line 3: a quote opens here and never closes"),
        (b"key\n\"a\"b\n", "bad.csv line 2: text after a closing quote"),
        (b"key\n\xff\n", "bad.csv line 2: not UTF-8 text"),
    ];
    for (content, message) in cases {
        scratch.write("bad.csv", content);
        scratch.run("compare bad.csv bad.csv --key key").expect(4).says(&[message]);
    }
    scratch.write("good.csv", "day,user\n1,a\n");
    scratch.run("compare good.csv good.csv").expect(2).hints("out of day, user");
}
