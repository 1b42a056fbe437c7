//! The sections of an experiment that are flags, too: a key is a field, and its doc comment is the flag's help.

use std::num::NonZeroU32;

use serde::{Deserialize, Serialize};

use crate::{
    limits::{Length, Most, Percent},
    size::Size,
    topics_section::ReplayKafka,
    whole::{decimal, whole},
};

/// `[replay]`. Each key is also a flag.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, clap::Args)]
#[serde(deny_unknown_fields)]
pub struct ReplaySection {
    /// Order of the records: recorded, shuffled, ascending, descending [default: recorded]
    #[arg(long)]
    pub order: Option<String>,
    /// Pace: max, a rate such as 100000/s, recorded, or 'recorded x60' [default: max]
    #[arg(long)]
    pub pace: Option<String>,
    /// When a job acts: record, 'every 1000 records', 'every 100ms', eager, once [default: record]
    #[arg(long)]
    pub trigger: Option<String>,
    /// Try the candidate under these triggers too, and draw its ratio or divergence against the waiting time
    #[arg(long, value_delimiter = ',')]
    #[serde(default, deserialize_with = "crate::listed::items")]
    pub triggers: Option<Vec<String>>,
    /// A micro-batch has at most this many records: the rate limit of the source
    #[arg(long, value_parser = whole::<NonZeroU32>, allow_negative_numbers = true)]
    pub max_batch: Option<NonZeroU32>,
    /// Seed of every random choice [default: 42]
    #[arg(long, value_parser = whole::<u64>, allow_negative_numbers = true)]
    pub seed: Option<u64>,
    /// Feed each record this many times: once as it stands, and else as a copy with a key of its own [default: 1]
    #[arg(long, value_name = "TIMES", value_parser = whole::<u32>, allow_negative_numbers = true)]
    pub amplify: Option<u32>,
    /// Repeat the comparison over this many shuffled orders; their seeds are seed, seed + 1, ... [default: 0]
    #[arg(long, value_parser = whole::<u64>, allow_negative_numbers = true)]
    pub orders: Option<u64>,
    /// The broker through whose topics jobs are reached; no flag says as much.
    #[arg(skip)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kafka: Option<ReplayKafka>,
}

/// `[gate]`. Each key is also a flag.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, clap::Args)]
#[serde(deny_unknown_fields)]
pub struct GateSection {
    /// The highest competitive ratio the candidate may have
    #[arg(long, value_parser = decimal, allow_negative_numbers = true)]
    pub competitive_ratio: Option<f64>,
    /// The most by which the candidate may cost more than stable, such as 2% [default: 0%, unless --competitive-ratio is given]
    #[arg(long, allow_hyphen_values = true)]
    pub competitive_ratio_increase: Option<Percent>,
    /// Rows of the candidate's answer that may be wrong, or differ from the reference, such as 40 or 1%
    /// [default for a cost: 0]
    #[arg(long)]
    pub divergence: Option<Most>,
    /// Rows of the candidate's table that may be worse than stable's: with a value that is neither right, nor stable's,
    /// nor nearer to the reference [default: 0, unless --divergence is given]
    #[arg(long)]
    pub divergence_increase: Option<Most>,
    /// Records that the candidate may drop for coming late, such as 20 or 1%
    #[arg(long)]
    pub late: Option<Most>,
    /// Records that may be in no row of the candidate's answer when the input ends
    #[arg(long)]
    pub not_emitted: Option<Most>,
    /// Records that the candidate may refuse for what they hold
    #[arg(long)]
    pub rejected: Option<Most>,
    /// Records that may lie in none of the candidate's windows
    #[arg(long)]
    pub no_window: Option<Most>,
    /// Records that the candidate may leave out for any of these reasons, together
    #[arg(long)]
    pub left_out: Option<Most>,
    /// Records that the candidate may decide differently from stable, or rows that may differ from stable's
    #[arg(long)]
    pub decision_changes: Option<Most>,
    /// The most by which the candidate may take longer for a record than stable, such as 5%: mean, median and p90
    #[arg(long, allow_hyphen_values = true)]
    pub latency_increase: Option<Percent>,
    /// Like --latency-increase, for p95 and p99; at least 20%, because they vary too much for less
    #[arg(long, allow_hyphen_values = true)]
    pub latency_tail_increase: Option<Percent>,
    /// The highest p99 the candidate may have, from the moment a record was due, such as 1ms; needs a paced replay
    #[arg(long)]
    pub latency_p99: Option<Length>,
    /// The most by which the candidate may take in fewer records a second than stable, such as 10%, over whole replays; for
    /// programs outside
    #[arg(long, allow_hyphen_values = true)]
    pub throughput_decrease: Option<Percent>,
    /// The most memory that the process of an attached candidate may hold at once, such as 200MB
    #[arg(long)]
    pub peak_memory: Option<Size>,
    /// The most by which the candidate's peak memory may exceed stable's, such as 10%; both must be attached as processes
    #[arg(long, allow_hyphen_values = true)]
    pub peak_memory_increase: Option<Percent>,
    /// Records by which the batch view that is served may lie behind the log, at most; under Lambda
    #[arg(long, value_name = "RECORDS", value_parser = whole::<u64>, allow_negative_numbers = true)]
    pub view_age: Option<u64>,
    /// How long the latency comparison may take, and that of the throughputs [default: 60s]
    #[arg(long)]
    pub budget: Option<Length>,
    /// The share of wrong verdicts that each of the two may give [default: 1%]
    #[arg(long)]
    pub error_rate: Option<Percent>,
}
