//! One freeze without a problem, from the source's bytes to the data file and the description of its columns.

use std::collections::{BTreeMap, HashSet};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use super::GenericOptions;
use super::csv::{self, Passed};
use super::data_file::{DataFile, Written};
use super::header::Header;
use super::open::{self, Packing, Source};
use super::pass_rows::{self, is_of_rows};
use super::roles::{self, Described};
use super::setup::order;
use super::sink::Sink;
use crate::error::{Error, Place};
use crate::freeze::Go;
use crate::meter::Meter;
use crate::rejected::Rejected;
use crate::schema::{FieldRole, FieldSchema, FieldType, Looks};

/// Holds what a pass brought.
pub(super) struct Outcome {
    pub(super) fields: Vec<FieldSchema>,
    pub(super) written: Written,
    pub(super) hash: Option<blake3::Hash>,
    pub(super) packing: Packing,
    /// The source's format, as its manifest calls it.
    pub(super) format: Option<String>,
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
    let pass = Pass { path, options, is_passage, go };
    let out = DataFile::create(data, options.sort_by_arrival && !is_passage, go)?;
    let looks = Looks { numbers: options.numbers, dates: options.date_form };
    if is_of_rows(path, options)? {
        return pass.rows(out, looks);
    }
    if options.form.is_json {
        let spooled = open::is_stdin(path).then(|| spool(folder, &options.meter)).transpose()?;
        let outcome = pass.json(spooled.as_deref().unwrap_or(path), out, looks)?;
        if let Some(spooled) = spooled {
            std::fs::remove_file(&spooled).map_err(Error::system("remove", &spooled))?;
        }
        return Ok(outcome);
    }
    pass.csv(out, looks)
}

/// Writes stdin into a file, since it is needed twice.
fn spool(folder: &Path, meter: &Meter) -> Result<PathBuf, Error> {
    let path = folder.join("stdin");
    meter.begin(None);
    File::create_new(&path)
        .and_then(|mut file| io::copy(&mut Counted(meter), &mut file))
        .map_err(Error::system("write", &path))?;
    Ok(path)
}

/// Reads stdin and counts.
struct Counted<'m>(&'m Meter);

impl io::Read for Counted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = io::stdin().read(buffer)?;
        self.0.add(read);
        Ok(read)
    }
}

/// A source on its way.
pub(super) struct Pass<'o> {
    pub(super) path: &'o Path,
    pub(super) options: &'o GenericOptions,
    pub(super) is_passage: bool,
    go: Go<'o>,
}

impl Pass<'_> {
    pub(super) fn open(&self, path: &Path) -> Result<(Source<'_>, Packing), Error> {
        Source::open(path, self.options, self.go)
    }

    pub(super) fn go(&self) -> Go<'_> {
        self.go
    }

    pub(super) fn line(&self, line: u64) -> Place {
        let path = if open::is_stdin(self.path) { Path::new("stdin") } else { self.path };
        Place::line(path, line)
    }

    fn name_of_format(&self) -> Result<Option<String>, Error> {
        Ok(match self.options.form.is_json {
            _ if is_of_rows(self.path, self.options)? => pass_rows::name_of_format(self.path, self.options),
            true => Some("jsonl".to_owned()),
            false => Some("csv".to_owned()),
        })
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

    pub(super) fn finish(
        &self,
        header: &Header,
        sink: Sink<'_>,
        (hash, packing): (Option<blake3::Hash>, Packing),
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
        notes.extend(header.note_of_data().filter(|_| !self.options.form.is_json && !is_secret));
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
            format: self.name_of_format()?,
            renamed,
            rejected,
            blank_lines,
            notes,
            sampled,
            lines,
            repeated: header.repeated.clone(),
        })
    }
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
