//! Values keep what they were: decimals, units, leap seconds, and what is named as an input and is something else.

use crate::support::{Ran, Scratch, list, number, text};

impl Scratch {
    /// Freezes `content` as CSV into the folder `name`.
    fn freeze_text(&self, name: &str, content: &str, flags: &str) -> Ran {
        self.write(&format!("{name}.csv"), content);
        self.run(&format!("freeze {name}.csv --to {name} {flags}"))
    }
}

#[test]
fn answers_are_in_the_unit_of_the_source() {
    let scratch = Scratch::new();
    let windows = "--problem windowed-aggregation --set window=tumbling:1000";
    scratch.freeze_text("d", "event_time_ms,key,value\n1000,u,0.1\n1500,u,0.2\n", windows).expect(0);
    scratch.write(
        "engine.csv",
        "window_start_ms,window_end_ms,key,count,sum,min,max\n1000,2000,u,2,0.3,0.1,0.2\n",
    );
    scratch.run("run --dataset d --stable per-record --candidate at-end --out run").expect(0);
    for answer in ["reference", "stable", "candidate"] {
        let compare = format!("compare run/answers/{answer}.csv engine.csv --key window_start_ms,key");
        scratch.run(&compare).expect(0);
    }
    assert!(scratch.read("run/answers/stable-firings.csv").contains(",0.3,0.1,0.2"));
    let results = scratch.json("run/results.json");
    assert_eq!(number(&results["dataset"]["scale"]), 10);
    scratch.run("replay d --job per-record --out one").expect(0);
    scratch.run("compare one/answers/answer.csv engine.csv --key window_start_ms,key").expect(0);
    scratch.run("batch d --out batch").expect(0);
    scratch.run("compare batch/answers/reference.csv engine.csv --key window_start_ms,key").expect(0);
}

#[test]
fn answers_through_checkpoints_are_in_the_unit_of_the_source() {
    let scratch = Scratch::new();
    let windows = "--problem windowed-aggregation --set window=tumbling:1000 --set delay=0";
    let rows = (0..40).fold("event_time_ms,key,value\n".to_owned(), |rows, i| {
        rows + &format!("{},u,{}.25\n", i * 300, i % 7)
    });
    scratch.freeze_text("d", &rows, windows).expect(0);
    let crash = "--checkpoint-every 5 --guarantee exactly-once --fault crash";
    let mut args: Vec<&str> = crash.split(' ').collect();
    *args.last_mut().expect("a fault") = "crash at record 17";
    let base = ["replay", "d", "--job", "per-record", "--out"];
    scratch.run_args(&[&base[..], &["crashed"], &args].concat()).expect(0);
    scratch.run_args(&[&base[..], &["plain"]].concat()).expect(0);
    assert_eq!(scratch.read("crashed/answers/answer.csv"), scratch.read("plain/answers/answer.csv"));
    let crashed = scratch.json("crashed/results.json");
    assert_eq!(crashed["recovery"]["same_answer"], true);
    assert!(scratch.read("plain/answers/answer.csv").contains(",u,4,7.00,0.25,3.25\n"));
}

#[test]
fn every_number_that_is_a_value_has_its_decimals() {
    for (problem, set, rows, expected) in [
        (
            "sessions",
            "gap=1000",
            "event_time_ms,key,value\n0,a,13.07\n500,a,539.85\n",
            "0,1500,a,2,552.92,13.07,539.85",
        ),
        (
            "deduplicated-totals",
            "delay=0",
            "event_time_ms,id,key,value\n0,x,a,0.5\n0,x,a,0.5\n1,y,a,-1.25\n",
            "a,2,-0.75",
        ),
        (
            "enrichment-join",
            "delay=0",
            "event_time_ms,side,key,value\n0,right,a,7.5\n1,left,a,0.25\n2,left,b,1.00\n",
            "a,7.50,1,0.25\nb,,1,1.00",
        ),
        (
            "order-payment-join",
            "within=10",
            "event_time_ms,side,key,value\n0,left,a,19.99\n1,right,a,20.5\n",
            "a,0,1,1,19.99,20.50",
        ),
    ] {
        let scratch = Scratch::new();
        scratch.freeze_text("d", rows, &format!("--problem {problem} --set {set}")).expect(0);
        scratch.run("batch d --out out").expect(0);
        let answer = scratch.read("out/answers/reference.csv");
        assert_eq!(answer.split_once('\n').map(|(_, rows)| rows.trim_end()), Some(expected), "{problem}");
    }
}

