//! `scripts/engines/flink-submit.py` against a cluster that is a thread of the test: what it does of a job that runs, fails,
//! restarts for ever, and is stopped with a savepoint.

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Output, Stdio},
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

const JOB: &str = "0123456789abcdef0123456789abcdef";

/// Says what a job does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// It runs until it is told to end.
    Runs,
    /// It has read its input.
    Finishes,
    /// It fails for good.
    Fails,
    /// It waits to be started again.
    Restarts,
    /// It is started again and again, and runs for a moment each time.
    Flaps,
    /// It runs, and no savepoint can be taken of it.
    KeepsItsState,
    /// It runs, and a savepoint of it is never complete.
    NeverSaves,
}

/// A cluster that runs one job, and takes down what it was asked.
struct Cluster {
    url: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Cluster {
    fn start(fate: Fate) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("its address"));
        let asked = Arc::new(Mutex::new(Vec::new()));
        let told = Arc::clone(&asked);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                answer(stream, fate, &told);
            }
        });
        Self { url, asked }
    }

    fn has_been_asked(&self, what: &str) -> bool {
        self.asked.lock().expect("whole").iter().any(|asked| asked.contains(what))
    }
}

fn answer(mut stream: TcpStream, fate: Fate, asked: &Mutex<Vec<String>>) {
    let mut reader = BufReader::new(stream.try_clone().expect("one more"));
    let (mut line, mut length) = (String::new(), 0);
    reader.read_line(&mut line).expect("a request");
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).expect("a header");
        if header.trim().is_empty() {
            break;
        }
        if let Some((name, value)) = header.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().expect("a number");
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).expect("a body");
    let body = String::from_utf8(body).expect("text");
    let mut asked = asked.lock().expect("whole");
    asked.push(format!("{} {body}", line.trim()));
    let is_told = asked.iter().any(|asked| asked.contains("mode=cancel") || asked.contains("/stop "));
    let told = said(&line, fate, is_told, asked.len()).to_string();
    let _ = write!(stream, "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{told}", told.len());
}

/// `asked`: how often it was asked before.
fn said(line: &str, fate: Fate, is_told: bool, asked: usize) -> Value {
    let path =
        line.split(' ').nth(1).expect("a path").strip_prefix(&format!("/jobs/{JOB}")).expect("the job");
    match path.split('?').next().expect("a beginning") {
        "/status" if is_told => json!({ "status": if line.contains("GET") { "FINISHED" } else { "" } }),
        "/status" => json!({ "status": match fate {
            Fate::Finishes => "FINISHED",
            Fate::Fails => "FAILED",
            Fate::Restarts => "RESTARTING",
            _ => "RUNNING",
        } }),
        "" => json!({
            "state": if fate == Fate::Restarts { "RESTARTING" } else { "RUNNING" },
            "timestamps": { "RUNNING": if fate == Fate::Flaps { asked } else { 1 } },
            "vertices": [{ "status": "RUNNING" }],
        }),
        "/exceptions" => json!({ "exceptionHistory": { "entries": [{
            "stacktrace": "java.lang.RuntimeException: it broke\n\tat a.B.c(B.java:1)\nCaused by: no such topic\n\t... 3 more"
        }] } }),
        "/stop" => json!({ "request-id": "r1" }),
        "/savepoints/r1" => match fate {
            Fate::NeverSaves => json!({ "status": { "id": "IN_PROGRESS" }, "operation": null }),
            Fate::KeepsItsState => json!({ "status": { "id": "COMPLETED" }, "operation": { "failure-cause": {
                "class": "x", "stack-trace": "java.io.IOException: no space left\n\tat a.B.c(B.java:1)"
            } } }),
            _ => {
                json!({ "status": { "id": "COMPLETED" }, "operation": { "location": "file:/s/savepoint-1" } })
            }
        },
        other => panic!("nothing is said of {other}"),
    }
}

/// Submits a job by a client that says its id and stays.
fn submitted(cluster: &Cluster, state: &Path, phase: &str) -> Child {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/engines/flink-submit.py");
    let client =
        format!("echo \"Job has been submitted with JobID {JOB}\"; echo \"arguments: $*\"; sleep 60");
    Command::new("python3")
        .arg(script)
        .arg(&cluster.url)
        .args(["sh", "-c", &client, "client", "run", "--python", "v1.py"])
        .env("COUNTERPOINT_STATE", state)
        .env("COUNTERPOINT_PHASE", phase)
        .env("FLINK_SUBMIT_WAIT", "1")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("python3")
}

