//! Upgrades under Kappa, as a user sees them: candidates that take over, are dropped, are switched back from; what is said
//! of each, and what is refused.

use serde_json::Value;

use crate::support::{Ran, Scratch, keys, list, number, real, text};

const GOOD: &str = "--dataset clicks --stable per-record --candidate pre-aggregated";
const SAME: &str = "--dataset clicks --stable per-record --candidate per-record";

/// With 300 events in a folder `clicks`, about 20 a second.
fn clicks() -> Scratch {
    let scratch = Scratch::new();
    let events = "generate events --records 300 --seed 1 --to clicks --set keys=4 --set rate=20";
    scratch.run(&format!("{events} --set max-delay=500")).expect(0);
    scratch.edit("clicks/manifest.toml", "tumbling:10000", "tumbling:1000");
    scratch
}

impl Scratch {
    /// Runs the gate under Kappa; a shell takes the quotes of values that have blanks.
    fn kappa(&self, line: &str, out: &str) -> Ran {
        self.shell(&format!("exec \"$COUNTERPOINT\" gate --architecture kappa {line} --out {out}"))
    }

    /// Runs the gate, and returns what the results say of Kappa.
    fn upgrade(&self, line: &str, out: &str, code: i32) -> Value {
        self.kappa(line, out).expect(code);
        self.json(&format!("{out}/results.json"))["architectures"]["kappa"].clone()
    }
}

/// The states of an upgrade in their order.
fn states(kappa: &Value) -> Vec<&str> {
    list(&kappa["transitions"]).iter().map(|step| text(&step["to"])).collect()
}

fn last_cause(kappa: &Value) -> &str {
    text(&list(&kappa["transitions"]).last().expect("it was begun")["cause"])
}

/// Each record was answered for once, by the versions in this order.
fn check_ledger(kappa: &Value, records: u64, by: &[&str]) {
    let ranges = list(&kappa["ledger"]);
    let mut at = 0;
    for range in ranges {
        assert_eq!(number(&range["from"]), at, "{ranges:?}");
        at = number(&range["to"]);
    }
    assert_eq!(at, records);
    assert_eq!(ranges.iter().map(|range| text(&range["by"])).collect::<Vec<_>>(), by);
}

const TAKES_OVER: [&str; 6] = ["starting", "catching-up", "probation", "judged", "committing", "committed"];

#[test]
fn a_good_candidate_takes_over() {
    let scratch = clicks();
    let kappa = scratch.upgrade(GOOD, "run", 0);
    assert_eq!(text(&kappa["end"]), "took-over");
    assert_eq!(states(&kappa), [&TAKES_OVER[..], &["retired"]].concat());
    let at = |name: &str| number(&kappa[name]);
    assert_eq!(at("started_at"), 75, "a quarter of 300");
    assert_eq!(at("switched_at"), at("arrived_at") + 60, "a fifth later");
    check_ledger(&kappa, 300, &["stable", "candidate"]);
    assert_eq!(number(&kappa["ledger"][0]["to"]), at("switched_at"));
    let verdict = &kappa["verdict"];
    assert_eq!((number(&verdict["from"]), number(&verdict["to"])), (0, at("switched_at")));
    assert!(number(&verdict["classes"]["pass"]) > 0 && number(&verdict["classes"]["fail"]) == 0);
    assert_eq!(number(&kappa["switch"]["changed"]), 0, "they answer alike");
    assert!(!keys(&kappa).contains(&"parted"), "they never part");
    assert_eq!(number(&kappa["work"]["candidate"]["records"]), 300, "it reads all of the log");
}

