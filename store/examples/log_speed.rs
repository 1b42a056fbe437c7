//! Measures a log against a bare loop that writes, and reads, the same bytes.
//!
//! `log_speed [ENTRIES] [ROUNDS]`, by default `1000000 5`: entries of 30 to 60 bytes in appends of 1,000. The bare loop
//! makes the same frames with the same checksum in one buffer, writes it and 36 bytes of acknowledgement, and syncs as
//! often; reading, it takes the file in pieces as large and checks each frame. Log and loop take turns, who comes first
//! too; what is told is the median of the rounds' ratios, and the ratio of the fastest of each, which other work on the
//! machine disturbs least.

use std::fs::File;
use std::hint::black_box;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::time::{Duration, Instant};
use store::Durability;
use store::log::{Append as _, Batch, Entry, Log, LogSettings, Read as _};

const APPEND: usize = 1_000;
const FRAME: usize = 24;
const CHUNK: usize = 128 << 10;
/// A sync takes milliseconds; fewer appends tell as much.
const FEWER: usize = 10;

type Failed = Box<dyn std::error::Error>;

/// Entries that lie behind each other.
struct Data {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Data {
    fn new(entries: usize) -> Data {
        let mut state = 1_u64;
        let mut data = Data { bytes: Vec::new(), ends: Vec::new() };
        for _ in 0..entries {
            state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
            let length = 30 + (state >> 33) as usize % 31;
            data.bytes.extend((0..length).map(|n| (state >> (n % 57)) as u8));
            data.ends.push(data.bytes.len());
        }
        data
    }

    fn entries(&self) -> Vec<Entry<'_>> {
        let begins = std::iter::once(0).chain(self.ends.iter().copied());
        let entries = begins.zip(&self.ends).zip(0..);
        entries.map(|((begin, &end), time_ms)| Entry { time_ms, payload: &self.bytes[begin..end] }).collect()
    }
}

fn main() -> Result<(), Failed> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let word = |n: usize, default: &'static str| words.get(n).map_or(default, String::as_str);
    let entries: usize = word(0, "1000000").parse()?;
    let rounds: usize = word(1, "5").parse()?;
    let data = Data::new(entries);
    let entries = data.entries();
    for durability in [Durability::Process, Durability::Power] {
        let part = match durability {
            Durability::Process => &entries[..],
            Durability::Power => &entries[..entries.len() / FEWER],
        };
        let (mut appends, mut reads) = (Vec::new(), Vec::new());
        for round in 0..rounds {
            let folder = tempfile::tempdir()?;
            let file = folder.path().join("bare");
            let log = || append_log(&folder.path().join("log"), part, durability);
            let bare = || append_bare(&file, part, durability);
            appends.push(in_turns(round, log, bare)?);
            if durability == Durability::Power {
                // Reading is no other.
                continue;
            }
            let log = Log::open(&folder.path().join("log"))?.0;
            reads.push(in_turns(round, || read_log(&log, part.len()), || read_bare(&file, part.len()))?);
        }
        report(&format!("append, {durability:?}"), part.len(), &appends);
        if !reads.is_empty() {
            report("read", part.len(), &reads);
        }
    }
    Ok(())
}

/// Times both, the one or the other first.
fn in_turns(
    round: usize,
    log: impl Fn() -> Result<(), Failed>,
    bare: impl Fn() -> Result<(), Failed>,
) -> Result<(Duration, Duration), Failed> {
    let timed = |act: &dyn Fn() -> Result<(), Failed>| {
        let begin = Instant::now();
        act().map(|()| begin.elapsed())
    };
    if round.is_multiple_of(2) {
        let log = timed(&log)?;
        Ok((log, timed(&bare)?))
    } else {
        let bare = timed(&bare)?;
        Ok((timed(&log)?, bare))
    }
}

