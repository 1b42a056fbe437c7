//! The manifest beside the engine: the last acknowledged epoch, in a few checked lines of text.

use super::head::FORMAT;

const TITLE: &str = "# The last acknowledged checkpoint of this folder. Not to be edited.";

/// Describes what the manifest says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Manifest {
    pub(super) backend: String,
    pub(super) id: u128,
    pub(super) epoch: u64,
    pub(super) incarnation: u64,
}

/// Why a text isn't a manifest of ours.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Unreadable {
    Newer(u64),
    Damaged(&'static str),
}

impl Manifest {
    pub(super) fn encode(&self) -> String {
        let Manifest { backend, id, epoch, incarnation } = self;
        let fields = format!(
            "{TITLE}\nformat = {FORMAT}\nbackend = \"{backend}\"\nstore = \"{id:032x}\"\nepoch = {epoch}\n\
             incarnation = {incarnation}\n"
        );
        let checksum = checksum(&fields);
        format!("{fields}checksum = \"{checksum}\"\n")
    }

    /// The format is looked at first: a newer one may have other fields.
    pub(super) fn decode(text: &str) -> Result<Manifest, Unreadable> {
        let (fields, last) = text
            .strip_suffix("\"\n")
            .and_then(|text| text.split_once("checksum = \""))
            .ok_or(Unreadable::Damaged("the manifest has no checksum at its end"))?;
        if last != checksum(fields) {
            return Err(Unreadable::Damaged("the manifest doesn't match its checksum"));
        }
        let field = |name: &str| {
            let line = fields.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(" = "))?;
            Some(line.trim_matches('"'))
        };
        let number = |name: &str| field(name)?.parse::<u64>().ok();
        let format = number("format").ok_or(Unreadable::Damaged("the manifest names no format"))?;
        if format > FORMAT {
            return Err(Unreadable::Newer(format));
        }
        let manifest = || {
            Some(Manifest {
                backend: field("backend")?.to_owned(),
                id: u128::from_str_radix(field("store")?, 16).ok()?,
                epoch: number("epoch")?,
                incarnation: number("incarnation")?,
            })
        };
        manifest().ok_or(Unreadable::Damaged("the manifest lacks a field"))
    }
}

fn checksum(fields: &str) -> String {
    blake3::hash(fields.as_bytes()).to_hex()[..32].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example() -> Manifest {
        Manifest { backend: "sled".to_owned(), id: 0xfeed << 100, epoch: u64::MAX, incarnation: 3 }
    }

    #[test]
    fn reads_what_it_wrote_and_no_prefix_or_changed_byte_of_it() {
        let text = example().encode();
        assert_eq!(Manifest::decode(&text), Ok(example()));
        for length in 0..text.len() {
            assert!(matches!(Manifest::decode(&text[..length]), Err(Unreadable::Damaged(_))), "{length}");
            let mut bytes = text.clone().into_bytes();
            bytes[length] ^= 1;
            let changed = String::from_utf8(bytes).unwrap();
            assert!(matches!(Manifest::decode(&changed), Err(Unreadable::Damaged(_))), "{length}");
        }
    }

    #[test]
    fn a_newer_format_is_named_whatever_else_it_holds() {
        let fields = format!("{TITLE}\nformat = 7\nshape = \"other\"\n");
        let text = format!("{fields}checksum = \"{}\"\n", checksum(&fields));
        assert_eq!(Manifest::decode(&text), Err(Unreadable::Newer(7)));
    }
}
