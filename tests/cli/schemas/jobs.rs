//! Holds what is told of jobs, one by one, and by the program of itself, to its schemas.

use super::{
    held::{check, check_quickly},
    shipped,
};
use crate::support::Scratch;

pub(super) const SCHEMAS: &[&str] = &["completions", "jobs", "man", "reference", "replay", "replay-timings"];

#[test]
fn references() {
    let scratch = Scratch::with_tiny();
    for dataset in ["tiny".to_owned(), shipped("datasets/data/clicks")] {
        let printed = scratch.run(&format!("batch {dataset} --out answer --json")).expect(0).json();
        check("reference", &printed);
        assert_eq!(scratch.json("answer/results.json"), printed);
        std::fs::remove_dir_all(scratch.path("answer")).expect("the answer");
    }
}

#[test]
fn replays() {
    let scratch = Scratch::with_tiny();
    let clicks = shipped("datasets/data/clicks");
    let faults = ["--checkpoint-every", "100", "--fault", "crash at record 1050"];
    for (words, more) in [
        ("tiny --job first-fit".to_owned(), &[][..]),
        ("tiny --job first-fit --pace 100000/s".to_owned(), &[]),
        (format!("{clicks} --job per-record"), &[]),
        (format!("{clicks} --job per-record"), &faults),
    ] {
        let words: Vec<&str> = words.split(' ').collect();
        let ran = scratch.run_args(&[&["replay", "--out", "run", "--json"], &words[..], more].concat());
        // A busy machine may make a paced feeder late; what is written is the same.
        assert!(matches!(ran.code, Some(0 | 6)), "{ran}");
        let printed = ran.json();
        check("replay", &printed);
        check("replay", &scratch.json("run/results.json"));
        check("replay-timings", &scratch.json("run/timings.json"));
        std::fs::remove_dir_all(scratch.path("run")).expect("the run");
    }
}

#[test]
fn what_the_program_says_of_itself() {
    let scratch = Scratch::new();
    check_quickly("jobs", &scratch.run("jobs --json").expect(0).json());
    check("completions", &scratch.run("completions bash --json").expect(0).json());
    check("man", &scratch.run("man --json").expect(0).json());
    check("man", &scratch.run("man manual --json").expect(0).json());
}
