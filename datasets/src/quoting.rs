//! Texts in fields of CSV: which need quotes, and how they are written.

/// Returns whether a text can stand in a field of CSV only within quotes.
pub(crate) fn needs_quotes(text: &[u8]) -> bool {
    text.iter().any(|byte| matches!(byte, b',' | b'"' | b'\r' | b'\n'))
}

/// Appends a field of CSV, in quotes where it needs them.
pub fn write_text(text: &[u8], out: &mut Vec<u8>) {
    if !needs_quotes(text) {
        out.extend_from_slice(text);
        return;
    }
    out.push(b'"');
    for &byte in text {
        if byte == b'"' {
            out.push(b'"');
        }
        out.push(byte);
    }
    out.push(b'"');
}
