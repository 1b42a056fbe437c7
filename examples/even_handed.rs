//! Measures what a plain run says of the speeds of a job and itself: nothing, or either side as often as the other.
//!
//! `cargo build --release && cargo run --release --example even_handed -- [--runs N] [--only PART]`
//!
//! Runs `counterpoint run` N times (200) on datasets of 1, 12, 1,000, 2,000 and 50,000 records, with one job as stable and
//! as candidate, and counts what `timings.json` states. The table stands in `docs/gate.md`.

use std::{
    error::Error,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

type Fallible<T> = Result<T, Box<dyn Error>>;

const RECORDS: [u64; 5] = [1, 12, 1000, 2000, 50_000];

/// A kind of dataset, and the job that runs on both sides.
struct Kind {
    generator: &'static str,
    settings: &'static [&'static str],
    job: &'static str,
    parameters: &'static str,
}

const KINDS: [Kind; 2] = [
    Kind {
        generator: "uniform",
        settings: &["min=1", "max=100", "capacity=100"],
        job: "first-fit",
        parameters: "",
    },
    Kind {
        generator: "events",
        settings: &["keys=50"],
        job: "per-record",
        parameters: "[parameters]\nwindow = \"tumbling:10000\"\n",
    },
];

/// Describes what the runs of a row have stated.
#[derive(Default)]
struct Stated {
    faster: u32,
    slower: u32,
    nothing: u32,
}

fn main() -> Fallible<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let value = |name: &str| args.iter().position(|arg| arg == name).and_then(|at| args.get(at + 1));
    let runs: u32 = value("--runs").map_or(Ok(200), |text| text.parse())?;
    let folder = tempfile::tempdir()?;
    println!("| job against itself | records | runs | nothing said | candidate faster | candidate slower |");
    println!("|---|---|---|---|---|---|");
    for kind in &KINDS {
        for records in RECORDS {
            let name = format!("{}, {records} records", kind.job);
            if value("--only").is_some_and(|part| !name.contains(part.as_str())) {
                continue;
            }
            let Stated { faster, slower, nothing } = row(kind, records, runs, folder.path())?;
            println!("| {} | {records} | {runs} | {nothing} | {faster} | {slower} |", kind.job);
        }
    }
    Ok(())
}

fn row(kind: &Kind, records: u64, runs: u32, folder: &Path) -> Fallible<Stated> {
    let dataset = folder.join(format!("{}-{records}", kind.generator));
    let mut generate = Command::new(program()?);
    generate.args(["generate", kind.generator, "--seed", "1", "--records", &records.to_string(), "--to"]);
    generate.arg(&dataset);
    generate.args(kind.settings.iter().flat_map(|setting| ["--set", setting]));
    succeed(&mut generate)?;
    let experiment = folder.join("experiment.toml");
    let (job, parameters, dataset) = (kind.job, kind.parameters, dataset.display());
    let sections = format!(
        "dataset = '{dataset}'\n{parameters}[stable]\njob = \"{job}\"\n[candidate]\njob = \"{job}\"\n"
    );
    fs::write(&experiment, sections)?;
    let mut stated = Stated::default();
    for _ in 0..runs {
        let run = folder.join("run");
        succeed(Command::new(program()?).arg("run").arg(&experiment).arg("--out").arg(&run))?;
        let timings: Value = serde_json::from_slice(&fs::read(run.join("timings.json"))?)?;
        match timings["speed"]["quantities"][0]["ratio"]["value"].as_f64() {
            None => stated.nothing += 1,
            Some(ratio) if ratio < 1.0 => stated.faster += 1,
            Some(_) => stated.slower += 1,
        }
        fs::remove_dir_all(&run)?;
    }
    Ok(stated)
}

fn succeed(command: &mut Command) -> Fallible<()> {
    let output = command.output()?;
    if output.status.success() {
        return Ok(());
    }
    Err(String::from_utf8_lossy(&output.stderr).into_owned().into())
}

/// `target/release/examples/even_handed` stands one folder below the program.
fn program() -> Fallible<PathBuf> {
    let here = std::env::current_exe()?;
    let program = here
        .parent()
        .and_then(Path::parent)
        .map(|folder| folder.join("counterpoint"))
        .filter(|path| path.exists());
    program.ok_or_else(|| "build the program first: cargo build --release".into())
}
