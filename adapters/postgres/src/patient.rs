//! A sink over transactions of which some are lost: what nobody heard of is done again, and finds itself done.

use std::{
    thread,
    time::{Duration, Instant},
};

use csv::ByteRecord;
use replay::recovery::{Epoch, Sink, SinkError, Taken};

use crate::trouble::Trouble;

/// How long a server may be away.
const PATIENCE: Duration = Duration::from_secs(30);
/// Between two tries: at first, and at most.
const PAUSES: [Duration; 2] = [Duration::from_millis(20), Duration::from_millis(500)];

/// A database that may have to be connected to again.
pub(crate) trait Connects: Send {
    /// Connects anew. What was not committed before is undone, sooner or later.
    fn connect(&mut self) -> Result<(), Trouble>;

    /// Returns where it is, in words.
    fn address(&self) -> &str;
}

/// The transactions that a database does for a run, each in one transaction that may be tried again.
pub(crate) trait Transactions: Connects {
    /// Makes what isn't there, becomes its only writer, and says what it holds.
    fn take_over(&mut self) -> Result<Taken, Trouble>;

    /// Writes an epoch's rows and its number, unless that is there.
    fn deliver(&mut self, writer: u64, epoch: &Epoch<'_>) -> Result<(), Trouble>;

    /// Takes out all epochs.
    fn empty(&mut self, writer: u64) -> Result<(), Trouble>;

    /// Reads all rows.
    fn rows(&mut self) -> Result<Vec<(u64, ByteRecord)>, Trouble>;

    /// Removes what was made, if this run has made it.
    fn remove(&mut self) -> Result<(), Trouble>;
}

/// A database that is waited for while it is away.
pub(crate) struct Patient<D> {
    /// The database, or why there can be none.
    database: Result<D, SinkError>,
    is_connected: bool,
    patience: Duration,
}

impl<D: Connects> Patient<D> {
    pub(crate) fn new(database: Result<D, SinkError>) -> Self {
        Self { database, is_connected: false, patience: PATIENCE }
    }

    /// Connects anew before what is next.
    pub(crate) fn reconnect(&mut self) {
        self.is_connected = false;
    }

    /// Does it until it is done, or known to be impossible, or the server has been away for too long.
    pub(crate) fn patiently<T>(
        &mut self,
        mut work: impl FnMut(&mut D) -> Result<T, Trouble>,
    ) -> Result<T, SinkError> {
        let database = self.database.as_mut().map_err(|error| error.clone())?;
        let (mut pause, since) = (PAUSES[0], Instant::now());
        // A transaction that took longer than that is tried again all the same, once.
        let mut is_again = false;
        loop {
            let connected = if self.is_connected { Ok(()) } else { database.connect() };
            let is_there = connected.is_ok();
            let done = connected.and_then(|()| work(database));
            self.is_connected = is_there && !matches!(done, Err(Trouble::Lost(_)));
            let why = match done {
                Ok(done) => return Ok(done),
                Err(Trouble::Final(error)) => return Err(error),
                Err(Trouble::Lost(why)) => why,
            };
            if is_again && since.elapsed() >= self.patience {
                let (address, patience) = (database.address(), self.patience.as_secs());
                // Who lets itself be connected to isn't away: somebody may hold a lock.
                let was = if is_there { "was asked in vain" } else { "was away" };
                return Err(SinkError::Failed(format!("{address} {was} for {patience} s: {why}")));
            }
            is_again = true;
            thread::sleep(pause);
            pause = (pause * 2).min(PAUSES[1]);
        }
    }
}

impl<D: Connects> Patient<D> {
    /// Does it over a connection of its own, or says at once why not.
    pub(crate) fn once<T>(
        &mut self,
        work: impl FnOnce(&mut D) -> Result<T, Trouble>,
    ) -> Result<T, SinkError> {
        let database = self.database.as_mut().map_err(|error| error.clone())?;
        let done = database.connect().and_then(|()| work(database));
        self.is_connected = done.is_ok();
        done.map_err(|trouble| match trouble {
            Trouble::Lost(why) => SinkError::Failed(why),
            Trouble::Final(error) => error,
        })
    }
}

impl<D: Transactions> Sink for Patient<D> {
    fn take_over(&mut self) -> Result<Taken, SinkError> {
        // An incarnation has its own connection.
        self.reconnect();
        self.patiently(D::take_over)
    }

