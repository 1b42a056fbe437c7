//! Describes what holds of every key: tests that walk the sections, so that a key which is forgotten somewhere is
//! found.

use std::{collections::BTreeSet, fmt::Debug};

use clap::{Args, Command, FromArgMatches};
use compare::Role;
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{DeserializeOwned, Error as _, Visitor, value::Error},
    forward_to_deserialize_any,
};
use toml::{Table, Value};

use super::{
    ExperimentFile, GateSection, ReplaySection,
    choices::{ReplayChoice, effort, gate_section, limits},
    keys::{flags, listed, overridden, set_in},
};
use crate::{
    architecture_sections::{Architecture, KappaSection, LambdaSection, ServingSection},
    execute::identity::{identity, refuse},
    job_section::JobSection,
    own::{OwnSection, ProblemChoice, ReferenceSection},
    recovery_section::RecoverySection,
    sinks_section::PostgresSection,
    topics_section::{HandOverSection, JobKafka, ReplayKafka},
};

/// Every key, and none at its default.
const EVERY: &str = r#"
problem = "sessions"
architecture = "both"
dataset = "data"
dataset_blake3 = "00"
parameters.gap = 5

[stable]
job = "per-record"
command = ["a", "b"]
name = "c"
cwd = "jobs"
env = ["HOME", "A=1"]
input = "json"
output = "emit"
format = "json"
window = 7
stall = "20s"
mode = "retract"
sign = "op"
offset = "record"
close = ["x"]
leave_out = "key = 'x'"
unclosed = "hour"
kafka.output = "counts"
kafka.partitions = 2
kafka.columns = ["hour", "n"]
kafka.key = ["hour"]
kafka.rows = "upsert"
kafka.format = "avro"
kafka.schema = "counts.avsc"
kafka.message = "shop.Old"
kafka.registry = "http://localhost:1"
kafka.framed = true
kafka.start = "first"
kafka.ready = "up"
kafka.timeout = "90s"
kafka.handover.from = ["a0", "b"]
kafka.handover.at = "50%"
kafka.handover.state = "lost"
kafka.handover.start = "first"
kafka.handover.ready = "up"
kafka.handover.window = ["from", "to"]

[candidate]
job = "pre-aggregated"
command = ["d"]
name = "e"
cwd = "."
env = ["B"]
input = "lines"
output = "reply"
format = "csv"
window = 1
stall = "90s"
mode = "upsert"
sign = "diff"
offset = "n"
close = ["y", "z"]
leave_out = "n < 1"
unclosed = "n"
kafka.output = "counts2"
kafka.partitions = 3
kafka.columns = ["n"]
kafka.key = ["n"]
kafka.rows = "debezium"
kafka.format = "protobuf"
kafka.schema = "counts.proto"
kafka.framed = false
kafka.registry = "http://localhost:8081"
kafka.message = "shop.Count"
kafka.start = "last"
kafka.ready = "there"
kafka.timeout = "80s"
kafka.handover.from = ["d0"]
kafka.handover.at = "3 records"
kafka.handover.state = "carried"
kafka.handover.start = "last"
kafka.handover.ready = "there"
kafka.handover.window = ["s", "e"]

[reference]
command = ["t"]
sql = "SELECT 1"
spark = "sc://localhost"
problem = "sessions"
parameters = { gap = 7 }
columns = { key = "user" }
constants = { value = "1" }
select = { n = "count" }
times = "s"
bad_rows = "reject"
file = "t.csv"
blake3 = "00"
dataset_blake3 = "01"
bounds = [1, 2]
env = ["C"]
cwd = "truth"
timeout = "90s"

[[expected]]
where = "n = 1"
why = "known"
until = 2026-12-31

[replay]
order = "shuffled"
pace = "100/s"
trigger = "once"
triggers = ["eager", "every 10 records"]
max_batch = 7
amplify = 4
seed = 9223372036854775807
orders = 3
kafka.bootstrap = "localhost:9092"
kafka.input = "clicks"
kafka.partitions = 6
kafka.key = ["user"]
kafka.timestamp = "at"
kafka.partition = "part"
kafka.headers = { trace = "trace_id" }
kafka.value = "envelope"
kafka.properties = { "linger.ms" = "5" }

