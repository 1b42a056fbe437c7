//! Feeds a frozen dataset to one or two streaming jobs: in an order, at a pace, on one thread. It doesn't judge.
//!
//! Both jobs are fed by the same thread, in alternation: a hand-over between threads costs more than any job here,
//! and a noisy machine hits both alike.

mod batches;
mod clock;
mod control;
mod feed;
mod latency;
pub mod link;
mod link_error;
mod order;
mod own_time;
mod pace;
mod paced;
pub mod process;
pub mod recovery;
mod replicate;
mod slowdown;
pub mod view;

pub use batches::{Edges, NoDueTimes, feed_untimed, push};
pub use clock::{Clock, RealClock};
pub use control::{Control, Interrupted, Panicked, Watch};
pub use feed::{CHUNK, MaxFeed, Replayed, feed_at_max};
pub use latency::{HlogError, Latency};
pub use order::{Arranged, Order, arrange};
pub use pace::{Pace, PaceError, Schedule};
pub use paced::{FeederReport, LATE_AFTER_NS, Paced, feed_paced};
pub use replicate::{Contest, Least, MakeThree, Measured, replicate_at_max, replicate_paced};
pub use slowdown::{Slowdown, slowed};
