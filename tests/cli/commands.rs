//! The smaller commands: jobs, freeze, verify, generate, batch, replay.

use crate::support::{Scratch, keys, list, number, text};

#[test]
fn jobs_lists_every_version_with_what_is_proved_of_it() {
    let scratch = Scratch::new();
    let people = scratch.run("jobs").expect(0).stdout;
    let json = scratch.run("jobs --json").expect(0).json();
    assert!(
        people.contains("  records of event_time_ms, key, value; partition where the data has it\n"),
        "{people}"
    );
    assert_eq!(json["problems"][0]["columns"], serde_json::json!(["size"]));
    let problem = &list(&json["problems"])[0];
    assert_eq!(text(&problem["problem"]), "bin-packing");
    assert_eq!(text(&problem["parameters"][0]["name"]), "capacity");
    let names: Vec<&str> = list(&problem["versions"]).iter().map(|version| text(&version["job"])).collect();
    let promised = [
        "next-fit",
        "first-fit",
        "best-fit",
        "worst-fit",
        "almost-worst-fit",
        "harmonic:K",
        "refined-harmonic",
    ];
    assert!(promised.iter().all(|job| names.contains(job)), "{names:?}");
    for version in list(&problem["versions"]) {
        assert!(people.contains(text(&version["example"])), "{people}");
        assert!(people.contains(text(&version["source"])), "{people}");
        let proven = version["proven_asymptotic"].as_f64();
        assert!(proven.is_none_or(|ratio| (1.5..=2.0).contains(&ratio)), "{version}");
        assert_eq!(proven.is_none(), text(&version["source"]).is_empty(), "{version}");
    }
}

#[test]
fn the_help_of_each_command_shows_an_example() {
    let scratch = Scratch::new();
    for command in [
        "run", "gate", "freeze", "show", "verify", "generate", "batch", "replay", "compare", "report", "jobs",
    ] {
        let ran = scratch.run(&format!("{command} --help")).expect(0);
        assert!(ran.stdout.contains(&format!("  counterpoint {command}")), "{ran}");
    }
}

#[test]
fn freeze_makes_a_folder_that_verifies() {
    let scratch = Scratch::new();
    scratch.write("items.csv", "id,size\na,1.5\nb,12\nc,0.25\n");
    let ran =
        scratch.run("freeze items.csv --to data --problem bin-packing --set capacity=20.5 --json").expect(0);
    let manifest = &ran.json()["frozen"][0];
    assert_eq!((number(&manifest["records"]), number(&manifest["scale"])), (3, 100));
    assert_eq!(number(&manifest["parameters"]["capacity"]), 2050);
    assert!(ran.stderr.contains("columns left out: `id`"), "{ran}");
    assert_eq!(scratch.files("data"), ["manifest.toml", "records.csv"]);
    assert_eq!(scratch.read("data/records.csv"), "size\n150\n1200\n25\n");
    assert_eq!(scratch.names(""), ["data", "items.csv"]);
    let ran = scratch.run("verify data").expect(0);
    assert!(ran.stdout.contains("3 records") && ran.stdout.contains(text(&manifest["blake3"])), "{ran}");
    assert_eq!(&scratch.run("verify data --json").expect(0).json(), manifest);
}

#[test]
fn freeze_reads_a_column_by_another_name() {
    let scratch = Scratch::new();
    scratch.write("parcels.csv", "size,weight\n9,1\n9,2\n");
    scratch.run("freeze parcels.csv --to data --problem bin-packing --set capacity=5 --column size=weight --name w").expect(0);
    assert_eq!(scratch.sizes("data"), [1, 2]);
    assert_eq!(text(&scratch.run("verify data --json").expect(0).json()["name"]), "w");
}

