//! Shows how Parquet files are read: each type, nested values, folders, and files that are damaged.

mod damage;
mod made;
mod nested;
mod types;
mod writers;
