//! Text of other people's, made harmless for a CI system that reads commands in its log.

/// Text that no runner takes for a command: neither `::name::` at the start of a line, nor `##[name]` or `##vso[`
/// anywhere in it.
pub(crate) fn defused(text: &str) -> String {
    let line = |line: &str| {
        let line = without_hashes(line);
        let words = line.trim_start();
        match words.strip_prefix("::") {
            Some(rest) => format!(r"{}\u{{3a}}:{rest}", &line[..line.len() - words.len()]),
            None => line,
        }
    };
    text.split('\n').map(line).collect::<Vec<_>>().join("\n")
}

/// Returns the same for JSON, whose values stay what they are.
pub(crate) fn defused_json(text: &str) -> String {
    // Between strings JSON has neither sign, and a line of it never starts with a colon.
    text.replace("##", r"#\u0023")
}

/// Older commands may stand anywhere in a line.
pub(crate) fn without_hashes(text: &str) -> String {
    text.replace("##", r"#\u{23}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relayed_text_is_never_a_command() {
        let check = |text, expected| assert_eq!(defused(text), expected);
        check("::error::x", r"\u{3a}:error::x");
        check("a\n \t::add-mask::x\nb", "a\n \t\\u{3a}:add-mask::x\nb");
        check("fail ##[add-mask]x ##vso[task]y", r"fail #\u{23}[add-mask]x #\u{23}vso[task]y");
        check("####[x]", r"#\u{23}#\u{23}[x]");
        check("a ratio: 1::2, # one", "a ratio: 1::2, # one");
    }

    #[test]
    fn json_keeps_its_values() {
        let name = "##[add-mask]x ###";
        let text = serde_json::to_string(name).expect("a string");
        let defused = defused_json(&text);
        assert!(!defused.contains("##"), "{defused}");
        assert_eq!(serde_json::from_str::<String>(&defused).expect("JSON"), name);
    }
}