[gate]
competitive_ratio = 1.25
competitive_ratio_increase = "-2.5%"
divergence = 40
divergence_increase = "1%"
late = 1
not_emitted = "100%"
rejected = 9223372036854775807
no_window = 0
left_out = "0.001%"
decision_changes = 0
latency_increase = "5%"
latency_tail_increase = "20%"
latency_p99 = "1ms"
throughput_decrease = "15%"
peak_memory = "200MB"
peak_memory_increase = "10%"
view_age = 400
budget = "90s"
error_rate = "0.1%"

[recovery]
guarantee = "at-least-once"
checkpoint_every = 60
durability = "power"
store = "memory"
sink = "postgres"
postgres.url = "host=127.0.0.1 dbname=test"
postgres.table = "counts"
postgres.keep = true
faults = ["crash at record 1050", "5 random crashes"]

[serving]
bug = "lose 5..9"
survives = "power"
log = "kafka://127.0.0.1:9092/clicks"
log_properties = ["a=b", "c=d"]
view = "postgres://me@127.0.0.1/test/counts"
view_after = "drop"

[kappa]
start_at = "10 records"
start = "state"
catch_up = "500/s"
probation = "5%"
keep_old = "0%"
rollback_at = "90%"

[lambda]
every = "30s"
takes = "2 records"
speed = "candidate"
intervals = ["1 record", "50%"]
"#;

fn every() -> ExperimentFile {
    toml::from_str(EVERY).expect("it has known keys alone")
}

/// Takes down which fields a type asks for, and gives none.
struct Fields<'a>(&'a mut &'static [&'static str]);

impl<'de> Deserializer<'de> for Fields<'_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Error> {
        Err(Error::custom("no struct"))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Error> {
        *self.0 = fields;
        Err(Error::custom("its fields are known"))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

fn fields<T: for<'a> Deserialize<'a>>() -> &'static [&'static str] {
    let mut fields: &[&str] = &[];
    assert!(T::deserialize(Fields(&mut fields)).is_err());
    fields
}

/// All keys that a file may have, with their whole names, as serde knows them.
fn schema() -> BTreeSet<String> {
    let sections = [
        ("reference", fields::<ReferenceSection>()),
        ("stable", fields::<JobSection>()),
        ("candidate", fields::<JobSection>()),
        ("replay", fields::<ReplaySection>()),
        ("replay.kafka", fields::<ReplayKafka>()),
        ("stable.kafka", fields::<JobKafka>()),
        ("candidate.kafka", fields::<JobKafka>()),
        ("stable.kafka.handover", fields::<HandOverSection>()),
        ("candidate.kafka.handover", fields::<HandOverSection>()),
        ("gate", fields::<GateSection>()),
        ("recovery", fields::<RecoverySection>()),
        ("recovery.postgres", fields::<PostgresSection>()),
        ("serving", fields::<ServingSection>()),
        ("kappa", fields::<KappaSection>()),
        ("lambda", fields::<LambdaSection>()),
    ];
    let is_key = |name: &&&str| sections.iter().all(|(section, _)| section != *name);
    let plain = fields::<ExperimentFile>().iter().filter(is_key).map(|name| (*name).to_owned());
    let below =
        sections.iter().flat_map(|(section, keys)| keys.iter().map(move |key| format!("{section}.{key}")));
    let is_table = |key: &String| sections.iter().any(|(section, _)| section == key);
    plain.chain(below).filter(|key| !is_table(key)).collect()
}

/// The keys of `[problem]`, which may stand where the name of a problem does.
fn own_keys() -> BTreeSet<String> {
    fields::<OwnSection>().iter().map(|key| format!("problem.{key}")).collect()
}

#[test]
fn the_sample_of_an_own_problem_has_every_key() {
    let text = "name = 'a'\nanswer = 'decisions'\nkey = ['k']\ncolumns = { n = 'ignore' }\nrename = { m = 'n' }\n\
                minimise = 'x'\nmaximise = 'y'\nchecker = ['c']\ncwd = '.'";
    let file: ExperimentFile = toml::from_str(&format!("[problem]\n{text}")).expect("known keys");
    let Some(ProblemChoice::Own(own)) = &file.problem else { panic!("it is one's own") };
    let written = set_in(&**own).expect("plain");
    assert_eq!(written.keys().map(|key| format!("problem.{key}")).collect::<BTreeSet<_>>(), own_keys());
    assert_eq!(toml::from_str::<ExperimentFile>(&file.to_toml()).expect("written"), file);
}

