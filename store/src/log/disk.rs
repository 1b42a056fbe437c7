//! Holds all that a log asks of a file system, so that a simulated one can stand in for it.

use super::simulated::{SimulatedDisk, SimulatedFile};
use crate::Durability;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::PathBuf;

/// Where a log's files lie. Clones are the same place.
#[derive(Clone)]
pub(super) enum Disk {
    Folder(PathBuf),
    Simulated(SimulatedDisk),
}

/// An open file.
pub(super) enum Handle {
    File(File),
    Simulated(SimulatedFile),
}

impl Disk {
    /// Returns its name in messages.
    pub(super) fn place(&self) -> String {
        match self {
            Disk::Folder(path) => path.display().to_string(),
            Disk::Simulated(_) => "the simulated disk".to_owned(),
        }
    }

    /// Returns the names of all files, sorted.
    pub(super) fn names(&self) -> io::Result<Vec<String>> {
        let mut names = match self {
            Disk::Folder(path) => fs::read_dir(path)?
                .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
                .collect::<io::Result<Vec<_>>>()?,
            Disk::Simulated(disk) => disk.names(),
        };
        names.sort();
        Ok(names)
    }

    /// Opens a file that is there.
    pub(super) fn open(&self, name: &str) -> io::Result<Handle> {
        match self {
            Disk::Folder(path) => {
                Ok(Handle::File(File::options().read(true).write(true).open(path.join(name))?))
            }
            Disk::Simulated(disk) => Ok(Handle::Simulated(disk.open(name)?)),
        }
    }

    /// Creates a file, or empties the one that is there.
    pub(super) fn create(&self, name: &str) -> io::Result<Handle> {
        match self {
            Disk::Folder(path) => {
                let mut options = File::options();
                let options = options.read(true).write(true).create(true).truncate(true);
                Ok(Handle::File(options.open(path.join(name))?))
            }
            Disk::Simulated(disk) => Ok(Handle::Simulated(disk.create(name)?)),
        }
    }

    pub(super) fn remove(&self, name: &str) -> io::Result<()> {
        match self {
            Disk::Folder(path) => fs::remove_file(path.join(name)),
            Disk::Simulated(disk) => disk.remove(name),
        }
    }

    /// Makes it durable which files there are.
    pub(super) fn sync(&self) -> io::Result<()> {
        match self {
            Disk::Folder(path) => File::open(path)?.sync_all(),
            Disk::Simulated(disk) => disk.sync(),
        }
    }

    /// Does so if it is to survive a power cut.
    pub(super) fn sync_if(&self, durability: Durability) -> io::Result<()> {
        match durability {
            Durability::Process => Ok(()),
            Durability::Power => self.sync(),
        }
    }

    /// Makes the place itself durable, and which files there are.
    pub(super) fn sync_entry(&self) -> io::Result<()> {
        self.sync()?;
        match self {
            Disk::Folder(path) => match fs::canonicalize(path)?.parent() {
                Some(parent) => File::open(parent)?.sync_all(),
                None => Ok(()),
            },
            Disk::Simulated(_) => Ok(()),
        }
    }
}

impl Handle {
    /// Fills as much of `bytes` as the file has from there on; says how much that is.
    pub(super) fn read_at(&self, bytes: &mut [u8], at: u64) -> io::Result<usize> {
        let mut filled = 0;
        while filled < bytes.len() {
            match self.read_some_at(&mut bytes[filled..], at + filled as u64) {
                Ok(0) => break,
                Ok(read) => filled += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(filled)
    }

    fn read_some_at(&self, bytes: &mut [u8], at: u64) -> io::Result<usize> {
        match self {
            Handle::File(file) => file.read_at(bytes, at),
            Handle::Simulated(file) => file.read_at(bytes, at),
        }
    }

    /// Writes all of `bytes` there. After an error some of them may have been written.
    pub(super) fn write_at(&self, bytes: &[u8], at: u64) -> io::Result<()> {
        match self {
            Handle::File(file) => file.write_all_at(bytes, at),
            Handle::Simulated(file) => file.write_at(bytes, at),
        }
    }

    pub(super) fn length(&self) -> io::Result<u64> {
        match self {
            Handle::File(file) => Ok(file.metadata()?.len()),
            Handle::Simulated(file) => file.length(),
        }
    }

    pub(super) fn set_length(&self, length: u64) -> io::Result<()> {
        match self {
            Handle::File(file) => file.set_len(length),
            Handle::Simulated(file) => file.set_length(length),
        }
    }

    /// Makes its bytes and its length durable.
    pub(super) fn sync(&self) -> io::Result<()> {
        match self {
            Handle::File(file) => file.sync_data(),
            Handle::Simulated(file) => file.sync(),
        }
    }
}
