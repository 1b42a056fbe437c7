//! One job hands over to another, which finds its state or doesn't. The job is a thread that keeps what it has counted in the
//! folder that its command is told of.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{Arc, atomic::Ordering, mpsc::Receiver},
    time::Duration,
};

use rdkafka::{
    ClientConfig, Message, Offset, TopicPartitionList,
    consumer::{BaseConsumer, CommitMode, Consumer},
    producer::{BaseProducer, BaseRecord, Producer},
};
use replay::link::{HandOver, JobTopics, LinkFault};

use crate::cluster::{Cluster, PARTITIONS, fault, replayed, topics};

/// Says on which side it is and where its state is, and lives until it is told to end. Told to, it tells the thread to.
const JOB: &str = r#"echo "$COUNTERPOINT_PHASE $COUNTERPOINT_STATE" > $TOLD.new && mv $TOLD.new $TOLD; echo up
    trap 'exit 0' TERM; while :; do sleep 0.05; done"#;

const AT: u64 = 15;
const RECORDS: u64 = 40;

fn handover(command: &str, carries_state: bool) -> JobTopics {
    let handover = HandOver {
        command: ["sh", "-c", command].map(str::to_owned).into(),
        at: AT,
        carries_state,
        is_bounded: false,
        ready: Some("up".to_owned()),
    };
    let ready = Some("up".to_owned());
    JobTopics { handover: Some(handover), ready, timeout: Duration::from_secs(20), ..topics() }
}

fn job(told: &Path) -> String {
    JOB.replace("$TOLD", &told.display().to_string())
}

/// Returns what the command was told, `None` before it was.
fn told(path: &Path) -> Option<(String, PathBuf)> {
    let text = std::fs::read_to_string(path).ok()?;
    let (phase, folder) = text.trim().split_once(' ')?;
    Some((phase.to_owned(), folder.into()))
}

/// Runs a job that gives out how many records it has counted of a user, each time that one comes. It begins anew, with the state
/// that it finds, whenever its command does.
fn counting(cluster: &mut Cluster, named: Receiver<[String; 2]>, path: &Path) {
    let (bootstrap, stop, path) =
        (cluster.mock.bootstrap_servers(), Arc::clone(&cluster.stop), path.to_owned());
    cluster.jobs.push(std::thread::spawn(move || {
        let Ok([input, output]) = named.recv() else { return };
        let group = input.replacen("in.", "counterpoint-", 1).replace('.', "-");
        let mut config = ClientConfig::new();
        config
            .set("bootstrap.servers", &bootstrap)
            .set("group.id", &group)
            .set("enable.auto.commit", "false");
        let consumer: BaseConsumer = config.create().expect("a client");
        let producer: BaseProducer = config.create().expect("a client");
        let mut all = TopicPartitionList::new();
        for partition in 0..PARTITIONS.cast_signed() {
            all.add_partition_offset(&input, partition, Offset::Beginning).expect("an offset");
        }
        consumer.assign(&all).expect("partitions");
        let (mut phase, mut counts) = (String::new(), BTreeMap::new());
        while !stop.load(Ordering::Relaxed) {
            let Some(message) = consumer.poll(Duration::from_millis(20)) else { continue };
            let message = message.expect("a message");
            let (now, folder) = told(&path).expect("its command was started first");
            if now != phase {
                phase = now;
                counts = read(&folder);
            }
            let value: serde_json::Value =
                serde_json::from_slice(message.payload().expect("a value")).expect("JSON");
            let user = value["user"].as_str().expect("a user").to_owned();
            let count = counts.entry(user.clone()).or_insert(0_u64);
            *count += 1;
            let row = serde_json::json!({ "user": format!("{user} {count}"), "n": value["n"] }).to_string();
            let record: BaseRecord<'_, str, str> = BaseRecord::to(&output).payload(&row);
            producer.send(record).map_err(|(error, _)| error).expect("room");
            producer.flush(Duration::from_secs(5)).expect("a delivery");
            std::fs::write(folder.join("counts"), serde_json::to_vec(&counts).expect("JSON")).expect("room");
            consumer.commit_message(&message, CommitMode::Sync).expect("a commit");
        }
    }));
}

fn read(folder: &Path) -> BTreeMap<String, u64> {
    std::fs::read(folder.join("counts"))
        .map(|text| serde_json::from_slice(&text).expect("counts"))
        .unwrap_or_default()
}

