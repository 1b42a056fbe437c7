//! A machine that has run out of files, threads or memory: that is said with exit code 1, and never taken for damage.

use std::fs;

use crate::{
    recovery::{copy, send, start, wait_for_checkpoints},
    support::{Ran, Scratch},
};

/// A replay that was stopped, in `kept`.
fn stopped() -> Scratch {
    let scratch = Scratch::new();
    scratch.run("generate events --records 1600 --seed 7 --set keys=20 --to data").expect(0);
    let line = "replay data --job per-record --set window=tumbling:500 --set delay=2000 --checkpoint-every 20 --out out";
    let child = start(&scratch, line);
    wait_for_checkpoints(&scratch, "out.partial/stable");
    send(&child, "-KILL");
    Ran::ended(child, line);
    fs::rename(scratch.path("out.partial"), scratch.path("kept")).expect("renamed");
    scratch
}

/// Resumes under `limit`, which may be too little for it, and then without. How it ended the first time.
fn resume_under(scratch: &Scratch, limit: &str) -> Ran {
    copy(scratch, "kept", "out.partial");
    let ran = scratch.shell(&format!("ulimit {limit}; exec \"$COUNTERPOINT\" replay --resume out.partial"));
    if ran.code != Some(0) {
        // It may have come to its end, and only the removal failed.
        if scratch.path("out.partial").exists() {
            let names = scratch.names("out.partial/stable");
            assert!(!names.iter().any(|name| name.contains("damaged")), "{limit}: {names:?}\n{ran}");
        }
        scratch.run("replay --resume out.partial").expect(0);
    }
    assert!(!ran.stderr.contains("done again"), "{limit}: {ran}");
    fs::remove_dir_all(scratch.path("out")).expect("the run");
    ran
}

#[test]
fn without_files_it_says_so_and_nothing_is_put_aside() {
    let scratch = stopped();
    let mut failed = 0;
    // Below five, the program isn't even loaded.
    for files in 5..32 {
        let ran = resume_under(&scratch, &format!("-n {files}"));
        if ran.code != Some(0) {
            let ran = ran.expect(1);
            assert!(ran.stderr.contains("Too many open files"), "{files}: {ran}");
            failed += 1;
        }
    }
    assert!((5..27).contains(&failed), "vacuous: {failed}");
}

#[test]
fn without_memory_nothing_is_put_aside() {
    let scratch = stopped();
    let mut failed = 0;
    for kib in (60_000..200_000).step_by(10_000) {
        let ran = resume_under(&scratch, &format!("-v {kib}"));
        // The system may end a program that asks for memory in vain.
        failed += u32::from(ran.code != Some(0));
    }
    assert!(failed > 0, "vacuous");
}
