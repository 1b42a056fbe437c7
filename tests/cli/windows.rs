//! Windows and sessions at the edges, from the file to the report.

use serde_json::Value;

use crate::support::{Scratch, list, number, text};

impl Scratch {
    /// Rows below the header of events, frozen into the folder `events` with `flags`.
    fn frozen(header: &str, rows: &[&str], flags: &str) -> Self {
        let scratch = Self::new();
        scratch.write("events.csv", format!("{header}\n{}\n", rows.join("\n")));
        scratch.run(&format!("freeze events.csv --to events {flags}")).expect(0);
        scratch
    }

    fn answer_rows(&self, name: &str) -> Vec<String> {
        self.read(name).lines().skip(1).map(str::to_owned).collect()
    }

    /// Runs two versions on `events` into the folder `out`: what the terminal says, and `results.json`.
    fn compared(&self, stable: &str, candidate: &str, flags: &str) -> (String, Value) {
        let line =
            format!("run --dataset events --stable {stable} --candidate {candidate} --out out {flags}");
        let ran = self.run(&line);
        assert!(matches!(ran.code, Some(0 | 3)), "{ran}");
        (ran.stdout.clone(), self.json("out/results.json"))
    }
}

const EVENTS: &str = "event_time_ms,key,value";
/// Between the first record and the second, and a checkpoint after each.
const CRASH: [&str; 4] = ["--checkpoint-every", "1", "--fault", "crash at record 1"];
const WINDOWS: &str = "--problem windowed-aggregation --set window=tumbling:1000";

#[test]
fn rows_of_sessions_that_merged_later_have_a_name_of_their_own() {
    let rows = ["0,u,1", "20,u,2", "40,x,0", "10,u,4", "90,x,0"];
    let scratch = Scratch::frozen(
        EVENTS,
        &rows,
        "--problem windowed-aggregation --set window=session:10 --set lateness=50",
    );
    let (said, results) = scratch.compared("at-end", "per-record", "");
    let candidate = &results["candidate"];
    assert_eq!(
        ["superseded_rows", "superseded_records"].map(|name| number(&candidate["ledger"][name])),
        [2, 2]
    );
    let divergence = &candidate["answer"]["table"]["divergence"];
    assert_eq!(["extra", "superseded"].map(|name| number(&divergence[name])), [2, 2]);
    assert_eq!(divergence["worst"][0]["difference"], "superseded");
    assert!(said.contains("rows of sessions that merged later"), "{said}");
    assert!(said.contains("2 (all of sessions that merged later)") && !said.contains("2 extra"), "{said}");
    let page = scratch.read("out/report.html");
    for part in ["rows of sessions that merged later", "of a session that merged later", "Merged later"] {
        assert!(page.contains(part), "{part}");
    }
    for (way, expected) in [
        ("keep", &["0,10,u,1,1,1,1", "0,30,u,3,7,1,4", "20,30,u,1,2,2,2"][..]),
        ("withdraw", &["0,30,u,3,7,1,4"]),
    ] {
        let set = format!("superseded={way}");
        let args = ["replay", "events", "--job", "per-record", "--set", &set, "--out", way];
        scratch.run_args(&[&args[..], &CRASH].concat()).expect(0);
        let answer = scratch.answer_rows(&format!("{way}/answers/answer.csv"));
        let of_u: Vec<String> = answer.into_iter().filter(|row| row.contains(",u,")).collect();
        assert_eq!(of_u, expected, "{way}");
    }
    scratch
        .run("replay events --job per-record --set superseded=drop")
        .expect(2)
        .says(&["'drop' should be keep or withdraw"]);
}

#[test]
fn complete_mode_has_the_last_sessions_alone() {
    let scratch = Scratch::frozen(EVENTS, &["1000,u,1", "2000,u,2"], "--problem sessions --set gap=5000");
    for faults in [&[][..], &CRASH] {
        let out = if faults.is_empty() { "plain" } else { "crashed" };
        let args = ["replay", "events", "--job", "per-trigger", "--set", "mode=complete", "--out", out];
        let trigger = ["--trigger", "every 1 records"];
        scratch.run_args(&[&args[..], &trigger, faults].concat()).expect(0);
        assert_eq!(scratch.answer_rows(&format!("{out}/answers/answer.csv")), ["1000,7000,u,2,3,1,2"]);
    }
}

