//! Experiments: the file, the flags over it, and what `--json` prints of them.

use crate::support::{BEST_FOR_FIRST, Scratch, keys, list, number, text};

const FILE: &str = "problem = 'bin-packing'
dataset = 'tiny'
[stable]
job = 'first-fit'
[candidate]
job = 'best-fit'
[replay]
order = 'shuffled'
pace = 'max'
trigger = 'record'
seed = 1
amplify = 1
orders = 2
[gate]
competitive_ratio = 1.5
competitive_ratio_increase = '10%'
divergence = 1
decision_changes = 9
budget = '2s'
error_rate = '5%'
";

/// The resolved experiment of `line`, run on [`FILE`].
fn resolved(line: &str) -> toml::Table {
    resolved_of(FILE, line)
}

fn resolved_of(file: &str, line: &str) -> toml::Table {
    let scratch = Scratch::with_tiny();
    scratch.write("experiment.toml", file);
    scratch.run("generate uniform --records 20 --seed 1 --to other").expect(0);
    scratch.run(&format!("run experiment.toml {line} --out out")).expect(0);
    scratch.read("out/experiment.toml").parse().expect("TOML")
}

#[test]
fn what_the_file_says_is_what_is_run() {
    // These cost replicates, so they are not in all the others.
    let file = format!("{FILE}latency_increase = '900%'\nlatency_tail_increase = '800%'\n");
    let mut found = resolved_of(&file, "");
    found.remove("dataset_blake3");
    found.remove("parameters");
    assert_eq!(found, file.parse().expect("TOML"));
}

#[test]
fn flags_override_the_file() {
    let base = resolved("");
    let check = |flag: &str, path: [&str; 2], expected: toml::Value| {
        let found = resolved(flag);
        let value = |table: &toml::Table| match path {
            ["", key] => table.get(key).cloned(),
            [section, key] => table.get(section).and_then(|section| section.get(key)).cloned(),
        };
        assert_eq!(value(&found), Some(expected.clone()), "{flag}");
        assert_ne!(value(&base), Some(expected), "{flag} must change something");
    };
    check("--dataset other", ["", "dataset"], "other".into());
    check("--stable worst-fit", ["stable", "job"], "worst-fit".into());
    check("--candidate harmonic:4", ["candidate", "job"], "harmonic:4".into());
    check("--order ascending", ["replay", "order"], "ascending".into());
    check("--seed 9", ["replay", "seed"], 9.into());
    check("--orders 3", ["replay", "orders"], 3.into());
    check("--set capacity=12", ["parameters", "capacity"], 12.into());
    check("--competitive-ratio 1.75", ["gate", "competitive_ratio"], 1.75.into());
    check("--competitive-ratio-increase 2.5%", ["gate", "competitive_ratio_increase"], "2.5%".into());
    check("--divergence 7", ["gate", "divergence"], 7.into());
    check("--latency-increase 800%", ["gate", "latency_increase"], "800%".into());
    check("--latency-tail-increase 700%", ["gate", "latency_tail_increase"], "700%".into());
    check("--decision-changes 10", ["gate", "decision_changes"], 10.into());
    check("--budget 3s", ["gate", "budget"], "3s".into());
    check("--error-rate 2%", ["gate", "error_rate"], "2%".into());
}

#[test]
fn a_paced_replay_is_written_as_it_was_asked_for() {
    let scratch = Scratch::with_tiny();
    let ran = scratch
        .run(&format!("run {BEST_FOR_FIRST} --pace 2000/s --trigger record --latency-p99 2s --out out"));
    assert!(matches!(ran.code, Some(0 | 6)), "{ran}");
    let written = scratch.read("out/experiment.toml");
    assert!(written.contains("pace = \"2000/s\"") && written.contains("latency_p99 = \"2s\""), "{written}");
    // Twelve records don't tell of one in a hundred.
    let checks = scratch.json("out/timings.json")["verdict"]["checks"].clone();
    let p99 = list(&checks).iter().find(|check| text(&check["name"]) == "latency_p99").cloned();
    let p99 = p99.expect("a limit that was asked for is judged");
    assert!(p99["outcome"] == "inconclusive" && text(&p99["note"]).contains("459"), "{p99}");
    assert_eq!(number(&scratch.json("out/timings.json")["stable"]["records"]), 12);
}

#[test]
fn another_capacity_gives_another_answer() {
    let scratch = Scratch::with_tiny();
    scratch.run(&format!("run {BEST_FOR_FIRST} --set capacity=58 --out out")).expect(0);
    let results = scratch.json("out/results.json");
    assert_eq!(number(&results["parameters"]["capacity"]), 58);
    assert_eq!(number(&results["candidate"]["cost"]["value"]), 1);
    scratch
        .run(&format!("run {BEST_FOR_FIRST} --set capacity=3"))
        .expect(4)
        .says(&["tiny/records.csv line 2", "size 4 exceeds the capacity 3"]);
    assert_eq!(scratch.names(""), ["out", "tiny"]);
}

