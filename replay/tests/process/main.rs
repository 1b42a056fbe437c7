//! Jobs attached as processes: what a good one does, and every way in which one can be bad. The jobs are lines of `sh`.

mod emit;
mod faults;
mod good;
mod misbehaving;
mod scripts;
mod support;
mod survivors;

use scripts::{READY, SHORT, shell};
use support::{Command, feed, items, launch};

/// Jobs are our own children here; `guarded` has them under a guard.
fn prepare() {}
