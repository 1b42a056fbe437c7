//! Lines of Flink's print connector: `+I[1, a]`, with the number of the task before them where there are several.

use super::columns::Columns;
use super::debezium::Parsed;
use super::event::{Cells, Event, Op};
use crate::table::{Field, FieldKind};

const KINDS: [(&str, Op); 4] =
    [("+I[", Op::Insert), ("-U[", Op::UpdateBefore), ("+U[", Op::UpdateAfter), ("-D[", Op::Delete)];

/// Reads lines as they are printed.
#[derive(Debug, Default)]
pub(super) struct Prints {
    /// The names of the columns; those of a line before all others where nobody says them, or f0, f1 and so on.
    names: Vec<String>,
    has_begun: bool,
}

/// Returns the operation of a printed line, and what stands behind it.
fn head(line: &str) -> Option<(Op, &str)> {
    let line = line.trim_end();
    let is_bare = KINDS.iter().any(|(kind, _)| line.starts_with(kind));
    // `3> ` of a task, or `name:3> `.
    let bare = if is_bare { line } else { line.split_once("> ")?.1 };
    let (kind, op) = KINDS.iter().find(|(kind, _)| bare.starts_with(kind))?;
    Some((*op, &bare[kind.len()..]))
}

/// Returns whether a line was printed.
pub(super) fn is_printed(line: &str) -> bool {
    head(line).is_some()
}

impl Prints {
    pub(super) fn new(names: &[String]) -> Self {
        Self { names: names.to_vec(), has_begun: false }
    }

    pub(super) fn read(
        &mut self,
        line: &[u8],
        event: &mut Event,
        columns: &mut Columns,
    ) -> Result<Parsed, String> {
        let line = str::from_utf8(line).map_err(|_| "not UTF-8 text".to_owned())?;
        let Some((op, rest)) = head(line) else {
            if self.has_begun || !self.names.is_empty() {
                let shown = crate::shown::quoted(line.as_bytes());
                return Err(format!("{shown} is no printed row: expected +I[..], -U[..], +U[..] or -D[..]"));
            }
            self.names = line.split(',').map(|name| name.trim().to_owned()).collect();
            self.has_begun = true;
            return Ok(Parsed::NoRow);
        };
        let Some(inner) = rest.strip_suffix(']') else {
            return Err(
                "a printed row without its `]`: the file was cut in the middle of a change".to_owned()
            );
        };
        let values = split(inner);
        if self.names.is_empty() {
            self.names = (0..values.len()).map(|at| format!("f{at}")).collect();
        }
        self.has_begun = true;
        if values.len() != self.names.len() {
            return Err(format!(
                "{} values for {} columns: a text with a comma in it can't be told from two values",
                values.len(),
                self.names.len()
            ));
        }
        event.op = op;
        let is_before = matches!(op, Op::UpdateBefore | Op::Delete);
        let cells = if is_before { &mut event.before } else { &mut event.after };
        fill(&self.names, &values, cells, columns)?;
        Ok(Parsed::Change)
    }
}

fn fill(names: &[String], values: &[&str], cells: &mut Cells, columns: &mut Columns) -> Result<(), String> {
    cells.is_there = true;
    for (at, (name, value)) in (0..).zip(names.iter().zip(values)) {
        let number = columns.number(name, at);
        let is_null = matches!(*value, "null" | "<NULL>");
        let kind = if is_null { FieldKind::Null } else { FieldKind::Untyped };
        columns.push(number, Field { kind, text: if is_null { "null" } else { value } }, cells)?;
    }
    Ok(())
}

/// Splits values at commas that aren't within brackets.
fn split(inner: &str) -> Vec<&str> {
    let (mut values, mut depth, mut from) = (Vec::new(), 0_usize, 0);
    for (at, byte) in inner.bytes().enumerate() {
        match byte {
            b'[' | b'{' | b'(' => depth += 1,
            b']' | b'}' | b')' => depth = depth.saturating_sub(1),
            b',' if depth == 0 && inner[at + 1..].starts_with(' ') => {
                values.push(&inner[from..at]);
                from = at + 2;
            }
            _ => {}
        }
    }
    values.push(&inner[from..]);
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn printed_lines_are_known_with_and_without_a_task() {
        assert_eq!(head("+I[1, a]"), Some((Op::Insert, "1, a]")));
        assert_eq!(head("3> -U[1, a]"), Some((Op::UpdateBefore, "1, a]")));
        assert_eq!(head("orders:12> +U[]"), Some((Op::UpdateAfter, "]")));
        assert_eq!(head("-D[x> y]\r"), Some((Op::Delete, "x> y]")));
        for line in ["", "I[1]", "+X[1]", "id, name", "3 +I[1]"] {
            assert_eq!(head(line), None, "{line}");
        }
    }

    #[test]
    fn values_within_brackets_stay_together() {
        assert_eq!(split("1, a, [1, 2], {k=1, l=2}, "), ["1", "a", "[1, 2]", "{k=1, l=2}", ""]);
        assert_eq!(split("a,b"), ["a,b"]);
    }
}