#[test]
fn json_is_the_results_and_nothing_else() {
    let scratch = Scratch::with_tiny();
    for verb in ["run", "gate"] {
        let ran = scratch.run(&format!("--json {verb} {BEST_FOR_FIRST} --orders 3 --out {verb}")).expect(0);
        assert!(ran.stderr.is_empty(), "{ran}");
        let (printed, results) = (ran.json(), scratch.json(&format!("{verb}/results.json")));
        for key in keys(&results) {
            assert_eq!(printed[key], results[key], "{verb} {key}");
        }
        assert_eq!(printed["timings"], scratch.json(&format!("{verb}/timings.json")));
        assert_eq!((text(&printed["outcome"]), text(&printed["run"])), ("pass", verb));
    }
    let failed = scratch
        .run("gate --json --dataset tiny --stable first-fit --candidate worst-fit --out failed")
        .expect(3);
    assert_eq!(text(&failed.json()["outcome"]), "fail");
    let invalid =
        scratch.run("gate --json --dataset missing --stable first-fit --candidate best-fit").expect(4);
    assert!(invalid.stdout.is_empty(), "{invalid}");
}

#[test]
fn without_a_file_the_default_experiment_is_run() {
    let scratch = Scratch::with_tiny();
    scratch.run("run").expect(2).says(&["experiments/bin-packing.toml"]).hints("--dataset");
    scratch.run("gate").expect(2).hints("'counterpoint demo'");
    std::fs::create_dir(scratch.path("experiments")).expect("a fresh folder");
    scratch.write("experiments/bin-packing.toml", FILE);
    let ran = scratch.run("run").expect(0);
    let id = &scratch.names("runs")[1];
    assert!(ran.stdout.contains(&format!("runs/{id}/report.html")), "{ran}");
    assert!(ran.stdout.contains("first-fit") && ran.stdout.contains("best-fit"), "{ran}");
}

#[test]
fn the_command_in_the_report_repeats_the_run() {
    let scratch = Scratch::with_tiny();
    scratch.write("experiment.toml", FILE);
    scratch.run("run experiment.toml --out one").expect(0);
    let page = scratch.read("one/report.html");
    let (_, rest) = page.split_once("counterpoint run \\").expect("the command");
    // A flag a line, as a shell takes them.
    let command = rest.split('<').next().expect("a tag ends it").trim_start_matches('\n').replace("\\\n", "");
    scratch.run(&format!("run {command} --out two")).expect(0);
    assert_eq!(scratch.read("one/results.json"), scratch.read("two/results.json"));
}

#[test]
fn an_experiment_finds_its_dataset_from_anywhere() {
    let scratch = Scratch::with_tiny();
    std::fs::create_dir_all(scratch.path("e/deep")).expect("a folder");
    std::fs::create_dir(scratch.path("elsewhere")).expect("a folder");
    scratch.write("e/deep/one.toml", FILE);
    let run_in = |folder: &str, line: &str| {
        let mut command = scratch.command();
        command.args(line.split_whitespace()).current_dir(scratch.path(folder));
        crate::support::Ran::of(&mut command)
    };
    // Above the file, wherever the program runs.
    run_in("elsewhere", "run ../e/deep/one.toml --out ../runs/one").expect(0);
    assert!(scratch.read("runs/one/experiment.toml").contains("dataset = \"tiny\""));
    // A run's own experiment, from its folder and from another.
    run_in("runs/one", "run experiment.toml --out ../two").expect(0);
    run_in("elsewhere", "run ../runs/two/experiment.toml --out ../runs/three").expect(0);
    assert_eq!(scratch.read("runs/one/experiment.toml"), scratch.read("runs/three/experiment.toml"));
    // Beside the file comes first; a flag is for the folder in which the program runs.
    std::fs::create_dir(scratch.path("e/deep/tiny")).expect("a folder");
    for name in ["records.csv", "manifest.toml"] {
        std::fs::copy(scratch.path("tiny").join(name), scratch.path("e/deep/tiny").join(name))
            .expect("a copy");
    }
    scratch.edit("e/deep/tiny/manifest.toml", "name = \"tiny\"", "name = \"nearer\"");
    run_in("elsewhere", "run ../e/deep/one.toml --out ../runs/four").expect(0);
    assert_eq!(text(&scratch.json("runs/four/results.json")["dataset"]["name"]), "nearer");
    run_in("elsewhere", "run ../e/deep/one.toml --dataset ../tiny --out ../runs/five").expect(0);
    assert_eq!(text(&scratch.json("runs/five/results.json")["dataset"]["name"]), "tiny");
    run_in("elsewhere", "run ../e/deep/one.toml --dataset tiny").expect(4).says(&["tiny: no such file"]);
}

#[test]
fn a_dataset_that_is_not_there_is_told_with_the_line_that_names_it() {
    let scratch = Scratch::with_tiny();
    scratch.write("experiment.toml", FILE.replace("'tiny'", "'none'"));
    let ran = scratch.run("run experiment.toml").expect(4);
    ran.says(&["experiment.toml line 2: dataset none: no such file or folder"]).hints("starts from");
}
