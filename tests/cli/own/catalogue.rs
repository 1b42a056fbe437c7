//! Programs outside against the jobs and references of the catalogue.

use crate::support::{Scratch, number};

/// Tumbling windows of a second by event time, all given out at the end of input.
const WINDOWS: &str = r#"BEGIN { FS = ","; OFS = ","; print "window_start_ms,window_end_ms,key,count,sum,min,max"; fflush() }
NR > 1 {
    start = $1 - ($1 % size + size) % size
    key = start OFS start + size OFS $2
    if (!(key in n) || $3 + 0 < min[key]) min[key] = $3 + 0
    if (!(key in n) || $3 + 0 > max[key]) max[key] = $3 + 0
    n[key]++; sum[key] += $3
}
END { for (key in n) print key, n[key], sum[key], min[key], max[key] }
"#;

fn windows() -> Scratch {
    let scratch = Scratch::new();
    scratch.write(
        "events.csv",
        "event_time_ms,key,value\n-1,a,5\n0,a,1\n999,b,2\n1000,a,-3\n1500,a,4\n500,b,8\n",
    );
    scratch
        .run("freeze events.csv --problem windowed-aggregation --set window=tumbling:1000 --to data/events")
        .expect(0);
    scratch.write("w.awk", WINDOWS);
    scratch.write(
        "e.toml",
        "dataset = 'data/events'\n[stable]\njob = 'per-record'\n[candidate]\n\
         command = ['awk', '-v', 'size=1000', '-f', 'w.awk']\n[gate]\ndivergence = 0\n",
    );
    scratch
}

#[test]
fn a_program_stands_against_the_job_inside_and_the_reference() {
    let scratch = windows();
    scratch.run("gate e.toml --out out").expect(0);
    let results = scratch.json("out/results.json");
    let equal = |role: &str| number(&results[role]["answer"]["table"]["divergence"]["equal"]);
    assert!(equal("candidate") == 4, "{results}");
    // The job inside drops the last record, which comes late.
    assert_eq!((equal("stable"), number(&results["stable"]["ledger"]["late"])), (3, 1));
    assert_eq!(number(&results["candidate"]["ledger"]["untold"]), 6);
    scratch.edit("e.toml", "size=1000", "size=500");
    scratch.run("gate e.toml").expect(3);
}

#[test]
fn a_truth_from_outside_takes_the_place_of_the_problems_own() {
    let scratch = windows();
    let reference = "\n[reference]\ncommand = ['awk', '-v', 'size=1000', '-f', 'w.awk']\n";
    let file = scratch.read("e.toml");
    scratch.write("e.toml", format!("{file}{reference}"));
    scratch.run("gate e.toml --out out").expect(0);
    assert!(scratch.read("out/results.json").contains("awk -v size=1000 -f w.awk"));
    scratch.write("e.toml", format!("{file}{}", reference.replace("w.awk", "x.awk")));
    scratch.write("x.awk", WINDOWS.replace("n[key]++", "n[key] += 0.5"));
    scratch.run("gate e.toml").expect(4).says(&["count is", "no whole number"]);
}
