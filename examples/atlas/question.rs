//! Questions: what is asked, the records, and the batch answer.

use std::{collections::BTreeMap, fmt::Write as _, fs, path::Path};

use serde::Deserialize;

use crate::Fallible;

/// The key of the closing records, and of every row that they make.
const CLOSING: &str = "~end";
/// How far ahead of all records the closing ones are: further than any window here is long.
const AHEAD_MS: i64 = 30 * 86_400_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Listed {
    question: Vec<Question>,
}

/// Holds one question: an entry of `datasets/data/atlas/questions.toml` and what stands in the folder of its name.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Question {
    /// The folder's name.
    pub(crate) name: String,
    /// Asks, in one sentence.
    pub(crate) asks: String,
    /// Says what the job does: `tumbling`, `sliding`, `session`, `days`, `dedup`, `join`, `left-join`.
    pub(crate) kind: String,
    /// Holds what else the glue is told.
    pub(crate) parameters: BTreeMap<String, toml::Value>,
    /// The answer's columns.
    pub(crate) columns: Vec<String>,
    /// Says whether closing records follow.
    #[serde(default = "yes")]
    pub(crate) close: bool,
    /// The records' lines, without the header.
    #[serde(skip)]
    pub(crate) records: Vec<String>,
    /// The batch answer's rows.
    #[serde(skip)]
    pub(crate) answer: Vec<String>,
}

fn yes() -> bool {
    true
}

impl Question {
    /// Reads all questions below a folder.
    pub(crate) fn all(folder: &Path) -> Fallible<Vec<Self>> {
        let listed: Listed = toml::from_str(&fs::read_to_string(folder.join("questions.toml"))?)?;
        let mut questions = listed.question;
        for question in &mut questions {
            let folder = folder.join(&question.name);
            question.records = lines(&folder.join("records.csv"))?;
            question.answer = sorted(lines(&folder.join("answer.csv"))?, question.key_columns());
        }
        Ok(questions)
    }

    /// Returns the columns of the rows that a glue of this kind of job writes.
    pub(crate) fn written(&self) -> Vec<&str> {
        match self.kind.as_str() {
            "dedup" | "join" | "left-join" => self.columns.iter().map(String::as_str).collect(),
            _ => vec!["start", "end", "key", "count", "sum"],
        }
    }

    /// Returns how many of the answer's columns, from the left, name a row that a later one replaces; none: no row is replaced.
    pub(crate) fn key_columns(&self) -> usize {
        match self.kind.as_str() {
            "join" | "left-join" => 0,
            "dedup" => 2,
            _ => self.columns.len() - 2,
        }
    }

    /// Writes what a glue reads: the question's line, a line a record, and `-` between batches.
    pub(crate) fn feed(&self) -> String {
        let mut text = format!("? {} kind={}", self.name, self.kind);
        for (name, value) in &self.parameters {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            let _ = write!(text, " {name}={value}");
        }
        let between = if self.parameters.contains_key("batch") { "\n" } else { "\n-\n" };
        let lines: Vec<String> = self.records.iter().map(|line| four_fields(line)).collect();
        let _ = writeln!(text, "\n{}", lines.join(between));
        for line in self.closing() {
            let _ = writeln!(text, "-\n{line}");
        }
        text
    }

    /// Returns the records that close what is open: one for each side or input.
    fn closing(&self) -> Vec<String> {
        if !self.close {
            return Vec::new();
        }
        let times = self.records.iter().filter_map(|line| line.split(',').next()?.parse::<i64>().ok());
        let at = times.max().unwrap_or_default() + AHEAD_MS;
        let tags: &[&str] = match self.kind.as_str() {
            "dedup" => &[CLOSING],
            "join" | "left-join" => &["L", "R"],
            _ if self.parameters.contains_key("inputs") => &["one", "two"],
            _ => &[""],
        };
        tags.iter().map(|tag| format!("{at},{CLOSING},0,{tag}")).collect()
    }

    /// Returns the rows of a glue as the answer has them: its columns, without what the closing records add, and sorted by what
    /// names a row, where what came later stays behind what came earlier. An error names a row of another shape.
    pub(crate) fn rows(&self, lines: &[String]) -> Result<Vec<String>, String> {
        let written = self.written();
        let mut rows = Vec::new();
        for line in lines {
            let (sign, row) = line.strip_prefix("- ").map_or(("", line.as_str()), |row| ("- ", row));
            let fields: Vec<&str> = row.split(',').collect();
            if fields.len() != written.len() {
                return Err(format!("a row of another shape than {}: {row}", written.join(",")));
            }
            if !fields.contains(&CLOSING) {
                let of =
                    |column: &String| written.iter().position(|name| name == column).map(|at| fields[at]);
                let row: Vec<&str> = self.columns.iter().filter_map(of).collect();
                rows.push(format!("{sign}{}", row.join(",")));
            }
        }
        Ok(sorted(rows, self.key_columns()))
    }

    /// Returns what the rows come to: one that is taken back is gone, and a later one of a key replaces the earlier.
    pub(crate) fn concluded(&self, rows: &[String]) -> Vec<String> {
        let keys = self.key_columns();
        let mut kept: Vec<String> = Vec::new();
        for row in rows {
            if let Some(gone) = row.strip_prefix("- ") {
                if let Some(at) = kept.iter().position(|row| row == gone) {
                    kept.remove(at);
                }
                continue;
            }
            let earlier = kept.iter().position(|kept| keys > 0 && key(kept, keys) == key(row, keys));
            match earlier {
                Some(at) => kept[at].clone_from(row),
                None => kept.push(row.clone()),
            }
        }
        sorted(kept, 0)
    }

    /// Says whether rows come to the batch answer.
    pub(crate) fn is_batch_answer(&self, rows: &[String]) -> bool {
        self.concluded(rows) == sorted(self.answer.clone(), 0)
    }
}

/// A glue is given a time, a key, a value and the id, the side or the input, which may be empty.
fn four_fields(line: &str) -> String {
    let missing = 3usize.saturating_sub(line.matches(',').count());
    format!("{line}{}", ",".repeat(missing))
}

/// Returns a file's lines without the first.
fn lines(path: &Path) -> Fallible<Vec<String>> {
    let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(text.lines().skip(1).map(str::to_owned).collect())
}

/// The fields that name a row, numbers as numbers; all of them where none name it.
fn key(row: &str, columns: usize) -> Vec<(Option<i64>, &str)> {
    let fields = row.strip_prefix("- ").unwrap_or(row).split(',');
    let most = if columns == 0 { usize::MAX } else { columns };
    fields.take(most).map(|field| (field.parse().ok(), field)).collect()
}

fn sorted(mut rows: Vec<String>, columns: usize) -> Vec<String> {
    rows.sort_by(|left, right| key(left, columns).cmp(&key(right, columns)));
    rows
}
