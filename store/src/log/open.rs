//! Creates and opens a log: the folder is taken, and what a crash has left half-done is cut off.

use super::LogSettings;
use super::append::Writer;
use super::disk::Disk;
use super::error::LogError;
use super::frame::{first_offset, segment_name};
use super::head::{self, Acknowledged, Head, Opened, sync};
use super::index::Extent;
use super::recover::{Recovered, Recovery, Torn};
use super::view::{State, View};
use crate::Durability;
use crate::lock::{self, Taken};
use std::fs::File;
use std::io;

const LOCK: &str = "run.lock";

pub(super) fn create(disk: &Disk, settings: LogSettings) -> Result<(Writer, View), LogError> {
    for (setting, value) in [("segment_bytes", settings.segment_bytes), ("index_every", settings.index_every)]
    {
        if value == 0 {
            return Err(LogError::Setting { setting, value, least: 1 });
        }
    }
    let failed = |error: io::Error| LogError::failed(disk.place(), "create a log", &error);
    refuse_occupied(disk)?;
    let lock = take(disk)?;
    // Somebody may have created one meanwhile.
    refuse_occupied(disk)?;
    let head = Head::create(disk, settings).map_err(failed)?;
    if settings.durability == Durability::Power {
        disk.sync_entry().map_err(failed)?;
    }
    let writer = Writer {
        disk: disk.clone(),
        settings,
        head,
        acknowledged: Acknowledged::default(),
        last: None,
        left: None,
        buffer: Vec::new(),
        _lock: lock,
    };
    Ok((writer, View::new(disk.clone(), State { segments: Vec::new(), end: 0 })))
}

/// An unfinished head, alone, is what an interrupted creation leaves.
fn refuse_occupied(disk: &Disk) -> Result<(), LogError> {
    let failed = |error: io::Error| LogError::failed(disk.place(), "look into the folder", &error);
    let names = disk.names().map_err(failed)?;
    let mut others = names.iter().filter(|name| *name != LOCK && *name != head::NAME);
    let found = match others.next() {
        Some(name) => Some(name.clone()),
        None if names.iter().any(|name| name == head::NAME) => {
            head::is_whole(disk).map_err(failed)?.then(|| head::NAME.to_owned())
        }
        None => None,
    };
    match found {
        Some(found) => Err(LogError::Occupied { place: disk.place(), found }),
        None => Ok(()),
    }
}

fn take(disk: &Disk) -> Result<Option<File>, LogError> {
    let place = disk.place();
    match disk {
        Disk::Folder(path) => match lock::take(&path.join(LOCK)) {
            Ok(file) => Ok(Some(file)),
            Err(Taken::By(pid)) => Err(LogError::Locked { place, pid }),
            Err(Taken::Failed(error)) => Err(LogError::failed(place, "take the folder's lock", &error)),
        },
        Disk::Simulated(_) => Ok(None),
    }
}

pub(super) fn open(disk: &Disk) -> Result<(Writer, View, Recovered), LogError> {
    let failed = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => {
            LogError::NotALog { place: disk.place(), what: "there is no such folder".to_owned() }
        }
        _ => LogError::failed(disk.place(), "look into the folder", &error),
    };
    refuse_others(disk, &disk.names().map_err(failed)?)?;
    let lock = take(disk)?;
    let firsts: Vec<u64> =
        disk.names().map_err(failed)?.iter().filter_map(|name| first_offset(name)).collect();
    let Opened { head, settings, acknowledged, incomplete } = Head::open(disk)?;
    let mut recovery =
        Recovery { disk, settings, acknowledged, state: State { segments: Vec::new(), end: 0 } };
    recovery.check_firsts(&firsts)?;
    let torn = recovery.read(&firsts)?;
    let state = recovery.state;
    let mut writer = Writer {
        disk: disk.clone(),
        settings,
        head,
        acknowledged,
        last: None,
        left: None,
        buffer: Vec::new(),
        _lock: lock,
    };
    let recovered = Recovered { end: state.end, torn };
    writer
        .settle(&state, recovered.torn.as_ref(), incomplete)
        .map_err(|error| LogError::failed(disk.place(), "cut off what a crash has left", &error))?;
    Ok((writer, View::new(disk.clone(), state), recovered))
}

/// Refuses a folder without a log before anything is written there.
fn refuse_others(disk: &Disk, names: &[String]) -> Result<(), LogError> {
    let segment = names.iter().find(|name| first_offset(name).is_some());
    let place = disk.place();
    let not_a_log = |what: &str| LogError::NotALog { place: disk.place(), what: what.to_owned() };
    if !names.iter().any(|name| name == head::NAME) {
        let file = head::NAME.to_owned();
        return Err(match segment {
            None => not_a_log("it holds no 'head'"),
            Some(segment) => {
                let what = format!("it isn't there, but the segment {segment} is");
                LogError::DamagedHead { place, file, byte: 0, what }
            }
        });
    }
    let failed = |error: io::Error| LogError::failed(disk.place(), "read head", &error);
    if segment.is_none() && !head::is_whole(disk).map_err(failed)? {
        return Err(not_a_log("a log was about to be created and isn't finished"));
    }
    Ok(())
}

impl Writer {
    /// Makes what was found the state from which appends go on: cuts, then syncs, then acknowledges. Done again after
    /// a crash in the middle of it, it comes to the same.
    fn settle(&mut self, found: &State, torn: Option<&Torn>, incomplete: bool) -> io::Result<()> {
        let durability = self.settings.durability;
        if let Some(torn) = torn {
            if torn.at_byte == 0 {
                self.disk.remove(&torn.segment)?;
            } else {
                self.disk.open(&torn.segment)?.set_length(torn.at_byte)?;
            }
        }
        // Whoever was killed may not have synced what is found here, and a power cut would still undo it.
        let unsure = |first: u64| first >= self.acknowledged.segment;
        for segment in found.segments.iter().filter(|segment| unsure(segment.extent.first)) {
            self.make_sure(segment.extent)?;
        }
        if durability == Durability::Power {
            self.disk.sync_entry()?;
        }
        self.head.sync(durability)?;
        let now = found.segments.last().map_or(self.acknowledged, |last| {
            let Extent { first, end, bytes } = last.extent;
            Acknowledged { end, segment: first, bytes }
        });
        if now != self.acknowledged || incomplete {
            self.head.acknowledge(now, durability)?;
        }
        self.acknowledged = now;
        self.last = match found.segments.last() {
            Some(last) => Some(self.disk.open(&segment_name(last.extent.first))?),
            None => None,
        };
        Ok(())
    }

    /// Syncs a segment. What was never acknowledged is written again: the sync of whoever wrote it may have failed, and
    /// then another doesn't see that there is anything to be synced.
    fn make_sure(&self, extent: Extent) -> io::Result<()> {
        let handle = self.disk.open(&segment_name(extent.first))?;
        if self.settings.durability == Durability::Power {
            let acknowledged = self.acknowledged.end > 0 && extent.first == self.acknowledged.segment;
            let from = if acknowledged { self.acknowledged.bytes } else { 0 };
            let mut again = vec![0; (extent.bytes - from) as usize];
            let read = handle.read_at(&mut again, from)?;
            if read > 0 {
                handle.write_at(&again[..read], from)?;
            }
        }
        sync(&handle, self.settings.durability)
    }
}
