//! Kills upgrades for real, many times, and checks that what is served in the end is what an undisturbed one serves.
//!
//! `cargo build --release && cargo run --release --example kappa_kills -- [KILLS] [RECORDS] [SEED]`, by default
//! `50 20000 1`, for a candidate that begins with the log's first record and for one that begins with stable's state.

#[path = "../tests/cli/kappa_kills_driver.rs"]
mod driver;

use std::{error::Error, path::Path, process::Command};

use driver::{Killed, killed, prepared, undisturbed};

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let number = |at: usize, default: u64| args.get(at).map_or(Ok(default), |text| text.parse());
    let (kills, records, seed) = (number(0, 50)?, number(1, 20_000)?, number(2, 1)?);
    let own = std::env::current_exe()?;
    let program = own.parent().and_then(Path::parent).ok_or("no folder of builds")?.join("counterpoint");
    let folder = tempfile::tempdir()?;
    let data = folder.path().join("data");
    let generate = format!("generate events --records {records} --seed 1 --set keys=40 --set rate=20");
    let mut command = Command::new(&program);
    command.args(generate.split(' ')).arg("--to").arg(&data).stdout(std::process::Stdio::null());
    if !command.status()?.success() {
        return Err("no dataset".into());
    }
    for start in ["beginning", "state"] {
        let more = format!(
            "stable.job = 'per-record'\ncandidate.job = 'per-record'\nkappa.start = '{start}'\n\
             kappa.start_at = '3%'\nkappa.probation = '3%'\nkappa.keep_old = '3%'\n\
             parameters.window = 'tumbling:500'\n"
        );
        let [whole, again] = ["whole", "killed"].map(|name| folder.path().join(format!("{start}-{name}")));
        prepared(&whole, &data, &more);
        let (expected, took) = undisturbed(&program, &whole);
        if expected["end"] != "took-over" {
            return Err(format!("undisturbed it doesn't take over: {expected}").into());
        }
        prepared(&again, &data, &more);
        let Killed { struck, too_late, served } =
            killed(&program, &again, (u32::try_from(kills)?, seed), took);
        println!(
            "start = {start}: {struck} kills at work and {too_late} too late, undisturbed it takes {} ms; {} after {} \
             attempts, {} serves {} rows",
            took.as_millis(),
            served["end"],
            served["attempts"],
            served["by"],
            served["rows"]
        );
        if served["blake3"] != expected["blake3"] {
            return Err(
                format!("what is served is not that of an undisturbed run: {served}, {expected}").into()
            );
        }
    }
    Ok(())
}
