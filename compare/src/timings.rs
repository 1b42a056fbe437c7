//! The shape of `timings.json`: everything about a run that differs from one run to the next.

use serde::{Deserialize, Serialize};

use crate::{
    Comparison, Estimate, Judged, Outcome, Speed, ThroughputComparison, Verdict,
    architecture::{ObservedLayers, ObservedUpgrade},
};

/// The version of the format, as it stands in the file.
pub const TIMINGS_SCHEMA: &str = "counterpoint.timings/2";

/// Describes how long things took, on which machine, and what the latency checks conclude.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Timings {
    /// [`TIMINGS_SCHEMA`].
    pub schema: String,
    /// When the run began, RFC 3339, UTC.
    pub started: String,
    /// The experiment's name, which is its file's; none where flags alone described it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub experiment: Option<String>,
    /// Names the state of the repository in which the experiment stood, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<Commit>,
    /// Says how long the whole run took, from reading the data to the last check.
    pub wall_seconds: f64,
    /// The replay's pace as it was asked for.
    pub pace: String,
    /// Holds what the latencies are.
    pub measure: Measure,
    /// Says how long both versions take: the one place that speaks of it.
    pub speed: Speed,
    /// Says how the stable job was replayed.
    pub stable: VersionTimings,
    /// Says how the candidate was replayed.
    pub candidate: VersionTimings,
    /// Says whether the feeder kept its schedule, in a paced replay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub feeder: Option<Feeder>,
    /// Candidate's time a record over stable's, over replicates; present when a limit asked for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comparison: Option<Comparison>,
    /// Candidate's records a second over stable's, over replicates; present when a limit asked for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub throughput: Option<ThroughputComparison>,
    /// Where it ran.
    pub machine: Machine,
    /// The most memory that the whole run held at once, where the system tells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peak_rss_bytes: Option<u64>,
    /// Describes what the architectures took, where any was run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub architectures: Option<ArchitectureTimings>,
    /// The latency checks.
    pub verdict: Verdict,
    /// The worst of this verdict and the one in `results.json`: what the exit code says.
    pub outcome: Outcome,
    /// Holds what that outcome is about, and what nothing judged.
    #[serde(default)]
    pub judged: Judged,
}

/// Names the state of a repository.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Commit {
    /// The commit that was checked out, in hexadecimal.
    pub id: String,
    /// Files that it holds were other than in it.
    pub changed: bool,
}

/// Describes what the architectures took, on this machine.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ArchitectureTimings {
    /// The stream alone, with the upgrade.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kappa: Option<KappaTimings>,
    /// Batch layer and speed layer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lambda: Option<LambdaTimings>,
}

/// Describes what an upgrade took.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KappaTimings {
    /// Time inside stable.
    pub stable_seconds: f64,
    /// Time inside the candidate.
    pub candidate_seconds: f64,
    /// Stable's time a record before the candidate was started; nothing if it read none then.
    pub stable_ns_alone: Option<f64>,
    /// Stable's time a record while the candidate worked beside it.
    pub stable_ns_beside: Option<f64>,
    /// Says how often somebody read the whole served answer while the run went on: each time all rows of one epoch of one
    /// version, or the run would have failed.
    pub reads: u64,
    /// Rows that were read so.
    pub rows_read: u64,
    /// Bytes of the log and of the serving store, on disk when the run ended.
    pub disk_bytes: u64,
    /// Holds what was observed of versions whose rows come when they like.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed: Option<ObservedUpgrade>,
}

/// Describes what the layers took.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LambdaTimings {
    /// Time in the batch layer, on a thread of its own.
    pub batch_seconds: f64,
    /// Time inside the speed layer's jobs.
    pub speed_seconds: f64,
    /// Bytes of the log and of the serving store, on disk when the run ended.
    pub disk_bytes: u64,
    /// Holds what was observed of a speed layer whose rows come when it likes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed: Option<ObservedLayers>,
}

impl Timings {
    /// Concludes from this verdict and the one on accuracy.
    pub fn conclude(&mut self, accuracy: &Verdict) {
        self.outcome = accuracy.outcome.max(self.verdict.outcome);
        self.judged = Judged::of(accuracy, &self.verdict);
    }
}

