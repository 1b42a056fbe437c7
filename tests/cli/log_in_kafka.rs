//! Architectures whose log is kept in a topic: what an experiment may not say of it, and, where `COUNTERPOINT_TEST_BROKER` names a
//! broker, that they come to what they come to with the log in a folder, also when they are killed on the way.

use crate::support::Scratch;

const LINE: &str = "--dataset clicks --stable per-record --candidate pre-aggregated";

/// With some events in a folder `clicks`, about 20 a second.
fn clicks(records: u32) -> Scratch {
    let scratch = Scratch::new();
    let events =
        format!("generate events --records {records} --seed 1 --to clicks --set keys=4 --set rate=20");
    scratch.run(&format!("{events} --set max-delay=500")).expect(0);
    scratch.edit("clicks/manifest.toml", "tumbling:10000", "tumbling:1000");
    scratch
}

#[test]
fn what_names_no_log_is_2() {
    let scratch = clicks(20);
    for (flags, what, hint) in [
        (
            "--log pulsar://a:1/b",
            "[serving] log: unknown place 'pulsar://a:1/b'",
            "kafka://127.0.0.1:9092/clicks",
        ),
        ("--log kafka://a:1", "names no server, or no topic", "kafka://127.0.0.1:9092/clicks"),
        ("--log kafka://a:1/../b:c", "'b:c' can't begin a topic's name", "kafka://"),
        ("--log-property a=b", "[serving] log_properties: the log in a folder has none", "set log ="),
        ("--log kafka://a:1/b --log-property a", "'a' is no setting", "security.protocol=ssl"),
    ] {
        let ran = scratch.run(&format!("run {LINE} --architecture kappa {flags} --out run")).expect(2);
        ran.says(&[what]).hints(hint);
        assert_eq!(scratch.names(""), ["clicks"], "{flags}");
    }
    let ran = scratch.run(&format!("run {LINE} --log kafka://a:1/b --out run")).expect(2);
    ran.says(&["[serving]: nothing of this run goes by it"]);
}

#[cfg(not(feature = "kafka"))]
#[test]
fn a_program_without_kafka_keeps_no_log_there() {
    let scratch = clicks(20);
    for architecture in ["kappa", "lambda"] {
        let line =
            format!("run {LINE} --architecture {architecture} --log kafka://127.0.0.1:1/clicks --out run");
        scratch.run(&line).expect(2).says(&["built without Kafka"]).hints("--features kafka");
    }
}

#[cfg(feature = "kafka")]
mod with_kafka {
    use std::{
        fs,
        path::Path,
        process::Command,
        time::{Duration, Instant},
    };

    use serde_json::Value;

    use super::{LINE, clicks};
    use crate::{
        kappa_kills_driver::{killed, prepared, undisturbed},
        support::{Ran, Scratch, number, text},
    };

    const KILLS: u32 = 4;

    fn broker() -> Option<String> {
        let broker = std::env::var("COUNTERPOINT_TEST_BROKER").ok();
        if broker.is_none() {
            println!("skipped: COUNTERPOINT_TEST_BROKER names no broker");
        }
        broker
    }

    #[test]
    fn where_no_broker_answers_its_address_is_named() {
        let scratch = clicks(20);
        let line = format!("run {LINE} --architecture kappa --log kafka://127.0.0.1:1/clicks --out run");
        let began = Instant::now();
        let ran = scratch.run(&line).expect(2);
        ran.says(&["no Kafka broker answers at 127.0.0.1:1 within 10 s"]).hints("[serving] log");
        assert!(began.elapsed() < Duration::from_secs(30));
        assert_eq!(scratch.names(""), ["clicks"]);
    }

    #[test]
    fn a_setting_that_is_none_of_the_clients_is_2() {
        let scratch = clicks(20);
        let log = "--log kafka://127.0.0.1:1/clicks --log-property no.such=1";
        let ran = scratch.run(&format!("run {LINE} --architecture lambda {log} --out run")).expect(2);
        ran.says(&["refuses its settings", "no.such"]).hints("log_properties");
    }

    /// Kafka's own tool for topics.
    fn topics(broker: &str, words: &[&str]) -> String {
        let out = Command::new("scripts/engines/kafka.sh")
            .args(["run", "org.apache.kafka.tools.TopicCommand", "--bootstrap-server", broker])
            .args(words)
            .output()
            .expect("a shell");
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        String::from_utf8_lossy(&out.stdout).into_owned()
    }

    /// The results without what the log itself takes.
    fn results(scratch: &Scratch, run: &str) -> String {
        let mut results = scratch.json(&format!("{run}/results.json"));
        let bytes = results["architectures"]["log"]["bytes"].take();
        assert!(number(&bytes) > 0);
        serde_json::to_string_pretty(&results).expect("JSON")
    }

