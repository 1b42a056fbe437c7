//! State as bytes: postcard within a seal, and an error rather than a panic for whatever can't be read.

use serde::{Serialize, de::DeserializeOwned};

/// What a saved job begins with; the last byte is the format's version.
const MAGIC: [u8; 8] = *b"CtrPtSt\x01";
const HASH_BYTES: usize = 32;

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

/// `state` with what shows later that it is whole, and of this format.
pub(crate) fn seal(state: &[u8]) -> Vec<u8> {
    [&MAGIC[..], blake3::hash(state).as_bytes(), state].concat()
}

/// The state within a seal.
pub(crate) fn unseal(bytes: &[u8]) -> Result<&[u8], String> {
    let Some((head, rest)) = bytes.split_at_checked(MAGIC.len()) else {
        return Err(format!("the saved state is cut off after {} bytes", bytes.len()));
    };
    let (name, version) = (&MAGIC[..MAGIC.len() - 1], MAGIC[MAGIC.len() - 1]);
    if !head.starts_with(name) {
        return Err("this isn't the saved state of a job".to_owned());
    }
    if head != MAGIC {
        let found = head[MAGIC.len() - 1];
        return Err(format!("the saved state has format {found}, this program reads format {version}"));
    }
    match rest.split_at_checked(HASH_BYTES) {
        Some((hash, state)) if blake3::hash(state).as_bytes() == hash => Ok(state),
        Some(_) => Err("the saved state is damaged: its BLAKE3 hash doesn't match".to_owned()),
        None => Err(format!("the saved state is cut off after {} bytes", bytes.len())),
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
        let sealed = seal(b"state");
        assert_eq!(unseal(&sealed), Ok(&b"state"[..]));
        for at in 0..sealed.len() {
            let mut damaged = sealed.clone();
            damaged[at] ^= 1;
            assert!(unseal(&damaged).is_err(), "byte {at}");
            assert!(unseal(&sealed[..at]).is_err(), "cut at {at}");
        }
        let mut newer = sealed.clone();
        newer[7] = 2;
        let message = "the saved state has format 2, this program reads format 1";
        assert_eq!(unseal(&newer), Err(message.to_owned()));
        assert_eq!(unseal(b"hello, world"), Err("this isn't the saved state of a job".to_owned()));
    }
}
