//! Jobs behind Kafka's topics: what an experiment may not say of them, and what becomes of one without a broker. The link
//! itself is tried in `adapters/kafka/tests`, verdicts with real engines by `.ci/engines`.

use crate::support::Scratch;

const EXPERIMENT: &str = r#"
dataset = "tiny-clicks"
problem = "windowed-aggregation"

[replay.kafka]
bootstrap = "127.0.0.1:1"
input = "clicks"
key = ["key"]

[stable]
job = "per-record"

[candidate]
command = ["true"]
kafka = { output = "counts" }

[gate]
divergence = 0
"#;

fn scratch() -> Scratch {
    let scratch = Scratch::new();
    scratch.write("clicks.csv", "at,user,n\n1000,a,1\n2000,b,2\n");
    scratch
        .run(
            "freeze clicks.csv --problem windowed-aggregation --set window=tumbling:10000 --set delay=0 --column \
             event_time_ms=at --column key=user --column value=n --time-unit ms --to tiny-clicks",
        )
        .expect(0);
    scratch
}

#[test]
fn what_can_not_be_said_of_topics_is_2() {
    let scratch = scratch();
    for (from, to, what, hint) in [
        ("bootstrap = \"127.0.0.1:1\"\n", "", "[replay] kafka.bootstrap is missing", "127.0.0.1:9092"),
        ("bootstrap = \"127.0.0.1:1\"", "bootstrap = \" \"", "[replay] kafka.bootstrap is missing", "set it"),
        ("input = \"clicks\"", "input = \"a b\"", "'a b' can't begin a topic's name", "'.', '_' and '-'"),
        (
            "input = \"clicks\"",
            "input = \"clicks\"\npartitions = 0",
            "partitions = 0: it is from 1 to 1000",
            "",
        ),
        ("key = [\"key\"]", "key = [\"kye\"]", "a record has no column 'kye'", "did you mean key?"),
        ("key = [\"key\"]", "timestamp = \"at\"", "kafka.timestamp: a record has no column 'at'", ""),
        ("key = [\"key\"]", "timestamp = \"arrival_ms\"", "kafka.timestamp: a record has no column", ""),
        ("key = [\"key\"]", "valeu = \"record\"", "valeu", "value"),
        ("output = \"counts\"", "rows = \"upsert\"", "[candidate] kafka.output is missing", "counts"),
        (
            "output = \"counts\"",
            "output = \"c\", key = [\"key\"]",
            "says nothing of a row that only stays",
            "upsert",
        ),
        ("output = \"counts\"", "output = \"c\", rows = \"retract\"", "retract", ""),
        (
            "output = \"counts\"",
            "output = \"c\", ready = \"\"",
            "an empty text is said at once",
            "leave it out",
        ),
        (
            "output = \"counts\"",
            "output = \"c\", start = \"last\", ready = \"up\"",
            "started last finds all records there",
            "start = \"first\"",
        ),
        (
            "command = [\"true\"]",
            "command = [\"true\"]\nclose = [\"1,a\"]",
            "'1,a' is no JSON object",
            "a message's value",
        ),
        (
            "command = [\"true\"]",
            "command = [\"true\"]\nmode = \"upsert\"",
            "has mode, which speaks of stdin",
            "kafka.rows",
        ),
        (
            "command = [\"true\"]",
            "command = [\"true\"]\nstall = \"9s\"",
            "has stall, which speaks of",
            "kafka.timeout",
        ),
        (
            "command = [\"true\"]",
            "command = [\"true\"]\noffset = \"n\"",
            "its messages have none",
            "envelope",
        ),
        ("kafka = { output = \"counts\" }", "", "neither version is behind topics", "kafka = {"),
        (
            "[replay.kafka]\nbootstrap = \"127.0.0.1:1\"\ninput = \"clicks\"\nkey = [\"key\"]\n",
            "",
            "the replay has no broker",
            "bootstrap =",
        ),
        ("dataset =", "architecture = \"kappa\"\ndataset =", "isn't served under an architecture", "leave"),
    ] {
        check(&scratch, [from, to, what, hint]);
    }
}

