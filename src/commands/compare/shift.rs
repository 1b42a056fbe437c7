//! Looks for a constant by which the keys of two tables lie apart: reads them again, if hardly a row is the same.

use compare::{ComparingRows, KeyShift, RowsFound, ShiftGuess, Tried};
use platform::Error;

use super::{Files, old_names};

/// Returns what there is to say of the keys.
pub(super) fn found(
    files: &Files<'_>,
    found: &RowsFound,
    how: &ComparingRows,
) -> Result<Option<KeyShift>, Error> {
    if !compare::may_be_shifted(found) || !files.can_be_read_again() {
        return Ok(None);
    }
    let go_on = files.reading.go_on();
    let left = compare::key_spans(files.left(how)?.rows_mut(), &old_names(&how.key, how), go_on)?;
    let right = compare::key_spans(files.right(how)?.rows_mut(), &how.key, go_on)?;
    let tried = |guess: &ShiftGuess| -> Result<Tried, Error> {
        let (mut left, mut right) = (files.left(how)?, files.right(how)?);
        Ok(guess.tried((left.rows_mut(), right.rows_mut()), how, found, go_on)?)
    };
    for guess in compare::shift_guesses(&left, &right) {
        let Tried { shift, wider } = tried(&guess)?;
        let wider = wider.map(|wider| tried(&wider)).transpose()?.and_then(|tried| tried.shift);
        if let Some(shift) = wider.or(shift) {
            return Ok(Some(shift));
        }
    }
    Ok(compare::shift_of_steps(&left, &right))
}
