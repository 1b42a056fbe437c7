//! What lies on disk: frozen datasets, their manifests and records, answers, importers and generators.
//!
//! A *frozen dataset* is a folder with a data file and a `manifest.toml` that holds its BLAKE3 hash. It is
//! written whole or not at all, and every use verifies the hash while it reads. This crate has no opinion
//! about algorithms.

mod answer;
mod random;
mod record;

pub use answer::{Bound, Packing, Reference};
pub use random::SplitMix64;
pub use record::{Column, ColumnKind, Item, Record};
