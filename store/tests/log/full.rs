//! A disk that is full, at every write, sync and other operation.

use crate::common::{Chance, Model, append, entries, is_of, read_all, small};
use store::Durability;
use store::log::{Fault, Log, LogError, Recovered, SimulatedDisk};

const APPENDS: usize = 8;

fn parts() -> Vec<Model> {
    (0..APPENDS as u64).map(|seed| entries(&mut Chance(seed), 3)).collect()
}

/// The log must hold just this, and be of use, now and when it is opened again.
fn holds(disk: &SimulatedDisk, mut log: Log, mut model: Model) {
    assert_eq!(read_all(&mut log.reader(0), 4).unwrap(), model);
    let more = entries(&mut Chance(99), 5);
    append(&mut log, &more).unwrap();
    model.extend(more);
    let mut next = vec![disk.after_kill()];
    if log.settings().durability == Durability::Power {
        next.extend((0..3).map(|seed| disk.after_power_cut(seed)));
    }
    for disk in next {
        let (log, recovered) = Log::open_simulated(&disk).unwrap();
        assert_eq!(recovered, Recovered { end: model.len() as u64, torn: None });
        assert_eq!(read_all(&mut log.reader(0), 4).unwrap(), model);
    }
}

#[test]
fn a_full_disk_at_any_operation_fails_the_append_whole_and_the_next_takes_its_place() {
    for durability in [Durability::Process, Durability::Power] {
        let mut operations = 0;
        for n in 0.. {
            let mut struck = false;
            for after in (0..120).step_by(7) {
                for times in 1..4 {
                    struck |= fill_up(durability, n, Fault::NoSpace { after }, times);
                }
            }
            if !struck {
                operations = n;
                break;
            }
        }
        // Two writes an append at least, and with syncs as many again.
        let least = if durability == Durability::Power { 4 * APPENDS } else { 2 * APPENDS };
        assert!(operations >= least as u64, "vacuous: {durability:?} {operations}");
    }
}

/// Lets the fault strike at operation `n` after the creation, and again at the first operation of each of the next
/// attempts, `times` in all; whether it has struck at all.
fn fill_up(durability: Durability, n: u64, fault: Fault, times: u32) -> bool {
    let disk = SimulatedDisk::new();
    let mut log = Log::create_simulated(&disk, small(durability)).unwrap();
    disk.plan(n, fault);
    let (mut model, mut struck) = (Model::new(), false);
    for part in parts() {
        let mut failures = 0;
        loop {
            match append(&mut log, &part) {
                Ok(end) => {
                    model.extend(part);
                    assert_eq!(end, model.len() as u64);
                    break;
                }
                Err(LogError::DiskFull { end, .. }) => {
                    assert_eq!((end, log.end()), (model.len() as u64, model.len() as u64));
                    assert_eq!(read_all(&mut log.reader(0), 100).unwrap(), model);
                    failures += 1;
                    if failures < times {
                        disk.plan(0, fault);
                    }
                }
                Err(error) => panic!("{durability:?} operation {n}: {error}"),
            }
            assert!(failures <= times, "{durability:?} operation {n}: it doesn't recover");
        }
        struck |= failures > 0;
    }
    // An index that couldn't be written fails nothing.
    struck |= disk.struck();
    holds(&disk, log, model);
    struck
}

#[test]
fn whatever_the_room_an_append_is_there_whole_or_not_at_all() {
    let first = parts().concat();
    let second = entries(&mut Chance(5), 4);
    let (mut refused, mut taken) = (0, 0);
    for room in 0..400 {
        let disk = SimulatedDisk::new();
        let mut log = Log::create_simulated(&disk, small(Durability::Power)).unwrap();
        append(&mut log, &first[..3]).unwrap();
        let used: usize = disk.names().iter().map(|name| disk.contents(name).unwrap().len()).sum();
        disk.set_room(Some(used as u64 + room));
        match append(&mut log, &second) {
            Ok(7) => taken += 1,
            Err(LogError::DiskFull { end: 3, .. }) => {
                assert_eq!(read_all(&mut log.reader(0), 100).unwrap(), first[..3]);
                refused += 1;
                // What has landed was removed: the room is free for others.
                let left: usize = disk.names().iter().map(|name| disk.contents(name).unwrap().len()).sum();
                assert_eq!(left, used);
                disk.set_room(None);
                assert_eq!(append(&mut log, &second).unwrap(), 7);
            }
            other => panic!("room {room}: {other:?}"),
        }
        disk.set_room(None);
        holds(&disk, log, [&first[..3], &second].concat());
    }
    assert!(refused > 50 && taken > 50, "vacuous: {refused} refused, {taken} taken");
}

