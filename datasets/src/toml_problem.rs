//! Turns an error of the TOML reader into file, line, message and hint.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::nearest::did_you_mean;
use crate::shown::{shown, shown_path};

/// Describes what is wrong with a TOML file, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct TomlProblem {
    /// The file.
    pub file: PathBuf,
    /// The line, counted from 1, when it is known.
    pub line: Option<usize>,
    /// Holds what is wrong: one line, escaped.
    pub message: String,
    /// The nearest known name, when an unknown one was written.
    pub hint: Option<String>,
}

impl fmt::Display for TomlProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&shown_path(&self.file))?;
        if let Some(line) = self.line {
            write!(f, " line {line}")?;
        }
        write!(f, ": {}", self.message)
    }
}

/// Says in a line what the TOML reader found wrong with `text`, the content of the file at `path`.
///
/// An unknown key or variant comes with the nearest known name as hint.
pub fn explain_toml(path: &Path, text: &str, error: &toml::de::Error) -> TomlProblem {
    let line = error.span().map(|span| 1 + text[..span.start.min(text.len())].matches('\n').count());
    let (message, hint) = match unknown_name(error.message()) {
        Some((what, unknown, known)) => {
            let hint = did_you_mean(unknown, known.iter().copied()).or_else(|| Some(list(&known)));
            (format!("unknown {what} `{}`", shown(unknown)), hint)
        }
        None => (one_line(&in_words(error.message())), None),
    };
    TomlProblem { file: path.to_owned(), line, message, hint }
}

/// Reads serde's "unknown field `x`, expected one of `a`, `b`" (or `variant`): what it is, x, and the rest.
///
/// The unknown name may itself hold backquotes, so it is taken up to the last "expected".
fn unknown_name(message: &str) -> Option<(&'static str, &str, Vec<&str>)> {
    let (what, rest) = [("key", "unknown field `"), ("value", "unknown variant `")]
        .into_iter()
        .find_map(|(what, start)| Some((what, message.strip_prefix(start)?)))?;
    let (unknown, known) = rest.rsplit_once("`, expected ")?;
    Some((what, unknown, known.split('`').skip(1).step_by(2).collect()))
}

/// Says in words which numbers are expected, for whom the names of types mean nothing.
fn in_words(message: &str) -> String {
    let Some((found, expected)) = message.rsplit_once(", expected ") else { return message.to_owned() };
    let words = match expected {
        "u64" | "usize" => "a whole number from 0",
        "u32" => "a whole number from 0 to 4294967295",
        "a nonzero u64" | "a nonzero usize" => "a whole number from 1",
        "a nonzero u32" => "a whole number from 1 to 4294967295",
        "f64" => "a number",
        _ => return message.to_owned(),
    };
    format!("{found}, expected {words}")
}

fn list(known: &[&str]) -> String {
    let names: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
    format!("expected one of: {}", names.join(", "))
}

fn one_line(message: &str) -> String {
    let lines: Vec<&str> = message.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    shown(&lines.join(", ")).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only its errors are of interest")]
    struct Shape {
        capacity: u64,
        order: Option<Order>,
    }

    #[derive(Debug, serde::Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Order {
        Recorded,
        Shuffled,
    }

    fn check(text: &str, line: usize, message: &str, hint: Option<&str>) {
        let error = toml::from_str::<Shape>(text).expect_err("the text is wrong");
        let problem = explain_toml(Path::new("x.toml"), text, &error);
        assert_eq!(problem.to_string(), format!("x.toml line {line}: {message}"));
        assert_eq!(problem.hint.as_deref(), hint);
    }

    #[test]
    fn each_mistake_names_its_line_and_the_cure() {
        check("\ncapasity = 1", 2, "unknown key `capasity`", Some("did you mean `capacity`?"));
        check("capacity = 1\nzzz = 1", 2, "unknown key `zzz`", Some("expected one of: `capacity`, `order`"));
        check(
            "\n\n\"a`b\\u001b\" = 1",
            3,
            r"unknown key `a`b\u{1b}`",
            Some("expected one of: `capacity`, `order`"),
        );
        check(
            "capacity = 1\norder = \"shufled\"",
            2,
            "unknown value `shufled`",
            Some("did you mean `shuffled`?"),
        );
        check("capacity = \"a\"", 1, "invalid type: string \"a\", expected a whole number from 0", None);
        check("capacity = -1", 1, "invalid value: integer `-1`, expected a whole number from 0", None);
        check("order = \"recorded\"", 1, "missing field `capacity`", None);
        check("capacity = 1\ncapacity = 2", 2, "duplicate key", None);
    }

    #[test]
    fn a_message_of_several_lines_becomes_one() {
        let text = "capacity = = 1";
        let error = toml::from_str::<Shape>(text).expect_err("the text is wrong");
        assert!(!explain_toml(Path::new("x.toml"), text, &error).message.contains('\n'));
    }
}
