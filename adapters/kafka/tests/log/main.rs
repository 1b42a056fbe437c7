//! Holds a log in a topic against what is promised of every log, and the log in a folder against the same; then against what only
//! a broker can do to it.

mod broker;
mod contract;
mod mock;
