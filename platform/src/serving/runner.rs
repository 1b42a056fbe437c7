//! A job that reads the log at its own position and says what that changes of the rows that are served.

use std::{ops::Range, time::Instant};

use datasets::{Keys, Record, RowDecoder};
use replay::{Edges, link::WriteLine};
use store::log::{Batch, LogError, Read};
use stream::{Concluded, JobError, Version};

use super::rows::{Changes, Shape, Told};
use crate::{own::Filter, trial::Trial};

/// Records that are read at once.
const MOST: usize = 1024;

/// A job on its way through the log.
pub(crate) struct Runner<R: Record> {
    version: Box<dyn Version<R>>,
    source: Source<R>,
    /// The record at which the job began: it counts from there.
    base: u64,
    /// Decisions that have been served.
    decided: u64,
}

/// Describes what a job reads, and how.
pub(crate) struct Source<R: Record> {
    pub(crate) reader: Box<dyn Read + Send>,
    pub(crate) decoder: RowDecoder<R>,
    pub(crate) keys: Keys,
    pub(crate) edges: Edges,
    pub(crate) shape: Shape,
    /// Records that the job never sees.
    pub(crate) lost: Option<Range<u64>>,
    /// Rows that nobody is served.
    pub(crate) left_out: Option<Filter>,
    /// The records in the order of arrival, where a record is a place among the lines of the file: one that is read from the
    /// log is looked up there.
    pub(crate) lines: Option<Lines<R>>,
}

/// Records that refer to lines of the file.
#[derive(Clone)]
pub(crate) struct Lines<R> {
    records: Vec<R>,
    write: WriteLine<R>,
}

impl<R: Record> Lines<R> {
    /// Returns those of a trial; nothing where records stand for themselves.
    pub(crate) fn of(trial: &Trial<'_, R>) -> Option<Self> {
        let records = &trial.arranged.records;
        R::lines(records.get(..1)?, &trial.loaded.keys)?;
        Some(Self { records: records.to_vec(), write: trial.problem.entry.line })
    }

    /// The records of these rows of the log, the first of which is its `first`.
    fn find(&self, batch: &Batch, first: u64, keys: &Keys) -> Result<Vec<R>, Failed> {
        let (mut line, mut found) = (Vec::new(), Vec::with_capacity(batch.len()));
        for (offset, (_, _, payload)) in (first..).zip(batch.iter()) {
            let record = self.records.get(offset as usize);
            line.clear();
            if let Some(record) = record {
                (self.write)(record, keys, &mut line);
            }
            match record {
                Some(record) if line == payload => found.push(*record),
                _ => return Err(Failed::Record { offset, why: "the dataset has another".to_owned() }),
            }
        }
        Ok(found)
    }
}

/// Describes what came of reading on.
#[derive(Debug, Clone, Default)]
pub(crate) struct Advanced {
    /// Records of the log that have been read.
    pub(crate) position: u64,
    pub(crate) changes: Changes,
    /// How far event time has come; see [`stream::Update`].
    pub(crate) complete_to_ms: Option<i64>,
    /// Time inside the job.
    pub(crate) busy_ns: u64,
}

/// Why a job can't go on.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum Failed {
    /// Its own failure.
    #[error("it failed at record {}: {}", .0.record, .0.message)]
    Job(JobError),
    /// It is a bug of the job's.
    #[error("it crashed: {0}")]
    Panicked(String),
    /// It has not answered.
    #[error("it hangs: no answer for {0} s")]
    Hangs(u64),
    /// Its rows aren't those of the answer, or hold what the answer can't.
    #[error("{0}")]
    Rows(String),
    /// The log can't be read.
    #[error("the log can't be read: {0}")]
    Log(LogError),
    /// The log ends before what was to be read.
    #[error("the log can't be read: it ends at record {at}, before {to}")]
    Ends { at: u64, to: u64 },
    /// A record of the log doesn't read.
    #[error("record {offset} of the log doesn't read: {why}")]
    Record { offset: u64, why: String },
}

impl From<LogError> for Failed {
    fn from(error: LogError) -> Self {
        Self::Log(error)
    }
}

impl<R: Record> Runner<R> {
    /// A job that begins with the record at which its reader stands.
    pub(crate) fn new(version: Box<dyn Version<R>>, source: Source<R>) -> Self {
        let base = source.reader.position();
        Self { version, source, base, decided: base }
    }

    /// A job that goes on from a state that was taken at the record at which its reader stands.
    pub(crate) fn from_state(
        mut version: Box<dyn Version<R>>,
        source: Source<R>,
        state: &[u8],
    ) -> Result<Self, String> {
        version.state().ok_or("it has no state that can be taken over")?.restore(state)?;
        let decided = source.reader.position();
        Ok(Self { version, source, base: 0, decided })
    }

