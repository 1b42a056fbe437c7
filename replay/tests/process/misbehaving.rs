//! The ways in which a job that emits rows misbehaves, one after the other: each ends soon, with a name, the records it had
//! been sent or had read, how it ended, and its last words. `faults` has those of jobs that reply.

use std::time::{Duration, Instant};

use replay::{link::Emit, process::ProcessLimits};

use crate::{
    SHORT,
    emit::{READY, emit, feed},
    items, launch, shell,
};

/// Longer than any of them takes, even on a busy machine, and shorter than any wait without an end.
const PATIENCE: Duration = Duration::from_secs(30);
/// More than a pipe holds, at the length that records have here.
const MANY: u64 = 3000;

/// A job, and what is said of it.
struct Case {
    /// Its number on the design's list of bad input.
    id: &'static str,
    script: &'static str,
    /// Parts of the message; none where it is a good job in spite of all.
    says: &'static [&'static str],
}

const fn bad(id: &'static str, script: &'static str, says: &'static [&'static str]) -> Case {
    Case { id, script, says }
}

const CASES: &[Case] = &[
    bad("J-01 never reads", "exec sleep 300", &["it has not read its input for 0."]),
    bad(
        "J-01 stops reading",
        "head -c 3003 > /dev/null; exec sleep 300",
        &["it has not read its input for 0."],
    ),
    bad("J-03 floods stderr and is good", "head -c 30000000 /dev/zero >&2; cat > /dev/null; echo a,1", &[]),
    bad(
        "J-03 floods stderr and fails",
        "cat > /dev/null; head -c 30000000 /dev/zero >&2; echo; echo >&2; echo 'no room' >&2; exit 9",
        &["line 2 of its output"],
    ),
    bad("J-04 one endless line", "cat /dev/zero", &["it wrote a line of more than 1048576 bytes"]),
    bad(
        "J-05 ends early with 0",
        "head -c 9 > /dev/null; exit 0",
        &["(exit status: 0) before its input did"],
    ),
    bad(
        "J-05 ends early and says why",
        "head -c 9 > /dev/null; echo 'no such file' >&2; exit 3",
        &["it ended (exit status: 3) before its input did", "its stderr ends with: no such file"],
    ),
    bad("J-05 closes its stdin", "exec 0<&-; exec sleep 300", &["it closed its stdin while there was more"]),
    bad("J-06 is killed", "kill -KILL $$", &["it ended (signal: 9 (SIGKILL)) before its input did"]),
    bad(
        "J-06 aborts",
        "ulimit -c 0; kill -ABRT $$",
        &["it ended (signal: 6 (SIGABRT)) before its input did"],
    ),
    bad(
        "J-06 is killed at the end",
        "cat > /dev/null; ulimit -c 0; kill -SEGV $$",
        &["after 3000 records", "it took every record and then failed (signal: 11 (SIGSEGV))"],
    ),
    bad("J-07 hangs after its input", "cat > /dev/null; exec sleep 300", &["after its input had ended"]),
    bad(
        "J-07 is deaf to SIGTERM",
        "trap '' TERM; cat > /dev/null; sleep 300",
        &["after its input had ended"],
    ),
    bad(
        "J-07 closes its stdout and hangs",
        "cat > /dev/null; exec 1>&-; exec sleep 300",
        &["after its input had ended"],
    ),
    bad("J-09 a child keeps its pipes", "sleep 300 & cat > /dev/null; echo a,1", &[]),
    bad(
        "J-10 garbage",
        "cat > /dev/null; printf 'a,1\\n\\376\\377,2\\n'",
        &["line 3 of its output", "isn't UTF-8"],
    ),
    bad(
        "J-10 a NUL byte",
        "cat > /dev/null; printf 'a\\000,1\\n'",
        &["line 2 of its output", "has a NUL byte"],
    ),
    bad("J-10 a partial last line", "cat > /dev/null; printf 'a,1\\nb'", &["its last line 'b' has no end"]),
    bad("J-10 quotes without end", "cat > /dev/null; printf 'a,\"1\\n'", &["has quotes that aren't closed"]),
    bad(
        "J-11 a key twice",
        "cat > /dev/null; printf 'a,1\\nb,1\\na,2\\n'",
        &["two rows of one key, key=a: 'a,1' in line 2 and 'a,2' in line 4"],
    ),
    bad("forks and is good", "exec 3<&0; (cat <&3 > /dev/null; echo a,1) & wait", &[]),
];