    fn deliver(&mut self, writer: u64, epoch: &Epoch<'_>) -> Result<(), SinkError> {
        self.patiently(|database| database.deliver(writer, epoch))
    }

    fn cut(&mut self, writer: u64, from: u64) -> Result<(), SinkError> {
        if from > 0 {
            let what = format!(
                "it is ahead of what was committed, and rows before its epoch {from} are overwritten"
            );
            return Err(SinkError::Damaged(what));
        }
        self.patiently(|database| database.empty(writer))
    }

    fn read(&mut self, take: &mut dyn FnMut(u64, &ByteRecord)) -> Result<(), SinkError> {
        let rows = self.patiently(D::rows)?;
        for (epoch, row) in &rows {
            take(*epoch, row);
        }
        Ok(())
    }

    fn remove(&mut self) -> Result<(), SinkError> {
        self.patiently(D::remove)
    }
}

#[cfg(test)]
mod tests {
    use replay::recovery::{Held, Keeps};

    use super::*;

    /// A mishap of the next transaction.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    enum Mishap {
        /// It is committed, and nobody hears of it.
        Unheard,
        /// Nothing of it is.
        Undone,
        /// Nor can anybody connect for a while.
        Away,
        /// Another writer takes over after the commit of which nobody hears.
        Fenced,
    }

    /// A database in memory whose transactions are atomic, and whose answers get lost.
    #[derive(Default)]
    struct Fake {
        writer: u64,
        epochs: Vec<Held>,
        rows: Vec<(u64, ByteRecord)>,
        mishaps: Vec<Mishap>,
        is_connected: bool,
        connections: u32,
        /// How long each connection takes, and whether there is none in the end.
        connecting: Duration,
        is_away: bool,
    }

    impl Fake {
        /// Does `work` as a transaction, with the mishap that is next.
        fn transaction<T>(
            &mut self,
            work: impl FnOnce(&mut Self) -> Result<T, Trouble>,
        ) -> Result<T, Trouble> {
            assert!(self.is_connected, "a lost connection is not used again");
            let mishap = self.mishaps.pop();
            if matches!(mishap, Some(Mishap::Undone | Mishap::Away)) {
                self.is_connected = false;
                self.mishaps.extend(mishap.filter(|of| *of == Mishap::Away).map(|_| Mishap::Undone));
                return Err(Trouble::Lost(format!("{mishap:?}")));
            }
            let done = work(self);
            if mishap.is_some() {
                self.writer += u64::from(mishap == Some(Mishap::Fenced));
                self.is_connected = false;
                return Err(Trouble::Lost(format!("{mishap:?}")));
            }
            done
        }
    }

    impl Connects for Fake {
        fn connect(&mut self) -> Result<(), Trouble> {
            self.connections += 1;
            thread::sleep(self.connecting);
            self.is_connected = !self.is_away;
            if self.is_away { Err(Trouble::Lost("nobody answers".to_owned())) } else { Ok(()) }
        }

