//! Reads Parquet files as rows of fields, each as it is [written](datasets::Field): the one way for each type. Delivers rows to
//! folders of such files ([`sink()`]), one for each epoch.
//!
//! The library below gives columns a batch at a time; no arrow is needed for that. Only as much as a batch of rows is held
//! in memory. docs/parquet.md says how each type is written, and what a file can have lost before we see it.

mod batch;
mod bytes;
mod column;
mod fault;
mod file;
mod footer;
mod form;
mod losses;
mod nested;
mod number;
mod schema;
mod sink;
mod thrift;
mod time;
mod view;
mod write;

pub use file::open;
pub use sink::sink;
pub use view::{check_view, open_view};
