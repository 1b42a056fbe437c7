//! The reference jobs, with the whole dataset in hand.
//!
//! A reference says what it knows: for a cost, an interval that holds the optimum, the packing that proves its
//! upper end and the bound that proves its lower one; for a table, the exact [`Answer`]. It shares no code with
//! the streaming jobs, so it shares no bug: where those keep hash maps that grow record by record, these sort
//! all records and sweep once over them.

mod answer;
mod by_key;
mod error;
pub mod growing;
mod jobs;
pub mod merge;
mod outside;

pub use answer::{Answer, Count, MAX_ROWS};
pub use error::BatchError;
pub use growing::{Growing, RowChanges};
pub use jobs::{
    bin_packing, caching, deduplicated_totals, enrichment_join, order_payment_join, windowed_aggregation,
};
pub use merge::Merge;
pub use outside::{Given, Outside, Shape, ask};
