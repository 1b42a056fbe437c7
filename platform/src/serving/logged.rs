//! The records of a trial on their way into the log: each as its row stands in the file, in the order of arrival.

use std::path::Path;

use datasets::{ARRIVAL, Frozen, Keys, Line, Record, Records};
use store::log::{Entry, Kept, LogError};

use super::timeline::Timeline;
use crate::{error::Error, trial::Trial};

/// The data file of the first records.
const PREFIX: &str = "records.csv";

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

    /// Writes the first records that arrive into a folder, as a dataset like `frozen`.
    pub(crate) fn prefix(&self, frozen: &Frozen, records: u64, folder: &Path) -> Result<Frozen, Error> {
        let arrivals_ms = self.lines.arrivals_ms.as_deref();
        let mut data = Vec::new();
        if arrivals_ms.is_some() {
            data.extend_from_slice(format!("{},", ARRIVAL.name).as_bytes());
        }
        data.extend_from_slice(frozen.header::<Line>().as_bytes());
        data.push(b'\n');
        for arrival in 0..records {
            let offset = self.offset(arrival);
            if let Some(arrivals_ms) = arrivals_ms {
                data.extend_from_slice(format!("{},", arrivals_ms[offset]).as_bytes());
            }
            self.lines.records[offset].write(&self.lines.keys, &mut data);
            data.push(b'\n');
        }
        // The copies of amplified traffic stand among them as any other record.
        let mut prefix = frozen.clone().amplified(1)?;
        let manifest = &mut prefix.manifest;
        (manifest.data, manifest.records, manifest.bytes) = (PREFIX.to_owned(), records, data.len() as u64);
        manifest.blake3 = blake3::hash(&data).to_hex().to_string();
        (manifest.rejected, manifest.rejected_blake3, manifest.optimum) = (None, None, None);
        manifest.rejected_reasons.clear();
        let path = folder.join(PREFIX);
        std::fs::write(&path, &data).map_err(|cause| Error::System {
            action: "write the records so far to",
            path,
            cause,
        })?;
        folder.clone_into(&mut prefix.dir);
        Ok(prefix)
    }

    /// Where in the dataset the record stands that arrives as the `arrival`-th.
    fn offset(&self, arrival: u64) -> usize {
        self.offsets.map_or(arrival as usize, |offsets| offsets[arrival as usize] as usize)
    }

    /// Appends what comes in until the log holds `to` records.
    pub(crate) fn append(&self, log: &mut dyn Kept, to: u64) -> Result<(), LogError> {
        let keys: &Keys = &self.lines.keys;
        let text = |arrival: u64| self.lines.records[self.offset(arrival)].written(keys);
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
