//! Where each key's entry is in a table.

use hashbrown::HashTable;

/// No entry.
const NONE: u32 = u32::MAX;
/// Below this many entries a hash table is small enough, whatever the keys.
const FEW: usize = 64;
/// An array by key number is chosen when it has at most this many places for each entry, and given up at twice that.
const SPARSE: usize = 8;

/// Positions by key number.
///
/// Key numbers are dense, so an array serves best wherever a window has a fair share of all keys: nothing is hashed, and
/// keys come out in order. A window with few of many keys gets a hash table, so memory follows the entries.
#[derive(Debug, Clone)]
pub(super) enum KeyIndex {
    Hashed(HashTable<Place>),
    Direct(Vec<u32>),
}

/// A key and its position; a probe stays within the index.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    key: u32,
    at: u32,
}

impl Default for KeyIndex {
    fn default() -> Self {
        Self::Hashed(HashTable::new())
    }
}

/// Spreads key numbers: they are dense and chosen by us, so one multiplication by the golden ratio (Knuth's
/// multiplicative hash) is enough; its high half goes to the low bits too, which hashbrown takes the bucket from.
#[inline]
pub(super) fn hash(key: u32) -> u64 {
    let product = u64::from(key).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    product ^ (product >> 32)
}

impl KeyIndex {
    /// The position of a key's entry.
    #[inline]
    pub(super) fn find(&self, key: u32) -> Option<usize> {
        match self {
            Self::Direct(places) => places.get(key as usize).filter(|&&at| at != NONE).map(|&at| at as usize),
            Self::Hashed(places) => {
                places.find(hash(key), |place| place.key == key).map(|place| place.at as usize)
            }
        }
    }

    /// Notes that a new key's entry is behind those of `keys`.
    pub(super) fn push(&mut self, key: u32, keys: impl ExactSizeIterator<Item = u32> + Clone) {
        let entries = keys.len();
        match self {
            Self::Direct(places) if (key as usize) < places.len() => {
                places[key as usize] = entries as u32;
                return;
            }
            Self::Direct(places) if (key as usize) < 2 * SPARSE * entries => {
                places.resize((key as usize + 1).next_power_of_two(), NONE);
                places[key as usize] = entries as u32;
                return;
            }
            Self::Direct(_) => *self = Self::hashed(keys.clone()),
            Self::Hashed(_) if entries >= FEW && entries.is_power_of_two() => self.try_direct(keys.clone()),
            Self::Hashed(_) => {}
        }
        match self {
            Self::Hashed(places) => {
                let place = Place { key, at: entries as u32 };
                places.insert_unique(hash(key), place, |place| hash(place.key));
            }
            Self::Direct(_) => self.push(key, keys),
        }
    }

    fn hashed(keys: impl ExactSizeIterator<Item = u32>) -> Self {
        let mut places = HashTable::with_capacity(keys.len() + 1);
        for (key, at) in keys.zip(0..) {
            places.insert_unique(hash(key), Place { key, at }, |place| hash(place.key));
        }
        Self::Hashed(places)
    }

    /// Becomes an array if that isn't too sparse.
    fn try_direct(&mut self, keys: impl ExactSizeIterator<Item = u32> + Clone) {
        let most = keys.clone().max().unwrap_or(0) as usize;
        if most < SPARSE * keys.len() {
            let mut places = vec![NONE; (most + 1).next_power_of_two()];
            keys.zip(0..).for_each(|(key, at)| places[key as usize] = at);
            *self = Self::Direct(places);
        }
    }

    /// Positions in the order of key numbers. `order` is room to work in.
    pub(super) fn by_key(&self, order: &mut Vec<u64>) {
        order.clear();
        match self {
            Self::Direct(places) => {
                order.extend(places.iter().filter(|&&at| at != NONE).map(|&at| u64::from(at)));
            }
            Self::Hashed(places) => {
                order.extend(places.iter().map(|place| u64::from(place.key) << 32 | u64::from(place.at)));
                order.sort_unstable();
            }
        }
    }

    /// Forgets all keys, keeps the memory.
    pub(super) fn clear(&mut self) {
        match self {
            Self::Direct(places) => places.fill(NONE),
            Self::Hashed(places) => places.clear(),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn index(keys: &[u32]) -> KeyIndex {
        let mut index = KeyIndex::default();
        for (at, &key) in keys.iter().enumerate() {
            assert_eq!(index.find(key), None);
            index.push(key, keys[..at].iter().copied());
        }
        index
    }

    fn check(keys: &[u32]) -> KeyIndex {
        let index = index(keys);
        for (at, &key) in keys.iter().enumerate() {
            assert_eq!(index.find(key), Some(at), "{key}");
        }
        let mut order = Vec::new();
        index.by_key(&mut order);
        let sorted: Vec<u32> = order.iter().map(|&packed| keys[packed as u32 as usize]).collect();
        assert!(sorted.is_sorted() && sorted.len() == keys.len());
        index
    }

    #[test]
    fn dense_keys_get_an_array_and_sparse_ones_a_hash_table() {
        let dense: Vec<u32> = (0..1000).rev().collect();
        assert!(matches!(check(&dense), KeyIndex::Direct(_)));
        let sparse: Vec<u32> = (0..1000).map(|i| i * 1000).collect();
        assert!(matches!(check(&sparse), KeyIndex::Hashed(_)));
        let few: Vec<u32> = (0..60).collect();
        assert!(matches!(check(&few), KeyIndex::Hashed(_)));
    }

    #[test]
    fn an_array_that_becomes_too_sparse_is_given_up() {
        let mut keys: Vec<u32> = (0..100).collect();
        assert!(matches!(check(&keys), KeyIndex::Direct(_)));
        keys.push(1500);
        assert!(matches!(check(&keys), KeyIndex::Direct(_)));
        keys.push(u32::MAX);
        assert!(matches!(check(&keys), KeyIndex::Hashed(_)));
    }

    proptest! {
        #[test]
        fn any_keys_are_found(steps in prop::collection::vec((0_u32..40, 0_u32..12), 0..400)) {
            // Gaps of many sizes, so that the index changes its kind more than once.
            let mut keys: Vec<u32> = Vec::new();
            for (low, scale) in steps {
                let key = low << (2 * scale) | low;
                if !keys.contains(&key) {
                    keys.push(key);
                }
            }
            let mut index = check(&keys);
            index.clear();
            prop_assert!(keys.iter().all(|&key| index.find(key).is_none()));
        }
    }
}
