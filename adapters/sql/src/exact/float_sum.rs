//! Sums of floats without rounding on the way.

use std::mem::size_of;

/// Bits of a limb.
const BITS: usize = 32;
/// Limbs that hold every float, from 2^-1074 on, and 64 bits more for carries.
const LIMBS: usize = 68;
/// So many numbers can be added before a limb must pass on what it has too much.
const MOST_PENDING: u32 = 1 << 29;

/// A sum of floats, as a number of thousands of bits: exact, whatever the order in which they come, and whatever is taken out
/// of it again. It is rounded once, when it is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FloatSum {
    /// The finite part in units of 2^-1074, limb by limb, the least first.
    limbs: Box<[i64; LIMBS]>,
    /// Numbers added since limbs have passed on what they had too much.
    pending: u32,
    nans: i64,
    infinities: i64,
    negative_infinities: i64,
}

impl Default for FloatSum {
    fn default() -> Self {
        Self { limbs: Box::new([0; LIMBS]), pending: 0, nans: 0, infinities: 0, negative_infinities: 0 }
    }
}

impl FloatSum {
    /// Says how many bytes it takes.
    pub(super) const SIZE: usize = size_of::<Self>() + LIMBS * size_of::<i64>();

    /// Adds a number so many times; -1 takes it out.
    pub(super) fn add(&mut self, number: f64, times: i64) {
        if number.is_nan() {
            self.nans += times;
        } else if number.is_infinite() {
            let count = if number > 0.0 { &mut self.infinities } else { &mut self.negative_infinities };
            *count += times;
        } else {
            self.add_finite(number, times.signum());
        }
    }

    fn add_finite(&mut self, number: f64, sign: i64) {
        let bits = number.to_bits();
        let exponent = ((bits >> 52) & 0x7FF) as usize;
        let fraction = bits & ((1 << 52) - 1);
        let (mantissa, at) = if exponent == 0 { (fraction, 0) } else { (fraction | (1 << 52), exponent - 1) };
        let sign = if number.is_sign_negative() { -sign } else { sign };
        let mut shifted = u128::from(mantissa) << (at % BITS);
        for limb in &mut self.limbs[at / BITS..at / BITS + 3] {
            *limb += sign * i64::from(shifted as u32);
            shifted >>= BITS;
        }
        self.pending += 1;
        if self.pending >= MOST_PENDING {
            self.carry();
        }
    }

    /// Adds another sum.
    pub(super) fn merge(&mut self, other: &Self) {
        let mut other = other.clone();
        other.carry();
        self.carry();
        for (mine, theirs) in self.limbs.iter_mut().zip(other.limbs.iter()) {
            *mine += theirs;
        }
        self.carry();
        self.nans += other.nans;
        self.infinities += other.infinities;
        self.negative_infinities += other.negative_infinities;
    }

    /// Brings all limbs but the last into 0..2^32.
    fn carry(&mut self) {
        let [others @ .., last] = &mut *self.limbs;
        let mut carried = 0;
        for limb in others {
            let whole = *limb + carried;
            *limb = whole & i64::from(u32::MAX);
            carried = whole >> BITS;
        }
        *last += carried;
        self.pending = 0;
    }

    /// Returns the float that is nearest to the sum, of two equally near the even one. Zero is positive.
    pub(super) fn rounded(&self) -> f64 {
        match (self.nans > 0, self.infinities > 0, self.negative_infinities > 0) {
            (true, ..) | (_, true, true) => return f64::NAN,
            (_, true, false) => return f64::INFINITY,
            (_, false, true) => return f64::NEG_INFINITY,
            (false, false, false) => {}
        }
        let mut whole = self.clone();
        whole.carry();
        let is_negative = whole.limbs[LIMBS - 1] < 0;
        if is_negative {
            whole.limbs.iter_mut().for_each(|limb| *limb = -*limb);
            whole.carry();
        }
        let size = whole.size();
        if is_negative { -size } else { size }
    }

    /// Returns the same of limbs that are not negative.
    fn size(&self) -> f64 {
        let Some(top) = self.limbs.iter().rposition(|&limb| limb != 0) else { return 0.0 };
        let low = top.saturating_sub(3);
        let head =
            self.limbs[low..=top].iter().rev().fold(0_u128, |head, &limb| (head << BITS) | limb as u128);
        // What stands below can only decide which way a tie goes.
        let is_more = self.limbs[..low].iter().any(|&limb| limb != 0);
        (head | u128::from(is_more)) as f64
            * power_of_two(i32::try_from(low * BITS).unwrap_or(i32::MAX) - 1074)
    }

