//! Experiments and flags that can't be run: exit code 2, what is wrong, where, and what was probably meant.

use crate::support::{BEST_FOR_FIRST, Scratch};

const FILE: &str = "dataset = 'tiny'\n[stable]\njob = 'first-fit'\n[candidate]\njob = 'best-fit'\n";

fn check_flags(flags: &str, parts: &[&str]) {
    check_args(&flags.split_whitespace().collect::<Vec<_>>(), parts);
}

fn check_args(flags: &[&str], parts: &[&str]) {
    let scratch = Scratch::with_tiny();
    for verb in ["run", "gate"] {
        let args: Vec<&str> =
            [verb].into_iter().chain(BEST_FOR_FIRST.split(' ')).chain(flags.iter().copied()).collect();
        // A flag that is given twice is refused, so the one to be tried takes the other's place.
        let args = without_overridden(&args);
        let ran = scratch.run_args(&args).expect(2).says(parts);
        assert!(ran.stdout.is_empty(), "{ran}");
        assert_eq!(scratch.names(""), ["tiny"], "{ran}");
    }
}

/// Drops the first of two equal flags with its value.
fn without_overridden<'a>(args: &[&'a str]) -> Vec<&'a str> {
    let mut kept = args.to_vec();
    while let Some(at) = (0..kept.len())
        .find(|&at| kept[at].starts_with("--") && kept[at] != "--set" && kept[at + 1..].contains(&kept[at]))
    {
        kept.drain(at..at + 2);
    }
    kept
}

/// Puts `more` into an experiment file, which is then refused at `line`.
fn check_file(more: &str, line: u32, parts: &[&str]) {
    let scratch = Scratch::with_tiny();
    scratch.write("experiment.toml", format!("{more}\n{FILE}"));
    let at = format!("experiment.toml line {line}");
    for verb in ["run", "gate"] {
        scratch.run(&format!("{verb} experiment.toml")).expect(2).says(&[&at]).says(parts);
    }
    assert_eq!(scratch.names(""), ["experiment.toml", "tiny"]);
}

#[test]
fn an_unknown_job_names_the_nearest() {
    for role in ["--stable", "--candidate"] {
        check_flags(&format!("{role} frist-fit"), &["unknown job 'frist-fit'", "did you mean", "first-fit"]);
        check_flags(&format!("{role} best_fit"), &["unknown job 'best_fit'", "did you mean", "best-fit"]);
        check_flags(&format!("{role} harmonik:7"), &["unknown job 'harmonik'", "did you mean", "harmonic"]);
        check_flags(
            &format!("{role} xyzzy"),
            &["unknown job 'xyzzy'", "expected one of", "next-fit", "harmonic"],
        );
    }
    let scratch = Scratch::with_tiny();
    scratch.run("replay tiny --job wurst-fit").expect(2).says(&["'wurst-fit'"]).hints("worst-fit");
    assert_eq!(scratch.names(""), ["tiny"]);
}

#[test]
fn an_unknown_job_in_a_file_names_the_nearest() {
    let scratch = Scratch::with_tiny();
    scratch.write("experiment.toml", FILE.replace("best-fit", "bset-fit"));
    scratch.run("run experiment.toml").expect(2).says(&["'bset-fit'"]).hints("best-fit");
}

#[test]
fn a_jobs_parameter_is_checked() {
    check_flags("--candidate harmonic", &["harmonic", "needs its parameter k", "harmonic:7"]);
    check_flags("--candidate harmonic:", &["harmonic", "whole number"]);
    check_flags("--candidate harmonic:0", &["harmonic", "'0'"]);
    check_flags("--candidate harmonic:-1", &["harmonic", "'-1'"]);
    check_flags("--candidate harmonic:1.5", &["harmonic", "'1.5'"]);
    check_flags("--candidate harmonic:99999999999", &["harmonic", "'99999999999'"]);
    check_flags("--candidate first-fit:3", &["first-fit", "takes no parameter", ":3"]);
}

