//! Damage done to a store in memory on purpose.

use super::Memory;

impl Memory {
    /// Flips a bit of the `n`th stored record.
    pub fn flip(&self, n: usize, bit: usize) {
        let mut disk = self.lock();
        if let Some(value) = disk.live.records.values_mut().nth(n) {
            let mut bytes = value.to_vec();
            let at = (bit / 8) % bytes.len().max(1);
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= 1 << (bit % 8);
            }
            *value = bytes.into();
        }
    }

    /// Loses the `n`th stored record.
    pub fn lose(&self, n: usize) {
        let mut disk = self.lock();
        if let Some(key) = disk.live.records.keys().nth(n).cloned() {
            disk.live.records.remove(&key);
        }
    }

    /// Goes back to the records of `earlier`, while the manifest stays: an engine that silently rolls back.
    pub fn roll_back_to(&self, earlier: &Memory) {
        let records = earlier.lock().live.records.clone();
        self.lock().live.records = records;
    }

    /// Puts another manifest in place, or none.
    pub fn replace_manifest(&self, text: Option<String>) {
        self.lock().live.manifest = text;
    }
}