/// Tells it to end once it watches the job, and waits for that.
fn ended(child: Child, cluster: &Cluster, is_told: bool) -> (Option<i32>, String, String) {
    let start = Instant::now();
    while is_told && !cluster.has_been_asked("GET") {
        assert!(start.elapsed() < Duration::from_secs(20), "it never asks");
        thread::sleep(Duration::from_millis(10));
    }
    if is_told {
        let pid = rustix::process::Pid::from_raw(child.id().cast_signed()).expect("a child");
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).expect("it is there");
    }
    let Output { status, stdout, stderr } = child.wait_with_output().expect("an end");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    (status.code(), text(stdout), text(stderr))
}

fn run(fate: Fate, phase: &str, is_told: bool) -> (Option<i32>, String, Cluster, tempfile::TempDir) {
    let state = tempfile::tempdir().expect("room");
    let cluster = Cluster::start(fate);
    let (code, _, stderr) = ended(submitted(&cluster, state.path(), phase), &cluster, is_told);
    (code, stderr, cluster, state)
}

#[test]
fn it_ends_as_its_job_does() {
    let (code, stderr, ..) = run(Fate::Finishes, "", false);
    assert_eq!((code, stderr.as_str()), (Some(0), ""));
    let (code, stderr, ..) = run(Fate::Fails, "", false);
    assert_eq!(code, Some(1));
    assert_eq!(
        stderr,
        "flink: the job failed: java.lang.RuntimeException: it broke | Caused by: no such topic\n"
    );
}

#[test]
fn a_job_that_restarts_for_ever_never_ran() {
    for fate in [Fate::Restarts, Fate::Flaps] {
        let (code, stderr, cluster, _) = run(fate, "", false);
        assert_eq!(code, Some(1));
        let said = "flink: the job never ran in 1 s, its last exception: java.lang.RuntimeException: it broke | Caused by";
        assert!(stderr.starts_with(said), "{stderr}");
        assert!(cluster.has_been_asked("PATCH") && cluster.has_been_asked("mode=cancel"), "it is cancelled");
    }
}

#[test]
fn a_job_that_is_not_taken_over_is_cancelled() {
    for phase in ["", "after"] {
        let (code, stderr, cluster, state) = run(Fate::Runs, phase, true);
        assert_eq!((code, stderr.as_str()), (Some(0), ""));
        assert!(cluster.has_been_asked("mode=cancel") && !cluster.has_been_asked("/stop"));
        assert!(!state.path().join("savepoint").exists());
    }
}

#[test]
fn a_job_that_is_taken_over_leaves_a_savepoint_from_which_the_next_starts() {
    let (code, stderr, cluster, state) = run(Fate::Runs, "before", true);
    assert_eq!((code, stderr.as_str()), (Some(0), ""));
    let target = format!("\"targetDirectory\": \"file://{}\", \"drain\": false", state.path().display());
    assert!(cluster.has_been_asked(&target), "{:?}", cluster.asked);
    let kept = fs::read_to_string(state.path().join("savepoint")).expect("its place");
    assert_eq!(kept, "file:/s/savepoint-1");

    let cluster = Cluster::start(Fate::Finishes);
    let (code, stdout, stderr) = ended(submitted(&cluster, state.path(), "after"), &cluster, false);
    assert_eq!((code, stderr.as_str()), (Some(0), ""));
    assert!(stdout.contains("arguments: run --fromSavepoint file:/s/savepoint-1 --python v1.py"), "{stdout}");
}

#[test]
fn a_savepoint_that_fails_is_told_in_the_engines_words() {
    for (fate, what) in [
        (Fate::KeepsItsState, "flink: the savepoint failed: java.io.IOException: no space left\n"),
        (Fate::NeverSaves, "flink: the savepoint was not complete after 1 s\n"),
    ] {
        let (code, stderr, _, state) = run(fate, "before", true);
        assert_eq!((code, stderr.as_str()), (Some(1), what));
        assert!(!state.path().join("savepoint").exists());
    }
}

#[test]
fn where_no_cluster_answers_it_says_so() {
    let port = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("its number");
    let cluster = Cluster { url: format!("http://{port}"), asked: Arc::default() };
    let state = tempfile::tempdir().expect("room");
    let (code, _, stderr) = ended(submitted(&cluster, state.path(), ""), &cluster, false);
    assert_eq!(code, Some(1));
    assert!(stderr.starts_with(&format!("flink: no cluster answers at http://{port}: ")), "{stderr}");
}
