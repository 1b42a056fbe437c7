//! Kills that are real: a child appends and is shot, over and over; no acknowledged entry may be lost.
//!
//! Every entry, and how many an append takes, is a pure function of seed and offset, so that child and parent know what
//! any log must hold without talking. The parent keeps the last acknowledged offset outside the log.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};
use store::Durability;
use store::log::{Append as _, Batch, Entry, Log, LogError, LogSettings, Read as _};

/// A child that says nothing for so long hangs; in a debug build on a busy machine it needs a second.
const PATIENCE: Duration = Duration::from_secs(30);

/// Describes what to do and how often.
pub(crate) struct Plan<'a> {
    pub(crate) kills: u32,
    pub(crate) seed: u64,
    /// Starts a child, which is to call [`append_until_killed`].
    pub(crate) child: &'a dyn Fn() -> Command,
}

/// Describes how it went.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) kills: u32,
    /// Kills while it opened the log or read it.
    pub(crate) while_opening: u32,
    /// Offsets that were acknowledged.
    pub(crate) acknowledged: u64,
    /// Says how often the log had gone on beyond the last acknowledgement that the parent heard.
    pub(crate) beyond: u32,
    /// Opens that cut off a torn tail.
    pub(crate) torn: u32,
}

/// Splitmix64 (Steele, Lea and Flood 2014): every seed gives a good stream.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }
}

/// Returns the payload of an entry: mostly short, a few so long that a kill may fall into their write.
fn payload(seed: u64, offset: u64) -> Vec<u8> {
    let mut chance = Chance(seed.rotate_left(17) ^ offset);
    let length = if chance.below(300) == 0 { 200_000 } else { chance.below(60) as usize };
    let mut bytes: Vec<u8> = (0..length.div_ceil(8)).flat_map(|_| chance.next().to_le_bytes()).collect();
    bytes.truncate(length);
    bytes
}

/// Returns how many entries the append takes that begins with this offset.
fn count(seed: u64, offset: u64) -> u64 {
    1 + Chance(seed ^ offset.wrapping_mul(0x5851_f42d_4c95_7f2d)).below(100)
}

/// Reads the whole log; each entry must be the right one, and the last one end an append.
pub(crate) fn check(log: &Log, seed: u64) -> Result<(), String> {
    let (mut reader, mut batch) = (log.reader(0), Batch::new());
    while reader.next(100, &mut batch).map_err(|error| error.to_string())? > 0 {
        for (offset, time_ms, found) in batch.iter() {
            if found != payload(seed, offset) || time_ms != offset.cast_signed() {
                return Err(format!("entry {offset} isn't the one that was appended"));
            }
        }
    }
    let mut end = 0;
    while end < log.end() {
        end += count(seed, end);
    }
    if end == log.end() && reader.position() == end {
        return Ok(());
    }
    Err(format!("half an append: the log ends at {}, read up to {}", log.end(), reader.position()))
}

/// The child: opens, says so, appends and says so, until it is killed or something is wrong.
pub(crate) fn append_until_killed(folder: &Path, durability: Durability, seed: u64) -> ExitCode {
    match append_for_ever(folder, durability, seed) {
        Ok(()) => ExitCode::SUCCESS,
        Err(wrong) => {
            println!("wrong {wrong}");
            ExitCode::FAILURE
        }
    }
}

fn append_for_ever(folder: &Path, durability: Durability, seed: u64) -> Result<(), String> {
    say("begin", 0);
    let settings = LogSettings { segment_bytes: 1 << 20, index_every: 64, durability };
    let mut log = match Log::open(folder) {
        Ok((log, recovered)) => {
            if let Some(torn) = recovered.torn {
                say("torn", torn.bytes);
            }
            log
        }
        Err(LogError::NotALog { .. }) => Log::create(folder, settings).map_err(|error| error.to_string())?,
        Err(error) => return Err(error.to_string()),
    };
    check(&log, seed)?;
    say("open", log.end());
    loop {
        let from = log.end();
        let payloads: Vec<_> =
            (from..from + count(seed, from)).map(|offset| (offset, payload(seed, offset))).collect();
        let entries: Vec<_> = payloads
            .iter()
            .map(|(offset, payload)| Entry { time_ms: offset.cast_signed(), payload })
            .collect();
        let end = log.append(&entries).map_err(|error| error.to_string())?;
        say("acknowledged", end);
    }
}

fn say(word: &str, number: u64) {
    println!("{word} {number}");
    let _ = std::io::stdout().flush();
}

