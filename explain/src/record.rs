//! Records of every problem in one shape, with what a rule may ask of each.

use datasets::{Delivery, Event, Keys, Side, Sided};

/// A record, and where it stood among the others when it came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Record {
    /// When it happened.
    pub(crate) time_ms: i64,
    /// Its value.
    pub(crate) value: i64,
    /// Says through which partition it came; 0 where the dataset doesn't say.
    pub(crate) partition: u32,
    /// Which side of a join it is on.
    pub(crate) side: Side,
    /// Says that no record before it has its identity: of a delivery its id, else all that it holds.
    pub(crate) is_first: bool,
    /// Where the record before it with its identity stands among all; its own place if there is none.
    pub(crate) before: u32,
    /// Says that no record behind it has its identity.
    pub(crate) is_last: bool,
    /// The largest event time before it; [`NEVER`] before the first record.
    pub(crate) newest: Newest,
}

/// Before any time that a dataset can hold.
pub(crate) const NEVER: i64 = i64::MIN;

/// How far event time had come when a record was judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Newest {
    /// By all records before it.
    pub(crate) record_before: i64,
    /// By the records of the micro-batches before its own.
    pub(crate) batch_before: i64,
    /// By those of the micro-batches before the one before its own.
    pub(crate) batch_before_last: i64,
}

/// A dataset's records in the order in which they came, each with its key.
#[derive(Debug)]
pub(crate) struct Records {
    /// Those of one key together, as a range of `all`, with the key's number.
    pub(crate) groups: Vec<(u32, std::ops::Range<usize>)>,
    pub(crate) all: Vec<Record>,
    /// The smallest event time of all.
    pub(crate) oldest: i64,
    /// How many partitions the dataset names.
    pub(crate) partitions: u32,
}

/// Reads the records of a problem.
pub(crate) trait Reads: Copy {
    fn key(self) -> u32;
    /// Everything but where it stands among others.
    fn record(self) -> Record;
    /// Makes equal what is to count once.
    fn identity(self) -> (u32, i64, i64, u32);
}

fn record(time_ms: i64, value: i64, partition: u32, side: Side) -> Record {
    let newest = Newest { record_before: NEVER, batch_before: NEVER, batch_before_last: NEVER };
    Record { time_ms, value, partition, side, is_first: true, before: 0, is_last: true, newest }
}

impl Reads for Event {
    fn key(self) -> u32 {
        self.key
    }

    fn record(self) -> Record {
        record(self.time_ms, self.value, self.partition, Side::Left)
    }

    fn identity(self) -> (u32, i64, i64, u32) {
        (self.key, self.time_ms, self.value, 0)
    }
}

impl Reads for Delivery {
    fn key(self) -> u32 {
        self.key
    }

    fn record(self) -> Record {
        record(self.time_ms, self.value, 0, Side::Left)
    }

    fn identity(self) -> (u32, i64, i64, u32) {
        (self.id, 0, 0, 0)
    }
}

impl Reads for Sided {
    fn key(self) -> u32 {
        self.key
    }

    fn record(self) -> Record {
        record(self.time_ms, self.value, 0, self.side)
    }

    fn identity(self) -> (u32, i64, i64, u32) {
        (self.key, self.time_ms, self.value, self.side as u32)
    }
}

impl Records {
    /// Deals the records out by key. `batch_ends` are the numbers of records before which micro-batches end.
    pub(crate) fn of<R: Reads>(records: &[R], batch_ends: &[usize], keys: &Keys) -> Self {
        let most = records.iter().map(|record| record.key() as usize + 1).max().unwrap_or(0);
        let mut counts = vec![0_usize; most.max(keys.len())];
        for record in records {
            counts[record.key() as usize] += 1;
        }
        let mut next = 0;
        let mut groups = Vec::new();
        for (key, count) in counts.iter_mut().enumerate().filter(|(_, count)| **count > 0) {
            groups.push((key as u32, next..next + *count));
            next += std::mem::replace(count, next);
        }
        let mut all = vec![record(0, 0, 0, Side::Left); records.len()];
        let mut seen = foldhash::HashMap::default();
        let mut clock = Clock::new(batch_ends);
        let (mut oldest, mut partitions) = (i64::MAX, 0);
        for (at, &read) in records.iter().enumerate() {
            let place = &mut counts[read.key() as usize];
            let mut record = read.record();
            record.newest = clock.tick(at, record.time_ms);
            record.before = *place as u32;
            if let Some(before) = seen.insert(read.identity(), *place) {
                record.is_first = false;
                record.before = before as u32;
                let before: &mut Record = &mut all[before];
                before.is_last = false;
            }
            oldest = oldest.min(record.time_ms);
            partitions = partitions.max(record.partition.saturating_add(1));
            all[*place] = record;
            *place += 1;
        }
        Self { groups, all, oldest, partitions }
    }
}

/// Follows event time through the records.
struct Clock<'a> {
    newest: Newest,
    batch_ends: &'a [usize],
}

impl<'a> Clock<'a> {
    fn new(batch_ends: &'a [usize]) -> Self {
        let newest = Newest { record_before: NEVER, batch_before: NEVER, batch_before_last: NEVER };
        Self { newest, batch_ends }
    }

    /// Returns how far event time had come before this record.
    fn tick(&mut self, at: usize, time_ms: i64) -> Newest {
        while let [end, rest @ ..] = self.batch_ends
            && *end <= at
        {
            self.newest.batch_before_last = self.newest.batch_before;
            self.newest.batch_before = self.newest.record_before;
            self.batch_ends = rest;
        }
        let before = self.newest;
        self.newest.record_before = self.newest.record_before.max(time_ms);
        before
    }
}
