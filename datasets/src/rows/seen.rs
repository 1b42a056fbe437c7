//! Holds the columns of parts against each other: all are one table.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::Rows;
use super::listing::Part;
use crate::{
    error::{Error, Place},
    reading::short_name,
};

/// A message lists so many columns.
const LISTED: usize = 10;

/// The columns of a part, for comparing it with others.
pub(super) struct Seen {
    path: PathBuf,
    pub(super) columns: Vec<String>,
    types: Vec<String>,
    /// The columns that the folders around it name.
    pub(super) folders: Vec<String>,
}

impl Seen {
    pub(super) fn of(part: &Part, rows: &dyn Rows) -> Self {
        Self {
            path: part.path.clone(),
            columns: rows.columns().to_vec(),
            types: rows.types().to_vec(),
            folders: part.values.iter().map(|(name, _)| name.clone()).collect(),
        }
    }

    /// Returns an error where another part has other columns, unless each line of a part has its own.
    pub(super) fn check(&self, other: &Self, is_open: bool) -> Result<(), Error> {
        if self.folders != other.folders {
            let folders =
                |seen: &Self| seen.folders.iter().map(|name| short_name(name)).collect::<Vec<_>>().join(", ");
            let what = format!("lies in folders of '{}', not of '{}'", folders(other), folders(self));
            return Err(self.differs(other, &what));
        }
        if is_open {
            return Ok(());
        }
        let types = |seen: &Self| -> BTreeMap<String, String> {
            let types = seen.types.iter().cloned().chain(std::iter::repeat(String::new()));
            seen.columns.iter().cloned().zip(types).collect()
        };
        let (own, others) = (types(self), types(other));
        let lacks = |a: &BTreeMap<String, String>, b: &BTreeMap<String, String>| -> Vec<String> {
            a.keys()
                .filter(|name| !b.contains_key(*name))
                .map(|name| format!("'{}'", short_name(name)))
                .collect()
        };
        let mut said = Vec::new();
        for (word, names) in [("has no", lacks(&own, &others)), ("has the additional", lacks(&others, &own))]
        {
            if !names.is_empty() {
                let more = if names.len() > LISTED {
                    format!(" and {} more", names.len() - LISTED)
                } else {
                    String::new()
                };
                said.push(format!("{word} {}{more}", names[..names.len().min(LISTED)].join(", ")));
            }
        }
        let retyped = own.iter().filter_map(|(name, kind)| {
            let other = others.get(name).filter(|other| *other != kind)?;
            Some(format!("'{}' is {other}, not {kind}", short_name(name)))
        });
        said.extend(retyped.take(LISTED));
        if said.is_empty() { Ok(()) } else { Err(self.differs(other, &said.join("; "))) }
    }

    fn differs(&self, other: &Self, what: &str) -> Error {
        let first = crate::shown_path(&self.path);
        let message = format!("another schema than {first}: it {what}");
        Place::file(&other.path).rejects(message).with_hint(
            "the parts of a folder are one table; each part of CSV begins with its header, unless the columns are named by \
             --left-columns or --right-columns"
                .to_owned(),
        )
    }
}
