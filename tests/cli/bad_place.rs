//! Places that can't be written: exit code 1, or 2 where something stands there already, and nothing is left.

use std::{fs::File, process::Command};

use crate::support::{BEST_FOR_FIRST, Ran, Scratch, lines};

/// Commands that write into a folder, up to that folder's name.
fn writers() -> [String; 5] {
    [
        format!("run {BEST_FOR_FIRST} --out"),
        "replay tiny --job first-fit --out".into(),
        "batch tiny --out".into(),
        "freeze items.csv --problem bin-packing --set capacity=9 --to".into(),
        "generate uniform --records 9 --seed 1 --to".into(),
    ]
}

fn scratch() -> Scratch {
    let scratch = Scratch::with_tiny();
    scratch.write("items.csv", "size\n1\n2\n");
    scratch
}

#[test]
fn a_folder_that_cannot_be_written() {
    let scratch = scratch();
    let before = scratch.state();
    // Root may write nearly everywhere, but not below a file and not in /proc.
    for place in ["items.csv/new", "items.csv/new/new", "/proc/new", "/proc/new/new", "/dev/null/new"] {
        for writer in writers() {
            let ran = scratch.run(&format!("{writer} {place}")).expect(1);
            let named = place.strip_suffix("/new").expect("it ends so");
            assert!(ran.stdout.is_empty(), "{ran}");
            ran.says(&["cannot", named]);
            assert_eq!(scratch.state(), before, "{writer} {place}");
        }
    }
}

#[test]
fn a_runs_folder_that_is_a_file() {
    let scratch = scratch();
    scratch.write("runs", "mine");
    let before = scratch.state();
    scratch.run(&format!("run {BEST_FOR_FIRST}")).expect(1).says(&["runs"]);
    scratch.run("replay tiny --job first-fit").expect(1).says(&["runs"]);
    assert_eq!(scratch.state(), before);
}

#[test]
fn a_target_that_exists() {
    let scratch = scratch();
    let before = scratch.state();
    for place in ["tiny", "items.csv"] {
        for writer in writers() {
            let ran = scratch.run(&format!("{writer} {place}")).expect(2);
            ran.says(&[place, "exists already"]).hints("choose another folder");
            assert_eq!(scratch.state(), before, "{writer} {place}");
        }
    }
}

/// Runs `line` where no file may grow beyond `blocks` of 512 bytes: a write beyond fails, as on a full disk.
fn run_with_small_files(scratch: &Scratch, blocks: u32, line: &str) -> Ran {
    scratch.shell(&format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$COUNTERPOINT\" {line}"))
}

#[test]
fn a_write_that_fails_leaves_nothing() {
    let scratch = scratch();
    let rows = lines(&(0..9000).collect::<Vec<_>>());
    scratch.write("items.csv", format!("size\n{rows}\n"));
    scratch.write("two.txt", format!("2\n a\n9000 1 1\n1\n b\n9000 9000 1\n{rows}\n"));
    scratch.run("freeze items.csv --to data --problem bin-packing --set capacity=9000").expect(0);
    let before = scratch.state();
    for line in [
        "freeze items.csv --to new --problem bin-packing --set capacity=9000",
        "freeze two.txt --to new",
        "freeze two.txt --to data",
        "generate uniform --records 9000 --seed 1 --to deep/new",
        "batch data --out new",
        "replay data --job next-fit --out new",
    ] {
        let ran = run_with_small_files(&scratch, 8, line).expect(1);
        assert!(ran.stdout.is_empty(), "{ran}");
        ran.says(&["cannot write"]);
        assert_eq!(scratch.state(), before, "{line}");
    }
}

#[test]
fn a_run_whose_page_or_results_cannot_be_written_leaves_nothing() {
    let scratch = scratch();
    let before = scratch.state();
    // The page has tens of kilobytes, the results some, the resolved experiment less than one.
    for (blocks, file) in [(20, "report.html"), (2, "results.json"), (0, "experiment.toml")] {
        let ran =
            run_with_small_files(&scratch, blocks, &format!("run {BEST_FOR_FIRST} --out new")).expect(1);
        ran.says(&["cannot write", file]);
        assert_eq!(scratch.state(), before, "{file}");
    }
}

#[test]
fn folders_made_on_the_way_go_again_when_the_command_fails() {
    let scratch = scratch();
    scratch.edit("tiny/records.csv", "size\n4\n", "size\n5\n");
    scratch.write("items.csv", "size\n99\n");
    let before = scratch.state();
    for writer in &writers()[..4] {
        scratch.run(&format!("{writer} deep/er/new")).expect(4);
        assert_eq!(scratch.state(), before, "{writer}");
    }
}

#[test]
fn a_page_that_cannot_be_rendered_again_stays() {
    let scratch = scratch();
    scratch.run(&format!("run {BEST_FOR_FIRST} --out out")).expect(0);
    let before = scratch.state();
    run_with_small_files(&scratch, 8, "report out").expect(1).says(&["cannot write", "out/report.html"]);
    assert_eq!(scratch.state(), before);
}

#[test]
fn a_reader_that_has_gone_is_no_failure() {
    let scratch = scratch();
    let ran = scratch.shell("{ \"$COUNTERPOINT\" jobs --json; echo $? >&2; } | true");
    assert_eq!(ran.stderr.trim(), "0", "{ran}");
}

#[test]
fn output_that_is_lost_on_a_full_disk_is_a_failure() {
    let scratch = scratch();
    for line in ["jobs", "jobs --json", "batch tiny --json", "verify tiny"] {
        let mut command = scratch.command();
        command.args(line.split(' ')).stdout(File::create("/dev/full").expect("Linux has it"));
        let output = command.output().expect("the program starts");
        assert_eq!(output.status.code(), Some(1), "{line}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn the_working_folder_may_be_anything() {
    let scratch = scratch();
    std::fs::create_dir(scratch.path("with blanks ünd more")).expect("a folder");
    let mut command = Command::new(env!("CARGO_BIN_EXE_counterpoint"));
    command.current_dir(scratch.path("with blanks ünd more"));
    command.args(["run", "--dataset", "../tiny", "--stable", "first-fit", "--candidate", "best-fit"]);
    let ran = Ran::of(&mut command).expect(0);
    assert!(ran.stdout.contains("report   runs/"), "{ran}");
}