#[test]
fn an_unknown_key_names_line_and_the_nearest() {
    check_file("datset = 'tiny'", 1, &["unknown key `datset`", "did you mean `dataset`"]);
    check_file("\n\nstabel = 3", 3, &["unknown key `stabel`", "did you mean `stable`"]);
    check_file("replay.sed = 3", 1, &["unknown key `sed`", "did you mean `seed`"]);
    check_file("gate.latency_p9 = '1ms'", 1, &["unknown key `latency_p9`", "`latency_p99`"]);
    check_file("gate.zzz = '1ms'", 1, &["unknown key `zzz`", "expected one of"]);
    check_file("problem = 'bin-packing'\nproblem = 'bin-packing'", 2, &["duplicate key"]);
}

#[test]
fn values_of_the_wrong_kind_name_their_line() {
    check_file("replay.seed = 'x'", 1, &["\"x\""]);
    check_file("replay.seed = -1", 1, &["-1"]);
    check_file("gate.competitive_ratio_increase = 5", 1, &["5"]);
    check_file("gate.competitive_ratio_increase = '5'", 1, &["'5' has no unit", "5%"]);
    check_file("gate.latency_p99 = '1'", 1, &["'1' is not a length of time", "1ms"]);
    check_file("parameters.capacity = 1.5", 1, &["1.5"]);
    check_file("problem = ", 1, &[]);
}

#[test]
fn an_experiment_that_cannot_be_read() {
    let scratch = Scratch::with_tiny();
    scratch.run("run gone.toml").expect(2).says(&["gone.toml"]).hints("--dataset");
    scratch.run("run tiny").expect(2).says(&["tiny"]);
    scratch.write("latin.toml", b"problem = '\xe9'");
    scratch.run("run latin.toml").expect(2).says(&["latin.toml"]);
    scratch.write("empty.toml", "");
    scratch.run("run empty.toml").expect(2).says(&["names no dataset"]).hints("--dataset");
    scratch.run("run --dataset tiny --stable first-fit").expect(2).says(&["names no candidate"]);
    scratch.run("run --dataset tiny --candidate first-fit").expect(2).says(&["names no stable"]);
}

#[test]
fn flags_with_values_that_make_no_sense() {
    check_flags("--order sorted", &["'sorted'", "ascending"]);
    check_flags("--pace fast", &["'fast'", "100000/s"]);
    check_flags("--pace 0/s", &["'0/s'"]);
    check_flags("--trigger sometimes", &["'sometimes'", "record"]);
    check_flags("--seed -1", &["-1"]);
    check_flags("--seed 9223372036854775808", &["9223372036854775808"]);
    check_flags("--competitive-ratio 0.9", &["0.9"]);
    check_flags("--competitive-ratio NaN", &["NaN"]);
    check_flags("--competitive-ratio inf", &["inf"]);
    check_flags("--latency-increase 5", &["'5'", "5%"]);
    check_flags("--latency-p99 0ms", &["0ms"]);
    check_flags("--latency-p99 1ms", &["latency_p99 = 1ms", "due time", "--pace 10000/s"]);
    check_flags("--peak-memory 200", &["'200'", "200MB"]);
    check_flags("--peak-memory 200MB", &["peak_memory = 200MB", "no process of its own"]);
    check_flags("--peak-memory-increase 10%", &["peak_memory_increase = 10%", "process of their own"]);
    check_flags("--budget 4294967296s", &["budget = 4294967296s", "86400s"]);
    check_flags("--orders 1000000000", &["orders = 1000000000", "1000000"]);
    check_flags("--divergence -1", &["-1"]);
    check_flags("--set capacity=0", &["capacity", "0"]);
    check_flags("--set capacity=x", &["capacity", "'x'"]);
    check_flags("--set capasity=9", &["'capasity'", "did you mean capacity"]);
    check_flags("--set capacity", &["'capacity'", "NAME=VALUE"]);
    check_flags("--set capacity=11 --set capacity=12", &["capacity", "twice"]);
    check_flags("--problem bin-paking", &["'bin-paking'", "did you mean bin-packing"]);
    check_flags("--problem zzz", &["'zzz'", "expected one of: bin-packing"]);
}

#[test]
fn a_misspelt_flag_or_command_names_the_nearest() {
    check_flags("--candidat best-fit", &["--candidat", "--candidate"]);
    let scratch = Scratch::with_tiny();
    scratch.run("verfiy tiny").expect(2).says(&["verfiy", "verify"]);
}
