//! Kills that are real: a child that writes is shot, over and over, and nothing that it acknowledged may be lost.
//!
//! What it writes is numbered, each a pure function of its number, so that child and parent know what any store must hold
//! without talking. The parent keeps the last acknowledged number outside the store. A child says `begin 0` before it
//! opens its store, `open N` after it has found and checked all up to N, `acknowledged N` after each, and `wrong` with
//! what is wrong.

use std::io::{BufRead, BufReader, Write as _};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

/// A child that says nothing for so long hangs; in a debug build on a busy machine it needs a second.
const PATIENCE: Duration = Duration::from_secs(30);

/// Describes what to do and how often.
pub(crate) struct Plan<'a> {
    pub(crate) kills: u32,
    pub(crate) seed: u64,
    /// Starts a child, which is to speak as the module says.
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

/// Says something to the parent.
pub(crate) fn say(word: &str, epoch: u64) {
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
