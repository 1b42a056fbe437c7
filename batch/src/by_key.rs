//! Records side by side that have one key.

use datasets::Keys;

/// Entries in groups of one key. The groups follow the order of the keys' bytes; a group has its entries in the
/// order in which they were given.
pub(crate) struct ByKey<T> {
    entries: Vec<T>,
    /// Each key that has an entry, and how many it has.
    groups: Vec<(u32, usize)>,
}

impl<T: Copy> ByKey<T> {
    /// Deals the entries out: counts each key's, then puts each entry into its place (a counting sort).
    ///
    /// # Panics
    ///
    /// If a key isn't a number of `keys`.
    pub(crate) fn new(entries: impl Iterator<Item = (u32, T)> + Clone, keys: &Keys) -> Self {
        let mut counts = vec![0; keys.len()];
        entries.clone().for_each(|(key, _)| counts[key as usize] += 1);
        let mut used: Vec<u32> = (0..keys.len() as u32).filter(|&key| counts[key as usize] > 0).collect();
        used.sort_unstable_by_key(|&key| keys.get(key));
        let groups: Vec<(u32, usize)> = used.iter().map(|&key| (key, counts[key as usize])).collect();

        // From here on `counts` holds where a key's next entry goes.
        let total = groups.iter().fold(0, |next, &(key, count)| {
            counts[key as usize] = next;
            next + count
        });
        let filler = entries.clone().next();
        let mut dealt = filler.map_or_else(Vec::new, |(_, entry)| vec![entry; total]);
        for (key, entry) in entries {
            let next = &mut counts[key as usize];
            dealt[*next] = entry;
            *next += 1;
        }
        Self { entries: dealt, groups }
    }

    /// Each key with its entries.
    pub(crate) fn groups(&self) -> impl Iterator<Item = (u32, &[T])> {
        let mut rest = &self.entries[..];
        self.groups.iter().map(move |&(key, count)| {
            let (group, behind) = rest.split_at(count);
            rest = behind;
            (key, group)
        })
    }

    /// Sorts each group, equals in the order in which they were given.
    pub(crate) fn sort_groups<K: Ord>(&mut self, sort_key: impl Fn(&T) -> K) {
        let mut rest = &mut self.entries[..];
        for &(_, count) in &self.groups {
            let (group, behind) = rest.split_at_mut(count);
            group.sort_by_key(&sort_key);
            rest = behind;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn groups<T: Copy>(by_key: &ByKey<T>) -> Vec<(u32, Vec<T>)> {
        by_key.groups().map(|(key, group)| (key, group.to_vec())).collect()
    }

    #[test]
    fn groups_follow_the_bytes_of_their_keys_and_hold_entries_in_order() {
        let mut keys = Keys::default();
        let [b, unused, empty, a] = ["b", "0", "", "a"].map(|text| keys.intern(text.as_bytes()));
        let entries = [(b, 9), (a, 1), (b, 3), (empty, 4), (b, 5)];
        let mut by_key = ByKey::new(entries.into_iter(), &keys);
        assert_eq!(groups(&by_key), [(empty, vec![4]), (a, vec![1]), (b, vec![9, 3, 5])]);
        assert!(groups(&by_key).iter().all(|&(key, _)| key != unused));
        by_key.sort_groups(|&entry| entry);
        assert_eq!(groups(&by_key), [(empty, vec![4]), (a, vec![1]), (b, vec![3, 5, 9])]);
    }

    #[test]
    fn no_entries_make_no_groups() {
        let by_key = ByKey::new(std::iter::empty::<(u32, i64)>(), &Keys::default());
        assert_eq!(groups(&by_key), []);
    }
}
