//! Text from anywhere as Markdown that says just that text.

use crate::format::{one_line, shorten};

/// A value in a table is a glance, not a document.
const MOST_CHARS: usize = 200;

/// A value from the run, where nothing of it is read as a mention, an issue's number or an emoji.
pub(crate) fn code(value: &str) -> String {
    format!("<code>{}</code>", text(value))
}

/// A sentence in a cell.
pub(crate) fn text(value: &str) -> String {
    escaped(&shorten(value, MOST_CHARS))
}

/// The text with each character that Markdown, HTML or a forge might read as more than itself as an entity.
///
/// A forge looks for `@name` after it has read the entities, but in each text node alone: an element in between
/// keeps the sign and the name apart.
pub(crate) fn escaped(text: &str) -> String {
    let line = one_line(text);
    let mut safe = String::with_capacity(line.len());
    let mut letters = line.chars().peekable();
    let mut before = ' ';
    while let Some(c) = letters.next() {
        let next = letters.peek().copied().unwrap_or(' ');
        if c == '@' || c == '#' {
            safe.extend(["<span>", &entity(c), "</span>"]);
        } else if stays(before, c, next) {
            safe.push(c);
        } else {
            safe.push_str(&entity(c));
        }
        before = c;
    }
    safe
}

/// Letters, digits and spaces stay, and so does what ends a clause or joins two letters of a name.
fn stays(before: char, c: char, next: char) -> bool {
    let joins = before.is_ascii_alphanumeric() && next.is_ascii_alphanumeric();
    match c {
        '.' | ',' | ':' | ';' => next == ' ' || next.is_ascii_digit(),
        '_' | '-' => joins,
        '(' | ')' | '%' | '\'' | '=' | '/' | '?' => true,
        '+' => next.is_ascii_digit() && before == ' ',
        _ => !c.is_ascii_punctuation(),
    }
}

fn entity(c: char) -> String {
    format!("&#{};", u32::from(c))
}

/// A line of code between fences that no run of backquotes in it can close.
pub(crate) fn fenced(line: &str) -> String {
    let line = one_line(line);
    let longest = line.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(3.max(longest + 1));
    format!("{fence}sh\n{line}\n{fence}")
}

/// A table with that head.
pub(crate) fn table<const N: usize>(head: [&str; N], rows: impl IntoIterator<Item = [String; N]>) -> String {
    let line = |cells: &[String; N]| format!("| {} |", cells.join(" | "));
    let mut lines = vec![line(&head.map(str::to_owned)), format!("|{}", "---|".repeat(N))];
    lines.extend(rows.into_iter().map(|row| line(&row)));
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_sentences_stay_readable() {
        for text in [
            "best-fit may replace first-fit",
            "It needs 421 bins where next-fit needs 531, 110 fewer; the optimum lies between 402 and 408.",
            "competitive_ratio fails: at least 1.0473 (95 % interval).",
            "harmonic:7",
        ] {
            assert_eq!(escaped(text), text);
        }
    }

    #[test]
    fn nothing_in_a_value_is_markup() {
        let check = |text, expected| assert_eq!(escaped(text), expected);
        check("a|b", "a&#124;b");
        check("`x` *y* _z_ ~~w~~", "&#96;x&#96; &#42;y&#42; &#95;z&#95; &#126;&#126;w&#126;&#126;");
        check("<script>&amp;", "&#60;script&#62;&#38;amp;");
        check("@team #12", "<span>&#64;</span>team <span>&#35;</span>12");
        check("[a](http://x.y) www.z.w", "&#91;a&#93;(http&#58;//x&#46;y) www&#46;z&#46;w");
        check("a\r\n# b", "a&#92;u&#123;d&#125;&#92;u&#123;a&#125;<span>&#35;</span> b");
        check("\u{202e}", "&#92;u&#123;202e&#125;");
        check("- x", "&#45; x");
        check("$a$ !b", "&#36;a&#36; &#33;b");
    }

    #[test]
    fn a_fence_holds() {
        assert_eq!(fenced("a ```` b\nc"), "`````sh\na ```` b\\u{a}c\n`````");
        assert_eq!(fenced("a"), "```sh\na\n```");
    }

    #[test]
    fn long_values_are_cut() {
        assert!(code(&"x".repeat(5_000)).len() < 250);
    }
}
