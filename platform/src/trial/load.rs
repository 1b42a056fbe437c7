//! Reads a dataset, and checks its records against the parameters.

use datasets::{Frozen, Record, Records};

use crate::{
    error::Error,
    problem::{Entry, Params},
};

/// Reads the dataset, with its hash checked, and checks every record against the parameters.
pub(crate) fn load<R: Record>(
    entry: &Entry<R>,
    frozen: &Frozen,
    params: &Params,
) -> Result<Records<R>, Error> {
    let records = frozen.load::<R>()?;
    refuse(entry, frozen, params, &records.records, 0)?;
    Ok(records)
}

/// Checks records, the first of which is at the offset `first`, against the parameters.
pub(crate) fn refuse<R>(
    entry: &Entry<R>,
    frozen: &Frozen,
    params: &Params,
    records: &[R],
    first: usize,
) -> Result<(), Error> {
    for (offset, record) in (first..).zip(records) {
        if let Some(message) = (entry.reject)(record, params) {
            let unit = match frozen.manifest.scale {
                1 => String::new(),
                scale => format!(", in units of {}", datasets::from_scale(1, scale)),
            };
            return Err(frozen.reject(offset as u64, message + &unit).into());
        }
    }
    Ok(())
}
