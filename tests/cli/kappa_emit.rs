//! Programs outside that give rows when they like, as versions of an upgrade and as a speed layer: what is served of them,
//! what they are judged by, and what becomes of one that is wrong, keeps its rows back, or dies.

use std::path::Path;

use serde_json::Value;

use crate::{
    kappa_kills_driver::{killed, prepared, undisturbed},
    support::{Ran, Scratch, keys, list, number, text},
};

/// Windows of a second, a row after each record. `LOOK` is done to each record, `VALUE` is what is added up.
const JOB: &str = r#"read header
echo key,window_start_ms,window_end_ms,count,sum,min,max
while IFS=, read -r time key value rest; do
    LOOK
    start=$((time - time % 1000))
    at=${key}_$start
    eval "count=\${count_$at:-0} sum=\${sum_$at:-0} min=\${min_$at:-$value} max=\${max_$at:-$value}"
    old=$key,$start,$((start + 1000)),$count,$sum,$min,$max
    count=$((count + 1)) sum=$((sum + VALUE))
    if [ $value -lt $min ]; then min=$value; fi
    if [ $value -gt $max ]; then max=$value; fi
    eval "count_$at=$count sum_$at=$sum min_$at=$min max_$at=$max"
    new=$key,$start,$((start + 1000)),$count,$sum,$min,$max
    GIVE
done
"#;

fn job(look: &str, value: &str, give: &str) -> String {
    JOB.replace("LOOK", look).replace("VALUE", value).replace("GIVE", give)
}

/// With 300 events in a folder `clicks`, about 20 a second, and three programs.
fn clicks() -> Scratch {
    let scratch = Scratch::new();
    let events = "generate events --records 300 --seed 1 --to clicks --set keys=4 --set rate=20";
    scratch.run(&format!("{events} --set max-delay=500")).expect(0);
    scratch.edit("clicks/manifest.toml", "tumbling:10000", "tumbling:1000");
    scratch.write("good.sh", job(":", "value", "echo $new"));
    scratch.write("bug.sh", job(":", "(value > 990 ? 0 : value)", "echo $new"));
    let retract = job(":", "value", "echo +,$new; if [ $count -gt 1 ]; then echo -,$old; fi");
    scratch.write("retract.sh", retract.replace("echo key,", "echo op,key,"));
    scratch
}

fn upsert(script: &str) -> String {
    format!("command = ['sh', '{script}']\noutput = 'emit'\nmode = 'upsert'\n")
}

const RETRACT: &str = "command = ['sh', 'retract.sh']\noutput = 'emit'\nsign = 'op'\n";
const PER_RECORD: &str = "job = 'per-record'\n";

impl Scratch {
    fn served(&self, stable: &str, candidate: &str, more: &str) -> Ran {
        let text = format!("dataset = 'clicks'\n{more}\n[stable]\n{stable}[candidate]\n{candidate}");
        self.write("served.toml", text);
        self.run("gate served.toml --out run")
    }

    /// Returns what results and timings say of an architecture, once a run has ended.
    fn of(&self, architecture: &str) -> (Value, Value) {
        let of = |file: &str| self.json(file)["architectures"][architecture].clone();
        (of("run/results.json"), of("run/timings.json"))
    }
}

/// All that is served at the end is right.
fn check_last(observed: &Value, rows: u64) {
    let last = list(&observed["served"]["points"]).last().expect("a point");
    let counts = ["rows", "missing", "changed", "extra"].map(|name| number(&last[name]));
    assert_eq!(counts, [rows, 0, 0, 0], "{last}");
}

#[test]
fn a_good_candidate_takes_over_whoever_gives_rows_and_however() {
    let scratch = clicks();
    let (good, retract) = (upsert("good.sh"), RETRACT);
    for (stable, candidate) in [(good.as_str(), retract), (PER_RECORD, good.as_str()), (retract, PER_RECORD)]
    {
        let more = "architecture = 'kappa'";
        scratch.served(stable, candidate, more).expect(0);
        let first = scratch.read("run/results.json");
        let (kappa, timings) = scratch.of("kappa");
        assert_eq!(text(&kappa["end"]), "took-over");
        let at = |name: &str| number(&kappa[name]);
        assert_eq!((at("started_at"), at("switched_at")), (75, at("arrived_at") + 60));
        let classes = &kappa["verdict"]["classes"];
        assert!(number(&classes["pass"]) > 20 && number(&classes["fail"]) == 0, "{classes}");
        // Where rows come when they like, what was seen at a record is no result.
        for name in ["parted", "switch", "served"] {
            assert!(!keys(&kappa).contains(&name), "{name}");
        }
        assert_eq!(keys(&kappa["work"]["stable"]), ["records", "state_bytes"]);
        let observed = &timings["observed"];
        let reference = number(&scratch.json("run/results.json")["reference"]["rows"]);
        check_last(observed, reference);
        assert!(number(&observed["written"]["candidate"]["rows"]) >= reference);
        let seen = &observed["switch"];
        assert!(number(&seen["kept"]) + number(&seen["changed"]) > 0, "{seen}");
        scratch.run("run served.toml --out again").expect(0);
        assert_eq!(scratch.read("again/results.json"), first, "the same bytes");
        for folder in ["run", "again"] {
            std::fs::remove_dir_all(scratch.path(folder)).expect("ours");
        }
    }
}

