//! A sink elsewhere, in memory: a table with transactions, whose answers can get lost.

use std::sync::{Arc, Mutex};

use csv::ByteRecord;
use replay::recovery::{Epoch, Held, Keeps, Sink, SinkColumn, SinkError, Taken};

/// A mishap of a transaction, once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mishap {
    /// It is committed, and nobody hears of it.
    Unheard,
    /// Nothing of it is.
    Undone,
}

#[derive(Default)]
struct Table {
    writer: u64,
    epochs: Vec<Held>,
    /// Rows by epoch, in the order in which they stand.
    rows: Vec<(u64, ByteRecord)>,
    mishap: Option<(u64, Mishap)>,
}

/// A handle on a table that outlives it.
#[derive(Clone)]
pub(crate) struct Fake {
    there: Arc<Mutex<Table>>,
    key: Vec<usize>,
    keeps: Keeps,
}

impl Fake {
    pub(crate) fn new(columns: &[SinkColumn], keeps: Keeps) -> Self {
        let key = columns.iter().enumerate().filter(|(_, column)| column.is_key).map(|(at, _)| at).collect();
        Self { there: Arc::default(), key, keeps }
    }

    #[expect(clippy::needless_pass_by_value, reason = "as whoever makes a sink is given them")]
    pub(crate) fn anew(columns: Vec<SinkColumn>, keeps: Keeps) -> Box<dyn Sink> {
        Box::new(Self::new(&columns, keeps))
    }

    /// Changes the first row, as somebody else might.
    pub(crate) fn change(&self) {
        let rows = &mut self.there.lock().unwrap().rows;
        let changed = rows[0].1.iter().rev().collect();
        rows[0].1 = changed;
    }

    /// Has the transaction of epoch `number` go wrong.
    pub(crate) fn plan(&self, number: u64, mishap: Mishap) {
        self.there.lock().unwrap().mishap = Some((number, mishap));
    }
}

impl Sink for Fake {
    fn take_over(&mut self) -> Result<Taken, SinkError> {
        let mut there = self.there.lock().unwrap();
        there.writer += 1;
        Ok(Taken { writer: there.writer, epochs: there.epochs.clone(), keeps: self.keeps })
    }

    fn deliver(&mut self, writer: u64, epoch: &Epoch<'_>) -> Result<(), SinkError> {
        let mut there = self.there.lock().unwrap();
        if writer != there.writer {
            return Err(SinkError::Fenced);
        }
        if epoch.number < there.epochs.len() as u64 {
            return Ok(());
        }
        assert_eq!(epoch.number, there.epochs.len() as u64, "no epoch is left out");
        let mishap = there.mishap.take_if(|(number, _)| *number == epoch.number).map(|(_, mishap)| mishap);
        if mishap != Some(Mishap::Undone) {
            there.epochs.push(Held { rows: epoch.rows.len() as u64, hash: epoch.hash });
            for row in epoch.rows {
                if self.keeps == Keeps::Newest {
                    there.rows.retain(|(_, old)| self.key.iter().any(|&at| old[at] != row[at]));
                }
                there.rows.push((epoch.number, row.clone()));
            }
        }
        match mishap {
            Some(mishap) => Err(SinkError::Failed(format!("{mishap:?}"))),
            None => Ok(()),
        }
    }

    fn cut(&mut self, writer: u64, from: u64) -> Result<(), SinkError> {
        let mut there = self.there.lock().unwrap();
        if writer != there.writer {
            return Err(SinkError::Fenced);
        }
        if from > 0 && self.keeps == Keeps::Newest {
            return Err(SinkError::Damaged("older rows are gone".to_owned()));
        }
        there.epochs.truncate(from as usize);
        there.rows.retain(|(epoch, _)| *epoch < from);
        Ok(())
    }

    fn read(&mut self, take: &mut dyn FnMut(u64, &ByteRecord)) -> Result<(), SinkError> {
        self.there.lock().unwrap().rows.iter().for_each(|(epoch, row)| take(*epoch, row));
        Ok(())
    }

    fn remove(&mut self) -> Result<(), SinkError> {
        *self.there.lock().unwrap() = Table::default();
        Ok(())
    }
}
