//! Measures what the way to a job costs, against a bare pair of processes that push the same bytes through pipes in the same
//! run: `cargo run --release -p replay --example pipe_speed`.
//!
//! Each figure is the median of several rounds, in which ours and the bare pair take turns.

use std::{
    error::Error,
    io::{Read, Write},
    process::{Child, Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use datasets::{Frozen, GenericOptions, Keys, Line, Record, Records, freeze_generic};
use nix::sys::{
    resource::{Usage, UsageWho, getrusage},
    time::TimeValLike,
};
use replay::{
    Control,
    link::{Attached, Emissions, Emit, Emitting, Input, Wire},
    process::{Environment, Launch, NullJob, Process, ProcessLimits},
};
use stream::Version;

const ROUNDS: usize = 7;
/// Bytes that a bare pair moves at once.
const BLOCK: usize = 64 * 1024;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => measure(),
        ["sink"] => Ok(sink()?),
        ["echo"] => Ok(echo()?),
        _ => match NullJob::of(&arguments) {
            Some(job) => Ok(job.run()?),
            None => Err("no such part".into()),
        },
    }
}

/// Reads all there is.
fn sink() -> std::io::Result<()> {
    let mut block = vec![0; BLOCK];
    let mut input = std::io::stdin().lock();
    while input.read(&mut block)? > 0 {}
    Ok(())
}

/// Sends back what it has read.
fn echo() -> std::io::Result<()> {
    let mut block = vec![0; BLOCK];
    let (mut input, mut output) = (std::io::stdin().lock(), std::io::stdout().lock());
    loop {
        let length = input.read(&mut block)?;
        if length == 0 {
            return Ok(());
        }
        output.write_all(&block[..length])?;
        output.flush()?;
    }
}

/// Describes how long a round took, altogether and of processors' time: ours and the job's.
#[derive(Debug, Clone, Copy)]
struct Took {
    wall: Duration,
    ours: Duration,
    jobs: Duration,
}

fn processor(who: UsageWho) -> Result<Duration, nix::Error> {
    let used: Usage = getrusage(who)?;
    let micros = used.user_time().num_microseconds() + used.system_time().num_microseconds();
    Ok(Duration::from_micros(micros.unsigned_abs()))
}

fn took(work: impl FnOnce() -> Result<Duration, Box<dyn Error>>) -> Result<Took, Box<dyn Error>> {
    let before = [processor(UsageWho::RUSAGE_SELF)?, processor(UsageWho::RUSAGE_CHILDREN)?];
    let wall = work()?;
    let after = [processor(UsageWho::RUSAGE_SELF)?, processor(UsageWho::RUSAGE_CHILDREN)?];
    Ok(Took { wall, ours: after[0].saturating_sub(before[0]), jobs: after[1].saturating_sub(before[1]) })
}

/// Freezes so many records, and loads them as lines, which is how any dataset is loaded for a job outside.
fn load(count: usize) -> Result<(Records<Line>, String), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let (file, target) = (folder.path().join("clicks.csv"), folder.path().join("clicks"));
    let mut csv = "time,user,page,amount\n".to_owned().into_bytes();
    for at in 0..count {
        let (time, user, page) = (1_700_000_000 + at, at % 9973, at % 50);
        writeln!(csv, "{time},user-{user:05},/page/{page},{}.{:02}", at % 300, at % 100)?;
    }
    std::fs::write(&file, csv)?;
    freeze_generic(&file, &GenericOptions::default(), &target, &|| true)?;
    let frozen = Frozen::open(&target)?;
    Ok((frozen.load::<Line>()?, frozen.header::<Line>()))
}

/// Says how records are written: as bytes that stand together already, or each by itself, as it is in another order.
fn wire(loaded: &Records<Line>, header: &str, is_whole: bool) -> Arc<Wire<Line>> {
    Arc::new(Wire {
        role: "stable",
        name: "null job".to_owned(),
        header: header.to_owned(),
        line: Line::write,
        keys: Arc::new(loaded.keys.clone()),
        input: Input::Lines,
        whole: if is_whole { Line::lines } else { |_, _| None },
    })
}

fn process(part: &[&str]) -> Result<Process, Box<dyn Error>> {
    let program = std::env::current_exe()?.to_string_lossy().into_owned();
    let launch = Launch {
        role: "stable",
        command: [program.as_str()].iter().chain(part).map(|&word| word.to_owned()).collect(),
        cwd: None,
        env: Environment::default(),
        parameters: Vec::new(),
        limits: ProcessLimits::default(),
        peak_memory: Arc::default(),
    };
    Process::start(&launch).map_err(|fault| fault.to_string().into())
}

fn check(control: &Control) -> Result<(), Box<dyn Error>> {
    control.failure().map_or(Ok(()), |error| Err(error.to_string().into()))
}

