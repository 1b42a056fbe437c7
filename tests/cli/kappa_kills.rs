//! Upgrades that are killed for real: one version serves, and what it serves is what it would have served undisturbed.

use std::path::Path;

use crate::{
    kappa_kills_driver::{killed, prepared, undisturbed},
    support::{Scratch, number, text},
};

const KILLS: u32 = 10;

fn check(start: &str) {
    let scratch = Scratch::new();
    let events = "generate events --records 600 --seed 1 --to data --set keys=4 --set rate=20";
    scratch.run(&format!("{events} --set max-delay=500")).expect(0);
    scratch.edit("data/manifest.toml", "tumbling:10000", "tumbling:1000");
    let more = format!(
        "stable.job = 'per-record'\ncandidate.job = 'per-record'\nkappa.start = '{start}'\n\
         kappa.start_at = '5%'\nkappa.probation = '5%'\nkappa.keep_old = '5%'\n"
    );
    let program = Path::new(env!("CARGO_BIN_EXE_counterpoint"));
    let data = scratch.path("data");
    prepared(&scratch.path("whole"), &data, &more);
    let (whole, took) = undisturbed(program, &scratch.path("whole"));
    assert_eq!(
        (text(&whole["end"]), text(&whole["by"]), number(&whole["attempts"])),
        ("took-over", "candidate", 1)
    );
    prepared(&scratch.path("killed"), &data, &more);
    let killed = killed(program, &scratch.path("killed"), (KILLS, 1), took);
    assert!(killed.struck >= KILLS / 2 && killed.struck + killed.too_late == KILLS, "{killed:?}");
    let served = &killed.served;
    assert_eq!((&served["blake3"], &served["rows"]), (&whole["blake3"], &whole["rows"]), "{killed:?}");
    // An attempt that was cut off near the end may leave the next one too little of the log.
    let end = (text(&served["end"]), text(&served["by"]));
    assert!([("took-over", "candidate"), ("undecided", "stable")].contains(&end), "{killed:?}");
    // Whoever comes when all is over finds that it is.
    let (again, _) = undisturbed(program, &scratch.path("killed"));
    assert_eq!(&again, served);
}

#[test]
fn an_upgrade_from_the_beginning_survives_kills() {
    check("beginning");
}

#[test]
fn an_upgrade_from_stables_state_survives_kills() {
    check("state");
}