#[test]
fn a_wrong_candidate_is_dropped_with_the_first_wrong_rows() {
    let scratch = clicks();
    scratch.served(&upsert("good.sh"), &upsert("bug.sh"), "architecture = 'kappa'").expect(3);
    let (kappa, _) = scratch.of("kappa");
    assert_eq!(text(&kappa["end"]), "dropped");
    let why = text(&kappa["dropped"]);
    assert!(why.contains("are worse than stable's, the first of key '"), "{why}");
    // By hand: the first window and key, in the order of the table, with a value above 990.
    let records = scratch.read("clicks/records.csv");
    let judged = number(&kappa["verdict"]["to"]) as usize;
    let rows = records.lines().skip(1).take(judged).map(|line| {
        let fields: Vec<&str> = line.split(',').collect();
        let start = fields[1].parse::<u64>().expect("a time") / 1000 * 1000;
        ((start, fields[2].to_owned()), fields[3].parse::<u64>().expect("a value"))
    });
    let mut windows = std::collections::BTreeMap::<_, Vec<u64>>::new();
    for (window, value) in rows {
        windows.entry(window).or_default().push(value);
    }
    let ((start, key), values) =
        windows.iter().find(|(_, values)| values.iter().any(|&value| value > 990)).expect("one");
    let sum = values.iter().sum::<u64>();
    let found = sum - values.iter().filter(|&&value| value > 990).sum::<u64>();
    let row = format!("row '{start},{},{key}' has sum {found}, not {sum}", start + 1000);
    assert!(why.contains(&row), "{row} in {why}");
    assert_eq!(list(&kappa["ledger"]).len(), 1, "stable has served throughout");
}

#[test]
fn one_that_keeps_its_rows_back_is_not_switched_to() {
    let scratch = clicks();
    let late = job(":", "value", "all=\"$all $new\"") + "for row in $all; do echo $row; done\n";
    scratch.write("late.sh", late);
    scratch.served(&upsert("good.sh"), &upsert("late.sh"), "architecture = 'kappa'").expect(5);
    let (kappa, _) = scratch.of("kappa");
    assert_eq!(text(&kappa["end"]), "undecided");
    assert!(text(&kappa["dropped"]).contains("has given no row yet"), "{}", kappa["dropped"]);
}

#[test]
fn a_program_that_dies_is_dropped_and_stable_serves_on() {
    let scratch = clicks();
    let dies = "left=$((${left:-LEFT} - 1)); if [ $left -eq 0 ]; then echo no room for $key >&2; exit 3; fi";
    let upgrade = |folder: &str, left: u32| {
        scratch.write("dies.sh", job(&dies.replace("LEFT", &left.to_string()), "value", "echo $new"));
        let command = |name: &str| {
            let script = scratch.path(name);
            format!("command = ['sh', {:?}]\noutput = 'emit'\nmode = 'upsert'\n", script.to_string_lossy())
        };
        let more = format!("[stable]\n{}[candidate]\n{}", command("good.sh"), command("dies.sh"));
        prepared(&scratch.path(folder), &scratch.path("clicks"), &more);
        undisturbed(Path::new(env!("CARGO_BIN_EXE_counterpoint")), &scratch.path(folder)).0
    };
    let whole = upgrade("whole", 100_000);
    assert_eq!((text(&whole["end"]), text(&whole["by"])), ("took-over", "candidate"));
    let early = upgrade("early", 40);
    assert_eq!((text(&early["end"]), text(&early["by"])), ("dropped", "stable"));
    // It serves by then, and stable is still there.
    let late = upgrade("late", 190);
    assert_eq!((text(&late["end"]), text(&late["by"])), ("rolled-back", "stable"));
    for other in [&early, &late] {
        assert_eq!((&other["rows"], &other["blake3"]), (&whole["rows"], &whole["blake3"]), "what is right");
    }
}