/// All records to a job that emits nothing, to its end.
fn emit(records: &[Line], wire: &Arc<Wire<Line>>) -> Result<Duration, Box<dyn Error>> {
    let (control, emissions) = (Arc::new(Control::default()), Arc::new(Emissions::default()));
    let emits = Emit { key: vec!["user".to_owned()], ..Emit::default() };
    let process = process(&["emit", "user,n"])?;
    let mut job = Emitting::new(wire, &emits, &emissions, &control, Ok(process));
    job.wait_until_ready();
    let start = Instant::now();
    records.chunks(replay::CHUNK).for_each(|chunk| job.push_chunk(chunk, &mut Vec::new()));
    let _ = job.finish(&Keys::default());
    check(&control)?;
    Ok(start.elapsed())
}

/// Sends the bytes to a process that reads them, to its end.
fn bare_push(bytes: &[u8]) -> Result<Duration, Box<dyn Error>> {
    let mut child = start("sink")?;
    let start = Instant::now();
    let mut stdin = child.stdin.take().ok_or("no stdin")?;
    for block in bytes.chunks(BLOCK) {
        stdin.write_all(block)?;
    }
    drop(stdin);
    child.wait()?;
    Ok(start.elapsed())
}

fn start(part: &str) -> std::io::Result<Child> {
    let mut command = Command::new(std::env::current_exe()?);
    let child = command.arg(part).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    // It has no way to say that it is ready.
    std::thread::sleep(Duration::from_millis(20));
    Ok(child)
}

/// All records within a window, to a job that answers 0.
fn reply(records: &[Line], wire: &Arc<Wire<Line>>, window: usize) -> Result<Duration, Box<dyn Error>> {
    let control = Arc::new(Control::default());
    let mut job = Attached::new(wire, &control, Ok(process(&["reply"])?)).within(window);
    job.wait_until_ready();
    let mut decisions = Vec::with_capacity(records.len());
    let start = Instant::now();
    records.chunks(replay::CHUNK).for_each(|chunk| job.push_chunk(chunk, &mut decisions));
    let took = start.elapsed();
    let _ = job.finish(&Keys::default());
    check(&control)?;
    assert_eq!(decisions.len(), records.len(), "an answer each");
    Ok(took)
}

/// A line there and a line back, again and again.
fn bare_ping_pong(records: &[Line], keys: &Keys) -> Result<Duration, Box<dyn Error>> {
    let mut child = start("echo")?;
    let (mut stdin, mut stdout) =
        (child.stdin.take().ok_or("no stdin")?, child.stdout.take().ok_or("no stdout")?);
    let (mut line, mut block) = (Vec::new(), vec![0; BLOCK]);
    let start = Instant::now();
    for record in records {
        line.clear();
        record.write(keys, &mut line);
        line.push(b'\n');
        stdin.write_all(&line)?;
        let mut heard = 0;
        while heard < line.len() {
            heard += stdout.read(&mut block)?;
        }
    }
    let took = start.elapsed();
    drop(stdin);
    child.wait()?;
    Ok(took)
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Prints the rates of ours and of the bare pair, which take turns, and their ratio.
fn compare(
    name: &str,
    count: usize,
    mut ours: impl FnMut() -> Result<Duration, Box<dyn Error>>,
    mut bare: impl FnMut() -> Result<Duration, Box<dyn Error>>,
) -> Result<(), Box<dyn Error>> {
    let [mut rates, mut bare_rates, mut ratios, mut shares, mut bare_shares] = [const { Vec::new() }; 5];
    for _ in 0..ROUNDS {
        let (took, bare) = (took(&mut ours)?, took(&mut bare)?);
        rates.push(count as f64 / took.wall.as_secs_f64());
        bare_rates.push(count as f64 / bare.wall.as_secs_f64());
        ratios.push(bare.wall.as_secs_f64() / took.wall.as_secs_f64());
        shares.push(took.ours.as_secs_f64() / took.jobs.as_secs_f64());
        bare_shares.push(bare.ours.as_secs_f64() / bare.jobs.as_secs_f64());
    }
    println!(
        "{name:<18} {:>10.0} records/s, bare {:>10.0}, ratio {:>6.2}; our processor time over the job's {:>5.2}, \
         bare {:>5.2}",
        median(rates),
        median(bare_rates),
        median(ratios),
        median(shares),
        median(bare_shares)
    );
    Ok(())
}

fn measure() -> Result<(), Box<dyn Error>> {
    let (loaded, header) = load(2_000_000)?;
    let (many, keys) = (&loaded.records, &loaded.keys);
    let few = &many[..30_000];
    let [whole, each] = [true, false].map(|is_whole| wire(&loaded, &header, is_whole));
    let bytes = Line::lines(many, keys).ok_or("the lines don't stand together")?;
    println!("{} records, {:.1} MB", many.len(), bytes.len() as f64 / 1e6);
    compare("emit", many.len(), || emit(many, &whole), || bare_push(bytes))?;
    compare("emit, line by line", many.len(), || emit(many, &each), || bare_push(bytes))?;
    for window in [1, 256, 1024] {
        let name = format!("reply, window {window}");
        compare(&name, few.len(), || reply(few, &each, window), || bare_ping_pong(few, keys))?;
    }
    Ok(())
}
