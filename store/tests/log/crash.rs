//! Crashes of the simulated disk: at every operation and byte, over several lives, and while it recovers.

use crate::common::{Chance, Model, append, entries, is_of, read_all, small};
use store::Durability;
use store::log::{Fault, Log, LogError, Recovered, SimulatedDisk};

/// Describes what a log must hold after a crash: this, and after it all of that or nothing.
#[derive(Default)]
struct Promised {
    acknowledged: Model,
    under_way: Model,
}

/// Opens the log, or creates it where its creation was interrupted or never begun.
fn open(disk: &SimulatedDisk, durability: Durability) -> Result<(Log, Recovered), LogError> {
    match Log::open_simulated(disk) {
        Err(LogError::NotALog { .. }) => {
            let log = Log::create_simulated(disk, small(durability))?;
            Ok((log, Recovered { end: 0, torn: None }))
        }
        opened => opened,
    }
}

/// One life: recovers, checks, then appends until it has done `appends` of them or the process dies.
fn live(
    disk: &SimulatedDisk,
    durability: Durability,
    chance: &mut Chance,
    promised: &mut Promised,
) -> Result<Option<Recovered>, String> {
    let Ok((mut log, recovered)) = open(disk, durability) else {
        return if disk.struck() { Ok(None) } else { Err("it doesn't open".to_owned()) };
    };
    check(&log, promised)?;
    for _ in 0..6 {
        let count = 1 + chance.below(5) as usize;
        promised.under_way = entries(chance, count);
        match append(&mut log, &promised.under_way) {
            Ok(end) => {
                promised.acknowledged.append(&mut promised.under_way);
                if end != promised.acknowledged.len() as u64 {
                    return Err(format!("the append ends at {end}"));
                }
            }
            Err(_) if disk.struck() => return Ok(Some(recovered)),
            Err(error) => return Err(format!("an error without a fault: {error}")),
        }
    }
    Ok(Some(recovered))
}

/// Holds the log against what was promised; from then on its contents are what is promised.
fn check(log: &Log, promised: &mut Promised) -> Result<(), String> {
    let found = read_all(&mut log.reader(0), 1_000).map_err(|error| error.to_string())?;
    let Promised { acknowledged, under_way } = promised;
    let (count, all) = (acknowledged.len(), acknowledged.len() + under_way.len());
    if found.len() < count || found[..count] != *acknowledged {
        return Err(format!("of {count} acknowledged entries the first {} are there", found.len()));
    }
    if found.len() > count && (found.len() != all || found[count..] != *under_way) {
        return Err(format!("{} entries, {count} were acknowledged, {all} begun", found.len()));
    }
    if log.end() != found.len() as u64 {
        return Err(format!("{} entries, the log says {}", found.len(), log.end()));
    }
    under_way.clear();
    *acknowledged = found;
    Ok(())
}

/// How a process ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Kill,
    PowerCut,
    /// One or the other: what a kill has left unsynced, a later power cut may still lose.
    Either,
}

impl End {
    fn next(self, disk: &SimulatedDisk, chance: &mut Chance) -> SimulatedDisk {
        match self {
            End::Either if chance.below(2) == 0 => disk.after_kill(),
            End::Kill => disk.after_kill(),
            End::PowerCut | End::Either => disk.after_power_cut(chance.next()),
        }
    }
}

/// Describes how it went.
#[derive(Debug, Default, PartialEq, Eq)]
struct Tally {
    /// Crashes that struck.
    crashes: u32,
    /// Of these, while it opened.
    while_opening: u32,
    /// Torn tails that were cut off.
    torn: u32,
    /// Appends that were never acknowledged and are there.
    taken_up: u32,
}

/// Five lives on one disk, each ended by a crash at some byte of some operation; then a last one, in peace.
fn five_lives(seed: u64, (durability, end): (Durability, End), tally: &mut Tally) -> Result<(), String> {
    let mut chance = Chance(seed);
    let mut disk = SimulatedDisk::new();
    let mut promised = Promised::default();
    for _ in 0..5 {
        // An open makes a few operations; six appends make 12 or more.
        let n = if chance.below(3) == 0 { chance.below(5) } else { chance.below(24) };
        disk.plan(n, Fault::Crash { after: chance.below(120) as usize });
        let before = promised.acknowledged.len();
        let under_way = promised.under_way.len();
        let recovered = live(&disk, durability, &mut chance, &mut promised)?;
        tally.crashes += u32::from(disk.struck());
        tally.while_opening += u32::from(recovered.is_none());
        if let Some(recovered) = recovered {
            tally.torn += u32::from(recovered.torn.is_some());
            tally.taken_up += u32::from(under_way > 0 && recovered.end > before as u64);
        }
        disk = end.next(&disk, &mut chance);
    }
    let (log, _) = open(&disk, durability).map_err(|error| error.to_string())?;
    check(&log, &mut promised)?;
    drop(log);
    // Recovering again finds nothing to recover, even if the power fails right after.
    disk = end.next(&disk, &mut chance);
    let before = data(&disk);
    let (log, recovered) = open(&disk, durability).map_err(|error| error.to_string())?;
    if data(&disk) != before || recovered.torn.is_some() {
        return Err(format!("recovering again has something to do: {recovered:?}"));
    }
    check(&log, &mut promised)
}

