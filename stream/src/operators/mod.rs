//! The operators that jobs are put together from.
//!
//! A job is declared: what it does with a record, step by step. Each step is an [`Operator`](crate::Operator), the
//! steps are compiled into one loop, and all state counts against the job's limit and can be saved and restored.
//!
//! The sum of the values of each key that has one above 10, from deliveries that come more than once, with ids that
//! are forgotten after a minute of event time:
//!
//! ```
//! use datasets::{Delivery, Keys, Table};
//! use stream::{Context, Flavour, Sink, Source, Trigger, Version};
//! use stream::operators::{Aggregated, Function, Outcome, Pipeline};
//!
//! let job = Pipeline::<Delivery, _>::start()
//!     .filter(|delivery| delivery.value > 10)
//!     .deduplicate(|delivery| delivery.id, Some(60_000))
//!     .aggregate([Function::Sum]);
//!
//! /// Keeps the last row.
//! struct Last(Option<Aggregated<1>>);
//!
//! impl Sink<Aggregated<1>> for Last {
//!     fn take(&mut self, row: Aggregated<1>, _: &Context) {
//!         self.0 = Some(row);
//!     }
//! #   fn finish(&mut self, _: &Keys) -> (Table, Option<Table>) {
//! #       assert_eq!(self.0.expect("a row").values, [Outcome::Wide(42)]);
//! #       (Table::default(), None)
//! #   }
//! #   fn emitted(&self) -> u64 {
//! #       1
//! #   }
//! }
//!
//! let source = Source {
//!     time_ms: |delivery: &Delivery| delivery.time_ms,
//!     partition: |_| 0,
//!     delay_ms: Some(60_000),
//!     partitions: 0,
//!     idle_ms: None,
//!     max_ahead_ms: None,
//! };
//! let mut job = job.run(source, Flavour::PerRecord { lateness_ms: 0 }, Trigger::Record, 1_000_000, Last(None));
//!
//! let delivery = |id, value| Delivery { time_ms: 0, id, key: 0, value };
//! job.push_chunk(&[delivery(1, 20), delivery(2, 10), delivery(1, 20), delivery(3, 22)], &mut Vec::new());
//! let concluded = job.finish(&Keys::default())?.expect("a table job");
//! assert_eq!(concluded.counts.duplicate, 1);
//! # Ok::<(), stream::JobError>(())
//! ```

mod accumulator;
mod aggregate;
mod as_of_join;
mod codec;
mod columns;
mod deduplicate;
mod due;
mod interval_join;
mod keyed;
mod keyed_state;
mod pipeline;
mod process;
mod stateless;
mod static_join;

pub use accumulator::{Function, Outcome};
pub use aggregate::{Aggregate, Aggregated};
pub use as_of_join::AsOfJoin;
pub use columns::join_columns;
pub use deduplicate::{Deduplicate, DeduplicateApproximately};
pub use interval_join::{IntervalJoin, Unmatched};
pub use keyed::{Either, JoinKind, Joined, Keyed, Row};
pub use keyed_state::KeyedState;
pub use pipeline::Pipeline;
pub use process::{AtKey, KeyedProcess, Process};
pub use stateless::{Filter, FlatMap, Identity, Map, Parse};
pub use static_join::StaticJoin;