#[test]
fn a_planted_bug_is_repaired_at_the_switch() {
    let scratch = clicks();
    let clean = scratch.upgrade(GOOD, "clean", 0);
    let kappa = scratch.upgrade(&format!("{GOOD} --bug 'lose 40..70'"), "run", 0);
    assert_eq!(kappa["switched_at"], clean["switched_at"]);
    let switch = &kappa["switch"];
    assert!(number(&switch["added"]) + number(&switch["changed"]) > 0, "{switch}");
    assert_eq!(clean["switch"]["changed"], 0);
    let parted = &kappa["parted"];
    assert!(number(&parted["record"]) >= 40, "{parted}");
    assert_ne!(parted["stable"], parted["candidate"]);
    // What was wrong until then is right from the switch on, as without the bug.
    let wrong = |kappa: &Value| real(&kappa["served"]["wrong_row_seconds"]);
    assert!(wrong(&clean) < wrong(&kappa));
    assert_eq!(clean["served"]["until_right"]["never"], kappa["served"]["until_right"]["never"]);
    assert!(real(&kappa["served"]["until_right"]["time"]["max_ms"]) > 1000.0, "{}", kappa["served"]);
}

#[test]
fn a_bad_candidate_never_serves() {
    let scratch = Scratch::new();
    scratch.run("generate readings --records 300 --seed 1 --to data --set rate=20 --set devices=4").expect(0);
    let kappa = scratch.upgrade("--dataset data --stable as-of --candidate latest", "run", 3);
    assert_eq!(text(&kappa["end"]), "dropped");
    assert_eq!(states(&kappa), ["starting", "catching-up", "probation", "dropped"]);
    assert!(text(&kappa["dropped"]).contains("worse than stable's"), "{kappa}");
    assert!(number(&kappa["verdict"]["classes"]["fail"]) > 0);
    assert_eq!((&kappa["switched_at"], &kappa["switch"]), (&Value::Null, &Value::Null));
    check_ledger(&kappa, 300, &["stable"]);
    // What is served is what stable alone would have served: as wrong as an upgrade that never begins.
    let alone = "--dataset data --stable as-of --candidate as-of --start-at 100%";
    let alone = scratch.upgrade(alone, "alone", 5);
    assert_eq!(alone["served"]["wrong_row_seconds"], kappa["served"]["wrong_row_seconds"]);
}

#[test]
fn stable_comes_back_where_that_is_asked_for() {
    let scratch = clicks();
    // Without the rollback stable would be gone after a record.
    let line = format!("{GOOD} --keep-old '1 record' --rollback-at 90%");
    let kappa = scratch.upgrade(&line, "run", 0);
    assert_eq!(text(&kappa["end"]), "rolled-back");
    assert_eq!(states(&kappa), [&TAKES_OVER[..], &["rolled-back"]].concat());
    assert_eq!(number(&kappa["rolled_back_at"]), 270);
    check_ledger(&kappa, 300, &["stable", "candidate", "stable"]);
    let rollback = &kappa["rollback"];
    assert_eq!(number(&rollback["changed"]) + number(&rollback["added"]) + number(&rollback["removed"]), 0);
    assert!(number(&rollback["kept"]) > 0);
}

#[test]
fn a_candidate_that_never_catches_up_is_told_early_and_why() {
    let scratch = clicks();
    let kappa = scratch.upgrade(&format!("{GOOD} --catch-up x0.5"), "run", 3);
    assert_eq!(text(&kappa["end"]), "dropped");
    let dropped = list(&kappa["transitions"]).last().expect("it was begun");
    assert_eq!(number(&dropped["records"]), 80, "as soon as there is enough to go by");
    let why = text(&kappa["dropped"]);
    assert!(
        why.starts_with("it never catches up: it reads ") && why.contains(" records a second, "),
        "{why}"
    );
    assert_eq!(list(&kappa["estimates"]).last().expect("one")["from_ms"], Value::Null);
    // A little faster than records come in: it may arrive, so it goes on until the log ends, which shows neither.
    let kappa = scratch.upgrade(&format!("{GOOD} --catch-up x1.2"), "open", 5);
    assert_eq!(text(&kappa["end"]), "undecided");
    assert!(text(&kappa["dropped"]).starts_with("the log ended while it was "), "{kappa}");
}