/// All files but for the indexes, which aren't synced and may have to be made anew.
fn data(disk: &SimulatedDisk) -> Vec<(String, Option<Vec<u8>>)> {
    let names = disk.names().into_iter().filter(|name| !is_of(name, "index"));
    names.map(|name| (name.clone(), disk.contents(&name))).collect()
}

fn lives(cases: u64, how: (Durability, End), plant: bool) -> (Tally, Vec<String>) {
    let (mut tally, mut wrong) = (Tally::default(), Vec::new());
    for seed in 0..cases {
        let lived = if plant { lie(seed, how, &mut tally) } else { five_lives(seed, how, &mut tally) };
        wrong.extend(lived.err().map(|what| format!("seed {seed}, {how:?}: {what}")));
    }
    (tally, wrong)
}

#[test]
fn over_a_thousand_crashes_nothing_acknowledged_is_lost_and_nothing_else_half_appears() {
    for how in [
        (Durability::Process, End::Kill),
        (Durability::Power, End::PowerCut),
        (Durability::Power, End::Either),
    ] {
        let (tally, wrong) = lives(300, how, false);
        assert_eq!(wrong, Vec::<String>::new());
        assert!(tally.crashes >= 1_000, "vacuous: {how:?} {tally:?}");
        assert!(tally.while_opening >= 100 && tally.torn >= 50, "vacuous: {how:?} {tally:?}");
        assert!(tally.taken_up >= 50, "vacuous: {how:?} {tally:?}");
    }
}

/// Lives once, on a disk that ignores syncs.
fn lie(seed: u64, (durability, end): (Durability, End), tally: &mut Tally) -> Result<(), String> {
    let mut chance = Chance(seed);
    let disk = SimulatedDisk::new();
    disk.ignore_syncs();
    let mut promised = Promised::default();
    live(&disk, durability, &mut chance, &mut promised)?;
    tally.crashes += 1;
    let disk = end.next(&disk, &mut chance);
    let (log, _) = open(&disk, durability).map_err(|error| error.to_string())?;
    check(&log, &mut promised)
}

#[test]
fn planted_a_disk_that_ignores_syncs_is_caught() {
    let (_, wrong) = lives(50, (Durability::Power, End::PowerCut), true);
    assert!(wrong.len() > 40, "{}", wrong.len());
}

#[test]
fn without_syncs_a_power_cut_may_lose_appends_but_an_open_never_serves_half_of_one() {
    let (mut noticed, mut shorter, mut whole) = (0, 0, 0);
    for seed in 0..600 {
        let mut chance = Chance(seed);
        let disk = SimulatedDisk::new();
        let mut log = Log::create_simulated(&disk, small(Durability::Process)).unwrap();
        let (mut model, mut ends) = (Model::new(), vec![0]);
        for _ in 0..6 {
            let made = entries(&mut chance, 4);
            append(&mut log, &made).unwrap();
            model.extend(made);
            ends.push(model.len());
        }
        match Log::open_simulated(&disk.after_power_cut(chance.next())) {
            Ok((log, _)) => match read_all(&mut log.reader(0), 100) {
                Ok(found) => {
                    assert!(ends.contains(&found.len()), "seed {seed}: half an append");
                    assert_eq!(found, model[..found.len()], "seed {seed}");
                    *if found.len() < model.len() { &mut shorter } else { &mut whole } += 1;
                }
                Err(LogError::Damaged { .. }) => noticed += 1,
                Err(error) => panic!("seed {seed}: {error}"),
            },
            Err(LogError::Damaged { .. } | LogError::DamagedHead { .. } | LogError::NotALog { .. }) => {
                noticed += 1;
            }
            Err(error) => panic!("seed {seed}: {error}"),
        }
    }
    assert!(noticed > 100 && shorter > 0, "vacuous: {noticed} noticed, {shorter} shorter, {whole} whole");
}

#[test]
fn a_kill_at_every_byte_of_every_operation_of_a_small_log_is_survived() {
    let made: Vec<Model> = (0..3).map(|seed| entries(&mut Chance(seed), 4)).collect();
    let settings = small(Durability::Process);
    let mut struck = 0;
    for n in 0.. {
        let mut reached = false;
        for after in 0.. {
            let disk = SimulatedDisk::new();
            disk.plan(n, Fault::Crash { after });
            let mut promised = Promised::default();
            if let Ok(mut log) = Log::create_simulated(&disk, settings) {
                for part in &made {
                    promised.under_way = part.clone();
                    if append(&mut log, part).is_err() {
                        break;
                    }
                    promised.acknowledged.append(&mut promised.under_way);
                }
            }
            reached |= disk.struck();
            struck += u32::from(disk.struck());
            let lived = open(&disk.after_kill(), settings.durability)
                .map_err(|error| error.to_string())
                .and_then(|(log, _)| check(&log, &mut promised));
            assert_eq!(lived, Ok(()), "operation {n}, after {after} bytes");
            // No write here is longer.
            if after == 400 || !disk.struck() {
                break;
            }
        }
        if !reached {
            break;
        }
    }
    assert!(struck > 1_000, "vacuous: {struck}");
}
