//! A latency histogram: quantiles for people, a log for viewers.

use std::{io::Write, time::Duration};

use hdrhistogram::{
    Histogram,
    serialization::{
        V2DeflateSerializer,
        interval_log::{IntervalLogWriterBuilder, IntervalLogWriterError},
    },
};

/// Kept in picoseconds, because a job's service time is some nanoseconds and three digits of it are wanted.
const PS_PER_NS: f64 = 1000.0;
/// The longest latency kept apart, one hour; a longer one counts as that.
const LONGEST_PS: u64 = 3_600_000_000_000_000;
const SIGNIFICANT_DIGITS: u8 = 3;

/// The latencies of one job's records.
///
/// Each is kept twice, in picoseconds for people and in nanoseconds for the log, for what has been rounded to three
/// digits once must not be rounded again.
#[derive(Debug, Clone)]
pub struct Latency {
    picoseconds: Histogram<u64>,
    nanoseconds: Histogram<u64>,
}

/// Why a histogram log could not be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write the histogram log: {0}")]
pub struct HlogError(String);

impl Latency {
    pub(crate) fn new() -> Self {
        let up_to = |longest| {
            Histogram::new_with_bounds(1, longest, SIGNIFICANT_DIGITS)
                .expect("the bounds are constants that a histogram can have")
        };
        Self { picoseconds: up_to(LONGEST_PS), nanoseconds: up_to(LONGEST_PS / 1000) }
    }

    /// Counts `records` that took `total_ns` together, each at the mean.
    pub(crate) fn record_mean(&mut self, total_ns: u64, records: u64) {
        let among = u128::from(records.max(1));
        let each_ps = u128::from(total_ns) * 1000 / among;
        let each_ns = (u128::from(total_ns) + among / 2) / among;
        self.picoseconds.saturating_record_n(each_ps.min(u128::from(LONGEST_PS)) as u64, records);
        self.nanoseconds.saturating_record_n(each_ns as u64, records);
    }

    /// Counts one record.
    pub(crate) fn record(&mut self, ns: u64) {
        self.picoseconds.saturating_record(ns.saturating_mul(1000));
        self.nanoseconds.saturating_record(ns);
    }

    /// Adds the records of `other`.
    pub(crate) fn add(&mut self, other: &Self) {
        self.picoseconds += &other.picoseconds;
        self.nanoseconds += &other.nanoseconds;
    }

    /// The latency at or below which `percentile` % of the records lie, in nanoseconds; 0 when there are none.
    pub fn percentile_ns(&self, percentile: f64) -> f64 {
        self.at_rank_ns(rank(percentile, self.count()))
    }

    /// The latency of the record that stands at this rank in ascending order, counted from 1, in nanoseconds.
    pub fn at_rank_ns(&self, rank: u64) -> f64 {
        // Half a rank below, so that no rounding of the quotient reaches another rank.
        let quantile = (rank as f64 - 0.5) / self.count().max(1) as f64;
        self.picoseconds.value_at_quantile(quantile) as f64 / PS_PER_NS
    }

    /// The mean in nanoseconds.
    pub fn mean_ns(&self) -> f64 {
        self.picoseconds.mean() / PS_PER_NS
    }

    /// The longest, in nanoseconds.
    pub fn max_ns(&self) -> f64 {
        self.picoseconds.max() as f64 / PS_PER_NS
    }

    /// Returns how many records.
    pub fn count(&self) -> u64 {
        self.picoseconds.len()
    }

    /// Writes a histogram log, one interval `span` long, in whole nanoseconds.
    pub fn write_hlog(&self, writer: &mut impl Write, span: Duration) -> Result<(), HlogError> {
        let failed = |error: IntervalLogWriterError<_>| HlogError(format!("{error:?}"));
        let mut serializer = V2DeflateSerializer::new();
        let mut log = IntervalLogWriterBuilder::new()
            .add_comment("latency in nanoseconds")
            .begin_log_with(writer, &mut serializer)
            .map_err(|error| HlogError(error.to_string()))?;
        log.write_histogram(&self.nanoseconds, Duration::ZERO, span, None).map_err(failed)
    }
}

