//! The frame that registries' serialisers put before a value: a zero, the schema's id in four bytes, and of Protobuf the way to
//! the message in its schema.

/// Returns the id and what follows it.
pub(super) fn split(value: &[u8]) -> Result<(u32, &[u8]), String> {
    match value {
        [0, a, b, c, d, rest @ ..] => Ok((u32::from_be_bytes([*a, *b, *c, *d]), rest)),
        [first, ..] if *first != 0 => Err(format!(
            "begins with {first:#04x}, and a registry's frame with 0x00: leave kafka.registry and kafka.framed out if it has none"
        )),
        _ => Err(format!("has {} bytes, and a registry's frame alone has 5", value.len())),
    }
}

/// Returns the indexes that lead to a message, from the outermost in, and what follows them. They are whole numbers, each twice
/// its value; a single zero stands for the first message.
pub(super) fn indexes(rest: &[u8]) -> Result<(Vec<usize>, &[u8]), String> {
    let (count, mut rest) = number(rest)?;
    if count == 0 {
        return Ok((vec![0], rest));
    }
    // Nobody nests messages that deep; a number beyond it is no count.
    if count > 64 {
        return Err(format!("names a message nested {count} deep, which is no frame of Protobuf"));
    }
    let mut indexes = Vec::new();
    for _ in 0..count {
        let (index, behind) = number(rest)?;
        indexes.push(index);
        rest = behind;
    }
    Ok((indexes, rest))
}

/// A whole number in seven bits a byte, whose lowest bit is its sign.
fn number(bytes: &[u8]) -> Result<(usize, &[u8]), String> {
    let mut value = 0_u64;
    for (at, byte) in bytes.iter().take(9).enumerate() {
        value |= u64::from(byte & 0x7f) << (7 * at);
        if byte & 0x80 == 0 {
            if value & 1 == 1 {
                return Err("names a message by a number below 0".to_owned());
            }
            return Ok(((value >> 1) as usize, &bytes[at + 1..]));
        }
    }
    Err("ends within its frame".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_taken_off() {
        assert_eq!(split(&[0, 0, 0, 1, 2, 7]), Ok((258, &[7][..])));
        assert!(split(b"{\"a\":1}").expect_err("JSON").contains("begins with 0x7b"));
        assert!(split(&[0, 0]).expect_err("short").contains("has 2 bytes"));
        assert!(split(&[]).expect_err("nothing").contains("has 0 bytes"));
    }

    #[test]
    fn indexes_lead_to_a_message() {
        assert_eq!(indexes(&[0, 9]), Ok((vec![0], &[9][..])));
        // Two indexes, 1 and 150; each number is doubled.
        assert_eq!(indexes(&[4, 2, 0xac, 2, 9]), Ok((vec![1, 150], &[9][..])));
        for (bytes, what) in [
            (&[1_u8][..], "below 0"),
            (&[2], "ends within"),
            (&[0x80], "ends within"),
            (&[0xfe, 0x7f], "nested"),
        ] {
            assert!(indexes(bytes).expect_err(what).contains(what), "{bytes:?}");
        }
    }
}
