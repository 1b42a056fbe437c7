//! A job behind a link that emits rows when it likes, as a version of a streaming job.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use datasets::{Keys, Table};
use stream::{Batching, Concluded, Counts, JobError, Settling, State, Update, Version};

use super::{
    Emissions, Emit, Emitted, HandedOver, Link, LinkFault, Stop, Wire,
    connection::{Connection, Place},
    emissions::RowTimes,
    rows::{EmittedRows, Mark},
};
use crate::{CHUNK, Control};

/// A job may write so much before it has read anything.
const OUTPUT_BYTES: u64 = 64 << 20;
/// A job may write so many bytes for each that it was sent.
const OUTPUT_PER_INPUT: u64 = 256;

/// Makes the job behind a link a version that concludes with a table. Its first failure stops the replay through
/// [`Control::fail`].
#[derive(Debug)]
pub struct Emitting<R, L> {
    connection: Connection<R, L>,
    heard: Heard,
    close: Vec<String>,
    emissions: Arc<Emissions>,
    took: Duration,
    /// Holds how long it took to end.
    ending: Duration,
}

/// Holds what was heard of a job.
#[derive(Debug)]
struct Heard {
    rows: EmittedRows,
    times: Option<RowTimes>,
    most_bytes: u64,
    bytes: u64,
    sent: u64,
    sent_bytes: u64,
    /// When the first closing record was sent: the rows and lines before.
    closed_at: Option<(u64, u64)>,
    /// One job hands over to another when so many records are sent.
    handover: Option<u64>,
    /// When that was done: the rows and lines before, and how long it took.
    handed_over: Option<(u64, u64, Duration)>,
}

impl Heard {
    /// Returns how many records are still to be sent before one job hands over to another, if that is to come.
    fn until_handover(&self) -> Option<u64> {
        self.handover.filter(|_| self.handed_over.is_none()).map(|at| at.saturating_sub(self.sent))
    }

    /// The line behind which rows are told apart: they are of the job that took over, or due to the closing records.
    fn mark(&self) -> Option<Mark> {
        let handed_over = self.handed_over.map(|(_, after, _)| Mark { after, may_repeat: true });
        handed_over.or_else(|| self.closed_at.map(|(_, after)| Mark { after, may_repeat: false }))
    }

    fn line(&mut self, line: &[u8], at: Instant) -> Result<(), LinkFault> {
        self.bytes += line.len() as u64 + 1;
        let most = OUTPUT_BYTES.saturating_add(OUTPUT_PER_INPUT.saturating_mul(self.sent_bytes));
        let most = most.min(self.most_bytes);
        if self.bytes > most {
            return Err(LinkFault::TooMuch { bytes: most, sent: self.sent_bytes });
        }
        let offset = self.rows.take(line, self.sent)?;
        if let (Some(offset), Some(times), None) = (offset, &mut self.times, self.closed_at) {
            times.read(offset, at);
        }
        Ok(())
    }
}

impl<R, L: Link> Emitting<R, L> {
    /// Attaches the job that was `started`, if it was. It may still be loading: [`Emitting::wait_until_ready`]. What it has done
    /// when it has finished is put into `emissions`.
    pub fn new(
        wire: &Arc<Wire<R>>,
        emit: &Emit,
        emissions: &Arc<Emissions>,
        control: &Arc<Control>,
        started: Result<L, LinkFault>,
    ) -> Self {
        let heard = Heard {
            rows: EmittedRows::new(emit),
            times: emit.offset.as_ref().map(|_| RowTimes::new()),
            most_bytes: emit.most_bytes,
            bytes: 0,
            sent: 0,
            sent_bytes: 0,
            closed_at: None,
            handover: emit.handover,
            handed_over: None,
        };
        let mut emitting = Self {
            connection: Connection::new(wire, control),
            heard,
            close: emit.close.clone(),
            emissions: Arc::clone(emissions),
            took: Duration::ZERO,
            ending: Duration::ZERO,
        };
        match started {
            Ok(link) => emitting.connection.link = Some(link),
            Err(fault) => emitting.fail(fault.into()),
        }
        emitting
    }

    /// Keeps rows for somebody who serves them: without this, [`Version::serve`] has none.
    #[must_use]
    pub fn served(mut self) -> Self {
        self.heard.rows.keep_fresh();
        self
    }

    /// Sends the header and waits until the job is ready, so that the time it takes to start isn't that of its first
    /// record.
    pub fn wait_until_ready(&mut self) {
        if self.connection.is_ready() {
            return;
        }
        let rows = &mut self.heard.rows;
        if let Err(stop) = self.connection.begin(&mut |line| rows.begin(line)) {
            self.fail(stop);
        }
    }

    fn send(&mut self, records: &[R]) -> Result<(), Stop> {
        let Connection { wire, control, link: Some(link), lines, .. } = &mut self.connection else {
            return Ok(());
        };
        let heard = &mut self.heard;
        if let Some(times) = &mut heard.times {
            let now = Instant::now();
            let late = Duration::from_nanos(self.emissions.late_ns());
            times.due(heard.sent, now.checked_sub(late).unwrap_or(now));
        }
        let lines = lines.of(records, wire);
        heard.sent += records.len() as u64;
        heard.sent_bytes += lines.len() as u64;
        link.send(lines, control, &mut |line, at| heard.line(line, at))
    }

