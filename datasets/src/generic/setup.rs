//! Prepares all that rows go through: names, masks, samples, the column of arrival times.

use std::path::Path;

use super::csv::Row;
use super::data_file::DataFile;
use super::header::Header;
use super::mask::Mask;
use super::pass::Pass;
use super::roles;
use super::rows::{Shape, unquote};
use super::sample::Sampler;
use super::sink::{Arrival, Sink};
use crate::error::Error;
use crate::import::TimeReader;
use crate::manifest::header_of;
use crate::schema::{Learner, Looks};

impl Pass<'_> {
    /// Reads the header's names.
    pub(super) fn names(&self, row: &Row<'_>) -> Result<Vec<String>, Error> {
        let dialect = self.options.form.dialect;
        let mut names = Vec::with_capacity(row.pieces.len());
        for piece in row.pieces {
            let mut name = Vec::new();
            unquote(row.text, *piece, dialect.quote.unwrap_or(b'"'), &mut name);
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
    pub(super) fn sink<'a>(
        &self,
        header: &Header,
        mut out: DataFile<'a>,
        looks: Looks,
    ) -> Result<Sink<'a>, Error> {
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
}

/// The places of columns in the order of the data file: arrival times come first.
pub(super) fn order(columns: usize, arrival: Option<usize>) -> impl Iterator<Item = usize> {
    arrival.into_iter().chain((0..columns).filter(move |at| Some(*at) != arrival))
}
