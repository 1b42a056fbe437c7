//! Shows what generated data must be like, found out by looking at it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use datasets::{Delivery, Event, Frozen, Record, Records, Side, Sided, Value, freeze, generate};

use crate::support::Scratch;

struct Dataset<R> {
    loaded: Records<R>,
    arrivals: Vec<i64>,
    parameters: BTreeMap<String, Value>,
}

impl<R: Record> Dataset<R> {
    fn generated(name: &str, records: u64, arguments: &[(&str, Value)]) -> Self {
        let arguments = arguments.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        let scratch = Scratch::new();
        let target = scratch.path().join("d");
        freeze(&generate(name, records, 7, &arguments).expect("good arguments"), &target).expect("good");
        Self::open(&target)
    }

    fn open(dir: &Path) -> Self {
        let frozen = Frozen::open(dir).expect("whole");
        let loaded = frozen.load::<R>().expect("whole");
        let arrivals = loaded.arrivals_ms.clone().expect("timed");
        assert!(arrivals.is_sorted());
        Self { loaded, arrivals, parameters: frozen.manifest.parameters }
    }

    fn number(&self, name: &str) -> i64 {
        self.parameters[name].number().expect("a number").cast_signed()
    }

    fn text(&self, number: u32) -> &str {
        str::from_utf8(self.loaded.keys.get(number)).expect("a name")
    }
}

impl Dataset<Event> {
    /// Returns how many records come when their tumbling window is closed: Flink's rule, by hand.
    fn late(&self, window: i64, delay: i64) -> usize {
        let mut watermark = i64::MIN;
        let mut is_late = |event: &Event| {
            let end = event.time_ms - event.time_ms.rem_euclid(window) + window;
            let is_late = watermark >= end - 1;
            watermark = watermark.max(event.time_ms - delay - 1);
            is_late
        };
        self.loaded.records.iter().filter(|event| is_late(event)).count()
    }
}

#[test]
fn the_shipped_clicks_lose_some_to_their_watermark() {
    let clicks = Dataset::<Event>::open(&Path::new(env!("CARGO_MANIFEST_DIR")).join("data/clicks"));
    assert_eq!(clicks.parameters["window"], "tumbling:10000".into());
    assert_eq!((clicks.number("delay"), clicks.number("lateness")), (2000, 0));
    let late = clicks.late(10_000, 2000);
    assert!((10..200).contains(&late), "{late} of 2000 are late");
    assert_eq!(clicks.late(10_000, 60_000), 0);
}

#[test]
fn the_watermark_of_bounded_delays_loses_nothing() {
    for disorder in ["none", "bounded", "bursts"] {
        let events = Dataset::<Event>::generated("events", 20_000, &[("disorder", disorder.into())]);
        assert_eq!(events.late(1, events.number("delay")), 0, "{disorder}");
        // One millisecond less would lose something, were a window that short.
        let is_disordered = events.late(1, 0) > 0;
        assert_eq!(is_disordered, disorder != "none", "{disorder}");
    }
}

#[test]
fn keys_keep_to_their_partitions_and_one_of_them_stalls() {
    let arguments = [
        ("disorder", "stalled-partition".into()),
        ("partitions", 4.into()),
        ("max-delay", 3000.into()),
        ("keys", 100.into()),
    ];
    let events = Dataset::<Event>::generated("events", 20_000, &arguments);
    let mut partition_of = BTreeMap::new();
    for event in &events.loaded.records {
        assert_eq!(*partition_of.entry(event.key).or_insert(event.partition), event.partition);
        assert!((1..=1000).contains(&event.value));
        let rank: u32 = events.text(event.key)[1..].parse().expect("k00017");
        assert_eq!(rank % 4, event.partition);
    }
    assert_eq!(partition_of.values().collect::<BTreeSet<_>>().len(), 4);
    // Each partition by itself is in order.
    for partition in 0..4 {
        let of_partition = events.loaded.records.iter().filter(|event| event.partition == partition);
        assert!(of_partition.is_sorted_by_key(|event| event.time_ms), "{partition}");
    }
    let delayed = |partition| {
        let rows = events.loaded.records.iter().zip(&events.arrivals);
        rows.filter(|(event, arrival)| event.partition == partition && **arrival > event.time_ms).count()
    };
    assert!(delayed(3) > 100 && [0, 1, 2].into_iter().all(|partition| delayed(partition) == 0));
}

