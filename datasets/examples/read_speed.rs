//! Measures how fast frozen datasets are read, hash check included, beside the plain csv crate without one.
//!
//! `cargo run --release -p datasets --example read_speed [RECORDS] [items|events|lines]`

use std::collections::BTreeMap;
use std::error::Error;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::time::Instant;

use datasets::{Event, Frozen, Instance, Item, Line, Manifest, Record, Value, freeze, generate};

const ROUNDS: usize = 5;

fn main() -> Result<(), Box<dyn Error>> {
    let records = std::env::args().nth(1).map_or(Ok(1_000_000), |text| text.parse())?;
    let only = std::env::args().nth(2);
    let is_wanted = |what: &str| only.as_ref().is_none_or(|only| only == what);
    let folder = tempfile::tempdir()?;
    if is_wanted("events") || is_wanted("lines") {
        let events = make("events", records, &[("keys", 10_000.into())], &folder.path().join("events"))?;
        if is_wanted("events") {
            read::<Event>(&events)?;
        }
        show("frozen.load, as lines", &events.manifest, || Ok(events.load::<Line>()?.records.len()))?;
        show("BLAKE3, and line ends found", &events.manifest, || hash_and_count(&events.data_path()))?;
    }
    if !is_wanted("items") {
        return Ok(());
    }
    let sizes = [("min", 1.into()), ("max", 10_000.into()), ("capacity", 10_000.into())];
    let items = make("uniform", records, &sizes, &folder.path().join("items"))?;
    read::<Item>(&items)?;
    show("csv crate, byte records", &items.manifest, || csv_byte_records(&items.data_path()))?;
    show("csv crate, serde", &items.manifest, || csv_serde(&items.data_path()))
}

fn make(
    name: &str,
    records: u64,
    arguments: &[(&str, Value)],
    target: &Path,
) -> Result<Frozen, Box<dyn Error>> {
    let arguments: BTreeMap<String, Value> =
        arguments.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    let start = Instant::now();
    let instance = without_arrivals(generate(name, records, 1, &arguments)?);
    let generated = start.elapsed();
    let start = Instant::now();
    let manifest = freeze(&instance, target)?;
    let frozen = start.elapsed();
    println!(
        "\n{name}: {} records, {} bytes, generated in {generated:.1?}, frozen in {frozen:.1?}; the best of {ROUNDS} rounds",
        manifest.records, manifest.bytes,
    );
    Ok(Frozen::open(target)?)
}

/// Only what a job reads.
fn without_arrivals(mut instance: Instance) -> Instance {
    if instance.columns[0] == datasets::ARRIVAL {
        let width = instance.columns.len();
        instance.columns.remove(0);
        instance.values = instance.values.chunks(width).flat_map(|row| &row[1..]).copied().collect();
    }
    instance
}

fn read<R: Record>(frozen: &Frozen) -> Result<(), Box<dyn Error>> {
    let manifest = &frozen.manifest;
    show("frozen.load, hash checked", manifest, || Ok(frozen.load::<R>()?.records.len()))?;
    show("frozen.each_chunk", manifest, || count_in_chunks::<R>(frozen))?;
    show("frozen.verify", manifest, || Ok(frozen.verify()?.records as usize))
}

fn count_in_chunks<R: Record>(frozen: &Frozen) -> Result<usize, Box<dyn Error>> {
    let mut count = 0;
    frozen.each_chunk::<R, Box<dyn Error>>(|records, _| {
        count += records.len();
        Ok(())
    })?;
    Ok(count)
}

/// Does the least that a reader of lines has to do: nothing is kept.
fn hash_and_count(path: &Path) -> Result<usize, Box<dyn Error>> {
    let (mut file, mut hasher) = (File::open(path)?, blake3::Hasher::new());
    let mut buffer = vec![0; 256 * 1024];
    let mut ends = 0;
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            std::hint::black_box(hasher.finalize());
            return Ok(ends - 1);
        }
        hasher.update(&buffer[..read]);
        // One by one, as a reader learns of them; counting alone is another algorithm.
        for end in memchr::memchr_iter(b'\n', &buffer[..read]) {
            ends += 1;
            std::hint::black_box(end);
        }
    }
}

fn show(
    name: &str,
    manifest: &Manifest,
    mut read: impl FnMut() -> Result<usize, Box<dyn Error>>,
) -> Result<(), Box<dyn Error>> {
    let (mut best, mut best_cpu) = (u64::MAX, u64::MAX);
    for _ in 0..ROUNDS {
        let (start, cpu) = (Instant::now(), cpu_ns());
        assert_eq!(read()? as u64, manifest.records, "every record is read");
        best = best.min(start.elapsed().as_nanos() as u64);
        best_cpu = best_cpu.min(cpu_ns() - cpu);
    }
    let megabytes_per_second = manifest.bytes as f64 * 1e3 / best as f64;
    let per_record = |ns: u64| ns as f64 / manifest.records as f64;
    println!(
        "{name:<28} {megabytes_per_second:>7.0} MB/s {:>7.1} ns/record, CPU {:>5.1} ns/record",
        per_record(best),
        per_record(best_cpu)
    );
    Ok(())
}

/// Returns what the system has counted of this thread; 0 where it doesn't tell.
fn cpu_ns() -> u64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    text.split_ascii_whitespace().next().and_then(|ns| ns.parse().ok()).unwrap_or(0)
}

fn csv_byte_records(path: &Path) -> Result<usize, Box<dyn Error>> {
    let mut reader = csv::ReaderBuilder::new().buffer_capacity(256 * 1024).from_reader(File::open(path)?);
    let (mut record, mut sizes) = (csv::ByteRecord::new(), Vec::<u64>::new());
    while reader.read_byte_record(&mut record)? {
        sizes.push(std::str::from_utf8(&record[0])?.parse()?);
    }
    Ok(sizes.len())
}

fn csv_serde(path: &Path) -> Result<usize, Box<dyn Error>> {
    let mut reader = csv::ReaderBuilder::new().buffer_capacity(256 * 1024).from_reader(File::open(path)?);
    let sizes: Vec<u64> = reader.deserialize().collect::<Result<_, _>>()?;
    Ok(sizes.len())
}
