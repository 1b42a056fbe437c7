//! A budget in counted steps, so that the same dataset gets the same answer on any machine.

/// Steps left; a step is about a nanosecond of simple arithmetic.
#[derive(Debug, Clone)]
pub(super) struct Work {
    left: u64,
}

impl Work {
    pub(super) fn new(steps: u64) -> Self {
        Self { left: steps }
    }

    /// Takes steps from the budget; the work they stand for may overdraw it once.
    pub(super) fn spend(&mut self, steps: u64) {
        self.left = self.left.saturating_sub(steps);
    }

    pub(super) fn is_spent(&self) -> bool {
        self.left == 0
    }

    pub(super) fn left(&self) -> u64 {
        self.left
    }

    /// Splits off a part of the budget that one method may use: 1/`divisor` of what is left.
    pub(super) fn share(&self, divisor: u64) -> Work {
        Self { left: self.left / divisor }
    }
}
