//! A growing sequence that finds its first element of at least a given size: a wide tree of maxima.

/// Children of a node. Eight 64-bit values fill one cache line, and comparing them all without a branch costs
/// less than the mispredicted branches of a binary descent.
const WIDTH: usize = 8;

/// A sequence of numbers with the maximum of each eight, of each sixty-four, and so on above it.
#[derive(Debug, Clone, Default)]
pub(super) struct MaxTree {
    /// `levels[0]` are the elements, padded with 0; each level above holds the maxima of eight below. The top
    /// level has one node.
    levels: Vec<Vec<[u64; WIDTH]>>,
    len: usize,
}

impl MaxTree {
    /// Appends `value` and returns its position.
    pub(super) fn push(&mut self, value: u64) -> usize {
        let position = self.len;
        self.len += 1;
        let mut index = position;
        let mut level = 0;
        loop {
            if level == self.levels.len() {
                self.add_root();
            }
            let nodes = &mut self.levels[level];
            if index / WIDTH == nodes.len() {
                nodes.push([0; WIDTH]);
            }
            let slot = &mut nodes[index / WIDTH][index % WIDTH];
            *slot = value.max(*slot);
            index /= WIDTH;
            level += 1;
            if index == 0 && level == self.levels.len() {
                return position;
            }
        }
    }

    /// A new top level above the present one, with its maximum in place.
    fn add_root(&mut self) {
        let below = self.levels.last().map_or(0, |nodes| max_of(&nodes[0]));
        let mut root = [0; WIDTH];
        root[0] = below;
        self.levels.push(vec![root]);
    }

    /// The first position whose value is at least `bound`, and that value.
    #[inline]
    pub(super) fn first_at_least(&self, bound: u64) -> Option<(usize, u64)> {
        let mut index = 0;
        for nodes in self.levels.iter().rev() {
            let node = &nodes[index];
            let child = first_in_node(node, bound)?;
            index = index * WIDTH + child;
        }
        // Padding holds 0, so a bound of 0 may stop there: nothing is pushed beyond `len`.
        (index < self.len).then(|| (index, self.levels[0][index / WIDTH][index % WIDTH]))
    }

    /// Sets the element at `position` to `value`, which must not be above its present value.
    #[inline]
    pub(super) fn lower(&mut self, position: usize, value: u64) {
        let mut index = position;
        let mut value = value;
        for nodes in &mut self.levels {
            let node = &mut nodes[index / WIDTH];
            let before = std::mem::replace(&mut node[index % WIDTH], value);
            let max = max_of(node);
            // Unless this child was the maximum, nothing above it changes.
            if before <= max {
                return;
            }
            value = max;
            index /= WIDTH;
        }
    }
}

fn first_in_node(node: &[u64; WIDTH], bound: u64) -> Option<usize> {
    let fits = (0..WIDTH).fold(0_u32, |mask, child| mask | u32::from(node[child] >= bound) << child);
    (fits != 0).then(|| fits.trailing_zeros() as usize)
}

fn max_of(node: &[u64; WIDTH]) -> u64 {
    node.iter().copied().fold(0, u64::max)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn agrees_with_a_plain_scan(steps in prop::collection::vec((0_u64..20, any::<bool>()), 1..400)) {
            let mut tree = MaxTree::default();
            let mut plain: Vec<u64> = Vec::new();
            for (value, append) in steps {
                let expected = plain.iter().position(|&v| v >= value).map(|at| (at, plain[at]));
                prop_assert_eq!(tree.first_at_least(value), expected);
                match expected {
                    Some((at, old)) if !append => {
                        tree.lower(at, old - value);
                        plain[at] = old - value;
                    }
                    _ => {
                        prop_assert_eq!(tree.push(value), plain.len());
                        plain.push(value);
                    }
                }
            }
        }
    }

    #[test]
    fn grows_over_several_levels() {
        let mut tree = MaxTree::default();
        for value in 0..5000 {
            tree.push(value);
        }
        for bound in [0, 1, 7, 8, 63, 64, 511, 512, 4095, 4096, 4999] {
            assert_eq!(tree.first_at_least(bound), Some((bound as usize, bound)));
        }
        assert_eq!(tree.first_at_least(5000), None);
        assert_eq!(MaxTree::default().first_at_least(0), None);
    }
}