    /// Sends records; where one job hands over to another in between, the others are sent when that is done.
    fn send_across(&mut self, records: &[R]) -> Result<(), Stop> {
        let left = self.heard.until_handover().and_then(|left| usize::try_from(left).ok());
        let Some(left) = left.filter(|&left| left <= records.len()) else { return self.send(records) };
        let (before, after) = records.split_at(left);
        let start = Instant::now();
        self.send(before)?;
        self.heard.handed_over = Some((self.heard.rows.rows(), self.heard.rows.lines(), start.elapsed()));
        if after.is_empty() { Ok(()) } else { self.send(after) }
    }

    /// Sends the closing records and the end of input, and waits for the job to end.
    fn end(&mut self) -> Result<(), Stop> {
        let Some(mut link) = self.connection.link.take() else { return Ok(()) };
        let (control, heard) = (&self.connection.control, &mut self.heard);
        // Of what has come until now nothing is due to the closing records.
        link.send(&[], control, &mut |line, at| heard.line(line, at))?;
        if !self.close.is_empty() {
            heard.closed_at = Some((heard.rows.rows(), heard.rows.lines()));
            let lines = self.close.iter().flat_map(|line| [line.as_str(), "\n"]).collect::<String>();
            heard.sent += self.close.len() as u64;
            heard.sent_bytes += lines.len() as u64;
            link.send(lines.as_bytes(), control, &mut |line, at| heard.line(line, at))?;
        }
        link.end(control, &mut |line, at| heard.line(line, at))
    }

    /// Hears what has come, and takes the rows that are new since somebody asked last.
    fn fresh(&mut self) -> Result<Option<Update>, Stop> {
        if let Connection { control, link: Some(link), .. } = &mut self.connection {
            let heard = &mut self.heard;
            link.send(&[], control, &mut |line, at| heard.line(line, at))?;
        }
        Ok(self.heard.rows.fresh()?)
    }

    fn conclude(&mut self) -> Result<Concluded, LinkFault> {
        let fresh = self.heard.rows.fresh()?;
        let rows = std::mem::replace(&mut self.heard.rows, EmittedRows::new(&Emit::default()));
        let all = rows.rows();
        let before = self.heard.closed_at.map_or(all, |(before, _)| before);
        let settled = rows.finish(self.heard.mark())?;
        let (again, behind) = (settled.again, settled.behind);
        let (handed_over, closed) = match self.heard.handed_over {
            Some((rows, _, took)) => (Some(HandedOver { rows, again, behind, took }), Vec::new()),
            None => (None, behind),
        };
        let records = self.connection.lines.records();
        self.emissions.put(Emitted {
            records,
            rows: before,
            rows_after_close: all - before,
            closed,
            took_ns: self.took.as_nanos() as u64,
            ending: self.ending,
            latency: self.heard.times.take().map(|times| times.latency),
            handed_over,
        });
        let counts = Counts { records, firings: all, ..Counts::default() };
        let settling = fresh.as_ref().map_or(Settling::LastOfEach, |fresh| fresh.settling);
        let firings = fresh.map(|fresh| fresh.rows);
        Ok(Concluded { table: settled.table, settling, firings, counts, ..Concluded::default() })
    }

    fn fail(&mut self, stop: Stop) {
        let sent = self.connection.lines.records();
        // Closing records stand behind all others.
        let closing = self.heard.sent.saturating_sub(sent);
        let place = |unread: u64| Place {
            record: Some(sent - unread.saturating_sub(closing).min(sent)),
            emits: true,
        };
        self.connection.fail(stop, place);
    }
}

impl<R, L: Link> Version<R> for Emitting<R, L> {
    /// Nothing is decided by that.
    fn push_chunk(&mut self, records: &[R], _: &mut Vec<u32>) {
        self.wait_until_ready();
        let start = Instant::now();
        let sent = records.chunks(CHUNK).try_for_each(|chunk| self.send_across(chunk));
        self.took += start.elapsed();
        if let Err(stop) = sent {
            self.fail(stop);
        }
    }

    fn batching(&self) -> Batching {
        Batching::None
    }

    fn end_batch(&mut self, _: &mut Vec<u32>) {}

    fn tick(&mut self) {}

    /// Sends the closing records, ends the input and waits for the job to end, which it must do in good order.
    fn finish(&mut self, _: &Keys) -> Result<Option<Concluded>, JobError> {
        self.wait_until_ready();
        let start = Instant::now();
        let ended = self.end();
        self.ending = start.elapsed();
        self.took += self.ending;
        if let Err(stop) = ended {
            self.fail(stop);
        }
        if let Some(error) = self.connection.failed() {
            return Err(error);
        }
        if self.connection.control.check().is_err() {
            return Err(JobError { record: 0, message: crate::Interrupted.to_string(), hint: None });
        }
        match self.conclude() {
            Ok(concluded) => Ok(Some(concluded)),
            Err(fault) => {
                self.fail(fault.into());
                self.connection.failed().map_or(Ok(None), Err)
            }
        }
    }

    fn state(&mut self) -> Option<&mut dyn State> {
        None
    }

    fn take_output(&mut self) -> Option<Table> {
        None
    }

    /// Gives the rows that have come so far: it waits for none that are due.
    fn serve(&mut self) -> Result<Option<Update>, JobError> {
        self.wait_until_ready();
        let fresh = self.fresh().unwrap_or_else(|stop| {
            self.fail(stop);
            None
        });
        self.connection.failed().map_or(Ok(fresh), Err)
    }
}
