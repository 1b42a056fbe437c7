//! Mutants and equivalents of windowed aggregations, per record as in Flink and per trigger as in Spark.

use std::time::{Duration, Instant};

use datasets::Event;
use replay::{Slowdown, slowed};

use super::{
    answers::{each_number, numbers},
    common, crashes,
    wrapped::{answering, changing, saying, seeing},
};
use crate::{
    Case,
    Data::{EdgesWindows, ManyEvents, Served, Sliding},
    case,
    case::{Group, Kind, Part},
    under::{Limit, Under},
    wrap::{Base, Boxed},
};

const ALL: &[&str] = &["per-record", "per-trigger", "per-trigger-strict", "pre-aggregated", "at-end"];
/// Those that have a watermark.
const TIMELY: &[&str] = &["per-record", "per-trigger", "per-trigger-strict", "pre-aggregated"];
/// Those that take in what happened before 1970: in Spark event time begins there.
const BEFORE_1970: &[&str] = &["per-record", "pre-aggregated", "at-end"];
/// Those that hold event time back for the slowest partition.
const BY_PARTITION: &[&str] = &["per-record", "pre-aggregated"];
/// One of each flavour.
const FLAVOURS: &[&str] = &["per-record", "per-trigger"];

/// All rows.
pub(crate) fn groups() -> Vec<Group<Event>> {
    let of_accuracy = [
        common::mutants(ALL, EdgesWindows),
        common::of_sums(ALL, EdgesWindows),
        mutants(),
        extremes(EdgesWindows),
        crashes::mutants(ALL, EdgesWindows),
        crashes::of_sinks(TIMELY, EdgesWindows),
        crashes::of_takeovers(TIMELY, Served),
    ];
    let equivalents = [
        common::equivalents(ALL, EdgesWindows),
        common::equivalents(&["per-record", "per-trigger", "pre-aggregated"], Sliding),
        crashes::equivalents(ALL, EdgesWindows),
        crashes::takeovers(TIMELY, Served),
        equivalents(),
    ];
    vec![
        (Kind::Mutant, Part::Accuracy, of_accuracy.concat()),
        (Kind::Mutant, Part::Latency, slow()),
        (Kind::Equivalent, Part::Accuracy, equivalents.concat()),
        (Kind::Equivalent, Part::Latency, vec![case("the job itself", FLAVOURS, ManyEvents, Base::job)]),
    ]
}

fn mutants() -> Vec<Case<Event>> {
    vec![
        case("windows end a millisecond late before 1970", BEFORE_1970, EdgesWindows, |base| {
            let size = size_ms(base);
            changing(base.job(), move |_, event| {
                let is_first = event.time_ms < 0 && event.time_ms % size == 0;
                event.time_ms -= i64::from(is_first);
            })
        }),
        case("windows a millisecond longer", ALL, EdgesWindows, |base| {
            base.with("window", format!("tumbling:{}", size_ms(base) + 1).as_str())
        }),
        case("times in seconds", ALL, EdgesWindows, |base| {
            changing(base.job(), |_, event| event.time_ms = event.time_ms / 1000 * 1000)
        }),
        case(
            "the slide a millisecond longer",
            &["per-record", "per-trigger", "pre-aggregated"],
            Sliding,
            |base| base.with("window", "sliding:10000:2501"),
        ),
        case("sliding windows taken for tumbling ones", &["per-record", "per-trigger"], Sliding, |base| {
            base.with("window", "tumbling:10000")
        }),
        case("the greatest time of all partitions counts", BY_PARTITION, EdgesWindows, |base| {
            changing(base.job(), |_, event| event.partition = 0)
        }),
        case("late at the very boundary is taken in", TIMELY, EdgesWindows, |base| {
            base.with("delay", base.number("delay") + 1)
        }),
        case("late a millisecond early", TIMELY, EdgesWindows, |base| {
            base.with("delay", base.number("delay") - 1)
        }),
        case("no record may be late", TIMELY, EdgesWindows, |base| base.with("delay", 0))
            .under(Under::Only(Limit::Late)),
        case("the last window stays open", &["per-record"], EdgesWindows, not_emitted)
            .under(Under::Only(Limit::NotEmitted)),
        case("finds no window for its first record", ALL, EdgesWindows, |base| {
            common::leaving_out(base, |concluded| concluded.counts.no_window += 1)
        })
        .under(Under::Only(Limit::NoWindow)),
        case("a value wrong in each 100,000th record", FLAVOURS, ManyEvents, |base| {
            changing(base.job(), |n, event| event.value += i64::from(n % 100_000 == 50_000))
        }),
        case("says that it has emitted more", FLAVOURS, EdgesWindows, |base| {
            saying(base.job(), |concluded, _| concluded.counts.firings += 1)
        })
        .under(Under::Baseline),
    ]
}

