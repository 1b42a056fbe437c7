//! The table jobs against plain nested loops over all records, and what becomes of them when records come late.

#![expect(clippy::unwrap_used, reason = "helpers of tests may fail as tests do")]

use std::collections::{BTreeMap, HashSet};

use datasets::{Delivery, Keys, Side, Sided, Table};
use proptest::prelude::*;
use stream::jobs::{Clock, deduplicated_totals, enrichment_join, order_payment_join};
use stream::{Concluded, Trigger, Version, WatermarkPolicy};

use deduplicated_totals::Memory;
use enrichment_join::Strategy as Enrichment;
use order_payment_join::Strategy as Payment;

/// Keys whose numbers are not in the order of their bytes; ids come after them.
fn keys() -> Keys {
    let mut keys = Keys::default();
    for text in ["b", "", "a,\"", "ä"] {
        keys.intern(text.as_bytes());
    }
    (0..20).for_each(|id| _ = keys.intern(format!("id {id}").as_bytes()));
    keys
}

const FIRST_ID: u32 = 4;

fn lines(table: &Table, keys: &Keys) -> Vec<String> {
    let mut out = vec![];
    table.write_header(&mut out);
    (0..table.rows()).for_each(|row| table.write_row(row, keys, &mut out));
    String::from_utf8(out).unwrap().lines().map(String::from).collect()
}

fn text(bytes: &[u8]) -> String {
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    if text.contains([',', '"']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

fn cell(value: Option<i64>) -> String {
    value.map_or(String::new(), |value| value.to_string())
}

fn trigger(batch: Option<usize>) -> Trigger {
    batch.map_or(Trigger::Record, |_| Trigger::Eager)
}

/// Feeds a job as the replay does.
fn feed<R: Copy>(job: &mut dyn Version<R>, records: &[R], batch: Option<usize>) -> Concluded {
    push(job, records, batch);
    job.finish(&keys()).expect("no failure").expect("a table job")
}

fn push<R: Copy>(job: &mut dyn Version<R>, records: &[R], batch: Option<usize>) {
    let mut decisions = vec![];
    for chunk in records.chunks(batch.unwrap_or(7)) {
        job.push_chunk(chunk, &mut decisions);
        if batch.is_some() {
            job.end_batch(&mut decisions);
        }
    }
    assert!(decisions.is_empty());
}

/// Returns the same, by a job that is stopped after some batches and gone on with by a fresh one.
fn feed_in_two<R: Copy>(
    make: impl Fn() -> Box<dyn Version<R>>,
    records: &[R],
    batch: Option<usize>,
    batches: usize,
) -> Concluded {
    let (before, after) = records.split_at(records.len().min(batches * batch.unwrap_or(1)));
    let (mut first, mut second) = (make(), make());
    push(&mut *first, before, batch);
    second
        .state()
        .unwrap()
        .restore(&first.state().expect("a table job can be saved").save())
        .expect("by a job of the same settings");
    feed(&mut *second, after, batch)
}

fn naive_totals(records: &[Delivery], keys: &Keys) -> Vec<String> {
    let mut seen = HashSet::new();
    let mut totals: BTreeMap<&[u8], (i64, i128)> = BTreeMap::new();
    for record in records.iter().filter(|record| seen.insert(record.id)) {
        let total = totals.entry(keys.get(record.key)).or_default();
        *total = (total.0 + 1, total.1 + i128::from(record.value));
    }
    let rows = totals.iter().map(|(key, (count, sum))| format!("{},{count},{sum}", text(key)));
    ["key,count,sum".to_owned()].into_iter().chain(rows).collect()
}

type PaymentRows<'a> = BTreeMap<(&'a [u8], i64, Option<i64>), (i64, i128, i128)>;
type EnrichedRows<'a> = BTreeMap<(&'a [u8], Option<i64>), (i64, i128)>;