#[test]
fn freeze_tells_the_list_formats_from_their_content() {
    let scratch = Scratch::new();
    scratch.write("bpp.txt", "3\n10\n4\n5\n6\n");
    scratch.run("freeze bpp.txt --to bpp").expect(0);
    assert_eq!(scratch.sizes("bpp"), [4, 5, 6]);
    scratch.write("or.txt", "2\n a\n 10 2 1\n4\n6\n b\n 1.5 1 1\n0.5\n");
    scratch.run("freeze or.txt --to or").expect(0);
    assert_eq!(scratch.names("or"), ["a", "b"]);
    assert_eq!((scratch.sizes("or/a"), scratch.sizes("or/b")), (vec![4, 6], vec![5]));
    scratch.run("freeze or.txt --instance b --to only").expect(0);
    assert_eq!(scratch.sizes("only"), [5]);
    scratch.run("freeze or.txt --instance c --to none").expect(2).says(&["c"]);
    scratch.run("freeze or.txt --to or").expect(2).says(&["or/a exists already"]);
}

#[test]
fn verify_wants_a_dataset_of_a_known_problem() {
    let scratch = Scratch::with_tiny();
    scratch.run("verify tiny").expect(0);
    scratch.edit("tiny/manifest.toml", "bin-packing", "cutting-stock");
    scratch.run("verify tiny").expect(4).says(&["tiny", "cutting-stock"]);
}

#[test]
fn verify_finds_a_size_that_exceeds_the_capacity() {
    let scratch = Scratch::with_tiny();
    scratch.edit("tiny/manifest.toml", "capacity = 10", "capacity = 6");
    for command in ["verify tiny", "batch tiny", "replay tiny --job first-fit"] {
        let line = 2 + scratch.sizes("tiny").iter().position(|size| *size > 6).expect("a larger size");
        scratch
            .run(command)
            .expect(4)
            .says(&[&format!("tiny/records.csv line {line}: size"), "exceeds the capacity 6"]);
    }
}

#[test]
fn a_seed_gives_the_same_dataset_every_time() {
    let scratch = Scratch::new();
    for generator in ["uniform", "triplets"] {
        let line =
            |seed: u64, to: &str| format!("generate {generator} --records 300 --seed {seed} --to {to}");
        for (seed, to) in [(9, "one"), (9, "two"), (10, "three")] {
            scratch.run(&line(seed, &format!("{generator}/{to}"))).expect(0);
            scratch.run(&format!("verify {generator}/{to}")).expect(0);
        }
        let both = |to: &str| {
            ["records.csv", "manifest.toml"].map(|name| scratch.read(&format!("{generator}/{to}/{name}")))
        };
        assert_eq!(both("one"), both("two"), "{generator}");
        assert_ne!(both("one")[0], both("three")[0], "{generator}");
    }
}

#[test]
fn generators_keep_to_their_ranges() {
    let scratch = Scratch::new();
    scratch.run("generate uniform --records 500 --seed 3 --to falkenauer").expect(0);
    let sizes = scratch.sizes("falkenauer");
    assert_eq!((sizes.iter().min(), sizes.iter().max(), sizes.len()), (Some(&20), Some(&100), 500));
    scratch
        .run("generate uniform --records 500 --seed 3 --to plain --set min=1 --set max=3 --set capacity=7")
        .expect(0);
    assert!(scratch.sizes("plain").iter().all(|size| (1..=3).contains(size)));
    scratch.run("generate triplets --records 60 --seed 3 --to triplets").expect(0);
    let json = scratch.run("verify triplets --json").expect(0).json();
    let capacity = number(&json["parameters"]["capacity"]);
    assert_eq!(number(&json["optimum"]), 20);
    assert_eq!(scratch.sizes("triplets").iter().sum::<u64>(), 20 * capacity);
}

#[test]
fn generate_says_what_it_cannot_make() {
    let scratch = Scratch::with_tiny();
    let check = |flags: &str, parts: &[&str]| {
        let before = scratch.state();
        scratch.run(&format!("generate {flags}")).expect(2).says(parts);
        assert_eq!(scratch.state(), before, "{flags}");
    };
    check("uniforn --records 3 --seed 1 --to new", &["uniforn", "did you mean", "uniform"]);
    check("uniform --records 0 --seed 1 --to new", &["records is 0"]);
    check("triplets --records 4 --seed 1 --to new", &["4", "three", "take 3 or 6"]);
    check("uniform --records 3 --seed 1 --set mni=1 --to new", &["mni", "min"]);
    check("uniform --records 3 --seed 1 --set max=151 --to new", &["151", "exceeds the capacity 150"]);
    check("uniform --records 3 --seed 1 --set min=1.5 --to new", &["1.5", "whole number"]);
    check("uniform --records 3 --seed 1 --to tiny", &["tiny exists already"]);
}

