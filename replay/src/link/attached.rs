//! A job behind a link that replies to each record, as a version of a streaming job.

use std::sync::Arc;

use datasets::{Keys, NO_DECISION, Table};
use stream::{Batching, Concluded, JobError, State, Update, Version};

use super::{
    Link, LinkFault, Stop, Wire,
    connection::{Connection, Place, is_echo},
};
use crate::{CHUNK, Control, link_error::quoted};

/// Makes the job behind a link a version that decides on each record. Its first failure stops the replay through
/// [`Control::fail`].
#[derive(Debug)]
pub struct Attached<R, L> {
    connection: Connection<R, L>,
    answered: u64,
    /// So many records are sent before their answers are read.
    window: usize,
}

impl<R, L: Link> Attached<R, L> {
    /// Attaches the job that was `started`, if it was. It may still be loading: [`Attached::wait_until_ready`].
    pub fn new(wire: &Arc<Wire<R>>, control: &Arc<Control>, started: Result<L, LinkFault>) -> Self {
        let mut attached = Self { connection: Connection::new(wire, control), answered: 0, window: CHUNK };
        match started {
            Ok(link) => attached.connection.link = Some(link),
            Err(fault) => attached.fail(fault.into()),
        }
        attached
    }

    /// Sends at most so many records before it reads their answers; more than [`CHUNK`] are never sent.
    #[must_use]
    pub fn within(mut self, window: usize) -> Self {
        self.window = window.clamp(1, CHUNK);
        self
    }

    /// Sends the header and waits until the job is ready, so that the time it takes to start isn't that of its first
    /// record.
    pub fn wait_until_ready(&mut self) {
        if self.connection.is_ready() {
            return;
        }
        let expected = self.connection.wire.first_line();
        if let Err(stop) = self.connection.begin(&mut |line| is_echo(line, &expected)) {
            self.fail(stop);
        }
    }

    /// Sends records, which are at most as many as a job can be expected to read before its answers are read.
    fn exchange(&mut self, records: &[R], decisions: &mut Vec<u32>) -> Result<(), Stop> {
        let Connection { wire, control, link: Some(link), lines, .. } = &mut self.connection else {
            return Ok(());
        };
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
        let exchanged = link.exchange(lines.of(records, wire), sent, control, &mut hear);
        self.answered += answered as u64;
        exchanged?;
        if answered < sent { Err(LinkFault::Miscounted { sent, answered }.into()) } else { Ok(()) }
    }

    fn fail(&mut self, stop: Stop) {
        let record = Some(self.answered);
        self.connection.fail(stop, |_| Place { record, emits: false });
    }
}

impl<R, L: Link> Version<R> for Attached<R, L> {
    /// After a failure there are no more decisions.
    fn push_chunk(&mut self, records: &[R], decisions: &mut Vec<u32>) {
        self.wait_until_ready();
        for window in records.chunks(self.window) {
            if let Err(stop) = self.exchange(window, decisions) {
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
        if let Some(mut link) = self.connection.link.take() {
            let unasked = &mut |line: &[u8], _| Err(LinkFault::Unasked(quoted(line)));
            if let Err(stop) = link.end(&self.connection.control, unasked) {
                self.fail(stop);
            }
        }
        self.connection.failed().map_or(Ok(None), Err)
    }

    fn state(&mut self) -> Option<&mut dyn State> {
        None
    }

    fn take_output(&mut self) -> Option<Table> {
        None
    }

    fn serve(&mut self) -> Result<Option<Update>, JobError> {
        self.connection.failed().map_or(Ok(None), Err)
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