/// The keys of `file` under the names of the schema.
fn keys(file: &Table) -> BTreeSet<String> {
    let maps = [
        "parameters",
        "reference.parameters",
        "reference.columns",
        "reference.constants",
        "reference.select",
        "replay.kafka.properties",
        "replay.kafka.headers",
    ];
    let name = |(key, _): (String, String)| {
        let of = |map: &&&str| key.strip_prefix(**map).is_some_and(|rest| rest.starts_with('.'));
        maps.iter().find(of).map_or(key.clone(), |map| (*map).to_owned())
    };
    listed(file).into_iter().map(name).collect()
}

#[test]
fn the_sample_has_every_key() {
    assert!(schema().len() >= 40);
    assert_eq!(keys(&set_in(&every()).expect("small numbers")), schema());
}

/// Each key alone goes before the file's, and the file's others stay.
fn check_overriding<T: Serialize + DeserializeOwned + Default + PartialEq + Debug>(section: &T) {
    let keys = set_in(section).expect("small numbers");
    let none = T::default();
    assert_eq!(&overridden(section, &none).expect("no number"), section);
    assert_eq!(&overridden(&none, section).expect("small numbers"), section);
    for (name, value) in &keys {
        let one: T = Table::from_iter([(name.clone(), value.clone())]).try_into().expect("one key");
        let mut others = keys.clone();
        others.remove(name);
        let others: T = others.try_into().expect("the others");
        assert_eq!(&overridden(&others, &one).expect("small numbers"), section, "{name}");
        let changed: T = Table::from_iter([(name.clone(), other(name, value))]).try_into().expect("one key");
        let over = overridden(section, &changed).expect("small numbers");
        assert_eq!(overridden(&over, &one).expect("small numbers"), *section, "{name}");
        assert_ne!(&over, section, "{name}");
    }
}

/// Another value of the kind.
fn other(name: &str, value: &Value) -> Value {
    match value {
        Value::Integer(number) => Value::Integer(number ^ 1),
        Value::Float(number) => Value::Float(number + 1.0),
        Value::Boolean(is) => Value::Boolean(!is),
        Value::Array(_) if name == "intervals" => Value::Array(vec!["17s".into()]),
        Value::Array(_) => Value::Array(vec!["once".into()]),
        Value::String(text) if text.ends_with('%') => "33%".into(),
        Value::String(_) if name == "peak_memory" => "1kB".into(),
        Value::String(text) if text.ends_with('s') => "17s".into(),
        Value::Table(keys) => {
            let mut keys = keys.clone();
            let (name, value) =
                keys.iter().next().map(|(name, value)| (name.clone(), value.clone())).expect("a key");
            keys.insert(name.clone(), other(&name, &value));
            keys.into()
        }
        value => format!("{}x", value.as_str().expect("a text")).into(),
    }
}

/// A section without the table that no flag says.
fn without_kafka(section: &ReplaySection) -> ReplaySection {
    ReplaySection { kafka: None, ..section.clone() }
}

/// A section without the table of a server, which no flag says.
fn without_postgres(section: &RecoverySection) -> RecoverySection {
    RecoverySection { postgres: None, ..section.clone() }
}

/// The table in which a key with its whole name stands, and its last name.
fn table_of<'a>(mut table: &'a mut Table, key: &str) -> (&'a mut Table, String) {
    let mut rest = key;
    while let Some((section, name)) = rest.split_once('.').filter(|_| !table.contains_key(rest)) {
        table = table[section].as_table_mut().expect("a section");
        rest = name;
    }
    (table, rest.to_owned())
}

#[test]
fn each_key_goes_before_the_file() {
    check_overriding(&every().replay);
    check_overriding(&every().gate);
    check_overriding(&every().recovery);
    check_overriding(&every().serving);
    check_overriding(&every().kappa);
    check_overriding(&every().lambda);
}

#[test]
fn a_number_that_no_file_holds_is_refused_by_its_key() {
    let section = ReplaySection { seed: Some(1 << 63), ..ReplaySection::default() };
    let error = overridden(&ReplaySection::default(), &section).expect_err("it can't be written");
    assert_eq!(error.to_string(), "seed must be below 2^63, not 9223372036854775808");
    assert!(error.is_usage());
}

