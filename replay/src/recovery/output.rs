//! Where rows are delivered: a file that is appended to, or written at a position, and cut where it was torn.

use std::{
    fs::{File, OpenOptions},
    io::{self, Read, Seek, SeekFrom, Write},
    path::Path,
};

/// An append-only log of bytes, as the world outside sees it.
///
/// What was written survives the death of the process; what was synced survives a power cut.
#[derive(Debug)]
pub struct Output {
    medium: Medium,
    /// Up to here it survives a power cut.
    synced: u64,
    end: u64,
}

#[derive(Debug)]
enum Medium {
    Memory(Vec<u8>),
    File(File),
}

impl Output {
    /// One that lives as long as this value.
    pub fn in_memory() -> Self {
        Self { medium: Medium::Memory(Vec::new()), synced: 0, end: 0 }
    }

    /// The file at `path`, made if it isn't there.
    pub fn open(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
        let end = file.metadata()?.len();
        Ok(Self { medium: Medium::File(file), synced: end, end })
    }

    /// How many bytes it has.
    pub fn end(&self) -> u64 {
        self.end
    }

    /// Writes `bytes` from position `at` on, which is at most its end: the same again changes nothing.
    pub(super) fn write_at(&mut self, at: u64, bytes: &[u8]) -> io::Result<()> {
        let end = at + bytes.len() as u64;
        match &mut self.medium {
            Medium::Memory(all) => {
                all.resize(all.len().max(end as usize), 0);
                all[at as usize..end as usize].copy_from_slice(bytes);
            }
            Medium::File(file) => {
                file.seek(SeekFrom::Start(at))?;
                file.write_all(bytes)?;
            }
        }
        self.end = self.end.max(end);
        Ok(())
    }

    /// Cuts off what stands behind `end`. Whether there was anything.
    pub(super) fn cut(&mut self, end: u64) -> io::Result<bool> {
        if self.end <= end {
            return Ok(false);
        }
        match &mut self.medium {
            Medium::Memory(all) => all.truncate(end as usize),
            Medium::File(file) => file.set_len(end)?,
        }
        self.end = end;
        self.synced = self.synced.min(end);
        Ok(true)
    }

    /// Appends half of `rows`, or half a row where there are none: what a crash in the middle of delivering leaves.
    pub(super) fn tear(&mut self, rows: &[u8]) -> io::Result<()> {
        let half = if rows.is_empty() { b"12" } else { &rows[..rows.len().div_ceil(2)] };
        self.write_at(self.end, half)
    }

    /// Makes what was written survive a power cut.
    pub(super) fn sync(&mut self) -> io::Result<()> {
        if let Medium::File(file) = &self.medium {
            file.sync_data()?;
        }
        self.synced = self.end;
        Ok(())
    }

    /// What a power cut leaves.
    pub(super) fn lose_unsynced(&mut self) -> io::Result<bool> {
        self.cut(self.synced)
    }

    /// The hash of all of it.
    pub(super) fn hash(&mut self) -> io::Result<blake3::Hash> {
        let mut hasher = blake3::Hasher::new();
        match &mut self.medium {
            Medium::Memory(all) => hasher.update(all),
            Medium::File(file) => {
                file.seek(SeekFrom::Start(0))?;
                hasher.update_reader(file)?
            }
        };
        Ok(hasher.finalize())
    }

    /// All of it.
    pub fn read(&mut self) -> io::Result<Vec<u8>> {
        match &mut self.medium {
            Medium::Memory(all) => Ok(all.clone()),
            Medium::File(file) => {
                let mut all = Vec::with_capacity(self.end as usize);
                file.seek(SeekFrom::Start(0))?;
                file.read_to_end(&mut all)?;
                Ok(all)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(mut output: Output) {
        output.write_at(0, b"one\n").unwrap();
        output.sync().unwrap();
        output.write_at(4, b"two\n").unwrap();
        output.write_at(4, b"two\n").unwrap();
        assert_eq!(output.read().unwrap(), b"one\ntwo\n");
        output.write_at(8, b"thr").unwrap();
        assert!(output.cut(8).unwrap() && !output.cut(8).unwrap());
        assert_eq!((output.read().unwrap().as_slice(), output.end()), (&b"one\ntwo\n"[..], 8));
        assert_eq!(output.hash().unwrap(), blake3::hash(b"one\ntwo\n"));
        assert!(output.lose_unsynced().unwrap());
        output.write_at(4, b"2\n").unwrap();
        assert_eq!(output.read().unwrap(), b"one\n2\n");
    }

    #[test]
    fn both_media_keep_what_was_written() {
        check(Output::in_memory());
        let folder = tempfile::tempdir().unwrap();
        check(Output::open(&folder.path().join("output")).unwrap());
        let mut again = Output::open(&folder.path().join("output")).unwrap();
        assert_eq!((again.read().unwrap().as_slice(), again.end()), (&b"one\n2\n"[..], 6));
    }
}
