//! `compare`: two tables, row by row, by a key.

mod explain;
mod outcome;
mod rules;
mod text;

use std::{collections::BTreeMap, path::Path, sync::Arc};

use compare::{ComparingRows, FieldNoise, RowsFound, beyond_noise, compare_rows};
use datasets::{Go, Rows, RowsForm};
use platform::Error;
use replay::Control;
use serde::Serialize;

use self::outcome::Outcome;
use crate::{cli::CompareArgs, output::Output};

/// The column that names a row of an answer.
const ANSWER_KEY: &str = "record";
/// A hint lists this many columns.
const LISTED_COLUMNS: usize = 20;
/// Says how often noise alone may be taken for more, over all fields together.
const NOISE_ERROR_RATE: f64 = 0.01;

/// What is printed for programs.
#[derive(Serialize)]
struct Printed<'a> {
    schema: &'static str,
    outcome: Outcome,
    left: Side,
    right: Side,
    #[serde(flatten)]
    found: &'a RowsFound,
    /// With `--noise`: each field held against its noise.
    #[serde(skip_serializing_if = "Option::is_none")]
    noise: Option<&'a BTreeMap<String, FieldNoise>>,
}

/// What is said of a table as a whole.
#[derive(Serialize)]
struct Side {
    path: String,
    rows: u64,
    /// What was left out or lost before the comparison, a sentence each.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    notes: Vec<String>,
}

impl Side {
    fn new(path: &Path, rows: u64, table: &dyn Rows) -> Self {
        Self { path: path.display().to_string(), rows, notes: table.notes() }
    }
}

pub(super) fn compare(args: &CompareArgs, output: &Output, control: &Arc<Control>) -> Result<u8, Error> {
    let go_on = || control.check().is_ok();
    let files = Files { args, go_on: &go_on };
    let (mut left, mut right) = (files.open(&args.left)?, files.open(&args.right)?);
    let key = if args.key.is_empty() { default_key(&*left, &*right)? } else { args.key.clone() };
    let how = rules::comparing(args, key)?;
    let found = files.compared((&args.left, &mut *left), (&args.right, &mut *right), &how)?;
    let noise = args.noise.as_deref().map(|again| files.noise(again, &found, &how)).transpose()?;
    let outcome = Outcome::of(&found, noise.as_ref());
    output.json(&Printed {
        schema: "counterpoint.comparison/2",
        outcome,
        left: Side::new(&args.left, found.rows.left(), &*left),
        right: Side::new(&args.right, found.rows.right(), &*right),
        found: &found,
        noise: noise.as_ref(),
    });
    for (path, table) in [(&args.left, &left), (&args.right, &right)] {
        for note in table.notes() {
            output.line(format_args!("{}: {note}", datasets::shown_path(path)));
        }
    }
    text::print(&found, args.limit, output);
    text::print_noise(noise.as_ref(), output);
    output.line(outcome.sentence());
    Ok(if args.exit_zero { 0 } else { outcome.exit_code() })
}

/// The files that are compared, and how they are read.
struct Files<'a> {
    args: &'a CompareArgs,
    go_on: Go<'a>,
}

impl<'a> Files<'a> {
    fn open(&self, path: &Path) -> Result<Box<dyn Rows + 'a>, Error> {
        if path.is_dir() {
            let shown = datasets::shown_path(path);
            return Err(Error::usage(format!("{shown} is a folder"))
                .with_hint(format!("name the answer in it, such as {shown}/answers/candidate.csv")));
        }
        let form = RowsForm { null: self.args.null.clone(), ..RowsForm::default() };
        Ok(datasets::open_rows(path, &form, self.go_on)?)
    }

    fn compared(
        &self,
        left: (&Path, &mut dyn Rows),
        right: (&Path, &mut dyn Rows),
        how: &ComparingRows,
    ) -> Result<RowsFound, Error> {
        let paths = (left.0, right.0);
        compare_rows(left.1, right.1, how, self.go_on)
            .map_err(|error| explain::explain(error, paths, || self.duplicates_of(paths.1, how)))
    }

    /// Holds the left table against one of the same program, which makes its noise.
    fn noise(
        &self,
        again: &Path,
        found: &RowsFound,
        how: &ComparingRows,
    ) -> Result<BTreeMap<String, FieldNoise>, Error> {
        let (mut left, mut right) = (self.open(&self.args.left)?, self.open(again)?);
        // Both call their columns as the left one does.
        let new_name = |name: &String| how.renamed.get(name).unwrap_or(name).clone();
        let between = ComparingRows {
            key: how.key.iter().map(new_name).collect(),
            renamed: BTreeMap::new(),
            rules: how.rules.renamed(&how.renamed),
            ..how.clone()
        };
        let mut between = self.compared((&self.args.left, &mut *left), (again, &mut *right), &between)?;
        for column in &mut between.columns {
            if let Some((new, _)) = how.renamed.iter().find(|(_, old)| **old == column.name) {
                column.name.clone_from(new);
            }
        }
        Ok(beyond_noise(found, &between, NOISE_ERROR_RATE))
    }

    /// Reads the right table again for the rows in which its keys stood first.
    fn duplicates_of(&self, path: &Path, how: &ComparingRows) -> Option<compare::RowsError> {
        let (mut left, mut right) = (self.open(path).ok()?, self.open(path).ok()?);
        let how = ComparingRows { key: how.key.clone(), chars: how.chars, ..ComparingRows::default() };
        compare_rows(&mut *left, &mut *right, &how, self.go_on).err()
    }
}

fn default_key(left: &dyn Rows, right: &dyn Rows) -> Result<Vec<String>, Error> {
    let has = |rows: &dyn Rows| rows.columns().iter().any(|column| column == ANSWER_KEY);
    if has(left) && has(right) {
        return Ok(vec![ANSWER_KEY.to_owned()]);
    }
    let columns = left.columns().iter().map(|column| datasets::short_name(column));
    let columns: Vec<String> = columns.take(LISTED_COLUMNS).collect();
    Err(Error::usage(format!("without a column '{ANSWER_KEY}' in both, the key must be named"))
        .with_hint(format!("add --key COLUMN[,COLUMN...], out of {}", columns.join(", "))))
}
