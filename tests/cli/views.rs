//! Views outside of a run that was killed, and places where none can be made.

use crate::{
    recovery::{send, start},
    support::{Ran, Scratch},
};

const SERVED: &str =
    "run --dataset clicks --stable per-record --candidate pre-aggregated --architecture kappa";

fn clicks() -> Scratch {
    let scratch = Scratch::new();
    let events = "generate events --records 120 --seed 1 --to clicks --set keys=4 --set rate=20";
    scratch.run(events).expect(0);
    scratch.edit("clicks/manifest.toml", "tumbling:10000", "tumbling:1000");
    scratch
}

#[test]
fn a_run_that_goes_on_takes_over_the_view_that_it_left() {
    let scratch = clicks();
    // When the view is there, fresh processes have yet to be compared.
    let line = format!("{SERVED} --checkpoint-every 20 --latency-increase 90% --budget 3s");
    scratch.run(&format!("{line} --out plain")).expect(0);
    let child = start(&scratch, &format!("{line} --view parquet://served.parquet --out out"));
    let begun = std::time::Instant::now();
    while !scratch.path("served.parquet").exists() {
        assert!(begun.elapsed().as_secs() < 60, "no view");
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    send(&child, "-KILL");
    Ran::ended(child, &line);
    assert_eq!(scratch.names(""), ["clicks", "out.partial", "plain", "served.parquet"]);
    // Another run doesn't.
    let another = format!("{SERVED} --view parquet://served.parquet --out another");
    scratch.run(&another).expect(2).says(&["served.parquet exists already, and is no view of this run"]);
    scratch.run("run --resume out.partial").expect(0);
    assert_eq!(scratch.names(""), ["clicks", "out", "plain", "served.parquet"]);
    assert_eq!(scratch.read("out/results.json"), scratch.read("plain/results.json"));
    let compare = "compare served.parquet out/answers/candidate.csv --key key,window_start_ms";
    scratch.run(compare).expect(0).prints(&["the tables are equal"]);
}

#[cfg(target_os = "linux")]
#[test]
fn a_folder_that_takes_no_file_is_found_before_anything_runs() {
    let scratch = clicks();
    let line = format!("{SERVED} --view parquet:///proc/served.parquet --out out");
    let ran = scratch.run(&line).expect(2).says(&["[serving] view: nothing can be written in /proc"]);
    ran.hints("view = \"parquet://");
    assert_eq!(scratch.names(""), ["clicks"]);
}