#[test]
fn estimates_come_true() {
    let scratch = clicks();
    let kappa = scratch.upgrade(&format!("{GOOD} --start-at 35%"), "run", 0);
    let arrived = number(&kappa["arrived_at"]);
    let points = list(&kappa["lag"]);
    let arrival = points.iter().find(|point| number(&point["records"]) == arrived).expect("lag 0 is a point");
    assert_eq!(number(&arrival["lag"]), 0);
    let estimates = list(&kappa["estimates"]);
    assert_eq!(number(&estimates[0]["records"]), 105, "the first is told at the start");
    for told in estimates {
        let (from, to) = (real(&told["from_ms"]), real(&told["to_ms"]));
        // It is noticed when the next record comes, here at most a second later.
        let at = real(&arrival["time_ms"]);
        assert!(from <= at && at <= to + 1000.0, "{told} {arrival}");
    }
}

#[test]
fn a_candidate_goes_on_from_stables_state() {
    let scratch = clicks();
    let line = format!("{SAME} --start state --probation 40%");
    let kappa = scratch.upgrade(&line, "run", 0);
    assert_eq!((text(&kappa["start"]), text(&kappa["end"])), ("state", "took-over"));
    assert_eq!(kappa["arrived_at"], kappa["started_at"], "there is nothing to catch up with");
    let classes = &kappa["verdict"]["classes"];
    assert!(number(&classes["warm_up"]) > 0 && number(&classes["pass"]) > 0, "{classes}");
    assert_eq!(number(&kappa["verdict"]["from"]), 75);
    let work = &kappa["work"]["candidate"];
    assert_eq!(number(&work["records"]), 300 - 75);
    assert!(number(&work["state_bytes"]) > 0);
    // A bug that stable had is in the rows that were taken over, and nothing repairs it.
    let from_zero = scratch.upgrade(&format!("{SAME} --bug 'lose 10..50'"), "repaired", 0);
    let from_state = scratch.upgrade(&format!("{line} --bug 'lose 10..50'"), "taken-over", 0);
    let changed = |kappa: &Value| number(&kappa["switch"]["changed"]) + number(&kappa["switch"]["added"]);
    assert!(changed(&from_zero) > 0);
    assert_eq!(changed(&from_state), 0);
    let never = |kappa: &Value| number(&kappa["served"]["until_right"]["never"]);
    assert!(never(&from_zero) < never(&from_state));
}

#[test]
fn a_state_that_does_not_fit_is_refused_and_one_that_is_not_there_too() {
    let scratch = clicks();
    let kappa = scratch.upgrade(&format!("{GOOD} --start state"), "run", 3);
    assert_eq!(states(&kappa), ["starting", "dropped"]);
    assert!(last_cause(&kappa).starts_with("it can't begin from stable's state: "), "{kappa}");
    check_ledger(&kappa, 300, &["stable"]);
    let packing = Scratch::with_tiny();
    let line = "--dataset tiny --stable first-fit --candidate best-fit --start state";
    let ran = packing.kappa(line, "run").expect(2).says(&["job first-fit keeps no state"]);
    ran.hints("start = \"beginning\"");
    assert!(!packing.path("run").exists());
}

#[test]
fn decisions_are_taken_over_with_all_that_they_cost() {
    let scratch = Scratch::with_tiny();
    let line = "--dataset tiny --stable first-fit --candidate best-fit";
    let kappa = scratch.upgrade(line, "run", 0);
    assert_eq!(text(&kappa["end"]), "took-over");
    check_ledger(&kappa, 12, &["stable", "candidate"]);
    // A worse packing is judged by what it costs until then.
    scratch.run("generate uniform --records 300 --seed 1 --to data").expect(0);
    let worse = "--dataset data --stable best-fit --candidate next-fit";
    let kappa = scratch.upgrade(worse, "worse", 3);
    assert_eq!(text(&kappa["end"]), "dropped");
    assert!(text(&kappa["dropped"]).contains("competitive_ratio_increase"), "{kappa}");
}

