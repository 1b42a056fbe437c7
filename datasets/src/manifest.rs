//! `manifest.toml`: what a frozen dataset is, and the hash that proves it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Component, Path};

use serde::{Deserialize, Serialize};

use crate::error::{Error, Place};
use crate::quoting::write_text;
use crate::schema::{FieldRole, FieldSchema};
use crate::shown::quoted;
use crate::source::Source;
use crate::toml_problem::explain_toml;
use crate::value::Value;

/// The name of the manifest in a dataset's folder.
pub const MANIFEST_FILE: &str = "manifest.toml";

/// The name of the file in a dataset's folder that holds the rows which were left out, if any were.
pub const REJECTED_FILE: &str = "rejected.csv";

/// The schema that this version writes and reads.
pub const SCHEMA: &str = "counterpoint.dataset/1";

/// A manifest is a page of text; a file beyond this isn't one.
const MAX_BYTES: u64 = 1 << 20;

/// A name longer than this is a mistake.
const MAX_NAME_BYTES: usize = 200;

/// The description of a frozen dataset, field by field as it stands in `manifest.toml`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// [`SCHEMA`].
    pub schema: String,
    /// Holds what people call the dataset. It may hold any characters, so escape it where it is shown.
    pub name: String,
    /// The problem that the dataset is for; empty for a generic dataset.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub problem: String,
    /// The data file, relative to the folder.
    pub data: String,
    /// The data file's columns in order; `arrival_ms`, when there is one, comes first.
    pub columns: Vec<String>,
    /// Says how many records the data file holds.
    pub records: u64,
    /// The data file's length.
    pub bytes: u64,
    /// BLAKE3 of the data file's bytes, 64 hexadecimal digits.
    pub blake3: String,
    /// Numbers in the data file are the source's times this power of ten.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub scale: u64,
    /// The optimal cost, when it is known by construction.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub optimum: Option<u64>,
    /// The best cost that the source claims. Informational: sources err.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub best_known: Option<u64>,
    /// Says how many rows of the source were left out; they stand in [`REJECTED_FILE`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rejected: Option<u64>,
    /// BLAKE3 of that file's bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rejected_blake3: Option<String>,
    /// Says how many of them there were for each reason, the commonest reasons one by one. Reasons may hold a column's
    /// name, escaped.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub rejected_reasons: BTreeMap<String, u64>,
    /// The problem's parameters; `capacity` is scaled like the sizes.
    #[serde(default, deserialize_with = "crate::value::parameters")]
    pub parameters: BTreeMap<String, Value>,
    /// Says how the dataset came to be.
    #[serde(default, skip_serializing_if = "Source::is_empty")]
    pub source: Source,
    /// Describes the columns of a generic dataset, each of [`Manifest::columns`] in order; empty where there is a problem.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<FieldSchema>,
}

