//! Kills that are real: a child commits epoch after epoch and is shot, over and over; no acknowledged epoch
//! may be lost.
//!
//! What an epoch writes is a pure function of seed and epoch, so that child and parent know what any store must hold
//! without talking. The parent keeps the last acknowledged epoch outside the store.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write as _};
use std::ops::ControlFlow;
use std::path::Path;
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};
use store::checkpoints::{Backend, Durability, Namespace, Store, WriteSet};

/// A child that says nothing for so long hangs; in a debug build on a busy machine it needs a second.
const PATIENCE: Duration = Duration::from_secs(30);

/// Describes what to do and how often.
pub(crate) struct Plan<'a> {
    pub(crate) kills: u32,
    pub(crate) seed: u64,
    /// Starts a child, which is to call [`commit_until_killed`].
    pub(crate) child: &'a dyn Fn() -> Command,
}

/// Describes how it went.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) kills: u32,
    /// Kills while it committed.
    pub(crate) while_committing: u32,
    /// Kills while it opened the store: with the kill before, a double crash.
    pub(crate) while_opening: u32,
    /// The last acknowledged epoch.
    pub(crate) acknowledged: u64,
    /// Says how often the store was one epoch ahead of the last acknowledgement that the parent heard.
    pub(crate) one_ahead: u32,
}

/// Splitmix64 (Steele, Lea and Flood 2014): every seed gives a good stream.
pub(crate) struct Chance(pub u64);

impl Chance {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }
}

/// Describes what a key last got: the epoch that wrote it, and the length of the value.
type Written = (u64, usize);

/// The changes of an epoch; `None` deletes. Small values, some of several parts, and the offset in each.
fn changes(seed: u64, epoch: u64) -> BTreeMap<(Namespace, Vec<u8>), Option<usize>> {
    let mut chance = Chance(seed ^ epoch.wrapping_mul(0x5851_f42d_4c95_7f2d));
    let mut changes = BTreeMap::new();
    for _ in 0..chance.below(12) {
        let namespace = Namespace::ALL[chance.below(4) as usize];
        let key = chance.below(40).to_be_bytes().to_vec();
        let length = match chance.below(16) {
            0..4 => None,
            4..15 => Some(chance.below(3_000) as usize),
            _ => Some(chance.below(200_000) as usize),
        };
        changes.insert((namespace, key), length);
    }
    changes.insert((Namespace::Input, b"offset".to_vec()), Some(8));
    changes
}

fn value(seed: u64, epoch: u64, key: &[u8], length: usize) -> Vec<u8> {
    let mut chance = Chance(seed.rotate_left(17) ^ epoch);
    for byte in key {
        chance.0 = chance.next() ^ u64::from(*byte);
    }
    let words = length.div_ceil(8);
    let mut bytes: Vec<u8> = (0..words).flat_map(|_| chance.next().to_le_bytes()).collect();
    bytes.truncate(length);
    bytes
}

fn write_set(seed: u64, epoch: u64) -> WriteSet {
    let mut writes = WriteSet::new();
    for ((namespace, key), length) in changes(seed, epoch) {
        match length {
            Some(length) => {
                let bytes = value(seed, epoch, &key, length);
                writes.put(namespace, key, bytes);
            }
            None => writes.delete(namespace, key),
        }
    }
    writes
}

/// Compares every record with what the epochs up to the store's must have left.
pub(crate) fn check(store: &Store, seed: u64) -> Result<(), String> {
    let mut model: BTreeMap<(Namespace, Vec<u8>), Written> = BTreeMap::new();
    for epoch in 1..=store.epoch() {
        for (key, length) in changes(seed, epoch) {
            match length {
                Some(length) => model.insert(key, (epoch, length)),
                None => model.remove(&key),
            };
        }
    }
    let mut wrong = None;
    for namespace in Namespace::ALL {
        let mut see = |key: &[u8], bytes: &[u8]| {
            let right = model
                .remove(&(namespace, key.to_vec()))
                .is_some_and(|(epoch, length)| value(seed, epoch, key, length) == bytes);
            if right {
                return ControlFlow::Continue(());
            }
            wrong =
                Some(format!("{} record {key:?} isn't as epoch {} left it", namespace.name(), store.epoch()));
            ControlFlow::Break(())
        };
        store.scan(namespace, &[], &mut see).map_err(|error| error.to_string())?;
    }
    match wrong {
        Some(wrong) => Err(wrong),
        None if model.is_empty() => Ok(()),
        None => Err(format!("epoch {} lacks {} records", store.epoch(), model.len())),
    }
}

/// The child: opens, says so, commits and says so, until it is killed or something is wrong.
pub(crate) fn commit_until_killed(
    folder: &Path,
    backend: Backend,
    durability: Durability,
    seed: u64,
) -> ExitCode {
    match commit_for_ever(folder, backend, durability, seed) {
        Ok(()) => ExitCode::SUCCESS,
        Err(wrong) => {
            println!("wrong {wrong}");
            ExitCode::FAILURE
        }
    }
}

