//! A simulated disk: it can fill up, fail, and lose its power at any byte of any operation.
//!
//! As a real one it has two images: what the operating system has, which survives a kill, and what was synced, which
//! survives a power cut; between them lie the changes since, in order, of each file and of the folder. A sync that fails
//! forgets what it should have written, as Linux does: only what is written again is synced later.

mod cut;
mod stored;

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use stored::{Change, Stored, set_name};

/// Describes what goes wrong at an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The process dies when so many bytes of a write have landed; of another operation, before (0) or after it.
    Crash {
        /// How many bytes.
        after: usize,
    },
    /// The disk is full when so many bytes of a write have landed; another operation, a sync too, does nothing. The
    /// process lives on.
    NoSpace {
        /// How many bytes.
        after: usize,
    },
}

/// A disk in memory, with one folder. Clones are the same disk; only [`SimulatedDisk::after_kill`] and
/// [`SimulatedDisk::after_power_cut`] make another.
#[derive(Clone, Default)]
pub struct SimulatedDisk {
    machine: Arc<Mutex<Machine>>,
}

/// A file on it that this process has opened.
pub(super) struct SimulatedFile {
    disk: SimulatedDisk,
    file: usize,
}

#[derive(Clone, Default)]
struct Machine {
    /// Files by number; names point to them.
    files: Vec<Stored>,
    names: BTreeMap<String, usize>,
    synced_names: BTreeMap<String, usize>,
    renamed: Vec<(String, Option<usize>)>,
    room: Option<u64>,
    planned: Option<(u64, Fault)>,
    /// Strikes after the planned one.
    next: Option<Fault>,
    operations: u64,
    struck: bool,
    dead: bool,
    syncs_ignored: bool,
}

impl SimulatedDisk {
    /// Returns an empty disk.
    pub fn new() -> SimulatedDisk {
        SimulatedDisk::default()
    }

    /// Lets `fault` strike at the `n`th operation from now, counted from 0: a write, a sync, a change of length, a
    /// file created or removed.
    pub fn plan(&self, n: u64, fault: Fault) {
        let mut machine = self.lock();
        machine.planned = Some((machine.operations + n, fault));
        machine.next = None;
        machine.struck = false;
    }

    /// Lets another fault strike at the operation after the planned one.
    pub fn then(&self, fault: Fault) {
        self.lock().next = Some(fault);
    }

    /// Returns whether the planned fault has struck: a fault without this witness has tested nothing.
    pub fn struck(&self) -> bool {
        self.lock().struck
    }

    /// Returns how many operations it has seen.
    pub fn operations(&self) -> u64 {
        self.lock().operations
    }

    /// From now on it has room for so many bytes in all, or for any number.
    pub fn set_room(&self, bytes: Option<u64>) {
        self.lock().room = bytes;
    }

    /// Plants a bug: from now on a sync does nothing and says that it has.
    pub fn ignore_syncs(&self) {
        self.lock().syncs_ignored = true;
    }

    /// Returns the disk that the next process finds after a kill: all that was written is there.
    #[must_use]
    pub fn after_kill(&self) -> SimulatedDisk {
        let machine =
            Machine { planned: None, next: None, struck: false, dead: false, ..self.lock().clone() };
        SimulatedDisk { machine: Arc::new(Mutex::new(machine)) }
    }

    /// Returns the names of its files, sorted.
    pub fn names(&self) -> Vec<String> {
        self.lock().names.keys().cloned().collect()
    }

    /// Returns what is in a file.
    pub fn contents(&self, name: &str) -> Option<Vec<u8>> {
        let machine = self.lock();
        Some(machine.files[*machine.names.get(name)?].bytes.clone())
    }

    /// Puts other contents in place of a file's, durably, or deletes it.
    pub fn replace(&self, name: &str, contents: Option<Vec<u8>>) {
        let mut machine = self.lock();
        let Some(bytes) = contents else {
            machine.names.remove(name);
            machine.synced_names.remove(name);
            return;
        };
        let number = machine.files.len();
        machine.files.push(Stored { bytes: bytes.clone(), synced: bytes, changes: Vec::new() });
        machine.names.insert(name.to_owned(), number);
        machine.synced_names.insert(name.to_owned(), number);
    }

    pub(super) fn open(&self, name: &str) -> io::Result<SimulatedFile> {
        let machine = self.alive()?;
        let file = *machine.names.get(name).ok_or(io::ErrorKind::NotFound)?;
        Ok(SimulatedFile { disk: self.clone(), file })
    }

