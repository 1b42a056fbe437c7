//! The reference jobs, with the whole dataset in hand.
//!
//! A reference says what it knows: an interval that holds the optimum, the packing that proves its upper end
//! and the bound that proves its lower one. It shares no code with the streaming jobs, so it shares no bug.

mod jobs;

pub use jobs::bin_packing;
