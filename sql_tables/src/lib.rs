//! Holds what references in SQL share, whichever engine answers them: the frozen records as the table `records` in Arrow's
//! columns, the answer's batches as cells that are [written](datasets::Written), the one way for each type, and why there is
//! none. docs/sql.md says which types columns have.

mod builders;
mod columns;
mod error;
mod fields;
mod gathered;
mod records;
mod written;

pub use columns::{Column, Kind, OFFSET, TABLE, of as columns_of};
pub use error::{SqlError, SqlErrorKind, flat};
pub use gathered::{AnswerLimits, Gathered};
pub use records::{Loaded, load};

/// Returns the float, or the one NaN, or the one zero.
pub fn normal64(number: f64) -> f64 {
    if number.is_nan() { f64::NAN } else { number + 0.0 }
}