#[test]
fn after_a_long_gap_every_record_counts() {
    const DAY: i64 = 86_400_000;
    let days = (0..5).chain(400..425).map(|day| format!("{},s,1", 1_514_764_800_000 + day * DAY));
    let days: Vec<String> = days.collect();
    let rows: Vec<&str> = days.iter().map(String::as_str).collect();
    let flags = format!("--problem windowed-aggregation --set window=tumbling:{DAY}");
    let scratch = Scratch::frozen(EVENTS, &rows, &flags);
    let (_, results) = scratch.compared("per-record", "pre-aggregated", "");
    for version in ["stable", "candidate"] {
        let ledger = &results[version]["ledger"];
        assert_eq!(["used", "late", "rejected"].map(|name| number(&ledger[name])), [30, 0, 0], "{version}");
        assert_eq!(number(&results[version]["answer"]["table"]["divergence"]["equal"]), 30, "{version}");
    }
}

#[test]
fn records_in_no_window_have_a_place_of_their_own() {
    let flags = "--problem windowed-aggregation --set window=sliding:10:33";
    let scratch = Scratch::frozen(EVENTS, &["60,a,1", "20,a,1", "67,a,1"], flags);
    let (said, results) = scratch.compared("per-record", "pre-aggregated", "");
    for version in ["stable", "candidate"] {
        let ledger = &results[version]["ledger"];
        assert_eq!(["used", "late", "no_window"].map(|name| number(&ledger[name])), [1, 0, 2], "{version}");
    }
    assert!(said.lines().any(|line| line.starts_with("in no window") && line.contains('2')), "{said}");
    assert!(scratch.read("out/report.html").contains("in no window"));
    let said = scratch.run("replay events --job per-trigger --out alone").expect(0).stdout.clone();
    assert!(said.lines().any(|line| line.starts_with("in no window") && line.ends_with('2')), "{said}");
}

#[test]
fn records_without_an_event_time_are_counted() {
    let rows = ["1000,a,1", ",a,1", "2000,a,1", "3000,a,1"];
    let scratch = Scratch::frozen(EVENTS, &rows, &format!("{WINDOWS} --bad-rows reject"));
    let (said, results) = scratch.compared("per-record", "at-end", "");
    assert_eq!(number(&results["dataset"]["rejected"]), 1);
    assert!(said.contains("3 records (1 more rejected when it was frozen)"), "{said}");
    assert!(scratch.read("out/report.html").contains("rows left out when it was frozen"));
    let said = scratch.run("replay events --job per-record --out alone").expect(0).stdout.clone();
    assert!(said.contains("3 (1 more rejected when it was frozen)"), "{said}");
}

#[test]
fn pauses_decide_about_late_records() {
    let header = "event_time_ms,arrival_ms,key,value";
    let rows = [
        (1000, 0),
        (2000, 1),
        (3000, 2),
        (25_000, 3),
        (4000, 10_000),
        (5000, 10_001),
        (6000, 10_002),
        (40_000, 20_000),
    ]
    .map(|(time, arrival)| format!("{time},{},a,1", 1_700_000_000_000_i64 + arrival));
    let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
    let scratch =
        Scratch::frozen(header, &rows, "--problem windowed-aggregation --set window=tumbling:10000");
    for (trigger, count, late) in [("every 4 records", 6, 0), ("every 1s", 3, 3)] {
        for faults in [&[][..], &CRASH] {
            let out = format!("{count}-{}", faults.len());
            let args =
                ["replay", "events", "--job", "per-trigger", "--trigger", trigger, "--out", &out, "--json"];
            let said = scratch.run_args(&[&args[..], faults].concat()).expect(0).json();
            let answer = scratch.answer_rows(&format!("{out}/answers/answer.csv"));
            let first = format!("0,10000,a,{count},{count},1,1");
            assert_eq!(answer, [first.as_str(), "20000,30000,a,1,1,1,1"], "{trigger} {faults:?}");
            assert_eq!(number(&said["ledger"]["late"]), late, "{trigger} {faults:?}");
        }
    }
}

