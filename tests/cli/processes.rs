//! Jobs attached by their command: the answers that they give, how each fault ends the program, and that nothing of
//! them is left.

use std::{
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use crate::support::{Ran, Scratch, keys, list, number, real, text};

/// First fit in a shell.
const FIRST_FIT: &str = r#"
read header; echo "$header"
bins=0
while read size; do
    bin=0
    while [ $bin -lt $bins ]; do
        eval "room=\$room_$bin"
        [ $room -ge $size ] && break
        bin=$((bin + 1))
    done
    if [ $bin = $bins ]; then
        room=$COUNTERPOINT_PARAMETER_CAPACITY
        bins=$((bins + 1))
    fi
    eval "room_$bin=$((room - size))"
    echo $bin
done
"#;

/// A bin for each item; which neighbours change places says, in binary, how often a job was started before.
const NOISY: &str = r#"
echo >> count
count=$(wc -l < count)
bin=0
read header; echo "$header"
while read size; do
    echo $((bin ^ (count >> bin / 2 & 1)))
    bin=$((bin + 1))
done
"#;

const READY: &str = "read header; echo \"$header\"\n";
/// In the processes of the latency comparison alone.
const IN_A_REPLICATE: &str = "[ -n \"${COUNTERPOINT_PADDING+x}\" ]";

/// `tiny`, and an experiment of `stable` against a shell that runs `script`, with `more` at the end.
fn prepared(stable: &str, script: &str, more: &str) -> Scratch {
    let scratch = Scratch::with_tiny();
    scratch.write("job.sh", script);
    let job = "name = 'attached'\ncommand = ['sh', 'job.sh']";
    scratch.write(
        "experiment.toml",
        format!("dataset = 'tiny'\n[stable]\njob = '{stable}'\n[candidate]\n{job}\n{more}"),
    );
    scratch
}

#[test]
fn an_attached_job_gives_the_same_answers_as_the_job_inside() {
    for order in ["recorded", "shuffled", "descending"] {
        let scratch = prepared("best-fit", FIRST_FIT, "");
        scratch.run(&format!("run experiment.toml --order {order} --out run")).expect(0);
        scratch.run(&format!("replay tiny --job first-fit --order {order} --out inside")).expect(0);
        assert_eq!(
            scratch.read("run/answers/candidate.csv"),
            scratch.read("inside/answers/answer.csv"),
            "{order}"
        );
        let candidate = &scratch.json("run/results.json")["candidate"];
        assert_eq!(text(&candidate["job"]), "attached");
        assert!(!keys(candidate).contains(&"noise"), "{candidate}");
    }
}

#[test]
fn a_change_that_changes_nothing_passes_and_one_that_does_fails() {
    let limits = "[gate]\ndecision_changes = 0";
    let same = prepared("first-fit", FIRST_FIT, limits);
    same.run("gate experiment.toml --orders 3 --out run").expect(0);
    // What the run leaves behind can be run again as it stands.
    same.run("gate run/experiment.toml --out again").expect(0);
    assert_eq!(same.read("run/experiment.toml"), same.read("again/experiment.toml"));
    let other = prepared("best-fit", FIRST_FIT, limits);
    let ran = other.run("gate experiment.toml").expect(3);
    assert!(ran.stdout.contains("decided otherwise"), "{ran}");
    // In an open loop too, where each record waits for its answer; whether the feeder is in time is not asked here.
    same.run("run experiment.toml --pace 2000/s --out paced");
    assert_eq!(same.read("paced/answers/candidate.csv"), same.read("run/answers/stable.csv"));
}

#[test]
fn both_may_be_attached_and_timed() {
    let scratch = Scratch::new();
    scratch.run("generate uniform --records 3000 --seed 1 --to data").expect(0);
    let next_fit = format!(
        "{READY} bin=0 room=$COUNTERPOINT_PARAMETER_CAPACITY
        while read size; do
            if [ $size -gt $room ]; then bin=$((bin + 1)) room=$COUNTERPOINT_PARAMETER_CAPACITY; fi
            room=$((room - size)); echo $bin
        done"
    );
    scratch.write("job.sh", next_fit);
    let job = "command = ['sh', 'job.sh']";
    scratch.write("experiment.toml", format!("dataset = 'data'\n[stable]\n{job}\n[candidate]\n{job}"));
    let ran = scratch.run("run experiment.toml --latency-increase 400% --error-rate 20% --out run").expect(0);
    let comparison = &scratch.json("run/timings.json")["comparison"];
    assert!(number(&comparison["replicates"]) >= number(&comparison["least_replicates"]), "{ran}");
    assert_eq!(text(&scratch.json("run/results.json")["stable"]["job"]), "sh job.sh");
}

#[test]
#[cfg(target_os = "linux")]
fn memory_that_a_job_has_held_is_held_against_its_limit() {
    let hoards = FIRST_FIT.replace("bins=0\n", "bins=0\nhoard=$(head -c 30000000 /dev/zero | tr '\\0' x)\n");
    let scratch = prepared("first-fit", &hoards, "");
    scratch.run("gate experiment.toml --peak-memory 1GB --out roomy").expect(0);
    let peak = &scratch.json("roomy/timings.json")["candidate"]["peak_rss_bytes"];
    assert!((30_000_000..1_000_000_000).contains(&number(peak)), "{peak}");
    let ran = scratch.run("gate experiment.toml --peak-memory 20MB").expect(3);
    assert!(ran.stdout.contains("peak_memory"), "{ran}");
    // Against a stable that holds nothing.
    let job = "[candidate]\nname = 'attached'\ncommand = ['sh', 'job.sh']";
    scratch.write("plain.sh", FIRST_FIT);
    let both = format!("dataset = 'tiny'\n[stable]\ncommand = ['sh', 'plain.sh']\n{job}");
    scratch.write("both.toml", both);
    scratch.run("gate both.toml --peak-memory-increase 100%").expect(3);
    scratch.run("gate both.toml --peak-memory-increase 100000%").expect(0);
}

#[test]
fn each_fault_has_its_message_and_code() {
    let faults = [
        ("exit 0", "before the first record: it ended (exit status: 0)"),
        ("read header; echo ready; cat", "must first send back the header 'size', and sent 'ready'"),
        ("READY read x; echo 0; exit 3", "at record 1: it ended (exit status: 3) before its input did"),
        ("READY kill -KILL $$", "signal: 9 (SIGKILL)"),
        ("READY read x; echo zero; cat", "at record 0: its answer 'zero' is not a whole number"),
        ("READY read x; printf '0\\r\\n'; cat", "CR LF"),
        ("READY cat; echo more", "it wrote 'more' without being asked"),
        ("READY cat; exit 7", "failed (exit status: 7)"),
        ("READY echo 'no such file' >&2; exit 1", "its stderr ends with: no such file"),
    ];
    for (script, message) in faults {
        let scratch = prepared("first-fit", &script.replace("READY", READY), "");
        for verb in ["run", "gate"] {
            let ran = scratch.run(&format!("{verb} experiment.toml"));
            let ran = ran.expect(4).says(&["the candidate job (sh job.sh)", message]);
            assert!(ran.stdout.is_empty(), "{ran}");
        }
        assert_eq!(scratch.names(""), ["experiment.toml", "job.sh", "tiny"], "{script}");
    }
}

#[test]
fn a_job_may_be_silent_for_as_long_as_its_section_says() {
    let slow =
        format!("{READY}read x; sleep 2; echo 0; bin=1; while read x; do echo $bin; bin=$((bin + 1)); done");
    let scratch = prepared("first-fit", &slow, "");
    let file = scratch.read("experiment.toml");
    scratch.write("experiment.toml", file.replace("name = 'attached'", "name = 'attached'\nstall = '1s'"));
    scratch.run("run experiment.toml").expect(4).says(&["at record 0: it has not read its input for 1"]);
    scratch.write("experiment.toml", file.replace("name = 'attached'", "name = 'attached'\nstall = '25s'"));
    scratch.run("run experiment.toml --out out").expect(0);
    assert!(scratch.read("out/experiment.toml").contains("stall = \"25s\""));
    for (text, code, why) in
        [("stall = 1", 2, "write \"1s\""), ("stall = '0s'", 2, "is not a length of time")]
    {
        scratch.write("experiment.toml", file.replace("name = 'attached'", text));
        scratch.run("run experiment.toml").expect(code).says(&[why]);
    }
    let inside = "dataset = 'tiny'\nstable.job = 'first-fit'\n[candidate]\njob = 'first-fit'\nstall = '1s'";
    scratch.write("experiment.toml", inside);
    scratch.run("run experiment.toml").expect(2).says(&["has a job, and keys of a program outside"]);
}

#[test]
fn a_fault_in_orders_and_in_a_replicate_is_found_too() {
    // Each order is one more start of the job.
    let late = "echo >> count; [ $(wc -l < count) -gt 150 ] && exit 5\n";
    let scratch = prepared("first-fit", &format!("{late}{FIRST_FIT}"), "");
    scratch.run("run experiment.toml --orders 150").expect(4).says(&["exit status: 5"]);
    let scratch = prepared("first-fit", &format!("{IN_A_REPLICATE} && exit 5\n{FIRST_FIT}"), "");
    let ran = scratch.run("gate experiment.toml --latency-increase 5%").expect(4);
    let ran = ran.says(&["exit status: 5", "a job failed in a replicate"]);
    assert!(ran.stdout.is_empty(), "{ran}");
}

#[test]
fn a_command_that_cannot_be_started_is_wrong_use() {
    let scratch = prepared("first-fit", "", "");
    let check = |from: &str, to: &str, parts: &[&str]| {
        let file = scratch.read("experiment.toml");
        scratch.edit("experiment.toml", from, to);
        scratch.run("run experiment.toml").expect(2).says(parts);
        scratch.write("experiment.toml", file);
        assert_eq!(scratch.names(""), ["experiment.toml", "job.sh", "tiny"]);
    };
    check("['sh', 'job.sh']", "['./job.sh']", &["job.sh", "may not be executed"]);
    check("['sh', 'job.sh']", "['./missing']", &["missing", "No such file"]);
    check("['sh', 'job.sh']", "['no-such-program']", &["'no-such-program'", "PATH"]);
    check("['sh', 'job.sh']", "['tiny/']", &["tiny", "folder"]);
    check("['sh', 'job.sh']", "[]", &["[candidate]", "without a program"]);
    check("name = 'attached'", "job = 'first-fit'", &["[candidate]", "both a job and a command"]);
    check("command = ['sh', 'job.sh']", "", &["[candidate]", "names no job"]);
    check("command = ['sh', 'job.sh']", "comand = ['sh']", &["line 6", "did you mean `command`"]);
    scratch.run("run experiment.toml --trigger once").expect(2).says(&["attached", "each record"]);
}

#[test]
fn a_flag_takes_a_commands_place() {
    let scratch = prepared("first-fit", "exit 1", "");
    scratch.run("run experiment.toml --candidate best-fit").expect(0);
}

#[test]
fn names_and_words_of_a_job_are_shown_harmless() {
    let scratch = prepared("first-fit", FIRST_FIT, "");
    scratch.edit("experiment.toml", "'attached'", "\"\\u001b[31m::error::\"");
    let ran = scratch.run("gate experiment.toml").expect(0);
    let page = scratch.state().into_iter().find(|(name, _)| name.ends_with("report.html")).expect("a page").1;
    for text in [ran.stdout.as_bytes(), ran.stderr.as_bytes(), &page] {
        assert!(!text.contains(&0x1b), "{ran}");
    }
    let hostile =
        format!("{READY} printf '::error::\\033]0;x\\007\\n' >&2; printf '\\033[2J\\n'; cat > /dev/null");
    let ran = prepared("first-fit", &hostile, "").run("gate experiment.toml").expect(4);
    assert!(!ran.stderr.contains('\x1b') && !ran.stderr.contains('\x07'), "{ran}");
}

#[test]
fn a_job_that_differs_from_itself_is_named() {
    let scratch = prepared("first-fit", NOISY, "[gate]\ndecision_changes = 1000\ncompetitive_ratio = 100.0");
    let ran = scratch.run("gate experiment.toml --write-baseline base.toml --out run").expect(0);
    assert!(ran.stdout.contains("the candidate job is not deterministic: in 7 runs up to "), "{ran}");
    assert!(ran.stderr.contains("the baseline was not written"), "{ran}");
    let results = scratch.json("run/results.json");
    assert!(!keys(&results["stable"]).contains(&"noise"));
    let noise = &results["candidate"]["noise"];
    assert_eq!(number(&noise["runs"]), 7);
    assert_eq!(noise["cost_low"], noise["cost_high"]);
    let named =
        list(&results["verdict"]["checks"]).iter().any(|check| text(&check["name"]) == "noise_candidate");
    assert!(named, "{results}");
    // A bin for each item is dearer in each of the runs, so noise doesn't explain it.
    let ran = scratch.run("gate experiment.toml --competitive-ratio-increase 0% --out dearer").expect(3);
    assert!(ran.stdout.contains("noisy: the candidate costs"), "{ran}");
}

#[test]
fn a_noisy_job_is_not_held_against_a_baseline() {
    let scratch = prepared("first-fit", FIRST_FIT, "[gate]\ncompetitive_ratio = 100.0");
    scratch.run("gate experiment.toml --write-baseline base.toml").expect(0);
    scratch.run("gate experiment.toml --baseline base.toml").expect(0);
    scratch.write("job.sh", NOISY);
    let ran = scratch.run("gate experiment.toml --baseline base.toml").expect(5);
    assert!(ran.stdout.contains("a job is not deterministic"), "{ran}");
}

#[test]
fn a_verdict_out_of_reach_is_not_begun() {
    let scratch = Scratch::with_tiny();
    // 8 replicates work for 15 ms each.
    let flags = "--dataset tiny --stable first-fit --candidate best-fit --latency-increase 5% --out run";
    let ran = scratch.run(&format!("gate {flags} --budget 100ms")).expect(5);
    assert!(ran.stdout.contains("in less than 8 replicates") && !ran.stdout.contains("inf"), "{ran}");
    assert!(!ran.stdout.contains("times as long"), "{ran}");
    assert!(ran.stdout.contains("it needs a budget of about"), "{ran}");
    assert_eq!(number(&scratch.json("run/timings.json")["comparison"]["replicates"]), 0);
}

#[test]
fn a_paced_verdict_out_of_reach_is_not_begun() {
    let scratch = Scratch::new();
    scratch.run("generate uniform --records 400 --seed 1 --to data").expect(0);
    // 44 records at 400 a second, three times over, 8 times: two and a half seconds and more.
    let flags = "--dataset data --stable first-fit --candidate best-fit --latency-increase 5% --out run";
    // Whether the feeder keeps its schedule meanwhile is not asked here, so the code may be that of invalid.
    scratch.run(&format!("gate {flags} --pace 400/s --budget 2s"));
    let comparison = &scratch.json("run/timings.json")["comparison"];
    assert_eq!((number(&comparison["replicates"]), text(&comparison["outcome"])), (0, "inconclusive"));
}

/// Longer than anything here takes, even on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

fn wait_for<T>(what: &str, mut done: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(value) = done() {
            return value;
        }
        assert!(start.elapsed() < PATIENCE, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn is_alive(pid: &str) -> bool {
    let state = Ran::of(Command::new("ps").args(["-o", "stat=", "-p", pid])).stdout;
    !state.trim().is_empty() && !state.trim().starts_with('Z')
}

/// A job that writes its number, and that of a child, to a file and then does nothing is interrupted.
fn check_interrupted(script: &str, flags: &str) {
    let hang = "sleep 300 & echo $$ $! > pids.part; mv pids.part pids; trap '' TERM; wait\n";
    let scratch = prepared("first-fit", &script.replace("HANG", hang), "");
    let mut command = scratch.command();
    command.args(["gate", "experiment.toml"]).args(flags.split_whitespace());
    let mut child =
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts");
    let pids = wait_for("the job", || scratch.path("pids").exists().then(|| scratch.read("pids")));
    Ran::of(Command::new("kill").args(["-INT", &child.id().to_string()])).expect(0);
    wait_for("the end", || child.try_wait().expect("it is our child"));
    let output = child.wait_with_output().expect("it has ended");
    assert_eq!(output.status.code(), Some(130), "{}", String::from_utf8_lossy(&output.stderr));
    for pid in pids.split_whitespace() {
        wait_for("a process to be gone", || (!is_alive(pid)).then_some(()));
    }
    assert_eq!(scratch.names(""), ["experiment.toml", "job.sh", "pids", "tiny"]);
}

/// Killed, the program can do nothing any more; its guard does, and finds those that have left their group and session.
#[test]
#[cfg(target_os = "linux")]
fn a_kill_takes_jobs_and_their_children_along() {
    let hang = "sleep 300 & (setsid sleep 300 & echo $! > pids.part)
        echo $$ $! $PPID >> pids.part; mv pids.part pids; trap '' TERM; wait\n";
    let scratch = prepared("first-fit", hang, "");
    let mut command = scratch.command();
    command.args(["run", "experiment.toml"]).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().expect("the program starts");
    let pids = wait_for("the job", || scratch.path("pids").exists().then(|| scratch.read("pids")));
    let pids: Vec<&str> = pids.split_whitespace().collect();
    assert!(pids.len() == 4 && pids.iter().all(|pid| is_alive(pid)), "{pids:?}");
    child.kill().and_then(|()| child.wait()).expect("SIGKILL");
    for pid in pids {
        wait_for("a process to be gone", || (!is_alive(pid)).then_some(()));
    }
}

#[test]
fn a_job_that_does_nothing_is_at_hand() {
    let scratch = Scratch::new();
    scratch.write("in", "size\n7\n8\n");
    let null_job = |arguments: &[&str]| {
        let input = std::fs::File::open(scratch.path("in")).expect("a file");
        Ran::of(scratch.command().arg("null-job").args(arguments).stdin(input)).expect(0).stdout
    };
    assert_eq!(null_job(&["reply"]), "size\n0\n0\n");
    assert_eq!(null_job(&["emit", "user,n"]), "user,n\n");
}

/// The way there is timed in chunks and one by one.
#[test]
fn a_job_that_does_nothing_is_timed_beside_one_that_replies() {
    let scratch = prepared("first-fit", FIRST_FIT, "");
    for (flags, row) in [
        ("--out max", "time a record of a job that does nothing, talked to alike, indicative"),
        (
            "--out paced --pace 2000/s",
            "time a record of a job that does nothing, talked to alike, indicative",
        ),
    ] {
        let ran = scratch.run(&format!("run experiment.toml {flags}")).prints(&[row, "no program outside"]);
        // On a machine that is busy enough the feeder is late, and the run says so.
        assert!(matches!(ran.code, Some(0 | 6)), "{ran}");
        let folder = flags.split(' ').nth(1).expect("a name");
        let timings = scratch.json(&format!("{folder}/timings.json"));
        let null = &timings["candidate"]["null_job"];
        assert!(real(&null["ns"]) > 0.0 && number(&null["records"]) > 0, "{null}: {ran}");
        assert!(timings["stable"]["null_job"].is_null());
    }
    let inside = scratch.run("run --dataset tiny --stable first-fit --candidate best-fit").expect(0);
    assert!(!inside.stdout.contains("does nothing"), "{inside}");
}

#[test]
fn nobody_else_starts_a_guard() {
    Ran::of(Scratch::new().command().arg("guard").stdin(Stdio::null()))
        .expect(2)
        .says(&["only counterpoint itself"]);
}

#[test]
fn ctrl_c_takes_jobs_and_their_children_along() {
    check_interrupted("HANG", "");
    check_interrupted(&format!("{READY} HANG"), "");
    check_interrupted(&format!("{IN_A_REPLICATE} && {{ HANG }}\n{FIRST_FIT}"), "--latency-increase 5%");
}
