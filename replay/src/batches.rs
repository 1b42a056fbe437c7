//! Where micro-batches end.

use std::fmt;

use stream::{Batching, Trigger, Version};

use crate::Schedule;

/// The edges of a replay's micro-batches.
///
/// Those of [`Trigger::Eager`] in a paced replay depend on how fast the job is, so they are found on the way; all others
/// are fixed before the first record is fed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edges {
    ends: Ends,
    records: usize,
    /// A batch has at most this many records: the rate limit of the source.
    most: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Ends {
    Every(usize),
    /// The counts of records at which batches end, ascending; those of them behind which an interval had no records; and
    /// the interval between two triggers.
    At {
        ends: Vec<usize>,
        idle: Vec<usize>,
        length_ns: u64,
    },
    Once,
    /// As soon as the job is ready; where nothing is ever due, everything has arrived.
    Eager,
}

/// Why a trigger has no edges.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoDueTimes;

impl fmt::Display for NoDueTimes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a time-based trigger needs arrival times: set --pace, or use a dataset with an arrival_ms column in recorded order")
    }
}

impl Edges {
    /// The edges of `trigger` over `records` records, of which a batch has `most` at most. `due` says when they are due;
    /// it is asked only by a trigger in time.
    pub fn new(
        trigger: Trigger,
        records: usize,
        most: Option<usize>,
        due: Option<&Schedule<'_>>,
    ) -> Result<Self, NoDueTimes> {
        let ends = match trigger {
            Trigger::Record => Ends::Every(1),
            Trigger::EveryRecords(n) => Ends::Every(usize::try_from(n.get()).unwrap_or(usize::MAX)),
            Trigger::EveryMs(ms) => {
                let length_ns = ms.get().saturating_mul(1_000_000);
                let (ends, idle) = in_time(due.ok_or(NoDueTimes)?, records, length_ns);
                Ends::At { ends, idle, length_ns }
            }
            Trigger::Eager => Ends::Eager,
            Trigger::Once => Ends::Once,
        };
        Ok(Self { ends, records, most: most.unwrap_or(usize::MAX).max(1) })
    }

    /// Where the batch ends that the record at `index` is in, whether or not it is the batch's first.
    pub fn end_after(&self, index: usize) -> usize {
        let (start, end) = match &self.ends {
            Ends::Every(n) => (index - index % n, (index - index % n).saturating_add(*n)),
            Ends::At { ends, .. } => {
                let next = ends.partition_point(|&end| end <= index);
                (next.checked_sub(1).map_or(0, |last| ends[last]), ends[next])
            }
            Ends::Once | Ends::Eager => (0, self.records),
        };
        // What would be too large a batch is some batches of the largest size and the rest.
        let full = (index - start) / self.most + 1;
        start.saturating_add(full.saturating_mul(self.most)).min(end).min(self.records)
    }

    /// When a batch fires whose last record is due at `last_ns`: at the end of its interval, or at once.
    pub(crate) fn fires_ns(&self, last_ns: u64) -> u64 {
        match self.ends {
            Ends::At { length_ns, .. } => (last_ns / length_ns).saturating_add(1).saturating_mul(length_ns),
            Ends::Every(_) | Ends::Once | Ends::Eager => last_ns,
        }
    }

    /// Returns whether a trigger in time came without records before the batch that begins at `index`.
    pub(crate) fn is_idle_before(&self, index: usize) -> bool {
        match &self.ends {
            Ends::At { idle, .. } => idle.binary_search(&index).is_ok(),
            Ends::Every(_) | Ends::Once | Ends::Eager => false,
        }
    }

    /// When the trigger comes that follows one at `fired_ns`: an interval later, or at once.
    pub(crate) fn next_ns(&self, fired_ns: u64) -> u64 {
        match self.ends {
            Ends::At { length_ns, .. } => fired_ns.saturating_add(length_ns),
            Ends::Every(_) | Ends::Once | Ends::Eager => fired_ns,
        }
    }

    /// Returns whether edges are found on the way.
    pub(crate) fn is_eager(&self) -> bool {
        matches!(self.ends, Ends::Eager)
    }

    /// The most records of a batch.
    pub(crate) fn most(&self) -> usize {
        self.most
    }
}

impl Edges {
    /// Returns how many batches there are, and for each record how long it waits for its batch to be complete: in
    /// nanoseconds of `due`, or where there is no such thing in records that come in between.
    pub fn waits(&self, due: Option<&Schedule<'_>>) -> (u64, Vec<u64>) {
        let mut schedule = due.cloned();
        let mut waits = Vec::with_capacity(self.records);
        let mut batches = 0;
        while waits.len() < self.records {
            let start = waits.len();
            let end = self.end_after(start);
            batches += 1;
            match &mut schedule {
                None => waits.extend((start..end).map(|index| (end - 1 - index) as u64)),
                Some(schedule) => {
                    let dues: Vec<u64> = (start..end).map(|index| schedule.due_ns(index)).collect();
                    let fires = self.fires_ns(dues[dues.len() - 1]);
                    waits.extend(dues.iter().map(|due| fires - due));
                }
            }
        }
        (batches, waits)
    }
}

