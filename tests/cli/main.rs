//! What a user can do with the program, and what the contract promises: the binary is run in a scratch folder.

mod answers;
mod bad_data;
mod bad_experiment;
mod bad_place;
mod catalog;
mod commands;
mod event_time;
mod experiment;
mod gate;
mod hostile;
mod limits;
mod memory;
mod oracle;
mod orders;
mod processes;
mod recovery;
mod report;
mod run_folder;
mod shared_data;
mod signals;
mod support;
mod tables;
mod tampering;
mod terminal;
mod values;
mod worst_case;
