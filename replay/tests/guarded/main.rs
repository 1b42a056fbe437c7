//! Jobs under a guard: all that holds of jobs that are our own children, and that nothing of them outlives us, however we end.
#![cfg(target_os = "linux")]

#[path = "../process/emit.rs"]
mod emit;
#[path = "../process/faults.rs"]
mod faults;
#[path = "../process/good.rs"]
mod good;
#[path = "../process/misbehaving.rs"]
mod misbehaving;
mod orphans;
#[path = "../process/scripts.rs"]
mod scripts;
#[path = "../process/support.rs"]
mod support;
#[path = "../process/survivors.rs"]
mod survivors;

use replay::process::{guard_with, stand_guard};
use scripts::{READY, SHORT, shell};
use support::{Command, feed, items, launch};

/// This program as a guard: the test of that name, alone.
const GUARD: [&str; 4] = ["stands_guard", "--exact", "--nocapture", "--test-threads=1"];

fn prepare() {
    guard_with(&GUARD);
}

/// Is the guard over a job when it is started as one, and else no test.
#[test]
fn stands_guard() {
    if std::env::args().skip(1).eq(GUARD) {
        stand_guard().expect("a socket with an order");
    }
}
