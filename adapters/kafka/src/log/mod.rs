//! Keeps a log in a topic of its own: entries at offsets 0, 1, 2 and so on, appends that are there whole or not at all.
//!
//! # What lies in the topic
//!
//! One partition, for order. Each append is one message, or several where it is large, of which the last one says that the
//! append ends there. A message holds its entries with their times, and says which log it belongs to, who wrote it, and which
//! offset its first entry has. So a log's offsets are its own: those of the topic may jump, and ours don't.
//!
//! The first message begins the log. Whoever opens it later writes that it has taken it over, under a number that nobody else
//! has. From there on what the one before writes counts for nothing, for everybody who reads the topic: a partition has one
//! order, and that decides (`walk`). Somebody who has been put out notices: its message isn't stored where it was to be, it
//! reads what came between, and says so ([`LogError::TakenOver`](store::log::LogError)).
//!
//! *After a failed append* nobody knows whether the broker has stored it, or will. So before the next one the log is taken
//! over again, by the same process under a new number, with a message that says where the log ended: what is stored beyond
//! that, before or after, is void. Where the process ends before, the failed append is one that was under way, and it is there
//! whole or not at all.
//!
//! # Why no transactions
//!
//! They would do all this, and cost three more ways to the broker for each append and the right to write in them; their markers
//! take offsets in the topic, which nobody is handed. Here an append is one way there and back, any broker will do, and the
//! rules stand in one file that is tried without a server.
//!
//! # What is not
//!
//! A reader sees what is acknowledged to the one process that appends, and lives in it, as with the log in a folder. Opening
//! reads the topic once, to know where each append stands: a place of some 40 bytes is held in memory for each message. A topic
//! that was shortened, compacted, or written to by somebody else is refused, with the place.

mod message;
mod reading;
mod topic;
mod walk;
mod writing;

pub use topic::{KEEPER, TopicLog};