fn commit_for_ever(folder: &Path, backend: Backend, durability: Durability, seed: u64) -> Result<(), String> {
    say("begin", 0);
    let mut store = Store::open(folder, backend, durability).map_err(|error| error.to_string())?;
    check(&store, seed)?;
    say("open", store.epoch());
    loop {
        let epoch = store.epoch() + 1;
        let writes = write_set(seed, epoch);
        store.commit(epoch, &writes, durability).map_err(|error| error.to_string())?;
        say("acknowledged", epoch);
    }
}

fn say(word: &str, epoch: u64) {
    println!("{word} {epoch}");
    let _ = std::io::stdout().flush();
}

/// Kills children until the plan is done or something is wrong; the message says what, at which kill, from
/// which seed.
pub(crate) fn run(plan: &Plan<'_>) -> Result<Tally, String> {
    let mut tally = Tally::default();
    let mut chance = Chance(plan.seed);
    // How long the store took to open the last time that it got there: shots at the opening are spread over that.
    let mut opening = Duration::from_millis(10);
    while tally.kills < plan.kills {
        let life =
            Life::begin(plan, &mut chance, opening).and_then(|mut life| life.watch(&mut tally, &mut opening));
        life.map_err(|wrong| {
            format!(
                "{wrong} (seed {}, kill {}, epoch {} was acknowledged)",
                plan.seed, tally.kills, tally.acknowledged
            )
        })?;
        tally.kills += 1;
    }
    if 5 * tally.while_committing < tally.kills || tally.while_opening == 0 && tally.kills >= 100 {
        return Err(format!("vacuous: too few kills fell into the work: {tally:?}"));
    }
    Ok(tally)
}

/// When to shoot.
enum Shot {
    /// So long after the process begins to open the store.
    Opening(Duration),
    /// So long after it has opened.
    Committing(Duration),
}

/// One child from its start to its end.
struct Life {
    child: Child,
    lines: Receiver<String>,
    shot: Shot,
}

impl Life {
    fn begin(plan: &Plan<'_>, chance: &mut Chance, opening: Duration) -> Result<Life, String> {
        let mut child = (plan.child)()
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| format!("can't start the child: {error}"))?;
        let (sender, lines) = channel();
        let out = child.stdout.take().expect("it is piped");
        thread::spawn(move || {
            for line in BufReader::new(out).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        // Two thirds, so that openings are shot several times in a row.
        let shot = if chance.below(3) < 2 {
            Shot::Opening(Duration::from_micros(chance.below(1 + opening.as_micros() as u64)))
        } else {
            Shot::Committing(Duration::from_micros(chance.below(40_000)))
        };
        Ok(Life { child, lines, shot })
    }

    /// Follows what the child says, shoots, then hears the rest: what it said before the shot counts.
    fn watch(&mut self, tally: &mut Tally, opening: &mut Duration) -> Result<(), String> {
        let last = tally.acknowledged;
        let mut opened = None;
        let mut deadline = Instant::now() + PATIENCE;
        let mut begun = Instant::now();
        let mut aimed = false;
        let mut shot = false;
        loop {
            match self.lines.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(line) => {
                    if let Some(wrong) = line.strip_prefix("wrong ") {
                        self.shoot();
                        return Err(wrong.to_owned());
                    }
                    match said(&line) {
                        Some(("begin", _)) => {
                            begun = Instant::now();
                            if let Shot::Opening(after) = self.shot {
                                (aimed, deadline) = (true, Instant::now() + after);
                            }
                        }
                        Some(("open", epoch)) => {
                            opened = Some(epoch);
                            *opening = begun.elapsed();
                            if let Shot::Committing(after) = self.shot {
                                (aimed, deadline) = (true, Instant::now() + after);
                            }
                        }
                        Some(("acknowledged", epoch)) => tally.acknowledged = epoch,
                        // The test harness of the child has a few words of its own.
                        _ => {}
                    }
                }
                Err(RecvTimeoutError::Timeout) if aimed && !shot => {
                    self.shoot();
                    shot = true;
                    deadline = Instant::now() + PATIENCE;
                }
                Err(RecvTimeoutError::Timeout) => {
                    self.shoot();
                    return Err(format!("the child hung, it had opened {opened:?}"));
                }
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        if !shot {
            self.shoot();
            return Err("the child ended by itself".to_owned());
        }
        count(tally, last, opened)
    }

    fn shoot(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn said(line: &str) -> Option<(&str, u64)> {
    let (word, number) = line.split_once(' ')?;
    Some((word, number.parse().ok()?))
}

fn count(tally: &mut Tally, last: u64, opened: Option<u64>) -> Result<(), String> {
    match opened {
        None => tally.while_opening += 1,
        Some(epoch) if epoch < last => {
            return Err(format!("epoch {last} is lost, the store opened with {epoch}"));
        }
        Some(epoch) if epoch > last + 1 => {
            return Err(format!("the store opened with epoch {epoch} after {last}"));
        }
        Some(epoch) => {
            tally.while_committing += 1;
            tally.one_ahead += u32::from(epoch == last + 1);
            tally.acknowledged = tally.acknowledged.max(epoch);
        }
    }
    Ok(())
}
