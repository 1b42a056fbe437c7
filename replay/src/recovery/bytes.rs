//! A sink of bytes: a file that is appended to, or written at a position, and cut where it was torn.

use std::{
    fs::{File, OpenOptions},
    io::{self, Read, Seek, SeekFrom, Write},
    path::Path,
};

/// An append-only log of bytes, as the world outside sees it.
///
/// What was written survives the death of the process; what was synced survives a power cut. A hash runs along, so that
/// what anybody else has written there is noticed.
#[derive(Debug)]
pub(super) struct Bytes {
    medium: Medium,
    /// Up to here it survives a power cut.
    synced: u64,
    end: u64,
    /// Of all that was written, unless it was written over or cut: then it is to be read again.
    running: Option<blake3::Hasher>,
}

#[derive(Debug)]
enum Medium {
    Memory(Vec<u8>),
    File(File),
}

impl Bytes {
    /// One that lives as long as this value.
    pub(super) fn in_memory() -> Self {
        let running = Some(blake3::Hasher::new());
        Self { medium: Medium::Memory(Vec::new()), synced: 0, end: 0, running }
    }

    /// The file at `path`, made if it isn't there.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
        let end = file.metadata()?.len();
        let running = (end == 0).then(blake3::Hasher::new);
        Ok(Self { medium: Medium::File(file), synced: end, end, running })
    }

    /// Returns how many bytes it has.
    pub(super) fn end(&self) -> u64 {
        self.end
    }

    /// Writes `bytes` from position `at` on, which is at most its end: the same again changes nothing.
    pub(super) fn write_at(&mut self, at: u64, bytes: &[u8]) -> io::Result<()> {
        let end = at + bytes.len() as u64;
        self.running = self.running.take().filter(|_| at == self.end);
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
        if let Some(running) = &mut self.running {
            running.update(bytes);
        }
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
        self.running = (end == 0).then(blake3::Hasher::new);
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

    /// Returns what a power cut leaves.
    pub(super) fn lose_unsynced(&mut self) -> io::Result<bool> {
        self.cut(self.synced)
    }

    /// The hash of all that was written here.
    pub(super) fn running_hash(&mut self) -> io::Result<blake3::Hash> {
        let running = match self.running.take() {
            Some(running) => running,
            None => self.hasher_of(self.end)?,
        };
        Ok(self.running.insert(running).finalize())
    }

    /// The hash of what stands before `end`, read anew.
    pub(super) fn hash_to(&mut self, end: u64) -> io::Result<blake3::Hash> {
        Ok(self.hasher_of(end)?.finalize())
    }

    fn hasher_of(&mut self, end: u64) -> io::Result<blake3::Hasher> {
        let mut hasher = blake3::Hasher::new();
        match &mut self.medium {
            Medium::Memory(all) => hasher.update(&all[..end as usize]),
            Medium::File(file) => {
                file.seek(SeekFrom::Start(0))?;
                hasher.update_reader(file.take(end))?
            }
        };
        Ok(hasher)
    }

    /// Returns whether it still holds what was written here, and nothing else.
    pub(super) fn is_untouched(&mut self) -> io::Result<bool> {
        let length = match &self.medium {
            Medium::Memory(all) => all.len() as u64,
            Medium::File(file) => file.metadata()?.len(),
        };
        Ok(length == self.end && self.running_hash()? == self.hash_to(self.end)?)
    }

    /// All of it.
    pub(super) fn read(&mut self) -> io::Result<Vec<u8>> {
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

    fn check(mut output: Bytes) {
        output.write_at(0, b"one\n").unwrap();
        output.sync().unwrap();
        output.write_at(4, b"two\n").unwrap();
        output.write_at(4, b"two\n").unwrap();
        assert_eq!(output.read().unwrap(), b"one\ntwo\n");
        output.write_at(8, b"thr").unwrap();
        assert!(output.cut(8).unwrap() && !output.cut(8).unwrap());
        assert_eq!((output.read().unwrap().as_slice(), output.end()), (&b"one\ntwo\n"[..], 8));
        assert_eq!(output.running_hash().unwrap(), blake3::hash(b"one\ntwo\n"));
        assert_eq!(output.hash_to(4).unwrap(), blake3::hash(b"one\n"));
        assert!(output.lose_unsynced().unwrap());
        output.write_at(4, b"2\n").unwrap();
        assert_eq!(output.read().unwrap(), b"one\n2\n");
        assert_eq!(output.running_hash().unwrap(), blake3::hash(b"one\n2\n"));
        assert!(output.is_untouched().unwrap());
    }

    #[test]
    fn what_others_have_done_to_a_file_is_seen() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("output");
        for harm in [&b"1\n3\n"[..], b"1\n", b"1\n2\n3\n", b""] {
            std::fs::write(&path, "").unwrap();
            let mut output = Bytes::open(&path).unwrap();
            output.write_at(0, b"1\n2\n").unwrap();
            assert!(output.is_untouched().unwrap());
            std::fs::write(&path, harm).unwrap();
            assert!(!output.is_untouched().unwrap(), "{}", harm.escape_ascii());
        }
    }

    #[test]
    fn both_media_keep_what_was_written() {
        check(Bytes::in_memory());
        let folder = tempfile::tempdir().unwrap();
        check(Bytes::open(&folder.path().join("output")).unwrap());
        let mut again = Bytes::open(&folder.path().join("output")).unwrap();
        assert_eq!((again.read().unwrap().as_slice(), again.end()), (&b"one\n2\n"[..], 6));
    }
}