#[test]
fn an_attached_candidate_that_fails_beside_stable_is_dropped() {
    let scratch = Scratch::with_tiny();
    // The plain comparison sends all records at once, an upgrade as they come in: there it ends early.
    scratch.write(
        "job.sh",
        "read header; echo \"$header\"\ndd bs=4096 count=1 2> /dev/null > $$.chunk\n\
         [ -e bad ] && [ $(wc -l < $$.chunk) != 12 ] && exit 0\n\
         { cat $$.chunk; cat; } | { bin=0; while read size; do echo $bin; bin=$((bin + 1)); done; }\n",
    );
    let experiment = |role: &str, other: &str| {
        format!(
            "dataset = 'tiny'\narchitecture = 'kappa'\ngate.competitive_ratio_increase = '1000%'\n\
             [{other}]\njob = 'first-fit'\n[{role}]\nname = 'attached'\ncommand = ['sh', 'job.sh']\n"
        )
    };
    scratch.write("experiment.toml", experiment("candidate", "stable"));
    scratch.run("gate experiment.toml --out good").expect(0);
    scratch.write("bad", "");
    scratch.run("gate experiment.toml --out bad-run").expect(3);
    let kappa = &scratch.json("bad-run/results.json")["architectures"]["kappa"];
    let says = ["it failed at record 0: ", "it ended (exit status: 0) before its input did"];
    assert!(says.iter().all(|said| text(&kappa["dropped"]).contains(said)), "{kappa}");
    check_ledger(kappa, 12, &["stable"]);
    // Without a stable job nobody serves.
    scratch.write("experiment.toml", experiment("stable", "candidate").replace("1000%", "0%"));
    scratch
        .run("gate experiment.toml --out none")
        .expect(4)
        .says(&["the stable job (sh job.sh) at record 0"]);
}

#[test]
fn two_runs_give_the_same_bytes() {
    let scratch = clicks();
    let line = format!("{GOOD} --bug 'lose 40..70' --rollback-at 90%");
    for out in ["first", "second"] {
        scratch.kappa(&line, out).expect(0);
    }
    for name in ["results.json", "experiment.toml", "answers/candidate.csv"] {
        let [first, second] = ["first", "second"].map(|out| scratch.read(&format!("{out}/{name}")));
        assert!(first == second, "{name}");
    }
    // What the run's folder keeps can be run again as it stands.
    scratch.run("gate first/experiment.toml --out third").expect(0);
    assert!(scratch.read("third/results.json") == scratch.read("first/results.json"));
}

#[test]
fn a_shuffled_log_is_upgraded_on_as_well() {
    let scratch = clicks();
    let kappa = scratch.upgrade(&format!("{GOOD} --order shuffled"), "run", 0);
    assert_eq!(text(&kappa["end"]), "took-over");
    assert_eq!(scratch.json("run/results.json")["architectures"]["clock"], "one record a millisecond");
    let tiny = Scratch::with_tiny();
    for order in ["shuffled", "descending"] {
        let line = format!("--dataset tiny --stable first-fit --candidate best-fit --order {order}");
        check_ledger(&tiny.upgrade(&line, order, 0), 12, &["stable", "candidate"]);
    }
}

#[test]
fn one_record_decides_nothing() {
    let scratch = Scratch::new();
    scratch.run("generate events --records 1 --seed 1 --to clicks").expect(0);
    let kappa = scratch.upgrade(GOOD, "run", 5);
    assert_eq!(text(&kappa["end"]), "undecided");
    assert_eq!(text(&kappa["dropped"]), "the log ended while it was 1 record behind");
    check_ledger(&kappa, 1, &["stable"]);
}

#[test]
fn a_candidate_that_is_never_due_decides_nothing() {
    let scratch = clicks();
    let kappa = scratch.upgrade(&format!("{GOOD} --start-at 1h"), "run", 5);
    assert_eq!((states(&kappa), &kappa["started_at"]), (Vec::new(), &Value::Null));
    assert_eq!(text(&kappa["dropped"]), "the log ended before it was to be started");
    let kappa = scratch.upgrade(&format!("{GOOD} --probation 70%"), "long", 5);
    assert_eq!(text(&kappa["dropped"]), "the log ended before its probation did");
}

