//! The least and the greatest of the values between two moving pointers.

use std::collections::VecDeque;

/// For each extreme the candidates in the order of their positions, each better than those behind it: what has a
/// better one behind it can never again be the extreme. A step costs amortised constant time.
#[derive(Debug, Default)]
pub(super) struct Extremes {
    minima: VecDeque<(usize, i64)>,
    maxima: VecDeque<(usize, i64)>,
}

impl Extremes {
    /// Takes up the value at a position, which is above all positions so far.
    pub(super) fn push(&mut self, position: usize, value: i64) {
        while self.minima.pop_back_if(|&mut (_, other)| other >= value).is_some() {}
        self.minima.push_back((position, value));
        while self.maxima.pop_back_if(|&mut (_, other)| other <= value).is_some() {}
        self.maxima.push_back((position, value));
    }

    /// Drops the values at all positions before this one.
    pub(super) fn forget_before(&mut self, position: usize) {
        while self.minima.pop_front_if(|&mut (at, _)| at < position).is_some() {}
        while self.maxima.pop_front_if(|&mut (at, _)| at < position).is_some() {}
    }

    /// The least and the greatest value; `None` if there is none.
    pub(super) fn get(&self) -> Option<(i64, i64)> {
        Some((self.minima.front()?.1, self.maxima.front()?.1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extremes_are_those_of_the_values_in_between() {
        let values = [3, 1, 1, 4, 4, -2, 9, 0, 9];
        for width in 1..=values.len() {
            let mut extremes = Extremes::default();
            assert_eq!(extremes.get(), None);
            for (at, &value) in values.iter().enumerate() {
                extremes.push(at, value);
                let from = (at + 1).saturating_sub(width);
                extremes.forget_before(from);
                let inside = &values[from..=at];
                assert_eq!(extremes.get(), inside.iter().min().copied().zip(inside.iter().max().copied()));
            }
        }
    }
}
