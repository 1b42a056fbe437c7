//! State does not grow with the stream.

use datasets::{Delivery, Side, Sided};
use stream::Flavour;
use stream::operators::{Deduplicate, Either, IntervalJoin, JoinKind, Pipeline, Row};

use crate::driver::{Drive, drive};
use crate::inputs::PER_RECORD;

#[test]
fn state_is_released_as_event_time_goes_on() {
    let drives = [
        PER_RECORD,
        Drive { batch: Some(64), ..PER_RECORD },
        Drive { flavour: Flavour::PerTrigger { strict: false, drain: true }, batch: Some(64), ..PER_RECORD },
    ];
    let records: Vec<Sided> = (0..5_000_i64)
        .map(|i| {
            let side = if i % 3 == 0 { Side::Right } else { Side::Left };
            Sided { time_ms: i, side, key: (i % 5) as u32, value: i }
        })
        .collect();
    let deliveries: Vec<Delivery> =
        (0..5_000_i64).map(|i| Delivery { time_ms: i, id: i as u32, key: 0, value: 1 }).collect();
    for how in drives {
        let how = Drive { delay_ms: Some(100), restart_at: 2_500, save_at: 1_000, changes_each: 700, ..how };
        let interval = || {
            let join = IntervalJoin::<Row, Row>::new(JoinKind::LeftOuter, -50, 50).unwrap();
            Pipeline::<Sided, _>::start().map(Either::from).interval_join(join).build()
        };
        let interval = drive(interval, &records, how);
        assert!(interval.concluded.counts.state_peak < 400, "{}", interval.concluded.counts.state_peak);
        assert!(
            interval.closed.len() < 80,
            "all but the settings is released: {} bytes",
            interval.closed.len()
        );
        let as_of = || {
            Pipeline::<Sided, _>::start()
                .map(Either::from)
                .as_of_join::<Row, Row>(JoinKind::LeftOuter)
                .build()
        };
        let as_of = drive(as_of, &records, how);
        assert!(as_of.concluded.counts.state_peak < 400, "{}", as_of.concluded.counts.state_peak);
        assert!(as_of.closed.len() < 200, "a version for each key stays: {} bytes", as_of.closed.len());
        let unique = || Deduplicate::new(|delivery: &Delivery| delivery.id, Some(100));
        let unique = drive(unique, &deliveries, how);
        assert!(unique.concluded.counts.state_peak < 400, "{}", unique.concluded.counts.state_peak);
        assert_eq!(unique.closed, [1, 200, 1, 0], "a horizon of 100 ms, zigzag, and no id");
    }
}
