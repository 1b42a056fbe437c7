//! Says when the records of a generic dataset happened.

use super::{FieldRole, FieldSchema, FieldType, Fold};
use crate::column::ARRIVAL;
use crate::error::{Error, Place};
use crate::generic::{Dialect, Piece, Shape, split, unquote};
use crate::import::{TimeReader, TimeUnit};
use crate::manifest::MANIFEST_FILE;
use crate::{DateForm, Frozen};

/// Reads the event times of lines, one after another in the order of the file.
#[derive(Debug)]
pub struct RecordTimes {
    /// The columns, as they stand in a line: of the date, and of a time of day that stands apart.
    places: Vec<usize>,
    times: TimeReader,
    /// The time of the line before.
    before: Option<i64>,
    pieces: Vec<Piece>,
    field: Vec<u8>,
    text: Vec<u8>,
}

impl Frozen {
    /// Returns the reader of the event times of this dataset's [lines](crate::Line); none where no column has that role, and for
    /// a dataset with a problem.
    ///
    /// # Errors
    ///
    /// If the times have no zone, so that nobody can say when they were, or one that isn't known.
    pub fn record_times(&self) -> Result<Option<RecordTimes>, Error> {
        let own = self.manifest.fields.iter().filter(|field| field.name != ARRIVAL.name).enumerate();
        let found: Vec<(usize, &FieldSchema)> =
            own.filter(|(_, field)| field.role == Some(FieldRole::EventTime)).collect();
        // The date comes first, wherever it stands.
        let Some((date, field)) = found.iter().find(|(_, field)| field.kind != FieldType::Text) else {
            return Ok(None);
        };
        let clock = found.iter().find(|(_, field)| field.kind == FieldType::Text).map(|(at, _)| *at);
        if field.zone.is_none() && matches!(field.kind, FieldType::Date | FieldType::Time) {
            let message = format!("the times of column `{}` have no zone", crate::shown(&field.name));
            let hint =
                "add `zone = \"Europe/Berlin\"` or the like to that column under [[fields]]".to_owned();
            return Err(Place::file(&self.dir.join(MANIFEST_FILE)).rejects(message).with_hint(hint));
        }
        let format = field.format.as_deref();
        let form = DateForm::ALL.into_iter().find(|form| Some(form.name()) == format);
        let unit = TimeUnit::ALL.into_iter().find(|unit| Some(unit.name()) == format).unwrap_or_default();
        let times =
            TimeReader::new(unit, field.zone.as_deref())?.with(form, field.fold.unwrap_or(Fold::First));
        let places = std::iter::once(*date).chain(clock).collect();
        let (pieces, field, text) = (Vec::new(), Vec::new(), Vec::new());
        Ok(Some(RecordTimes { places, times, before: None, pieces, field, text }))
    }
}

impl RecordTimes {
    /// Returns when the record of a line happened, in milliseconds since the Unix epoch; nothing where that is missing.
    ///
    /// # Errors
    ///
    /// If the value is no time, such as one that a clock skips when it is put forward; the error is a message.
    pub fn read(&mut self, line: &[u8]) -> Result<Option<i64>, String> {
        split(line, 0, true, Dialect::default(), &mut self.pieces)
            .map_err(|_| "the line isn't CSV".to_owned())?;
        self.text.clear();
        for (i, place) in self.places.iter().enumerate() {
            let piece = *self.pieces.get(*place).ok_or("the line is another dataset's")?;
            let is_missing =
                piece.shape == Shape::Plain && line[piece.start..piece.end].trim_ascii().is_empty();
            if is_missing || piece.start == piece.end {
                return Ok(None);
            }
            self.field.clear();
            unquote(line, piece, b'"', &mut self.field);
            self.text.extend_from_slice(if i == 0 { b"" } else { b" " });
            self.text.extend_from_slice(self.field.trim_ascii());
        }
        let text = self.text.as_slice();
        let moment = self.times.parse_after(text, self.before).map_err(|why| {
            let shown = crate::shown::quoted(text);
            format!("the event time {shown} {why}")
        })?;
        self.before = Some(moment.ms);
        Ok(Some(moment.ms))
    }
}