fn naive_payments(records: &[Sided], within_ms: u64, keys: &Keys) -> Vec<String> {
    let of = |side: Side| records.iter().filter(move |record| record.side == side);
    let mut rows = PaymentRows::new();
    for order in of(Side::Left) {
        let after = |payment: &Sided| i128::from(payment.time_ms) - i128::from(order.time_ms);
        let pays = |payment: &&Sided| {
            payment.key == order.key && (0..=i128::from(within_ms)).contains(&after(payment))
        };
        let payments: Vec<Option<&Sided>> = match of(Side::Right).filter(pays).map(Some).collect::<Vec<_>>() {
            none if none.is_empty() => vec![None],
            some => some,
        };
        for payment in payments {
            let row = (keys.get(order.key), order.time_ms, payment.map(|payment| payment.time_ms));
            let row = rows.entry(row).or_default();
            row.0 += 1;
            row.1 += i128::from(order.value);
            row.2 += payment.map_or(0, |payment| i128::from(payment.value));
        }
    }
    let row = |(&(key, order, payment), (pairs, left, right)): (&(&[u8], _, _), &(i64, i128, i128))| {
        format!("{},{order},{},{pairs},{left},{right}", text(key), cell(payment))
    };
    let header = "key,order_time_ms,payment_time_ms,pairs,order_value,payment_value";
    [header.to_owned()].into_iter().chain(rows.iter().map(row)).collect()
}

/// Each reading with the row that the rule gives it.
fn naive_enrichment(records: &[Sided], keys: &Keys, rule: Enrichment) -> Vec<String> {
    let mut rows = EnrichedRows::new();
    for (i, reading) in records.iter().enumerate().filter(|(_, record)| record.side == Side::Left) {
        let table =
            records.iter().enumerate().filter(|(_, row)| row.side == Side::Right && row.key == reading.key);
        let row = match rule {
            Enrichment::AsOf => table
                .filter(|(_, row)| row.time_ms <= reading.time_ms)
                .max_by_key(|(j, row)| (row.time_ms, *j)),
            Enrichment::Latest => table.filter(|(j, _)| *j < i).max_by_key(|(j, _)| *j),
        };
        let total = rows.entry((keys.get(reading.key), row.map(|(_, row)| row.value))).or_default();
        *total = (total.0 + 1, total.1 + i128::from(reading.value));
    }
    let row = |(&(key, attribute), (count, sum)): (&(&[u8], _), &(i64, i128))| {
        format!("{},{},{count},{sum}", text(key), cell(attribute))
    };
    ["key,attribute,count,sum".to_owned()].into_iter().chain(rows.iter().map(row)).collect()
}

fn totals(records: &[Delivery], memory: Memory, delay_ms: u64, batch: Option<usize>) -> Concluded {
    let settings = deduplicated_totals::Settings { delay_ms, max_ahead_ms: None, max_state: 1_000_000 };
    let mut job = deduplicated_totals::make(memory, &settings, trigger(batch)).unwrap();
    feed(&mut *job, records, batch)
}

/// One clock for both sides.
fn clock(delay_ms: u64) -> Clock {
    Clock { delay_ms, policy: WatermarkPolicy::Max, idle_ms: None, max_ahead_ms: None }
}

fn payments(
    records: &[Sided],
    rule: Payment,
    (within_ms, delay_ms): (u64, u64),
    drain: bool,
    batch: Option<usize>,
) -> Concluded {
    let settings =
        order_payment_join::Settings { within_ms, clock: clock(delay_ms), drain, max_state: 1_000_000 };
    let mut job = order_payment_join::make(rule, &settings, trigger(batch)).unwrap();
    feed(&mut *job, records, batch)
}

fn enriched(records: &[Sided], rule: Enrichment, delay_ms: u64, batch: Option<usize>) -> Concluded {
    let settings = enrichment_join::Settings { clock: clock(delay_ms), max_state: 1_000_000 };
    let mut job = enrichment_join::make(rule, &settings, trigger(batch)).unwrap();
    feed(&mut *job, records, batch)
}

fn values() -> impl Strategy<Value = i64> {
    prop_oneof![5 => -3..3_i64, 1 => Just(i64::MIN), 1 => Just(i64::MAX)]
}

/// Times within 200 ms, so that with this delay nothing is late.
const NEVER_LATE: u64 = 200;

/// None is at the epoch: Spark's watermark starts there, and what is at the watermark is late.
fn times() -> impl Strategy<Value = i64> {
    1..200_i64
}

/// Any times at all, with the ends of what there is.
fn hostile_times() -> impl Strategy<Value = i64> {
    prop_oneof![any::<i64>(), prop::sample::select(vec![i64::MIN, -1, 0, 1, i64::MAX]), times()]
}

fn sided(time: impl Strategy<Value = i64>) -> impl Strategy<Value = Vec<Sided>> {
    let record = (time, prop::sample::select(vec![Side::Left, Side::Right]), 0..4_u32, values());
    prop::collection::vec(
        record.prop_map(|(time_ms, side, key, value)| Sided { time_ms, side, key, value }),
        0..60,
    )
}

