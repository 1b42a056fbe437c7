//! Shows what whole runs of the program come to when something is killed on the way: the broker, which is started again, or the
//! program itself, which is not. A run gives the right verdict or none; one that was killed leaves nothing half-written, and the
//! next one is right and removes its topics.
//!
//! ```text
//! cargo build --release --features kafka
//! cargo run --release -p kafka --example kafka_kills -- target/release/counterpoint [RUNS] [PORT] [broker|program]
//! ```
//!
//! Starts a broker of its own with `scripts/engines/kafka.sh`, on loopback, and removes it.

mod copying;
mod server;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    sync::atomic::AtomicBool,
    time::{Duration, Instant},
};

use copying::{Fate, PARTITIONS, copy};
use rdkafka::{
    ClientConfig,
    consumer::{BaseConsumer, Consumer},
};
use server::Server;

const RECORDS: u32 = 4000;
/// So that there is a middle in which something can happen.
const PACE: &str = "2000/s";
/// Begins the names of the topics.
const TOPICS: &str = "kills-";
const SOON: Duration = Duration::from_secs(10);
/// The exit code of a run in which records went out later than they were due.
const LATE: i32 = 6;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let number = |at: usize, usual: u16| words.get(at).map_or(usual, |word| word.parse().expect("a number"));
    match words.first().map(String::as_str) {
        Some("--copy") => be_a_job(),
        Some(program) => {
            let program =
                Path::new(program).canonicalize().expect("the program, built with --features kafka");
            let place = Place::new(program, Server::new("kills", number(2, 19393)));
            place.tried(number(1, 20).into(), words.get(3).map(String::as_str));
            place.server.clean();
        }
        None => println!("usage: kafka_kills PROGRAM [RUNS] [PORT] [broker|program]"),
    }
}

fn be_a_job() {
    let told = |name: &str| std::env::var(format!("COUNTERPOINT_KAFKA_{name}")).expect("told by the program");
    let (input, output, id) = (told("INPUT"), told("OUTPUT"), told("ID"));
    copy(&told("BOOTSTRAP"), [&input, &output, &id], &AtomicBool::new(false), &mut |_| {
        Fate::of(false, false)
    });
}

/// A folder with a dataset and an experiment.
struct Place {
    program: PathBuf,
    server: Server,
    folder: tempfile::TempDir,
}

