//! The manifest beside the engine: which store it is and its last acknowledged epoch, in a few checked lines of text.

/// The newest format of a store that this program reads and writes.
pub(crate) const FORMAT: u64 = 1;

/// Says which store it is that lies in a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Checkpoints,
    Serving,
}

impl Kind {
    const ALL: [Kind; 2] = [Kind::Checkpoints, Kind::Serving];

    /// Its name in a manifest.
    fn name(self) -> &'static str {
        match self {
            Kind::Checkpoints => "checkpoints",
            Kind::Serving => "serving",
        }
    }

    /// Its name in messages.
    pub(crate) fn describe(self) -> &'static str {
        match self {
            Kind::Checkpoints => "a store of checkpoints",
            Kind::Serving => "a store of served answers",
        }
    }

    fn title(self) -> &'static str {
        match self {
            Kind::Checkpoints => "# The last acknowledged checkpoint of this folder. Not to be edited.",
            Kind::Serving => "# The last acknowledged switch of this folder. Not to be edited.",
        }
    }

    /// The line that names it. Checkpoints came first and have none.
    fn line(self) -> String {
        match self {
            Kind::Checkpoints => String::new(),
            Kind::Serving => format!("kind = \"{}\"\n", self.name()),
        }
    }
}

/// Describes what the manifest says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Manifest {
    pub(crate) kind: Kind,
    pub(crate) backend: String,
    pub(crate) id: u128,
    pub(crate) epoch: u64,
    pub(crate) incarnation: u64,
}

/// Why a text isn't a manifest of ours.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Unreadable {
    Newer(u64),
    Damaged(&'static str),
}

impl Manifest {
    pub(crate) fn encode(&self) -> String {
        let Manifest { kind, backend, id, epoch, incarnation } = self;
        let (title, kind) = (kind.title(), kind.line());
        let fields = format!(
            "{title}\nformat = {FORMAT}\n{kind}backend = \"{backend}\"\nstore = \"{id:032x}\"\nepoch = {epoch}\n\
             incarnation = {incarnation}\n"
        );
        let checksum = checksum(&fields);
        format!("{fields}checksum = \"{checksum}\"\n")
    }

    /// The format is looked at first: a newer one may have other fields.
    pub(crate) fn decode(text: &str) -> Result<Manifest, Unreadable> {
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
            let kind = match field("kind") {
                None => Kind::Checkpoints,
                Some(name) => Kind::ALL.into_iter().find(|kind| kind.name() == name)?,
            };
            Some(Manifest {
                kind,
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

    fn example(kind: Kind) -> Manifest {
        Manifest { kind, backend: "sled".to_owned(), id: 0xfeed << 100, epoch: u64::MAX, incarnation: 3 }
    }

    #[test]
    fn reads_what_it_wrote_and_no_prefix_or_changed_byte_of_it() {
        for kind in Kind::ALL {
            let text = example(kind).encode();
            assert_eq!(Manifest::decode(&text), Ok(example(kind)));
            for length in 0..text.len() {
                assert!(matches!(Manifest::decode(&text[..length]), Err(Unreadable::Damaged(_))), "{length}");
                let mut bytes = text.clone().into_bytes();
                bytes[length] ^= 1;
                let changed = String::from_utf8(bytes).unwrap();
                assert!(matches!(Manifest::decode(&changed), Err(Unreadable::Damaged(_))), "{length}");
            }
        }
    }

    #[test]
    fn a_newer_format_is_named_whatever_else_it_holds() {
        let fields = "# A title.\nformat = 7\nshape = \"other\"\n";
        let text = format!("{fields}checksum = \"{}\"\n", checksum(fields));
        assert_eq!(Manifest::decode(&text), Err(Unreadable::Newer(7)));
    }
}
