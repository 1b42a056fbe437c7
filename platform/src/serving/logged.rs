//! The records of a trial on their way into the log: each as its row stands in the file, in the order of arrival.

use datasets::{Keys, Line, Record, Records};
use store::log::{Append, Entry, Log, LogError};

use super::timeline::Timeline;
use crate::{error::Error, trial::Trial};

/// Rows that are to be appended, in the order of arrival.
pub(crate) struct Arrivals<'a> {
    lines: Records<Line>,
    /// For each arrival its offset in the dataset; `None`: the same.
    offsets: Option<&'a [u32]>,
    timeline: &'a Timeline,
}

impl<'a> Arrivals<'a> {
    pub(crate) fn of<R: Record>(trial: &'a Trial<'a, R>, timeline: &'a Timeline) -> Result<Self, Error> {
        let lines = trial.frozen.load::<Line>()?;
        Ok(Self { lines, offsets: trial.arranged.offsets.as_deref(), timeline })
    }

    /// Appends what comes in until the log holds `to` records.
    pub(crate) fn append(&self, log: &mut Log, to: u64) -> Result<(), LogError> {
        let keys: &Keys = &self.lines.keys;
        let text = |arrival: u64| {
            let offset = self.offsets.map_or(arrival as usize, |offsets| offsets[arrival as usize] as usize);
            self.lines.records[offset].written(keys)
        };
        let arrivals = log.end()..to;
        let texts: Vec<_> = arrivals.clone().map(text).collect();
        let entry = |(arrival, text)| Entry { time_ms: self.timeline.at(arrival + 1), payload: text };
        let entries: Vec<Entry<'_>> = arrivals.zip(texts.iter().map(AsRef::as_ref)).map(entry).collect();
        if entries.is_empty() {
            return Ok(());
        }
        log.append(&entries).map(|_| ())
    }
}
