//! `freeze --from-kafka`: a slice of live topics becomes JSON lines, which are frozen as those of any file.

use std::path::PathBuf;

use platform::Error;
use replay::Control;
use tempfile::TempDir;

use crate::{cli::FreezeArgs, output::Output};

/// Holds a slice of topics, in a folder that goes with it.
pub(super) struct Taken {
    _folder: TempDir,
    pub(super) file: PathBuf,
    pub(super) slice: datasets::TopicSlice,
}

/// Refuses flags that say which slice is taken, where none is.
pub(super) fn check(args: &FreezeArgs) -> Result<(), Error> {
    let kafka = &args.kafka;
    let set = [
        ("--since", kafka.since.is_some()),
        ("--until", kafka.until.is_some()),
        ("--offsets", !kafka.offsets.is_empty()),
        ("--value-format", kafka.value_format.is_some()),
        ("--value-schema", kafka.value_schema.is_some()),
        ("--value-message", kafka.value_message.is_some()),
        ("--value-registry", kafka.value_registry.is_some()),
        ("--value-framed", kafka.value_framed),
        ("--skew", kafka.skew.is_some()),
        ("--skew-seed", kafka.skew_seed.is_some()),
        ("--kafka-property", !kafka.kafka_property.is_empty()),
    ];
    match set.iter().find(|(_, is_given)| *is_given && kafka.from_kafka.is_none()) {
        Some((flag, _)) => {
            Err(Error::usage(format!("{flag} says which slice of a topic is taken, and a file is frozen"))
                .with_hint("add '--from-kafka 127.0.0.1:9092', and name topics in the place of the file"))
        }
        None => Ok(()),
    }
}

/// Takes the slice that `args` describe into a file.
#[cfg(not(feature = "kafka"))]
pub(super) fn take(_: &str, _: &FreezeArgs, _: &Output, _: &Control) -> Result<Taken, Error> {
    Err(Error::usage("--from-kafka: this program is built without Kafka")
        .with_hint("build it with --features kafka"))
}

/// Takes the slice that `args` describe into a file.
#[cfg(feature = "kafka")]
pub(super) fn take(
    bootstrap: &str,
    args: &FreezeArgs,
    output: &Output,
    control: &Control,
) -> Result<Taken, Error> {
    use std::{fs::File, io::BufWriter};

    let names = args.file.to_string_lossy();
    let topics: Vec<String> = names.split(',').map(|name| name.trim().to_owned()).collect();
    // It names a file, too, and a broker knows no other characters.
    let is_legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    if let Some(name) = topics.iter().find(|name| !name.chars().all(is_legal)) {
        return Err(Error::usage(format!("'{}' can't be a topic's name", datasets::short_name(name)))
            .with_hint("letters of a-z, digits, '.', '_' and '-'; several names have commas between"));
    }
    if topics.iter().any(String::is_empty) {
        return Err(Error::usage(format!("'{}' names no topics", datasets::shown(&names)))
            .with_hint("one topic, or several with commas between"));
    }
    let ranges =
        args.kafka.offsets.iter().map(|text| offsets(text, &topics)).collect::<Result<Vec<_>, _>>()?;
    let named = |range: &kafka::OffsetRange| (range.topic.clone(), range.partition);
    if let Some(again) =
        (1..ranges.len()).find(|&at| ranges[..at].iter().any(|other| named(other) == named(&ranges[at])))
    {
        let kafka::OffsetRange { topic, partition, .. } = &ranges[again];
        return Err(Error::usage(format!("--offsets: partition {partition} of {topic} is named twice"))
            .with_hint("one range of each partition"));
    }
    let slice = kafka::Slice {
        bootstrap: bootstrap.to_owned(),
        offsets: ranges,
        topics,
        format: format(&args.kafka)?,
        skew_ms: skew(&args.kafka)?,
        seed: args.kafka.skew_seed.unwrap_or(1),
        since_ms: args.kafka.since.as_deref().map(|text| time("--since", text)).transpose()?,
        until_ms: args.kafka.until.as_deref().map(|text| time("--until", text)).transpose()?,
        properties: super::pairs(&args.kafka.kafka_property)?,
    };
    let system =
        |cause| Error::System { action: "write a slice of topics to", path: std::env::temp_dir(), cause };
    let folder = tempfile::Builder::new().prefix("counterpoint-slice-").tempdir().map_err(system)?;
    let name = if let [only] = &slice.topics[..] { only.as_str() } else { "topics" };
    let file = folder.path().join(format!("{name}.jsonl"));
    let mut out = BufWriter::new(File::create(&file).map_err(system)?);
    let sliced = kafka::slice(&slice, control, &mut out).map_err(|error| match error {
        kafka::SliceError::Interrupted => Error::Interrupted,
        kafka::SliceError::Usage(what, hint) => Error::usage(what).with_hint(hint),
        kafka::SliceError::Failed(what) => Error::input(what),
    })?;
    out.into_inner().map_err(|error| system(error.into_error()))?;
    for note in &sliced.notes {
        output.note(note);
    }
    if sliced.lines == 0 {
        return Err(Error::input(format!("no message of {} is in the slice", datasets::shown(&names)))
            .with_hint("times are those of the messages: widen --since and --until"));
    }
    Ok(Taken { _folder: folder, file, slice: sliced.source })
}