#[test]
fn a_rate_is_kept() {
    let events = Dataset::<Event>::generated("events", 10_000, &[("rate", 50.into()), ("keys", 3.into())]);
    let times = || events.loaded.records.iter().map(|event| event.time_ms);
    let span = times().max().expect("events") - times().min().expect("events");
    assert!((199_000..=200_000).contains(&span), "{span}");
    assert_eq!(events.loaded.keys.len(), 3);
}

#[test]
fn duplicates_come_after_what_they_duplicate() {
    let deliveries = Dataset::<Delivery>::generated("deliveries", 10_000, &[("duplicates", 20.into())]);
    let mut first: BTreeMap<u32, (Delivery, i64)> = BTreeMap::new();
    let mut again = 0;
    for (delivery, &arrival) in deliveries.loaded.records.iter().zip(&deliveries.arrivals) {
        if let Some((same, since)) = first.get(&delivery.id) {
            assert_eq!(same, delivery);
            assert!(arrival - since <= 5000);
            again += 1;
        }
        first.entry(delivery.id).or_insert((*delivery, arrival));
    }
    assert_eq!(again, 2000);
    // Within the delay of the watermark every id is still known when it comes for the last time.
    let mut newest = i64::MIN;
    for delivery in &deliveries.loaded.records {
        assert!(delivery.time_ms >= newest.saturating_sub(deliveries.number("delay")));
        newest = newest.max(delivery.time_ms);
    }
}

#[test]
fn orders_are_paid_in_time_too_late_or_never() {
    let orders = Dataset::<Sided>::generated("orders", 19_000, &[]);
    let within = orders.number("within");
    let of = |side: Side| -> BTreeMap<u32, Sided> {
        let records = orders.loaded.records.iter().filter(|record| record.side == side);
        records.map(|record| (record.key, *record)).collect()
    };
    let (left, right) = (of(Side::Left), of(Side::Right));
    assert_eq!((left.len(), right.len()), (10_000, 9000));
    let mut late = 0;
    for (key, payment) in &right {
        let order = left[key];
        assert_eq!(order.value, payment.value);
        let took = payment.time_ms - order.time_ms;
        assert!((0..=2 * within).contains(&took));
        late += usize::from(took > within);
    }
    assert!((350..550).contains(&late), "{late} of 9000 are late");
    let unpaid = Dataset::<Sided>::generated("orders", 10, &[("unpaid", 100.into())]);
    assert!(unpaid.loaded.records.iter().all(|record| record.side == Side::Left));
}

#[test]
fn devices_change_their_groups_now_and_then() {
    let readings = Dataset::<Sided>::generated("readings", 10_000, &[("devices", 10.into())]);
    let mut table: BTreeMap<u32, BTreeMap<i64, i64>> = BTreeMap::new();
    for record in readings.loaded.records.iter().filter(|record| record.side == Side::Right) {
        let known = table.entry(record.key).or_default().insert(record.time_ms, record.value);
        assert_eq!(known, None, "a device has one group at a time");
    }
    assert_eq!(table.len(), 10);
    for groups in table.values() {
        assert_eq!(groups.len(), 4);
        let groups: Vec<i64> = groups.values().copied().collect();
        assert!(
            groups.windows(2).all(|two| two[0] != two[1])
                && groups.iter().all(|group| (0..5).contains(group))
        );
    }
    for record in readings.loaded.records.iter().filter(|record| record.side == Side::Left) {
        assert!(table[&record.key].range(..=record.time_ms).next().is_some(), "each reading has a group");
    }
}
