//! Which columns hold keys, and where in a field a key stands.

use crate::column::{ID, KEY};
use crate::error::Error;
use crate::manifest::Manifest;
use crate::schema::{FieldRole, FieldType};

use super::{is_timed, naming::Naming};

/// A column whose texts are new in a copy.
#[derive(Debug)]
pub(super) struct KeyColumn {
    /// The column's place in a record's line.
    pub(super) at: usize,
    pub(super) name: String,
    /// Its keys are whole numbers; else they are texts.
    pub(super) is_whole: bool,
    /// Blanks around a key don't belong to it.
    trim: bool,
    /// A field without any text has no key, unless it stands in quotes.
    may_lack: bool,
}

impl KeyColumn {
    /// Returns the key in a field with this text, which stood in quotes or not, and what stands before and behind it; no key
    /// where it is missing.
    pub(super) fn key<'a>(&self, text: &'a [u8], is_quoted: bool) -> (&'a [u8], Option<&'a [u8]>, &'a [u8]) {
        let (before, rest) = if self.trim {
            text.split_at(text.len() - text.trim_ascii_start().len())
        } else {
            text.split_at(0)
        };
        let (key, behind) = rest.split_at(if self.trim { rest.trim_ascii_end().len() } else { rest.len() });
        let is_missing = self.may_lack && key.is_empty() && (self.is_whole || !is_quoted);
        (before, (!is_missing).then_some(key), behind)
    }
}

/// A column of keys, and how they become those of copies.
#[derive(Debug)]
pub(super) struct Renamed {
    pub(super) column: KeyColumn,
    pub(super) naming: Naming,
}

impl Renamed {
    /// Appends what stands in the field of the copy with this number, where the field of the record has this text, which stood
    /// in quotes or not.
    pub(super) fn write(&self, text: &[u8], is_quoted: bool, copy: u32, out: &mut Vec<u8>) {
        let (before, key, behind) = self.column.key(text, is_quoted);
        out.extend_from_slice(before);
        self.naming.write(key, copy, out);
        out.extend_from_slice(behind);
    }
}

/// Returns the columns whose texts are new in a copy: of a generic dataset those with the role of a key, of any other those of
/// its name, and of the name for what tells a record from every other.
pub(super) fn key_columns(manifest: &Manifest) -> Result<Vec<KeyColumn>, Error> {
    let before = usize::from(is_timed(&manifest.columns));
    let refuse = |why: String, hint: &str| {
        Err(Error::usage(format!("amplify: {why}")).with_hint(Some(hint.to_owned())))
    };
    if !manifest.is_generic() {
        let own = manifest.columns.iter().skip(before).enumerate();
        let named = own.filter(|(_, name)| [KEY, ID].iter().any(|column| column.name == **name));
        let columns: Vec<_> = named
            .map(|(at, name)| KeyColumn {
                at,
                name: name.clone(),
                is_whole: false,
                trim: false,
                may_lack: false,
            })
            .collect();
        if !columns.iter().any(|column| column.name == KEY.name) {
            let problem = crate::shown(&manifest.problem);
            return refuse(
                format!("records of {problem} have no key, so a copy can't have another"),
                "leave it out, or generate a dataset with more records",
            );
        }
        return Ok(columns);
    }
    let is_key = |role: Option<FieldRole>| role == Some(FieldRole::Key);
    let with_role: Vec<_> =
        manifest.fields.iter().enumerate().filter(|(_, field)| is_key(field.role)).collect();
    if with_role.is_empty() {
        return refuse(
            "no column of the dataset is a key, so a copy can't have another".to_owned(),
            "freeze it with --key COLUMN",
        );
    }
    let can_be_new = |kind| matches!(kind, FieldType::Text | FieldType::Whole);
    let columns: Vec<_> = (with_role.iter())
        .filter(|(_, field)| can_be_new(field.kind))
        .map(|(at, field)| KeyColumn {
            at: at - before,
            name: field.name.clone(),
            is_whole: field.kind == FieldType::Whole,
            trim: field.trim,
            may_lack: true,
        })
        .collect();
    if columns.is_empty() {
        let (_, field) = with_role[0];
        let (name, kind) = (crate::shown(&field.name), field.kind.name());
        return refuse(
            format!("the key `{name}` is of the type `{kind}`, and only texts and whole numbers can be new"),
            "freeze it with another --key",
        );
    }
    Ok(columns)
}
