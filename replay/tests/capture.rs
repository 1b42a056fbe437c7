//! Programs that are run once: what they write, and what becomes of those that misbehave.

use std::{io::Write, sync::Arc, time::Duration};

use replay::{
    Control,
    process::{CaptureError, CaptureLimits, Environment, Launch, ProcessLimits, Stdin},
};

fn launch(script: &str) -> Launch {
    Launch {
        role: "reference",
        command: vec!["sh".to_owned(), "-c".to_owned(), script.to_owned()],
        cwd: None,
        env: Environment::default(),
        parameters: Vec::new(),
        limits: ProcessLimits::default(),
        peak_memory: Arc::default(),
    }
}

fn captured(script: &str, input: Stdin<'_>) -> Result<Vec<u8>, CaptureError> {
    let limits = CaptureLimits { output_bytes: 1 << 20, time: Duration::from_secs(20) };
    launch(script).capture(input, limits, &Control::default())
}

fn failure(script: &str, limits: CaptureLimits) -> (String, String) {
    let given = launch(script).capture(Stdin::Bytes(b""), limits, &Control::default());
    match given.expect_err(script) {
        CaptureError::Failed { what, last_words } => (what, last_words),
        other => panic!("{script}: {other:?}"),
    }
}

#[test]
fn what_a_program_writes_is_its_answer() {
    let large = "a line of some length\n".repeat(40_000);
    let counted = captured("cat > /dev/null; echo done", Stdin::Bytes(large.as_bytes()));
    assert_eq!(counted.expect("it ends with 0"), b"done\n");
    assert_eq!(captured("cat", Stdin::Bytes(large.as_bytes())).expect("an echo"), large.as_bytes());
    let mut file = tempfile::tempfile().expect("a file");
    file.write_all(b"1\n2\n").expect("it is written");
    std::io::Seek::rewind(&mut file).expect("a file");
    assert_eq!(captured("cat; echo 3", Stdin::File(file)).expect("an echo"), b"1\n2\n3\n");
}

#[test]
fn who_does_not_read_may_answer_all_the_same() {
    let large = vec![b'x'; 10 << 20];
    assert_eq!(captured("echo 1", Stdin::Bytes(&large)).expect("it ends with 0"), b"1\n");
}

#[test]
fn all_that_was_written_is_heard_though_the_program_has_ended() {
    let limits = CaptureLimits { output_bytes: 32 << 20, time: Duration::from_secs(30) };
    let given = launch("head -c 30000000 /dev/zero").capture(Stdin::Bytes(b""), limits, &Control::default());
    assert_eq!(given.expect("it ends with 0").len(), 30_000_000);
}

#[test]
fn who_misbehaves_is_named() {
    let limits = CaptureLimits { output_bytes: 1 << 16, time: Duration::from_secs(20) };
    assert_eq!(
        failure("echo bad news >&2; exit 3", limits),
        ("it ended with exit status: 3".into(), "its stderr ends with: bad news".into())
    );
    assert_eq!(failure("kill -9 $$", limits).0, "it ended with signal: 9 (SIGKILL)");
    assert_eq!(failure("yes", limits).0, "it wrote more than 65536 bytes to stdout");
    let hurried = CaptureLimits { time: Duration::from_millis(300), ..limits };
    assert_eq!(failure("sleep 100", hurried).0, "it has not ended within 300ms");
    // Somebody is left who holds the pipes.
    let started = std::time::Instant::now();
    assert_eq!(captured("sleep 100 & echo 1", Stdin::Bytes(b"")).expect("it ends with 0"), b"1\n");
    assert!(started.elapsed() < Duration::from_secs(15));
}

#[test]
fn who_cannot_be_started_is_named() {
    let launch = Launch { command: vec!["no-such-program".to_owned()], ..launch("") };
    let limits = CaptureLimits { output_bytes: 1, time: Duration::from_secs(1) };
    let error = launch.capture(Stdin::Bytes(b""), limits, &Control::default()).expect_err("there is none");
    assert!(
        matches!(&error, CaptureError::NotStarted { why, .. } if why.contains("no-such-program")),
        "{error:?}"
    );
}
