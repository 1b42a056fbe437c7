//! Our own references against SQL, row by row: two programs that share nothing but the data. Each engine is asked in the same
//! words, but for days of a zone, which each has its own for.

use std::collections::BTreeMap;

use batch::windowed_aggregation::Window;
use batch::{deduplicated_totals, enrichment_join, order_payment_join, windowed_aggregation};
use datasets::{Delivery, Event, Frozen, Keys, Sided, SplitMix64, Table};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};

use crate::asked::{LOCAL_DAYS, ROUNDS, WIDE_SUM, ask, is_there};
use crate::made::{Made, events, names, rows, shipped};

/// Returns a query with other numbers in it, each of which must stand there.
fn with(query: &str, numbers: &[(&str, &str)]) -> String {
    numbers.iter().fold(query.to_owned(), |query, (from, to)| {
        assert!(query.contains(from), "{from} stands in {query}");
        query.replace(from, to)
    })
}

/// Compares all rows and all columns; there must be rows.
fn same(frozen: &Frozen, query: &str, mut own: Table, keys: &Keys) {
    own.restore_unit(frozen.manifest.scale);
    let found = ask(frozen, query).unwrap_or_else(|error| panic!("{}: {error}", frozen.manifest.name));
    assert_eq!(names(&found), names(&own));
    let (found, own) = (rows(&found, &Keys::default()), rows(&own, keys));
    assert!(own.len() > 1, "{} has rows", frozen.manifest.name);
    let differs = found.iter().zip(&own).find(|(found, own)| found != own);
    assert_eq!(differs, None, "{}", frozen.manifest.name);
    assert_eq!(found.len(), own.len(), "{}", frozen.manifest.name);
}

fn windows(frozen: &Frozen, window: Window, query: &str) {
    let loaded = frozen.load::<Event>().expect("whole");
    let own = windowed_aggregation::reference(&loaded.records, window, &loaded.keys).expect("a table");
    same(frozen, query, own.table, &loaded.keys);
}

/// Events on the edges of windows and before 1970, with values whose sums are beyond 64 bits, in units of 1 / `scale`.
fn wide(scale: u64) -> Made {
    let mut random = SplitMix64::new(9);
    let keys = ["", "a", "a,b", "\"", "é", "NULL?"];
    let rows: Vec<(i64, &str, i64)> = (0..600)
        .map(|_| {
            let time = random.uniform(0, 12_000).cast_signed() - 6_000;
            let edge = time - time.rem_euclid(1_000) + random.uniform(0, 2).cast_signed() - 1;
            let value = [i64::MAX, i64::MIN, i64::MAX - 1, -7, 0][random.uniform(0, 4) as usize];
            (if random.uniform(0, 1) == 0 { time } else { edge }, keys[random.uniform(0, 5) as usize], value)
        })
        .collect();
    events(&rows, scale)
}

/// Whole numbers, whose sums an engine may want to be told of, and decimals.
fn wide_windows(window: Window, query: &str) {
    windows(&wide(1).frozen, window, &with(query, &[("sum(value)", WIDE_SUM)]));
    windows(&wide(100).frozen, window, query);
}

const TUMBLING: &str = include_str!("../queries/tumbling.sql");
const SLIDING: &str = include_str!("../queries/sliding.sql");

#[test]
fn tumbling_windows_agree() {
    if !is_there() {
        return;
    }
    let of =
        |size_ms: i64| (Window::Tumbling { size_ms }, with(TUMBLING, &[("10000", &size_ms.to_string())]));
    for name in ["clicks", "edges-windows", "edges-sessions"] {
        for size_ms in [10_000, 1_000, 7].into_iter().take(ROUNDS) {
            let (window, query) = of(size_ms);
            windows(&shipped(name), window, &query);
        }
    }
    let (window, query) = of(1_000);
    wide_windows(window, &query);
}

#[test]
fn sliding_windows_agree() {
    if !is_there() {
        return;
    }
    let of = |size_ms: i64, slide_ms: i64| {
        let numbers = [("10000", size_ms.to_string()), ("2500", slide_ms.to_string())];
        let numbers = [(numbers[0].0, &*numbers[0].1), (numbers[1].0, &*numbers[1].1)];
        (Window::Sliding { size_ms, slide_ms }, with(SLIDING, &numbers))
    };
    for name in ["clicks", "edges-windows"] {
        // The last is longer than a window: some records are in none.
        for (size_ms, slide_ms) in [(10_000, 2_500), (1_000, 300), (1_000, 1_700)].into_iter().take(ROUNDS) {
            let (window, query) = of(size_ms, slide_ms);
            windows(&shipped(name), window, &query);
        }
    }
    let (window, query) = of(1_000, 300);
    wide_windows(window, &query);
}