/// With `to` in the place of `from` the experiment is refused, by a message with `what` in it and a hint.
fn check(scratch: &Scratch, [from, to, what, hint]: [&str; 4]) {
    assert!(EXPERIMENT.contains(from), "{from}");
    scratch.write("e.toml", EXPERIMENT.replacen(from, to, 1));
    let ran = scratch.run("gate e.toml").expect(2).says(&[what]);
    assert!(ran.stderr.contains(hint), "{hint}: {ran}");
    assert_eq!(scratch.names(""), ["clicks.csv", "e.toml", "tiny-clicks"], "{ran}");
}

#[test]
fn what_can_not_be_said_of_messages_is_2() {
    let scratch = scratch();
    for (from, to, what, hint) in [
        (
            "output = \"counts\"",
            "output = \"c\", format = \"avro\"",
            "values in this format are read by a schema",
            "registry",
        ),
        (
            "output = \"counts\"",
            "output = \"c\", schema = \"x\"",
            "kafka.schema: JSON has none",
            "set the format",
        ),
        (
            "output = \"counts\"",
            "output = \"c\", format = \"avro\", registry = \"https://a:1\"",
            "'https://a:1' is no address that can be asked",
            "no TLS",
        ),
        (
            "output = \"counts\"",
            "output = \"c\", format = \"avro\", registry = \"http://a\", schema = \"x\"",
            "kafka.schema: the registry has it",
            "one of the two",
        ),
        (
            "output = \"counts\"",
            "output = \"c\", format = \"avro\", registry = \"http://a\", framed = false",
            "kafka.framed: a registry's ids stand in frames",
            "leave it out",
        ),
        (
            "output = \"counts\"",
            "output = \"c\", message = \"Row\"",
            "only a schema of Protobuf",
            "leave it out",
        ),
        ("key = [\"key\"]", "partition = \"p\"", "kafka.partition: a record has no column 'p'", ""),
        (
            "key = [\"key\"]",
            "headers = { a = \"kye\" }",
            "kafka.headers: a record has no column 'kye'",
            "did you mean key?",
        ),
    ] {
        check(&scratch, [from, to, what, hint]);
    }
}

#[test]
fn what_can_not_be_said_of_a_hand_over_is_2() {
    const GOOD: &str = "from = ['true'], at = '1 record'";
    let scratch = scratch();
    for (handover, what, hint) in [
        ("at = '1 record'", "[candidate] kafka.handover.from: names no program", "from = ["),
        ("from = [], at = '1 record'", "handover.from: names no program", ""),
        ("from = ['true']", "handover.at: says not after how many records", "50%"),
        ("from = ['true'], at = '1s'", "handover.at: says not after how many records", "records"),
        (
            "from = ['true'], at = '0 records'",
            "handover.at: 0 of 2 records; it is from 1 to 2",
            "leave handover out",
        ),
        ("from = ['true'], at = '3 records'", "handover.at: 3 of 2 records", ""),
        ("from = ['true'], at = '0%'", "handover.at: 0 of 2 records", ""),
        ("from = ['true'], at = '100%'", "behind all 2 records the version is sent none", "close = "),
        ("from = ['true'], at = 1", "a stretch of the log is text", ""),
        (&format!("{GOOD}, state = 'kept'"), "kept", "carried"),
        (&format!("{GOOD}, window = ['a']"), "names the two columns in which a window begins and ends", ""),
        (&format!("{GOOD}, ready = ''"), "handover.ready: an empty text is said at once", ""),
        (
            &format!("{GOOD}, start = 'last', ready = 'up'"),
            "handover.ready: a job that is started last",
            "first",
        ),
        (&format!("{GOOD}, form = 'x'"), "form", "from"),
    ] {
        let kafka = format!("kafka = {{ output = \"counts\", handover = {{ {handover} }} }}");
        scratch.write("e.toml", EXPERIMENT.replace("kafka = { output = \"counts\" }", &kafka));
        let ran = scratch.run("gate e.toml").expect(2).says(&[what]);
        assert!(ran.stderr.contains(hint), "{hint}: {ran}");
    }
}

#[test]
fn a_job_that_decides_is_not_behind_topics() {
    let scratch = Scratch::with_tiny();
    let file = "dataset = 'tiny'\nreplay.kafka = { bootstrap = 'a:1', input = 'b' }\nstable.job = 'first-fit'\n[candidate]\n\
                command = ['true']\nkafka = { output = 'c' }\n";
    scratch.write("e.toml", file);
    scratch.run("run e.toml").expect(2).says(&["a decision for each record, and topics carry rows"]);
}