#[test]
fn differences_are_shown_in_the_unit_of_the_source() {
    let scratch = Scratch::new();
    let windows = "--problem windowed-aggregation --set window=tumbling:1000 --set delay=0";
    let rows = "event_time_ms,key,value\n0,u,13.07\n1500,u,1\n500,u,539.85\n";
    scratch.freeze_text("d", rows, windows).expect(0);
    let run = "run --dataset d --stable per-record --candidate per-record --divergence 9 --out run";
    scratch.run(run).expect(0);
    let results = scratch.json("run/results.json");
    let worst = &list(&results["stable"]["answer"]["table"]["divergence"]["worst"])[0];
    assert_eq!(text(&worst["left"]), "2");
    let page = scratch.read("run/report.html");
    assert!(!page.contains("55292"), "the page shows hundredths");
    assert!(scratch.read("run/answers/stable-late.csv").contains(",u,539.85,"));
}

#[test]
fn a_capacity_is_in_the_unit_of_the_source() {
    let scratch = Scratch::new();
    scratch
        .freeze_text("d", "size\n36.6\n60\n3.4\n40\n", "--problem bin-packing --set capacity=100")
        .expect(0);
    let run = |flags: &str, out: &str, capacity: &str| {
        scratch
            .run(&format!("run --dataset d --stable first-fit --candidate best-fit {flags} --out {out}"))
            .expect(0);
        assert_eq!(text(&scratch.json(&format!("{out}/results.json"))["parameters"]["capacity"]), capacity);
        assert!(scratch.read(&format!("{out}/report.html")).contains(capacity));
        number(&scratch.json(&format!("{out}/results.json"))["stable"]["cost"]["value"])
    };
    assert_eq!(run("", "own", "100.0"), 2);
    assert_eq!(run("--set capacity=60", "whole", "60.0"), 3);
    assert_eq!(run("--set capacity=140.0", "decimal", "140.0"), 1);
    // A run's own experiment says the same again.
    scratch.run("run whole/experiment.toml --out again").expect(0);
    assert_eq!(scratch.read("again/results.json"), scratch.read("whole/results.json"));
    let batch = |capacity: &str| scratch.run(&format!("batch d --set capacity={capacity}"));
    batch("60.05").expect(2).says(&["capacity=60.05", "no multiple of 0.1"]);
    batch("many").expect(2).says(&["capacity=many"]);
    batch("59.9").expect(4).says(&["size 600 exceeds the capacity 599, in units of 0.1"]);
}

#[test]
fn one_bin_is_no_bins() {
    let scratch = Scratch::new();
    scratch.freeze("d", &[1], 10);
    let ran = scratch.run("batch d").expect(0);
    assert!(ran.stdout.contains("exactly 1 bin\n"), "{ran}");
}

#[test]
fn a_leap_second_makes_nothing_late() {
    let scratch = Scratch::new();
    let rows = "event_time_ms,key,value\n2016-12-31T23:59:59.100Z,m,1\n2016-12-31T23:59:59.900Z,m,2\n\
                2016-12-31T23:59:60.100Z,m,4\n2016-12-31T23:59:60.900Z,m,8\n2017-01-01T00:00:00.100Z,m,16\n";
    let flags = "--problem windowed-aggregation --set window=tumbling:500 --set delay=0";
    scratch.freeze_text("d", rows, flags).expect(0);
    for job in ["per-record", "per-trigger"] {
        let json = scratch.run(&format!("replay d --job {job} --json --out {job}")).expect(0).json();
        assert_eq!((number(&json["ledger"]["late"]), number(&json["late_pairs"])), (0, 0), "{job}");
    }
}