#[test]
fn each_ends_soon_and_is_named() {
    // Most of their time is waiting.
    std::thread::scope(|scope| {
        for case in CASES {
            scope.spawn(|| check(case));
        }
    });
}

fn check(Case { id, script, says }: &Case) {
    let mut command = shell(&format!("{READY} {script}"), SHORT);
    command.line = |item, _, line| line.extend(format!("{:01000}", item.size).bytes());
    let start = Instant::now();
    let fed = feed(&command, &emit(), &items(MANY));
    assert!(start.elapsed() < PATIENCE, "{id}: {:?}", start.elapsed());
    match fed {
        Ok((table, emitted)) => {
            assert!(says.is_empty(), "{id} passes for good");
            assert_eq!((table.as_str(), emitted.records), ("key,n\na,1\n", MANY), "{id}");
        }
        Err(error) => {
            let text = error.to_string();
            assert!(!says.is_empty() && says.iter().all(|part| text.contains(part)), "{id}: {text}");
            assert!(error.record.is_some_and(|record| record <= MANY) && error.emits, "{id}: {text}");
        }
    }
}

#[test]
fn before_its_first_record() {
    for (id, script, part) in [
        (
            "J-13 keeps it in a buffer",
            "all=$(cat); echo key,n",
            "it keeps its answers back until its input ends",
        ),
        ("J-01 says nothing", "read header; exec sleep 300", "it has read its input and not answered for 0."),
        ("J-02 a row comes first", "read header; echo a,1; cat > /dev/null", "lacks the column 'key'"),
        ("J-05 ends", "exit 7", "it ended (exit status: 7) before its input did"),
        ("J-05 ends in good order", "read header; exit 0", "it ended (exit status: 0) before its input did"),
    ] {
        let error = feed(&shell(script, SHORT), &emit(), &items(10)).expect_err(id);
        let text = error.to_string();
        assert!(text.contains("before the first record: ") && text.contains(part), "{id}: {text}");
        assert!(!id.starts_with("J-13") || error.hint().is_some_and(|hint| hint.contains("python -u")));
    }
    // Gigabytes of rows, while it has been sent next to nothing.
    let floods = format!("{READY} yes \"$(printf '%0100000d' 0),1\"");
    let error = feed(&shell(&floods, SHORT), &emit(), &items(10)).expect_err("J-02");
    assert!(error.to_string().contains("it wrote more than 671"), "{error}");
    // One that starts slowly is no worse for it.
    let slow = format!("sleep 0.3; {READY} cat > /dev/null; echo a,1");
    assert!(feed(&shell(&slow, SHORT), &emit(), &items(10)).is_ok());
}

#[test]
fn output_has_a_limit() {
    let script = format!("{READY} cat > /dev/null; echo a,1; echo b,1; cat");
    let tight = |most_bytes| Emit { most_bytes, ..emit() };
    assert!(feed(&shell(&script, ProcessLimits::default()), &tight(8), &items(3)).is_ok());
    let error =
        feed(&shell(&script, ProcessLimits::default()), &tight(7), &items(3)).expect_err("a byte more");
    assert!(error.to_string().contains("it wrote more than 7 bytes, and had been sent 6"), "{error}");
}

#[test]
fn one_that_cannot_be_started_is_wrong_use() {
    let command = launch(&["no-such-program-here"], SHORT);
    let error = feed(&command, &emit(), &items(1)).expect_err("J-15");
    assert!(error.is_usage() && error.to_string().contains("on the PATH ("), "{error}");
}
