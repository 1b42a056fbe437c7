//! Lambda as a user sees it: what can't be merged, merges that break a law, views that heal, and the advice.

use std::{fs, path::Path};

use serde_json::Value;

use crate::support::{Scratch, list, number, real, text};

/// Results of an experiment that is shipped.
fn shipped(scratch: &Scratch, name: &str) -> Value {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let clicks = root.join("datasets/data/clicks");
    fs::create_dir_all(scratch.path("datasets/data/clicks")).expect("a folder");
    for file in ["manifest.toml", "records.csv"] {
        fs::copy(clicks.join(file), scratch.path("datasets/data/clicks").join(file)).expect("a copy");
    }
    fs::create_dir_all(scratch.path("experiments")).expect("a folder");
    let experiment = format!("experiments/{name}.toml");
    fs::copy(root.join(&experiment), scratch.path(&experiment)).expect("a copy");
    scratch.run(&format!("run {experiment} --out runs/{name}")).expect(0);
    scratch.json(&format!("runs/{name}/results.json"))
}

fn advice(results: &Value) -> Vec<&str> {
    list(&results["architectures"]["advice"]).iter().map(|advice| text(&advice["text"])).collect()
}

#[test]
fn answers_that_do_not_merge_are_refused_with_the_reason() {
    let scratch = Scratch::with_tiny();
    scratch.run("generate requests --records 60 --seed 3 --set keys=6 --to requests").expect(0);
    scratch.run("generate orders --records 60 --seed 3 --set rate=20 --to orders").expect(0);
    scratch.run("generate readings --records 120 --seed 3 --set rate=20 --to readings").expect(0);
    for (run, problem, why) in [
        ("tiny --stable first-fit --candidate best-fit", "bin-packing", "because "),
        ("requests --stable lru --candidate fifo --set cache_size=3", "caching", "because "),
        ("orders --stable per-record --candidate per-record", "order-payment-join", "because "),
        ("readings --stable as-of --candidate latest", "enrichment-join", "because "),
    ] {
        for architecture in ["lambda", "both"] {
            scratch
                .run(&format!("run --architecture {architecture} --dataset {run}"))
                .expect(2)
                .says(&["architecture = \"lambda\"", problem, "can't be merged", why])
                .hints("kappa");
        }
    }
    assert!(!scratch.path("runs").exists() || scratch.names("runs").is_empty(), "nothing is left");
}

#[test]
fn a_merge_that_breaks_a_law_on_the_records_ends_with_6() {
    let scratch = Scratch::new();
    let generate =
        "generate deliveries --records 300 --seed 1 --set keys=5 --set rate=20 --set redelivery=5000";
    for duplicates in [10, 0] {
        scratch.run(&format!("{generate} --set duplicates={duplicates} --to data-{duplicates}")).expect(0);
    }
    let run = |data: &str| {
        scratch.run(&format!(
            "run --architecture lambda --stable keep-ids --candidate keep-ids --dataset {data} --out runs/{data}"
        ))
    };
    let ran = run("data-10").expect(6);
    for part in
        ["deduplicated-totals", "breaks a law on these records", "any split equals the whole", "key '"]
    {
        assert!(ran.stderr.contains(part), "no {part:?} in\n{ran}");
    }
    run("data-0").expect(0);
    let results = scratch.json("runs/data-0/results.json");
    let lambda = &results["architectures"]["lambda"];
    assert!(number(&lambda["laws_tried"]) >= 16);
    assert_eq!(list(&lambda["views"]).len(), 9);
}

#[test]
fn a_bug_behind_the_log_is_refused() {
    let scratch = Scratch::new();
    scratch.run("generate events --records 30 --seed 1 --set keys=5 --set rate=20 --to data").expect(0);
    for architecture in ["lambda", "both"] {
        let jobs = "--stable per-record --candidate per-record --dataset data";
        let run = format!("run --architecture {architecture} {jobs} --bug");
        let args: Vec<&str> = run.split(' ').chain(["lose 30..31"]).collect();
        scratch.run_args(&args).expect(2).says(&["lose 30..31", "nothing to lose", "30 records"]);
    }
}

/// Tumbling, sliding and session windows of one problem merge in two ways.
#[test]
fn sessions_among_windows_merge_as_sessions() {
    let scratch = Scratch::new();
    scratch.run("generate events --records 300 --seed 1 --set keys=5 --set rate=20 --to data").expect(0);
    for (at, window) in ["tumbling:500", "sliding:500:200", "session:300"].into_iter().enumerate() {
        let run = format!(
            "run --architecture lambda --stable per-record --candidate per-record --dataset data \
             --set window={window} --out runs/windows-{at}"
        );
        scratch.run(&run).expect(0);
        let results = scratch.json(&format!("runs/windows-{at}/results.json"));
        let served = &results["architectures"]["lambda"]["served"];
        assert_eq!(number(&served["until_right"]["never"]), 0, "{window}: no record is late");
    }
}

