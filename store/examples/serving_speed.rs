//! Measures point reads of served answers against sled's own: `serving_speed [KEYS] [SECONDS]`, by default `100000 2`.
//!
//! One thread reads random keys that are there, 100 bytes each: with sled's `get` alone, then from the serving store: from
//! one snapshot for 100 reads and from one for each, while nobody writes, while a job writes 20,000 rows a second, and
//! while it writes as fast as it can, in epochs of 1,000 rows. The last line is the worst of the ratios, which should
//! be at least a half.

use std::hint::black_box;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};
use store::serving::{Backend, Change, Deployment, Durability, Progress, Reader, Serving};

const EPOCH: usize = 1_000;
const VALUE: usize = 100;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let word = |n: usize, default: &'static str| words.get(n).map_or(default, String::as_str);
    let keys: u64 = word(0, "100000").parse().expect("KEYS is a number");
    let time = Duration::from_secs(word(1, "2").parse().expect("SECONDS is a number"));

    let (own, beside) = sled_alone(keys, time);
    println!("sled's own get, alone: {own:.0} reads a second");
    println!("sled's own get, while a thread inserts all it can: {:.2} of that", beside / own);

    let folder = tempfile::tempdir().expect("a folder for the store");
    let serving =
        Serving::open(folder.path(), Backend::Sled, Durability::Process).expect("a new store opens");
    let deployment = serving.deploy("first").expect("a deployment begins");
    let begin = Instant::now();
    for from in (0..keys).step_by(EPOCH) {
        write(&serving, deployment, from, from..(from + EPOCH as u64).min(keys));
    }
    let rate = keys as f64 / begin.elapsed().as_secs_f64();
    println!("written in epochs of {EPOCH} rows, each acknowledged: {rate:.0} rows a second");
    serving.transition(None, b"first", Some(deployment)).expect("it is switched to");

    let mut worst = f64::INFINITY;
    let pause = Duration::from_millis(50);
    for (job, between) in [
        ("nobody writes", None),
        ("a job writes 20,000 rows/s", Some(pause)),
        ("a job writes all it can", Some(Duration::ZERO)),
    ] {
        for each in [100, 1] {
            let stop = AtomicBool::new(false);
            let (reads, rows) = thread::scope(|scope| {
                let writer = scope.spawn(|| keep_writing(&serving, deployment, keys, between, &stop));
                let reads = served(&serving.reader(), keys, time, each);
                stop.store(true, Ordering::Relaxed);
                (reads, writer.join().expect("the job writes"))
            });
            let (rate, rows) = (reads / own, rows as f64 / time.as_secs_f64());
            worst = worst.min(rate);
            println!(
                "{job} ({rows:.0} rows/s), a snapshot for {each} reads: {reads:.0} reads a second, {rate:.2} of sled's"
            );
        }
    }
    println!("worst ratio {worst:.2}");
    println!(
        "{} MiB on disk for {} MiB of rows",
        size(folder.path()) >> 20,
        (keys as usize * (8 + VALUE)) >> 20
    );
    drop(serving);
    let begin = Instant::now();
    Serving::open(folder.path(), Backend::Sled, Durability::Process).expect("it opens again");
    println!("opened and checked in {:.0} ms", begin.elapsed().as_secs_f64() * 1e3);
}

/// Reads from sled as it comes, with the settings of the store: alone, and beside a thread that inserts.
fn sled_alone(keys: u64, time: Duration) -> (f64, f64) {
    let folder = tempfile::tempdir().expect("a folder for sled");
    let config = sled::Config::new().path(folder.path()).cache_capacity(64 << 20).segment_size(4 << 20);
    let db = config.open().expect("sled opens");
    for n in 0..keys {
        db.insert(key(n), value(n, 0)).expect("a row is written");
    }
    db.flush().expect("all is written");
    let read = |keys: &[[u8; 8]]| {
        for key in keys {
            assert!(black_box(db.get(key).expect("a row is read")).is_some());
        }
    };
    let alone = rate(keys, time, read);
    let stop = AtomicBool::new(false);
    let beside = thread::scope(|scope| {
        scope.spawn(|| {
            for n in (0..keys).cycle().take_while(|_| !stop.load(Ordering::Relaxed)) {
                db.insert(key(n.wrapping_mul(7_919) % keys), value(n, 1)).expect("a row is written");
            }
        });
        let beside = rate(keys, time, read);
        stop.store(true, Ordering::Relaxed);
        beside
    });
    (alone, beside)
}

fn served(reader: &Reader, keys: u64, time: Duration, each: usize) -> f64 {
    rate(keys, time, |keys| {
        for keys in keys.chunks(each) {
            let snapshot = reader.snapshot().expect("something is served");
            for key in keys {
                assert!(black_box(snapshot.get(key).expect("a row is read")).is_some());
            }
        }
    })
}

/// Reads a second, of 100 random keys at a time.
fn rate(keys: u64, time: Duration, mut read: impl FnMut(&[[u8; 8]])) -> f64 {
    let (mut state, mut reads) = (1_u64, 0_u64);
    let begin = Instant::now();
    while begin.elapsed() < time {
        let some: [[u8; 8]; 100] = std::array::from_fn(|_| {
            state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
            key((state >> 33) % keys)
        });
        read(&some);
        reads += 100;
    }
    reads as f64 / begin.elapsed().as_secs_f64()
}

/// A job that changes random rows until it is stopped; returns how many.
fn keep_writing(
    serving: &Serving,
    deployment: Deployment,
    keys: u64,
    between: Option<Duration>,
    stop: &AtomicBool,
) -> u64 {
    let Some(between) = between else { return 0 };
    let (mut state, mut rows) = (2_u64, 0);
    while !stop.load(Ordering::Relaxed) {
        let begin = Instant::now();
        state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
        let stride = (state >> 40) | 1;
        write(
            serving,
            deployment,
            keys + state % 1_000,
            (0..EPOCH as u64).map(|n| n.wrapping_mul(stride) % keys),
        );
        rows += EPOCH as u64;
        thread::sleep(between.saturating_sub(begin.elapsed()));
    }
    rows
}

fn write(serving: &Serving, deployment: Deployment, salt: u64, keys: impl Iterator<Item = u64>) {
    let rows: Vec<_> = keys.map(|n| (key(n), value(n, salt))).collect();
    let changes: Vec<_> = rows.iter().map(|(key, value)| Change::Put(key, value)).collect();
    let progress = Progress { offset: u64::MAX, watermark_ms: None, complete: false };
    serving.write(deployment, progress, &changes).expect("an epoch is written");
}

fn key(n: u64) -> [u8; 8] {
    n.to_be_bytes()
}

/// Not of one byte: an engine may compress.
fn value(n: u64, salt: u64) -> Vec<u8> {
    let mut state = n.wrapping_add(salt.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let mut next = || {
        state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
        (state >> 56) as u8
    };
    (0..VALUE).map(|_| next()).collect()
}

fn size(path: &Path) -> u64 {
    let entries = std::fs::read_dir(path).expect("the store's folder is readable").flatten();
    entries
        .map(|entry| {
            if entry.path().is_dir() {
                size(&entry.path())
            } else {
                entry.metadata().map_or(0, |facts| facts.len())
            }
        })
        .sum()
}