/// The rows that are out when all is, of one user each: how many there are, and the largest count of each.
fn counted(carries_state: bool) -> BTreeMap<String, u64> {
    let folder = tempfile::tempdir().expect("room");
    let path = folder.path().join("told");
    let mut cluster = Cluster::new();
    let through = cluster.through(&job(&path), handover(&job(&path), carries_state));
    let (mut link, named, gone) = cluster.link(&through);
    counting(&mut cluster, named, &path);
    let (_, rows) = replayed(&mut link, RECORDS).expect("a settled answer");
    assert_eq!(rows.len() as u64, RECORDS);
    let (phase, state) = told(&path).expect("it was told");
    assert_eq!(phase, "after");
    assert!(state.is_dir());
    drop(link);
    assert_eq!(gone.recv(), Ok(2), "its topics are removed");
    assert!(!state.exists(), "its state is removed");
    let mut most = BTreeMap::new();
    for row in rows {
        let row: serde_json::Value = serde_json::from_str(&row).expect("JSON");
        let (user, count) = row["user"].as_str().and_then(|user| user.split_once(' ')).expect("a count");
        let count: u64 = count.parse().expect("a number");
        let most = most.entry(user.to_owned()).or_insert(0);
        *most = count.max(*most);
    }
    most
}

#[test]
fn a_state_that_is_carried_over_is_gone_on_with() {
    let all = |user: u64| (0..RECORDS).filter(|n| n % 3 == user).count() as u64;
    let wanted = [0, 1, 2].map(|user| (format!("u{user}"), all(user)));
    assert_eq!(counted(true), BTreeMap::from(wanted));
}

#[test]
fn a_state_that_is_lost_is_begun_anew() {
    let behind = |user: u64| (AT..RECORDS).filter(|n| n % 3 == user).count() as u64;
    let wanted = [0, 1, 2].map(|user| (format!("u{user}"), behind(user)));
    assert_eq!(counted(false), BTreeMap::from(wanted));
}

/// Returns how a first job with this command fails, which reads nothing.
fn failed(command: &str, is_bounded: bool) -> (LinkFault, String) {
    let cluster = Cluster::new();
    let mut job = handover(command, true);
    job.timeout = Duration::from_secs(2);
    if let Some(handover) = &mut job.handover {
        handover.ready = None;
        handover.is_bounded = is_bounded;
    }
    let (mut link, _named, gone) = cluster.link(&cluster.through("echo up; sleep 60", job));
    let found = fault(replayed(&mut link, RECORDS).expect_err("the first job fails"));
    drop(link);
    assert_eq!(gone.recv(), Ok(2), "its topics are removed");
    found
}

#[test]
fn a_first_job_that_fails_is_told_apart() {
    let (fault, words) = failed("echo 'no such savepoint' >&2; exit 3", true);
    assert_eq!(
        fault.to_string(),
        "of the command that it takes over from (sh -c echo 'no such savepoint' >&2; exit 3): it took every record and then \
         failed (exit status: 3)"
    );
    assert_eq!(words, "its stderr ends with: no such savepoint");
}

#[test]
fn a_first_job_that_commits_nothing_is_not_settled() {
    let (fault, words) = failed("echo 'no checkpoint yet' >&2; sleep 60", false);
    let text = fault.to_string();
    assert!(
        text.contains("takes over from") && text.contains("has not committed 15 of the records"),
        "{text}"
    );
    assert_eq!(words, "its stderr ends with: no checkpoint yet");
}

/// Has a thread read and commit for a command that does nothing but live.
fn ended_by(command: &str) -> (LinkFault, String) {
    let folder = tempfile::tempdir().expect("room");
    let path = folder.path().join("told");
    let tell = job(&path).split("trap").next().expect("a beginning").to_owned();
    let mut cluster = Cluster::new();
    let mut job = handover(&format!("{tell} {command}"), true);
    job.timeout = Duration::from_secs(9);
    let (mut link, named, _gone) = cluster.link(&cluster.through("sleep 60", job));
    counting(&mut cluster, named, &path);
    fault(replayed(&mut link, RECORDS).expect_err("the first job doesn't end well"))
}

#[test]
fn a_first_job_that_will_not_end_is_killed() {
    let (fault, _) = ended_by("trap '' TERM; while :; do sleep 0.05; done");
    let LinkFault::Before { fault, .. } = fault else { panic!("{fault:?}") };
    assert_eq!(*fault, LinkFault::Endless(9));
}

#[test]
fn a_first_job_that_can_not_leave_its_state_is_told_with_its_last_words() {
    let end = "trap 'echo \"the savepoint failed: no space\" >&2; exit 1' TERM; while :; do sleep 0.05; done";
    let (fault, words) = ended_by(end);
    assert!(fault.to_string().contains("failed (exit status: 1)"), "{fault}");
    // A shell may say beside it what ended its sleep.
    assert!(
        words.starts_with("its stderr ends with: ") && words.ends_with("the savepoint failed: no space"),
        "{words}"
    );
}
