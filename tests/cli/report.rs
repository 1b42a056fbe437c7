//! The page: one file, nothing from elsewhere, the same from the same files.

use std::fs;

use crate::support::{BEST_FOR_FIRST, RUN_FILES, Scratch, without_script};

fn run_to_out(flags: &str) -> Scratch {
    let scratch = Scratch::with_tiny();
    scratch.run(&format!("run {BEST_FOR_FIRST} {flags} --out out")).expect(0);
    scratch
}

#[test]
fn a_page_is_one_small_file_without_network() {
    let scratch = run_to_out("--orders 30 --competitive-ratio 1.2 --latency-increase 900%");
    let page = scratch.read("out/report.html");
    assert!(page.starts_with("<!DOCTYPE html>") && page.contains("</html>"), "{}", &page[..200]);
    assert!(page.len() < 1_000_000, "{} bytes", page.len());
    let without_names = without_script(&page)
        .replace("http://www.w3.org/2000/svg", "")
        .replace("<link rel=\"icon\" href=\"data:", "");
    for outside in
        ["http:", "https:", "src=\"//", "href=\"//", "url(", "@import", "<link", "<script", "<iframe"]
    {
        assert!(!without_names.contains(outside), "{outside}");
    }
    for shown in
        ["first-fit", "best-fit", "tiny", "dbdcc9eb", "counterpoint run \\\n  --dataset tiny \\\n", "<svg"]
    {
        assert!(page.contains(shown), "no {shown}");
    }
}

#[test]
fn the_page_of_a_large_run_stays_small() {
    let scratch = Scratch::new();
    scratch.run("generate uniform --records 1000 --seed 1 --to data").expect(0);
    let flags = "--dataset data --stable next-fit --candidate harmonic:7 --orders 100";
    scratch.run(&format!("run {flags} --out out")).expect(0);
    assert!(scratch.read("out/report.html").len() < 1_000_000);
}

#[test]
fn rendering_again_gives_the_same_bytes() {
    for flags in ["", "--orders 9 --order descending --competitive-ratio 1.01"] {
        let scratch = run_to_out(flags);
        let before = scratch.state();
        let ran = scratch.run("report out").expect(0);
        assert!(ran.stdout.contains("out/report.html"), "{ran}");
        assert_eq!(scratch.state(), before, "{flags}");
        fs::remove_file(scratch.path("out/report.html")).expect("removed");
        assert_eq!(scratch.run("report out --json").expect(0).json()["report"], "out/report.html");
        assert_eq!(scratch.state(), before, "{flags}");
        assert_eq!(scratch.files("out"), RUN_FILES);
    }
}

fn check_refused(name: &str, from: &str, to: &str, parts: &[&str]) {
    let scratch = run_to_out("");
    scratch.edit(&format!("out/{name}"), from, to);
    let before = scratch.state();
    scratch.run("report out").expect(4).says(&[name]).says(parts);
    assert_eq!(scratch.state(), before, "{name}: {from} to {to}");
}

#[test]
fn a_broken_run_is_refused_and_stays_as_it_is() {
    check_refused("results.json", "\"problem\": \"bin-packing\",", "\"problem\": \"bin-packing\"", &["line"]);
    check_refused("results.json", "\"objective\"", "\"objectives\"", &["objectives"]);
    check_refused("results.json", "\"records\": 12", "\"records\": -12", &["-12"]);
    check_refused(
        "results.json",
        "counterpoint.results/2",
        "counterpoint.results/1",
        &["results/1", "results/2", "counterpoint run"],
    );
    check_refused("timings.json", "counterpoint.timings/2", "counterpoint.results/1", &["timings/2"]);
    check_refused("timings.json", "{\n  \"schema\"", "\n  \"schema\"", &["line"]);
    check_refused("experiment.toml", "stable", "stabel", &["line", "stabel"]);
    check_refused("experiment.toml", "seed = 42", "seed = 'x'", &["line"]);
}

#[test]
fn every_cut_of_the_results_is_refused() {
    let scratch = run_to_out("");
    let whole = scratch.read("out/results.json");
    let page = scratch.read("out/report.html");
    // The last two bytes are the closing brace and the newline.
    for length in (0..whole.len() - 1).step_by(whole.len() / 40) {
        scratch.write("out/results.json", &whole[..length]);
        scratch.run("report out").expect(4).says(&["out/results.json"]);
    }
    assert_eq!(scratch.read("out/report.html"), page);
}

#[test]
fn what_is_no_run_is_refused() {
    let scratch = Scratch::with_tiny();
    scratch.run("report missing").expect(4).says(&["missing"]);
    scratch.run("report tiny").expect(4).says(&["tiny/results.json"]);
    scratch.run("report tiny/records.csv").expect(4).says(&["tiny/records.csv"]);
    scratch.run("replay tiny --job first-fit --out replay").expect(0);
    scratch.run("report replay").expect(4).says(&["replay/results.json", "counterpoint.replay/1"]);
}