#[test]
fn sessions_agree() {
    if !is_there() {
        return;
    }
    let query = include_str!("../queries/sessions.sql");
    for (name, gap_ms) in [("edges-sessions", 100), ("edges-windows", 1_000), ("clicks", 1_500)] {
        let query = with(query, &[("100 ", &format!("{gap_ms} ")), ("100\n", &format!("{gap_ms}\n"))]);
        windows(&shipped(name), Window::Session { gap_ms }, &query);
    }
    wide_windows(Window::Session { gap_ms: 100 }, query);
}

/// No windows of ours have an offset, so they are those of records that happened earlier by it.
#[test]
fn windows_with_an_offset_agree() {
    if !is_there() {
        return;
    }
    let frozen = shipped("clicks");
    let loaded = frozen.load::<Event>().expect("whole");
    let mut expected: BTreeMap<(i64, &[u8]), (i64, i128)> = BTreeMap::new();
    for event in &loaded.records {
        let start = event.time_ms - (event.time_ms - 3_000).rem_euclid(10_000);
        let row = expected.entry((start, loaded.keys.get(event.key))).or_default();
        *row = (row.0 + 1, row.1 + i128::from(event.value));
    }
    let found = ask(&frozen, include_str!("../queries/offset.sql")).expect("an answer");
    let mut expected: Vec<Vec<String>> = expected
        .into_iter()
        .map(|((start, key), (count, sum))| {
            let key = String::from_utf8_lossy(key).into_owned();
            vec![start.to_string(), key, count.to_string(), sum.to_string()]
        })
        .collect();
    expected.sort();
    assert!(expected.len() > 100);
    assert!(rows(&found, &Keys::default()) == expected, "the rows differ");
}

#[test]
fn deduplicated_totals_agree() {
    if !is_there() {
        return;
    }
    for name in ["deliveries-1000", "edges-totals"] {
        let frozen = shipped(name);
        let loaded = frozen.load::<Delivery>().expect("whole");
        let own = deduplicated_totals::reference(&loaded.records, &loaded.keys);
        same(&frozen, include_str!("../queries/deduplicated.sql"), own.table, &loaded.keys);
    }
}

#[test]
fn enrichment_joins_agree() {
    if !is_there() {
        return;
    }
    for name in ["readings-1000", "edges-readings"] {
        let frozen = shipped(name);
        let loaded = frozen.load::<Sided>().expect("whole");
        let own = enrichment_join::reference(&loaded.records, &loaded.keys);
        same(&frozen, include_str!("../queries/enrichment.sql"), own.table, &loaded.keys);
    }
}

#[test]
fn order_payment_joins_agree() {
    if !is_there() {
        return;
    }
    for (name, within_ms) in [("orders-1000", 60_000), ("edges-orders", 1_000), ("edges-orders", 0)] {
        let frozen = shipped(name);
        let loaded = frozen.load::<Sided>().expect("whole");
        let own = order_payment_join::reference(&loaded.records, within_ms, &loaded.keys).expect("a table");
        let query =
            with(include_str!("../queries/order_payment.sql"), &[(" 60000", &format!(" {within_ms}"))]);
        same(&frozen, &query, own.table, &loaded.keys);
    }
}

/// Against another library's calendar: a record each 30 minutes over both changes of the clocks, before 1970, too.
#[test]
fn local_days_agree_where_clocks_are_changed() {
    if !is_there() {
        return;
    }
    let zone = TimeZone::get("Europe/Berlin").expect("a zone");
    let hour = 3_600_000;
    let days = ["2024-03-29T00:00Z", "2024-10-25T00:00Z", "1969-12-30T00:00Z"];
    let mut rows_of_days: Vec<(i64, &str, i64)> = Vec::new();
    for day in days {
        let start = day.parse::<Timestamp>().expect("a time").as_millisecond();
        rows_of_days.extend((0..192).map(|half| (start + half * hour / 2 - 1, "k", half)));
    }
    let mut expected: BTreeMap<(i64, i64), (i64, i64)> = BTreeMap::new();
    for &(time_ms, _, value) in &rows_of_days {
        let zoned = Timestamp::from_millisecond(time_ms).expect("in range").to_zoned(zone.clone());
        let start = zoned.start_of_day().expect("a day");
        let end = start.checked_add(1.day()).expect("another day");
        let row = expected
            .entry((start.timestamp().as_millisecond(), end.timestamp().as_millisecond()))
            .or_default();
        *row = (row.0 + 1, row.1 + value);
    }
    let hours: Vec<i64> = expected.keys().map(|(start, end)| (end - start) / hour).collect();
    assert!(hours.contains(&23) && hours.contains(&25));
    let mut expected: Vec<Vec<String>> = expected
        .into_iter()
        .map(|((start, end), (count, sum))| {
            vec![start.to_string(), end.to_string(), "k".to_owned(), count.to_string(), sum.to_string()]
        })
        .collect();
    expected.sort();
    let found = ask(&events(&rows_of_days, 1).frozen, LOCAL_DAYS).expect("an answer");
    assert!(rows(&found, &Keys::default()) == expected, "the rows differ");
}
