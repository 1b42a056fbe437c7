//! Shows what becomes of a serving view when its server fails: the postmaster, or its backends, are sent SIGKILL in the middle of an
//! upgrade, and it is started again after a second where it takes that, while somebody reads. Each run must end well, with the candidate's answer in the table, and
//! each read must be one served epoch: the same rows whenever it is read, in whichever run.
//!
//! ```text
//! cargo build --features postgres
//! cargo run -p postgres_sink --example postgres_view_faults -- [RUNS] [PORT] [PROGRAM]
//! ```

mod server;

use std::{
    collections::{BTreeMap, BTreeSet},
    error::Error,
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use datasets::{SplitMix64, WorkFolder};
use server::{Kill, Postgres};
use tokio::runtime::Runtime;
use tokio_postgres::{Client, NoTls, Row};

const RECORDS: u64 = 400;
const RIGHT: &str = "the candidate's answer, and each read one epoch";
/// A run that takes longer hangs.
const LONGEST: Duration = Duration::from_mins(3);

/// The rows of each epoch, as they were read: of a deployment, by its number.
type Epochs = BTreeMap<(i64, i64), BTreeSet<String>>;

fn main() -> Result<(), Box<dyn Error>> {
    let mut words = std::env::args().skip(1);
    let runs: u64 = words.next().map_or(Ok(20), |word| word.parse())?;
    let port: u16 = words.next().map_or(Ok(15833), |word| word.parse())?;
    let program: PathBuf = words.next().map_or_else(|| "target/debug/counterpoint".into(), PathBuf::from);
    let server = Postgres::new(port);
    server.start()?;
    let tried = try_all(&server, &fs::canonicalize(program)?, (runs, port));
    server.script(&["clean"])?;
    tried
}

fn try_all(server: &Postgres, program: &Path, (runs, port): (u64, u16)) -> Result<(), Box<dyn Error>> {
    let folder = WorkFolder::new(&std::env::temp_dir())?;
    let words = "generate events --seed 1 --to clicks --set keys=4 --set rate=20 --set max-delay=500";
    let mut generate = Command::new(program);
    generate.current_dir(folder.path()).args(words.split(' ')).args(["--records", &RECORDS.to_string()]);
    if !generate.stdout(Stdio::null()).status()?.success() {
        return Err("no dataset".into());
    }
    let (mut outcomes, mut epochs, mut random) =
        (BTreeMap::<String, u64>::new(), Epochs::new(), SplitMix64::new(1));
    let (mut reads, mut slowest) = (0, Duration::ZERO);
    for run in 0..=runs {
        // Of the first one nobody kills the server.
        let strike = (run > 0).then(|| random.uniform(1, RECORDS - 1));
        let began = Instant::now();
        let trial = Trial { folder: folder.path(), program, server, run };
        let (outcome, read) = trial.outcome(port, strike, &mut epochs)?;
        reads += read;
        slowest = slowest.max(began.elapsed());
        *outcomes.entry(outcome).or_default() += 1;
    }
    println!(
        "{} runs, the first of them undisturbed: {outcomes:?}; {reads} reads of {} epochs; slowest {:.1} s",
        runs + 1,
        epochs.len(),
        slowest.as_secs_f64()
    );
    if outcomes.keys().all(|outcome| outcome == RIGHT) { Ok(()) } else { Err("a view went wrong".into()) }
}

/// One run.
struct Trial<'a> {
    folder: &'a Path,
    program: &'a Path,
    server: &'a Postgres,
    run: u64,
}

impl Trial<'_> {
    fn start(&self, port: u16) -> Result<Child, Box<dyn Error>> {
        let words = "run --dataset clicks --set window=tumbling:1000 --stable per-record --candidate pre-aggregated --architecture kappa";
        let view = format!("postgres://counterpoint@127.0.0.1:{port}/counterpoint/faults_{}", self.run);
        let mut command = Command::new(self.program);
        command.current_dir(self.folder).args(words.split(' ')).args(["--view", &view]);
        command.args(["--out", &format!("run-{}", self.run)]).stdout(Stdio::null()).stderr(Stdio::piped());
        Ok(command.spawn()?)
    }

    /// Returns how it went, and how many reads there were.
    fn outcome(
        &self,
        port: u16,
        strike: Option<u64>,
        epochs: &mut Epochs,
    ) -> Result<(String, u64), Box<dyn Error>> {
        let mut reader = Reader::new(self.server.url(), self.run)?;
        let mut child = self.start(port)?;
        let (began, mut reads, mut strike) = (Instant::now(), 0, strike);
        let status = loop {
            if let Some(status) = child.try_wait()? {
                break status;
            }
            if began.elapsed() > LONGEST {
                child.kill()?;
                return Ok(("it hangs".to_owned(), reads));
            }
            let Some((records, of, rows)) = reader.read() else {
                thread::sleep(Duration::from_millis(5));
                continue;
            };
            reads += 1;
            if epochs.entry(of).or_insert_with(|| rows.clone()) != &rows {
                child.kill()?;
                return Ok((format!("two answers of epoch {of:?}"), reads));
            }
            if strike.take_if(|strike| records >= *strike).is_some() {
                // Now and then it is the backends, and the server restarts by itself.
                let victim = if self.run.is_multiple_of(4) { Kill::Backends } else { Kill::Postmaster };
                self.server.kill(victim)?;
            }
        };
        if !status.success() || strike.is_some() {
            let mut said = String::new();
            if let Some(mut stderr) = child.stderr.take() {
                std::io::Read::read_to_string(&mut stderr, &mut said)?;
            }
            let was = if strike.is_some() { "nobody was killed" } else { "failed" };
            return Ok((format!("{was}: {}", said.lines().last().unwrap_or_default()), reads));
        }
        let answer = fs::read_to_string(self.folder.join(format!("run-{}/answers/candidate.csv", self.run)))?;
        let wanted: BTreeSet<String> = answer.lines().skip(1).map(str::to_owned).collect();
        let found = reader.read().ok_or("the view can't be read")?.2;
        Ok((if found == wanted { RIGHT } else { "another answer" }.to_owned(), reads))
    }
}

/// Somebody who reads the view, and connects again where the server was away.
struct Reader {
    url: String,
    query: String,
    runtime: Runtime,
    client: Option<Client>,
}

impl Reader {
    fn new(url: String, run: u64) -> Result<Self, Box<dyn Error>> {
        let query = format!(
            "SELECT records, deployment, epoch, concat_ws(',', window_start_ms, window_end_ms, key, count, sum, min, max)
             FROM faults_{run}_view LEFT JOIN faults_{run} ON true WHERE epoch IS NOT NULL"
        );
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        Ok(Self { url, query, runtime, client: None })
    }

    /// Reads records, epoch and rows at one moment, if the server is there and shows an epoch.
    fn read(&mut self) -> Option<(u64, (i64, i64), BTreeSet<String>)> {
        let Self { url, query, runtime, client } = self;
        let found = runtime.block_on(async {
            if client.is_none() {
                let (fresh, connection) = tokio_postgres::connect(url, NoTls).await.ok()?;
                tokio::spawn(async { drop(connection.await) });
                *client = Some(fresh);
            }
            let asked = client.as_ref()?.query(query.as_str(), &[]).await;
            if asked.is_err() {
                *client = None;
            }
            asked.ok()
        })?;
        let first: &Row = found.first()?;
        let rows = found.iter().map(|row| row.get::<_, String>(3)).filter(|row| !row.is_empty()).collect();
        Some((first.get::<_, i64>(0).cast_unsigned(), (first.get(1), first.get(2)), rows))
    }
}
