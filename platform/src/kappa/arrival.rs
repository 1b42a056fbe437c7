//! The interval in which a candidate is said to arrive holds its arrival, over seeded datasets.

use super::support::{Events, Machine, on_shipped_ground};

const SEEDS: u64 = 100;
const RECORDS: u64 = 400;
const THREADS: usize = 4;

/// Describes how one dataset went: whether the candidate arrived when it was said to before it had read anything, and
/// whether that interval is no longer than the catching up itself.
struct Told {
    holds: bool,
    is_useful: bool,
}

fn told(seed: u64) -> Told {
    let events = Events::new(RECORDS, seed);
    let file = events.experiment("stable.job = 'per-record'\ncandidate.job = 'pre-aggregated'\n");
    on_shipped_ground(&file, |ground| {
        let (_, account) = Machine::new().run(ground).expect("an upgrade");
        let arrived = account.arrived_at.expect("it arrives");
        // It is there as soon as it has read all; that is noticed when the next record comes.
        let (after, by) = (ground.timeline.at(arrived - 1), ground.timeline.at(arrived));
        let told = account.estimates[0];
        assert_eq!(account.started_at, Some(told.records), "it is told at the start");
        Told {
            holds: told.from_ms.is_some_and(|from| from <= by) && told.to_ms.is_none_or(|to| after <= to),
            is_useful: told.from_ms.zip(told.to_ms).is_some_and(|(from, to)| to - from <= by - told.time_ms),
        }
    })
}

#[test]
fn nineteen_of_twenty_intervals_hold_the_arrival() {
    // Threads wait for the disk at the same time; what they find doesn't depend on them.
    let count = |first: u64| (first..=SEEDS).step_by(THREADS).map(told).collect::<Vec<_>>();
    let all: Vec<Told> = std::thread::scope(|scope| {
        let threads: Vec<_> = (1..=THREADS as u64).map(|first| scope.spawn(move || count(first))).collect();
        threads.into_iter().flat_map(|thread| thread.join().expect("no panic")).collect()
    });
    let held = all.iter().filter(|told| told.holds).count() as u64;
    let useful = all.iter().filter(|told| told.is_useful).count() as u64;
    assert!(all.len() as u64 == SEEDS && held >= SEEDS * 95 / 100, "{held} of {SEEDS}");
    assert!(useful >= SEEDS * 95 / 100, "{useful} of {SEEDS} say anything");
}
