//! Shows what a user of the crate can do, right and wrong: one program, so that it is linked once.

mod access_log;
mod amplified;
mod bad_csv;
mod bad_lists;
mod bad_manifest;
mod changelog;
mod changelog_captures;
mod folders;
mod freezing;
mod generated;
mod generic;
mod generic_forms;
mod generic_types;
mod good_csv;
mod interchange;
mod lines;
mod properties;
mod rejecting;
mod requests;
mod shared_data;
mod shipped;
mod stopping;
mod support;
mod tampering;
mod texts;
mod times;
