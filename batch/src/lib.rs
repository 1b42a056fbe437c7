//! The reference jobs, with the whole dataset in hand.