    pub(super) fn create(&self, name: &str) -> io::Result<SimulatedFile> {
        let mut machine = self.alive()?;
        if let Some(&file) = machine.names.get(name) {
            machine.operate(|machine| machine.files[file].change(Change::Length(0)))?;
            return Ok(SimulatedFile { disk: self.clone(), file });
        }
        let file = machine.files.len();
        machine.operate(|machine| {
            machine.files.push(Stored::default());
            machine.rename(name, Some(file));
        })?;
        Ok(SimulatedFile { disk: self.clone(), file })
    }

    pub(super) fn remove(&self, name: &str) -> io::Result<()> {
        let mut machine = self.alive()?;
        if !machine.names.contains_key(name) {
            return Err(io::ErrorKind::NotFound.into());
        }
        machine.operate(|machine| machine.rename(name, None))
    }

    pub(super) fn sync(&self) -> io::Result<()> {
        let mut machine = self.alive()?;
        machine.operate(|machine| {
            if !machine.syncs_ignored {
                machine.synced_names = machine.names.clone();
                machine.renamed.clear();
            }
        })
    }

    fn lock(&self) -> MutexGuard<'_, Machine> {
        self.machine.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn alive(&self) -> io::Result<MutexGuard<'_, Machine>> {
        let machine = self.lock();
        if machine.dead { Err(crashed()) } else { Ok(machine) }
    }
}

impl SimulatedFile {
    pub(super) fn read_at(&self, bytes: &mut [u8], at: u64) -> io::Result<usize> {
        let machine = self.disk.alive()?;
        let from = machine.files[self.file].bytes.get(at as usize..).unwrap_or_default();
        let count = from.len().min(bytes.len());
        bytes[..count].copy_from_slice(&from[..count]);
        Ok(count)
    }

    pub(super) fn write_at(&self, bytes: &[u8], at: u64) -> io::Result<()> {
        self.disk.alive()?.write(self.file, bytes, at as usize)
    }

    pub(super) fn length(&self) -> io::Result<u64> {
        Ok(self.disk.alive()?.files[self.file].bytes.len() as u64)
    }

    pub(super) fn set_length(&self, length: u64) -> io::Result<()> {
        let file = self.file;
        self.disk.alive()?.operate(|machine| machine.files[file].change(Change::Length(length as usize)))
    }

    pub(super) fn sync(&self) -> io::Result<()> {
        let file = self.file;
        let mut machine = self.disk.alive()?;
        let done = machine.operate(|machine| {
            if !machine.syncs_ignored {
                machine.files[file].sync();
            }
        });
        if done.is_err() && !machine.dead {
            machine.files[file].changes.clear();
        }
        done
    }
}

impl Machine {
    /// Counts an operation; the fault that is to strike at it.
    fn begin(&mut self) -> Option<Fault> {
        let fault = self.planned.filter(|(at, _)| *at == self.operations).map(|(_, fault)| fault);
        self.operations += 1;
        if fault.is_some() {
            self.struck = true;
            self.planned = self.next.take().map(|next| (self.operations, next));
        }
        fault
    }

    /// Does something that is done whole or not at all.
    fn operate(&mut self, act: impl FnOnce(&mut Machine)) -> io::Result<()> {
        match self.begin() {
            None => {
                act(self);
                Ok(())
            }
            Some(Fault::NoSpace { .. }) => Err(io::ErrorKind::StorageFull.into()),
            Some(Fault::Crash { after }) => {
                if after > 0 {
                    act(self);
                }
                self.dead = true;
                Err(crashed())
            }
        }
    }

    /// Writes as much as there is room for and the planned fault lets through.
    fn write(&mut self, file: usize, bytes: &[u8], at: usize) -> io::Result<()> {
        let room = self.room_for(file, at, bytes.len());
        let fault = self.begin();
        let landing = match fault {
            None => room,
            Some(Fault::NoSpace { after } | Fault::Crash { after }) => after.min(room),
        };
        self.files[file].change(Change::Write { at, bytes: bytes[..landing].to_vec() });
        match fault {
            Some(Fault::Crash { .. }) => {
                self.dead = true;
                Err(crashed())
            }
            Some(Fault::NoSpace { .. }) => Err(io::ErrorKind::StorageFull.into()),
            None if room < bytes.len() => Err(io::ErrorKind::StorageFull.into()),
            None => Ok(()),
        }
    }

    fn rename(&mut self, name: &str, file: Option<usize>) {
        set_name(&mut self.names, name, file);
        self.renamed.push((name.to_owned(), file));
    }

    /// Returns how many of so many bytes there is room for.
    fn room_for(&self, file: usize, at: usize, bytes: usize) -> usize {
        let Some(room) = self.room else { return bytes };
        let used: usize = self.names.values().map(|&file| self.files[file].bytes.len()).sum();
        let free = (room as usize).saturating_sub(used);
        (self.files[file].bytes.len().saturating_sub(at) + free).min(bytes)
    }
}

fn crashed() -> io::Error {
    io::Error::other("the process has crashed")
}
