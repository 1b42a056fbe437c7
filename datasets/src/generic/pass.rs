//! One freeze without a problem, from the source's bytes to the data file and the description of its columns.

use std::collections::{BTreeMap, HashSet};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use super::csv::{self, Passed, Row};
use super::data_file::{DataFile, Written};
use super::header::Header;
use super::mask::Mask;
use super::open::{self, MAX_RATIO, Packing, Source};
use super::roles::{self, Described};
use super::rows::{Piece, Shape};
use super::sample::Sampler;
use super::sink::{Arrival, Sink};
use super::{GenericOptions, json};
use crate::error::{Error, Place};
use crate::freeze::Go;
use crate::import::{BadRows, TimeReader};
use crate::manifest::header_of;
use crate::rejected::Rejected;
use crate::schema::{FieldRole, FieldSchema, FieldType, Learner, Looks};

/// What a pass brought.
pub(super) struct Outcome {
    pub(super) fields: Vec<FieldSchema>,
    pub(super) written: Written,
    pub(super) hash: blake3::Hash,
    pub(super) packing: Packing,
    pub(super) renamed: BTreeMap<String, String>,
    pub(super) rejected: Vec<Rejected>,
    pub(super) blank_lines: u64,
    pub(super) notes: Vec<String>,
    /// How many records keys were drawn from, and how many keys were kept.
    pub(super) sampled: Option<(u64, u64)>,
    /// The line of each record in the source and in the data file, where somebody wants to know.
    pub(super) lines: Vec<(u64, u64)>,
    /// Names of columns that stand more than once.
    pub(super) repeated: HashSet<String>,
}

/// Where a pass leads.
#[derive(Clone, Copy)]
pub(super) struct Target<'a> {
    /// The new data file.
    pub(super) data: &'a Path,
    /// The folder for what is needed meanwhile.
    pub(super) folder: &'a Path,
    /// Says whether an importer reads the file, who gives columns their roles himself.
    pub(super) is_passage: bool,
}

/// Reads the source at `path` and writes the data file.
pub(super) fn through(
    path: &Path,
    options: &GenericOptions,
    target: Target<'_>,
    go: Go<'_>,
) -> Result<Outcome, Error> {
    let Target { data, folder, is_passage } = target;
    let pass = Pass { path, options, is_passage };
    let out = DataFile::create(data, options.sort_by_arrival && !is_passage, go)?;
    let looks = Looks { numbers: options.numbers, dates: options.date_form };
    if options.form.is_json {
        let spooled = open::is_stdin(path).then(|| spool(folder)).transpose()?;
        let outcome = pass.json(spooled.as_deref().unwrap_or(path), out, looks)?;
        if let Some(spooled) = spooled {
            std::fs::remove_file(&spooled).map_err(Error::system("remove", &spooled))?;
        }
        return Ok(outcome);
    }
    pass.csv(out, looks)
}

/// Writes stdin into a file, since it is needed twice.
fn spool(folder: &Path) -> Result<PathBuf, Error> {
    let path = folder.join("stdin");
    File::create_new(&path)
        .and_then(|mut file| io::copy(&mut io::stdin(), &mut file))
        .map_err(Error::system("write", &path))?;
    Ok(path)
}

struct Pass<'o> {
    path: &'o Path,
    options: &'o GenericOptions,
    is_passage: bool,
}