impl Place {
    fn new(program: PathBuf, server: Server) -> Self {
        let place = Self { program, server, folder: tempfile::tempdir().expect("a folder") };
        let mut lines = vec!["n".to_owned()];
        lines.extend((0..RECORDS).map(|n| n.to_string()));
        std::fs::write(place.path("n.csv"), lines.join("\n")).expect("a file");
        let job = std::env::current_exe().expect("this program").display().to_string();
        let version = |role: &str| {
            let kafka =
                format!("{{ output = \"{TOPICS}out\", columns = [\"n\"], partitions = {PARTITIONS} }}");
            format!("[{role}]\nname = \"{role}\"\ncommand = ['{job}', \"--copy\"]\nkafka = {kafka}\n")
        };
        let experiment = format!(
            "dataset = \"data\"\n[problem]\nname = \"copies\"\nkey = [\"n\"]\n[reference]\nfile = \"n.csv\"\n\
             [replay]\npace = \"{PACE}\"\n[replay.kafka]\nbootstrap = \"{}\"\ninput = \"{TOPICS}in\"\npartitions = {PARTITIONS}\n\
             {}{}[gate]\ndivergence = 0\n",
            place.server.bootstrap(),
            version("stable"),
            version("candidate"),
        );
        std::fs::write(place.path("e.toml"), experiment).expect("a file");
        let frozen = place.begin(&["freeze", "n.csv", "--to", "data"]).wait_with_output().expect("an end");
        assert!(frozen.status.success(), "{}", last_words(&frozen));
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn begin(&self, words: &[&str]) -> Child {
        Command::new(&self.program)
            .args(words)
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts")
    }

    fn begin_run(&self, name: &str) -> Child {
        self.begin(&["gate", "e.toml", "--out", name])
    }

    /// Kills the one that is named, or both in turn.
    fn tried(&self, runs: u32, only: Option<&str>) {
        let start = Instant::now();
        let undisturbed = self.ended(self.begin_run("undisturbed"), "undisturbed");
        assert!(undisturbed.starts_with("right"), "{undisturbed}");
        let took = start.elapsed();
        println!("undisturbed: {undisturbed} in {:.1} s", took.as_secs_f64());
        let strike = |run: u32| took.mul_f64(0.05 + 0.9 * f64::from(run * 37 % 100) / 100.0);
        let table = |what: &str, run: &dyn Fn(u32) -> String| {
            let mut outcomes: BTreeMap<String, u32> = BTreeMap::new();
            for n in 0..runs {
                *outcomes.entry(run(n)).or_default() += 1;
            }
            println!("{what}: {outcomes:?}");
            assert!(outcomes.keys().all(|outcome| !outcome.contains("WRONG")), "{outcomes:?}");
        };
        if only != Some("program") {
            table("the broker is killed and started again", &|n| self.without_broker(n, strike(n)));
        }
        if only != Some("broker") {
            table("the program is killed", &|n| self.killed(n, strike(n)));
        }
    }

    /// A run in which the broker goes away and comes back.
    fn without_broker(&self, n: u32, strike: Duration) -> String {
        let name = format!("broker-{n}");
        let child = self.begin_run(&name);
        std::thread::sleep(strike);
        self.server.kill();
        self.server.start();
        self.ended(child, &name)
    }

    /// A run that is killed, and the one after it in the same place.
    fn killed(&self, n: u32, strike: Duration) -> String {
        let name = format!("killed-{n}");
        let mut child = self.begin_run(&name);
        std::thread::sleep(strike);
        let is_over = child.try_wait().expect("our child").is_some();
        child.kill().expect("our child");
        child.wait().expect("our child");
        if is_over {
            return "over before it was killed".to_owned();
        }
        let left = self.topics();
        if self.path(&name).exists() {
            return "WRONG: a run stands that was killed".to_owned();
        }
        let next = self.ended(self.begin_run(&name), &name);
        let since = Instant::now();
        while !self.topics().is_empty() {
            if since.elapsed() > SOON {
                return format!("WRONG: topics are left: {}", self.topics().join(", "));
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        let had = if left.is_empty() { "no topics yet" } else { "topics" };
        format!("no verdict, {had}; the next run is {next} and leaves none")
    }

    /// Waits for a run: what it came to.
    fn ended(&self, child: Child, name: &str) -> String {
        let output = child.wait_with_output().expect("an end");
        let results = std::fs::read_to_string(self.path(name).join("results.json"));
        let Ok(results) = results else {
            let (code, words) = (output.status.code(), last_words(&output));
            let words: String = words.chars().filter(|c| !c.is_ascii_digit()).take(90).collect();
            return match code {
                Some(0 | 3) | None => format!("WRONG: {code:?} without results: {words}"),
                Some(code) => format!("no verdict ({code}): {words}"),
            };
        };
        let results: serde_json::Value = serde_json::from_str(&results).expect("JSON");
        let mut wrong = Vec::new();
        for role in ["stable", "candidate"] {
            let version = &results[role];
            let equal = &version["answer"]["table"]["divergence"]["equal"];
            // Each record is accounted for: a job behind topics doesn't tell what it has done with one.
            let ledger = version["ledger"].as_object().expect("an object");
            let parts =
                ledger.iter().filter(|(name, _)| *name != "records" && !name.starts_with("superseded"));
            let sum: u64 = parts.filter_map(|(_, count)| count.as_u64()).sum();
            if *equal != RECORDS || ledger["records"] != RECORDS || sum != u64::from(RECORDS) {
                wrong.push(format!("{role}: {equal} rows are equal, the ledger has {}", version["ledger"]));
            }
        }
        match (output.status.code(), wrong.is_empty()) {
            (Some(0), true) => "right".to_owned(),
            // The verdict of the rows stands, and of the time there is none, which is as it should be.
            (Some(LATE), true) if results["verdict"]["outcome"] == "pass" => {
                "right, its pace not kept".to_owned()
            }
            (code, _) => format!("WRONG: {code:?}, {}", wrong.join("; ")),
        }
    }

    /// The topics that runs have made and not removed.
    fn topics(&self) -> Vec<String> {
        let client: BaseConsumer =
            ClientConfig::new().set("bootstrap.servers", self.server.bootstrap()).create().expect("a client");
        let found = client.fetch_metadata(None, SOON).expect("an answer");
        let names = found.topics().iter().map(|topic| topic.name().to_owned());
        names.filter(|name| name.starts_with(TOPICS)).collect()
    }
}

fn last_words(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).lines().next().unwrap_or_default().to_owned()
}
