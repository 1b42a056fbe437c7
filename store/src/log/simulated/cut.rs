//! Describes what a power cut leaves: what was synced, and of the changes since, some.

use super::stored::{Change, Stored, set_name};
use super::{Machine, SimulatedDisk};
use std::sync::{Arc, Mutex};

/// The greatest piece of a write that lands whole or not at all. Disks promise 512 bytes or more; the small logs of the
/// tests are as good as large ones where pieces are small.
const GREATEST_PIECE: u64 = 64;

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

impl SimulatedDisk {
    /// Returns the disk after a power cut. Of what wasn't synced, `seed` chooses: nothing, the first changes of each
    /// file with the last of them cut off at some byte, or pieces of them all, in no order; and any of the names.
    #[must_use]
    pub fn after_power_cut(&self, seed: u64) -> SimulatedDisk {
        let mut chance = Chance(seed);
        let before = self.lock();
        let mut names = before.synced_names.clone();
        for (name, file) in &before.renamed {
            if chance.below(2) == 0 {
                set_name(&mut names, name, *file);
            }
        }
        let files = before.files.iter().map(|file| file.after_power_cut(&mut chance)).collect();
        let machine = Machine {
            files,
            synced_names: names.clone(),
            names,
            room: before.room,
            operations: before.operations,
            syncs_ignored: before.syncs_ignored,
            ..Machine::default()
        };
        SimulatedDisk { machine: Arc::new(Mutex::new(machine)) }
    }
}

impl Stored {
    fn after_power_cut(&self, chance: &mut Chance) -> Stored {
        let mut bytes = self.synced.clone();
        match chance.below(5) {
            0 => {}
            1 | 2 => self.apply_first(&mut bytes, chance),
            _ => self.apply_pieces(&mut bytes, chance),
        }
        Stored { synced: bytes.clone(), bytes, changes: Vec::new() }
    }

    fn apply_first(&self, bytes: &mut Vec<u8>, chance: &mut Chance) {
        let whole = chance.below(self.changes.len() as u64 + 1) as usize;
        for change in &self.changes[..whole] {
            change.apply(bytes);
        }
        if let Some(Change::Write { at, bytes: written }) = self.changes.get(whole) {
            let kept = chance.below(written.len() as u64 + 1) as usize;
            Change::Write { at: *at, bytes: written[..kept].to_vec() }.apply(bytes);
        }
    }

    fn apply_pieces(&self, bytes: &mut Vec<u8>, chance: &mut Chance) {
        let size = 1 + chance.below(GREATEST_PIECE) as usize;
        for change in &self.changes {
            match change {
                Change::Length(_) if chance.below(2) == 0 => change.apply(bytes),
                Change::Length(_) => {}
                Change::Write { at, bytes: written } => {
                    for (n, piece) in written.chunks(size).enumerate() {
                        if chance.below(2) == 0 {
                            Change::Write { at: at + n * size, bytes: piece.to_vec() }.apply(bytes);
                        }
                    }
                }
            }
        }
    }
}
