//! The end of a run with checkpoints: a kill between any two of its steps leaves something that a resume makes whole, with
//! the verdict's own exit code.

use std::{fs, process::Child, thread, time::Duration};

use crate::{
    recovery::{copy, send, start, wait_for_checkpoints},
    support::{Ran, Scratch},
};

/// The settings make some records late, so a gate without patience fails.
const FLAGS: &str = "--set window=tumbling:500 --set delay=0 --checkpoint-every 20";

/// The commands that keep a folder beside their run, each with its exit code.
fn commands() -> [(&'static str, String, i32); 3] {
    let pair = format!("--dataset data --stable per-record --candidate pre-aggregated {FLAGS}");
    [
        ("replay", format!("replay data --job per-record {FLAGS}"), 0),
        ("run", format!("run {pair}"), 0),
        ("gate", format!("gate {pair} --divergence 0"), 3),
    ]
}

fn scratch() -> Scratch {
    let scratch = Scratch::new();
    scratch.run("generate events --records 1600 --seed 7 --set keys=20 --to data").expect(0);
    scratch
}

/// A run of `line` that was killed in the middle, in `out.partial`.
fn killed(scratch: &Scratch, line: &str) {
    let line = format!("{line} --out out");
    let child = start(scratch, &line);
    wait_for_checkpoints(scratch, "out.partial/stable");
    send(&child, "-KILL");
    Ran::ended(child, &line);
}

/// Writes what the program says in a kept folder of a run that is about to stand.
fn announce(scratch: &Scratch, kept: &str, run: &str) {
    let files = ["results.json", "timings.json"].map(|name| scratch.read(&format!("{run}/{name}")));
    scratch.write(&format!("{kept}/ended"), blake3::hash(files.concat().as_bytes()).to_hex().as_str());
}

#[test]
fn a_resume_after_any_step_of_the_end_comes_to_the_verdict() {
    for (verb, line, code) in commands() {
        let scratch = scratch();
        killed(&scratch, &line);
        let resume = |code: i32| scratch.run(&format!("{verb} --resume out.partial")).expect(code);
        copy(&scratch, "out.partial", "kept");
        resume(code);
        assert!(!scratch.path("out.partial").exists(), "{verb}");
        let run =
            scratch.state().into_iter().filter(|(name, _)| name.starts_with("out/")).collect::<Vec<_>>();
        let is_untouched = || {
            run.iter().all(|(name, was)| {
                name.ends_with('/') || fs::read(scratch.path(name)).is_ok_and(|is| is == *was)
            })
        };

        // It stands, and what was kept is gone.
        let ran = resume(code);
        assert!(ran.stderr.contains("had come to its end"), "{ran}");
        assert!(is_untouched());
        // It stands, and what was kept is still there.
        copy(&scratch, "kept", "out.partial");
        announce(&scratch, "out.partial", "out");
        resume(code);
        assert!(is_untouched() && !scratch.path("out.partial").exists(), "{verb}");
        // It was announced, and doesn't stand.
        copy(&scratch, "kept", "out.partial");
        announce(&scratch, "out.partial", "out");
        fs::remove_dir_all(scratch.path("out")).expect("it was there");
        resume(code);
        assert!(scratch.path("out/results.json").is_file() && !scratch.path("out.partial").exists());
        // Another run stands there.
        copy(&scratch, "kept", "out.partial");
        let before = scratch.state();
        resume(2).says(&["out exists already"]);
        let mut after = scratch.state();
        // The lock names its last holder.
        after.insert("out.partial/run.lock".to_owned(), before["out.partial/run.lock"].clone());
        assert_eq!(after, before, "{verb}");
    }
}

#[test]
fn each_verdict_has_its_exit_code_again() {
    let scratch = scratch();
    let (verb, line, code) = &commands()[2];
    scratch.run(&format!("{line} --out out")).expect(*code);
    for (outcome, gate, run) in [("pass", 0, 0), ("fail", 3, 0), ("inconclusive", 5, 0), ("invalid", 6, 6)] {
        let mut timings = scratch.json("out/timings.json");
        timings["outcome"] = outcome.into();
        scratch.write("out/timings.json", timings.to_string());
        scratch.run(&format!("{verb} --resume out.partial")).expect(gate);
        scratch.run("run --resume out.partial").expect(run);
        let ran = scratch.run(&format!("{verb} --resume out.partial --json")).expect(gate);
        assert_eq!(ran.json()["outcome"], outcome);
    }
    scratch.run("replay --resume out.partial").expect(4).says(&["is not an interrupted run"]);
}

/// Kills the program when its run appears, which is before it has told of it.
fn kill_at_the_end(scratch: &Scratch, child: &mut Child) {
    while !scratch.path("out").exists() {
        assert!(child.try_wait().expect("it is our child").is_none(), "it ended without a run");
        thread::sleep(Duration::from_micros(100));
    }
    // It may have ended by itself.
    let _ = child.kill();
}

#[test]
fn one_killed_as_its_run_appears_is_resumed_to_its_verdict() {
    for (verb, line, code) in commands() {
        let scratch = scratch();
        for _ in 0..3 {
            let mut child = start(&scratch, &format!("{line} --out out"));
            kill_at_the_end(&scratch, &mut child);
            Ran::ended(child, &line);
            scratch.run(&format!("{verb} --resume out.partial")).expect(code);
            assert!(!scratch.path("out.partial").exists(), "{verb}");
            fs::remove_dir_all(scratch.path("out")).expect("the run");
        }
        // What a kill left of a folder that was being removed goes with the next run.
        scratch.run(&format!("{line} --out out")).expect(code);
        assert_eq!(scratch.names(""), ["data", "out"]);
    }
}