#[test]
fn a_bug_is_healed_where_it_was_predicted() {
    let scratch = Scratch::new();
    let results = shipped(&scratch, "lambda-heals-a-bug");
    let lambda = &results["architectures"]["lambda"];
    let (healing, points) = (&lambda["healing"], list(&lambda["served"]["points"]));
    assert_eq!([&healing["from"], &healing["to"]].map(number), [650, 700]);
    let (predicted, healed) = (number(&healing["predicted_at"]), number(&healing["healed_at"]));
    let sample = number(&points[1]["records"]) - number(&points[0]["records"]);
    assert!(healed.abs_diff(predicted) <= sample, "predicted {predicted}, healed {healed}");
    let claimed = |at: u64| {
        let point = points.iter().rev().find(|point| number(&point["records"]) <= at).expect("a point");
        number(&point["claimed"])
    };
    assert!(claimed(healed) + 15 < claimed(healed - sample), "the error shows, and the view heals it");
}

#[test]
fn kappa_heals_about_where_it_was_predicted() {
    let scratch = Scratch::new();
    let results = shipped(&scratch, "which-one");
    assert!(results["architectures"]["kappa"].get("healing").is_none(), "no bug, no healing");
    let bug = |name: &str, more: &str| {
        let bugged = scratch.read("experiments/which-one.toml").replace("\"both\"", "\"kappa\"");
        let (kept, _) = bugged.split_once("[lambda]").expect("a section");
        scratch.write(&format!("{name}.toml"), format!("{kept}[serving]\nbug = \"lose 650..700\"\n{more}"));
        scratch.run(&format!("run {name}.toml --out runs/{name}")).expect(0);
        scratch.json(&format!("runs/{name}/results.json"))["architectures"]["kappa"].clone()
    };
    let kappa = bug("bug", "");
    let (predicted, healed) =
        (number(&kappa["healing"]["predicted_at"]), number(&kappa["healing"]["healed_at"]));
    assert!(predicted.abs_diff(healed) <= 20, "predicted {predicted}, healed {healed}");
    assert!(healed.abs_diff(number(&kappa["switched_at"])) <= 10, "to the next sample");
    for (name, more) in [
        ("taken-over", "[kappa]\nstart = \"state\"\nstart_at = \"50%\"\n"),
        ("switched-back", "[kappa]\nrollback_at = \"70%\"\n"),
    ] {
        let healing = &bug(name, more)["healing"];
        assert!(healing["predicted_at"].is_null() && healing["healed_at"].is_null(), "{name}: {healing}");
    }
}

#[test]
fn late_data_speaks_for_lambda_and_data_in_time_for_kappa() {
    let scratch = Scratch::new();
    let results = shipped(&scratch, "which-one");
    let said = advice(&results);
    let last = said.last().expect("a recommendation");
    let lambda = &results["architectures"]["lambda"];
    let every = number(&lambda["recommended_every"]);
    assert!(last.starts_with(&format!("Recommended: Lambda, with a view every {every} records.")), "{last}");
    let swept = list(&lambda["sweep"]).iter().find(|swept| number(&swept["every"]) == every).expect("swept");
    let alone: f64 = list(&results["architectures"]["kappa"]["served"]["points"])
        .windows(2)
        .map(|pair| {
            let [from, to] = [&pair[0], &pair[1]].map(|point| real(&point["time_ms"]));
            real(&pair[0]["claimed"]) * (to - from) / 1e3
        })
        .sum();
    let share = 100.0 * real(&swept["claimed_row_seconds"]) / alone;
    assert!(last.contains(&format!("It leaves {share:.0} %")), "{share}: {last}");

    let edited = scratch.read("experiments/which-one.toml").replace("delay = 2000", "delay = 60000");
    scratch.write("in-time.toml", edited);
    scratch.run("run in-time.toml --out runs/in-time").expect(0);
    let results = scratch.json("runs/in-time/results.json");
    let said = advice(&results);
    assert!(said.last().expect("a recommendation").starts_with("Recommended: Kappa."), "{said:?}");
}

/// Each sentence names a place in the results, and the figure that stands there.
#[test]
fn advice_rests_on_figures_that_are_there() {
    let scratch = Scratch::new();
    let mut all = vec![shipped(&scratch, "which-one"), shipped(&scratch, "lambda-serving")];
    scratch.run("generate uniform --records 200 --seed 1 --to packing").expect(0);
    for (at, jobs) in ["first-fit --candidate best-fit", "next-fit --candidate harmonic:7"].iter().enumerate()
    {
        let name = format!("packing-{at}");
        let run = format!("run --architecture kappa --dataset packing --stable {jobs} --out runs/{name}");
        scratch.run(&run).expect(0);
        all.push(scratch.json(&format!("runs/{name}/results.json")));
    }
    for results in &all {
        for advice in list(&results["architectures"]["advice"]) {
            let (place, figure) = (text(&advice["rests_on"]), text(&advice["figure"]));
            let there = place.split('.').fold(results, |value, step| {
                step.parse::<usize>().map_or_else(|_| &value[step], |at| &value[at])
            });
            let decimals = figure.split_once('.').map_or(0, |(_, decimals)| decimals.len());
            let is_held = match there {
                Value::String(text) => text == figure,
                Value::Number(number) => {
                    let number = number.as_f64().expect("a number");
                    format!("{number:.decimals$}") == figure
                }
                _ => false,
            };
            assert!(is_held, "{place} is {there}, not {figure}: {}", text(&advice["text"]));
        }
    }
}
