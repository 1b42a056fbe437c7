//! So many times the traffic, each copy under a key of its own.

use super::clicks;
use crate::support::{Scratch, number};

/// Clicks whose key is known.
fn keyed() -> Scratch {
    let scratch = clicks();
    scratch.run("freeze clicks.csv --key user --to data/keyed").expect(0);
    scratch.edit("e.toml", "data/clicks", "data/keyed");
    scratch
}

#[test]
fn jobs_and_truth_get_the_copies() {
    let scratch = keyed();
    scratch
        .run("run e.toml --amplify 3 --out out")
        .expect(0)
        .prints(&["6 records, each fed 3 times under keys of its own: 18"]);
    let results = scratch.json("out/results.json");
    assert_eq!(number(&results["replay"]["amplify"]), 3);
    assert_eq!((number(&results["dataset"]["records"]), number(&results["reference"]["rows"])), (6, 12));
    let of = |role: &str, what: &str| number(&results[role]["answer"]["table"]["divergence"][what]);
    assert_eq!((of("stable", "equal"), of("candidate", "equal")), (12, 9));
    // The late click of b is missing in each of the copies, too.
    assert_eq!(of("candidate", "changed"), 3);
    assert_eq!(number(&results["stable"]["ledger"]["records"]), 18);
    let mut answer: Vec<String> =
        scratch.read("out/answers/reference.csv").lines().map(str::to_owned).collect();
    answer.sort();
    assert_eq!(&answer[..3], ["10,a,2,1.60", "10,a~1,2,1.60", "10,a~2,2,1.60"]);
    assert!(scratch.read("out/experiment.toml").contains("amplify = 3"));
    assert!(scratch.read("out/report.html").contains("each fed 3 times under keys of its own: 18"));
    // A run of its folder is the same run.
    scratch.run("run out/experiment.toml --out again").expect(0);
    assert_eq!(scratch.read("again/results.json"), scratch.read("out/results.json"));
    scratch.run("run e.toml --out plain").expect(0);
    assert!(scratch.json("plain/results.json")["replay"]["amplify"].is_null());
}

#[test]
fn jobs_that_take_json_get_them_too() {
    let scratch = keyed();
    scratch.write(
        "json.awk",
        r#"BEGIN { print "hour,user,n,amount,seen"; fflush() }
NR > 1 {
    match($0, /"hour":[0-9]+/); hour = substr($0, RSTART + 7, RLENGTH - 7)
    match($0, /"user":"[^"]*"/); user = substr($0, RSTART + 8, RLENGTH - 9)
    match($0, /"amount":[0-9.]+/); amount = substr($0, RSTART + 9, RLENGTH - 9)
    match($0, /"offset":[0-9]+/); if (substr($0, RSTART + 9, RLENGTH - 9) + 0 != NR - 2) exit 1
    n[hour "," user]++; sum[hour "," user] += amount
}
END { for (key in n) print key "," n[key] "," sum[key] "," NR }
"#,
    );
    scratch.edit("e.toml", "\"v2.awk\"]", "\"json.awk\"]\ninput = \"json\"");
    scratch.run("gate e.toml --amplify 2").expect(0);
}

#[test]
fn what_cannot_be_amplified_is_2() {
    let scratch = keyed();
    let truth = "command = [\"awk\", \"-f\", \"truth.awk\"]";
    scratch.edit("e.toml", truth, "file = \"truth.csv\"");
    scratch
        .run("run e.toml --amplify 2")
        .expect(2)
        .says(&["[reference] file is right", "copies"])
        .hints("command");
    scratch.edit("e.toml", "file = \"truth.csv\"", truth);
    scratch.run("run e.toml --amplify 0").expect(2).says(&["amplify = 0: every record"]).hints("1 is");
    scratch.run("run e.toml --amplify 1001").expect(2).says(&["1000 times at most"]);
    scratch.edit("e.toml", "data/keyed", "data/clicks");
    scratch
        .run("run e.toml --amplify 2")
        .expect(2)
        .says(&["no column of the dataset is a key"])
        .hints("--key COLUMN");
    let scratch = Scratch::with_tiny();
    let ran = scratch.run("run --dataset tiny --stable first-fit --candidate best-fit --amplify 2").expect(2);
    ran.says(&["records of bin-packing have no key"]).hints("leave it out");
    scratch.run("replay tiny --job first-fit --amplify 2").expect(2).says(&["have no key"]);
}

