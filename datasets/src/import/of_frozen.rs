//! Reads the records of a problem out of a dataset that was frozen for none, as an import of its data file does.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;

use super::{Format, ImportOptions, Imported, import_while};
use crate::column::ColumnKind;
use crate::error::{Error, Place};
use crate::freeze::{DATA_FILE, Go};
use crate::frozen::Frozen;
use crate::schema::{DateForm, FieldSchema, NumberForm};

/// Reads the records of a problem out of a generic dataset with all of its copies, as long as `go` says so; nothing is
/// written.
///
/// # Errors
///
/// If a row is no record of the problem, or the data isn't what was frozen.
pub fn import_frozen(frozen: &Frozen, options: &ImportOptions, go: Go<'_>) -> Result<Imported, Error> {
    let options = ImportOptions { records_only: true, ..options.clone() };
    let read = |path: &Path| import_while(path, Format::Csv, &options, go);
    let data = frozen.data_path();
    if frozen.times() == 1 {
        let imported = read(&data)?;
        check_hash(frozen, &imported)?;
        return Ok(imported);
    }
    let folder = tempfile::tempdir().map_err(Error::system("create a folder in", &std::env::temp_dir()))?;
    let copies = folder.path().join(DATA_FILE);
    write_copies(frozen, &copies)?;
    // What is wrong with a copy is wrong with the record, which has a place that somebody can look at.
    read(&copies).map_err(|error| match error {
        Error::Input { .. } => read(&data).err().unwrap_or(error),
        error => error,
    })
}

impl ImportOptions {
    /// Reads a column of this kind as the manifest of a generic dataset describes it.
    pub fn describe(&mut self, kind: ColumnKind, field: &FieldSchema) {
        let format = field.format.as_deref();
        self.trim |= field.trim;
        match kind {
            ColumnKind::TimeMs => {
                self.time_zone.clone_from(&field.zone);
                self.fold = field.fold.unwrap_or_default();
                self.date_form = DateForm::ALL.into_iter().find(|form| Some(form.name()) == format);
                self.time_unit = field.time_unit().unwrap_or_default();
            }
            ColumnKind::Size | ColumnKind::Int => {
                self.numbers = format.and_then(NumberForm::named).unwrap_or_default();
            }
            ColumnKind::Number | ColumnKind::Text | ColumnKind::Side => {}
        }
    }
}

fn write_copies(frozen: &Frozen, to: &Path) -> Result<(), Error> {
    let mut out = BufWriter::new(File::create_new(to).map_err(Error::system("write", to))?);
    frozen.write_amplified(&mut out).and_then(|()| out.flush()).map_err(Error::system("write", to))
}

/// Compares the hash of what was read with that of what was frozen.
fn check_hash(frozen: &Frozen, imported: &Imported) -> Result<(), Error> {
    let frozen_hash = &frozen.manifest.blake3;
    let found = imported.instances.iter().filter_map(|instance| instance.source.blake3.as_ref());
    match found.into_iter().find(|found| *found != frozen_hash) {
        Some(found) => {
            let place = Place::file(&frozen.data_path());
            let detail = format!("its hash is {found}, {frozen_hash} was frozen");
            Err(Error::Changed { place, detail })
        }
        None => Ok(()),
    }
}