    /// Returns all of it as bytes.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let counts = [self.nans, self.infinities, self.negative_infinities, i64::from(self.pending)];
        counts.iter().chain(self.limbs.iter()).flat_map(|number| number.to_le_bytes()).collect()
    }

    /// Returns the sum of these bytes, if they are one.
    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (words, rest) = bytes.as_chunks::<8>();
        let mut words = words.iter().map(|&word| i64::from_le_bytes(word));
        let (nans, infinities, negative_infinities) = (words.next()?, words.next()?, words.next()?);
        let pending = u32::try_from(words.next()?).ok()?;
        let limbs: Box<[i64]> = words.collect();
        let limbs = limbs.try_into().ok()?;
        rest.is_empty().then_some(Self { limbs, pending, nans, infinities, negative_infinities })
    }
}

/// Returns 2^`exponent` for exponents from -1074 to 1023.
fn power_of_two(exponent: i32) -> f64 {
    let bits = if exponent >= -1022 { ((exponent + 1023) as u64) << 52 } else { 1 << (exponent + 1074) };
    f64::from_bits(bits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use datasets::SplitMix64;

    fn sum(numbers: &[f64]) -> f64 {
        let mut sum = FloatSum::default();
        for &number in numbers {
            sum.add(number, 1);
        }
        sum.rounded()
    }

    /// Returns whether the two are one float, bit by bit.
    fn is(found: f64, expected: f64) -> bool {
        found.to_bits() == expected.to_bits()
    }

    #[test]
    fn sums_that_floats_get_wrong_are_right() {
        assert!(is(sum(&[1e16, 1.0, -1e16]), 1.0));
        assert!(is(sum(&[0.1; 10]), 1.0));
        assert!(is(sum(&[f64::MAX, f64::MAX, -f64::MAX]), f64::MAX));
        assert!(is(sum(&[f64::MAX, f64::MAX]), f64::INFINITY));
        assert!(is(sum(&[5e-324, 5e-324]), 1e-323));
        assert!(is(sum(&[f64::MAX, 5e-324, -f64::MAX]), 5e-324));
        assert!(is(sum(&[-1.5, -2.5]), -4.0));
        assert_eq!(sum(&[-0.0, -0.0]).to_bits(), 0);
        assert!(is(sum(&[1.0, 2_f64.powi(-53)]), 1.0), "a tie goes to the even one");
        assert!(is(sum(&[1.0, 2_f64.powi(-53), 5e-324]), 1.0 + f64::EPSILON), "a bit more isn't a tie");
    }

    #[test]
    fn what_is_not_finite_decides() {
        assert!(sum(&[f64::INFINITY, f64::NEG_INFINITY]).is_nan());
        assert!(sum(&[f64::NAN, 1.0]).is_nan());
        assert!(is(sum(&[f64::NEG_INFINITY, 1.0]), f64::NEG_INFINITY));
        let mut moving = FloatSum::default();
        for (number, times) in
            [(f64::NAN, 1), (2.0, 1), (f64::INFINITY, 1), (f64::NAN, -1), (f64::INFINITY, -1)]
        {
            moving.add(number, times);
        }
        assert!(is(moving.rounded(), 2.0));
    }

    /// Whole numbers times a power of two, added as 128 bits, are rounded by the compiler's own conversion.
    #[test]
    fn it_agrees_with_whole_numbers_in_any_order() {
        let mut random = SplitMix64::new(11);
        for round in 0..400 {
            let shift = random.uniform(0, 60) as i32 - 30;
            let mut numbers: Vec<i64> = (0..random.uniform(0, 40))
                .map(|_| random.uniform(0, 1 << 53).cast_signed() - (1 << 52))
                .collect();
            let total: i128 = numbers.iter().map(|&number| i128::from(number) << (number as u64 % 30)).sum();
            let (mut sum, mut part) = (FloatSum::default(), FloatSum::default());
            if round % 2 == 0 {
                numbers.reverse();
            }
            for (i, &number) in numbers.iter().enumerate() {
                let float = number as f64 * power_of_two(shift + (number as u64 % 30) as i32);
                let to = if i % 3 == 0 { &mut part } else { &mut sum };
                to.add(float, 1);
                to.add(1e300, 1);
                to.add(1e300, -1);
            }
            sum.merge(&FloatSum::from_bytes(&part.to_bytes()).expect("its bytes"));
            assert!(is(sum.rounded(), total as f64 * power_of_two(shift)));
        }
        assert_eq!(FloatSum::from_bytes(&[1, 2, 3]), None);
    }
}
