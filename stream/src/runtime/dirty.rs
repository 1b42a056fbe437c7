//! Which entries of a keyed state have changed since it was saved.

use std::{collections::HashSet, hash::Hash};

use foldhash::fast::RandomState;
use serde::{Deserialize, Serialize};

/// Fewer noted keys than this are not worth giving up.
const FEW: usize = 16;

/// The keys that were written or removed since the state was saved. Until it first is, nothing is noted, and noting
/// costs a branch.
#[derive(Debug, Clone)]
pub(crate) struct Dirty<K> {
    noted: Noted<K>,
}

#[derive(Debug, Clone)]
enum Noted<K> {
    /// Nobody has saved the state yet.
    Unasked,
    Keys(HashSet<K, RandomState>),
    /// So many that the whole state is shorter than their list: nobody asks, and most are of entries long gone.
    TooMany,
}

/// Describes what has changed of a keyed state.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Changes<K, V> {
    /// All that there is now.
    Whole(Vec<(K, V)>),
    /// Holds what was written; `None` for what was removed.
    Since(Vec<(K, Option<V>)>),
}

impl<K> Default for Dirty<K> {
    fn default() -> Self {
        Self { noted: Noted::Unasked }
    }
}

impl<K: Copy + Ord + Hash> Dirty<K> {
    /// Notes a key whose entry is written or removed, in a state of `live` entries.
    #[inline]
    pub(crate) fn note(&mut self, key: K, live: usize) {
        if let Noted::Keys(keys) = &mut self.noted {
            keys.insert(key);
            if keys.len() > FEW.max(2 * live) {
                self.noted = Noted::TooMany;
            }
        }
    }

    /// The state was saved as it is: notes from here on.
    pub(crate) fn clear(&mut self) {
        match &mut self.noted {
            Noted::Keys(keys) if keys.capacity() <= 4 * keys.len() => keys.clear(),
            Noted::Unasked | Noted::Keys(_) | Noted::TooMany => {
                self.noted = Noted::Keys(HashSet::default());
            }
        }
    }

    /// Returns what has changed since [`Dirty::clear`] or since this was asked last, by key. `get`: what there is now
    /// with a key; `all`: all there is, in the order of keys.
    pub(crate) fn changes<V, A: IntoIterator<Item = (K, V)>>(
        &mut self,
        get: impl Fn(K) -> Option<V>,
        all: impl FnOnce() -> A,
    ) -> Changes<K, V> {
        let changes = match &self.noted {
            Noted::Keys(keys) => {
                let mut keys: Vec<K> = keys.iter().copied().collect();
                keys.sort_unstable();
                Changes::Since(keys.into_iter().map(|key| (key, get(key))).collect())
            }
            Noted::Unasked | Noted::TooMany => Changes::Whole(all().into_iter().collect()),
        };
        self.clear();
        changes
    }
}

impl<K, V> Changes<K, V> {
    /// Returns whether what isn't here is gone, and all that is here, as if it had been written or removed just now.
    pub(crate) fn into_parts(self) -> (bool, impl Iterator<Item = (K, Option<V>)>) {
        let (whole, since) = match self {
            Self::Whole(entries) => (Some(entries), None),
            Self::Since(entries) => (None, Some(entries)),
        };
        let is_whole = whole.is_some();
        let written = whole.into_iter().flatten().map(|(key, value)| (key, Some(value)));
        (is_whole, written.chain(since.into_iter().flatten()))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn asked(dirty: &mut Dirty<u8>, state: &BTreeMap<u8, u32>) -> Changes<u8, u32> {
        dirty.changes(|key| state.get(&key).copied(), || state.iter().map(|(&key, &value)| (key, value)))
    }

    proptest! {
        #[test]
        fn a_copy_follows_by_its_changes_alone(
            steps in prop::collection::vec((any::<u8>(), prop::option::of(any::<u32>()), 0..20_u8), 0..200),
        ) {
            let (mut state, mut copy, mut dirty) = (BTreeMap::new(), BTreeMap::new(), Dirty::default());
            for (key, value, ask) in steps {
                match value {
                    Some(value) => state.insert(key, value),
                    None => state.remove(&key),
                };
                dirty.note(key, state.len());
                if ask == 0 {
                    let (is_whole, entries) = asked(&mut dirty, &state).into_parts();
                    if is_whole {
                        copy.clear();
                    }
                    for (key, value) in entries {
                        match value {
                            Some(value) => copy.insert(key, value),
                            None => copy.remove(&key),
                        };
                    }
                    prop_assert_eq!(&copy, &state);
                }
            }
        }
    }

    #[test]
    fn a_list_that_nobody_asks_for_does_not_outgrow_the_state() {
        let (mut dirty, state) = (Dirty::default(), BTreeMap::from([(7, 7)]));
        dirty.clear();
        for key in 0..=FEW as u8 {
            assert!(matches!(&dirty.noted, Noted::Keys(keys) if keys.len() == key as usize));
            dirty.note(key, state.len());
        }
        assert!(matches!(dirty.noted, Noted::TooMany));
        assert!(matches!(asked(&mut dirty, &state), Changes::Whole(all) if all == [(7, 7)]));
        assert!(matches!(asked(&mut dirty, &state), Changes::Since(none) if none.is_empty()));
    }

    #[test]
    fn before_the_first_save_nothing_is_noted() {
        let mut dirty = Dirty::default();
        dirty.note(1_u8, 1);
        assert!(matches!(dirty.noted, Noted::Unasked));
    }
}