/// A range of offsets: `0=100..200`, `1=50..`, `clicks:2=..900`.
#[cfg(feature = "kafka")]
fn offsets(text: &str, topics: &[String]) -> Result<kafka::OffsetRange, Error> {
    let wrong = |what: &str| {
        Error::usage(format!("--offsets: '{}' {what}", datasets::short_name(text))).with_hint(
            "PARTITION=FROM..UNTIL, either of which may be left out; of several topics TOPIC:PARTITION=…",
        )
    };
    let (place, range) = text.split_once('=').ok_or_else(|| wrong("names no range"))?;
    let (topic, partition) = match (place.rsplit_once(':'), topics) {
        (Some((topic, partition)), _) => (topic, partition),
        (None, [only]) => (only.as_str(), place),
        (None, _) => return Err(wrong("doesn't say of which topic")),
    };
    if !topics.iter().any(|known| known == topic) {
        return Err(wrong("is of a topic that isn't taken"));
    }
    let (from, until) = range.split_once("..").ok_or_else(|| wrong("has no '..' between two offsets"))?;
    let offset = |text: &str| match text.trim() {
        "" => Ok(None),
        digits => digits.parse::<i64>().map(Some),
    };
    let [from, until] = [offset(from), offset(until)]
        .map(|offset| offset.map_err(|_| wrong("has an offset that is no whole number")));
    let (from, until) = (from?, until?);
    if from.is_some_and(|from| from < 0) || from.zip(until).is_some_and(|(from, until)| from >= until) {
        return Err(wrong("holds no offset"));
    }
    let partition = partition.parse().map_err(|_| wrong("names no partition"))?;
    Ok(kafka::OffsetRange { topic: topic.to_owned(), partition, from, until })
}

/// How values are written.
#[cfg(feature = "kafka")]
fn format(args: &crate::cli::KafkaArgs) -> Result<replay::link::MessageFormat, Error> {
    use platform::topics_section::Checked as _;
    use replay::link::{Encoding, MessageFormat};

    MessageFormat {
        encoding: match args.value_format.as_deref() {
            None | Some("json") => Encoding::Json,
            Some("avro") => Encoding::Avro,
            Some("protobuf") => Encoding::Protobuf,
            Some(other) => {
                return Err(Error::usage(format!(
                    "--value-format: '{}' is no format",
                    datasets::short_name(other)
                ))
                .with_hint("json, avro, protobuf"));
            }
        },
        schema: args.value_schema.clone(),
        message: args.value_message.clone(),
        registry: args.value_registry.clone(),
        is_framed: args.value_framed || args.value_registry.is_some(),
    }
    .checked(|key| match key {
        "framed" => "--value-framed".to_owned(),
        key => format!("--value-{key}"),
    })
}

/// By how much partitions may run behind others.
#[cfg(feature = "kafka")]
fn skew(args: &crate::cli::KafkaArgs) -> Result<u64, Error> {
    let Some(text) = &args.skew else {
        return match args.skew_seed {
            None => Ok(0),
            Some(_) => {
                Err(Error::usage("--skew-seed: nothing is drawn without --skew")
                    .with_hint("add '--skew 500ms'"))
            }
        };
    };
    let platform::limits::Length(ns) = text
        .parse()
        .map_err(|why: String| Error::usage(format!("--skew: {why}")).with_hint("such as 500ms or 2s"))?;
    match ns / 1_000_000 {
        0 => Err(Error::usage("--skew: messages' times have milliseconds").with_hint("such as 500ms or 2s")),
        ms => Ok(ms),
    }
}

/// A time in milliseconds since 1970, or written out with its offset.
#[cfg(feature = "kafka")]
fn time(flag: &str, text: &str) -> Result<i64, Error> {
    if let Ok(ms) = text.parse() {
        return Ok(ms);
    }
    text.parse::<jiff::Timestamp>().map(jiff::Timestamp::as_millisecond).map_err(|_| {
        Error::usage(format!("{flag}: '{}' is no time", datasets::short_name(text)))
            .with_hint("2026-11-28T10:00:00Z, 2026-11-28T11:00:00+01:00, or milliseconds since 1970")
    })
}
