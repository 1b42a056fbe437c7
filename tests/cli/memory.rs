//! Neither a generator of events nor a replay of a table problem keeps the records, so memory doesn't grow with them.

use std::path::Path;

use crate::support::{Scratch, number};

const EVENTS: &str = "generate events --seed 7 --set keys=100 --set rate=50";

/// Peak memory in bytes of a replay of the dataset `name`, `None` where the system doesn't tell it.
fn peak(scratch: &Scratch, name: &str) -> Option<u64> {
    // A window of a day keeps the answer small: some hundred rows for each.
    let line =
        format!("replay {name} --job per-record --set window=tumbling:86400000 --json --out {name}-out");
    let json = scratch.run(&line).expect(0).json();
    json["timings"]["peak_rss_bytes"].as_u64()
}

#[test]
fn memory_stays_flat_while_the_file_grows_tenfold() {
    let scratch = Scratch::new();
    for (name, records) in [("small", 50_000), ("large", 500_000)] {
        // In KiB: less than the records would take, had they to be held to be sorted.
        let limit = if cfg!(target_os = "linux") { "ulimit -d 24576 && " } else { "" };
        let line = format!("{limit}exec $COUNTERPOINT {EVENTS} --records {records} --to {name}");
        scratch.shell(&line).expect(0);
    }
    let (small, large) = (peak(&scratch, "small"), peak(&scratch, "large"));
    assert_eq!(small.is_some(), cfg!(target_os = "linux"));
    let Some((small, large)) = small.zip(large) else { return };
    // A vector of the records and their arrivals would be 16 MB. The first has room for what the system does by chance.
    assert!(large < small + (6 << 20), "{small} and {large} bytes");
}

#[test]
fn a_replay_tells_its_peak_memory() {
    let scratch = Scratch::with_tiny();
    let ran = scratch.run("replay tiny --job first-fit --out out").expect(0);
    let peak = scratch.json("out/timings.json")["peak_rss_bytes"].clone();
    if cfg!(target_os = "linux") {
        assert!((1 << 20..1 << 30).contains(&number(&peak)), "{peak}");
        assert!(
            ran.stdout.lines().any(|line| line.starts_with("peak memory") && line.ends_with("MiB")),
            "{ran}"
        );
    } else {
        assert!(peak.is_null(), "{peak}");
    }
    scratch.run("run --dataset tiny --stable first-fit --candidate best-fit --out run").expect(0);
    assert_eq!(scratch.json("run/timings.json")["peak_rss_bytes"].is_u64(), cfg!(target_os = "linux"));
}

/// A copy of the shipped dataset `clicks`.
fn with_clicks() -> Scratch {
    let scratch = Scratch::new();
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("datasets/data/clicks");
    std::fs::create_dir(scratch.path("clicks")).expect("a fresh folder");
    for name in ["records.csv", "manifest.toml"] {
        std::fs::copy(shipped.join(name), scratch.path("clicks").join(name)).expect("the shipped dataset");
    }
    scratch
}

#[test]
fn a_table_is_the_same_at_any_pace() {
    let scratch = with_clicks();
    let files = ["answer.csv", "answer-firings.csv", "answer-late.csv", "answer-rejected.csv"];
    for (run, trigger) in ["record", "every 70 records", "once"].into_iter().enumerate() {
        for job in ["per-record", "per-trigger"] {
            // Paced, the records are held in memory; at pace max they are read as they are fed.
            let [held, read] = ["1000000000/s", "max"].map(|pace| {
                let out = format!("{job}-{run}-{}", &pace[..3]);
                let args =
                    ["replay", "clicks", "--job", job, "--trigger", trigger, "--pace", pace, "--out", &out];
                let ran = scratch.run_args(&args);
                // A feeder can't keep to a nanosecond; what the job concludes doesn't depend on it.
                assert!(matches!(ran.code, Some(0 | 6)), "{ran}");
                out
            });
            for file in files.map(|file| format!("answers/{file}")) {
                let [held, read] =
                    [&held, &read].map(|out| std::fs::read(scratch.path(out).join(&file)).ok());
                assert!(held == read, "{job}, {trigger}: {file}");
            }
            let [mut held, mut read] = [held, read].map(|out| scratch.json(&format!("{out}/results.json")));
            for results in [&mut held, &mut read] {
                results["replay"]["pace"] = "any".into();
            }
            assert_eq!(held, read, "{job}, {trigger}");
        }
    }
}

#[test]
fn a_wrong_count_of_records_is_bad_input() {
    for wrong in ["records = 1999", "records = 1", "records = 2001"] {
        let scratch = with_clicks();
        scratch.edit("clicks/manifest.toml", "records = 2000", wrong);
        let ran = scratch.run("replay clicks --job per-trigger --trigger once --out out").expect(4);
        assert!(ran.says(&["holds 2000 records, the manifest says"]).stdout.is_empty());
        assert_eq!(scratch.names("."), ["clicks"], "nothing is left");
    }
}

#[test]
fn a_changed_file_is_refused_before_a_record_is_fed() {
    let scratch = with_clicks();
    let csv = scratch.read("clicks/records.csv");
    let last = csv.trim_end().rsplit(',').next().expect("a value");
    scratch.write(
        "clicks/records.csv",
        format!("{}{}\n", &csv[..csv.len() - 2], if last.ends_with('7') { 8 } else { 7 }),
    );
    scratch.run("replay clicks --job per-record --out out").expect(4).says(&["hash"]);
    assert_eq!(scratch.names("."), ["clicks"]);
}