#[test]
fn floats_of_many_digits_are_read_in_a_unit_that_the_user_names() {
    let scratch = Scratch::new();
    let rows = "event_time_ms,key,value\n1700000000000,cpu,0.12300000000000001\n1700000060000,cpu,41.5\n\
                1700000120000,cpu,92.358\n1700000180000,cpu,99.2\n";
    let flags = "--problem windowed-aggregation --set window=tumbling:3600000";
    for reject in ["", "--bad-rows reject"] {
        let ran = scratch.freeze_text("d", rows, &format!("{flags} {reject}")).expect(4);
        ran.says(&["d.csv line 4: value 92.358", "as value 0.12300000000000001 in line 2"])
            .hints("--unit 0.001");
    }
    let ran = scratch.freeze_text("d", rows, &format!("{flags} --unit 0.001")).expect(0);
    assert!(ran.stderr.contains("numbers rounded to the unit: 1"), "{ran}");
    scratch.run("batch d --out out").expect(0);
    assert!(scratch.read("out/answers/reference.csv").ends_with(",cpu,4,233.181,0.123,99.200\n"));
}

#[test]
fn rows_without_a_time_are_counted_as_such() {
    let scratch = Scratch::new();
    let rows = "event_time_ms,key,value\n1,a,1\n,b,1\n,c,1\nx,d,1\n";
    let flags = "--problem windowed-aggregation --set window=tumbling:10 --bad-rows reject";
    let ran = scratch.freeze_text("d", rows, flags).expect(0);
    assert!(ran.stderr.contains("rows rejected: 2, event_time_ms is missing"), "{ran}");
    assert!(scratch.read("d/manifest.toml").contains("\"event_time_ms is missing\" = 2"));
    scratch.run("verify d").expect(0);
}

#[test]
fn what_is_no_experiment_is_told_by_what_it_is() {
    let scratch = Scratch::with_tiny();
    scratch.run("gate tiny").expect(2).says(&["tiny is a frozen dataset"]).hints("use --dataset tiny");
    scratch.write("items.csv", "size\n1\n");
    scratch
        .run("gate items.csv")
        .expect(2)
        .says(&["items.csv is CSV"])
        .hints("counterpoint freeze items.csv");
    scratch.write("items.txt", "event_time_ms,key,value\n1,a,1\n");
    scratch.run("run items.txt").expect(2).says(&["items.txt is CSV"]);
    assert_eq!(scratch.shell("mkfifo pipe; mkdir folder").code, Some(0));
    for name in ["/dev/zero", "pipe"] {
        scratch.run(&format!("run {name}")).expect(2).says(&[name, "not a regular file"]);
    }
    scratch.run("run folder").expect(2).says(&["folder holds no experiment"]);
    scratch.write("large.toml", "#".repeat((1 << 20) + 1));
    scratch.run("run large.toml").expect(2).says(&["large.toml", "longer than 1 MiB"]);
    scratch.write("latin.toml", b"# \xe9\n");
    scratch.run("run latin.toml").expect(2).says(&["latin.toml line 1", "UTF-8"]);
}

#[test]
fn a_run_and_a_dataset_are_told_apart() {
    let scratch = Scratch::with_tiny();
    scratch.run("run --dataset tiny --stable first-fit --candidate best-fit --out run").expect(0);
    scratch
        .run("report tiny")
        .expect(4)
        .says(&["tiny/results.json", "tiny is a frozen dataset, not a run"])
        .hints("verify");
    scratch.run("verify run").expect(4).says(&["run is a run, not a frozen dataset"]).hints("report");
    scratch.run("run run").expect(2).says(&["run is a finished run"]).hints("run/experiment.toml");
    assert_eq!(scratch.shell("rm run/timings.json; mkfifo run/timings.json").code, Some(0));
    scratch.run("report run").expect(4).says(&["timings.json", "not a regular file"]);
}

#[test]
fn json_names_its_schema() {
    let scratch = Scratch::with_tiny();
    scratch.run("run --dataset tiny --stable first-fit --candidate best-fit --out run").expect(0);
    scratch.write("items.csv", "size\n1\n");
    for line in
        ["jobs", "freeze items.csv --to d --problem bin-packing --set capacity=1", "report run", "verify d"]
    {
        let json = scratch.run(&format!("{line} --json")).expect(0).json();
        assert!(text(&json["schema"]).starts_with("counterpoint."), "{line}: {json}");
    }
}
