//! The last step: firings become the answer.

use datasets::{Cells, Keys, Table, TableColumn};
use serde::{Deserialize, Serialize};

use super::Firing;
use crate::{Context, Settling, Sink, runtime::codec, settling::last_emission};

/// Everything that was emitted and not taken, and when.
#[derive(Debug, Clone, Default)]
pub struct Firings {
    settling: Settling,
    rows: Rows,
    /// Says how many rows were taken before these.
    taken: u64,
    /// Says how many rows, those that were taken among them, had been emitted when it was saved last.
    saved: u64,
}

/// Firings by columns, so that they become a table as they are.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Rows {
    record: Vec<i64>,
    batch: Vec<i64>,
    watermark_ms: Vec<Option<i64>>,
    start_ms: Vec<i64>,
    end_ms: Vec<i64>,
    key: Vec<u32>,
    count: Vec<i64>,
    sum: Vec<i128>,
    min: Vec<i64>,
    max: Vec<i64>,
}

impl Rows {
    fn len(&self) -> usize {
        self.key.len()
    }

    /// The rows of the answer, sorted by start, end and the key's bytes; of each window and key the last firing.
    ///
    /// Keys and windows are few and known, so two passes of counting sort do: by key, then by window.
    fn settled(&self, settling: Settling, keys: &Keys) -> Vec<u32> {
        let ranks = keys.ranks();
        let (window_of, windows) = self.windows();
        let from = match settling {
            Settling::LastOfEach | Settling::Withdrawing => 0,
            Settling::LastEmission => last_emission(&self.record, &self.batch),
        };
        let rows = from as u32..self.len() as u32;
        let by_key = counting_sort(rows, ranks.len(), |row| ranks[self.key[row as usize] as usize]);
        let sorted = counting_sort(by_key.into_iter(), windows, |row| window_of[row as usize]);
        let name = |row: &u32| (window_of[*row as usize], self.key[*row as usize]);
        let is_last = |i: usize| sorted.get(i + 1).is_none_or(|next| name(next) != name(&sorted[i]));
        let mut last: Vec<u32> = (0..sorted.len()).filter(|&i| is_last(i)).map(|i| sorted[i]).collect();
        if settling == Settling::Withdrawing {
            last.retain(|&row| self.count[row as usize] > 0);
        }
        last
    }

    /// For each row the number of its window in the order of start and end, and how many windows there are.
    fn windows(&self) -> (Vec<u32>, usize) {
        let bounds = || self.start_ms.iter().copied().zip(self.end_ms.iter().copied());
        let mut windows: Vec<(i64, i64)> = Vec::new();
        for bounds in bounds() {
            // Windows fire whole, so most rows are of the window of the row before.
            if windows.last() != Some(&bounds) {
                windows.push(bounds);
            }
        }
        windows.sort_unstable();
        windows.dedup();
        let mut last = (0, windows.first().copied());
        let number = |bounds: (i64, i64)| {
            if last.1 != Some(bounds) {
                last = (windows.partition_point(|window| *window < bounds) as u32, Some(bounds));
            }
            last.0
        };
        (bounds().map(number).collect(), windows.len())
    }

    fn answer(&self, rows: &[u32]) -> Table {
        fn pick<T: Copy>(column: &[T], rows: &[u32]) -> Vec<T> {
            rows.iter().map(|&row| column[row as usize]).collect()
        }
        Table::new(
            3,
            vec![
                TableColumn::new("window_start_ms", Cells::Int(pick(&self.start_ms, rows))),
                TableColumn::new("window_end_ms", Cells::Int(pick(&self.end_ms, rows))),
                TableColumn::new("key", Cells::Text(pick(&self.key, rows))),
                TableColumn::new("count", Cells::Int(pick(&self.count, rows))),
                TableColumn::new("sum", Cells::Wide(pick(&self.sum, rows))),
                TableColumn::new("min", Cells::Int(pick(&self.min, rows))),
                TableColumn::new("max", Cells::Int(pick(&self.max, rows))),
            ],
        )
    }

    /// The rows in the order in which they were emitted.
    fn into_table(self) -> Table {
        Table::new(
            1,
            vec![
                TableColumn::new("record", Cells::Int(self.record)),
                TableColumn::new("batch", Cells::Int(self.batch)),
                TableColumn::new("watermark_ms", Cells::Maybe(self.watermark_ms)),
                TableColumn::new("window_start_ms", Cells::Int(self.start_ms)),
                TableColumn::new("window_end_ms", Cells::Int(self.end_ms)),
                TableColumn::new("key", Cells::Text(self.key)),
                TableColumn::new("count", Cells::Int(self.count)),
                TableColumn::new("sum", Cells::Wide(self.sum)),
                TableColumn::new("min", Cells::Int(self.min)),
                TableColumn::new("max", Cells::Int(self.max)),
            ],
        )
    }

    /// Appends the rows from `at` on to `out`.
    fn save_from(&self, at: usize, out: &mut Vec<u8>) {
        let whens = (&self.record[at..], &self.batch[at..], &self.watermark_ms[at..]);
        let names = (&self.start_ms[at..], &self.end_ms[at..], &self.key[at..]);
        let results = (&self.count[at..], &self.sum[at..], &self.min[at..], &self.max[at..]);
        codec::save(&(whens, names, results), out);
    }

