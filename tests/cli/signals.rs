//! Ctrl-C: the program stops soon, says so with its exit code, and leaves no half run.

use std::{
    io::{BufWriter, Write as _},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use crate::support::Scratch;

/// Longer than anything here takes, even on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);
const BETWEEN_LOOKS: Duration = Duration::from_millis(5);

/// Waits until `done` has something to say.
fn wait_for<T>(what: &str, mut done: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(value) = done() {
            return value;
        }
        assert!(start.elapsed() < PATIENCE, "waited in vain for {what}");
        std::thread::sleep(BETWEEN_LOOKS);
    }
}

fn start(scratch: &Scratch, line: &str) -> Child {
    let mut command = scratch.command();
    command.args(line.split_whitespace()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().expect("the program starts")
}

/// Sends SIGINT and waits for the end.
fn interrupt(what: &str, mut child: Child) {
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(sent.expect("there is a kill").success(), "{what} had ended before it was interrupted");
    let ended = wait_for(what, || child.try_wait().expect("it is our child"));
    let output = child.wait_with_output().expect("it has ended");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(ended.code(), Some(130), "{what}: {stderr}");
    assert!(stderr.contains("interrupted") && !stderr.contains("panicked"), "{what}: {stderr}");
    assert!(output.stdout.is_empty(), "{what}");
}

/// A run of twenty seconds at least, if nobody stops it.
fn check_interrupted(line: &str, after: Duration) {
    let scratch = Scratch::new();
    scratch.run("generate uniform --records 1000 --seed 1 --to data").expect(0);
    let child = start(&scratch, line);
    // The place for the run is tried before anything is computed.
    wait_for("the runs folder", || scratch.path("runs").exists().then_some(()));
    let reached = Instant::now();
    wait_for("the moment", || (reached.elapsed() >= after).then_some(()));
    interrupt(line, child);
    assert_eq!(scratch.names(""), ["data"], "{line}");
}

#[test]
fn a_paced_replay_stops() {
    let line = "replay data --job first-fit --pace 50/s --out runs/out";
    for after in [0, 40, 400] {
        check_interrupted(line, Duration::from_millis(after));
    }
}

#[test]
fn a_paced_run_stops() {
    let line = "run --dataset data --stable first-fit --candidate best-fit --pace 50/s";
    for after in [0, 900] {
        check_interrupted(line, Duration::from_millis(after));
    }
}

#[test]
fn a_wait_of_minutes_for_one_record_stops() {
    let line = "replay data --job first-fit --pace 0.001/s --out runs/out";
    check_interrupted(line, Duration::from_millis(200));
}

#[test]
fn many_orders_stop() {
    let line = "run --dataset data --stable first-fit --candidate best-fit --orders 1000000";
    check_interrupted(line, Duration::from_millis(1500));
}

/// Starts a comparison of which one side comes without an end, line by line, and interrupts it.
fn check_comparison(line: &str, row: impl Fn(u64) -> String + Send + 'static, after: Duration) {
    let scratch = Scratch::new();
    scratch.write("table.csv", "id,v\n-1,x\n");
    let mut command = scratch.command();
    command.arg("compare").args(line.split_whitespace()).args(["--key", "id"]).stdin(Stdio::piped());
    let mut child =
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts");
    let mut input = BufWriter::new(child.stdin.take().expect("a pipe"));
    // Until nobody reads any more.
    let feeder =
        std::thread::spawn(move || (0..u64::MAX).map(row).find(|row| writeln!(input, "{row}").is_err()));
    std::thread::sleep(after);
    interrupt(line, child);
    assert!(feeder.join().expect("it feeds as long as somebody reads").is_some());
}

#[test]
fn a_comparison_stops_on_either_side_and_within_changes() {
    let csv = |row: u64| if row == 0 { "id,v".to_owned() } else { format!("{row},value {row}") };
    let change = |id: u64| format!(r#"{{"before":null,"after":{{"id":{id},"v":"x"}},"op":"c"}}"#);
    for after in [300, 900].map(Duration::from_millis) {
        check_comparison("- table.csv", csv, after);
        check_comparison("table.csv -", csv, after);
        check_comparison("- table.csv --left-as debezium", change, after);
    }
}

/// Starts a dataset of more records than anybody waits for, and sends it `signal` as soon as some of it is on the disk.
fn generate_and_send(scratch: &Scratch, signal: &str) -> crate::support::Ran {
    let line = "generate uniform --records 60000000 --seed 1 --to new/data";
    let child = start(scratch, line);
    let is_written = || {
        let folders = std::fs::read_dir(scratch.path("new")).into_iter().flatten().flatten();
        let mut files = folders.map(|folder| folder.path().join("records.csv"));
        files.any(|file| file.metadata().is_ok_and(|file| file.len() > 0)).then_some(())
    };
    wait_for("some records", is_written);
    let sent = Command::new("kill").args([signal, &child.id().to_string()]).status();
    assert!(sent.expect("there is a kill").success(), "it had ended before");
    crate::support::Ran::ended(child, line)
}

#[test]
fn a_dataset_that_is_stopped_leaves_nothing() {
    for (signal, code) in [("-INT", 130), ("-TERM", 143)] {
        let scratch = Scratch::new();
        generate_and_send(&scratch, signal).expect(code).says(&["interrupted; nothing was kept"]);
        assert_eq!(scratch.names(""), [""; 0], "{signal}");
    }
}

#[test]
fn an_import_of_a_large_file_stops_while_it_is_read() {
    let text = format!("event_time_ms,key,value\n{}", "1700000000000,some-key,17.25\n".repeat(3_000_000));
    let scratch = Scratch::new();
    scratch.write("large.csv", &text);
    scratch.write("large.jsonl", "{\"event_time_ms\":1,\"key\":\"a\",\"value\":1}\n".repeat(2_000_000));
    for file in ["large.csv", "large.jsonl"] {
        let line = format!("freeze {file} --problem windowed-aggregation --to new/data");
        let child = start(&scratch, &line);
        std::thread::sleep(Duration::from_millis(300));
        let sent = Instant::now();
        interrupt(&line, child);
        // It would go on for half a minute, as these tests are built.
        assert!(sent.elapsed() < Duration::from_secs(10), "{file}: {:?}", sent.elapsed());
        assert!(scratch.names("").iter().all(|name| name.starts_with("large")), "{file}");
    }
}

#[test]
fn what_a_kill_leaves_goes_with_the_next_start() {
    let scratch = Scratch::new();
    generate_and_send(&scratch, "-KILL");
    assert_eq!(scratch.names("new").len(), 1);
    scratch.write("new/.counterpoint-file00", "somebody's");
    scratch.run("generate uniform --records 3 --seed 1 --to new/data").expect(0);
    assert_eq!(scratch.names("new"), [".counterpoint-file00", "data"]);
}
