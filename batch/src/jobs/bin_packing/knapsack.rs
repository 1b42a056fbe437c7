//! The best bin for given prices: a bounded knapsack by dynamic programming.

use super::solution::Pattern;

/// A class as the knapsack sees it. Values are whole numbers below 2³⁸ and a bin holds fewer than 2¹⁵ items, so
/// that sums stay below 2⁵³ and the arithmetic in `f64` is exact; it is also twice as fast as in `u64`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Choice {
    pub(super) size: usize,
    pub(super) most: u32,
    pub(super) value: f64,
}

/// The largest total value for each row and load: `table[i]` uses the first `i` choices.
pub(super) struct Knapsack<'a> {
    choices: &'a [Choice],
    capacity: usize,
    table: Vec<f64>,
}

impl<'a> Knapsack<'a> {
    /// O(capacity · number of items that can matter) time (Bellman 1957).
    pub(super) fn solve(choices: &'a [Choice], capacity: usize) -> Self {
        let width = capacity + 1;
        let mut table = vec![0.0; (choices.len() + 1) * width];
        for (row, choice) in choices.iter().enumerate() {
            let (before, after) = table[row * width..(row + 2) * width].split_at_mut(width);
            extend(before, after, choice, capacity);
        }
        Self { choices, capacity, table }
    }

    /// The value of the best bin alone, in the memory of two rows.
    pub(super) fn best_value(choices: &[Choice], capacity: usize) -> f64 {
        let mut before = vec![0.0; capacity + 1];
        let mut after = before.clone();
        for choice in choices {
            extend(&before, &mut after, choice, capacity);
            std::mem::swap(&mut before, &mut after);
        }
        before[capacity]
    }

    /// The value of the best bin.
    pub(super) fn best(&self) -> f64 {
        self.value(self.choices.len(), self.capacity)
    }

    /// The value of the best bin with only the first `rows` choices.
    pub(super) fn best_of(&self, rows: usize) -> f64 {
        self.value(rows, self.capacity)
    }

    /// A best bin with only the first `rows` choices.
    pub(super) fn pattern(&self, rows: usize) -> Pattern {
        let mut room = self.capacity;
        let mut pattern = Pattern::new();
        for row in (0..rows).rev() {
            let choice = self.choices[row];
            let wanted = self.value(row + 1, room);
            let copies = (0..=choice.most)
                .find(|&copies| {
                    let taken = copies as usize * choice.size;
                    taken <= room
                        && same(self.value(row, room - taken) + f64::from(copies) * choice.value, wanted)
                })
                .expect("each value comes from some number of copies");
            if copies > 0 {
                pattern.push((row as u32, copies));
                room -= copies as usize * choice.size;
            }
        }
        pattern.reverse();
        pattern
    }

    fn value(&self, rows: usize, load: usize) -> f64 {
        self.table[rows * (self.capacity + 1) + load]
    }

    /// Steps of [`Knapsack::solve`], for the budget.
    pub(super) fn steps(choices: &[Choice], capacity: usize) -> u64 {
        let passes: u64 = choices.iter().map(|choice| 1 + passes(choice, capacity)).sum();
        // Two loads or more are done in a nanosecond.
        passes * capacity as u64 / 2
    }
}

fn passes(choice: &Choice, capacity: usize) -> u64 {
    if is_unbounded(choice, capacity) { 2 } else { u64::from(choice.most) }
}

fn is_unbounded(choice: &Choice, capacity: usize) -> bool {
    choice.size > 0 && choice.most > 2 && choice.most as usize >= capacity / choice.size
}

fn extend(before: &[f64], after: &mut [f64], choice: &Choice, capacity: usize) {
    after.copy_from_slice(before);
    if choice.value == 0.0 {
        return;
    }
    if is_unbounded(choice, capacity) {
        for load in choice.size..=capacity {
            after[load] = larger(after[load], after[load - choice.size] + choice.value);
        }
        return;
    }
    for copies in 1..=choice.most {
        let (taken, value) = (copies as usize * choice.size, f64::from(copies) * choice.value);
        if taken > capacity {
            return;
        }
        for (best, &rest) in after[taken..].iter_mut().zip(before) {
            *best = larger(*best, rest + value);
        }
    }
}

/// The larger of two numbers that are never NaN; it compiles to one instruction, `f64::max` does not.
fn larger(left: f64, right: f64) -> f64 {
    if left > right { left } else { right }
}

/// Exact: both sides are whole numbers below 2⁵³.
fn same(left: f64, right: f64) -> bool {
    left.to_bits() == right.to_bits()
}

#[cfg(test)]
mod tests {
    use super::*;
    use datasets::SplitMix64;

    fn brute_force(choices: &[Choice], room: usize) -> f64 {
        let Some((first, rest)) = choices.split_first() else { return 0.0 };
        let most = (first.most as usize).min(room / first.size);
        let values = (0..=most)
            .map(|copies| copies as f64 * first.value + brute_force(rest, room - copies * first.size));
        values.fold(0.0, larger)
    }

    #[test]
    fn it_finds_the_best_of_all_bins() {
        let mut random = SplitMix64::new(2);
        for round in 0..300 {
            let capacity = random.uniform(1, 40) as usize;
            let choices: Vec<Choice> = (0..random.uniform(1, 6))
                .map(|_| Choice {
                    size: random.uniform(1, capacity as u64) as usize,
                    most: random.uniform(1, 5) as u32,
                    value: random.uniform(0, 50) as f64,
                })
                .collect();
            let knapsack = Knapsack::solve(&choices, capacity);
            for rows in 0..=choices.len() {
                let best = brute_force(&choices[..rows], capacity);
                assert!(same(knapsack.best_of(rows), best), "round {round}: {choices:?} in {capacity}");
                let pattern = knapsack.pattern(rows);
                let copies = |class: u32, copies: u32| (choices[class as usize], copies);
                let bin: Vec<(Choice, u32)> =
                    pattern.iter().map(|&(class, times)| copies(class, times)).collect();
                assert!(bin.iter().all(|(choice, copies)| *copies <= choice.most));
                assert!(
                    bin.iter().map(|(choice, copies)| choice.size * *copies as usize).sum::<usize>()
                        <= capacity
                );
                let value =
                    bin.iter().fold(0.0, |sum, (choice, copies)| sum + choice.value * f64::from(*copies));
                assert!(same(value, best), "round {round}: {pattern:?}");
            }
            assert!(same(Knapsack::best_value(&choices, capacity), knapsack.best()));
        }
    }
}
