//! Feeds a frozen dataset to one or two streaming jobs.