impl Pass<'_> {
    fn open(&self, path: &Path) -> Result<(Source, Packing), Error> {
        let ratio = self.options.max_ratio.unwrap_or(MAX_RATIO);
        Source::open(path, self.options.encoding.as_deref(), ratio)
    }

    fn line(&self, line: u64) -> Place {
        let path = if open::is_stdin(self.path) { Path::new("stdin") } else { self.path };
        Place::line(path, line)
    }

    fn csv(&self, out: DataFile<'_>, looks: Looks) -> Result<Outcome, Error> {
        let (mut source, packing) = self.open(self.path)?;
        let mut out = Some(out);
        let mut at_work: Option<(Header, Sink<'_>)> = None;
        let passed = csv::each_row(&mut source, self.options.form.dialect, |row| {
            if let Some((_, sink)) = &mut at_work {
                return sink.row(row, || self.line(row.line));
            }
            let names = self.names(row)?;
            let header = Header::new(self.line(1).file.as_path(), &names, self.options)?;
            if let Some(out) = out.take() {
                let sink = self.sink(&header, out, looks)?;
                at_work = Some((header, sink));
            }
            Ok(())
        })?;
        match at_work {
            Some((header, sink)) => self.finish(&header, sink, (source.hash(), packing), passed),
            None => Err(Place::file(&self.line(1).file).rejects("the file is empty")),
        }
    }

    /// Reads the header's names.
    fn names(&self, row: &Row<'_>) -> Result<Vec<String>, Error> {
        let dialect = self.options.form.dialect;
        let mut names = Vec::with_capacity(row.pieces.len());
        for piece in row.pieces {
            let mut name = Vec::new();
            super::unquote(row.text, *piece, dialect.quote.unwrap_or(b'"'), &mut name);
            let name = String::from_utf8(name).map_err(|_| self.not_utf8(row))?;
            names.push(if self.options.form.trim { name.trim().to_owned() } else { name });
        }
        if let [only] = &names[..] {
            let other = [';', '\t', '|', ','].into_iter().find(|sign| only.contains(*sign));
            if let Some(sign) = other.filter(|_| row.pieces[0].shape == Shape::Plain) {
                let word = if sign == '\t' { "tab".to_owned() } else { sign.to_string() };
                let message = format!("one column {}", crate::shown::quoted(only.as_bytes()));
                let hint = format!(
                    "fields seem to be separated by `{}`; say '--delimiter {}'",
                    crate::shown(&sign.to_string()),
                    crate::shell_word(&word)
                );
                return Err(self.line(row.line).rejects(message).with_hint(hint));
            }
        }
        Ok(names)
    }

    fn not_utf8(&self, row: &Row<'_>) -> Error {
        let hint = match row.text {
            [0xff, 0xfe, ..] => "the file is UTF-16; say '--encoding utf-16le'",
            [0xfe, 0xff, ..] => "the file is UTF-16; say '--encoding utf-16be'",
            _ => "name its encoding, such as '--encoding windows-1252'",
        };
        self.line(row.line).rejects("not UTF-8 text").with_hint(hint.to_owned())
    }

    /// Prepares all that rows go through, and writes the data file's header.
    fn sink<'a>(&self, header: &Header, mut out: DataFile<'a>, looks: Looks) -> Result<Sink<'a>, Error> {
        let options = self.options;
        let path = self.line(1).file;
        let zone = options.time_zone.as_deref();
        let times = TimeReader::new(options.time_unit.unwrap_or_default(), zone)?;
        let own = if self.is_passage { None } else { header.arrival(&path, options)? };
        let arrival = own.map(|at| Arrival { at, times });
        if !self.is_passage && options.sort_by_arrival && arrival.is_none() {
            return Err(Error::usage("sorting by arrival needs arrival times")
                .with_hint("say which column they stand in with '--arrival COLUMN'".to_owned()));
        }
        let order: Vec<&str> = order(header.names.len(), own)
            .map(|at| if Some(at) == own { crate::ARRIVAL.name } else { header.names[at].as_str() })
            .collect();
        out.header(&header_of(&order))?;
        let mut learners = vec![Learner::new(looks); header.names.len()];
        if let Some([_, clock]) =
            options.event_time.as_deref().map(|names| roles::parts(names, header)).as_deref()
        {
            learners[header.find(&path, clock)?] = Learner::of_clocks(looks);
        }
        let mut sink = Sink::new(options.form, learners, out);
        sink.arrival = arrival;
        sink.bad.rows = options.bad_rows;
        sink.mask = self.mask(header, &path)?;
        sink.bad.is_secret = sink.mask.is_some();
        sink.sampler = self.sampler(header, &path)?;
        sink.lines = self.is_passage.then(Vec::new);
        sink.needed = options
            .needed
            .iter()
            .filter_map(|name| Some((header.find(&path, name).ok()?, name.clone())))
            .collect();
        Ok(sink)
    }

    fn mask(&self, header: &Header, path: &Path) -> Result<Option<Mask>, Error> {
        if self.options.mask.is_empty() {
            return Ok(None);
        }
        let mut hidden = vec![false; header.names.len()];
        for name in &self.options.mask {
            hidden[header.find(path, name)?] = true;
        }
        let mask = Mask::new(self.options.mask_secret.as_deref(), hidden);
        mask.map(Some).map_err(Error::system("draw a random key for", path))
    }

    fn sampler(&self, header: &Header, path: &Path) -> Result<Option<Sampler>, Error> {
        let Some(sample) = &self.options.sample else { return Ok(None) };
        let named = crate::KEY.name.to_owned();
        let has_key = header.names.contains(&named);
        let keys = match &self.options.key[..] {
            [] if !has_key => {
                return Err(Error::usage("a sample by key needs a key")
                    .with_hint("say which column is the key with '--key COLUMN'".to_owned()));
            }
            [] => std::slice::from_ref(&named),
            keys => keys,
        };
        let columns = keys.iter().map(|name| header.find(path, name)).collect::<Result<_, _>>()?;
        Ok(Some(Sampler::new(sample, columns)))
    }

    fn finish(
        &self,
        header: &Header,
        sink: Sink<'_>,
        (hash, packing): (blake3::Hash, Packing),
        passed: Passed,
    ) -> Result<Outcome, Error> {
        let path = self.line(1).file;
        let mut notes = sink.notes.sentences();
        let own = sink.arrival.as_ref().map(|arrival| arrival.at);
        let mut columns: Vec<Described> = Vec::new();
        for (learner, name) in sink.learners.into_iter().zip(&header.names) {
            let (field, why_text) = learner.finish(name);
            columns.push(Described { field, why_text });
        }
        if let Some(at) = own {
            columns[at] = Described { field: roles::arrival(), why_text: None };
        }
        if !self.is_passage {
            roles::assign(&path, header, &mut columns, self.options)?;
        }
        let fields: Vec<FieldSchema> =
            order(columns.len(), own).map(|at| columns[at].field.clone()).collect();
        let is_secret = sink.bad.is_secret;
        notes.extend(columns.into_iter().filter_map(|column| column.why_text).filter(|_| !is_secret));
        notes.extend(without_zone(&fields));
        let mut renamed = header.renamed.clone();
        if let Some(at) = own.filter(|&at| header.names[at] != crate::ARRIVAL.name) {
            renamed.remove(&header.names[at]);
            renamed.insert(crate::ARRIVAL.name.to_owned(), header.names[at].clone());
        }
        let sampled = sink.sampler.as_ref().map(|sampler| (sampler.seen, sampler.keys()));
        let lines = sink.lines.unwrap_or_default();
        let written = sink.out.finish()?;
        let rejected = sink.bad.rejected;
        let blank_lines = passed.blank_lines;
        if passed.byte_order_mark {
            notes.push("a byte order mark was left out".to_owned());
        }
        Ok(Outcome {
            fields,
            written,
            hash,
            packing,
            renamed,
            rejected,
            blank_lines,
            notes,
            sampled,
            lines,
            repeated: header.repeated.clone(),
        })
    }

    fn json(&self, path: &Path, out: DataFile<'_>, looks: Looks) -> Result<Outcome, Error> {
        let (names, first) = self.names_in_json(path)?;
        if names.is_empty() {
            return Err(Place::file(&self.line(1).file).rejects("no records, so no columns either"));
        }
        let header = Header::new(self.line(1).file.as_path(), &names, self.options)?;
        let mut sink = self.sink(&header, out, looks)?;
        let (mut source, packing) = self.open(path)?;
        let places: BTreeMap<&str, usize> =
            names.iter().enumerate().map(|(at, name)| (name.as_str(), at)).collect();
        let mut writer = Writer { places, text: Vec::new(), pieces: Vec::new() };
        let passed = json::each_line(&mut source, |line, number| match writer.write(line) {
            Ok(()) => {
                let start = writer.text.len();
                writer.text.extend_from_slice(line);
                let row = Row {
                    text: &writer.text,
                    pieces: &writer.pieces,
                    whole: start..writer.text.len(),
                    line: number,
                    is_utf8: true,
                    has_quotes: true,
                };
                sink.row(&row, || self.line(number))
            }
            Err(why) => sink.bad.reject(self.line(number), why.clone(), why, line),
        })?;
        if source.hash() != first {
            return Err(Place::file(&self.line(1).file).rejects("the file changed while it was read"));
        }
        self.finish(&header, sink, (first, packing), passed)
    }

    /// Returns all names in the order in which they come up, and the hash of the source.
    fn names_in_json(&self, path: &Path) -> Result<(Vec<String>, blake3::Hash), Error> {
        let (mut source, _) = self.open(path)?;
        let mut names: Vec<String> = Vec::new();
        let mut known = std::collections::HashSet::new();
        json::each_line(&mut source, |line, number| {
            match json::object(line) {
                Ok(json::Object(fields)) => {
                    for (name, _) in fields {
                        if !known.contains(name.as_ref()) {
                            known.insert(name.clone().into_owned());
                            names.push(name.into_owned());
                        }
                    }
                }
                // The second pass leaves such lines out, if that is wanted.
                Err(why) if self.options.bad_rows == BadRows::Fail => {
                    return Err(self.line(number).rejects(why));
                }
                Err(_) => {}
            }
            Ok(())
        })?;
        Ok((names, source.hash()))
    }
}

