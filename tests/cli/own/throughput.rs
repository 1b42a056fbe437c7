//! A limit on records a second, with real programs. No time is asserted but that one second isn't a thousandth of it.

use super::clicks;
use crate::support::{Scratch, list, number, real, text};

/// The jobs of this folder, with a limit on records a second in the place of that on rows.
fn limited(scratch: &Scratch, limit: &str, candidate: &str) {
    let limits = format!("divergence = 0\nthroughput_decrease = \"{limit}\"\nbudget = \"300s\"");
    scratch.edit("e.toml", "divergence = 0", &limits);
    scratch.edit("e.toml", "v2.awk", candidate);
}

#[test]
fn a_job_that_sleeps_for_each_record_fails() {
    let scratch = clicks();
    limited(&scratch, "20%", "slow.awk");
    let slow = scratch.read("v1.awk").replace("NR > 1 {", "NR > 1 {\n    system(\"sleep 0.05\")");
    scratch.write("slow.awk", slow);
    let ran = scratch.run("gate e.toml --out run").expect(3);
    let ran = ran.prints(&[
        "FAIL on speed; accuracy passes",
        "throughput_decrease ≤ 20 %: shown to be beyond the limit",
        "records a second in ",
        "times as many (98 % interval ",
    ]);
    assert!(!ran.stdout.contains("ended, indicative"), "{ran}");
    let timings = scratch.json("run/timings.json");
    let throughput = &timings["throughput"];
    assert!(
        number(&throughput["replicates"]) >= 8 && (1..=6).contains(&number(&throughput["records"])),
        "{throughput}"
    );
    assert_eq!(text(&throughput["outcome"]), "fail");
    assert!(real(&throughput["limit"]) > 0.199 && real(&throughput["ratio"]["high"]) < 0.8);
    let check =
        list(&timings["verdict"]["checks"]).iter().find(|check| check["name"] == "throughput_decrease");
    assert_eq!(text(&check.expect("it is judged")["outcome"]), "fail");
    for (file, what) in [
        ("run/report.html", "records a second against stable"),
        ("run/summary.md", "records a second, until it had ended"),
        ("run/junit.xml", "throughput_decrease"),
    ] {
        assert!(scratch.read(file).contains(what), "{file}");
    }
}

#[test]
fn a_job_is_not_slower_than_itself_by_half() {
    let scratch = clicks();
    limited(&scratch, "60%", "v1.awk");
    let ran = scratch.run("gate e.toml --out run --budget 20s");
    // On a machine that is busy enough it may be left open.
    assert!(matches!(ran.code, Some(0 | 5)), "{ran}");
    let throughput = &scratch.json("run/timings.json")["throughput"];
    assert!(number(&throughput["replicates"]) >= 8, "{throughput}");
    assert!(throughput["ratio"]["value"].is_number() && throughput["control"]["value"].is_number());
}

#[test]
fn a_job_that_replies_is_held_to_it_too() {
    let scratch = Scratch::with_tiny();
    let job = |pause: &str| {
        format!(
            "read -r header; echo $header; n=0\nwhile read -r size; do {pause} echo $n; n=$((n + 1)); done\n"
        )
    };
    scratch.write("quick.sh", job(""));
    scratch.write("slow.sh", job("sleep 0.02;"));
    let experiment = "dataset = 'tiny'\nstable.command = ['sh', 'quick.sh']\ncandidate.command = ['sh', 'slow.sh']\n\
                      gate.throughput_decrease = '20%'\ngate.budget = '300s'\ngate.competitive_ratio_increase = '0%'";
    scratch.write("e.toml", experiment);
    scratch
        .run("gate e.toml")
        .expect(3)
        .prints(&["FAIL on speed; accuracy passes", "throughput_decrease fails"]);
}

#[test]
fn a_budget_that_holds_no_replicates_is_named() {
    let scratch = clicks();
    limited(&scratch, "20%", "v1.awk");
    scratch.run("gate e.toml --budget 2ms").expect(5).prints(&[
        "throughput_decrease ≤ 20 %: no verdict can be reached in less than 8 replicates",
        "it needs a budget",
    ]);
}

#[test]
fn what_has_no_throughput_is_refused() {
    let scratch = clicks();
    limited(&scratch, "100%", "v1.awk");
    scratch.run("gate e.toml").expect(2).says(&["throughput_decrease = 100%"]).hints("below 100%");
    Scratch::with_tiny()
        .run("gate --dataset tiny --stable first-fit --candidate best-fit --throughput-decrease 10%")
        .expect(2)
        .says(&["throughput_decrease = 10%: it is for programs outside"])
        .hints("latency_increase");
}
