//! Each way in which a job can be bad, and what is said of it.

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use replay::{
    link::{LinkError, LinkFault as Fault},
    process::ProcessLimits,
};

use crate::{READY, SHORT, feed, items, launch, shell};

/// The error of a job that is `script` after the header, given ten records in chunks of 5.
fn error(script: &str, limits: ProcessLimits) -> LinkError {
    *feed(&shell(script, limits), &items(10), 5).expect_err(script)
}

/// A script that sends the header back, then fails at `record` with `fault`.
fn check(script: &str, record: u64, fault: &Fault) {
    check_within(ProcessLimits::default(), script, record, fault);
}

fn check_within(limits: ProcessLimits, script: &str, record: u64, fault: &Fault) {
    let found = error(&format!("{READY} {script}"), limits);
    assert_eq!((found.record, &found.fault), (Some(record), fault), "{script}: {found}");
    assert!(!found.is_usage());
}

fn ended(status: &str) -> Fault {
    Fault::EndedEarly { status: status.into() }
}

#[test]
fn one_that_ends_early_failed_whatever_its_status() {
    check("exit 0", 0, &ended("exit status: 0"));
    check("read x; echo 0; exit 0", 1, &ended("exit status: 0"));
    check("read x; echo 0; read x; echo 0; exit 3", 2, &ended("exit status: 3"));
    check("read x; echo 0; kill -KILL $$", 1, &ended("signal: 9 (SIGKILL)"));
    check("ulimit -c 0; kill -SEGV $$", 0, &ended("signal: 11 (SIGSEGV)"));
    // The pipe breaks on the way in.
    check("exec 0<&-; exit 0", 0, &ended("exit status: 0"));
    let before = error("exit 7", ProcessLimits::default());
    assert_eq!((before.record, before.fault), (None, ended("exit status: 7")));
}

#[test]
fn its_last_words_are_kept() {
    let found = error(
        &format!("{READY} echo first >&2; echo 'Trouble: no\x1b[31m' >&2; exit 1"),
        ProcessLimits::default(),
    );
    assert_eq!(found.last_words, "its stderr ends with: first | Trouble: no\\u{1b}[31m");
    assert!(found.to_string().contains("at record 0") && found.to_string().contains("Trouble"), "{found}");
    let out_of_memory = error(&format!("{READY} kill -KILL $$"), ProcessLimits::default());
    assert!(out_of_memory.hint().is_some_and(|hint| hint.contains("memory")));
}

#[test]
fn what_is_no_decision_is_refused_with_its_record() {
    let why = "is not a whole number from 0 to 4294967294";
    let answer = |line: &str, why| Fault::Answer { line: line.into(), why };
    let cases = [
        ("x", "x"),
        (r"\0551", "-1"),
        ("", ""),
        ("1 ", "1 "),
        ("4294967295", "4294967295"),
        (r"\377\376", "\u{fffd}\u{fffd}"),
        (r"1\0002", r"1\u{0}2"),
        (r"\357\273\2771", r"\u{feff}1"),
        (r"\033[2J", r"\u{1b}[2J"),
    ];
    for (printed, line) in cases {
        let script = format!("read x; echo 0; read x; printf '{printed}\\n'; cat > /dev/null");
        check(&script, 1, &answer(line, why));
    }
    check(
        r"read x; printf '5\r\n'; cat",
        0,
        &answer(r"5\u{d}", "ends with CR LF, where a line ends with LF"),
    );
}

#[test]
fn what_was_not_asked_for_is_refused() {
    let unasked = |line: &str| Fault::Unasked(line.into());
    // Before the first record, within a chunk, after one, and after the last.
    let early = error("printf 'size\\n0\\n'; cat", ProcessLimits::default());
    assert!(matches!(&early.fault, Fault::Unasked(line) if line == "0"), "{early}");
    let again = "while read x; do if [ $x = 4 ]; then printf '4\nagain\n'; else echo $x; fi; done";
    check(again, 5, &unasked("again"));
    check("cat; echo late", 10, &unasked("late"));
    check("cat; printf partial", 10, &unasked("partial"));
}

#[test]
fn one_record_at_a_time_no_answer_may_come_before_its_record() {
    let script = format!("{READY} read x; echo 0; echo 1; cat");
    let found = feed(&shell(&script, ProcessLimits::default()), &items(10), 1).expect_err("too early");
    // Which record it is noticed at depends on who is quicker.
    assert!(matches!(&found.fault, Fault::Unasked(_)), "{found}");
}

/// Each answer is given before its record is sent, and there are as many as records: the first looks find it.
#[test]
fn a_job_that_answers_ahead_is_found() {
    let script = format!("{READY} echo 0; while read x; do sleep 0.01; echo $((x + 1)); sleep 0.01; done");
    let found = feed(&shell(&script, ProcessLimits::default()), &items(10), 1).expect_err("ahead");
    assert!(matches!(&found.fault, Fault::Unasked(_)), "{found}");
}