/// Writes objects as rows.
struct Writer<'n> {
    places: BTreeMap<&'n str, usize>,
    text: Vec<u8>,
    pieces: Vec<Piece>,
}

impl Writer<'_> {
    fn write(&mut self, line: &[u8]) -> Result<(), String> {
        self.text.clear();
        self.pieces.clear();
        self.pieces.resize(self.places.len(), Piece { start: 0, end: 0, shape: Shape::Plain });
        let json::Object(fields) = json::object(line)?;
        for (name, raw) in fields {
            let start = self.text.len();
            let shape = match json::value(raw)? {
                json::Value::Missing => continue,
                json::Value::Text(text) => {
                    self.text.extend_from_slice(text.as_bytes());
                    Shape::Quoted
                }
                json::Value::Bare(text) => {
                    self.text.extend_from_slice(text.as_bytes());
                    Shape::Plain
                }
                json::Value::Nested(text) => {
                    self.text.extend_from_slice(text.as_bytes());
                    Shape::Plain
                }
            };
            let at = self.places.get(name.as_ref()).ok_or("the file changed while it was read")?;
            self.pieces[*at] = Piece { start, end: self.text.len(), shape };
        }
        Ok(())
    }
}

/// The places of columns in the order of the data file: arrival times come first.
fn order(columns: usize, arrival: Option<usize>) -> impl Iterator<Item = usize> {
    arrival.into_iter().chain((0..columns).filter(move |at| Some(*at) != arrival))
}

/// Says that event times have no zone, where they need one.
fn without_zone(fields: &[FieldSchema]) -> Option<String> {
    let field = fields.iter().find(|field| {
        field.role == Some(FieldRole::EventTime)
            && matches!(field.kind, FieldType::Date | FieldType::Time)
            && field.zone.is_none()
    })?;
    Some(format!(
        "`{}` has no zone, so nobody can say when that was; name it with '--time-zone'",
        crate::shown(&field.name)
    ))
}
