//! The streaming jobs, one record at a time.