    #[test]
    fn both_architectures_come_to_the_same() {
        let Some(broker) = broker() else { return };
        let scratch = clicks(120);
        let line = format!("run {LINE} --architecture both --bug 'lose 20..40' --intervals 30%");
        let run = |more: &str| scratch.shell(&format!("exec \"$COUNTERPOINT\" {line} {more}")).expect(0);
        run("--out folder");
        run(&format!("--log kafka://{broker}/same-log --out topic"));
        assert_eq!(results(&scratch, "topic"), results(&scratch, "folder"));
        for file in scratch.files("folder").iter().filter(|file| file.starts_with("answers/")) {
            assert_eq!(
                scratch.read(&format!("topic/{file}")),
                scratch.read(&format!("folder/{file}")),
                "{file}"
            );
        }
        // What a resolved experiment says is what was done, and it can be done again.
        assert!(
            scratch.read("topic/experiment.toml").contains(&format!("log = \"kafka://{broker}/same-log\""))
        );
        assert!(!topics(&broker, &["--list"]).contains("same-log"));
    }

    /// An upgrade in a folder, with the log there or in a topic.
    fn upgrade(scratch: &Scratch, name: &str, log: Option<(&str, &str)>) {
        let log = log.map_or_else(String::new, |(broker, topic)| {
            format!("serving.log = 'kafka://{broker}/{topic}'\n")
        });
        let more = format!(
            "stable.job = 'per-record'\ncandidate.job = 'per-record'\nkappa.start_at = '5%'\nkappa.probation = '5%'\n\
             kappa.keep_old = '5%'\n{log}"
        );
        prepared(&scratch.path(name), &scratch.path("clicks"), &more);
    }

    fn program() -> &'static Path {
        Path::new(env!("CARGO_BIN_EXE_counterpoint"))
    }

    #[test]
    fn an_upgrade_survives_kills() {
        let Some(broker) = broker() else { return };
        let scratch = clicks(400);
        upgrade(&scratch, "folder", None);
        let (whole, _) = undisturbed(program(), &scratch.path("folder"));
        upgrade(&scratch, "topic", Some((&broker, "killed-log")));
        let (same, took) = undisturbed(program(), &scratch.path("topic"));
        assert_eq!(same, whole);
        upgrade(&scratch, "killed", Some((&broker, "killed-log")));
        let killed = killed(program(), &scratch.path("killed"), (KILLS, 1), took);
        assert!(killed.struck >= KILLS / 2, "{killed:?}");
        assert_eq!((&killed.served["blake3"], &killed.served["rows"]), (&whole["blake3"], &whole["rows"]));
        let end = (text(&killed.served["end"]), text(&killed.served["by"]));
        assert!([("took-over", "candidate"), ("undecided", "stable")].contains(&end), "{killed:?}");
        // Whoever comes when all is over finds that it is, though the topic is gone.
        let (again, _) = undisturbed(program(), &scratch.path("killed"));
        assert_eq!(again, killed.served);
        assert!(!topics(&broker, &["--list"]).contains("killed-log"));
    }

    /// Begins an upgrade and kills it when it is at work.
    fn cut_off(folder: &Path) -> String {
        let mut child =
            Command::new(program()).arg("upgrade").arg(folder).spawn().expect("the program starts");
        let began = Instant::now();
        while !folder.join("served").exists() {
            assert!(began.elapsed() < Duration::from_secs(20), "it doesn't begin");
            std::thread::sleep(Duration::from_millis(5));
        }
        std::thread::sleep(Duration::from_millis(200));
        child.kill().expect("our child");
        assert!(child.wait().expect("our child").code().is_none(), "it was killed at work");
        fs::read_to_string(folder.join("topic")).expect("it has noted the topic")
    }

    fn refused(scratch: &Scratch, name: &str, what: &str) -> Ran {
        scratch.run(&format!("upgrade {name}")).expect(4).says(&[what])
    }

    #[test]
    fn a_log_that_is_not_what_it_was_is_4() {
        let Some(broker) = broker() else { return };
        let scratch = clicks(3000);
        upgrade(&scratch, "gone", Some((&broker, "gone-log")));
        let topic = cut_off(&scratch.path("gone"));
        let before: Value = fs::read_to_string(scratch.path("gone/experiment.toml")).expect("a file").into();
        scratch.edit("gone/experiment.toml", "serving.log", "#");
        refused(&scratch, "gone", "its log was kept in a topic, and the experiment says a folder")
            .hints("undo");
        scratch.write("gone/experiment.toml", text(&before));
        topics(&broker, &["--delete", "--topic", &topic]);
        refused(&scratch, "gone", &format!("kafka://{broker}/{topic}: the topic isn't there any more"))
            .hints("anew");
        // Made anew, it is another log: one that is empty.
        topics(&broker, &["--create", "--topic", &topic]);
        refused(&scratch, "gone", "the topic is empty").hints("begin anew");
        topics(&broker, &["--delete", "--topic", &topic]);
    }
}
