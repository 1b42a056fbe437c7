//! Finds rows by the bytes of their keys, and keeps the values that are served beside them.

use std::hash::BuildHasher;

use foldhash::fast::RandomState;
use hashbrown::HashTable;

/// The bytes of all keys, each with room for a value behind it: whoever has compared a key has its value at hand.
///
/// The hash is seeded at random, so that no file can choose keys that collide; nothing depends on it.
pub(super) struct Names {
    bytes: Vec<u8>,
    /// Hash and place of each key.
    index: HashTable<(u64, u32)>,
    hash: RandomState,
    /// The bytes that most values take.
    room: usize,
}

/// Where a key and its value stand.
#[derive(Debug, Clone, Copy)]
pub(super) struct Name {
    key_at: usize,
    /// Behind the key, but for a value that outgrew its room.
    value_at: usize,
    key_length: u32,
    value_length: u32,
    value_room: u32,
}

impl Names {
    /// No keys yet; most values will take so many bytes.
    pub(super) fn new(room: usize) -> Self {
        Self { bytes: Vec::new(), index: HashTable::new(), hash: RandomState::default(), room }
    }

    /// The place of a key if it has one, and its hash.
    pub(super) fn find(&self, key: &[u8], name: impl Fn(u32) -> Name) -> (Option<u32>, u64) {
        let hash = self.hash.hash_one(key);
        let is_it = |&(other, place): &(u64, u32)| other == hash && self.key(name(place)) == key;
        (self.index.find(hash, is_it).map(|&(_, place)| place), hash)
    }

    /// Enters a key that has no place yet.
    pub(super) fn push(&mut self, key: &[u8], hash: u64, place: u32) -> Name {
        self.index.insert_unique(hash, (hash, place), |&(hash, _)| hash);
        let key_at = self.bytes.len();
        self.bytes.extend_from_slice(key);
        let value_at = self.bytes.len();
        self.bytes.resize(value_at + self.room, 0);
        let (key_length, value_room) = (key.len() as u32, self.room as u32);
        Name { key_at, value_at, key_length, value_length: 0, value_room }
    }

    fn key(&self, name: Name) -> &[u8] {
        &self.bytes[name.key_at..name.key_at + name.key_length as usize]
    }

    pub(super) fn value(&self, name: Name) -> &[u8] {
        &self.bytes[name.value_at..name.value_at + name.value_length as usize]
    }

    /// Sets a value. One that outgrows its room moves to the end and gets twice the room, so that the bytes of a key are
    /// a few times its longest value's at most.
    pub(super) fn set_value(&mut self, name: &mut Name, value: &[u8]) {
        if value.len() > name.value_room as usize {
            let room = value.len().max(2 * name.value_room as usize);
            (name.value_at, name.value_room) = (self.bytes.len(), room as u32);
            self.bytes.resize(name.value_at + room, 0);
        }
        self.bytes[name.value_at..name.value_at + value.len()].copy_from_slice(value);
        name.value_length = value.len() as u32;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_any_length_stay_with_their_keys() {
        let mut names = Names::new(3);
        let keys: [&[u8]; 3] = [b"", b"a", b"ab"];
        let mut places: Vec<Name> = Vec::new();
        for key in keys {
            let (found, hash) = names.find(key, |place| places[place as usize]);
            assert_eq!(found, None);
            let name = names.push(key, hash, places.len() as u32);
            places.push(name);
        }
        for length in [3, 0, 4, 9, 5, 40, 1] {
            for (name, byte) in places.iter_mut().zip(1..) {
                names.set_value(name, &vec![byte; length]);
            }
            for (place, key) in keys.iter().enumerate() {
                assert_eq!(names.find(key, |place| places[place as usize]).0, Some(place as u32));
                assert_eq!(names.value(places[place]), vec![place as u8 + 1; length]);
            }
        }
        // Rooms of 3, 6, 12 and 40 bytes.
        assert_eq!(names.bytes.len(), 3 + 3 * (3 + 6 + 12 + 40));
    }
}
