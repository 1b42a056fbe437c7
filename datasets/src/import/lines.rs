//! The benchmark formats' common ground: short lines of numbers, read one at a time, and the sizes gathered.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};

use super::unit::{Misfit, Unit};
use crate::decimal::{Decimal, complain};
use crate::error::{Error, Place};
use crate::files::{Input, InputReader};
use crate::instance::SIZE;

/// A line of these formats holds three numbers at most; one beyond this is another kind of file.
const MAX_LINE_BYTES: u64 = 4096;

/// The lines of a file that hold something, without blanks around them.
pub(super) struct Lines<'a> {
    path: PathBuf,
    reader: BufReader<InputReader<'a>>,
    hasher: blake3::Hasher,
    number: u64,
    pub(super) blank: u64,
}

impl<'a> Lines<'a> {
    pub(super) fn open(input: Input<'a>) -> Result<Self, Error> {
        let reader = BufReader::new(input.open()?);
        Ok(Self { path: input.path.to_owned(), reader, hasher: blake3::Hasher::new(), number: 0, blank: 0 })
    }

    /// The next line that isn't blank; `None` at the end of the file.
    pub(super) fn next(&mut self) -> Result<Option<String>, Error> {
        loop {
            let mut line = Vec::new();
            let mut limited = (&mut self.reader).take(MAX_LINE_BYTES);
            let read = limited.read_until(b'\n', &mut line).map_err(Error::unreadable(&self.path))?;
            if read == 0 {
                return Ok(None);
            }
            self.number += 1;
            self.hasher.update(&line);
            if read as u64 == MAX_LINE_BYTES {
                return Err(self.reject(format!("longer than {MAX_LINE_BYTES} bytes")));
            }
            let text = str::from_utf8(&line).map_err(|_| self.not_utf8(&line))?;
            let text = if self.number == 1 { text.trim_start_matches('\u{feff}') } else { text };
            if !text.trim_ascii().is_empty() {
                return Ok(Some(text.trim_ascii().to_owned()));
            }
            self.blank += 1;
        }
    }

    /// The next line, which must exist; `what` says what stands there.
    pub(super) fn expect(&mut self, what: &str) -> Result<String, Error> {
        match self.next()? {
            Some(line) => Ok(line),
            None if self.number == 0 => Err(Place::file(&self.path).rejects("the file is empty")),
            None => Err(self.reject(format!("the file ends where {what} should stand"))),
        }
    }

    /// The next line as a number.
    pub(super) fn number(&mut self, what: &str) -> Result<Decimal, Error> {
        let line = self.expect(what)?;
        self.parse(what, &line)
    }

    /// The next line as a whole number.
    pub(super) fn count(&mut self, what: &str) -> Result<u64, Error> {
        let line = self.expect(what)?;
        self.parse_whole(what, &line)
    }

    pub(super) fn parse(&self, what: &str, text: &str) -> Result<Decimal, Error> {
        Decimal::parse(text.as_bytes()).map_err(|why| self.reject(complain(what, text.as_bytes(), &why)))
    }

    pub(super) fn parse_whole(&self, what: &str, text: &str) -> Result<u64, Error> {
        let number = self.parse(what, text)?;
        number.whole().ok_or_else(|| self.reject(complain(what, text.as_bytes(), "is not a whole number")))
    }

    /// Nothing may follow.
    pub(super) fn end(&mut self, after: &str) -> Result<blake3::Hash, Error> {
        match self.next()? {
            Some(line) => {
                Err(self.reject(format!("{} stands after {after}", crate::shown::quoted(line.as_bytes()))))
            }
            None => Ok(self.hasher.finalize()),
        }
    }

    /// An error about the line that was read last.
    pub(super) fn reject(&self, message: impl Into<String>) -> Error {
        Place::line(&self.path, self.number).rejects(message)
    }

    /// The number of the line that was read last.
    pub(super) fn line(&self) -> u64 {
        self.number
    }

    fn not_utf8(&self, line: &[u8]) -> Error {
        self.reject("not UTF-8 text").with_hint(super::layout::encoding_hint(line).to_owned())
    }
}

/// An instance as it is read: numbers with their lines, not scaled yet.
pub(super) struct Draft {
    unit: Unit,
    capacity_line: u64,
    sizes: Vec<(Decimal, u64)>,
}

/// Describes the same in whole numbers.
pub(super) struct Scaled {
    pub(super) scale: u64,
    pub(super) capacity: u64,
    pub(super) sizes: Vec<u64>,
}

impl Draft {
    /// An instance whose capacity stands in the line that was read last.
    pub(super) fn new(lines: &Lines<'_>, capacity: Decimal) -> Self {
        Self { unit: Unit::new(Some(capacity)), capacity_line: lines.line(), sizes: Vec::new() }
    }

    /// Reads `count` sizes.
    pub(super) fn read_sizes(&mut self, lines: &mut Lines<'_>, count: u64) -> Result<(), Error> {
        for i in 1..=count {
            let line = lines.expect(&format!("size {i} of {count}"))?;
            let size = lines
                .parse(SIZE, &line)
                .map_err(|error| error.with_hint(format!("this should be size {i} of {count}")))?;
            self.unit.include(size);
            self.sizes.push((size, lines.line()));
        }
        Ok(())
    }

    /// Scales everything and checks it against the capacity.
    pub(super) fn finish(self, path: &Path) -> Result<Scaled, Error> {
        let at = |line| move |message: String| Place::line(path, line).rejects(message);
        let capacity = self.unit.capacity().map_err(at(self.capacity_line))?;
        let sizes = self.sizes.into_iter().map(|(size, line)| {
            self.unit.size(size).map_err(|misfit| {
                let (Misfit::Own(why) | Misfit::Unit(why)) = misfit;
                at(line)(format!("{SIZE} {size} {why}"))
            })
        });
        Ok(Scaled {
            scale: self.unit.scale(),
            capacity: capacity.expect("a draft is made with a capacity"),
            sizes: sizes.collect::<Result<_, _>>()?,
        })
    }
}