/// Each event may come several times; the deliveries of one are the same in all.
fn deliveries(time: impl Strategy<Value = i64>) -> impl Strategy<Value = Vec<Delivery>> {
    let event = (time, 0..4_u32, values());
    (prop::collection::vec(event, 20), prop::collection::vec(0..20_u32, 0..60)).prop_map(|(events, ids)| {
        let delivery = |id: u32| {
            let (time_ms, key, value) = events[id as usize];
            Delivery { time_ms, id: id + FIRST_ID, key, value }
        };
        ids.into_iter().map(delivery).collect()
    })
}

fn policies() -> impl Strategy<Value = WatermarkPolicy> {
    prop::sample::select(vec![WatermarkPolicy::Min, WatermarkPolicy::Max])
}

const MEMORIES: [Memory; 4] =
    [Memory::KeepIds, Memory::WithinWatermark, Memory::WithinWatermarkPerTrigger, Memory::Approximate];

fn batches() -> impl Strategy<Value = Option<usize>> {
    prop_oneof![1 => Just(None), 3 => (1..70_usize).prop_map(Some)]
}

/// Returns whether a record comes exactly at Flink's watermark of one clock.
fn stands_at_watermark(records: &[Sided], delay_ms: u64, batch: Option<usize>) -> bool {
    (0..records.len()).any(|i| {
        let before = &records[..i - i % batch.unwrap_or(1)];
        let largest = before.iter().map(|record| i128::from(record.time_ms)).max();
        largest.is_some_and(|most| i128::from(records[i].time_ms) == most - i128::from(delay_ms) - 1)
    })
}