#[cfg(not(feature = "kafka"))]
#[test]
fn a_program_without_kafka_says_so() {
    let scratch = scratch();
    scratch.write("e.toml", EXPERIMENT);
    scratch.run("run e.toml").expect(2).says(&["built without Kafka"]).hints("--features kafka");
}

#[cfg(feature = "kafka")]
#[test]
fn where_no_broker_answers_its_address_is_named() {
    let scratch = scratch();
    scratch.write("e.toml", EXPERIMENT);
    scratch
        .run("run e.toml")
        .expect(2)
        .says(&["no Kafka broker answers at 127.0.0.1:1 within 10 s"])
        .hints("bootstrap");
}

#[test]
fn a_slice_is_of_topics() {
    let scratch = Scratch::new();
    for flag in [
        "--since 5",
        "--until 2026-11-28T10:00:00Z",
        "--offsets 0=1..2",
        "--skew 2s",
        "--value-format avro",
        "--value-framed",
        "--kafka-property a=b",
    ] {
        let ran = scratch.run(&format!("freeze clicks.csv {flag} --to data")).expect(2);
        ran.says(&["says which slice of a topic is taken"]).hints("--from-kafka");
    }
    assert_eq!(scratch.names(""), [""; 0]);
}

#[cfg(not(feature = "kafka"))]
#[test]
fn a_program_without_kafka_freezes_no_topic() {
    let scratch = Scratch::new();
    let ran = scratch.run("freeze clicks --from-kafka 127.0.0.1:1 --to data").expect(2);
    ran.says(&["built without Kafka"]).hints("--features kafka");
}

#[cfg(feature = "kafka")]
#[test]
fn a_slice_that_can_not_be_taken_leaves_nothing() {
    let scratch = Scratch::new();
    for (line, what) in [
        ("freeze clicks --from-kafka 127.0.0.1:1 --to data", "no Kafka broker answers at 127.0.0.1:1"),
        ("freeze clicks --from-kafka 127.0.0.1:1 --since soon --to data", "'soon' is no time"),
        ("freeze ../clicks --from-kafka 127.0.0.1:1 --to data", "'../clicks' can't be a topic's name"),
        ("freeze clicks, --from-kafka 127.0.0.1:1 --to data", "names no topics"),
        ("freeze clicks --from-kafka 127.0.0.1:1 --kafka-property a=b --to data", "refuses its settings"),
        ("freeze clicks --from-kafka 127.0.0.1:1 --offsets 0=5..5 --to data", "'0=5..5' holds no offset"),
        ("freeze clicks --from-kafka 127.0.0.1:1 --offsets 0:1..5 --to data", "'0:1..5' names no range"),
        ("freeze clicks --from-kafka 127.0.0.1:1 --offsets x=1.. --to data", "'x=1..' names no partition"),
        ("freeze a,b --from-kafka 127.0.0.1:1 --offsets 0=1.. --to data", "doesn't say of which topic"),
        ("freeze a,b --from-kafka 127.0.0.1:1 --offsets c:0=1.. --to data", "is of a topic that isn't taken"),
        (
            "freeze clicks --from-kafka 127.0.0.1:1 --offsets 0=1..2 --offsets 0=5.. --to data",
            "partition 0 of clicks is named twice",
        ),
        (
            "freeze clicks --from-kafka 127.0.0.1:1 --skew 500us --to data",
            "messages' times have milliseconds",
        ),
        ("freeze clicks --from-kafka 127.0.0.1:1 --skew-seed 2 --to data", "nothing is drawn without --skew"),
        ("freeze clicks --from-kafka 127.0.0.1:1 --value-format xml --to data", "'xml' is no format"),
        (
            "freeze clicks --from-kafka 127.0.0.1:1 --value-format avro --to data",
            "--value-format: values in this format are read by a schema",
        ),
        (
            "freeze clicks --from-kafka 127.0.0.1:1 --value-format avro --value-schema gone.avsc --to data",
            "gone.avsc can't be read",
        ),
    ] {
        scratch.run(line).expect(2).says(&[what]);
        assert_eq!(scratch.names(""), [""; 0]);
    }
}
