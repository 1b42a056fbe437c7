//! State as bytes: postcard within a seal, and an error rather than a panic for whatever can't be read.

use serde::{Serialize, de::DeserializeOwned};

/// The format that is written, and the only one that is read.
const VERSION: u8 = 3;
const HASH_BYTES: usize = 32;

/// Describes what is within a seal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sealed {
    /// All that a job knows.
    State,
    /// Holds what has changed of that since.
    Changes,
}

impl Sealed {
    /// Returns what it begins with, before the version.
    fn magic(self) -> &'static [u8] {
        match self {
            Self::State => b"CtrPtSt",
            Self::Changes => b"CtrPtCh",
        }
    }

    /// Returns what it is called.
    fn name(self) -> &'static str {
        match self {
            Self::State => "the saved state",
            Self::Changes => "the saved changes",
        }
    }

    fn is_cut_off(self, bytes: &[u8]) -> String {
        let (name, be) = match self {
            Self::State => (self.name(), "is"),
            Self::Changes => (self.name(), "are"),
        };
        format!("{name} {be} cut off after {} bytes", bytes.len())
    }
}

/// Describes what tells one sealed state from another.
pub(crate) type Hash = [u8; HASH_BYTES];

/// Appends `state` to `out`.
pub(crate) fn save(state: &impl Serialize, out: &mut Vec<u8>) {
    let bytes = postcard::to_extend(state, std::mem::take(out));
    *out = bytes.expect("a vector takes all bytes, and all sequences of a state know their length");
}

/// Takes a state from the front of `bytes`. `what`: whose it is, for the error.
pub(crate) fn restore<S: DeserializeOwned>(what: &str, bytes: &mut &[u8]) -> Result<S, String> {
    let (state, rest) = postcard::take_from_bytes(bytes)
        .map_err(|why| format!("the saved state of {what} can't be read: {why}"))?;
    *bytes = rest;
    Ok(state)
}

/// Refuses a state that other settings have made: `saved` and `own` describe them.
pub(crate) fn check_same(what: &str, saved: &str, own: &str) -> Result<(), String> {
    if saved == own {
        return Ok(());
    }
    Err(format!("the saved state is of {what} with {}, this one has {own}", saved.escape_debug()))
}

/// `content` with what shows later that it is whole, and of this format; and its hash.
pub(crate) fn seal(what: Sealed, content: &[u8]) -> (Vec<u8>, Hash) {
    let hash = *blake3::hash(content).as_bytes();
    ([what.magic(), &[VERSION], &hash, content].concat(), hash)
}

/// The content within a seal, and its hash.
pub(crate) fn unseal(what: Sealed, bytes: &[u8]) -> Result<(&[u8], Hash), String> {
    let magic = what.magic();
    let Some((&[ref head @ .., version], rest)) = bytes.split_at_checked(magic.len() + 1) else {
        return Err(what.is_cut_off(bytes));
    };
    if head != magic {
        return Err(other_kind(what, head));
    }
    let name = what.name();
    if version != VERSION {
        return Err(format!("{name}: format {version}, this program reads format {VERSION}"));
    }
    match rest.split_first_chunk::<HASH_BYTES>() {
        Some((hash, content)) if blake3::hash(content).as_bytes() == hash => Ok((content, *hash)),
        Some(_) => Err(format!("{name}: damaged, the BLAKE3 hash doesn't match")),
        None => Err(what.is_cut_off(bytes)),
    }
}

fn other_kind(wanted: Sealed, head: &[u8]) -> String {
    match wanted {
        Sealed::State if head == Sealed::Changes.magic() => {
            "these are the changes of a saved state, which go on top of that state".to_owned()
        }
        Sealed::State => "this isn't the saved state of a job".to_owned(),
        Sealed::Changes if head == Sealed::State.magic() => {
            "this is a saved state, not what has changed of one".to_owned()
        }
        Sealed::Changes => "these aren't the saved changes of a job".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_stand_one_behind_the_other() {
        let mut out = vec![7];
        save(&(1_u8, i128::MIN), &mut out);
        save(&vec![Some(-1_i64), None], &mut out);
        let mut bytes = &out[1..];
        assert_eq!(restore("a", &mut bytes), Ok((1_u8, i128::MIN)));
        assert_eq!(restore("b", &mut bytes), Ok(vec![Some(-1_i64), None]));
        assert!(bytes.is_empty());
        let nothing = restore::<u8>("windows", &mut bytes).unwrap_err();
        assert!(nothing.starts_with("the saved state of windows can't be read: "), "{nothing}");
    }

    #[test]
    fn each_damage_is_seen_and_named() {
        for what in [Sealed::State, Sealed::Changes] {
            let (sealed, hash) = seal(what, b"state");
            assert_eq!(unseal(what, &sealed), Ok((&b"state"[..], hash)));
            for at in 0..sealed.len() {
                let mut damaged = sealed.clone();
                damaged[at] ^= 1;
                assert!(unseal(what, &damaged).is_err(), "byte {at}");
                assert!(unseal(what, &sealed[..at]).is_err(), "cut at {at}");
            }
        }
        let (mut newer, _) = seal(Sealed::State, b"state");
        newer[7] = 4;
        let refusal = |what, bytes: &[u8]| unseal(what, bytes).unwrap_err();
        assert_eq!(refusal(Sealed::State, &newer), "the saved state: format 4, this program reads format 3");
        assert_eq!(refusal(Sealed::State, b"hello, world"), "this isn't the saved state of a job");
        assert_eq!(refusal(Sealed::Changes, b"hello"), "the saved changes are cut off after 5 bytes");
    }

    #[test]
    fn a_state_and_its_changes_are_not_taken_for_each_other() {
        let refusal = |what, of| unseal(what, &seal(of, b"state").0).unwrap_err();
        let changes = refusal(Sealed::State, Sealed::Changes);
        assert_eq!(changes, "these are the changes of a saved state, which go on top of that state");
        let state = refusal(Sealed::Changes, Sealed::State);
        assert_eq!(state, "this is a saved state, not what has changed of one");
    }
}
