//! The order in which records arrive.

use std::{borrow::Cow, fmt, str::FromStr};

use datasets::{Record, SplitMix64};

/// The order in which a dataset's records are fed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// As they stand in the file.
    Recorded,
    /// Shuffled by a seed, as the contract fixes it.
    Shuffled,
    /// By the record's sort key, smallest first; equals as they stand in the file.
    Ascending,
    /// By the record's sort key, largest first; equals as they stand in the file.
    Descending,
}

impl Order {
    /// Every order with its name.
    pub const NAMES: [(&'static str, Self); 4] = [
        ("recorded", Self::Recorded),
        ("shuffled", Self::Shuffled),
        ("ascending", Self::Ascending),
        ("descending", Self::Descending),
    ];
}

impl fmt::Display for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = Self::NAMES.iter().find(|(_, order)| order == self).map_or("", |(name, _)| name);
        f.write_str(name)
    }
}

impl FromStr for Order {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = || Self::NAMES.map(|(name, _)| name).join(", ");
        let found = Self::NAMES.iter().find(|(name, _)| *name == text);
        found
            .map(|&(_, order)| order)
            .ok_or_else(|| format!("unknown order '{text}', expected one of: {}", known()))
    }
}

/// Records in the order in which they are fed.
#[derive(Debug, Clone)]
pub struct Arranged<'a, R: Clone> {
    /// The records, in arrival order.
    pub records: Cow<'a, [R]>,
    /// For each arrival its offset in the dataset; `None` when the two are the same.
    pub offsets: Option<Vec<u32>>,
}

impl<R: Clone> Arranged<'_, R> {
    /// Turns decisions by arrival into decisions by offset in the dataset. Surplus decisions keep their place.
    pub fn by_offset(&self, decisions: Vec<u32>, undecided: u32) -> Vec<u32> {
        let Some(offsets) = &self.offsets else { return decisions };
        let mut by_offset = vec![undecided; offsets.len()];
        for (&offset, &decision) in offsets.iter().zip(&decisions) {
            by_offset[offset as usize] = decision;
        }
        by_offset.extend(decisions.iter().skip(offsets.len()));
        by_offset
    }

    /// Turns what [`Arranged::by_offset`] gave back into decisions by arrival.
    pub fn by_arrival<'d>(&self, by_offset: &'d [u32]) -> Cow<'d, [u32]> {
        let Some(offsets) = &self.offsets else { return Cow::Borrowed(by_offset) };
        let arrived = offsets.iter().map(|&offset| by_offset[offset as usize]);
        Cow::Owned(arrived.chain(by_offset.iter().skip(offsets.len()).copied()).collect())
    }
}

/// Arranges `records` (at most 2³² of them) in `order`; `seed` decides a shuffle.
pub fn arrange<R: Record>(records: &[R], order: Order, seed: u64) -> Arranged<'_, R> {
    let mut offsets: Vec<u32> = match order {
        Order::Recorded => return Arranged { records: Cow::Borrowed(records), offsets: None },
        _ => (0..u32::try_from(records.len()).expect("a dataset has at most 2^32 records")).collect(),
    };
    let key = |offset: &u32| records[*offset as usize].sort_key();
    match order {
        Order::Recorded => {}
        Order::Shuffled => SplitMix64::new(seed).shuffle(&mut offsets),
        Order::Ascending => offsets.sort_by_key(key),
        Order::Descending => offsets.sort_by_key(|offset| std::cmp::Reverse(key(offset))),
    }
    let arranged = offsets.iter().map(|&offset| records[offset as usize]).collect();
    Arranged { records: Cow::Owned(arranged), offsets: Some(offsets) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use datasets::Item;

    fn arranged(order: Order, seed: u64) -> (Vec<u64>, Option<Vec<u32>>) {
        let items = [5, 1, 5, 9].map(|size| Item { size });
        let arranged = arrange(&items, order, seed);
        (arranged.records.iter().map(|item| item.size).collect(), arranged.offsets)
    }

    #[test]
    fn sorted_orders_are_stable() {
        assert_eq!(arranged(Order::Recorded, 0), (vec![5, 1, 5, 9], None));
        assert_eq!(arranged(Order::Ascending, 0), (vec![1, 5, 5, 9], Some(vec![1, 0, 2, 3])));
        assert_eq!(arranged(Order::Descending, 0), (vec![9, 5, 5, 1], Some(vec![3, 0, 2, 1])));
    }

    #[test]
    fn the_shuffle_is_the_contracts() {
        let items: Vec<Item> = (0..10).map(|size| Item { size }).collect();
        let offsets = arrange(&items, Order::Shuffled, 1).offsets;
        assert_eq!(offsets, Some(vec![4, 2, 8, 1, 9, 3, 0, 6, 7, 5]));
    }

    #[test]
    fn decisions_find_their_way_back() {
        let items = [5, 1, 9].map(|size| Item { size });
        let descending = arrange(&items, Order::Descending, 0);
        assert_eq!(descending.by_offset(vec![10, 11, 12], 99), [11, 12, 10]);
        assert_eq!(descending.by_offset(vec![10], 99), [99, 99, 10]);
        assert_eq!(descending.by_offset(vec![10, 11, 12, 13], 99), [11, 12, 10, 13]);
        assert_eq!(*descending.by_arrival(&[11, 12, 10, 13]), [10, 11, 12, 13]);
    }

    #[test]
    fn names_are_read_as_they_are_written() {
        for (name, order) in Order::NAMES {
            assert_eq!((name.parse(), order.to_string().as_str()), (Ok(order), name));
        }
        assert!("sorted".parse::<Order>().is_err());
    }
}