/// The counts of records at the ends of intervals of `length_ns`, those without records left out; and those of them that
/// such a one follows.
fn in_time(schedule: &Schedule<'_>, records: usize, length_ns: u64) -> (Vec<usize>, Vec<usize>) {
    let mut schedule = schedule.clone();
    let interval = |schedule: &mut Schedule<'_>, index| schedule.due_ns(index) / length_ns;
    let (mut ends, mut idle) = (Vec::new(), Vec::new());
    let mut before = 0;
    for index in 0..records {
        let now = interval(&mut schedule, index);
        if index > 0 && now != before {
            ends.push(index);
            if now > before + 1 {
                idle.push(index);
            }
        }
        before = now;
    }
    ends.push(records);
    (ends, idle)
}

/// Feeds all of `records`, untimed.
pub fn feed_untimed<R>(version: &mut dyn Version<R>, records: &[R], edges: &Edges, decisions: &mut Vec<u32>) {
    push(version, records, 0, edges, decisions);
}

/// Feeds `records`, the first of which is number `first` of all, and tells a job that wants to know where batches end.
pub fn push<R>(
    version: &mut dyn Version<R>,
    records: &[R],
    first: usize,
    edges: &Edges,
    decisions: &mut Vec<u32>,
) {
    if version.batching() == Batching::None {
        return version.push_chunk(records, decisions);
    }
    let mut rest = records;
    while !rest.is_empty() {
        let at = first + records.len() - rest.len();
        let until_edge = edges.end_after(at) - at;
        let (now, later) = rest.split_at(until_edge.min(rest.len()));
        // Before its batch rather than behind the last one: whoever goes on from a checkpoint in between is told, too.
        if edges.is_idle_before(at) {
            version.tick();
        }
        version.push_chunk(now, decisions);
        if until_edge <= rest.len() {
            version.end_batch(decisions);
        }
        rest = later;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Pace;
    use datasets::{Keys, Table};
    use stream::{Concluded, JobError, State};

    fn ends(trigger: &str, records: usize, most: Option<usize>) -> Vec<usize> {
        let schedule = Schedule::new(Pace::Rate(100.0), false, None).expect("valid").expect("paced");
        let trigger = trigger.parse().expect("a trigger");
        let edges = Edges::new(trigger, records, most, Some(&schedule)).expect("due times are there");
        let mut ends = vec![0];
        while ends[ends.len() - 1] < records {
            ends.push(edges.end_after(ends[ends.len() - 1]));
        }
        ends.split_off(1)
    }

    #[test]
    fn batches_end_where_the_trigger_says() {
        assert_eq!(ends("record", 3, None), [1, 2, 3]);
        assert_eq!(ends("every 2 records", 5, None), [2, 4, 5]);
        assert_eq!(ends("every 50ms", 12, None), [5, 10, 12]);
        assert_eq!(ends("every 25ms", 7, None), [3, 5, 7]);
        assert_eq!(ends("every 5ms", 3, None), [1, 2, 3]);
        assert_eq!(ends("once", 5, None), [5]);
        assert_eq!(ends("eager", 5, None), [5]);
    }

    #[test]
    fn no_batch_is_larger_than_the_limit() {
        assert_eq!(ends("once", 5, Some(2)), [2, 4, 5]);
        assert_eq!(ends("every 3 records", 7, Some(2)), [2, 3, 5, 6, 7]);
    }

    #[test]
    fn records_wait_for_the_last_of_their_batch() {
        let waits = |trigger: &str, due: Option<&Schedule<'_>>| {
            let trigger = trigger.parse().expect("a trigger");
            Edges::new(trigger, 5, None, due).expect("due times are there").waits(due)
        };
        assert_eq!(waits("every 2 records", None), (3, vec![1, 0, 1, 0, 0]));
        let schedule = Schedule::new(Pace::Rate(100.0), false, None).expect("valid");
        let ms = |ms: [u64; 5]| ms.map(|ms| ms * 1_000_000).to_vec();
        assert_eq!(waits("every 2 records", schedule.as_ref()), (3, ms([10, 0, 10, 0, 0])));
        assert_eq!(waits("every 30ms", schedule.as_ref()), (2, ms([30, 20, 10, 30, 20])));
    }

    #[test]
    fn a_trigger_in_time_needs_times() {
        let trigger = "every 1s".parse().expect("a trigger");
        assert_eq!(Edges::new(trigger, 5, None, None), Err(NoDueTimes));
    }

    #[test]
    fn arrivals_say_when_records_are_due() {
        let arrivals = [1000, 1001, 1099, 1100, 1500, 1400];
        let schedule = Schedule::new(Pace::Recorded(1.0), false, Some(&arrivals)).expect("valid");
        let trigger = "every 100ms".parse().expect("a trigger");
        let edges = Edges::new(trigger, 6, None, schedule.as_ref()).expect("due times are there");
        assert_eq!([0, 1, 2, 3, 4, 5].map(|index| edges.end_after(index)), [3, 3, 3, 4, 6, 6]);
        // From 1200 to 1500 the trigger finds nothing.
        assert_eq!(
            [0, 1, 2, 3, 4, 5].map(|index| edges.is_idle_before(index)),
            [false, false, false, false, true, false]
        );
        let edges = Edges::new(trigger, 6, Some(2), schedule.as_ref()).expect("due times are there");
        assert_eq!([0, 1, 2, 3, 4, 5].map(|index| edges.end_after(index)), [2, 2, 3, 4, 6, 6]);
    }

    /// Writes down what it is told.
    struct Told {
        batching: Batching,
        /// The records of each batch; none of a trigger that found none.
        batches: Vec<Vec<usize>>,
        open: Vec<usize>,
    }

    impl Told {
        fn new(batching: Batching) -> Self {
            Self { batching, batches: Vec::new(), open: Vec::new() }
        }
    }

    impl Version<usize> for Told {
        fn push_chunk(&mut self, records: &[usize], decisions: &mut Vec<u32>) {
            self.open.extend(records);
            decisions.resize(decisions.len() + records.len(), 0);
        }
        fn batching(&self) -> Batching {
            self.batching
        }
        fn end_batch(&mut self, _: &mut Vec<u32>) {
            self.batches.push(std::mem::take(&mut self.open));
        }
        fn tick(&mut self) {
            assert!(self.open.is_empty(), "it comes between batches");
            self.batches.push(Vec::new());
        }
        fn finish(&mut self, _: &Keys) -> Result<Option<Concluded>, JobError> {
            Ok(None)
        }
        fn state(&mut self) -> Option<&mut dyn State> {
            None
        }
        fn take_output(&mut self) -> Option<Table> {
            None
        }

        fn serve(&mut self) -> Result<Option<stream::Update>, JobError> {
            Ok(None)
        }
    }

    #[test]
    fn a_job_is_told_of_triggers_that_find_nothing() {
        let arrivals = [1000, 1001, 1200, 1201, 1300, 1900];
        let schedule = Schedule::new(Pace::Recorded(1.0), false, Some(&arrivals)).expect("valid");
        let trigger = "every 100ms".parse().expect("a trigger");
        let edges = Edges::new(trigger, 6, None, schedule.as_ref()).expect("due times are there");
        for length in 1..=6 {
            let mut told = Told::new(Batching::Micro);
            let records: Vec<usize> = (0..6).collect();
            for (turn, chunk) in records.chunks(length).enumerate() {
                push(&mut told, chunk, turn * length, &edges, &mut Vec::new());
            }
            let expected = [vec![0, 1], vec![], vec![2, 3], vec![4], vec![], vec![5]];
            assert_eq!(told.batches, expected, "chunks of {length}");
        }
    }

    #[test]
    fn batches_are_the_same_however_the_records_are_handed_over() {
        let records: Vec<usize> = (0..20).collect();
        for (trigger, most) in [
            ("record", None),
            ("every 7 records", None),
            ("every 7 records", Some(3)),
            ("once", None),
            ("eager", Some(6)),
        ] {
            let edges =
                Edges::new(trigger.parse().expect("a trigger"), 20, most, None).expect("needs no times");
            let mut expected = Vec::new();
            let mut start = 0;
            while start < 20 {
                let end = edges.end_after(start);
                expected.push((start..end).collect::<Vec<usize>>());
                start = end;
            }
            for length in 1..=21 {
                let mut told = Told::new(Batching::Edges);
                for (turn, chunk) in records.chunks(length).enumerate() {
                    push(&mut told, chunk, turn * length, &edges, &mut Vec::new());
                }
                assert_eq!(told.batches, expected, "{trigger}, {most:?}, chunks of {length}");
                assert!(told.open.is_empty());
            }
        }
        let mut told = Told::new(Batching::None);
        let once = Edges::new(Trigger::Once, 20, None, None).expect("needs no times");
        push(&mut told, &records, 0, &once, &mut Vec::new());
        assert_eq!((told.open, told.batches.len()), (records, 0));
    }
}