        fn address(&self) -> &'static str {
            "the fake"
        }
    }

    impl Transactions for Fake {
        fn take_over(&mut self) -> Result<Taken, Trouble> {
            self.transaction(|all| {
                all.writer += 1;
                Ok(Taken { writer: all.writer, epochs: all.epochs.clone(), keeps: Keeps::All })
            })
        }

        fn deliver(&mut self, writer: u64, epoch: &Epoch<'_>) -> Result<(), Trouble> {
            self.transaction(|all| {
                if writer != all.writer {
                    return Err(SinkError::Fenced.into());
                }
                if (all.epochs.len() as u64) == epoch.number {
                    all.epochs.push(Held { rows: epoch.rows.len() as u64, hash: epoch.hash });
                    all.rows.extend(epoch.rows.iter().map(|row| (epoch.number, row.clone())));
                }
                Ok(())
            })
        }

        fn empty(&mut self, _: u64) -> Result<(), Trouble> {
            self.transaction(|all| {
                all.epochs.clear();
                all.rows.clear();
                Ok(())
            })
        }

        fn rows(&mut self) -> Result<Vec<(u64, ByteRecord)>, Trouble> {
            self.transaction(|all| Ok(all.rows.clone()))
        }

        fn remove(&mut self) -> Result<(), Trouble> {
            self.empty(0)
        }
    }

    /// Delivers three epochs and reads them back, with these mishaps on the way.
    fn delivered(mishaps: &[Mishap], patience: Duration) -> Result<(Vec<String>, u32), SinkError> {
        let mut sink = Patient { patience, ..Patient::new(Ok(Fake::default())) };
        let writer = sink.take_over()?.writer;
        sink.database.as_mut().expect("it is there").mishaps = mishaps.iter().rev().copied().collect();
        for number in 0..3 {
            let rows = [
                vec![number.to_string(), "a".to_owned()].into(),
                vec![number.to_string(), "b".to_owned()].into(),
            ];
            sink.deliver(writer, &Epoch { number, rows: &rows, hash: [number as u8; 32] })?;
        }
        let mut all = Vec::new();
        sink.read(&mut |epoch, row| {
            all.push(format!(
                "{epoch}:{}",
                row.iter().map(<[u8]>::escape_ascii).map(|field| field.to_string()).collect::<String>()
            ));
        })?;
        Ok((all, sink.database.as_ref().expect("it is there").connections))
    }

    #[test]
    fn what_nobody_heard_of_is_there_once() {
        let (without, connections) = delivered(&[], PATIENCE).expect("nothing goes wrong");
        assert_eq!((without.len(), connections), (6, 1));
        for mishaps in [
            &[Mishap::Unheard][..],
            &[Mishap::Undone],
            &[Mishap::Unheard, Mishap::Undone, Mishap::Unheard],
            &[Mishap::Away, Mishap::Unheard],
        ] {
            let (with, connections) = delivered(mishaps, PATIENCE).expect("it comes back");
            assert_eq!(with, without, "{mishaps:?}");
            assert!(connections > mishaps.len() as u32, "{mishaps:?}");
        }
    }

    #[test]
    fn who_was_taken_over_from_meanwhile_is_refused() {
        assert_eq!(delivered(&[Mishap::Fenced], PATIENCE), Err(SinkError::Fenced));
    }

    #[test]
    fn patience_has_an_end() {
        let why = delivered(&[Mishap::Undone; 50], Duration::from_millis(60)).expect_err("it stays away");
        let in_vain = "the fake was asked in vain for 0 s: Some(Undone)";
        assert!(matches!(&why, SinkError::Failed(what) if what == in_vain), "{why}");
    }

    fn away(patience: Duration, connecting: Duration) -> Patient<Fake> {
        let fake = Fake { is_away: true, connecting, ..Fake::default() };
        Patient { patience, ..Patient::new(Ok(fake)) }
    }

    #[test]
    fn what_the_first_attempt_takes_is_of_the_patience() {
        let mut sink = away(Duration::from_millis(20), Duration::from_millis(25));
        let why = sink.take_over().expect_err("nobody answers");
        assert_eq!(why, SinkError::Failed("the fake was away for 0 s: nobody answers".to_owned()));
        assert_eq!(sink.database.expect("it is there").connections, 2);
    }

    #[test]
    fn once_is_once() {
        let mut sink = away(PATIENCE, Duration::ZERO);
        let why = sink.once(Fake::rows).expect_err("nobody answers");
        assert_eq!(why, SinkError::Failed("nobody answers".to_owned()));
        assert_eq!(sink.database.as_ref().expect("it is there").connections, 1);
        // The connection that there was is of no use.
        let fake = Fake { mishaps: vec![Mishap::Undone], ..Fake::default() };
        let mut sink = Patient::new(Ok(fake));
        sink.is_connected = true;
        assert_eq!(sink.once(Fake::rows), Err(SinkError::Failed("Some(Undone)".to_owned())));
        assert_eq!(sink.once(Fake::rows), Ok(Vec::new()));
        assert_eq!(sink.database.expect("it is there").connections, 2);
    }
}