/// Returns what a command line of `section`'s flags is read as.
fn read_back<T: Serialize + Args + FromArgMatches>(section: &T) -> T {
    let flags = flags(section).expect("small numbers");
    assert!(!flags.is_empty());
    let words = flags.into_iter().flat_map(|(name, value)| [format!("--{name}"), value]);
    let matches = T::augment_args(Command::new("x").no_binary_name(true)).get_matches_from(words);
    T::from_arg_matches(&matches).expect("its own flags")
}

#[test]
fn flags_say_what_the_sections_say() {
    let file = every();
    assert_eq!(read_back(&file.replay), without_kafka(&file.replay));
    assert_eq!(read_back(&file.gate), file.gate);
    assert_eq!(read_back(&file.recovery), without_postgres(&file.recovery));
    assert_eq!(read_back(&file.serving), file.serving);
    assert_eq!(read_back(&file.kappa), file.kappa);
    assert_eq!(read_back(&file.lambda), file.lambda);
    let jobs = ExperimentFile {
        stable: None,
        candidate: Some(JobSection::of_job("a b".to_owned())),
        reference: ReferenceSection::default(),
        expected: Vec::new(),
        replay: without_kafka(&file.replay),
        recovery: without_postgres(&file.recovery),
        ..file
    };
    let command = jobs.command("counterpoint", "gate");
    for part in [
        "counterpoint gate --dataset data --problem sessions --set gap=5 --candidate 'a b' --order shuffled",
        " --triggers 'eager,every 10 records' --max-batch 7 ",
        " --competitive-ratio 1.25 --competitive-ratio-increase -2.5% --divergence 40 ",
        " --fault 'crash at record 1050' --fault '5 random crashes'",
    ] {
        assert!(command.contains(part), "{part}: {command}");
    }
    assert_eq!(every().command("mine", "run"), "mine run experiment.toml");
}

/// The keys that may change between a stop and `--resume`. A new key isn't among them unless it is written here, too.
const MAY_CHANGE: [&str; 9] = [
    "dataset",
    "replay.triggers",
    "replay.orders",
    "recovery.store",
    "recovery.faults",
    "serving.log",
    "serving.log_properties",
    "serving.view",
    "serving.view_after",
];

#[test]
fn each_key_that_changes_has_its_checkpoints_refused() {
    let file = set_in(&every()).expect("small numbers");
    for key in listed(&file).into_iter().map(|(key, _)| key) {
        let mut changed = file.clone();
        let section = key.split_once('.').map_or("", |(section, _)| section);
        let (keys, name) = table_of(&mut changed, &key);
        let value = other(&name, &keys[&name]);
        keys.insert(name, value);
        for role in Role::BOTH {
            let may_change = MAY_CHANGE.contains(&key.as_str())
                || section == "gate"
                || (Role::BOTH.iter()).any(|other| *other != role && section == other.name());
            let is_same = identity(&changed, role) == identity(&file, role);
            assert_eq!(is_same, may_change, "{key} of {role}");
        }
    }
}

#[test]
fn a_key_that_is_new_has_older_checkpoints_refused() {
    /// A copy of a section as a later program may have it.
    #[derive(Serialize)]
    struct Later {
        #[serde(flatten)]
        replay: ReplaySection,
        skew: Option<u32>,
    }
    #[derive(Serialize)]
    struct LaterFile {
        stable: Option<JobSection>,
        replay: Later,
    }
    let file = |skew| {
        let ExperimentFile { stable, replay, .. } = every();
        LaterFile { stable, replay: Later { replay, skew } }
    };
    let [none, one, two] = [None, Some(1), Some(2)].map(|skew| identity(&file(skew), Role::Stable));
    let refusal = |found: &str, own: &str| {
        let error = refuse(found, own);
        assert!(!error.is_usage());
        error.to_string()
    };
    assert!(refusal(&one, &two).ends_with("taken with replay.skew = 1; this run has replay.skew = 2"));
    assert!(refusal(&none, &two).ends_with("taken with replay.skew = none; this run has replay.skew = 2"));
    assert!(refusal(&two, &none).ends_with("taken with replay.skew = 2; this run has replay.skew = none"));
}

/// The rows of the page's table: key, flag, type, default, meaning.
fn documented() -> Vec<[String; 5]> {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/experiment.md");
    let page = std::fs::read_to_string(page).expect("the page");
    let rows = page.lines().filter(|line| line.starts_with("| `"));
    rows.map(|row| {
        let cells: Vec<String> =
            row.trim_matches('|').split(" | ").map(|cell| cell.trim().to_owned()).collect();
        cells.try_into().unwrap_or_else(|cells| panic!("five cells: {cells:?}"))
    })
    .collect()
}