/// An experiment of decisions about two records with keys, each of which is fed twice.
fn decisions(job: &str) -> Scratch {
    let scratch = Scratch::new();
    scratch.write("items.csv", "id,size\na,4\nb,3\n");
    scratch.run("freeze items.csv --key id --to data/items").expect(0);
    scratch.write("bounds.awk", "NR > 1 { n++ } END { printf \"lower,upper\\n1,%d\\n\", n }");
    scratch.write("check.awk", "BEGIN { FS = \",\" } $2 == \"b~1\" { bad = NR - 2 }
        END { printf \"{\\\"cost\\\": %d, \\\"problem\\\": \\\"b is there twice\\\", \\\"record\\\": %d}\", NR - 1, bad }");
    scratch.write("job.sh", format!("read header; echo $header; while read line; do {job}; echo 1; done"));
    scratch.write(
        "e.toml",
        "dataset = 'data/items'\n[problem]\nname = 'packing'\nanswer = 'decisions'\nminimise = 'bins'\n\
         checker = ['awk', '-f', 'check.awk']\n[reference]\ncommand = ['awk', '-f', 'bounds.awk']\n[stable]\n\
         command = ['sh', 'job.sh']\n[candidate]\ncommand = ['sh', 'job.sh']\n[replay]\namplify = 2\n",
    );
    scratch
}

#[test]
fn a_record_that_is_named_is_said_to_be_a_copy() {
    let scratch = decisions(":");
    scratch.run("run e.toml --out out").prints(&["(record 3, copy 1 of record 1)"]);
    let bounds = &scratch.json("out/results.json")["reference"]["bounds"];
    assert_eq!(number(&bounds["upper"]), 4);
    let scratch = decisions("case $line in b~1*) exit 3;; esac");
    scratch.run("run e.toml").expect(4).says(&["at record 3", "; record 3 is copy 1 of record 1"]);
}

/// Events with arrival times and keys that are numbers.
fn events() -> Scratch {
    let scratch = Scratch::new();
    scratch.write(
        "events.csv",
        "arrival_ms,event_time_ms,key,value\n1,1,7,5\n2,2,7,1\n3,900,9,2\n4,1000,7,-3\n5,1500,9,4\n",
    );
    scratch
        .run("freeze events.csv --problem windowed-aggregation --set window=tumbling:1000 --to data/events")
        .expect(0);
    scratch
}

#[test]
fn a_catalogues_records_are_copied_wherever_they_go() {
    let scratch = events();
    let ran = scratch.run("replay data/events --job per-record --amplify 3 --json --out out").expect(0);
    assert_eq!(number(&ran.json()["ledger"]["records"]), 15);
    assert!(
        scratch.read("out/answers/answer.csv").contains("0,1000,10,2,6,1,5\n"),
        "7 is 10 in the first copy"
    );
    scratch.run("replay data/events --job per-record --amplify 3 --out o").prints(&["each fed 3 times"]);
    let jobs = "--dataset data/events --stable per-record --candidate pre-aggregated";
    for (more, out) in
        [("--pace 'recorded x1000'", "paced"), ("--order shuffled", "order"), ("--trigger once", "once")]
    {
        let ran = scratch.shell(&format!("$COUNTERPOINT run {jobs} {more} --amplify 3 --out {out}"));
        ran.expect(0);
        assert_eq!(number(&scratch.json(&format!("{out}/results.json"))["stable"]["ledger"]["records"]), 15);
    }
    let feeder = &scratch.json("paced/timings.json")["feeder"];
    assert_eq!(number(&feeder["records"]), 2 * 15, "the pace counts copies, for each of both jobs");
    scratch.run(&format!("run {jobs} --architecture both --amplify 2 --out both")).expect(0);
    let architectures = &scratch.json("both/results.json")["architectures"];
    assert_eq!(number(&architectures["log"]["records"]), 10, "{architectures}");
    let command = scratch.read("both/report.html");
    assert!(command.contains("--amplify 2"), "it can be repeated");
}

#[test]
fn a_baseline_is_of_so_many_copies() {
    let scratch = events();
    let jobs = "--dataset data/events --stable per-record --candidate pre-aggregated";
    scratch.run(&format!("gate {jobs} --amplify 2 --write-baseline b.toml")).expect(0);
    assert!(scratch.read("b.toml").contains("amplify = 2"));
    scratch.run(&format!("gate {jobs} --amplify 2 --baseline b.toml")).expect(0);
    scratch.run(&format!("gate {jobs} --baseline b.toml")).expect(4).says(&["amplify 2"]);
}