#[test]
fn batch_prints_the_interval_and_writes_it_where_it_is_told_to() {
    let scratch = Scratch::with_tiny();
    let ran = scratch.run("batch tiny").expect(0);
    assert!(ran.stdout.contains("tiny: exactly 5 bins"), "{ran}");
    assert_eq!(scratch.names(""), ["tiny"]);
    let ran = scratch.run("batch tiny --problem bin-packing --json --out out").expect(0);
    assert_eq!(scratch.files("out"), ["answers/reference.csv", "results.json"]);
    assert_eq!(ran.json(), scratch.json("out/results.json"));
    assert_eq!(number(&ran.json()["reference"]["bounds"]["upper"]), 5);
    assert_eq!(text(&ran.json()["reference"]["kind"]), "exact");
    let more = scratch.run("batch tiny --set capacity=25 --json").expect(0).json();
    assert_eq!(number(&more["parameters"]["capacity"]), 25);
    assert!(number(&more["reference"]["bounds"]["upper"]) < 5, "{more}");
}

#[test]
fn replay_leaves_the_answer_the_ledger_and_the_timings() {
    let scratch = Scratch::with_tiny();
    let ran = scratch.run("replay tiny --job best-fit --order shuffled --seed 3 --json --out out").expect(0);
    assert_eq!(
        scratch.files("out"),
        ["answers/answer.csv", "latency/latency.hlog", "report.html", "results.json", "timings.json"]
    );
    let (json, results) = (ran.json(), scratch.json("out/results.json"));
    for key in keys(&results) {
        assert_eq!(json[key], results[key], "{key}");
    }
    assert_eq!(json["timings"], scratch.json("out/timings.json"));
    assert_eq!(number(&results["ledger"]["used"]), 12);
    let page = scratch.read("out/report.html");
    let cost = number(&results["cost"]);
    for shown in ["best-fit on tiny", "href=\"answers/answer.csv\"", text(&results["dataset"]["blake3"])] {
        assert!(page.contains(shown), "no {shown}: {page}");
    }
    for (name, value) in [("bins", cost), ("records", 12), ("used", 12), ("seed", 3)] {
        let row = format!("<th scope=\"row\">{name}</th><td>{value}</td>");
        assert!(page.contains(&row), "no {row}: {page}");
    }
    scratch.run("replay tiny --job best-fit --order shuffled --seed 3 --out again").expect(0);
    assert_eq!(scratch.read("out/results.json"), scratch.read("again/results.json"));
    assert_eq!(scratch.read("out/answers/answer.csv"), scratch.read("again/answers/answer.csv"));
}

#[test]
fn recorded_pace_needs_recorded_times() {
    let scratch = Scratch::with_tiny();
    scratch.run("replay tiny --job first-fit --pace recorded").expect(2).says(&["arrival_ms"]);
    scratch.write("timed.csv", "arrival_ms,size\n1000,1\n1003,2\n1001,3\n1006,4\n");
    scratch.run("freeze timed.csv --to timed --problem bin-packing --set capacity=9").expect(0);
    let ran = scratch.run_args(&["replay", "timed", "--job", "first-fit", "--pace", "recorded x2", "--json"]);
    assert!(matches!(ran.code, Some(0 | 6)), "{ran}");
    assert_eq!(number(&ran.json()["timings"]["latency_ns"]["count"]), 4);
    let shuffled = "replay timed --job first-fit --pace recorded --order shuffled";
    scratch.run(shuffled).expect(2).says(&["recorded"]);
}
