//! Measures what an upgrade costs while its candidate catches up, by the machine's clock: at what share of its own speed the
//! candidate reads beside a stable job, and what becomes of stable's latency.
//!
//! `cargo run --release --example kappa_speed -- [BACKLOG] [SECONDS] [RATE]`, by default `1000000 10 50000`: windowed counts
//! over BACKLOG generated records, and then over RATE records a second, SECONDS seconds four times: without a candidate,
//! twice with one, without. Log and serving store stand on disk.

use std::{error::Error, sync::Arc};

use datasets::{Value, freeze, generate};
use platform::{
    catalog::Catalog,
    events::{Nobody, Working},
    execute::MeasureUpgrade,
    experiment::ExperimentFile,
};

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let number = |at: usize, default: u64| args.get(at).map_or(Ok(default), |text| text.parse());
    let (backlog, seconds, rate) = (number(0, 1_000_000)?, number(1, 10)?, number(2, 50_000)?);
    let paced = seconds * rate;
    let folder = tempfile::tempdir()?;
    let arguments =
        [("keys", 1000), ("rate", 1000)].map(|(name, value)| (name.to_owned(), Value::from(value)));
    let instance = generate("events", backlog + 4 * paced, 1, &arguments.into())?;
    let data = folder.path().join("data");
    freeze(&instance, &data)?;
    drop(instance);
    let text = format!(
        "dataset = {:?}\nstable.job = 'per-record'\ncandidate.job = 'per-record'\narchitecture = 'kappa'\n",
        data.to_string_lossy()
    );
    let resolved = toml::from_str::<ExperimentFile>(&text)?.resolve(&Catalog::shipped())?;
    let work = Working { control: &Arc::default(), listener: &Nobody };
    let found =
        MeasureUpgrade { resolved: &resolved, folder: folder.path(), work: &work, paced, rate }.run()?;
    println!("records of the backlog                {}", found.records);
    println!("candidate alone, records a second     {:.0}", found.alone);
    println!("beside stable at full speed           {:.0}", found.beside);
    println!("share of its own speed                {:.2}", found.beside / found.alone);
    println!("records at {} a second, each way   {}", found.rate, found.measured);
    println!("stable alone, median and p99          {:?}", found.without);
    println!("beside a candidate that catches up    {:?}", found.with);
    let ratio = |at: usize| found.with[at].as_secs_f64() / found.without[at].as_secs_f64();
    println!("with over without, median and p99     {:.2} {:.2}", ratio(0), ratio(1));
    Ok(())
}
