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
#[derive(Debug, Clone)]
pub struct Latency {
    picoseconds: Histogram<u64>,
}

/// Why a histogram log could not be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write the histogram log: {0}")]
pub struct HlogError(String);

impl Latency {
    pub(crate) fn new() -> Self {
        let picoseconds = Histogram::new_with_bounds(1, LONGEST_PS, SIGNIFICANT_DIGITS)
            .expect("the bounds are constants that a histogram can have");
        Self { picoseconds }
    }

    /// Counts `records` that took `total_ns` together, each at the mean.
    pub(crate) fn record_mean(&mut self, total_ns: u64, records: u64) {
        let each = u128::from(total_ns) * 1000 / u128::from(records.max(1));
        self.picoseconds.saturating_record_n(each.min(u128::from(LONGEST_PS)) as u64, records);
    }

    /// Counts one record.
    pub(crate) fn record(&mut self, ns: u64) {
        self.picoseconds.saturating_record(ns.saturating_mul(1000));
    }

    /// Adds the records of `other`.
    pub(crate) fn add(&mut self, other: &Self) {
        self.picoseconds += &other.picoseconds;
    }

    /// The latency at or below which `percentile` % of the records lie, in nanoseconds; 0 when there are none.
    pub fn percentile_ns(&self, percentile: f64) -> f64 {
        self.picoseconds.value_at_quantile(percentile / 100.0) as f64 / PS_PER_NS
    }

    /// The mean in nanoseconds.
    pub fn mean_ns(&self) -> f64 {
        self.picoseconds.mean() / PS_PER_NS
    }

    /// The longest, in nanoseconds.
    pub fn max_ns(&self) -> f64 {
        self.picoseconds.max() as f64 / PS_PER_NS
    }

    /// How many records.
    pub fn count(&self) -> u64 {
        self.picoseconds.len()
    }

    /// Writes a histogram log, one interval `span` long, values rounded to whole nanoseconds.
    pub fn write_hlog(&self, writer: &mut impl Write, span: Duration) -> Result<(), HlogError> {
        let mut nanoseconds = Histogram::<u64>::new_with_bounds(1, LONGEST_PS / 1000, SIGNIFICANT_DIGITS)
            .expect("the bounds are constants that a histogram can have");
        for step in self.picoseconds.iter_recorded() {
            let ns = (step.value_iterated_to() + 500) / 1000;
            nanoseconds.saturating_record_n(ns, step.count_since_last_iteration());
        }
        let failed = |error: IntervalLogWriterError<_>| HlogError(format!("{error:?}"));
        let mut serializer = V2DeflateSerializer::new();
        let mut log = IntervalLogWriterBuilder::new()
            .add_comment("latency in nanoseconds")
            .begin_log_with(writer, &mut serializer)
            .map_err(|error| HlogError(error.to_string()))?;
        log.write_histogram(&nanoseconds, Duration::ZERO, span, None).map_err(failed)
    }
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

    #[test]
    fn a_chunk_counts_each_record_at_the_mean() {
        let mut latency = Latency::new();
        latency.record_mean(12_493, 1024);
        assert_eq!(latency.count(), 1024);
        assert!((latency.percentile_ns(50.0) - 12.2).abs() < 0.02, "{}", latency.percentile_ns(50.0));
    }

    #[test]
    fn the_log_is_read_back_by_the_library() {
        let mut latency = Latency::new();
        (0..100).for_each(|_| latency.record(250));
        let mut bytes = Vec::new();
        latency.write_hlog(&mut bytes, Duration::from_secs(2)).expect("memory takes it");
        let entries: Vec<_> = IntervalLogIterator::new(&bytes).filter_map(Result::ok).collect();
        let Some(LogEntry::Interval(interval)) = entries.iter().find(|e| matches!(e, LogEntry::Interval(_)))
        else {
            panic!("no interval in {}", String::from_utf8_lossy(&bytes));
        };
        assert_eq!(interval.duration(), Duration::from_secs(2));
        let encoded = base64_decode(interval.encoded_histogram());
        let histogram: Histogram<u64> =
            Deserializer::new().deserialize(&mut encoded.as_slice()).expect("what was written");
        assert_eq!((histogram.len(), histogram.max()), (100, 250));
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
