//! Traces of requests: a key a line, the ARC traces' `.lis`, and `oracleGeneral`, the binary format of `libCacheSim`.
//!
//! ```text
//! .lis           start count ignored number        a line is `count` requests: start, start + 1, …
//! oracleGeneral  u32 time, u64 object, u32 size, i64 next request      24 bytes each, little endian
//! ```
//!
//! When an object is asked for again is worked out from the trace itself: what an `oracleGeneral` file says of it is not
//! read, nor are its times.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;

use foldhash::fast::RandomState;

use super::lines::Lines;
use super::{BadRows, Format, Given, ImportOptions, Imported, Summary, file_name, file_stem, source};
use crate::column::{KEY, SIZE};
use crate::error::{Error, Place};
use crate::files::Input;
use crate::instance::{Instance, MAX_RECORDS};
use crate::keys::Keys;
use crate::record::{Request, Typed};
use crate::shown::quoted;

/// A key is a name, not a document.
const MAX_KEY_BYTES: u64 = 1 << 16;
/// A line of a `.lis` file asks for hundreds of blocks at most; one that asks for more than this isn't one.
const MAX_BLOCKS: u64 = 1 << 20;
/// The bytes of a request in `oracleGeneral`.
const RECORD_BYTES: usize = 24;
const BUFFER_BYTES: usize = RECORD_BYTES << 14;

/// Returns the format that the file's name tells.
pub(super) fn guess(path: &Path) -> Option<Format> {
    if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("lis")) {
        return Some(Format::Lis);
    }
    file_name(path).to_ascii_lowercase().contains("oraclegeneral").then_some(Format::OracleGeneral)
}

pub(super) fn import(
    input: Input<'_>,
    format: Format,
    options: &ImportOptions,
    given: Given,
) -> Result<Imported, Error> {
    check(format, options, &given)?;
    let mut trace = Trace::default();
    let path = input.path;
    let hash = match format {
        Format::Lis => trace.read_lis(input)?,
        Format::OracleGeneral => trace.read_oracle_general(input)?,
        Format::Csv
        | Format::Tsv
        | Format::JsonLines
        | Format::OrLib
        | Format::BppLib
        | Format::AccessLog
        | Format::KeyLines => trace.read_keys(input)?,
    };
    if trace.objects.is_empty() {
        return Err(Place::file(path).rejects("the file is empty"));
    }
    let has_sizes = trace.sizes.iter().any(|&size| size != 1);
    let (columns, values) = if has_sizes {
        let rows = trace.objects.iter().zip(&trace.sizes);
        (vec![KEY, SIZE], rows.flat_map(|(&key, &size)| [u64::from(key), u64::from(size)]).collect())
    } else {
        (vec![KEY], trace.objects.iter().map(|&key| u64::from(key)).collect())
    };
    let instance = Instance {
        name: options.name.clone().unwrap_or_else(|| file_stem(path)),
        problem: options.problem.clone(),
        columns,
        values,
        scale: 1,
        parameters: given.others,
        keys: trace.keys,
        optimum: None,
        best_known: None,
        source: source(path, format, &hash),
        rejected: Vec::new(),
    };
    let summary = Summary { blank_lines: trace.blank_lines, warnings: trace.warnings, ..Summary::default() };
    Ok(Imported { instances: vec![instance], summary })
}

/// Refuses what makes no sense for requests, in whatever format they came.
pub(super) fn check_whole(options: &ImportOptions, imported: &mut Imported) -> Result<(), Error> {
    if options.columns != Request::COLUMNS {
        return Ok(());
    }
    for instance in &imported.instances {
        if instance.scale != 1 {
            return Err(Error::usage("the sizes of objects have decimals, expected whole numbers")
                .with_hint("round them with '--unit 1', or give them in a smaller unit".to_owned()));
        }
        let Some(at) = instance.columns.iter().position(|column| *column == SIZE) else { continue };
        let sizes = instance.values.iter().skip(at).step_by(instance.columns.len());
        let zeros = sizes.filter(|&&size| size == 0).count();
        if zeros > 0 {
            let requests = crate::counted(zeros as u64, "requests");
            imported.summary.warnings.push(format!("{requests} of size 0, which counts as 1"));
        }
    }
    Ok(())
}

fn check(format: Format, options: &ImportOptions, given: &Given) -> Result<(), Error> {
    if options.columns != Request::COLUMNS {
        return Err(super::wrong_columns(options, &format!("{format} files hold requests")));
    }
    if options.bad_rows == BadRows::Reject {
        return Err(Error::usage("a trace without some of its requests is another trace")
            .with_hint("leave out '--bad-rows reject' and mend the file".to_owned()));
    }
    if let Some(name) = options.renamed.keys().next() {
        let name = crate::shown(name);
        return Err(Error::usage(format!("{format} files have no header, so `{name}` can't be renamed")));
    }
    if given.capacity.is_some() {
        return Err(
            Error::usage("requests have no capacity").with_hint("say '--set cache_size=...'".to_owned())
        );
    }
    super::check_sortable(options.columns, options)
}

/// The requests of a file.
#[derive(Default)]
struct Trace {
    objects: Vec<u32>,
    /// Of each request, where the format has sizes.
    sizes: Vec<u32>,
    keys: Keys,
    /// The numbers of objects that are numbers themselves: their text is made only once.
    numbered: HashMap<u64, u32, RandomState>,
    blank_lines: u64,
    warnings: Vec<String>,
}

