//! Where Python has libCacheSim, its misses are ours: LRU, FIFO, CLOCK, LFU, SIEVE, ARC and Belady's MIN on random traces.
//!
//! `pip install libcachesim==0.3.5`; the environment variable `PYTHON` names another Python than `python3`. Without the
//! package the test says so and passes. S3-FIFO and W-TinyLFU are left out: in libCacheSim they differ from their papers.

use std::{
    fmt::Write as _,
    fs,
    io::Write as _,
    path::Path,
    process::{Command, Stdio},
};

use datasets::{Insertion, Request, SplitMix64};
use stream::{
    Deciding, Version,
    jobs::caching::{Arc, Cache, Clock, Fifo, Lfu, Lru, Sieve},
};

const POLICIES: [&str; 7] = ["lru", "fifo", "clock", "lfu", "sieve", "arc", "min"];
const TRACES: u64 = 400;

struct Trace {
    requests: Vec<Request>,
    cache_size: u64,
}

impl Trace {
    fn draw(seed: u64) -> Self {
        let mut random = SplitMix64::new(seed);
        let (keys, cache_size) = (random.uniform(1, 100), random.uniform(1, 40));
        let records = random.uniform(1, 1500);
        let mut draw = || {
            let most = random.uniform(0, keys - 1);
            Request { key: random.uniform(0, most) as u32, size: 1 }
        };
        Self { requests: (0..records).map(|_| draw()).collect(), cache_size }
    }

    /// Writes it as `oracleGeneral`, with the next requests.
    fn write(&self, path: &Path) {
        let mut upcoming = [-1_i64; 100];
        let mut records = Vec::new();
        for (at, request) in (1..).zip(&self.requests).collect::<Vec<_>>().into_iter().rev() {
            let next = std::mem::replace(&mut upcoming[request.key as usize], at);
            let (time, object, size) = (at as u32, u64::from(request.key) + 1, 1_u32);
            let fields =
                [&time.to_le_bytes()[..], &object.to_le_bytes(), &size.to_le_bytes(), &next.to_le_bytes()];
            records.push(fields.concat());
        }
        records.reverse();
        fs::write(path, records.concat()).expect("a write to a scratch folder");
    }

    fn misses(&self, policy: &str) -> usize {
        let size = self.cache_size;
        let mut job: Box<dyn Version<Request>> = match policy {
            "lru" => Box::new(Deciding(Cache::new(size, Lru::new))),
            "fifo" => Box::new(Deciding(Cache::new(size, Fifo::new))),
            "clock" => Box::new(Deciding(Cache::new(size, Clock::new))),
            "lfu" => Box::new(Deciding(Cache::new(size, Lfu::new))),
            "sieve" => Box::new(Deciding(Cache::new(size, Sieve::new))),
            "arc" => Box::new(Deciding(Cache::new(size, Arc::new))),
            _ => {
                let reference = batch::caching::reference(&self.requests, size, Insertion::Forced);
                return reference.upper.value as usize;
            }
        };
        let mut answers = Vec::new();
        job.push_chunk(&self.requests, &mut answers);
        answers.iter().filter(|&&answer| answer != Request::HIT).count()
    }
}

#[test]
fn libcachesim_misses_as_often() {
    let python = std::env::var("PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let has_package = Command::new(&python).args(["-c", "import libcachesim"]).output();
    if !has_package.is_ok_and(|output| output.status.success()) {
        println!("skipped: {python} has no libcachesim");
        return;
    }
    let folder = tempfile::tempdir().expect("a scratch folder");
    let traces: Vec<Trace> = (0..TRACES).map(Trace::draw).collect();
    let mut asked = String::new();
    for (number, trace) in traces.iter().enumerate() {
        let path = folder.path().join(format!("{number}.oracleGeneral"));
        trace.write(&path);
        for policy in POLICIES {
            writeln!(asked, "{} {} {policy}", path.display(), trace.cache_size).expect("a string takes all");
        }
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/cache_peers.py");
    let mut child = Command::new(python)
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("Python runs");
    let mut input = child.stdin.take().expect("it is piped");
    let writer = std::thread::spawn(move || input.write_all(asked.as_bytes()).expect("Python reads"));
    let output = child.wait_with_output().expect("Python ends");
    writer.join().expect("all was written");
    let said = String::from_utf8(output.stdout).expect("text");
    assert_eq!(said.lines().count(), traces.len() * POLICIES.len());
    let runs = traces.iter().flat_map(|trace| POLICIES.map(|policy| (trace, policy)));
    for ((trace, policy), line) in runs.zip(said.lines()) {
        let theirs = line.split_once(' ').and_then(|(misses, _)| misses.parse().ok());
        let Trace { requests, cache_size } = trace;
        assert_eq!(Some(trace.misses(policy)), theirs, "{policy}, {cache_size}: {requests:?}");
    }
}
