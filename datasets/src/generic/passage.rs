//! Turns a source of any form into a file that the importers of problems read.

use std::collections::HashSet;
use std::fs::File;
use std::io::Write as _;
use std::path::Path;

use super::open::Source as Opened;
use super::{GenericOptions, describe_source, pass};
use crate::error::Error;
use crate::freeze::Go;
use crate::rejected::Rejected;
use crate::source::Source;

/// Describes what was turned into a file.
#[derive(Default)]
pub(crate) struct Passage {
    /// The line of each record in the source.
    pub(crate) lines: Vec<u64>,
    /// The line of each record in the file.
    pub(crate) starts: Vec<u64>,
    /// Rows that were left out.
    pub(crate) rejected: Vec<Rejected>,
    /// Names of columns that stand more than once.
    pub(crate) repeated: HashSet<String>,
    pub(crate) blank_lines: u64,
    pub(crate) source: Source,
    /// Says whether rows hold what nobody may see.
    pub(crate) is_secret: bool,
    pub(crate) notes: Vec<String>,
}

/// Writes a table as CSV into the new file `to`.
pub(crate) fn pass_table(
    path: &Path,
    options: &GenericOptions,
    to: &Path,
    go: Go<'_>,
) -> Result<Passage, Error> {
    let folder = to.parent().unwrap_or(Path::new("."));
    let outcome = pass::through(path, options, pass::Target { data: to, folder, is_passage: true }, go)?;
    let mut notes = Vec::new();
    if let Some((records, keys)) = outcome.sampled {
        let kept = crate::counted(outcome.written.records, "records");
        notes.push(format!("kept {}, {kept} of {records}", crate::counted(keys, "keys")));
    }
    let source = describe_source(path, options, &outcome);
    let (lines, starts) = outcome.lines.into_iter().unzip();
    Ok(Passage {
        lines,
        starts,
        rejected: outcome.rejected,
        repeated: outcome.repeated,
        blank_lines: outcome.blank_lines,
        source,
        is_secret: !options.mask.is_empty(),
        notes,
    })
}

/// Writes a text as it is, in UTF-8 and not compressed, into the new file `to`.
pub(crate) fn pass_text(
    path: &Path,
    options: &GenericOptions,
    to: &Path,
    go: Go<'_>,
) -> Result<Passage, Error> {
    let (mut source, packing) = Opened::open(path, options, go)?;
    let mut file = File::create_new(to).map_err(Error::system("write", to))?;
    let mut buffer = vec![0; 256 * 1024];
    loop {
        let read = source.read(&mut buffer)?;
        if read == 0 {
            break;
        }
        file.write_all(&buffer[..read]).map_err(Error::system("write", to))?;
    }
    let source = Source {
        file: (!super::is_stdin(path)).then(|| crate::import::file_name(path)),
        blake3: source.hash().map(|hash| hash.to_hex().to_string()),
        compression: packing.name().map(str::to_owned),
        encoding: options.encoding.clone(),
        slice: options.slice.clone(),
        ..Source::default()
    };
    Ok(Passage { source, ..Passage::default() })
}
