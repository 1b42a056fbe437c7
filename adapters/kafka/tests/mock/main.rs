//! Holds the link against librdkafka's mock cluster: the real protocol on loopback, without a server. The jobs are threads of
//! the test; the command beside them only lives or dies.

mod cluster;
mod handover;

use std::time::{Duration, Instant};

use replay::link::{JobTopics, LinkFault, RowMessages};

use cluster::{Act, Cluster, PARTITIONS, echo, fault, replayed, topics};

#[test]
fn all_rows_of_a_job_that_runs_on_come_back() {
    let mut cluster = Cluster::new();
    let (mut link, named, gone) = cluster.link(&cluster.through("echo up; sleep 60", topics()));
    cluster.run(named, echo, true);
    let (first, mut rows) = replayed(&mut link, 40).expect("a settled answer");
    assert_eq!(first, r#"{"columns":["user","n"]}"#);
    let mut wanted: Vec<String> = (0..40).map(|n| format!("{{\"user\":\"u{}\",\"n\":{n}}}", n % 3)).collect();
    rows.sort();
    wanted.sort();
    assert_eq!(rows, wanted);
    drop(link);
    assert_eq!(gone.recv(), Ok(2), "its topics are removed");
}

#[test]
fn a_job_that_ends_by_itself_needs_no_commit() {
    let mut cluster = Cluster::new();
    let job = JobTopics { is_bounded: true, ..topics() };
    let (mut link, named, _gone) = cluster.link(&cluster.through("sleep 2", job));
    cluster.run(named, echo, false);
    let (_, rows) = replayed(&mut link, 20).expect("a settled answer");
    assert_eq!(rows.len(), 20);
}

#[test]
fn the_last_message_of_a_key_is_its_row() {
    let mut cluster = Cluster::new();
    let job = JobTopics { rows: RowMessages::Upsert, ..topics() };
    let (mut link, named, _gone) = cluster.link(&cluster.through("sleep 60", job));
    let act: Act = |value| {
        let text = str::from_utf8(value).expect("text");
        let (user, n) = text.trim_matches(['{', '}']).split_once(",\"n\":").expect("two fields");
        let user = user.split('"').nth(3).expect("a user");
        // Each user's last message but u2's is a number; u2's takes its row back.
        let is_gone = user == "u2" && n == "8";
        (Some(user.into()), (!is_gone).then(|| format!("{{\"n\":{n}}}").into_bytes()))
    };
    cluster.run(named, act, true);
    let (first, rows) = replayed(&mut link, 9).expect("a settled answer");
    assert_eq!(first, r#"{"columns":["user","n","counterpoint sign"]}"#);
    let signed = |sign: char| rows.iter().filter(move |row| row.contains(&format!("\":\"{sign}\""))).count();
    assert_eq!((signed('+'), signed('-')), (8, 6), "{rows:?}");
    for standing in
        [r#"{"counterpoint sign":"+","user":"u0","n":6}"#, r#"{"counterpoint sign":"+","user":"u1","n":7}"#]
    {
        assert!(rows.iter().any(|row| row == standing), "{rows:?}");
    }
}

#[test]
fn every_partition_gets_the_closing_record() {
    let mut cluster = Cluster::new();
    let job = JobTopics { close: vec![r#"{"user":"~end","n":-1}"#.to_owned()], ..topics() };
    let (mut link, named, _gone) = cluster.link(&cluster.through("sleep 60", job));
    cluster.run(named, echo, true);
    let (_, rows) = replayed(&mut link, 10).expect("a settled answer");
    let closing = rows.iter().filter(|row| row.contains("~end")).count();
    assert_eq!((rows.len(), closing), (10 + PARTITIONS as usize, PARTITIONS as usize));
}

#[test]
fn a_job_that_commits_nothing_is_not_settled() {
    let mut cluster = Cluster::new();
    let job = JobTopics { timeout: Duration::from_secs(2), ..topics() };
    // A command that has submitted a job to a cluster cancels it when it is told to end.
    let folder = tempfile::tempdir().expect("a folder");
    let cancelled = folder.path().join("cancelled");
    let command = format!(
        "trap 'echo yes > {}; exit 1' TERM; echo 'no checkpoint yet' >&2; sleep 60 & wait",
        cancelled.display()
    );
    let (mut link, named, gone) = cluster.link(&cluster.through(&command, job));
    cluster.run(named, echo, false);
    let (fault, words) = fault(replayed(&mut link, 20).expect_err("it commits nothing"));
    let LinkFault::NotSettled { why, .. } = fault else { panic!("{fault:?}") };
    assert!(why.contains("2 s after the last record its group has not committed 20 of the records"), "{why}");
    assert_eq!(words, "its stderr ends with: no checkpoint yet");
    assert_eq!(std::fs::read_to_string(&cancelled).expect("it was told"), "yes\n");
    drop(link);
    assert_eq!(gone.recv(), Ok(2), "its topics are removed");
}

#[test]
fn a_job_that_fails_is_told_with_its_last_words() {
    let cluster = Cluster::new();
    for (is_bounded, wanted) in [(false, "before its input did"), (true, "took every record and then failed")]
    {
        let job = JobTopics { is_bounded, ..topics() };
        let (mut link, _named, _gone) = cluster.link(&cluster.through("echo 'no such jar' >&2; exit 3", job));
        let (fault, words) = fault(replayed(&mut link, 20_000).expect_err("it fails"));
        assert!(
            fault.to_string().contains("exit status: 3") && fault.to_string().contains(wanted),
            "{fault}"
        );
        assert_eq!(words, "its stderr ends with: no such jar");
    }
}

#[test]
fn a_job_that_is_never_ready_is_given_up() {
    let cluster = Cluster::new();
    let ready = Some("submitted".to_owned());
    let job = JobTopics { ready, timeout: Duration::from_secs(1), ..topics() };
    let (mut link, _named, _gone) = cluster.link(&cluster.through("echo loading; sleep 60", job));
    let (fault, words) = fault(replayed(&mut link, 1).expect_err("it isn't ready"));
    assert!(fault.to_string().contains("has not written 'submitted' within 1 s"), "{fault}");
    assert_eq!(words, "its stdout ends with: loading");
}

#[test]
fn a_message_that_is_no_row_is_told_with_its_place() {
    let mut cluster = Cluster::new();
    let (mut link, named, _gone) = cluster.link(&cluster.through("sleep 60", topics()));
    cluster.run(named, |_| (None, None), true);
    let (fault, _) = fault(replayed(&mut link, 1).expect_err("a tombstone is no row"));
    let text = fault.to_string();
    assert!(
        text.contains("has no value") && text.contains("(partition ") && text.contains("offset 0)"),
        "{text}"
    );
}

#[test]
fn where_no_broker_answers_its_address_is_named() {
    let cluster = Cluster::new();
    let mut through = cluster.through("sleep 60", topics());
    // A port of its own that nobody listens at.
    let port = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("its number");
    through.replay.bootstrap = port.to_string();
    let (mut link, _named, gone) = cluster.link(&through);
    let start = Instant::now();
    let (fault, _) = fault(replayed(&mut link, 1).expect_err("nobody answers"));
    assert!(
        matches!(&fault, LinkFault::NotStarted { why, .. } if why.contains(&port.to_string())),
        "{fault}"
    );
    assert!(start.elapsed() < Duration::from_secs(15));
    drop(link);
    assert!(gone.try_recv().is_err(), "nothing was made");
}

#[test]
fn settings_that_the_client_does_not_know_are_refused() {
    let cluster = Cluster::new();
    let mut through = cluster.through("sleep 60", topics());
    through.replay.properties = [("acsk".to_owned(), "all".to_owned())].into();
    let (mut link, _named, _gone) = cluster.link(&through);
    let (fault, _) = fault(replayed(&mut link, 1).expect_err("a typo"));
    assert!(matches!(&fault, LinkFault::NotStarted { why, .. } if why.contains("acsk")), "{fault}");
}

#[test]
fn copies_of_all_records_come_back_without_a_job() {
    let cluster = Cluster::new();
    let mut through = cluster.through("exit 1", topics().copying());
    through.replay.value = replay::link::MessageValue::Envelope;
    let (mut link, _named, gone) = cluster.link(&through);
    let (first, mut rows) = replayed(&mut link, 40).expect("all copies");
    assert_eq!(first, r#"{"columns":["record","offset"]}"#);
    let mut wanted: Vec<String> = (0..40).map(|n| format!("{{\"record\":{n},\"offset\":{n}}}")).collect();
    rows.sort();
    wanted.sort();
    assert_eq!(rows, wanted);
    drop(link);
    assert_eq!(gone.recv(), Ok(2), "its topics are removed");
}

/// Can't make topics; says whether any may be there.
struct Fails {
    may_be_left: bool,
    named: std::sync::mpsc::Sender<String>,
}

impl kafka::MakeTopics for Fails {
    fn make(&self, topics: &[kafka::NewTopic]) -> Result<(), kafka::Unmade> {
        let _ = self.named.send(topics[0].name.clone());
        let fault = LinkFault::Machine("no room for topics".to_owned());
        Err(kafka::Unmade { fault, may_be_left: self.may_be_left })
    }

    fn cluster(&self) -> String {
        "mock".to_owned()
    }

    fn remove(&self, _: &[kafka::NewTopic], _: &str) -> Result<(), LinkFault> {
        Err(LinkFault::Machine("nor are any removed".to_owned()))
    }
}

#[test]
fn topics_that_may_be_there_all_the_same_stay_noted() {
    let cluster = Cluster::new();
    let through = cluster.through("sleep 60", topics());
    for may_be_left in [true, false] {
        let (named, names) = std::sync::mpsc::channel();
        let maker = Box::new(Fails { may_be_left, named });
        let mut link =
            kafka::Through::new(&through, kafka::Broker::new(&through.replay), maker).expect("a link");
        let stop = replayed(&mut link, 1).expect_err("no topics");
        assert!(fault(stop).0.to_string().contains("no room for topics"));
        drop(link);
        let name = names.recv().expect("asked for");
        let id = name.split('.').nth(1).expect("a number");
        let note = std::env::temp_dir().join(format!("counterpoint-topics-{id}.note"));
        assert_eq!(note.exists(), may_be_left);
        if may_be_left {
            std::fs::remove_file(note).expect("a note");
        }
    }
}
