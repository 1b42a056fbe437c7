//! Checkpoints, faults and kills: what they do to an answer, what is left of a run that was stopped, and what it goes on from.

use std::{
    fs,
    process::{Child, Stdio},
    time::{Duration, Instant},
};

use crate::support::{Ran, Scratch, number, text};

const DATASET: &str = "generate events --records 1600 --seed 7 --set keys=20 --to data";
const JOB: &str = "--job per-record --set window=tumbling:500 --set delay=2000";
/// Longer than anything here takes, even on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

fn scratch() -> Scratch {
    let scratch = Scratch::new();
    scratch.run(DATASET).expect(0);
    scratch
}

/// `replay` with `flags`, its run in the folder `out`.
fn replay(scratch: &Scratch, out: &str, flags: &str) -> Ran {
    scratch.run(&format!("replay data {JOB} --out {out} {flags}"))
}

/// All of a run but its times is the same, byte by byte.
fn assert_same(scratch: &Scratch, run: &str, other: &str) {
    let files = scratch.files(run);
    assert!(files.iter().any(|file| file.ends_with("-firings.csv")), "{files:?}");
    for file in files.iter().filter(|file| file.starts_with("answers/") || *file == "results.json") {
        let (left, right) =
            (scratch.read(&format!("{run}/{file}")), scratch.read(&format!("{other}/{file}")));
        assert!(left == right, "{file} of {run} and {other}:\n{left}\n{right}");
    }
}

