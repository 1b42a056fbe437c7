//! Bytes as text.

const SIXTEEN: &[u8; 16] = b"0123456789abcdef";

/// Writes bytes of which nobody says that they are a text: `\x` and two digits each.
pub(crate) fn escaped(bytes: &[u8], out: &mut String) {
    out.push_str("\\x");
    hex(bytes, out);
}

/// Writes 16 bytes in five groups.
pub(crate) fn uuid(bytes: &[u8], out: &mut String) {
    for (at, byte) in bytes.chunks(1).enumerate() {
        if matches!(at, 4 | 6 | 8 | 10) {
            out.push('-');
        }
        hex(byte, out);
    }
}

fn hex(bytes: &[u8], out: &mut String) {
    for byte in bytes {
        for half in [byte >> 4, byte & 15] {
            out.push(char::from(SIXTEEN[usize::from(half)]));
        }
    }
}