impl Trace {
    fn read_keys(&mut self, input: Input<'_>) -> Result<blake3::Hash, Error> {
        let path = input.path;
        let mut reader = BufReader::with_capacity(256 * 1024, input.open()?);
        let mut hasher = blake3::Hasher::new();
        let mut line = Vec::new();
        for number in 1.. {
            line.clear();
            let mut limited = (&mut reader).take(MAX_KEY_BYTES);
            let read = limited.read_until(b'\n', &mut line).map_err(Error::unreadable(path))?;
            if read == 0 {
                break;
            }
            let place = || Place::line(path, number);
            if read as u64 == MAX_KEY_BYTES {
                return Err(place().rejects("a key longer than 64 KiB, expected a key a line"));
            }
            hasher.update(&line);
            let text = if number == 1 { line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&line) } else { &line };
            let key = text.trim_ascii();
            if key.is_empty() {
                self.blank_lines += 1;
                continue;
            }
            if str::from_utf8(key).is_err() {
                let message = format!("the key {} is not UTF-8 text", quoted(key));
                return Err(place()
                    .rejects(message)
                    .with_hint(super::layout::encoding_hint(&line).to_owned()));
            }
            self.push(key).map_err(|message| place().rejects(message))?;
        }
        Ok(hasher.finalize())
    }

    fn read_lis(&mut self, input: Input<'_>) -> Result<blake3::Hash, Error> {
        let mut lines = Lines::open(input)?;
        while let Some(line) = lines.next()? {
            let [start, count, _, _] = line.split_ascii_whitespace().collect::<Vec<_>>()[..] else {
                let message = format!("{} should be `start count ignored number`", quoted(line.as_bytes()));
                return Err(lines
                    .reject(message)
                    .with_hint("a .lis file has four numbers a line".to_owned()));
            };
            let (first, count) = (lines.parse_whole("start", start)?, lines.parse_whole("count", count)?);
            if count == 0 || count > MAX_BLOCKS {
                return Err(lines.reject(format!("count is {count}, expected 1 to {MAX_BLOCKS}")));
            }
            let Some(end) = first.checked_add(count) else {
                return Err(lines.reject(format!("{count} blocks from {first} on leave 64 bits")));
            };
            for block in first..end {
                self.push_number(block).map_err(|message| lines.reject(message))?;
            }
        }
        self.blank_lines = lines.blank;
        lines.end("the last line")
    }

    fn read_oracle_general(&mut self, input: Input<'_>) -> Result<blake3::Hash, Error> {
        let path = input.path;
        let mut file = input.open()?;
        let mut hasher = blake3::Hasher::new();
        let mut buffer = vec![0; BUFFER_BYTES];
        let (mut filled, mut last_time, mut backwards) = (0, 0, 0_u64);
        loop {
            let read = file.read(&mut buffer[filled..]).map_err(Error::unreadable(path))?;
            hasher.update(&buffer[filled..filled + read]);
            filled += read;
            let (records, rest) = buffer[..filled].as_chunks::<RECORD_BYTES>();
            let left = rest.len();
            if read == 0 {
                self.check_end(path, left)?;
                break;
            }
            for record in records {
                let time = self.push_record(record).map_err(|message| Place::file(path).rejects(message))?;
                backwards += u64::from(time < last_time);
                last_time = time;
            }
            buffer.copy_within(filled - left..filled, 0);
            filled = left;
        }
        if backwards > 0 {
            let times = crate::counted(backwards, "times");
            self.warnings.push(format!("time goes back {times}; is this an oracleGeneral file?"));
        }
        Ok(hasher.finalize())
    }

    /// Adds a request and returns its time.
    fn push_record(&mut self, record: &[u8; RECORD_BYTES]) -> Result<u32, String> {
        let number =
            |at: usize| u32::from_le_bytes([record[at], record[at + 1], record[at + 2], record[at + 3]]);
        let object = u64::from(number(4)) | u64::from(number(8)) << 32;
        self.push_number(object)?;
        self.sizes.push(number(12));
        Ok(number(0))
    }

    /// Refuses a file that ends within a request.
    fn check_end(&self, path: &Path, left: usize) -> Result<(), Error> {
        if left == 0 {
            return Ok(());
        }
        let request = self.objects.len();
        let start = request * RECORD_BYTES;
        let message =
            format!("request {request}, at byte {start}, has {left} bytes, expected {RECORD_BYTES}");
        let hint = "the file is cut off, or in another format: an oracleGeneral request has 24 bytes";
        Err(Place::file(path).rejects(message).with_hint(hint.to_owned()))
    }

    fn push_number(&mut self, object: u64) -> Result<(), String> {
        let keys = &mut self.keys;
        let intern = || keys.intern(itoa::Buffer::new().format(object).as_bytes());
        let key = *self.numbered.entry(object).or_insert_with(intern);
        self.push_key(key)
    }

    fn push(&mut self, key: &[u8]) -> Result<(), String> {
        let key = self.keys.intern(key);
        self.push_key(key)
    }

    fn push_key(&mut self, key: u32) -> Result<(), String> {
        if self.objects.len() as u64 == MAX_RECORDS {
            return Err(format!("more than {MAX_RECORDS} requests"));
        }
        self.objects.push(key);
        Ok(())
    }
}
