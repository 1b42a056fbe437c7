//! State as bytes: postcard, and an error rather than a panic for whatever can't be read.

use serde::{Serialize, de::DeserializeOwned};

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
        let nothing = restore::<u8>("deduplicate", &mut bytes).unwrap_err();
        assert!(nothing.starts_with("the saved state of deduplicate can't be read: "), "{nothing}");
    }
}
