//! Leads records to a job through Kafka's topics, and its rows back.
//!
//! A [`link()`] makes two topics of its own, starts the job's command, and removes what it made. The client library is
//! librdkafka; no other crate sees it. A [`log`] stands in a topic, too.

mod broker;
mod copying;
mod fold;
mod format;
mod handing_over;
mod hearing;
mod link;
pub mod log;
mod message;
mod notes;
mod sending;
mod settling;
mod slice;
mod told;
mod topics;

use replay::link::{Link, LinkFault, ThroughTopics};

pub use broker::Broker;
pub use link::Through;
pub use slice::{OffsetRange, Slice, SliceError, Sliced, slice};
pub use topics::{MakeTopics, NewTopic, Unmade};

/// Starts a job behind topics of its own. Nothing waits for a broker yet: the link does, in its first call.
pub fn link(job: &ThroughTopics) -> Result<Box<dyn Link>, LinkFault> {
    let broker = Broker::new(&job.replay);
    let topics = topics::ByAdmin::new(&broker)?;
    Ok(Box::new(Through::new(job, broker, Box::new(topics))?))
}