/// Which of `count` records in ascending order stands at `percentile` (a multiple of a thousandth): the first at or
/// below which so many per cent lie, counted from 1. In whole numbers: 99.9 / 100.0 is above 0.999, and would be one
/// rank too high wherever the records are a multiple of a thousand.
fn rank(percentile: f64, count: u64) -> u64 {
    let thousandths = (percentile * 1000.0).round() as u128;
    (thousandths * u128::from(count)).div_ceil(100_000).max(1) as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use hdrhistogram::serialization::{
        Deserializer,
        interval_log::{IntervalLogIterator, LogEntry},
    };

    #[test]
    fn quantiles_are_upper_edges_with_three_digits() {
        let mut latency = Latency::new();
        (1..=1000).for_each(|ns| latency.record(ns));
        assert!((500.0..501.0).contains(&latency.percentile_ns(50.0)), "{}", latency.percentile_ns(50.0));
        assert!((990.0..991.1).contains(&latency.percentile_ns(99.0)), "{}", latency.percentile_ns(99.0));
        assert_eq!(latency.count(), 1000);
    }

    const PRINTED: [f64; 13] =
        [0.0, 25.0, 50.0, 75.0, 90.0, 95.0, 99.0, 99.5, 99.9, 99.95, 99.99, 99.999, 100.0];

    #[test]
    fn the_record_at_a_percentile_is_the_one_that_sorting_finds() {
        // The numbers 1 to `count` in ascending order, walked once for all percentiles: no arithmetic but comparing.
        for count in 1..=200_000_u64 {
            for percentile in PRINTED {
                let (rank, thousandths) = (rank(percentile, count), (percentile * 1000.0).round() as u64);
                let reaches = |rank: u64| rank * 100_000 >= thousandths * count;
                assert!(reaches(rank), "{percentile} % of {count}: {rank}");
                assert!(rank == 1 || !reaches(rank - 1), "{percentile} % of {count}: {rank}");
                // What the library makes of the quantile that it is given.
                let asked = ((rank as f64 - 0.5) / count as f64 * count as f64).ceil() as u64;
                assert_eq!(asked, rank, "{percentile} % of {count}");
            }
        }
    }

    #[test]
    fn percentiles_are_those_of_the_sorted_records() {
        for count in (1..=60).chain((1..=10).map(|thousands| thousands * 1000)).chain([999, 1001, 100_000]) {
            // Below 2,048 ps each value has a bucket of its own.
            let mut sorted: Vec<u64> = (0..count).map(|index| (index * 7919) % 2000).collect();
            let mut latency = Latency::new();
            for &ps in &sorted {
                latency.picoseconds.saturating_record(ps);
            }
            sorted.sort_unstable();
            for percentile in PRINTED {
                let thousandths = (percentile * 1000.0).round() as u64;
                let expected = (1..).zip(&sorted).find(|(rank, _)| rank * 100_000 >= thousandths * count);
                let found = (latency.percentile_ns(percentile) * PS_PER_NS).round() as u64;
                assert_eq!(Some(&found), expected.map(|at| at.1), "{percentile} % of {count}");
            }
        }
    }

    #[test]
    fn the_999th_of_a_thousand_is_not_the_longest() {
        let mut latency = Latency::new();
        (1..=1000).for_each(|ps| latency.picoseconds.saturating_record(ps));
        assert!((latency.percentile_ns(99.9) - 0.999).abs() < 1e-9, "{}", latency.percentile_ns(99.9));
        assert!((latency.max_ns() - 1.0).abs() < 1e-9);
    }

    #[test]
    fn a_chunk_counts_each_record_at_the_mean() {
        let mut latency = Latency::new();
        latency.record_mean(12_493, 1024);
        assert_eq!(latency.count(), 1024);
        assert!((latency.percentile_ns(50.0) - 12.2).abs() < 0.02, "{}", latency.percentile_ns(50.0));
    }

    /// The length and the histogram of the log's only interval.
    fn read_back(latency: &Latency) -> (Duration, Histogram<u64>) {
        let mut bytes = Vec::new();
        latency.write_hlog(&mut bytes, Duration::from_secs(2)).expect("memory takes it");
        let entries: Vec<_> = IntervalLogIterator::new(&bytes).filter_map(Result::ok).collect();
        let Some(LogEntry::Interval(interval)) = entries.iter().find(|e| matches!(e, LogEntry::Interval(_)))
        else {
            panic!("no interval in {}", String::from_utf8_lossy(&bytes));
        };
        let encoded = base64_decode(interval.encoded_histogram());
        let histogram = Deserializer::new().deserialize(&mut encoded.as_slice()).expect("what was written");
        (interval.duration(), histogram)
    }

    #[test]
    fn the_log_is_read_back_by_the_library() {
        let mut latency = Latency::new();
        (0..100).for_each(|_| latency.record(250));
        let (length, histogram) = read_back(&latency);
        assert_eq!((length, histogram.len(), histogram.max()), (Duration::from_secs(2), 100, 250));
        assert_eq!(read_back(&Latency::new()).1.len(), 0);
    }

    #[test]
    fn the_log_rounds_each_value_once() {
        // Values of all sizes, among them the one that was read 0.189 % too high when it was rounded twice.
        let growing = std::iter::successors(Some(1_u64), |ns| Some(ns * 9 / 8 + 1));
        for ns in growing.take_while(|&ns| ns < 3_000_000_000_000).chain([4_366_272]) {
            let mut one_by_one = Latency::new();
            one_by_one.record(ns);
            let mut in_chunks = Latency::new();
            in_chunks.record_mean(ns * 1024, 1024);
            in_chunks.add(&one_by_one);
            for latency in [one_by_one, in_chunks] {
                let (_, log) = read_back(&latency);
                let high = ns as f64 * 1.001;
                assert!((ns..=high as u64).contains(&log.max()), "{ns} is read as {}", log.max());
                assert!(latency.max_ns() >= ns as f64 && latency.max_ns() <= high, "{ns}");
                assert_eq!((log.len(), log.min_nz() <= ns), (latency.count(), true));
            }
        }
    }

    fn base64_decode(text: &str) -> Vec<u8> {
        let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let digits: Vec<u8> = text
            .bytes()
            .filter(|&byte| byte != b'=')
            .map(|byte| alphabet.iter().position(|&a| a == byte).expect("base64") as u8)
            .collect();
        let bits = |chunk: &[u8]| {
            chunk.iter().fold(0_u32, |acc, &digit| acc << 6 | u32::from(digit)) << (6 * (4 - chunk.len()))
        };
        digits.chunks(4).flat_map(|chunk| bits(chunk).to_be_bytes()[1..chunk.len()].to_vec()).collect()
    }
}