fn one() -> u64 {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
fn is_one(scale: &u64) -> bool {
    *scale == 1
}

impl Manifest {
    /// Reads and validates the manifest in the folder `dir`.
    pub fn read(dir: &Path) -> Result<Self, Error> {
        let path = dir.join(MANIFEST_FILE);
        let text = crate::files::read_regular_text(&path, MAX_BYTES, "a manifest")?;
        Self::parse(&path, &text)
    }

    /// Reads and validates the text of a manifest; `path` is only for messages.
    pub fn parse(path: &Path, text: &str) -> Result<Self, Error> {
        let explain = |error| Error::Toml(Box::new(explain_toml(path, text, &error)));
        // The version comes first: the keys of a newer one would only look unknown.
        let peek: Peek = toml::from_str(text).map_err(explain)?;
        check_schema(peek.schema.as_deref()).map_err(|error| reject(path, error))?;
        let manifest: Self = toml::from_str(text).map_err(explain)?;
        manifest.check().map_err(|message| reject(path, (message, None)))?;
        Ok(manifest)
    }

    /// Returns whether the dataset was frozen without a problem: its schema stands in [`Manifest::fields`].
    pub fn is_generic(&self) -> bool {
        self.problem.is_empty()
    }

    /// Returns the generic dataset's column with this role; the first, where there are more.
    pub fn field_with(&self, role: FieldRole) -> Option<&FieldSchema> {
        self.fields.iter().find(|field| field.role == Some(role))
    }

    /// The text of `manifest.toml`: the same for the same manifest, always.
    pub fn to_toml(&self) -> String {
        toml::to_string(self).expect("strings, numbers and maps of them always serialize")
    }

    /// Returns what serde's types don't say.
    fn check(&self) -> Result<(), String> {
        check_name(&self.name)?;
        check_data(&self.data)?;
        self.check_schema_of_columns()?;
        check_hash("blake3", &self.blake3)?;
        match (self.rejected, &self.rejected_blake3) {
            (None, None) => {}
            (Some(1..), Some(hash)) => check_hash("rejected_blake3", hash)?,
            _ => return Err("rejected and rejected_blake3 go together, and rejected is at least 1".into()),
        }
        if let Some(hash) = &self.source.blake3 {
            check_hash("source.blake3", hash)?;
        }
        let is_power_of_ten = self.scale.checked_ilog10().is_some_and(|n| 10_u64.pow(n) == self.scale);
        if !is_power_of_ten {
            return Err(format!("scale is {}, not a power of ten", self.scale));
        }
        if self.records == 0 && !self.is_generic() {
            return Err("records is 0: an empty dataset proves nothing".into());
        }
        Ok(())
    }

    /// Returns what is wrong with the columns: of a generic dataset each is described, and may be called anything.
    fn check_schema_of_columns(&self) -> Result<(), String> {
        if !self.is_generic() {
            return match self.fields.first() {
                Some(_) => Err("fields are described, which only a dataset without `problem` has".into()),
                None => check_columns(&self.columns),
            };
        }
        let described = self.fields.iter().map(|field| &field.name);
        if self.columns.is_empty() {
            return Err("columns is empty".into());
        }
        if !described.eq(&self.columns) {
            return Err(
                "a dataset without `problem` needs [[fields]] for each of its columns, in order".into()
            );
        }
        crate::schema::check(&self.fields, self.records)
    }
}

/// Returns the header of a data file with such columns.
pub(crate) fn header_of<S: AsRef<str>>(columns: &[S]) -> String {
    let mut header = Vec::new();
    for (i, name) in columns.iter().enumerate() {
        if i > 0 {
            header.push(b',');
        }
        write_text(name.as_ref().as_bytes(), &mut header);
    }
    String::from_utf8(header).expect("names are texts, and quotes and commas are too")
}

/// The part of a manifest that every version of the schema has.
#[derive(Deserialize)]
struct Peek {
    schema: Option<String>,
}

fn reject(path: &Path, (message, hint): (String, Option<String>)) -> Error {
    Place::file(path).rejects(message).with_hint(hint)
}

fn check_schema(schema: Option<&str>) -> Result<(), (String, Option<String>)> {
    let expected = format!("expected `{SCHEMA}`");
    let Some(schema) = schema else { return Err(("missing key `schema`".into(), Some(expected))) };
    if schema == SCHEMA {
        return Ok(());
    }
    let newer = schema.strip_prefix("counterpoint.dataset/").and_then(|version| version.parse::<u32>().ok());
    let message = format!("schema {}", quoted(schema.as_bytes()));
    Err(match newer {
        Some(2..) => (
            format!("{message} is newer than this program reads (`{SCHEMA}`)"),
            Some("use a newer counterpoint".into()),
        ),
        _ => (format!("{message} is not that of a frozen dataset"), Some(expected)),
    })
}

/// A dataset's name may hold anything, but not nothing and not a novel.
pub(crate) fn check_name(name: &str) -> Result<(), String> {
    match name.len() {
        0 => Err("the name is empty".into()),
        1..=MAX_NAME_BYTES => Ok(()),
        long => Err(format!("the name is {long} bytes long, {MAX_NAME_BYTES} at most are allowed")),
    }
}

/// The data file must lie in the folder, whatever the system's rules for paths are.
fn check_data(data: &str) -> Result<(), String> {
    let stays = !data.is_empty()
        && !data.contains(['\\', ':', '\0'])
        && Path::new(data).components().all(|part| matches!(part, Component::Normal(_)));
    if stays {
        return Ok(());
    }
    Err(format!("data {} leaves the dataset's folder, or names no file", quoted(data.as_bytes())))
}

pub(crate) fn check_columns(columns: &[String]) -> Result<(), String> {
    if columns.is_empty() {
        return Err("columns is empty".into());
    }
    for (i, name) in columns.iter().enumerate() {
        let plain =
            !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.".contains(&b));
        if !plain {
            return Err(format!(
                "column {} isn't made of letters, digits, `_`, `-`, `.`",
                quoted(name.as_bytes())
            ));
        }
        if columns[..i].contains(name) {
            return Err(format!("column `{name}` stands twice"));
        }
    }
    Ok(())
}

fn check_hash(key: &str, hash: &str) -> Result<(), String> {
    let is_hash = hash.len() == 64 && hash.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    if is_hash {
        return Ok(());
    }
    Err(format!("{key} {} is not 64 lowercase hexadecimal digits", quoted(hash.as_bytes())))
}

/// Refuses a data file that a link leads out of the folder.
pub(crate) fn check_inside(dir: &Path, data: &Path) -> Result<(), Error> {
    let folder = fs::canonicalize(dir).map_err(Error::unreadable(dir))?;
    let target = fs::canonicalize(data).map_err(Error::unreadable(data))?;
    if target.starts_with(&folder) {
        return Ok(());
    }
    Err(Place::file(data).rejects("a link that leaves the dataset's folder"))
}