#[test]
fn the_page_has_every_key() {
    let rows = documented();
    let keys: BTreeSet<String> = rows.iter().map(|[key, ..]| key.trim_matches('`').to_owned()).collect();
    assert_eq!(keys, schema().union(&own_keys()).cloned().collect());
    assert_eq!(rows.len(), keys.len(), "a key stands there twice");
    for [key, flag, kind, default, meaning] in &rows {
        assert!([flag, kind, default, meaning].iter().all(|cell| !cell.is_empty()), "{key}");
    }
}

/// The sections whose keys are flags.
const SECTIONS: [&str; 6] = ["replay.", "gate.", "recovery.", "serving.", "kappa.", "lambda."];

/// The flags of a section by key.
fn known_flags<T: Args>(section: &str) -> Vec<(String, String)> {
    let command = T::augment_args(Command::new("x"));
    let name = |flag: &clap::Arg| {
        let long = flag.get_long().expect("it has a name");
        (format!("{section}.{}", flag.get_id()), format!("`--{long}`"))
    };
    command.get_arguments().map(name).collect()
}

#[test]
fn the_page_has_every_flag() {
    let flags = [
        known_flags::<ReplaySection>("replay"),
        known_flags::<GateSection>("gate"),
        known_flags::<RecoverySection>("recovery"),
        known_flags::<ServingSection>("serving"),
        known_flags::<KappaSection>("kappa"),
        known_flags::<LambdaSection>("lambda"),
    ]
    .concat();
    let in_sections =
        schema().into_iter().filter(|key| SECTIONS.iter().any(|section| key.starts_with(section)));
    let in_sections =
        in_sections.filter(|key| !key.starts_with("replay.kafka.") && !key.starts_with("recovery.postgres."));
    assert_eq!(flags.iter().map(|(key, _)| key.clone()).collect::<BTreeSet<_>>(), in_sections.collect());
    let rows = documented();
    for (key, flag) in flags {
        let row = rows.iter().find(|row| row[0] == format!("`{key}`")).expect("the page has every key");
        assert!(row[1].starts_with(&flag), "{key}: {}", row[1]);
    }
}

#[test]
fn the_page_has_every_default() {
    let none = ExperimentFile::default();
    let (budget, error_rate) = effort(&none.gate).expect("nothing is set");
    let gate = |problem| {
        let problem =
            crate::catalog::Catalog::shipped().problem(problem).expect("it is in the catalogue").info();
        gate_section(&limits(&none.gate, &problem).expect("nothing is set"))
    };
    let effort = GateSection { budget: Some(budget), error_rate: Some(error_rate), ..GateSection::default() };
    let some = RecoverySection { sink: Some("file".to_owned()), ..RecoverySection::default() };
    let recovery = some.choice().expect("a sink").expect("something is set").section();
    let both = ExperimentFile { architecture: Some(Architecture::Both), ..ExperimentFile::default() };
    let both = both.architectures().choice().expect("nothing else is set").expect("both");
    let (serving, kappa, lambda) = both.sections();
    let replay = ReplayChoice::of(&none.replay).expect("nothing is set").section();
    let sections = [
        ("replay", set_in(&replay)),
        ("gate", set_in(&gate("bin-packing"))),
        ("gate", set_in(&gate("windowed-aggregation"))),
        ("gate", set_in(&effort)),
        ("recovery", set_in(&recovery)),
        ("serving", set_in(&serving)),
        ("kappa", set_in(&kappa)),
        ("lambda", set_in(&lambda)),
    ];
    let defaults: Vec<(String, String)> = sections
        .into_iter()
        .flat_map(|(section, keys)| {
            let keys = listed(&keys.expect("small numbers")).into_iter();
            keys.map(move |(key, value)| (format!("`{section}.{key}`"), format!("`{value}`")))
        })
        .collect();
    for [key, _, _, default, _] in documented() {
        let own: Vec<_> = defaults.iter().filter(|(name, _)| *name == key).collect();
        assert!(
            own.iter().all(|(_, value)| default.starts_with(value.as_str())),
            "{key}: {default}, {own:?}"
        );
        assert!(
            !own.is_empty() || !default.starts_with('`'),
            "{key} has no default, and the page says {default}"
        );
    }
}
