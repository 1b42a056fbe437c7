//! Which records a state holds, and how often.

/// The records that went into a state, as ranges of arrival numbers in the order in which they were taken in. A record
/// in two ranges counts twice, one in none is lost.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Lineage {
    ranges: Vec<(u64, u64)>,
}

impl Lineage {
    /// Takes in the records from `start` up to `end`.
    pub fn extend(&mut self, start: u64, end: u64) {
        if start >= end {
            return;
        }
        match self.ranges.last_mut() {
            Some(last) if last.1 == start => last.1 = end,
            _ => self.ranges.push((start, end)),
        }
    }

    /// Returns whether it holds the records before `position`, each once, and no other.
    pub(super) fn is_plain(&self, position: u64) -> bool {
        match self.ranges[..] {
            [] => position == 0,
            [only] => only == (0, position),
            _ => false,
        }
    }

    /// Of `records` records: how many it never took in, and how many times it took one in that it had already.
    pub fn account(&self, records: u64) -> Account {
        let mut ranges = self.ranges.clone();
        ranges.sort_unstable();
        let (mut covered, mut taken, mut to) = (0, 0, 0);
        for (start, end) in ranges {
            taken += end - start;
            covered += end.saturating_sub(start.max(to));
            to = to.max(end);
        }
        Account { lost: records - covered, repeated: taken - covered }
    }

    pub(super) fn write(&self, out: &mut Vec<u8>) {
        for (start, end) in &self.ranges {
            out.extend_from_slice(&start.to_be_bytes());
            out.extend_from_slice(&end.to_be_bytes());
        }
    }

    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let mut numbers =
            bytes.chunks_exact(8).map(|word| word.iter().fold(0_u64, |n, &b| n << 8 | u64::from(b)));
        let mut ranges = Vec::new();
        while let (Some(start), end) = (numbers.next(), numbers.next()) {
            ranges.push((start, end.filter(|end| *end > start)?));
        }
        (bytes.len() == ranges.len() * 16).then_some(Self { ranges })
    }
}

/// Records that a state doesn't hold, or holds again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Account {
    /// Records that it never took in.
    pub lost: u64,
    /// Says how often it took one in that it had already.
    pub repeated: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lineage(ranges: &[(u64, u64)]) -> Lineage {
        let mut lineage = Lineage::default();
        for &(start, end) in ranges {
            lineage.extend(start, end);
        }
        lineage
    }

    #[test]
    fn each_record_is_counted_as_often_as_it_was_taken_in() {
        let account = |ranges: &[(u64, u64)]| {
            let Account { lost, repeated } = lineage(ranges).account(10);
            (lost, repeated)
        };
        assert_eq!(account(&[]), (10, 0));
        assert_eq!(account(&[(0, 4), (4, 10)]), (0, 0));
        assert_eq!(account(&[(0, 4), (6, 10)]), (2, 0));
        assert_eq!(account(&[(0, 6), (4, 10)]), (0, 2));
        assert_eq!(account(&[(0, 6), (2, 6), (3, 10)]), (0, 4 + 3));
        assert_eq!(account(&[(0, 3), (2, 4), (7, 9)]), (4, 1));
    }

    #[test]
    fn one_that_lacks_records_or_holds_some_again_is_not_plain() {
        for (ranges, position, is_plain) in [
            (&[][..], 0, true),
            (&[], 1, false),
            (&[(0, 4), (4, 10)], 10, true),
            (&[(0, 10)], 7, false),
            (&[(1, 10)], 10, false),
            (&[(0, 4), (6, 10)], 10, false),
            (&[(0, 6), (4, 10)], 10, false),
        ] {
            assert_eq!(lineage(ranges).is_plain(position), is_plain, "{ranges:?}");
        }
    }

    #[test]
    fn it_is_read_as_it_was_written() {
        for ranges in [&[][..], &[(0, 4)], &[(0, 6), (4, u64::MAX)]] {
            let mut bytes = Vec::new();
            lineage(ranges).write(&mut bytes);
            assert_eq!(Lineage::read(&bytes), Some(lineage(ranges)));
            assert_eq!(Lineage::read(&[&bytes[..], &[0; 8]].concat()), None);
        }
        assert_eq!(Lineage::read(&[0; 16]), None);
    }
}