/// Shows that what `record` says is an offset in the data file, whatever the order.
#[test]
fn firings_and_late_records_name_records_by_their_offset() {
    let scratch = Scratch::frozen(EVENTS, &["3000,a,1", "1000,a,1", "2500,a,1"], WINDOWS);
    for (order, firings, late) in [
        ("recorded", &["2,0,,3000,4000,a"][..], &["1,1000,a", "2,2500,a"][..]),
        ("ascending", &["2,0,,1000,2000,a", "0,0,,2000,3000,a", "0,0,,3000,4000,a"], &[]),
    ] {
        scratch.run(&format!("replay events --job per-record --order {order} --out {order}")).expect(0);
        // Without the watermark, which is another matter.
        let record = |row: &String| {
            let cells: Vec<&str> = row.split(',').collect();
            [&cells[..2], &[""], &cells[3..6]].concat().join(",")
        };
        let found: Vec<String> =
            scratch.answer_rows(&format!("{order}/answers/answer-firings.csv")).iter().map(record).collect();
        assert_eq!(found, firings, "{order}");
        let found = scratch.path(&format!("{order}/answers/answer-late.csv"));
        let found = std::fs::read_to_string(found).unwrap_or_default();
        let found: Vec<&str> = found.lines().skip(1).collect();
        assert_eq!(found.len(), late.len(), "{order}: {found:?}");
        assert!(found.iter().zip(late).all(|(row, start)| row.starts_with(start)), "{order}: {found:?}");
    }
}

#[test]
fn a_session_that_ends_beyond_time_is_refused_by_both_sides() {
    let scratch = Scratch::frozen(EVENTS, &["1000,a,1", "2000,a,1"], "--problem sessions --set gap=5000");
    scratch.edit("events/records.csv", "2000,a,1", "9223372036854775807,a,1");
    let hash = blake3::hash(scratch.read("events/records.csv").as_bytes()).to_hex();
    let manifest = scratch.read("events/manifest.toml");
    let edit = |line: &str| match line.split(" = ").next() {
        Some("blake3") => format!("blake3 = \"{hash}\""),
        Some("bytes") => format!("bytes = {}", scratch.read("events/records.csv").len()),
        Some(_) | None => line.to_owned(),
    };
    scratch.write("events/manifest.toml", manifest.lines().map(edit).collect::<Vec<_>>().join("\n"));
    for line in ["batch events", "replay events --job per-record", "verify events"] {
        scratch.run(line).expect(4).says(&["records.csv line 3", "doesn't fit in 64 bits"]);
    }
}

#[test]
fn the_first_record_that_parts_two_versions_is_that_of_their_late_records() {
    let rows =
        ["1000,a,1", "1100,a,2", "6000,a,3", "6100,a,3", "1200,a,4", "7100,a,1", "8000,b,1", "30000,a,9"];
    let scratch = Scratch::frozen(EVENTS, &rows, WINDOWS);
    // One waits for 2 s and loses what comes 4.9 s behind; batches hold it against the time before theirs.
    for (stable, candidate, without) in
        [("per-record", "per-trigger", "stable"), ("per-trigger", "per-record", "candidate")]
    {
        let (file, out) = (format!("{stable}.toml"), format!("{stable}-first"));
        scratch.write(
            &file,
            format!(
                "problem = \"windowed-aggregation\"\ndataset = \"events\"\nparameters = {{ window = \"tumbling:1000\", \
                 delay = 2000 }}\nstable = {{ job = \"{stable}\" }}\ncandidate = {{ job = \"{candidate}\" }}\n\
                 replay = {{ trigger = \"every 4 records\" }}\n"
            ),
        );
        let ran = scratch.run(&format!("run {file} --out {out}")).expect(0);
        ran.prints(&["They part at the record with offset 4, which came 4.90 s behind event time: per-trigger counts it and per-record doesn't."]);
        let of = |role: &str| scratch.read(&format!("{out}/answers/{role}-late.csv"));
        let other = if without == "stable" { "candidate" } else { "stable" };
        assert!(of(without).contains("\n4,1200,a,4") && !of(other).contains("\n4,1200,a,4"));
        let found = &scratch.json(&format!("{out}/results.json"))["changes"]["table"]["parting"];
        assert_eq!((number(&found["record"]), number(&found["behind_ms"])), (4, 4900), "{found}");
        assert_eq!((text(&found["without"]), list(&found["key"]).len()), (without, 3), "{found}");
        assert!(scratch.read(&format!("{out}/report.html")).contains("The first record that parts the two"));
    }
}
