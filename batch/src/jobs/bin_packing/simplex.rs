//! The linear program over bin patterns, as a revised simplex with an explicit inverse.

/// A pivot smaller than this would blow up rounding errors.
const SMALLEST_PIVOT: f64 = 1e-7;

/// The program min Σ x over patterns with Σ aᵢ·x ≥ demandᵢ and x ≥ 0 (Gilmore & Gomory 1961), at some basis.
///
/// It serves the search only: no bound is read off it, so rounding errors cost quality, never correctness.
pub(super) struct Master {
    rows: usize,
    /// The inverse of the basis by columns, each followed by the price of its row.
    inverse: Vec<f64>,
    /// The value of each basic column.
    pub(super) values: Vec<f64>,
    /// The basic columns, by the caller's numbers.
    pub(super) basis: Vec<usize>,
}

impl Master {
    /// Starts where row `i` is covered by column `i` alone, a pattern with `copies[i]` items of it.
    pub(super) fn new(copies: &[u32], demand: &[f64]) -> Self {
        let rows = copies.len();
        let mut inverse = vec![0.0; rows * (rows + 1)];
        for (row, &copies) in copies.iter().enumerate() {
            inverse[row * (rows + 1) + row] = 1.0 / f64::from(copies);
            inverse[row * (rows + 1) + rows] = 1.0 / f64::from(copies);
        }
        let values = demand.iter().zip(copies).map(|(&demand, &copies)| demand / f64::from(copies)).collect();
        Self { rows, inverse, values, basis: (0..rows).collect() }
    }

    /// Returns what one item of a row is worth, in bins.
    pub(super) fn price(&self, row: usize) -> f64 {
        self.inverse[row * (self.rows + 1) + self.rows]
    }

    /// Brings a column into the basis; `false` if it has no usable pivot.
    pub(super) fn enter(&mut self, column: usize, entries: &[(u32, f64)], cost: f64) -> bool {
        let mut direction = vec![0.0; self.rows + 1];
        for &(row, entry) in entries {
            let inverse = self.inverse[row as usize * (self.rows + 1)..].iter();
            for (sum, value) in direction.iter_mut().zip(inverse) {
                *sum += entry * value;
            }
        }
        direction[self.rows] -= cost;
        let Some(leaving) = self.leaving(&direction) else { return false };
        self.pivot(leaving, &direction);
        self.basis[leaving] = column;
        true
    }

    /// The basic column that reaches 0 first; the largest pivot on ties.
    fn leaving(&self, direction: &[f64]) -> Option<usize> {
        let mut best: Option<(usize, f64)> = None;
        for (row, &step) in direction[..self.rows].iter().enumerate() {
            if step < SMALLEST_PIVOT {
                continue;
            }
            let ratio = self.values[row].max(0.0) / step;
            let better = best.is_none_or(|(chosen, least)| {
                ratio < least - 1e-12 || (ratio < least + 1e-12 && step > direction[chosen])
            });
            if better {
                best = Some((row, ratio));
            }
        }
        best.map(|(row, _)| row)
    }

    fn pivot(&mut self, leaving: usize, direction: &[f64]) {
        let pivot = direction[leaving];
        for column in self.inverse.chunks_exact_mut(self.rows + 1) {
            let factor = column[leaving] / pivot;
            if factor == 0.0 {
                continue;
            }
            for (value, step) in column.iter_mut().zip(direction) {
                *value -= factor * step;
            }
            column[leaving] = factor;
        }
        let ratio = self.values[leaving].max(0.0) / pivot;
        for (value, step) in self.values.iter_mut().zip(direction) {
            *value -= ratio * step;
        }
        self.values[leaving] = ratio;
    }

    /// Steps of one call of [`Master::enter`], for the budget.
    pub(super) fn steps(&self) -> u64 {
        (self.rows * self.rows / 4) as u64
    }
}