    /// Takes rows from the front of `bytes`.
    fn read(bytes: &mut &[u8]) -> Result<Self, String> {
        let rows: Self = codec::restore("firings", bytes)?;
        if rows.is_whole() {
            return Ok(rows);
        }
        Err("the saved state of firings can't be right: its columns differ in length".to_owned())
    }

    /// Forgets this many of the first rows.
    fn forget(&mut self, rows: usize) {
        self.record.drain(..rows);
        self.batch.drain(..rows);
        self.watermark_ms.drain(..rows);
        self.start_ms.drain(..rows);
        self.end_ms.drain(..rows);
        self.key.drain(..rows);
        self.count.drain(..rows);
        self.sum.drain(..rows);
        self.min.drain(..rows);
        self.max.drain(..rows);
    }

    fn append(&mut self, mut other: Self) {
        self.record.append(&mut other.record);
        self.batch.append(&mut other.batch);
        self.watermark_ms.append(&mut other.watermark_ms);
        self.start_ms.append(&mut other.start_ms);
        self.end_ms.append(&mut other.end_ms);
        self.key.append(&mut other.key);
        self.count.append(&mut other.count);
        self.sum.append(&mut other.sum);
        self.min.append(&mut other.min);
        self.max.append(&mut other.max);
    }

    fn is_whole(&self) -> bool {
        let lengths = [
            self.record.len(),
            self.batch.len(),
            self.watermark_ms.len(),
            self.start_ms.len(),
            self.end_ms.len(),
            self.count.len(),
            self.sum.len(),
            self.min.len(),
            self.max.len(),
        ];
        lengths.iter().all(|&length| length == self.len())
    }
}

impl Firings {
    /// Nothing yet; `settling`: how the answer follows.
    pub fn new(settling: Settling) -> Self {
        Self { settling, ..Self::default() }
    }

    /// Rows emitted so far, with those that were taken.
    fn total(&self) -> u64 {
        self.taken.saturating_add(self.rows.len() as u64)
    }

    fn take_rows(&mut self) -> Rows {
        self.taken = self.total();
        std::mem::take(&mut self.rows)
    }
}

/// Sorts `rows` by their bucket, one of `buckets`; those of one bucket stay in their order.
fn counting_sort(
    rows: impl ExactSizeIterator<Item = u32> + Clone,
    buckets: usize,
    bucket_of: impl Fn(u32) -> u32,
) -> Vec<u32> {
    let mut ends = vec![0_u32; buckets + 1];
    for row in rows.clone() {
        ends[bucket_of(row) as usize + 1] += 1;
    }
    for bucket in 0..buckets {
        ends[bucket + 1] += ends[bucket];
    }
    let mut sorted = vec![0; rows.len()];
    for row in rows {
        let next = &mut ends[bucket_of(row) as usize];
        sorted[*next as usize] = row;
        *next += 1;
    }
    sorted
}

impl Sink<Firing> for Firings {
    #[inline]
    fn take(&mut self, firing: Firing, context: &Context) {
        let rows = &mut self.rows;
        rows.record.push(context.record.cast_signed());
        rows.batch.push(context.batch.cast_signed());
        rows.watermark_ms.push(context.watermark_ms());
        rows.start_ms.push(firing.start_ms);
        rows.end_ms.push(firing.end_ms);
        rows.key.push(firing.key);
        rows.count.push(firing.count.cast_signed());
        rows.sum.push(firing.sum);
        rows.min.push(firing.min);
        rows.max.push(firing.max);
    }

    fn finish(&mut self, keys: &Keys) -> (Table, Option<Table>) {
        let rows = self.take_rows();
        let answer = rows.answer(&rows.settled(self.settling, keys));
        (answer, Some(rows.into_table()))
    }

    fn settling(&self) -> Settling {
        self.settling
    }

    fn emitted(&self) -> u64 {
        self.total()
    }

    fn save(&self, out: &mut Vec<u8>) {
        codec::save(&self.taken, out);
        self.rows.save_from(0, out);
    }

    fn restore(&mut self, bytes: &mut &[u8]) -> Result<(), String> {
        self.taken = codec::restore("firings", bytes)?;
        self.rows = Rows::read(bytes)?;
        Ok(())
    }

    fn mark_saved(&mut self) {
        self.saved = self.total();
    }

    fn changes(&mut self, out: &mut Vec<u8>) {
        // Those that were emitted and taken since are nobody's any more.
        let known = self.saved.saturating_sub(self.taken) as usize;
        codec::save(&self.taken, out);
        self.rows.save_from(known, out);
        self.mark_saved();
    }

    fn apply(&mut self, bytes: &mut &[u8]) -> Result<(), String> {
        let taken: u64 = codec::restore("firings", bytes)?;
        let gone = taken.saturating_sub(self.taken).min(self.rows.len() as u64);
        self.rows.forget(gone as usize);
        self.taken = taken;
        self.rows.append(Rows::read(bytes)?);
        self.mark_saved();
        Ok(())
    }

    fn take_output(&mut self) -> Option<Table> {
        Some(self.take_rows().into_table())
    }

    fn serve(&mut self) -> Table {
        self.take_rows().into_table()
    }
}