/// Kills children until the plan is done or something is wrong; the message says what, at which kill, from which seed.
pub(crate) fn run(plan: &Plan<'_>) -> Result<Tally, String> {
    let mut tally = Tally::default();
    let mut chance = Chance(plan.seed);
    // How long it took to open the last time that it got there: shots at the opening are spread over that.
    let mut opening = Duration::from_millis(10);
    while tally.kills < plan.kills {
        let shot = if chance.below(3) == 0 {
            Shot::Opening(Duration::from_micros(chance.below(1 + opening.as_micros() as u64)))
        } else {
            Shot::Appending(Duration::from_micros(chance.below(40_000)))
        };
        let lived = Life::begin(plan, shot).and_then(|mut life| {
            life.watch(&mut tally)?;
            opening = life.opening.unwrap_or(opening);
            Ok(())
        });
        let (kills, acknowledged) = (tally.kills, tally.acknowledged);
        lived.map_err(|wrong| {
            format!("{wrong} (seed {}, kill {kills}, {acknowledged} were acknowledged)", plan.seed)
        })?;
        tally.kills += 1;
    }
    if 3 * (tally.kills - tally.while_opening) < tally.kills || tally.acknowledged == 0 {
        return Err(format!("vacuous: too few kills fell into the work: {tally:?}"));
    }
    Ok(tally)
}

/// When to shoot: so long after the process begins to open the log, or after it has.
#[derive(Clone, Copy)]
enum Shot {
    Opening(Duration),
    Appending(Duration),
}

/// One child from its start to its end.
struct Life {
    child: Child,
    lines: Receiver<String>,
    shot: Shot,
    begun: Instant,
    /// How long it took to open, once it has.
    opening: Option<Duration>,
}

impl Life {
    fn begin(plan: &Plan<'_>, shot: Shot) -> Result<Life, String> {
        let mut child = (plan.child)()
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| format!("can't start the child: {error}"))?;
        let (sender, lines) = channel();
        let out = child.stdout.take().ok_or("the child has no output")?;
        thread::spawn(move || {
            for line in BufReader::new(out).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        Ok(Life { child, lines, shot, begun: Instant::now(), opening: None })
    }

    /// Follows what the child says, shoots, then hears the rest: what it said before the shot counts.
    fn watch(&mut self, tally: &mut Tally) -> Result<(), String> {
        let mut at: Option<Instant> = None;
        let mut shot = false;
        loop {
            let deadline = at.filter(|_| !shot).unwrap_or_else(|| Instant::now() + PATIENCE);
            match self.lines.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(line) => at = self.hear(&line, tally)?.or(at),
                Err(RecvTimeoutError::Timeout) if at.is_some() && !shot => {
                    self.shoot();
                    shot = true;
                }
                Err(RecvTimeoutError::Timeout) => {
                    self.shoot();
                    return Err("the child hung".to_owned());
                }
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        self.shoot();
        if !shot {
            return Err("the child ended by itself".to_owned());
        }
        tally.while_opening += u32::from(self.opening.is_none());
        Ok(())
    }

    /// Takes note of a line; when to shoot, if it says that.
    fn hear(&mut self, line: &str, tally: &mut Tally) -> Result<Option<Instant>, String> {
        if let Some(wrong) = line.strip_prefix("wrong ") {
            self.shoot();
            return Err(wrong.to_owned());
        }
        // The test harness of the child has a few words of its own.
        let Some((word, Ok(number))) = line.split_once(' ').map(|(word, n)| (word, n.parse::<u64>())) else {
            return Ok(None);
        };
        match (word, self.shot) {
            ("begin", shot) => {
                self.begun = Instant::now();
                return Ok(if let Shot::Opening(after) = shot { Some(self.begun + after) } else { None });
            }
            ("open", _) if number < tally.acknowledged => {
                self.shoot();
                return Err(format!("{} entries were acknowledged, {number} are there", tally.acknowledged));
            }
            ("open", shot) => {
                self.opening = Some(self.begun.elapsed());
                tally.beyond += u32::from(number > tally.acknowledged);
                tally.acknowledged = number;
                return Ok(if let Shot::Appending(after) = shot {
                    Some(Instant::now() + after)
                } else {
                    None
                });
            }
            ("torn", _) => tally.torn += 1,
            ("acknowledged", _) => tally.acknowledged = number,
            _ => {}
        }
        Ok(None)
    }

    fn shoot(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
