//! Tables against a truth from a program, a file, or as JSON.

use super::clicks;
use crate::support::{list, number, real, text};

/// In the place of both, whose programs take their time to start and to end, a job that does nothing is quick.
#[test]
fn what_the_way_to_a_job_costs_stands_beside_its_rate() {
    let scratch = clicks();
    scratch.edit("e.toml", "v2.awk", "v1.awk");
    let row = "records a second of a job that does nothing, talked to alike, indicative";
    scratch.run("gate e.toml --out run").expect(0).prints(&[row, "% of its time"]);
    let timings = scratch.json("run/timings.json");
    for role in ["stable", "candidate"] {
        let null = &timings[role]["null_job"];
        assert_eq!(number(&null["records"]), 6, "{null}");
        assert!(real(&null["ns"]) > 0.0 && real(&null["share"]) > 0.0 && null["skipped"].is_null(), "{null}");
    }
    for file in ["run/report.html", "run/summary.md"] {
        assert!(scratch.read(file).contains(row), "{file}");
    }
}

#[test]
fn a_version_that_drops_late_records_fails_and_its_rows_are_named() {
    let scratch = clicks();
    scratch.run("gate e.toml --out out").expect(3).prints(&["1 row of the candidate's answer differs"]);
    let results = scratch.json("out/results.json");
    assert_eq!(text(&results["reference"]["job"]), "awk -f truth.awk");
    let table = |role: &str| results[role]["answer"]["table"].clone();
    assert_eq!((number(&table("stable")["rows"]), number(&table("stable")["divergence"]["equal"])), (4, 4));
    let candidate = table("candidate");
    assert_eq!(number(&candidate["divergence"]["changed"]), 1);
    assert_eq!(number(&candidate["divergence"]["changed_by_column"]["n"]), 1);
    let worst = list(&candidate["divergence"]["worst"])[0].to_string();
    assert!(worst.contains("\"10\"") && worst.contains("\"b\""), "{worst}");
    assert_eq!(number(&results["stable"]["ledger"]["untold"]), 6);
    let answer = |role: &str| scratch.read(&format!("out/answers/{role}.csv"));
    assert_eq!(
        answer("reference"),
        "hour,user,n,amount\n10,a,2,1.60\n10,b,2,9.25\n11,a,1,3.00\n12,b,1,1.00\n"
    );
    assert_eq!(answer("candidate"), "hour,user,n,amount\n10,a,2,1.6\n10,b,1,2.25\n11,a,1,3\n12,b,1,1\n");
    let page = scratch.read("out/report.html");
    assert!(
        page.contains("awk -f v2.awk") && page.contains("rows given out") && !page.contains("micro-batches")
    );
    // The other way round nothing is worse.
    scratch.edit("e.toml", "v2.awk", "v1.awk");
    scratch.run("gate e.toml").expect(0);
}

#[test]
fn a_run_can_be_repeated_from_its_own_folder() {
    let scratch = clicks();
    scratch.run("run e.toml --out runs/one").expect(0);
    scratch.run("run runs/one/experiment.toml --out elsewhere/two").expect(0);
    for name in ["results.json", "answers/candidate.csv"] {
        assert_eq!(scratch.read(&format!("runs/one/{name}")), scratch.read(&format!("elsewhere/two/{name}")));
    }
    let experiment = scratch.read("runs/one/experiment.toml");
    assert!(experiment.contains("cwd = \"../..\""), "{experiment}");
}

#[test]
fn an_answer_may_be_json_and_the_truth_a_file_with_its_hash() {
    let scratch = clicks();
    let json = r#"BEGIN { FS = ","; print "{\"columns\":[\"hour\",\"user\",\"n\",\"amount\"]}"; fflush() }
NR > 1 { n[$1 OFS $2]++; amount[$1 OFS $2] += $3 }
END { for (key in n) { split(key, part, OFS)
    printf "{\"n\":%d,\"user\":\"%s\",\"hour\":%d,\"amount\":%.3f}\n", n[key], part[2], part[1], amount[key] } }
"#;
    scratch.write("v2.awk", json);
    scratch.edit(
        "e.toml",
        "[\"awk\", \"-f\", \"v2.awk\"]",
        "[\"awk\", \"-f\", \"v2.awk\"]\nformat = \"json\"",
    );
    let truth = "{\"hour\":10,\"user\":\"a\",\"n\":2,\"amount\":1.6}\n{\"hour\":10,\"user\":\"b\",\"n\":2,\"amount\":9.25}\n\
                 {\"hour\":11,\"user\":\"a\",\"n\":1,\"amount\":3}\n{\"hour\":12,\"user\":\"b\",\"n\":1,\"amount\":1}\n";
    scratch.write("truth.jsonl", truth);
    let hash = blake3::hash(truth.as_bytes()).to_hex().to_string();
    scratch.edit(
        "e.toml",
        "command = [\"awk\", \"-f\", \"truth.awk\"]",
        &format!("file = \"truth.jsonl\"\nblake3 = \"{hash}\""),
    );
    scratch.run("gate e.toml").expect(0);
    scratch.write("truth.jsonl", truth.replace("9.25", "9.26"));
    scratch.run("gate e.toml").expect(4).says(&["truth.jsonl", &hash, "the experiment wants"]);
}

