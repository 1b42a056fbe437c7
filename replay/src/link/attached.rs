//! A job behind a link, as a version of a streaming job.

use std::sync::Arc;

use datasets::{Keys, NO_DECISION, Table};
use stream::{Batching, Concluded, JobError, State, Update, Version};

use super::{Link, LinkError, LinkFault, Stop};
use crate::{CHUNK, Control, link_error::quoted};

/// Appends a record as its line stands in the data file, without the line's end.
pub type WriteLine<R> = fn(&R, &Keys, &mut Vec<u8>);

/// Holds what is said through a link, and what its job is called when it fails.
#[derive(Debug, Clone)]
pub struct Wire<R> {
    /// `stable` or `candidate`.
    pub role: &'static str,
    /// The job's command, or another name of what the link leads to, made harmless for a terminal.
    pub name: String,
    /// The columns' names, as they stand in the data file: the first line.
    pub header: String,
    /// Writes a record.
    pub line: WriteLine<R>,
    /// The texts that records refer to.
    pub keys: Arc<Keys>,
}

/// Makes the job behind a link a version of a streaming job. Its first failure stops the replay through [`Control::fail`].
#[derive(Debug)]
pub struct Attached<R, L> {
    wire: Arc<Wire<R>>,
    control: Arc<Control>,
    /// `None` where there never was one, and after any failure.
    link: Option<L>,
    is_ready: bool,
    answered: u64,
    lines: Vec<u8>,
}

impl<R, L: Link> Attached<R, L> {
    /// Attaches the job that was `started`, if it was. It may still be loading: [`Attached::wait_until_ready`].
    pub fn new(wire: &Arc<Wire<R>>, control: &Arc<Control>, started: Result<L, LinkFault>) -> Self {
        let (wire, control) = (Arc::clone(wire), Arc::clone(control));
        let mut attached =
            Self { wire, control, link: None, is_ready: false, answered: 0, lines: Vec::new() };
        match started {
            Ok(link) => attached.link = Some(link),
            Err(fault) => attached.fail(fault.into()),
        }
        attached
    }

    /// Sends the header and waits until the job is ready, so that the time it takes to start isn't that of its first
    /// record.
    pub fn wait_until_ready(&mut self) {
        let Some(link) = &mut self.link else { return };
        if std::mem::replace(&mut self.is_ready, true) {
            return;
        }
        if let Err(stop) = link.begin(self.wire.header.as_bytes(), &self.control) {
            self.is_ready = false;
            self.fail(stop);
        }
    }

    /// Sends a chunk's records, which are at most as many as a job can be expected to read before its answers are read.
    fn exchange(&mut self, records: &[R], decisions: &mut Vec<u32>) -> Result<(), Stop> {
        let Some(link) = &mut self.link else { return Ok(()) };
        self.lines.clear();
        for record in records {
            (self.wire.line)(record, &self.wire.keys, &mut self.lines);
            self.lines.push(b'\n');
        }
        let (sent, mut answered) = (records.len(), 0);
        let mut hear = |line: &[u8]| {
            // A link is trusted with bytes, and not with how many answers there are.
            if answered == sent {
                return Err(LinkFault::Unasked(quoted(line)));
            }
            decisions.push(decision(line)?);
            answered += 1;
            Ok(())
        };
        let exchanged = link.exchange(&self.lines, sent, &self.control, &mut hear);
        self.answered += answered as u64;
        exchanged?;
        if answered < sent { Err(LinkFault::Miscounted { sent, answered }.into()) } else { Ok(()) }
    }

    /// Why there are no more decisions, if that is so.
    fn failed(&self) -> Option<JobError> {
        self.control.failure().map(|error| JobError {
            record: error.record.unwrap_or(0),
            message: error.to_string(),
            hint: error.hint().map(str::to_owned),
        })
    }

    fn fail(&mut self, stop: Stop) {
        self.link = None;
        let Stop::Failed { fault, last_words } = stop else { return };
        self.control.fail(LinkError {
            role: self.wire.role,
            name: self.wire.name.clone(),
            record: self.is_ready.then_some(self.answered),
            fault,
            last_words,
        });
    }
}

impl<R, L: Link> Version<R> for Attached<R, L> {
    /// After a failure there are no more decisions.
    fn push_chunk(&mut self, records: &[R], decisions: &mut Vec<u32>) {
        self.wait_until_ready();
        for chunk in records.chunks(CHUNK) {
            if let Err(stop) = self.exchange(chunk, decisions) {
                return self.fail(stop);
            }
        }
    }

    fn batching(&self) -> Batching {
        Batching::None
    }

    fn end_batch(&mut self, _: &mut Vec<u32>) {}

    fn tick(&mut self) {}

    /// Ends the input and waits for the job to end, which it must do in good order.
    fn finish(&mut self, _: &Keys) -> Result<Option<Concluded>, JobError> {
        self.wait_until_ready();
        if let Some(mut link) = self.link.take()
            && let Err(stop) = link.end(&self.control)
        {
            self.fail(stop);
        }
        self.failed().map_or(Ok(None), Err)
    }

    fn state(&mut self) -> Option<&mut dyn State> {
        None
    }

    fn take_output(&mut self) -> Option<Table> {
        None
    }

    fn serve(&mut self) -> Result<Option<Update>, JobError> {
        self.failed().map_or(Ok(None), Err)
    }
}

/// Returns the decision that a line holds.
fn decision(line: &[u8]) -> Result<u32, LinkFault> {
    let no = |why| Err(LinkFault::Answer { line: quoted(line), why });
    if let [number @ .., b'\r'] = line
        && decision(number).is_ok()
    {
        return no("ends with CR LF, where a line ends with LF");
    }
    let digits = Some(line).filter(|line| !line.is_empty() && line.iter().all(u8::is_ascii_digit));
    let number = digits.and_then(|digits| str::from_utf8(digits).ok()?.parse::<u32>().ok());
    match number {
        // That number is not a job's to give.
        Some(NO_DECISION) | None => no("is not a whole number from 0 to 4294967294"),
        Some(number) => Ok(number),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decision_is_digits_and_nothing_else() {
        for (line, number) in [("0", 0), ("17", 17), ("007", 7), ("4294967294", 4_294_967_294)] {
            assert_eq!(decision(line.as_bytes()), Ok(number));
        }
        for line in [
            "",
            " ",
            "-1",
            "+1",
            " 1",
            "1 ",
            "1.0",
            "1e3",
            "x",
            "4294967295",
            "4294967296",
            "1\0",
            "1\t",
            "\r",
        ] {
            assert!(decision(line.as_bytes()).is_err(), "{line:?}");
        }
        assert!(decision(b"\xff").is_err() && decision("\u{feff}1".as_bytes()).is_err());
        let Err(LinkFault::Answer { why, .. }) = decision(b"5\r") else { panic!("it has a CR") };
        assert!(why.contains("CR LF"), "{why}");
    }
}
