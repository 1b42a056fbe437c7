//! Divergence, competitive ratio, latency statistics and the gate: pure functions over finished answers.
//!
//! Nothing here reads a file or a clock, and nothing knows a problem by its name: it sees decisions, keyed
//! tables, costs and durations, and says how far they are apart and whether that is allowed.

mod alike;
mod amount;
pub mod architecture;
mod arrival;
mod baseline;
mod checked;
mod checks;
mod gate;
mod glance;
mod handover;
mod judged;
mod latency_comparison;
mod latency_gate;
mod latency_verdict;
mod ledger;
mod noise;
mod number;
mod offset;
mod orders;
mod pair;
mod percentile;
mod ratio;
mod recovery;
mod results;
mod rows;
mod rules;
mod sequential;
mod shift;
mod speed;
mod suite;
mod tables;
mod throughput_comparison;
mod throughput_gate;
mod timings;
mod verdict;
mod words;
mod worse;
mod wrongness;

pub use alike::Alike;
pub use amount::Amount;
pub use arrival::{Arrival, COVERAGE, Rates};
pub use baseline::{
    BASELINE_SCHEMA, Baseline, BaselineAnswers, BaselineDataset, BaselineReplay, BaselineRows, Kept,
    KeptAnswer, Leaf, Mismatch, Subject,
};
pub use checked::Checked;
pub use datasets::Guarantee;

pub use checks::{CHECKS, GoesBy};
pub use gate::{Accuracy, Compared, Limits, ServedAnswers, accuracy_verdict, upgrade_verdict};
pub use glance::Glance;
pub use handover::Windowed;
pub use judged::Judged;
pub use latency_comparison::{Comparison, Health, MetricComparison};
pub use latency_gate::{LatencyGate, METRICS, ReplicateNs};
pub use latency_verdict::{P99_ERROR_RATE, latency_verdict};
pub use ledger::{Divergence, Ledger};
pub use noise::{FieldNoise, beyond_noise};
pub use number::{is_number, number_order};
pub use offset::{Offset, OffsetCause};
pub use orders::{OrderCost, summarise_orders};
pub use pair::{Pair, Role};
pub use percentile::{percentile_ranks, samples_needed};
pub use recovery::{FaultResult, RecoveryResult};
pub use results::{
    AnswerResult, Bounds, Changes, CostResult, Costs, CurvePoint, DatasetId, DecisionChanges,
    DecisionsResult, DeclareResult, Estimate, ExpectedResult, ExplanationResult, HandOverResult, HandedState,
    HeldOut, Noise, Objective, OrderStats, Orders, PartingRecord, Profile, RESULTS_SCHEMA, RatioResult,
    ReferenceResult, ReplayId, Results, RowCause, RowDifferences, RowsOverTime, RuleResult, SideOverTime,
    StrangeWindows, Strangeness, SweepPoint, SweptCost, SweptRows, TableChanges, TableResult, TableSide,
    Tables, TriedRules, VersionResult, Wait, WaitUnit, WindowSides, expected_check,
};
pub use rows::{
    Between, CellPair, ColumnFound, ComparingRows, Deltas, DifferingRows, Duplicate, Histories, History,
    RightInBetween, RowCounts, RowsError, RowsFound, Which, compare_rows, compare_rows_and_pasts,
};
pub use rules::{Folding, RelativeTo, Rule, Rules, Tolerance};
pub use sequential::{SequentialTest, beyond, expected_replicates, least_replicates, ln_e_value, needed};
pub use shift::{
    KeyShift, KeySpan, ShiftGuess, Tried, key_spans, may_be_shifted, shift_guesses, shift_of_steps,
};
pub use speed::{Basis, Figure, LEAST_SAMPLES, Quantity, ReplayTimes, Speed, TELLABLE, is_carried};
pub use suite::{
    SUITE_SCHEMA, SpeedOf, Suite, SuiteAsked, SuiteChecks, SuiteCounts, SuiteEnd, SuiteEntry, SuiteError,
    SuiteFound, SuiteJudged, SuiteSpeed,
};
pub use tables::{
    DifferingField, DifferingPlaces, DifferingRow, DifferingValue, RowDifference, TableComparison,
    compare_answers, differing_places,
};
pub use throughput_comparison::ThroughputComparison;
pub use throughput_gate::ThroughputGate;
pub use timings::{
    ArchitectureTimings, Commit, EmittedTimings, Feeder, KappaTimings, LambdaTimings, Machine, Measure,
    NullJobTimings, TIMINGS_SCHEMA, Timings, VersionTimings,
};
pub use verdict::{Change, Check, Outcome, Skipped, Unit, Verdict};
pub use worse::{Regressions, regressions};
pub use wrongness::{LargestError, Percentiles, UntilRight, Wrongness, WrongnessPoint};