#[test]
fn columns_may_be_called_otherwise_and_rows_taken_back() {
    let scratch = clicks();
    let signed = r#"BEGIN { FS = ","; OFS = ","; print "op,stunde,user,n,amount"; fflush() }
NR > 1 {
    key = $1 OFS $2
    if (key in n) print "-1", key, n[key], amount[key]
    n[key]++; amount[key] += $3
    print "+1", key, n[key], amount[key]
}
"#;
    scratch.write("v2.awk", signed);
    scratch.edit("e.toml", "columns =", "rename = { stunde = \"hour\" }\ncolumns =");
    scratch.edit("e.toml", "\"v2.awk\"]", "\"v2.awk\"]\nsign = \"op\"");
    scratch.run("gate e.toml --out out").expect(0);
    // Six are given, two taken back and given anew.
    let results = scratch.json("out/results.json");
    assert_eq!(number(&results["candidate"]["answer"]["table"]["firings"]), 8);
}

#[test]
fn rows_that_a_job_never_gives_out_are_not_missing() {
    let scratch = clicks();
    let held = r#"BEGIN { FS = ","; OFS = ","; print "hour,user,n,amount"; fflush() }
function out(before,  key, part) {
    for (key in n) { split(key, part, OFS); if (part[1] + 0 < before) { print key, n[key], amount[key]; delete n[key] } }
}
NR > 1 { n[$1 OFS $2]++; amount[$1 OFS $2] += $3; if ($1 + 0 > top) { top = $1 + 0; out(top - 1) } }
"#;
    scratch.write("v2.awk", held);
    scratch.run("gate e.toml").expect(3).prints(&["2 rows of the candidate's answer differ"]);
    scratch.edit("e.toml", "\"v2.awk\"]", "\"v2.awk\"]\nunclosed = \"hour\"");
    scratch.run("gate e.toml --out out").expect(0);
    let candidate = scratch.json("out/results.json")["candidate"]["answer"]["table"].clone();
    assert_eq!((number(&candidate["not_emitted"]), number(&candidate["divergence"]["missing"])), (2, 0));
    // A closing record has it give them, and one of its own, which is left out.
    scratch.edit("e.toml", "unclosed = \"hour\"", "close = [\"99,end,0\"]");
    scratch.run("gate e.toml").expect(0);
    let close = "close = [\"99,end,0\", \"101,end,0\"]";
    scratch.edit("e.toml", "close = [\"99,end,0\"]", close);
    scratch.run("gate e.toml").expect(3).prints(&["1 row of the candidate's answer differs"]);
    scratch.edit("e.toml", close, &format!("{close}\nleave_out = \"user = 'end'\""));
    scratch.run("gate e.toml").expect(0);
}

#[test]
fn a_job_that_is_not_deterministic_gets_no_verdict() {
    let scratch = clicks();
    let unsteady = "echo >> count\nawk -f v1.awk | sed -u \"s/^a,10,2/a,10,$(wc -l < count)/\"\n";
    scratch.write("v2.sh", unsteady);
    scratch.edit("e.toml", "[\"awk\", \"-f\", \"v2.awk\"]", "[\"sh\", \"v2.sh\"]");
    scratch.edit("e.toml", "divergence = 0", "divergence = 4");
    scratch.run("gate e.toml").expect(5).prints(&["two runs of the candidate job", "differ in 1 row"]);
}

#[test]
fn a_job_that_emits_may_be_silent_at_its_end_for_as_long_as_its_section_says() {
    let scratch = clicks();
    let rows = "printf 'a,10,2,1.60,1\\nb,10,2,9.25,1\\na,11,1,3,1\\nb,12,1,1,1\\n'";
    scratch.write("slow.sh", format!("echo user,hour,n,amount,seen; cat > /dev/null; sleep 2; {rows}"));
    let command = "command = [\"awk\", \"-f\", \"v2.awk\"]";
    scratch.edit("e.toml", command, "command = [\"sh\", \"slow.sh\"]\nstall = \"1s\"");
    scratch
        .run("gate e.toml")
        .expect(4)
        .says(&["candidate job (sh slow.sh)", "it still ran 1 s after its input had ended"]);
    scratch.edit("e.toml", "\"1s\"", "\"25s\"");
    scratch.run("gate e.toml").expect(0);
}

#[test]
fn no_records_are_legal() {
    let scratch = clicks();
    scratch.write("none.csv", "hour,user,amount\n");
    scratch.run("freeze none.csv --to data/none").expect(0);
    scratch.edit("e.toml", "data/clicks", "data/none");
    scratch.run("gate e.toml").expect(0);
}