fn append_log(folder: &Path, entries: &[Entry<'_>], durability: Durability) -> Result<(), Failed> {
    let mut log = Log::create(folder, LogSettings { durability, ..LogSettings::default() })?;
    for part in entries.chunks(APPEND) {
        log.append(black_box(part))?;
    }
    Ok(())
}

fn append_bare(path: &Path, entries: &[Entry<'_>], durability: Durability) -> Result<(), Failed> {
    let file = File::create_new(path)?;
    let acknowledged = File::create_new(path.with_extension("acknowledged"))?;
    let sync = |file: &File| if durability == Durability::Power { file.sync_data() } else { Ok(()) };
    let (mut buffer, mut at, mut offset) = (Vec::new(), 0, 0_u64);
    for part in entries.chunks(APPEND) {
        buffer.clear();
        for entry in black_box(part) {
            let begin = buffer.len();
            buffer.extend_from_slice(&[0; 4]);
            buffer.extend_from_slice(&(entry.payload.len() as u32).to_le_bytes());
            buffer.extend_from_slice(&offset.to_le_bytes());
            buffer.extend_from_slice(&entry.time_ms.to_le_bytes());
            buffer.extend_from_slice(entry.payload);
            let checksum = crc32fast::hash(&buffer[begin + 4..]);
            buffer[begin..begin + 4].copy_from_slice(&checksum.to_le_bytes());
            offset += 1;
        }
        file.write_all_at(&buffer, at)?;
        sync(&file)?;
        at += buffer.len() as u64;
        let mut said = [0; 36];
        said[..8].copy_from_slice(&at.to_le_bytes());
        let checksum = crc32fast::hash(&said[..32]);
        said[32..].copy_from_slice(&checksum.to_le_bytes());
        acknowledged.write_all_at(&said, 4096 * (offset % 2))?;
        sync(&acknowledged)?;
    }
    Ok(())
}

fn read_log(log: &Log, expected: usize) -> Result<(), Failed> {
    let (mut reader, mut batch) = (log.reader(0), Batch::new());
    let (mut count, mut sum) = (0, 0_u64);
    while reader.next(APPEND, &mut batch)? > 0 {
        count += batch.len();
        for (offset, time_ms, payload) in batch.iter() {
            sum += seen(offset, time_ms, payload);
        }
    }
    black_box(sum);
    if count == expected { Ok(()) } else { Err(format!("{count} of {expected} entries").into()) }
}

fn read_bare(path: &Path, expected: usize) -> Result<(), Failed> {
    let file = File::open(path)?;
    let mut buffer = vec![0; CHUNK];
    let (mut begin, mut end, mut at) = (0, 0, 0);
    let (mut count, mut sum) = (0, 0_u64);
    loop {
        let left = &buffer[begin..end];
        let length = left.get(4..8).map_or(0, |length| u32_of(length) as usize);
        if left.len() < FRAME || left.len() < FRAME + length {
            buffer.copy_within(begin..end, 0);
            (begin, end) = (0, end - begin);
            let read = file.read_at(&mut buffer[end..], at)?;
            if read == 0 {
                break;
            }
            (end, at) = (end + read, at + read as u64);
            continue;
        }
        if crc32fast::hash(&left[4..FRAME + length]) != u32_of(&left[..4]) {
            return Err(io::Error::from(io::ErrorKind::InvalidData).into());
        }
        let number = |at: usize| left[at..].first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes));
        sum += seen(number(8), number(16).cast_signed(), &left[FRAME..FRAME + length]);
        begin += FRAME + length;
        count += 1;
    }
    black_box(sum);
    if count == expected { Ok(()) } else { Err(format!("{count} of {expected} entries").into()) }
}

/// Stands for whatever is done with an entry.
fn seen(offset: u64, time_ms: i64, payload: &[u8]) -> u64 {
    offset ^ time_ms.cast_unsigned() ^ payload.len() as u64 ^ u64::from(payload[payload.len() / 2])
}

fn u32_of(bytes: &[u8]) -> u32 {
    bytes.first_chunk().map_or(0, |bytes| u32::from_le_bytes(*bytes))
}

fn report(name: &str, entries: usize, times: &[(Duration, Duration)]) {
    let median = |mut figures: Vec<f64>| {
        figures.sort_by(f64::total_cmp);
        figures[figures.len() / 2]
    };
    let fastest = |times: &mut dyn Iterator<Item = Duration>| times.min().unwrap_or_default().as_secs_f64();
    let best = fastest(&mut times.iter().map(|pair| pair.1)) / fastest(&mut times.iter().map(|pair| pair.0));
    let rate = |time: &Duration| entries as f64 / time.as_secs_f64() / 1e6;
    let ratios: Vec<f64> = times.iter().map(|(log, bare)| bare.as_secs_f64() / log.as_secs_f64()).collect();
    println!(
        "{name}: {:.2} of the bare loop's throughput (rounds {}; fastest against fastest {best:.2}), \
         log {:.2} and loop {:.2} million entries/s",
        median(ratios.clone()),
        ratios.iter().map(|ratio| format!("{ratio:.2}")).collect::<Vec<_>>().join(" "),
        median(times.iter().map(|(log, _)| rate(log)).collect()),
        median(times.iter().map(|(_, bare)| rate(bare)).collect()),
    );
}