    /// Returns its state, if it has one that can be saved.
    pub(crate) fn state(&mut self) -> Option<Vec<u8>> {
        self.version.state().map(stream::State::save)
    }

    pub(crate) fn position(&self) -> u64 {
        self.source.reader.position()
    }

    /// Reads on until so many records of the log are read, and says what that changes.
    pub(crate) fn advance(&mut self, to: u64) -> Result<Advanced, Failed> {
        let mut decisions = Vec::new();
        let mut busy_ns = self.read(to, &mut decisions)?;
        let began = Instant::now();
        let update = self.version.serve().map_err(Failed::Job)?;
        busy_ns += elapsed_ns(began);
        let (changes, complete_to_ms) = match update {
            Some(update) => {
                let changes = self.source.shape.of_update(&update, self.told());
                (changes.map_err(Failed::Rows)?, update.complete_to_ms)
            }
            None => (self.decided(&decisions), None),
        };
        Ok(Advanced { position: self.position(), changes, complete_to_ms, busy_ns })
    }

    /// Feeds the job until so many records of the log are read; returns the time inside it.
    fn read(&mut self, to: u64, decisions: &mut Vec<u32>) -> Result<u64, Failed> {
        let (mut batch, mut busy_ns) = (Batch::new(), 0);
        while self.position() < to {
            let most = usize::try_from(to - self.position()).map_or(MOST, |rest| rest.min(MOST));
            let first = self.position();
            if self.source.reader.next(most, &mut batch)? == 0 {
                return Err(Failed::Ends { at: first, to });
            }
            let records = self.source.decode(&batch, first)?;
            let began = Instant::now();
            self.feed(&records, first, decisions);
            busy_ns += elapsed_ns(began);
        }
        Ok(busy_ns)
    }

    /// Reads so many records of the log and concludes there: what the job gives to these and no others, beside the
    /// decisions that it has made.
    pub(crate) fn conclude(mut self, to: u64) -> Result<(Option<Concluded>, Vec<u32>), Failed> {
        let mut decisions = Vec::new();
        self.read(to, &mut decisions)?;
        let concluded = self.version.finish(&self.source.keys).map_err(Failed::Job)?;
        Ok((concluded, decisions))
    }

    fn told(&self) -> Told<'_> {
        let Source { keys, left_out, .. } = &self.source;
        Told { keys, base: self.base, leave_out: left_out.as_ref() }
    }

    /// Concludes at the end of the log, and says what that changes.
    pub(crate) fn finish(&mut self) -> Result<Advanced, Failed> {
        let began = Instant::now();
        let concluded = self.version.finish(&self.source.keys).map_err(Failed::Job)?;
        let busy_ns = elapsed_ns(began);
        let changes = match concluded {
            Some(concluded) => {
                self.source.shape.of_conclusion(&concluded, self.told()).map_err(Failed::Rows)?
            }
            None => Changes::default(),
        };
        Ok(Advanced { position: self.position(), changes, complete_to_ms: None, busy_ns })
    }

    fn decided(&mut self, decisions: &[u32]) -> Changes {
        let first = self.decided;
        self.decided += decisions.len() as u64;
        Shape::of_decisions(first, decisions)
    }

    /// Feeds records, the first of which is the log's `first`, but for those that are lost.
    fn feed(&mut self, records: &[R], first: u64, decisions: &mut Vec<u32>) {
        let Self { version, source, .. } = self;
        let end = first + records.len() as u64;
        let lost = source.lost.clone().unwrap_or(end..end);
        let (gone, back) = (lost.start.clamp(first, end), lost.end.clamp(first, end));
        for range in [first..gone, back.max(gone)..end] {
            let records = &records[(range.start - first) as usize..(range.end - first) as usize];
            replay::push(&mut **version, records, range.start as usize, &source.edges, decisions);
        }
    }
}

impl<R: Record> Source<R> {
    fn decode(&mut self, batch: &Batch, first: u64) -> Result<Vec<R>, Failed> {
        if let Some(lines) = &self.lines {
            return lines.find(batch, first, &self.keys);
        }
        let mut rows = Vec::new();
        for (_, _, payload) in batch.iter() {
            rows.extend_from_slice(payload);
            rows.push(b'\n');
        }
        let mut records = Vec::with_capacity(batch.len());
        self.decoder
            .decode(&rows, &mut self.keys, |record| records.push(record))
            .map_err(|why| Failed::Record { offset: first + records.len() as u64, why })?;
        Ok(records)
    }
}

fn elapsed_ns(began: Instant) -> u64 {
    u64::try_from(began.elapsed().as_nanos()).unwrap_or(u64::MAX)
}