#[test]
fn a_log_on_a_full_disk_is_opened_and_read() {
    for durability in [Durability::Process, Durability::Power] {
        let disk = SimulatedDisk::new();
        let mut log = Log::create_simulated(&disk, small(durability)).unwrap();
        let made = parts().concat();
        for part in parts() {
            append(&mut log, &part).unwrap();
        }
        // Indexes can't be made anew, which is no reason to refuse.
        for name in disk.names().iter().filter(|name| is_of(name, "index")) {
            disk.replace(name, None);
        }
        disk.set_room(Some(0));
        let (mut log, recovered) = Log::open_simulated(&disk).unwrap();
        assert_eq!(recovered.end, made.len() as u64);
        assert_eq!(read_all(&mut log.reader(0), 4).unwrap(), made);
        let refused = append(&mut log, &made).unwrap_err();
        assert!(matches!(refused, LogError::DiskFull { .. }), "{refused}");
        disk.set_room(None);
        append(&mut log, &made).unwrap();
        holds(&disk, log, [made.clone(), made].concat());
    }
}

#[test]
fn nothing_of_a_failed_append_comes_back_through_a_later_crash() {
    let (mut struck, mut torn) = (0, 0);
    for seed in 0..1_500 {
        let mut chance = Chance(seed);
        let disk = SimulatedDisk::new();
        let mut log = Log::create_simulated(&disk, small(Durability::Power)).unwrap();
        // Of one length, so that frames of one append would fit behind those of another.
        let made: Model = (0..12).map(|n| (n, vec![n as u8; 30])).collect();
        let before = chance.below(5) as usize;
        append(&mut log, &made[..before]).unwrap();
        disk.plan(chance.below(5), Fault::NoSpace { after: 10_000 });
        if chance.below(2) == 0 {
            // What was to remove it fails as well; the next append does it.
            disk.then(Fault::NoSpace { after: 10_000 });
        }
        let failed = append(&mut log, &made[before..before + 4]);
        if failed.is_ok() {
            continue;
        }
        struck += 1;
        disk.plan(chance.below(9), Fault::Crash { after: chance.below(200) as usize });
        let later: Model = vec![(100, vec![100; 30]), (101, vec![101; 30])];
        let later = &later[chance.below(2) as usize..];
        let appended = append(&mut log, later);
        let (log, recovered) = Log::open_simulated(&disk.after_power_cut(chance.next())).unwrap();
        torn += u32::from(recovered.torn.is_some());
        let found = read_all(&mut log.reader(0), 100).unwrap();
        assert_eq!(found[..before], made[..before], "seed {seed}");
        let rest = &found[before..];
        // The disk may be cut off before the failed append was removed: then it is one that was under way.
        let is_failed = appended.is_err() && rest == &made[before..before + 4];
        let is_later = rest == later || (rest.is_empty() && appended.is_err());
        assert!(is_failed || is_later, "seed {seed}: {rest:?}");
    }
    assert!(struck > 1_000 && torn > 50, "vacuous: {struck} {torn}");
}

#[test]
fn a_failed_append_is_gone_for_good_once_it_was_removed() {
    let mut struck = 0;
    for before in 0..5 {
        for n in 0..9 {
            let disk = SimulatedDisk::new();
            let mut log = Log::create_simulated(&disk, small(Durability::Power)).unwrap();
            let made: Model = (0..9).map(|n| (n, vec![n as u8; 60])).collect();
            append(&mut log, &made[..before]).unwrap();
            disk.plan(n, Fault::NoSpace { after: 10_000 });
            if append(&mut log, &made[before..]).is_ok() {
                continue;
            }
            struck += 1;
            for seed in 0..20 {
                let (log, recovered) = Log::open_simulated(&disk.after_power_cut(seed)).unwrap();
                assert_eq!(recovered.torn, None, "{before} entries, operation {n}, seed {seed}");
                assert_eq!(read_all(&mut log.reader(0), 100).unwrap(), made[..before]);
            }
        }
    }
    assert!(struck > 20, "vacuous: {struck}");
}

#[test]
fn an_append_whose_sync_failed_and_that_is_found_later_stays() {
    let (mut found_whole, mut struck) = (0, 0);
    for before in 0..6 {
        for n in 0..9 {
            let disk = SimulatedDisk::new();
            let mut log = Log::create_simulated(&disk, small(Durability::Power)).unwrap();
            let made: Model = (0..9).map(|n| (n, vec![n as u8; 60])).collect();
            append(&mut log, &made[..before]).unwrap();
            disk.plan(n, Fault::NoSpace { after: 10_000 });
            disk.then(Fault::Crash { after: 0 });
            if append(&mut log, &made[before..]).is_ok() {
                continue;
            }
            struck += 1;
            let disk = disk.after_kill();
            let (log, _) = Log::open_simulated(&disk).unwrap();
            let found = read_all(&mut log.reader(0), 100).unwrap();
            assert!(found == made || found == made[..before]);
            found_whole += u32::from(found == made);
            for seed in 0..20 {
                let (log, _) = Log::open_simulated(&disk.after_power_cut(seed)).unwrap();
                let later = read_all(&mut log.reader(0), 100).unwrap();
                assert_eq!(later, found, "{before} entries, operation {n}, seed {seed}");
            }
        }
    }
    assert!(found_whole > 10 && struck > 20, "vacuous: {found_whole} {struck}");
}