pub(crate) fn start(scratch: &Scratch, line: &str) -> Child {
    let mut command = scratch.command();
    command.args(line.split_whitespace()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().expect("the program starts")
}

/// Waits until checkpoints are taken in `folder`, some of them at least.
pub(crate) fn wait_for_checkpoints(scratch: &Scratch, folder: &str) {
    let start = Instant::now();
    let manifest = scratch.path(&format!("{folder}/checkpoints/manifest.toml"));
    let epoch = || -> Option<u64> {
        let text = fs::read_to_string(&manifest).ok()?;
        text.lines().find_map(|line| line.strip_prefix("epoch = ")?.parse().ok())
    };
    while epoch().is_none_or(|epoch| epoch < 5) {
        assert!(start.elapsed() < PATIENCE, "waited in vain for checkpoints in {folder}");
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Waits until some rows have been delivered to `output`.
fn wait_for_rows(scratch: &Scratch, output: &str) {
    let start = Instant::now();
    let rows = || fs::read_to_string(scratch.path(output)).map_or(0, |text| text.lines().count());
    while rows() < 60 {
        assert!(start.elapsed() < PATIENCE, "waited in vain for rows in {output}");
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Starts the program, sends it `signal` in the middle of its checkpoints in `folder`, and waits for its end.
pub(crate) fn stop(scratch: &Scratch, line: &str, folder: &str, signal: &str) -> Ran {
    let child = start(scratch, line);
    wait_for_checkpoints(scratch, folder);
    send(&child, signal);
    Ran::ended(child, line)
}

pub(crate) fn send(child: &Child, signal: &str) {
    let sent = std::process::Command::new("kill").args([signal, &child.id().to_string()]).status();
    assert!(sent.expect("there is a kill").success(), "it had ended before it could be stopped");
}

/// A replay that was stopped, in `out.partial`.
fn stopped() -> Scratch {
    let scratch = scratch();
    let line = format!("replay data {JOB} --out out --checkpoint-every 2");
    stop(&scratch, &line, "out.partial/stable", "-KILL");
    scratch
}

#[test]
fn real_kills_leave_no_trace_under_exactly_once() {
    let scratch = scratch();
    replay(&scratch, "straight", "--checkpoint-every 20").expect(0);
    replay(&scratch, "killed", "--checkpoint-every 20 --kill 6").expect(0);
    let times = scratch.json("killed/timings.json");
    assert_eq!((number(&times["kills"]), number(&times["kills_too_late"])), (6, 0), "{times}");
    assert_same(&scratch, "straight", "killed");
    assert_eq!(scratch.names(""), ["data", "killed", "straight"]);
}

#[test]
fn real_kills_keep_to_the_weaker_guarantees() {
    let scratch = scratch();
    for (guarantee, kept) in [("at-most-once", "repeated"), ("at-least-once", "lost")] {
        replay(&scratch, guarantee, &format!("--checkpoint-every 50 --kill 3 --guarantee {guarantee}"))
            .expect(0);
        let recovery = &scratch.json(&format!("{guarantee}/results.json"))["recovery"];
        assert_eq!(number(&recovery[kept]), 0, "{recovery}");
    }
}

#[test]
fn a_stopped_replay_goes_on_to_the_same_bytes() {
    let scratch = scratch();
    let line = |out| format!("replay data {JOB} --out {out} --checkpoint-every 2");
    scratch.run(&line("straight")).expect(0);
    for (signal, code) in [("-INT", Some(130)), ("-TERM", Some(143)), ("-KILL", None)] {
        let ran = stop(&scratch, &line("out"), "out.partial/stable", signal);
        assert_eq!(ran.code, code, "{signal}: {ran}");
        if code.is_some() {
            ran.says(&["kept in out.partial"]).hints("--resume out.partial");
        }
        scratch
            .run(&line("out"))
            .expect(2)
            .says(&["out.partial holds a run that was stopped"])
            .hints("--resume");
        scratch.run("replay --resume out.partial").expect(0);
        assert_same(&scratch, "straight", "out");
        assert!(!scratch.path("out.partial").exists(), "{signal}");
        fs::remove_dir_all(scratch.path("out")).expect("the run");
    }
}

#[test]
fn a_stopped_run_goes_on_to_the_same_bytes() {
    let scratch = scratch();
    let line = |out| {
        format!(
            "run --dataset data --stable per-record --candidate pre-aggregated --set window=tumbling:500 \
             --set delay=2000 --checkpoint-every 4 --out {out}"
        )
    };
    scratch.run(&line("straight")).expect(0);
    for (role, resume) in [("stable", "run"), ("candidate", "gate")] {
        stop(&scratch, &line("out"), &format!("out.partial/{role}"), "-INT").expect(130);
        scratch.run("replay --resume out.partial").expect(2).hints("counterpoint run --resume");
        scratch.run(&format!("{resume} --resume out.partial")).expect(0);
        assert_same(&scratch, "straight", "out");
        assert_eq!(scratch.read("out/experiment.toml"), scratch.read("straight/experiment.toml"));
        fs::remove_dir_all(scratch.path("out")).expect("the run");
    }
}

#[test]
fn with_faults_it_begins_anew_and_says_so() {
    let scratch = scratch();
    let flags = "--checkpoint-every 4 --fault 5~random~crashes --fault crash~at~record~1599";
    let line = |out: &str| {
        let words = format!("replay data {JOB} --out {out} {flags}");
        words.split_whitespace().map(|word| word.replace('~', " ")).collect::<Vec<_>>()
    };
    let run = |out: &str| scratch.run_args(&line(out).iter().map(String::as_str).collect::<Vec<_>>());
    run("straight").expect(0);
    let mut command = scratch.command();
    command.args(line("out")).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().expect("the program starts");
    wait_for_checkpoints(&scratch, "out.partial/stable");
    send(&child, "-INT");
    Ran::ended(child, "replay").expect(130);
    let ran = scratch.run("replay --resume out.partial").expect(0);
    assert!(ran.stderr.contains("begins anew, so that all of them strike"), "{ran}");
    assert_same(&scratch, "straight", "out");
}

#[test]
fn one_process_at_a_time() {
    let scratch = scratch();
    let line = format!("replay data {JOB} --out out --checkpoint-every 2");
    let child = start(&scratch, &line);
    wait_for_checkpoints(&scratch, "out.partial/stable");
    send(&child, "-STOP");
    let owner = format!("process {} works in it", child.id());
    replay(&scratch, "out", "--checkpoint-every 2").expect(1).says(&[&owner]);
    scratch.run("replay --resume out.partial").expect(1).says(&[&owner]);
    send(&child, "-INT");
    send(&child, "-CONT");
    Ran::ended(child, &line).expect(130).says(&["kept in out.partial"]);
    let ran = scratch.run("replay --resume out.partial --json").expect(0);
    assert_eq!(text(&ran.json()["recovery"]["guarantee"]), "exactly-once");
}

#[test]
fn a_changed_run_is_refused_with_the_reason() {
    let scratch = stopped();
    for (from, to, said) in [
        ("per-record", "pre-aggregated", "taken with job = per-record; this run has job = pre-aggregated"),
        ("tumbling:500", "tumbling:501", "window = tumbling:501"),
        ("exactly-once", "at-least-once", "guarantee = at-least-once"),
        ("checkpoint_every = 2", "checkpoint_every = 3", "checkpoint_every = 3"),
        ("seed = 42", "seed = 43", "seed = 43"),
        ("store = \"sled\"", "store = \"memory\"", "no checkpoints in a folder"),
        ("data\"\ndataset_blake3", "none\"\ndataset_blake3", "none: no such file or folder"),
        ("problem = ", "problems = ", "something has changed since"),
    ] {
        scratch.edit("out.partial/replay.toml", from, to);
        let before = scratch.read("out.partial/stable/output");
        scratch.run("replay --resume out.partial").expect(4).says(&[said]);
        assert_eq!(scratch.read("out.partial/stable/output"), before);
        scratch.edit("out.partial/replay.toml", to, from);
    }
    scratch.edit("data/manifest.toml", "blake3 = \"", "blake3 = \"0");
    scratch.run("replay --resume out.partial").expect(4);
    scratch.edit("data/manifest.toml", "blake3 = \"0", "blake3 = \"");
    scratch.run("replay --resume out.partial").expect(0);
}

#[test]
fn damaged_checkpoints_are_told_of_and_the_answer_is_right() {
    let scratch = stopped();
    replay(&scratch, "straight", "--checkpoint-every 2").expect(0);
    let checkpoints = "out.partial/stable/checkpoints";
    let saved: Vec<(String, Vec<u8>)> =
        scratch.state().into_iter().filter(|(name, _)| name.starts_with("out.partial/")).collect();
    let done_again = "all was done again";
    for (what, said) in [
        ("manifest cut", done_again),
        ("manifest gone", done_again),
        ("store cut", done_again),
        ("store flipped", done_again),
        ("all gone", "holds no checkpoints, so the run begins anew"),
    ] {
        let path = |name: &str| scratch.path(&format!("{checkpoints}/{name}"));
        let cut = |name: &str| {
            let bytes = fs::read(path(name)).expect("it is there");
            fs::write(path(name), &bytes[..bytes.len() / 2]).expect("a write");
        };
        match what {
            "manifest cut" => cut("manifest.toml"),
            "manifest gone" => fs::remove_file(path("manifest.toml")).expect("it is there"),
            "store cut" => cut("sled/db"),
            "store flipped" => {
                let mut bytes = fs::read(path("sled/db")).expect("it is there");
                bytes.iter_mut().step_by(97).for_each(|byte| *byte ^= 1);
                fs::write(path("sled/db"), bytes).expect("a write");
            }
            _ => fs::remove_dir_all(path("")).expect("it is there"),
        }
        let ran = scratch.run("replay --resume out.partial").expect(0);
        assert!(ran.stderr.contains(said), "{what}: {ran}");
        for file in ["answers/answer.csv", "answers/answer-firings.csv"] {
            assert_eq!(
                scratch.read(&format!("out/{file}")),
                scratch.read(&format!("straight/{file}")),
                "{what}"
            );
        }
        fs::remove_dir_all(scratch.path("out")).expect("the run");
        for (name, content) in &saved {
            if let Some(folder) = name.strip_suffix('/') {
                fs::create_dir_all(scratch.path(folder)).expect("a folder");
                continue;
            }
            let path = scratch.path(name);
            fs::create_dir_all(path.parent().expect("it is in a folder")).expect("a folder");
            fs::write(path, content).expect("a write");
        }
    }
}

/// Changes a digit in each of the first rows, in the column `name` of what a run has delivered: as long as before.
fn alter(scratch: &Scratch, name: &str) {
    let header = scratch.read("straight/answers/answer-firings.csv");
    let columns = header.lines().next().expect("a header").split(',');
    let column = columns.clone().position(|column| column == name).expect("a column of firings");
    let turned = |text: &str| -> String {
        text.chars()
            .map(|digit| {
                if digit == '7' {
                    '8'
                } else if digit.is_ascii_digit() {
                    '7'
                } else {
                    digit
                }
            })
            .collect()
    };
    let alter = |(number, line): (usize, &str)| {
        let mut fields: Vec<String> = line.split(',').map(str::to_owned).collect();
        if number < 5 {
            fields[column] = turned(&fields[column]);
        }
        fields.join(",") + "\n"
    };
    let text = scratch.read("out.partial/stable/output");
    let altered: String = text.lines().enumerate().map(alter).collect();
    assert!(altered != text && altered.len() >= text.len(), "{name}: {text}");
    scratch.write("out.partial/stable/output", &altered[..text.len()]);
}

#[test]
fn altered_rows_never_come_out_as_right() {
    for guarantee in ["at-most-once", "at-least-once", "exactly-once"] {
        let scratch = scratch();
        let flags = format!("--checkpoint-every 8 --guarantee {guarantee}");
        // Windows so short that rows are delivered from the beginning on.
        let line = |out: &str| {
            format!(
                "replay data --job per-record --set window=tumbling:20 --set delay=50 --out {out} {flags}"
            )
        };
        scratch.run(&line("straight")).expect(0);
        let line = line("out");
        let child = start(&scratch, &line);
        wait_for_rows(&scratch, "out.partial/stable/output");
        send(&child, "-KILL");
        Ran::ended(child, &line);
        fs::rename(scratch.path("out.partial"), scratch.path("kept")).expect("renamed");
        for column in ["record", "watermark_ms", "sum"] {
            copy(&scratch, "kept", "out.partial");
            alter(&scratch, column);
            let ran = scratch.run("replay --resume out.partial");
            if guarantee == "at-most-once" {
                ran.expect(4).says(&["the output is damaged: its first"]);
                fs::remove_dir_all(scratch.path("out.partial")).expect("it is left as it was");
                continue;
            }
            let ran = ran.expect(0);
            assert!(ran.stderr.contains("aren't those that were committed"), "{guarantee}, {column}: {ran}");
            for file in ["answers/answer.csv", "answers/answer-firings.csv"] {
                let file = |run: &str| scratch.read(&format!("{run}/{file}"));
                assert_eq!(file("out"), file("straight"), "{guarantee}, {column}");
            }
            fs::remove_dir_all(scratch.path("out")).expect("the run");
        }
    }
}

/// Copies a folder with all that is in it.
pub(crate) fn copy(scratch: &Scratch, from: &str, to: &str) {
    fs::create_dir(scratch.path(to)).expect("a fresh folder");
    for name in scratch.names(from) {
        let (from, to) = (format!("{from}/{name}"), format!("{to}/{name}"));
        if scratch.path(&from).is_dir() {
            copy(scratch, &from, &to);
        } else {
            fs::copy(scratch.path(&from), scratch.path(&to)).expect("a copy");
        }
    }
}

#[test]
fn a_folder_that_is_no_stopped_run_is_refused() {
    let scratch = scratch();
    fs::create_dir(scratch.path("empty.partial")).expect("a fresh folder");
    let before = scratch.state();
    for folder in ["data", "none.partial", "empty.partial", "data/manifest.toml"] {
        for command in ["replay", "run", "gate"] {
            let ran = scratch.run(&format!("{command} --resume {folder}"));
            ran.expect(4).says(&["is not an interrupted run"]).hints(".partial");
        }
    }
    assert_eq!(scratch.state(), before);
}

#[test]
fn links_in_a_stopped_run_are_never_followed() {
    let scratch = stopped();
    scratch.write("victim", "precious");
    fs::create_dir(scratch.path("victims")).expect("a fresh folder");
    copy(&scratch, "out.partial", "kept");
    for name in [
        "replay.toml",
        "run.lock",
        "ended",
        "stable",
        "stable/output",
        "stable/checkpoints",
        "stable/checkpoints/manifest.toml",
        "stable/checkpoints/manifest.tmp",
        "stable/checkpoints/run.lock",
        "stable/checkpoints/sled",
        "stable/checkpoints/sled/db",
    ] {
        let path = scratch.path(&format!("out.partial/{name}"));
        let target = if path.is_dir() {
            fs::remove_dir_all(&path).expect("it was there");
            scratch.path("victims")
        } else {
            // Some of them aren't always there.
            let _ = fs::remove_file(&path);
            scratch.path("victim")
        };
        std::os::unix::fs::symlink(target, &path).expect("a link");
        let before = scratch.state();
        let ran = scratch.run("replay --resume out.partial").expect(4);
        ran.says(&[&format!("out.partial/{name} is a link")]).hints("begin it anew");
        replay(&scratch, "out", "--checkpoint-every 2").expect(4).says(&["is a link"]);
        assert_eq!(scratch.state(), before, "{name}");
        fs::remove_dir_all(scratch.path("out.partial")).expect("it was there");
        copy(&scratch, "kept", "out.partial");
    }
    scratch.shell("mkfifo out.partial/stable/pipe").expect(0);
    scratch.run("replay --resume out.partial").expect(4).says(&["stable/pipe is not a regular file"]);
    // A link to the folder itself is no stopped run either.
    std::os::unix::fs::symlink("kept", scratch.path("other.partial")).expect("a link");
    scratch.run("replay --resume other.partial").expect(4).says(&["is not an interrupted run"]);
}

#[test]
fn a_refused_start_leaves_nothing_in_a_foreign_folder() {
    let scratch = scratch();
    fs::create_dir(scratch.path("out.partial")).expect("a fresh folder");
    scratch.write("out.partial/thesis.txt", "years of work");
    let before = scratch.state();
    replay(&scratch, "out", "--checkpoint-every 2").expect(2).says(&["out.partial"]);
    scratch.run("replay --resume out.partial").expect(4);
    scratch.write("out.partial/replay.toml", "");
    scratch.run("replay --resume out.partial").expect(4);
    fs::remove_file(scratch.path("out.partial/replay.toml")).expect("it is there");
    assert_eq!(scratch.state(), before);
}

#[test]
fn a_run_is_resumed_by_any_of_its_names() {
    use std::{ffi::OsStr, os::unix::ffi::OsStrExt};
    let scratch = scratch();
    let kill = |out: &OsStr, folder: &str| {
        let mut command = scratch.command();
        command.args(format!("replay data {JOB} --checkpoint-every 2 --out").split_whitespace()).arg(out);
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
        let start = Instant::now();
        let is_there = || {
            let entries = fs::read_dir(scratch.path("")).expect("a folder").flatten();
            let named = entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(folder));
            named.map(|entry| entry.path().join("stable/checkpoints/manifest.toml")).any(|path| path.exists())
        };
        while !is_there() {
            assert!(start.elapsed() < PATIENCE, "waited in vain for {folder}");
            std::thread::sleep(Duration::from_millis(1));
        }
        send(&child, "-KILL");
        Ran::ended(child, "replay");
    };
    let resume = |folder: &OsStr, inside: &str| {
        let mut command = scratch.command();
        command.args(["replay", "--resume"]).arg(folder).current_dir(scratch.path(inside));
        Ran::of(&mut command).expect(0);
    };
    kill(OsStr::new("out/"), "out.partial");
    resume(OsStr::new("."), "out.partial");
    assert!(scratch.path("out/results.json").is_file() && !scratch.path("out.partial").exists());
    fs::remove_dir_all(scratch.path("out")).expect("the run");
    kill(OsStr::new("./out//"), "out.partial");
    resume(OsStr::new("../out.partial/"), "data");
    assert!(scratch.path("out/results.json").is_file() && !scratch.path("out.partial").exists());
    let name = OsStr::from_bytes(b"caf\xe9.v1");
    kill(name, "caf");
    resume(OsStr::from_bytes(b"caf\xe9.v1.partial"), "");
    assert!(scratch.path("").join(name).join("results.json").is_file());
}

#[test]
fn wrong_values_are_told_of_before_anything_is_done() {
    let scratch = scratch();
    let before = scratch.state();
    for (flags, said) in [
        (
            "--guarantee once",
            "unknown guarantee 'once', expected one of: at-most-once, at-least-once, exactly-once",
        ),
        ("--checkpoint-every 0", "--checkpoint-every"),
        ("--checkpoint-every 9223372036854775808", "below 2^63"),
        ("--durability fsync", "expected one of: process, power"),
        ("--store rocksdb", "expected one of: sled"),
        ("--fault boom", "is no fault, expected one of: "),
        ("--kill 0", "--kill"),
        ("--kill 2", "--kill takes checkpoints in a folder"),
        ("--kill 2 --store memory", "--kill takes checkpoints in a folder"),
    ] {
        replay(&scratch, "out", flags).expect(2).says(&[said]);
    }
    for (fault, said) in [
        ("crash at record 1600", "there are 1600 records"),
        ("crash at checkpoint 3 offset", "has no step offset"),
        ("power cut at record 5", "store 'memory'"),
    ] {
        let line = format!("replay data {JOB} --out out --fault");
        let mut words: Vec<&str> = line.split_whitespace().collect();
        words.push(fault);
        scratch.run_args(&words).expect(2).says(&[said]);
    }
    assert_eq!(scratch.state(), before);
}

#[test]
fn jobs_that_cannot_be_saved_are_refused() {
    let scratch = Scratch::with_tiny();
    let run = "run --dataset tiny --stable first-fit --candidate best-fit --checkpoint-every 5";
    scratch.run(run).expect(2).says(&["no checkpoint can be taken of a job of bin-packing"]);
    scratch.run(DATASET).expect(0);
    scratch.write(
        "attached.toml",
        "dataset = 'data'\nstable.command = ['cat']\ncandidate.job = 'per-record'\n\
         parameters.window = 'tumbling:500'\nrecovery.guarantee = 'exactly-once'\n",
    );
    scratch.run("run attached.toml").expect(2).says(&["attached as a process"]);
}

#[test]
fn the_same_faults_give_the_same_results() {
    let scratch = scratch();
    for guarantee in ["at-most-once", "at-least-once", "exactly-once"] {
        let line = |out: &str| {
            format!("replay data {JOB} --out {out} --checkpoint-every 100 --guarantee {guarantee} --fault")
        };
        for out in ["one", "two"] {
            let line = line(out);
            let mut words: Vec<&str> = line.split_whitespace().collect();
            words.extend(["6 random crashes", "--fault", "zombie at record 1234"]);
            scratch.run_args(&words).expect(0);
        }
        assert_same(&scratch, "one", "two");
        let recovery = &scratch.json("one/results.json")["recovery"];
        assert_eq!(number(&recovery["zombies_refused"]), 1, "{recovery}");
        for out in ["one", "two"] {
            fs::remove_dir_all(scratch.path(out)).expect("the run");
        }
    }
}