#[test]
fn values_that_make_no_sense_are_refused() {
    let scratch = clicks();
    for (flag, says) in [
        ("--start-at 0", "'0' has no unit"),
        ("--start-at 101%", "'101%' is no stretch of the log"),
        ("--start end", "unknown start 'end', expected one of: beginning, state"),
        ("--catch-up 0/s", "unknown speed '0/s'"),
        ("--catch-up x-1", "unknown speed 'x-1'"),
        ("--catch-up 1e400/s", "unknown speed '1e400/s'"),
        ("--probation 0%", "probation = 0%: it must not be empty"),
        ("--keep-old x", "'x' is no stretch of the log"),
        ("--rollback-at 25%", "rollback_at = 25%: the candidate isn't started before start_at = 25%"),
        ("--rollback-at '301 records'", "rollback_at = 301 records: the log ends before"),
        ("--rollback-at 1h", "the log ends before, with 300 records"),
        ("--bug 'lose 5..5'", "unknown bug 'lose 5..5'"),
        ("--bug 'drop 1..2'", "unknown bug 'drop 1..2'"),
        ("--bug 'lose 300..301'", "there is nothing to lose, the log holds 300 records"),
        ("--survives fire", "unknown durability 'fire', expected one of: process, power"),
        ("--every 5%", "[lambda]: nothing of this run goes by it"),
    ] {
        scratch.kappa(&format!("{GOOD} {flag}"), "run").expect(2).says(&[says]);
        assert!(!scratch.path("run").exists(), "{flag}");
    }
    for (key, says) in [
        ("kappa.start_at = 5", "a stretch of the log is text"),
        ("kappa.until = '5%'", "unknown key `until`"),
        ("serving.survives = 'fire'", "unknown durability 'fire'"),
    ] {
        let jobs = "dataset = 'clicks'\nstable.job = 'per-record'\ncandidate.job = 'per-record'";
        scratch.write("experiment.toml", format!("{jobs}\narchitecture = 'kappa'\n{key}\n"));
        scratch.run("gate experiment.toml --out run").expect(2).says(&[says]);
    }
    // Without an architecture nothing goes by these.
    scratch.run(&format!("gate {GOOD} --start state")).expect(2).says(&["nothing of this run goes by it"]);
}

#[test]
fn help_names_each_key() {
    let help = Scratch::new().run("gate --help").expect(0).stdout;
    for flag in ["--architecture", "--start-at", "--start ", "--catch-up", "--probation", "--keep-old"] {
        assert!(help.contains(flag), "{flag}");
    }
    assert!(help.contains("--rollback-at") && help.contains("--bug") && help.contains("--survives"));
}

#[test]
fn a_run_with_checkpoints_and_an_upgrade_goes_on_where_it_was_stopped() {
    let scratch = clicks();
    let line = format!("gate --architecture kappa {GOOD} --checkpoint-every 2");
    scratch.run(&format!("{line} --out straight")).expect(0);
    crate::recovery::stop(&scratch, &format!("{line} --out out"), "out.partial/stable", "-INT").expect(130);
    scratch.run("gate --resume out.partial").expect(0);
    let kappa = |out: &str| scratch.json(&format!("{out}/results.json"))["architectures"].clone();
    assert_eq!(kappa("out"), kappa("straight"));
    assert_eq!(text(&kappa("out")["kappa"]["end"]), "took-over");
}

#[test]
fn the_summary_says_in_a_few_lines_what_happened() {
    let scratch = clicks();
    let said = scratch.kappa(GOOD, "run").expect(0).stdout;
    let run = scratch.json("run/results.json")["architectures"].clone();
    let kappa = &run["kappa"];
    let line = |label: &str| {
        said.lines().find_map(|line| line.strip_prefix(label)).unwrap_or_else(|| panic!("{said}"))
    };
    let took_over = format!("the candidate took over at record {} (", number(&kappa["switched_at"]));
    assert!(line("Kappa  ").trim().starts_with(&took_over), "{said}");
    let work =
        ["stable", "candidate"].map(|role| format!("{role} {}", number(&kappa["work"][role]["records"])));
    assert_eq!(line("records processed").trim(), format!("Kappa: {}", work.join(", ")));
    let seen = &kappa["switch"];
    let (added, changed) = (number(&seen["added"]), number(&seen["changed"]));
    assert!(line("at the switch").contains(&format!("{added} rows added, {changed} changed")), "{said}");
    let last = list(&run["advice"]).last().map(|advice| text(&advice["text"]));
    assert_eq!(Some(line("advice").trim()), last);
    assert!(scratch.read("run/report.html").contains("Architectures: who served, and how wrong was it?"));
}
