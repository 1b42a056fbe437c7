//! The command line that repeats a comparison.

use std::path::Path;

use clap::ValueEnum as _;

use crate::cli::CompareArgs;

/// Returns the command with every flag that has a say in what is found.
pub(super) fn command(args: &CompareArgs, program: &str) -> String {
    // Named one by one, so that none is forgotten.
    let CompareArgs {
        left,
        right,
        key,
        noise,
        rename,
        tolerance,
        ignore,
        ignore_case,
        ignore_spaces,
        written,
        left_as,
        right_as,
        written_by,
        left_written_by,
        right_written_by,
        table,
        types,
        columns,
        left_columns,
        right_columns,
        null,
        unknown,
        max_churn,
        max_transient,
        limit,
        exit_zero,
        html: _,
        markdown: _,
    } = args;
    let mut line = Line(vec![program.to_owned(), "compare".to_owned()]);
    line.word(&path(left));
    line.word(&path(right));
    line.list("--key", key);
    line.each("--noise", noise.as_deref().map(path).as_slice());
    line.each("--rename", rename);
    line.each("--tolerance", tolerance);
    line.list("--ignore", ignore);
    for (flag, columns) in
        [("--ignore-case", ignore_case), ("--ignore-spaces", ignore_spaces), ("--written", written)]
    {
        line.bare_or_list(flag, columns);
    }
    for (flag, form) in [("--left-as", left_as), ("--right-as", right_as)] {
        if form != "table" {
            line.each(flag, std::slice::from_ref(form));
        }
    }
    for (flag, writer) in [
        ("--written-by", written_by),
        ("--left-written-by", left_written_by),
        ("--right-written-by", right_written_by),
    ] {
        line.each(flag, writer.as_slice());
    }
    line.list("--table", table);
    line.each("--type", types);
    line.list("--columns", columns);
    line.list("--left-columns", left_columns);
    line.list("--right-columns", right_columns);
    line.each("--null", null.as_slice());
    if *unknown != crate::cli::UnknownCells::Ignore {
        let value = unknown.to_possible_value().map(|value| value.get_name().to_owned());
        line.each("--unknown", value.as_slice());
    }
    line.each("--max-churn", max_churn.as_slice());
    line.each("--max-transient", max_transient.as_slice());
    if *limit != crate::cli::COMPARE_LIMIT {
        line.each("--limit", &[limit.to_string()]);
    }
    if *exit_zero {
        line.0.push("--exit-zero".to_owned());
    }
    line.0.join(" ")
}

fn path(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// The words of a command, as a shell takes them.
struct Line(Vec<String>);

impl Line {
    fn word(&mut self, word: &str) {
        // A name that begins with a dash would be read as a flag.
        let word = if word.starts_with('-') && word != datasets::STDIN {
            format!("./{word}")
        } else {
            word.to_owned()
        };
        self.0.push(datasets::shell_word(&word));
    }

    fn each(&mut self, flag: &str, values: &[String]) {
        self.0.extend(values.iter().map(|value| datasets::shell_word(&format!("{flag}={value}"))));
    }

    fn list(&mut self, flag: &str, values: &[String]) {
        if !values.is_empty() {
            self.each(flag, &[values.join(",")]);
        }
    }

    /// A flag that means all columns where it names none.
    fn bare_or_list(&mut self, flag: &str, columns: &[String]) {
        let (all, named): (Vec<&String>, Vec<&String>) = columns.iter().partition(|column| column.is_empty());
        if !all.is_empty() {
            self.0.push(flag.to_owned());
        }
        let named: Vec<String> = named.into_iter().cloned().collect();
        self.list(flag, &named);
    }
}
