//! Data and truth in Parquet, in builds that read it: the same clicks, the same verdict.

use std::path::Path;

use super::clicks;
use crate::support::{Scratch, text};

const COMMAND: &str = "command = [\"awk\", \"-f\", \"truth.awk\"]";

/// Takes a file of the adapter's tests into the scratch folder.
fn take(scratch: &Scratch, file: &str, to: &str) {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("adapters/parquet/tests/data");
    scratch.write(to, std::fs::read(data.join(file)).expect("a file"));
}

#[test]
fn a_dataset_of_parquet_is_the_one_of_csv() {
    let scratch = clicks();
    take(&scratch, "clicks.parquet", "clicks.parquet");
    scratch.run("freeze clicks.parquet --to data/of-parquet").expect(0).prints(&["6 records"]);
    assert_eq!(scratch.read("data/of-parquet/records.csv"), scratch.read("data/clicks/records.csv"));
    assert!(scratch.read("data/of-parquet/manifest.toml").contains("format = \"parquet\""));
    std::fs::create_dir(scratch.path("parts")).expect("a folder");
    take(&scratch, "clicks.parquet", "parts/part-0.parquet");
    take(&scratch, "clicks.parquet", "parts/.part-1.inprogress.2");
    let frozen = scratch.run("freeze parts --to data/of-parts").expect(0);
    assert!(frozen.stderr.contains("note: not rows of the folder: 1 file"), "{frozen}");
    assert_eq!(scratch.read("data/of-parts/records.csv"), scratch.read("data/clicks/records.csv"));
    scratch.run("--version").expect(0).prints(&["adapters: ", "parquet"]);
}

#[test]
fn records_of_a_problem_are_frozen_from_parquet() {
    let scratch = clicks();
    take(&scratch, "clicks.parquet", "clicks.parquet");
    let line = "freeze clicks.parquet --problem windowed-aggregation --column event_time_ms=hour --column key=user \
                --column value=amount --to data/events";
    scratch.run(line).expect(0).prints(&["6 records"]);
    scratch.run(&line.replace("parquet", "csv").replace("events", "events-of-csv")).expect(0);
    assert_eq!(scratch.read("data/events/records.csv"), scratch.read("data/events-of-csv/records.csv"));
}

#[test]
fn the_truth_may_be_a_file_or_a_folder_of_parquet() {
    let scratch = clicks();
    take(&scratch, "clicks-truth.parquet", "truth.parquet");
    scratch.edit("e.toml", COMMAND, "file = \"truth.parquet\"");
    scratch.run("gate e.toml --out out").expect(3).prints(&["1 row of the candidate's answer differs"]);
    assert!(text(&scratch.json("out/results.json")["reference"]["job"]).contains("truth.parquet"));
    std::fs::create_dir(scratch.path("truth")).expect("a folder");
    take(&scratch, "clicks-truth.parquet", "truth/part-0");
    scratch.edit("e.toml", "truth.parquet", "truth");
    scratch.run("gate e.toml --out again").expect(3).prints(&["1 row of the candidate's answer differs"]);
    let answer = "answers/reference.csv";
    assert_eq!(scratch.read(&format!("out/{answer}")), scratch.read(&format!("again/{answer}")));
}

#[test]
fn a_truth_that_has_changed_or_is_cut_is_refused() {
    let scratch = clicks();
    take(&scratch, "clicks-truth.parquet", "truth.parquet");
    let pinned = format!("file = \"truth.parquet\"\nblake3 = \"{}\"", "0".repeat(64));
    scratch.edit("e.toml", COMMAND, &pinned);
    scratch.run("gate e.toml").expect(4).says(&["it has the hash", "the experiment wants 000"]);
    scratch.edit("e.toml", &pinned, "file = \"truth.parquet\"");
    let bytes = std::fs::read(scratch.path("truth.parquet")).expect("the file");
    scratch.write("truth.parquet", &bytes[..bytes.len() / 2]);
    scratch.run("gate e.toml").expect(4).says(&["truth.parquet", "cut short"]);
}