#[test]
fn a_last_line_without_end_is_no_line() {
    check("read x; printf 0; exit 0", 0, &Fault::PartialLine("0".into()));
    check("read x; echo 0; printf 12; exec 1>&- 2>&-; exit 0", 1, &Fault::PartialLine("12".into()));
}

#[test]
fn another_header_is_named() {
    let found = error("echo ready; cat", ProcessLimits::default());
    let fault = Fault::Header { expected: "size".into(), found: "ready".into() };
    assert_eq!((found.record, found.fault.clone()), (None, fault));
    assert!(found.hint().is_some_and(|hint| hint.contains("header")), "{found}");
    // A job that forgot it answers the first record with a number.
    let forgot = error("echo 0; cat", ProcessLimits::default());
    assert!(matches!(forgot.fault, Fault::Header { .. }), "{forgot}");
}

#[test]
fn a_line_without_end_is_cut_off() {
    check_within(SHORT, "read x; cat /dev/zero", 0, &Fault::LongLine(SHORT.line_bytes));
    // Ten million lines nobody asked for.
    let flood = error(&format!("{READY} yes 0"), ProcessLimits::default());
    assert!(matches!(flood.fault, Fault::Unasked(_)), "{flood}");
}

#[test]
fn one_that_reads_nothing_is_given_up() {
    for script in ["exec sleep 300", "cat /dev/zero >&2"] {
        let found = error(script, SHORT);
        assert!(matches!((found.record, &found.fault), (None, Fault::Unread(_))), "{script}: {found}");
    }
    let found = error(&format!("{READY} exec sleep 300"), SHORT);
    assert!(matches!((found.record, &found.fault), (Some(0), Fault::Unread(_))), "{found}");
}

#[test]
fn one_that_reads_and_says_nothing_is_given_up() {
    let found = error(&format!("{READY} while read x; do :; done"), SHORT);
    assert!(matches!((found.record, &found.fault), (Some(0), Fault::Unanswered(_))), "{found}");
    assert!(found.hint().is_some_and(|hint| hint.contains("flush")), "{found}");
}

#[test]
fn one_that_keeps_its_answers_back_is_told_to_flush() {
    let found = error(&format!("{READY} all=$(cat); echo \"$all\""), SHORT);
    assert_eq!((found.record, &found.fault), (Some(0), &Fault::Buffers), "{found}");
    assert!(found.hint().is_some_and(|hint| hint.contains("python -u")), "{found}");
    // From the very first line on, as a C library buffers.
    assert_eq!(error("all=$(cat); echo \"$all\"", SHORT).fault, Fault::Buffers);
}

#[test]
fn one_that_closes_a_pipe_and_lives_on_is_told_so() {
    let listens = ProcessLimits { pipe_grace: SHORT.pipe_grace, ..ProcessLimits::default() };
    check_within(listens, "exec 1>&-; exec sleep 300", 0, &Fault::ClosedOutput);
    // It says so only when the pipe is closed already: the next chunk can't be written.
    let script =
        "read a; read b; read c; read d; read e; exec 0<&-; printf '0\\n0\\n0\\n0\\n0\\n'; exec sleep 300";
    check_within(listens, script, 5, &Fault::ClosedInput);
}

#[test]
fn one_that_fails_at_the_end_failed() {
    check("cat; exit 4", 10, &Fault::Failed { status: "exit status: 4".into() });
    check("cat; kill -TERM $$", 10, &Fault::Failed { status: "signal: 15 (SIGTERM)".into() });
}

#[test]
fn one_that_outlives_its_input_is_ended() {
    let ms = SHORT.drain.as_millis();
    for script in ["cat; sleep 300", "trap '' TERM; cat; sleep 300", "cat; exec 1>&- 2>&-; sleep 300"] {
        let drains = ProcessLimits { stall: ProcessLimits::default().stall, ..SHORT };
        check_within(drains, script, 10, &Fault::Hung(ms));
    }
}

#[test]
fn a_program_that_cannot_be_started_is_named_with_its_path() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = |name: &str, content: &str, mode: u32| {
        let path = folder.path().join(name);
        fs::write(&path, content).expect("a write");
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("its mode");
        path
    };
    let check = |program: &Path, what: &str| {
        let program = program.to_str().expect("UTF-8");
        let error = feed(&launch(&[program], ProcessLimits::default()), &items(1), 1).expect_err(program);
        let text = error.to_string();
        assert!(error.is_usage() && error.record.is_none() && error.hint().is_some(), "{text}");
        assert!(text.contains(program) && text.contains(what), "{text}");
    };
    check("no-such-program-here".as_ref(), "PATH");
    check(&folder.path().join("missing"), "No such file");
    check(folder.path(), "it is a folder");
    check(&file("plain", "#!/bin/sh\ncat\n", 0o644), "may not be executed");
    check(&file("lost", "#!/no/such/interpreter\n", 0o755), "interpreter");
    check(&file("other", "\x7fELF of another machine", 0o755), "other");
    check("".as_ref(), "");
}