fn is_lossless(concluded: &Concluded) -> bool {
    concluded.late.rows() == 0 && concluded.counts.not_emitted == 0
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn totals_equal_batch_where_nothing_is_late(records in deliveries(times()), batch in batches()) {
        let keys = keys();
        let expected = naive_totals(&records, &keys);
        for (memory, delay) in [
            (Memory::KeepIds, 0),
            (Memory::WithinWatermark, NEVER_LATE),
            (Memory::WithinWatermarkPerTrigger, NEVER_LATE),
        ] {
            let concluded = totals(&records, memory, delay, batch);
            prop_assert_eq!(&lines(&concluded.table, &keys), &expected);
            prop_assert_eq!(concluded.counts.firings, expected.len() as u64 - 1);
            prop_assert_eq!(concluded.counts.records, records.len() as u64);
        }
    }

    #[test]
    fn totals_differ_from_batch_only_if_something_was_late(
        records in deliveries(hostile_times()),
        delay in 0..100_u64,
        batch in batches(),
    ) {
        let keys = keys();
        let concluded = totals(&records, Memory::WithinWatermark, delay, batch);
        let expected = naive_totals(&records, &keys);
        prop_assert!(lines(&concluded.table, &keys) == expected || !is_lossless(&concluded));
        prop_assert_eq!(lines(&totals(&records, Memory::KeepIds, delay, batch).table, &keys), expected);
    }

    #[test]
    fn payments_equal_batch_where_nothing_is_late(
        records in sided(times()),
        within in prop_oneof![0..100_u64, Just(i64::MAX as u64)],
        batch in batches(),
    ) {
        let keys = keys();
        let expected = naive_payments(&records, within, &keys);
        for rule in [Payment::PerRecord, Payment::PerTrigger] {
            let concluded = payments(&records, rule, (within, NEVER_LATE), true, batch);
            prop_assert_eq!(&lines(&concluded.table, &keys), &expected, "{:?}", rule);
        }
    }

    #[test]
    fn payments_differ_from_batch_only_if_something_was_late_or_left(
        records in sided(hostile_times()),
        (within, delay) in (0..100_u64, 0..100_u64),
        (drain, batch) in (any::<bool>(), batches()),
    ) {
        let keys = keys();
        let expected = naive_payments(&records, within, &keys);
        for rule in [Payment::PerRecord, Payment::PerTrigger] {
            let concluded = payments(&records, rule, (within, delay), drain, batch);
            let table = lines(&concluded.table, &keys);
            // Flink takes a record that stands exactly at its watermark, and has forgotten what it would pair with.
            let may_miss = rule == Payment::PerRecord && stands_at_watermark(&records, delay, batch);
            prop_assert!(table == expected || !is_lossless(&concluded) || may_miss, "{:?}: {:?}", rule, table);
        }
    }

    #[test]
    fn eager_payments_add_only_orders_called_unpaid_too_early(
        records in sided(times()),
        within in 0..100_u64,
        batch in batches(),
    ) {
        let keys = keys();
        let concluded = payments(&records, Payment::EagerUnpaid, (within, NEVER_LATE), true, batch);
        let table = lines(&concluded.table, &keys);
        let is_paid = |line: &&String| line.split(',').nth_back(3) != Some("");
        let paid = |lines: &[String]| lines.iter().filter(is_paid).cloned().collect::<Vec<_>>();
        let expected = naive_payments(&records, within, &keys);
        prop_assert_eq!(paid(&table), paid(&expected));
        let orders = |lines: &[String]| lines.iter().filter(|line| !is_paid(line)).count();
        prop_assert!(orders(&table) >= orders(&expected));
    }

    #[test]
    fn enrichment_equals_batch_where_nothing_is_late(records in sided(times()), batch in batches()) {
        let keys = keys();
        let concluded = enriched(&records, Enrichment::AsOf, NEVER_LATE, batch);
        prop_assert_eq!(lines(&concluded.table, &keys), naive_enrichment(&records, &keys, Enrichment::AsOf));
        let latest = enriched(&records, Enrichment::Latest, 0, batch);
        prop_assert_eq!(lines(&latest.table, &keys), naive_enrichment(&records, &keys, Enrichment::Latest));
    }

    #[test]
    fn enrichment_differs_from_batch_only_if_something_was_late(
        records in sided(hostile_times()),
        delay in 0..100_u64,
        batch in batches(),
    ) {
        let keys = keys();
        let concluded = enriched(&records, Enrichment::AsOf, delay, batch);
        let table = lines(&concluded.table, &keys);
        let expected = naive_enrichment(&records, &keys, Enrichment::AsOf);
        prop_assert!(table == expected || !is_lossless(&concluded), "{:?}", table);
        let latest = lines(&enriched(&records, Enrichment::Latest, delay, batch).table, &keys);
        prop_assert_eq!(latest, naive_enrichment(&records, &keys, Enrichment::Latest));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn a_job_goes_on_from_its_saved_state(
        deliveries in deliveries(times()),
        sides in sided(times()),
        (delay_ms, batch, batches) in (0..100_u64, batches(), 0..60_usize),
        (policy, idle_ms) in (policies(), prop::option::of(0..50_u64)),
    ) {
        let (trigger, max_ahead_ms, max_state) = (trigger(batch), Some(150), 1000);
        let clock = Clock { delay_ms, policy, idle_ms, max_ahead_ms };
        for memory in MEMORIES {
            let settings = deduplicated_totals::Settings { delay_ms, max_ahead_ms, max_state };
            let make = || deduplicated_totals::make(memory, &settings, trigger).unwrap();
            let straight = feed(&mut *make(), &deliveries, batch);
            prop_assert_eq!(feed_in_two(make, &deliveries, batch, batches), straight);
        }
        for rule in [Payment::PerRecord, Payment::PerTrigger, Payment::EagerUnpaid] {
            let within_ms = 30;
            let settings =
                order_payment_join::Settings { within_ms, clock, drain: false, max_state };
            let make = || order_payment_join::make(rule, &settings, trigger).unwrap();
            let straight = feed(&mut *make(), &sides, batch);
            prop_assert_eq!(feed_in_two(make, &sides, batch, batches), straight);
        }
        for rule in [Enrichment::AsOf, Enrichment::Latest] {
            let settings = enrichment_join::Settings { clock, max_state };
            let make = || enrichment_join::make(rule, &settings, trigger).unwrap();
            let straight = feed(&mut *make(), &sides, batch);
            prop_assert_eq!(feed_in_two(make, &sides, batch, batches), straight);
        }
    }
}

#[test]
fn a_payment_at_flinks_watermark_misses_an_order_that_was_forgotten_there() {
    let record = |time_ms, side, value| Sided { time_ms, side, key: 0, value };
    // The watermark is 19: the order of 14 may be paid until then, and is forgotten; that of 15 isn't.
    let records = [
        record(14, Side::Left, 1),
        record(15, Side::Left, 2),
        record(20, Side::Left, 4),
        record(19, Side::Right, 8),
    ];
    let concluded = payments(&records, Payment::PerRecord, (5, 0), true, None);
    let shown = lines(&concluded.table, &keys())[1..].to_vec();
    assert_eq!(shown, ["b,14,,1,1,0", "b,15,19,1,2,8", "b,20,,1,4,0"]);
    assert!(is_lossless(&concluded));
}

#[test]
fn an_order_that_is_over_when_it_comes_is_unpaid_at_once_if_that_is_eager() {
    let record = |time_ms, key, side| Sided { time_ms, side, key, value: 1 };
    let records = [record(20, 0, Side::Left), record(10, 2, Side::Left), record(10, 2, Side::Right)];
    let concluded = payments(&records, Payment::EagerUnpaid, (0, 50), true, None);
    let shown = lines(&concluded.table, &keys())[1..].to_vec();
    assert_eq!(shown, ["\"a,\"\"\",10,,1,1,0", "\"a,\"\"\",10,10,1,1,1", "b,20,,1,1,0"]);
}

#[test]
fn a_side_that_is_behind_holds_the_watermark_back_until_it_is_idle() {
    let record = |time_ms, side| Sided { time_ms, side, key: 0, value: 1 };
    let records = [
        record(10, Side::Left),
        record(30, Side::Right),
        record(31, Side::Right),
        record(12, Side::Left),
        record(12, Side::Right),
    ];
    let pairs = |rule, policy, idle_ms| {
        let clock = Clock { policy, idle_ms, ..clock(0) };
        let settings = order_payment_join::Settings { within_ms: 0, clock, drain: true, max_state: 100 };
        let mut job = order_payment_join::make(rule, &settings, Trigger::Record).unwrap();
        let concluded = feed(&mut *job, &records, None);
        let table = lines(&concluded.table, &keys());
        (table.contains(&"b,12,12,1,1,1".to_owned()), concluded.counts.late)
    };
    for rule in [Payment::PerRecord, Payment::PerTrigger] {
        assert_eq!(pairs(rule, WatermarkPolicy::Min, None), (true, 0), "{rule:?}");
        assert_eq!(pairs(rule, WatermarkPolicy::Min, Some(30)), (true, 0), "{rule:?}");
        assert_eq!(pairs(rule, WatermarkPolicy::Max, None), (false, 2), "{rule:?}");
    }
    // The left side is idle when the right one comes to 31; between batches that is noticed a batch later.
    assert_eq!(pairs(Payment::PerRecord, WatermarkPolicy::Min, Some(20)), (false, 2));
    assert_eq!(pairs(Payment::PerTrigger, WatermarkPolicy::Min, Some(20)), (false, 1));
}

#[test]
fn per_trigger_a_delivery_at_the_epoch_is_late_and_a_late_copy_is_no_duplicate() {
    let delivery = |time_ms, value| Delivery { time_ms, id: FIRST_ID, key: 0, value };
    let shown = |records: &[Delivery]| {
        let concluded = totals(records, Memory::WithinWatermarkPerTrigger, 0, None);
        (lines(&concluded.table, &keys())[1..].to_vec(), concluded.counts.duplicate, concluded.counts.late)
    };
    assert_eq!(shown(&[delivery(0, 10), delivery(1000, 1)]), (vec!["b,1,1".to_owned()], 0, 1));
    let copies = [delivery(1000, 1), delivery(1000, 2), delivery(1000, 4)];
    assert_eq!(shown(&copies), (vec!["b,1,1".to_owned()], 1, 1));
}

#[test]
fn an_eager_join_calls_an_order_unpaid_that_is_paid_late() {
    let record = |time_ms, side, value| Sided { time_ms, side, key: 0, value };
    let records = [record(0, Side::Left, 7), record(60, Side::Left, 8), record(5, Side::Right, 9)];
    let shown = |rule| lines(&payments(&records, rule, (10, 100), true, None).table, &keys())[1..].to_vec();
    assert_eq!(shown(Payment::PerRecord), ["b,0,5,1,7,9", "b,60,,1,8,0"]);
    assert_eq!(shown(Payment::EagerUnpaid), ["b,0,,1,7,0", "b,0,5,1,7,9", "b,60,,1,8,0"]);
}

#[test]
fn the_state_limit_is_an_error() {
    let settings = deduplicated_totals::Settings { delay_ms: 0, max_ahead_ms: None, max_state: 10 };
    let mut job = deduplicated_totals::make(Memory::KeepIds, &settings, Trigger::Record).unwrap();
    let delivery = |id| Delivery { time_ms: 0, id, key: 0, value: 1 };
    job.push_chunk(&(0..20).map(delivery).collect::<Vec<_>>(), &mut vec![]);
    let why = job.finish(&keys()).unwrap_err();
    // Nine ids and a key; the tenth id is one too many.
    assert_eq!((why.record, why.message.as_str()), (9, "the state holds 11 entries, 10 are allowed"));
}

#[test]
fn ids_are_forgotten_with_the_watermark() {
    let delivery = |time_ms, id| Delivery { time_ms, id: FIRST_ID + id, key: 0, value: 10 };
    // Id 1 comes again at its own time, when it is too late but still known; 30 ms later; and, 40 ms after that was
    // forgotten, once more.
    let records =
        [delivery(0, 1), delivery(30, 2), delivery(0, 1), delivery(30, 1), delivery(61, 3), delivery(70, 1)];
    let shown = |memory, delay| {
        let concluded = totals(&records, memory, delay, None);
        (lines(&concluded.table, &keys())[1].clone(), concluded.counts.duplicate, concluded.counts.late)
    };
    assert_eq!(shown(Memory::KeepIds, 0), ("b,3,30".to_owned(), 3, 0));
    assert_eq!(shown(Memory::WithinWatermark, 30), ("b,4,40".to_owned(), 2, 0));
    assert_eq!(shown(Memory::WithinWatermark, 60), ("b,3,30".to_owned(), 3, 0));
    assert_eq!(shown(Memory::WithinWatermark, 0), ("b,5,50".to_owned(), 0, 1));
    assert_eq!(shown(Memory::Approximate, 0), ("b,3,30".to_owned(), 3, 0));
}

#[test]
fn the_latest_row_is_not_always_the_one_that_was_valid() {
    let record = |time_ms, side, value| Sided { time_ms, side, key: 0, value };
    // The row of 10 comes after the readings of 11 and 12, and the row of 5 after that.
    let records = [
        record(0, Side::Right, 1),
        record(11, Side::Left, 100),
        record(12, Side::Left, 200),
        record(10, Side::Right, 2),
        record(5, Side::Right, 3),
        record(13, Side::Left, 400),
    ];
    let shown = |rule, delay| lines(&enriched(&records, rule, delay, None).table, &keys())[1..].to_vec();
    assert_eq!(shown(Enrichment::AsOf, 10), ["b,2,3,700"]);
    assert_eq!(shown(Enrichment::Latest, 10), ["b,1,2,300", "b,3,1,400"]);
    // Without a delay the row of 10 is too late for the reading of 11, but not for those that are still there.
    assert_eq!(shown(Enrichment::AsOf, 0), ["b,1,1,100", "b,2,2,600"]);
    let late = enriched(&records, Enrichment::AsOf, 0, None);
    // The row of 5 is of use to none.
    assert_eq!((late.late.rows(), late.counts.late), (2, 1));
}

#[test]
fn spark_leaves_open_orders_open() {
    let order = Sided { time_ms: 5, side: Side::Left, key: 1, value: 7 };
    let shown = |rule, drain| {
        let concluded = payments(&[order], rule, (10, 0), drain, Some(1));
        (concluded.table.rows(), concluded.counts.not_emitted)
    };
    assert_eq!(shown(Payment::PerRecord, false), (1, 0));
    assert_eq!(shown(Payment::PerTrigger, true), (1, 0));
    assert_eq!(shown(Payment::PerTrigger, false), (0, 1));
}

#[test]
fn settings_that_make_no_sense_are_refused() {
    let settings = deduplicated_totals::Settings { delay_ms: 0, max_ahead_ms: None, max_state: 1 };
    let why = |settings: deduplicated_totals::Settings, memory| {
        deduplicated_totals::make(memory, &settings, Trigger::Record).err()
    };
    for memory in MEMORIES {
        assert_eq!(why(settings, memory), None);
        let none = deduplicated_totals::Settings { max_state: 0, ..settings };
        assert_eq!(why(none, memory).as_deref(), Some("max-state must be at least 1"));
        let long = deduplicated_totals::Settings { delay_ms: u64::MAX, ..settings };
        let message = "delay must be at most 9223372036854775807 ms, not 18446744073709551615";
        assert_eq!(why(long, memory).as_deref(), Some(message));
    }
    let settings =
        order_payment_join::Settings { within_ms: 1 << 63, clock: clock(0), drain: false, max_state: 1 };
    let why = order_payment_join::make(Payment::PerRecord, &settings, Trigger::Record).err().unwrap();
    assert!(why.starts_with("within must be at most"), "{why}");
    let settings =
        enrichment_join::Settings { clock: Clock { max_ahead_ms: Some(u64::MAX), ..clock(0) }, max_state: 1 };
    let why = enrichment_join::make(Enrichment::AsOf, &settings, Trigger::Record).err().unwrap();
    assert!(why.starts_with("max-ahead must be at most"), "{why}");
}