/// Mutants of the least and the greatest value, which sessions have as well.
pub(super) fn extremes(on: crate::Data) -> Vec<Case<Event>> {
    let of = &["per-record", "per-trigger", "per-trigger-strict", "at-end"];
    vec![
        case("the greatest value starts at 0", of, on, |base| {
            answering(base.job(), |table| each_number(table, "max", |_, most| most.max(0)))
        }),
        case("the least value starts at 0", of, on, |base| {
            answering(base.job(), |table| each_number(table, "min", |_, least| least.min(0)))
        }),
        case("the least value in the place of the greatest", of, on, |base| {
            answering(base.job(), |table| {
                let least = numbers(table, "min");
                each_number(table, "max", |row, most| least[row].unwrap_or(most));
            })
        }),
        case("counts from 0", of, on, |base| {
            answering(base.job(), |table| each_number(table, "count", |_, count| count - 1))
        })
        .under(Under::Default),
    ]
}

fn slow() -> Vec<Case<Event>> {
    vec![
        case("10 % more work", FLAVOURS, ManyEvents, |base| slowed(base.job(), Some(Slowdown::Slow(0.1)))),
        case("slow for 1 % of the keys", FLAVOURS, ManyEvents, |base| {
            seeing(base.job(), |_, event, fed| {
                if event.key % 100 == 7 {
                    spin(Duration::from_micros(10));
                }
                fed.push(event);
            })
        }),
        case("asleep for 2 ms at each 20,000th record", FLAVOURS, ManyEvents, |base| {
            seeing(base.job(), |n, event, fed| {
                if n % 20_000 == 19_999 {
                    std::thread::sleep(Duration::from_millis(2));
                }
                fed.push(event);
            })
        }),
    ]
}

fn equivalents() -> Vec<Case<Event>> {
    vec![
        case("all of it an hour later, and back", &["per-record", "at-end"], Sliding, |base| {
            const HOUR: i64 = 3_600_000;
            let later = changing(base.job(), |_, event: &mut Event| event.time_ms += HOUR);
            answering(later, |table| {
                for column in ["window_start_ms", "window_end_ms"] {
                    each_number(table, column, |_, time_ms| time_ms - i128::from(HOUR));
                }
            })
        }),
        case("panes in the place of windows", &["per-record"], Sliding, |base| {
            Base { name: "pre-aggregated", ..base.clone() }.job()
        }),
        case("windows in the place of panes", &["pre-aggregated"], EdgesWindows, |base| {
            Base { name: "per-record", ..base.clone() }.job()
        }),
    ]
}

/// The length of the windows, which are tumbling ones.
fn size_ms(base: &Base<Event>) -> i64 {
    let window = base.params.get("window").to_string();
    window.rsplit(':').next().and_then(|size| size.parse().ok()).expect("windows of a length")
}

/// Counts the records of its last row as emitted in none.
fn not_emitted(base: &Base<Event>) -> Boxed<Event> {
    saying(base.job(), |concluded, _| {
        let count = numbers(&concluded.table, "count").last().copied().flatten().unwrap_or_default();
        concluded.counts.not_emitted += count as u64;
        let last = concluded.table.rows().saturating_sub(1);
        super::answers::keep(&mut concluded.table, |row| row < last);
    })
}

fn spin(length: Duration) {
    let started = Instant::now();
    while started.elapsed() < length {
        std::hint::spin_loop();
    }
}
