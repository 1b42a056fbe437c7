//! The operators that jobs are put together from.
//!
//! A job is declared: what it does with a record, step by step. Each step is an [`Operator`](crate::Operator), the
//! steps are compiled into one loop, and all state counts against the job's limit and can be saved and restored.
//!
//! The sum of the values of each key that has one above 10, from deliveries that come more than once, with ids that
//! are forgotten after a minute of event time:
//!
//! ```
//! use datasets::{Cells, Delivery, Keys, TableColumn};
//! use stream::operators::{Complete, Function, Pipeline};
//! use stream::{Flavour, Regime, Source, Trigger, Version, WatermarkPolicy};
//!
//! let job = Pipeline::<Delivery, _>::start()
//!     .filter(|delivery| delivery.value > 10)
//!     .deduplicate(|delivery| delivery.id, Some(60_000))
//!     .aggregate([Function::Sum]);
//!
//! let key_column = |keys: &[u32]| vec![TableColumn::new("key", Cells::Text(keys.to_vec()))];
//! let sink = Complete::new(key_column, [("sum", Function::Sum)]);
//! let source = Source {
//!     time_ms: |delivery: &Delivery| delivery.time_ms,
//!     partition: |_| 0,
//!     policy: WatermarkPolicy::Min,
//!     delay_ms: Some(60_000),
//!     partitions: 0,
//!     idle_ms: None,
//!     max_ahead_ms: None,
//! };
//! let flavour = Flavour::PerRecord { lateness_ms: 0 };
//! let regime = Regime { flavour, trigger: Trigger::Record, state_limit: 1_000_000 };
//! let mut job = job.run(source, regime, sink);
//!
//! let mut keys = Keys::default();
//! let key = keys.intern(b"a");
//! let delivery = |id, value| Delivery { time_ms: 0, id, key, value };
//! job.push_chunk(&[delivery(1, 20), delivery(2, 10), delivery(1, 20), delivery(3, 22)], &mut Vec::new());
//! let concluded = job.finish(&keys)?.expect("a table job");
//! assert_eq!(concluded.table.columns[1].cells, Cells::Wide(vec![42]));
//! assert_eq!(concluded.counts.duplicate, 1);
//! # Ok::<(), stream::JobError>(())
//! ```

mod accumulator;
mod aggregate;
mod as_of_join;
mod columns;
mod complete;
mod deduplicate;
mod due;
mod interval;
mod interval_join;
mod keyed;
mod keyed_state;
mod pipeline;
mod process;
mod stateless;
mod static_join;

pub use accumulator::{Function, Outcome};
pub use aggregate::{Aggregate, Aggregated, FunctionOf, GroupKey};
pub use as_of_join::AsOfJoin;
pub use columns::join_columns;
pub use complete::Complete;
pub use deduplicate::{Deduplicate, DeduplicateApproximately};
pub use interval_join::{IntervalJoin, Unmatched};
pub use keyed::{Either, JoinKind, Joined, Keyed, Row};
pub use keyed_state::KeyedState;
pub use pipeline::Pipeline;
pub use process::{AtKey, KeyedProcess, Process};
pub use stateless::{Filter, FlatMap, Identity, Map, Parse};
pub use static_join::StaticJoin;

use crate::runtime::{array::Array, codec, dirty};
