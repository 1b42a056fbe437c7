//! Measures how fast a frozen dataset is read, hash check included, beside the plain csv crate without one.
//!
//! `cargo run --release -p datasets --example read_speed [RECORDS]`

use std::collections::BTreeMap;
use std::error::Error;
use std::fs::File;
use std::path::Path;
use std::time::{Duration, Instant};

use datasets::{Frozen, Item};

const ROUNDS: usize = 5;

fn main() -> Result<(), Box<dyn Error>> {
    let records = std::env::args().nth(1).map_or(Ok(1_000_000), |text| text.parse())?;
    let folder = tempfile::tempdir()?;
    let target = folder.path().join("dataset");
    let arguments = [("min", 1), ("max", 10_000), ("capacity", 10_000)];
    let arguments: BTreeMap<String, datasets::Value> =
        arguments.into_iter().map(|(k, v)| (k.to_owned(), datasets::Value::Number(v))).collect();
    let manifest = datasets::freeze(&datasets::generate("uniform", records, 1, &arguments)?, &target)?;
    println!("{} records, {} bytes, the best of {ROUNDS} rounds", manifest.records, manifest.bytes);

    let frozen = Frozen::open(&target)?;
    show("frozen.load, hash checked", &manifest, || Ok(frozen.load::<Item>()?.records.len()))?;
    show("frozen.verify", &manifest, || Ok(frozen.verify()?.records as usize))?;
    show("csv crate, byte records", &manifest, || csv_byte_records(&frozen.data_path()))?;
    show("csv crate, serde", &manifest, || csv_serde(&frozen.data_path()))?;
    Ok(())
}

fn show(
    name: &str,
    manifest: &datasets::Manifest,
    mut read: impl FnMut() -> Result<usize, Box<dyn Error>>,
) -> Result<(), Box<dyn Error>> {
    let mut best = Duration::MAX;
    for _ in 0..ROUNDS {
        let start = Instant::now();
        assert_eq!(read()? as u64, manifest.records, "every record is read");
        best = best.min(start.elapsed());
    }
    let megabytes_per_second = manifest.bytes as f64 / 1e6 / best.as_secs_f64();
    let ns_per_record = best.as_nanos() as f64 / manifest.records as f64;
    println!("{name:<28} {megabytes_per_second:>7.0} MB/s {ns_per_record:>7.1} ns/record");
    Ok(())
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