#[test]
fn whoever_is_killed_goes_on_with_programs_outside() {
    let scratch = clicks();
    let command = |name: &str, mode: &str| {
        let script = scratch.path(name);
        format!("command = ['sh', {:?}]\noutput = 'emit'\n{mode}\n", script.to_string_lossy())
    };
    let more = format!(
        "kappa.start_at = '5%'\nkappa.probation = '5%'\nkappa.keep_old = '5%'\n[stable]\n{}[candidate]\n{}",
        command("retract.sh", "sign = 'op'"),
        command("good.sh", "mode = 'upsert'")
    );
    let (program, data) = (Path::new(env!("CARGO_BIN_EXE_counterpoint")), scratch.path("clicks"));
    prepared(&scratch.path("whole"), &data, &more);
    let (whole, took) = undisturbed(program, &scratch.path("whole"));
    prepared(&scratch.path("killed"), &data, &more);
    let killed = killed(program, &scratch.path("killed"), (4, 1), took);
    assert!(killed.struck > 0, "{killed:?}");
    assert_eq!(
        (&killed.served["blake3"], &killed.served["rows"]),
        (&whole["blake3"], &whole["rows"]),
        "{killed:?}"
    );
}

/// Rows that were under way when a process died are written by the next one, though it has read as far before.
#[test]
fn rows_that_were_lost_on_their_way_are_written_again() {
    let scratch = Scratch::new();
    scratch.run("generate events --records 6000 --seed 1 --to clicks --set keys=4 --set rate=20").expect(0);
    scratch.edit("clicks/manifest.toml", "tumbling:10000", "tumbling:1000");
    scratch.write("good.sh", job(":", "value", "echo $new"));
    // In its first life it gives nothing, and dies at record 5,900. More than a pipe holds lies before that.
    let mark = format!("mark={:?}\n", scratch.path("mark").to_string_lossy());
    let first = "if [ -e \"$mark\" ]; then left=100000; else : > \"$mark\"; left=5900; fi\n";
    let life = "left=$((left - 1)); if [ $left -eq 0 ]; then exit 3; fi";
    let gives = "if [ $left -gt 10000 ]; then echo $new; fi";
    scratch.write("dies.sh", mark + first + &job(life, "value", gives));
    let folder = |name: &str, stable: &str| {
        let command = |name: &str| {
            let script = scratch.path(name);
            format!("command = ['sh', {:?}]\noutput = 'emit'\nmode = 'upsert'\n", script.to_string_lossy())
        };
        let (stable, candidate) = (command(stable), command("good.sh"));
        let more = format!("kappa.start_at = '98%'\n[stable]\n{stable}[candidate]\n{candidate}");
        prepared(&scratch.path(name), &scratch.path("clicks"), &more);
    };
    let program = Path::new(env!("CARGO_BIN_EXE_counterpoint"));
    folder("whole", "good.sh");
    folder("cut", "dies.sh");
    scratch.run("upgrade cut").expect(4).says(&["exit status: 3"]);
    let [(whole, _), (cut, _)] = ["whole", "cut"].map(|name| undisturbed(program, &scratch.path(name)));
    assert_eq!((&cut["rows"], &cut["blake3"]), (&whole["rows"], &whole["blake3"]));
}

#[test]
fn a_speed_layer_outside_and_views_come_to_the_batch_answer() {
    let scratch = clicks();
    for speed in [upsert("good.sh"), RETRACT.to_owned()] {
        let more = "architecture = 'lambda'\nlambda.speed = 'candidate'";
        scratch.served(PER_RECORD, &speed, more).expect(0);
        let (lambda, timings) = scratch.of("lambda");
        assert!(!keys(&lambda).contains(&"served") && !keys(&lambda["views"][0]).contains(&"changed"));
        let reference = number(&scratch.json("run/results.json")["reference"]["rows"]);
        check_last(&timings["observed"], reference);
        assert_eq!(list(&timings["observed"]["changed"]).len(), list(&lambda["views"]).len());
        assert_eq!(list(&lambda["views"]).len(), 9);
        std::fs::remove_dir_all(scratch.path("run")).expect("ours");
    }
}

#[test]
fn what_needs_to_know_when_a_row_comes_is_refused() {
    let scratch = clicks();
    let good = upsert("good.sh");
    for (more, part) in [
        (
            "architecture = 'kappa'\nkappa.start = 'state'",
            "start = \"state\": a program outside keeps no state",
        ),
        ("architecture = 'kappa'\nserving.bug = 'lose 3..5'", "bug = \"lose 3..5\": when it is put right"),
        ("architecture = 'lambda'\nlambda.intervals = ['20%']", "intervals: they are compared by the error"),
    ] {
        scratch.served(&good, PER_RECORD, more).expect(2).says(&[part]).hints("leave");
        assert!(!scratch.path("run").exists());
    }
}