/// Describes what a latency is counted from and to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Measure {
    /// The time a chunk of 1,024 records took, divided by its records: at pace `max`, where nothing is ever due.
    ServiceTimeByChunk,
    /// From the moment a record was due to the moment its decision was taken.
    FromDueTime,
}

/// The one replay of a job.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VersionTimings {
    /// Records that were timed: at pace `max` all but the first chunk, or where the dataset is small, some replays of it
    /// after the first.
    pub records: u64,
    /// Says how many independent samples they make: chunks at pace `max`, otherwise records or micro-batches.
    pub samples: u64,
    /// p99 between bounds of 99 % each, in a paced replay of enough records to have them: order statistics, exact
    /// whatever the distribution.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p99_bounds: Option<Estimate>,
    /// The job could not keep up with the pace, so its latency says how long the run was.
    pub saturated: bool,
    /// The most memory that the job's process held at once; `null` for a job inside this process, or where the system
    /// doesn't tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peak_rss_bytes: Option<u64>,
    /// Holds what is known of a job that emits rows: nothing of a record's own time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub emitted: Option<EmittedTimings>,
    /// Says what a job that does nothing takes in its place, where it is a program outside: what the way there costs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub null_job: Option<NullJobTimings>,
}

/// Describes what a job that does nothing takes, talked to as a version is.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NullJobTimings {
    /// Records that it was sent and that were timed.
    pub records: u64,
    /// The time a record, in nanoseconds: measured as the version's own in its one replay, so no more than indicative. None
    /// behind topics in a paced replay, where it would tell the pace.
    pub ns: Option<f64>,
    /// Holds how much of the version's own time that is.
    pub share: Option<f64>,
    /// Behind topics, in a paced replay: the median time from when a record was due to when its row was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latency_p50_ns: Option<f64>,
    /// The 99th percentile of the same: the broker's own share of a version's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latency_p99_ns: Option<f64>,
    /// Says why there is no time, where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skipped: Option<String>,
}

/// Describes how a job came along that emits rows whenever it likes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EmittedTimings {
    /// Records sent.
    pub records: u64,
    /// Rows that came before the first closing record was sent; all of them where there is none.
    pub rows: u64,
    /// Rows that came after that.
    pub rows_after_close: u64,
    /// From the first record to its end.
    pub seconds: f64,
    /// Rows that say which record made them due.
    pub timed_rows: u64,
    /// The median time from when that record was due to when the row was read, where rows say so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latency_p50_ns: Option<f64>,
    /// The 99th percentile of the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latency_p99_ns: Option<f64>,
    /// How long it took to take over from an earlier job, where it did: from that one's last record on until its own first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handover_seconds: Option<f64>,
}

/// Says whether the feeder kept its own schedule: lateness that no job caused.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Feeder {
    /// Records sent over both jobs.
    pub records: u64,
    /// Records that the feeder sent late by more than `late_after_ns`, the jobs' own delays taken out.
    pub misses: u64,
    /// Holds what counts as late.
    pub late_after_ns: u64,
    /// The share of misses above which the run is invalid.
    pub allowed_share: f64,
    /// The longest such lateness.
    pub worst_ns: u64,
}

impl Feeder {
    /// Misses over records.
    pub fn miss_share(&self) -> f64 {
        if self.records == 0 { 0.0 } else { self.misses as f64 / self.records as f64 }
    }

    /// Returns whether the schedule was kept well enough for the latencies to mean anything.
    pub fn kept_schedule(&self) -> bool {
        self.miss_share() <= self.allowed_share
    }
}

/// Where a run took place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Machine {
    /// The machine's name, where the system tells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// Operating system and architecture: `linux x86_64`.
    pub platform: String,
    /// The processor's name, where the system tells it.
    pub cpu: String,
    /// Processors that the run could use.
    pub cpus: u64,
    /// Runnable tasks over the last minute, before the run, where the system tells it.
    pub load: Option<f64>,
}
