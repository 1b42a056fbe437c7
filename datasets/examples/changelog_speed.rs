//! Measures how fast a changelog is made into a table, beside the same parser without a table, and beside other parsers.
//!
//! `cargo run --release -p datasets --example changelog_speed [CHANGES] [KEYS]`

use std::error::Error;
use std::fs::File;
use std::io::{BufRead as _, BufReader, BufWriter, Write as _};
use std::path::Path;
use std::time::{Duration, Instant};

use datasets::{ChangelogForm, Row, Rows as _, SplitMix64, open_changelog, scan_changelog};

const ROUNDS: usize = 5;

fn main() -> Result<(), Box<dyn Error>> {
    let argument = |at| std::env::args().nth(at).map(|text| text.parse::<u64>()).transpose();
    let changes = argument(1)?.unwrap_or(500_000);
    let keys = argument(2)?.unwrap_or(50_000);
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("changes.jsonl");
    write(&file, changes, keys)?;
    let bytes = std::fs::metadata(&file)?.len();
    println!("{changes} changes of {keys} keys, {} bytes each", bytes / changes);

    let form = ChangelogForm { key: vec!["id".to_owned()], ..ChangelogForm::default() };
    // The rounds of both take turns, so that a slow moment of the machine meets both.
    let (mut scan, mut fold, mut ignored) = (Vec::new(), Vec::new(), Vec::new());
    let mut rows = 0;
    for _ in 0..ROUNDS {
        scan.push(timed(|| Ok(scan_changelog(&file, &form, &|| true)?))?.0);
        let (took, table) = timed(|| Ok(open_changelog(&file, &form, &|| true)?))?;
        fold.push(took);
        rows = table.facts().rows;
        ignored.push(timed(|| json_ignored(&file))?.0);
    }
    let (scan, fold, ignored) = (best(&scan), best(&fold), best(&ignored));
    let line = |name: &str, took: Duration| {
        let rate = bytes as f64 / took.as_secs_f64() / 1e6;
        println!("{name:28} {:7.1} ms {rate:7.1} MB/s", took.as_secs_f64() * 1e3);
    };
    line("read, nothing made of it", scan);
    line("made into a table", fold);
    line("serde_json, values ignored", ignored);
    println!("{rows} rows; speed with the table / without: {:.2}", scan.as_secs_f64() / fold.as_secs_f64());
    count(&file, &form)
}

/// Goes through the rows of the table once, as a comparison does.
fn count(file: &Path, form: &ChangelogForm) -> Result<(), Box<dyn Error>> {
    let mut table = open_changelog(file, form, &|| true)?;
    let (took, rows) = timed(|| {
        let (mut row, mut rows) = (Row::default(), 0_u64);
        while table.next(&mut row)? {
            rows += 1;
        }
        Ok(rows)
    })?;
    println!("{rows} rows read from the table in {:.1} ms", took.as_secs_f64() * 1e3);
    Ok(())
}

fn timed<T>(run: impl FnOnce() -> Result<T, Box<dyn Error>>) -> Result<(Duration, T), Box<dyn Error>> {
    let start = Instant::now();
    let made = run()?;
    Ok((start.elapsed(), made))
}

fn best(times: &[Duration]) -> Duration {
    times.iter().min().copied().unwrap_or_default()
}

fn json_ignored(file: &Path) -> Result<u64, Box<dyn Error>> {
    let mut reader = BufReader::with_capacity(256 * 1024, File::open(file)?);
    let (mut line, mut lines) = (String::new(), 0);
    while reader.read_line(&mut line)? > 0 {
        let _: serde::de::IgnoredAny = serde_json::from_str(&line)?;
        lines += 1;
        line.clear();
    }
    Ok(lines)
}

/// Writes envelopes of about 400 bytes: one change in five is an insert or a delete, the others are updates.
fn write(file: &Path, changes: u64, keys: u64) -> Result<(), Box<dyn Error>> {
    let mut random = SplitMix64::new(1);
    let mut lives = vec![false; keys as usize];
    let mut out = BufWriter::new(File::create(file)?);
    for at in 0..changes {
        let key = random.uniform(0, keys - 1) as usize;
        let op = match (lives[key], random.uniform(0, 9)) {
            (false, _) => "c",
            (true, 0) => "d",
            (true, _) => "u",
        };
        lives[key] = op != "d";
        let row = format!(
            r#"{{"id":{key},"name":"customer {key}","amount":"{:.2}","visits":{},"status":"{}","note":"a note of this customer"}}"#,
            random.uniform(0, 100_000) as f64 / 100.0,
            random.uniform(0, 1000),
            ["new", "paid", "sent", "done"][random.uniform(0, 3) as usize],
        );
        let (before, after) = if op == "d" { (row.as_str(), "null") } else { ("null", row.as_str()) };
        writeln!(
            out,
            r#"{{"before":{before},"after":{after},"source":{{"version":"3.6.1.Final","connector":"postgresql","name":"shop","ts_ms":{},"snapshot":"false","db":"shop","schema":"public","table":"customers","txId":{at},"lsn":{}}},"op":"{op}","ts_ms":{}}}"#,
            1_795_745_000_000 + at,
            170_000_000 + 64 * at,
            1_795_745_000_100 + at,
        )?;
    }
    out.flush()?;
    Ok(())
}
