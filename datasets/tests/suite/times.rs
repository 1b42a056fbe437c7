//! Timestamps on their way from a CSV file into a frozen dataset.

use datasets::{Event, EventTimes, Format, Frozen, ImportOptions, Summary, TimeUnit, freeze};

use crate::support::{Scratch, check_input, check_usage, events, import_text};

fn times(options: &ImportOptions, texts: &[&str]) -> (Vec<i64>, Summary) {
    let rows: Vec<String> = texts.iter().map(|text| format!("{text},k,1\n")).collect();
    let imported = import_text(Format::Csv, options, format!("event_time_ms,key,value\n{}", rows.concat()));
    let mut imported = imported.unwrap_or_else(|error| panic!("{error}"));
    let values = &imported.instances.remove(0).values;
    (values.chunks(3).map(|row| row[0].cast_signed()).collect(), imported.summary)
}

fn reject(options: &ImportOptions, text: &str, parts: &[&str]) {
    let content = format!("event_time_ms,key,value\n5,k,1\n{text},k,1\n");
    let error = import_text(Format::Csv, options, content).expect_err(text);
    check_input(&error, &[&format!("x.txt line 3: event_time_ms `{text}`")]);
    check_input(&error, parts);
}

#[test]
fn numbers_and_dates_may_stand_side_by_side() {
    let (found, summary) =
        times(&events(), &["1715940303000", "2024-05-17T10:05:03Z", "2024-05-17T12:05:03.0009+02:00", "-1"]);
    assert_eq!(found, [1_715_940_303_000, 1_715_940_303_000, 1_715_940_303_000, -1]);
    let event_times = EventTimes { min_ms: -1, median_ms: 1_715_940_303_000, max_ms: 1_715_940_303_000 };
    let expected = Summary { floored_times: 1, event_times: Some(event_times), ..Summary::default() };
    assert_eq!(summary, expected);
}

#[test]
fn a_unit_is_declared_and_never_guessed() {
    let options = ImportOptions { time_unit: TimeUnit::S, ..events() };
    let (found, summary) = times(&options, &["1715940303", "1715940303.5", "2024-05-17T10:05:03Z"]);
    assert_eq!(found, [1_715_940_303_000, 1_715_940_303_500, 1_715_940_303_000]);
    assert_eq!(summary.warnings, [""; 0]);
    let (found, summary) = times(&events(), &["1715940303", "1715940304", "1715940303000"]);
    assert_eq!(found[0], 1_715_940_303);
    let warning = "half of the event times lie before 1990 (the median is 1970-01-20T20:39:00.304Z); \
                   is the time unit right?";
    assert_eq!(summary.warnings, [warning]);
    let (_, summary) = times(&events(), &["4133980800000"]);
    assert!(summary.warnings[0].contains("after 2100"), "{:?}", summary.warnings);
    let (_, summary) = times(&events(), &["4133980799999"]);
    assert_eq!(summary.warnings, [""; 0]);
}

#[test]
fn a_zone_is_declared_and_never_the_machines() {
    reject(&events(), "2024-05-17T10:05:03", &["has no offset from UTC", "--time-zone"]);
    let berlin = ImportOptions { time_zone: Some("Europe/Berlin".into()), ..events() };
    let (found, summary) =
        times(&berlin, &["2024-05-17T12:05:03", "2024-10-27T02:30:00", "2024-10-27 02:30:00Z"]);
    assert_eq!(found, [1_715_940_303_000, 1_729_989_000_000, 1_729_996_200_000]);
    assert_eq!(summary.folded_times, 1);
    reject(&berlin, "2024-03-31T02:30:00", &["doesn't exist in Europe/Berlin"]);
    let nowhere = ImportOptions { time_zone: Some("Europe/Berln".into()), ..events() };
    let error = import_text(Format::Csv, &nowhere, "event_time_ms,key,value\n5,k,1\n").expect_err("nowhere");
    check_usage(&error, &["no time zone `Europe/Berln`", "did you mean `Europe/Berlin`"]);
}

#[test]
fn odd_times_are_counted_or_errors() {
    let around = [
        "2016-12-31T23:59:59.9Z",
        "2016-12-31T23:59:60Z",
        "2016-12-31T23:59:60.5Z",
        "2017-01-01T00:00:00.1Z",
    ];
    let (found, summary) = times(&events(), &around);
    assert_eq!(found, [1_483_228_799_900, 1_483_228_799_999, 1_483_228_799_999, 1_483_228_800_100]);
    assert_eq!(summary.leap_seconds, 2);
    for (text, part) in [
        ("2024-05-17T24:00:00Z", "has hour 24"),
        ("2024-02-30T00:00:00Z", "doesn't exist"),
        ("2024-05-17T10:05:03+99:00", "doesn't exist"),
        ("292277026596-12-04T15:30:08Z", "is not a date and time"),
        ("253402300800000", "outside the years"),
        ("2024-05-17T10:05:03\u{2212}02:00", "typographic minus"),
        ("2024-05-17T10:05:03.0123456789Z", "more than nine digits"),
        ("yesterday", "is not a number"),
    ] {
        reject(&events(), text, &[part]);
    }
}

#[test]
fn what_was_declared_stands_in_the_manifest() {
    let scratch = Scratch::new();
    let options = ImportOptions {
        time_unit: TimeUnit::Us,
        time_zone: Some("Europe/Berlin".into()),
        sort_by_arrival: true,
        ..events()
    };
    let content = "arrival_ms,event_time_ms,key,value\n9000,1000,a,1\n2000,2999,b,2\n9000,3000,c,3\n";
    let imported = import_text(Format::Csv, &options, content).expect("good");
    let manifest = freeze(&imported.instances[0], &scratch.path().join("d")).expect("good");
    let source = &manifest.source;
    assert_eq!(source.time_unit.as_deref(), Some("us"));
    assert_eq!(source.time_zone.as_deref(), Some("Europe/Berlin"));
    assert_eq!(source.sorted_by.as_deref(), Some("arrival_ms"));
    let loaded = Frozen::open(&scratch.path().join("d")).expect("whole").load::<Event>().expect("whole");
    assert_eq!(loaded.arrivals_ms, Some(vec![2, 9, 9]));
    let rows: Vec<(i64, &[u8])> =
        loaded.records.iter().map(|event| (event.time_ms, loaded.keys.get(event.key))).collect();
    assert_eq!(rows, [(2, &b"b"[..]), (1, b"a"), (3, b"c")]);
    assert_eq!(imported.summary.floored_times, 1);
}

#[test]
fn sorting_needs_arrival_times() {
    let options = ImportOptions { sort_by_arrival: true, ..events() };
    let error =
        import_text(Format::Csv, &options, "event_time_ms,key,value\n5,k,1\n").expect_err("no arrivals");
    check_usage(&error, &["needs the column `arrival_ms`", "--column arrival_ms="]);
    let error = import_text(Format::AccessLog, &options, "x\n").expect_err("no arrivals");
    check_usage(&error, &["needs the column `arrival_ms`"]);
}
