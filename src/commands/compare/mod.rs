//! `compare`: two tables, row by row, by a key.

mod command;
mod explain;
mod limits;
mod losses;
mod outcome;
mod pages;
mod rules;
mod shift;
mod sides;
mod text;

use std::{collections::BTreeMap, path::Path, sync::Arc};

use compare::{
    Between, ComparingRows, FieldNoise, Histories, RightInBetween, RowsFound, beyond_noise, compare_rows,
    compare_rows_and_pasts,
};
use datasets::{ChangelogFacts, Field, Go, PastStates, Remember, Rows};
use platform::Error;
use replay::Control;
use reports::{ComparedSide, Comparison};
use serde::Serialize;

use self::{
    limits::{Judged, Limits},
    outcome::Outcome,
    pages::Pages,
    sides::{Opened, Reading, SideAs},
};
use crate::{cli::CompareArgs, output::Output, program::program};

/// The column that names a row of an answer.
const ANSWER_KEY: &str = "record";
/// A hint lists this many columns.
const LISTED_COLUMNS: usize = 20;
/// So many states of rows are remembered of a changelog, in about ten bytes each.
const MOST_STATES: usize = 4_000_000;
/// Says how often noise alone may be taken for more, over all fields together.
const NOISE_ERROR_RATE: f64 = 0.01;

/// Holds all that is printed for programs.
#[derive(Serialize)]
struct Printed<'a> {
    schema: &'static str,
    outcome: Outcome,
    left: Side<'a>,
    right: Side<'a>,
    #[serde(flatten)]
    found: &'a RowsFound,
    /// With `--noise`: each field held against its noise.
    #[serde(skip_serializing_if = "Option::is_none")]
    noise: Option<&'a BTreeMap<String, FieldNoise>>,
    /// Limits on the changes of the right table.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    limits: Vec<Judged>,
}

/// Describes a table as a whole.
#[derive(Serialize)]
struct Side<'a> {
    path: String,
    rows: u64,
    /// Says what was left out or lost before the comparison, a sentence each.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    notes: Vec<String>,
    /// Holds what its changes say, where it is a changelog.
    #[serde(skip_serializing_if = "Option::is_none")]
    changes: Option<&'a ChangelogFacts>,
    /// Rows of the other table that this one's changes had right on the way, where it is a changelog.
    #[serde(skip_serializing_if = "Option::is_none")]
    right_in_between: Option<RightInBetween>,
}

/// Returns what a page shows.
fn as_reported<'a>(
    args: &CompareArgs,
    sides: &'a [Side<'_>; 2],
    said: &'a [Vec<String>; 2],
    (found, noise): (&'a RowsFound, Option<&'a BTreeMap<String, FieldNoise>>),
    outcome: Outcome,
) -> Comparison<'a> {
    let [left, right] =
        [0, 1].map(|at| ComparedSide { path: &sides[at].path, rows: sides[at].rows, notes: &said[at] });
    let (passes, word, sentence) = (outcome.exit_code() == 0, outcome.word(), outcome.sentence());
    let command = command::command(args, &program());
    Comparison { left, right, found, noise, passes, word, sentence, command }
}

impl<'a> Side<'a> {
    fn new(path: &Path, rows: u64, table: &'a Opened<'_>, right_in_between: Option<RightInBetween>) -> Self {
        let notes = table.rows().notes();
        Self { path: path.display().to_string(), rows, notes, changes: table.changes(), right_in_between }
    }

    /// For people: what there is to say of the table as a whole, a sentence each.
    fn said(&self) -> Vec<String> {
        text::of_side(&self.notes, self.changes, self.right_in_between.as_ref())
    }
}

pub(super) fn compare(args: &CompareArgs, output: &Output, control: &Arc<Control>) -> Result<u8, Error> {
    let go_on = || control.check().is_ok();
    let pages = Pages::prepare(args)?;
    let files = Files::new(args, &go_on)?;
    let how = rules::comparing(args, args.key.clone())?;
    let limits = Limits::new(args)?;
    let (mut left, mut right) = (files.left(&how)?, files.right(&how)?);
    files.reading.check_types(left.rows(), right.rows())?;
    let key = if args.key.is_empty() { default_key(left.rows(), right.rows())? } else { args.key.clone() };
    let how = ComparingRows { key, ..how };
    explain::check_key(&args.left, left.rows(), &old_names(&how.key, &how))?;
    explain::check_key(&args.right, right.rows(), &how.key)?;
    let mut found = files.compared((&args.left, &mut left), (&args.right, &mut right), &how)?;
    found.shift = shift::found(&files, &found, &how)?;
    let noise = args.noise.as_deref().map(|again| files.noise(again, &found, &how)).transpose()?;
    let between = files.between(&left, &right, &found, &how)?;
    let limits = limits.judge(left.changes(), right.changes());
    let outcome = Outcome::of(&found, noise.as_ref()).limited(limits.iter().all(Judged::passes));
    let mut sides = [
        Side::new(&args.left, found.rows.left(), &left, between.left),
        Side::new(&args.right, found.rows.right(), &right, between.right),
    ];
    if outcome != Outcome::Equal && !files.can_be_read_again() {
        for side in sides.iter_mut().filter(|side| side.changes.is_some()) {
            let note = "which rows of the other table stood here in between isn't known: stdin can be read only once";
            side.notes.push(note.to_owned());
        }
    }
    for (side, more) in sides.iter_mut().zip(losses::notes((&left, &right), &found, &how)) {
        side.notes.extend(more);
    }
    for side in &sides {
        for line in side.said() {
            output.line(format_args!("{}: {line}", datasets::shown(&side.path)));
        }
    }
    text::print(&found, args.limit, output);
    text::print_noise(noise.as_ref(), output);
    for limit in &limits {
        output.line(limit.line());
    }
    output.line(outcome.sentence());
    let mut said = sides.each_ref().map(Side::said);
    said[1].extend(limits.iter().map(Judged::line));
    pages.write(&as_reported(args, &sides, &said, (&found, noise.as_ref()), outcome), output, control)?;
    let [left, right] = sides;
    let schema = "counterpoint.comparison/2";
    output.json(&Printed { schema, outcome, left, right, found: &found, noise: noise.as_ref(), limits });
    Ok(if args.exit_zero { 0 } else { outcome.exit_code() })
}

/// The files that are compared, and how they are read.
struct Files<'a> {
    args: &'a CompareArgs,
    reading: Reading<'a>,
    left_as: SideAs,
    right_as: SideAs,
}

impl<'a> Files<'a> {
    fn new(args: &'a CompareArgs, go_on: Go<'a>) -> Result<Self, Error> {
        let (left_as, right_as) = (SideAs::left(args)?, SideAs::right(args)?);
        let paths = [Some(&args.left), Some(&args.right), args.noise.as_ref()];
        let of_stdin = paths.into_iter().flatten().filter(|path| is_stdin(path)).count();
        if of_stdin > 1 || args.noise.is_some() && is_stdin(&args.left) {
            return Err(Error::usage("what comes through stdin ('-') can be read only once")
                .with_hint("write it to a file"));
        }
        let sides = [&left_as, &right_as];
        if !args.table.is_empty() && !sides.iter().any(|side| side.is_changelog()) {
            return Err(Error::usage("--table picks changes, and neither side is a changelog")
                .with_hint("say with --left-as or --right-as which one is"));
        }
        if !args.columns.is_empty() && !sides.iter().any(|side| side.takes_names()) {
            return Err(Error::usage(
                "--columns names columns that a file doesn't, and both tables name theirs",
            )
            .with_hint(
                "it is for changelogs, and for CSV as Flink writes it; --left-columns and --right-columns are for any \
                 CSV without a header",
            ));
        }
        Ok(Self { args, reading: Reading::new(args, go_on)?, left_as, right_as })
    }

    /// Returns whether both tables can be read again.
    fn can_be_read_again(&self) -> bool {
        !is_stdin(&self.args.left) && !is_stdin(&self.args.right)
    }

    fn left(&self, how: &ComparingRows) -> Result<Opened<'a>, Error> {
        self.reading.open(&self.args.left, &self.left_as, &old_names(&how.key, how))
    }

    fn right(&self, how: &ComparingRows) -> Result<Opened<'a>, Error> {
        self.reading.open(&self.args.right, &self.right_as, &how.key)
    }

    fn compared(
        &self,
        (left_path, left): (&Path, &mut Opened<'a>),
        (right_path, right): (&Path, &mut Opened<'a>),
        how: &ComparingRows,
    ) -> Result<RowsFound, Error> {
        compare_rows(left.rows_mut(), right.rows_mut(), how, self.reading.go_on())
            .map_err(|error| explain::explain(error, (left_path, right_path), || self.duplicates(how)))
    }

    /// Reads what differs once more, for the rows that changelogs had right on their way.
    fn between(
        &self,
        left: &Opened<'a>,
        right: &Opened<'a>,
        found: &RowsFound,
        how: &ComparingRows,
    ) -> Result<Between, Error> {
        let is_changelog = [left, right].map(|side| side.changes().is_some());
        if !self.can_be_read_again() && found.rows.differing() > 0 {
            return Ok(Between::default());
        }
        if found.rows.differing() == 0 || is_changelog == [false; 2] {
            let none = is_changelog.map(|is_changelog| is_changelog.then(RightInBetween::default));
            let [left, right] = none;
            return Ok(Between { left, right });
        }
        let columns = found.key.iter().chain(found.columns.iter().map(|column| &column.name));
        let columns: Vec<String> = columns.cloned().collect();
        let remember = |columns| Some(Remember { columns, most: MOST_STATES });
        let mut left = self.reading.open_with(
            &self.args.left,
            &self.left_as,
            &old_names(&how.key, how),
            remember(old_names(&columns, how)),
        )?;
        let mut right =
            self.reading.open_with(&self.args.right, &self.right_as, &how.key, remember(columns))?;
        let pasts = [left.take_past(), right.take_past()];
        let ask = pasts.each_ref().map(|past| past.as_ref().map(asking));
        let [ask_left, ask_right] = ask.each_ref().map(Option::as_ref);
        let histories =
            Histories { left: ask_left.map(|ask| ask as _), right: ask_right.map(|ask| ask as _) };
        let paths = (self.args.left.as_path(), self.args.right.as_path());
        let asked =
            compare_rows_and_pasts(left.rows_mut(), right.rows_mut(), how, histories, self.reading.go_on());
        let (_, between) = asked.map_err(|error| explain::explain(error, paths, || self.duplicates(how)))?;
        Ok(between)
    }

    /// Holds the left table against one of the same program, which makes its noise.
    fn noise(
        &self,
        again: &Path,
        found: &RowsFound,
        how: &ComparingRows,
    ) -> Result<BTreeMap<String, FieldNoise>, Error> {
        // Both call their columns as the left one does.
        let between = ComparingRows {
            key: old_names(&how.key, how),
            renamed: BTreeMap::new(),
            rules: how.rules.renamed(&how.renamed),
            ..how.clone()
        };
        let mut left = self.left(how)?;
        let mut right = self.reading.open(again, &self.left_as, &between.key)?;
        let mut between = self.compared((&self.args.left, &mut left), (again, &mut right), &between)?;
        for column in &mut between.columns {
            if let Some((new, _)) = how.renamed.iter().find(|(_, old)| **old == column.name) {
                column.name.clone_from(new);
            }
        }
        Ok(beyond_noise(found, &between, NOISE_ERROR_RATE))
    }

    /// Reads the right table again for the rows in which its keys stood first.
    fn duplicates(&self, how: &ComparingRows) -> Option<compare::RowsError> {
        let (mut left, mut right) = (self.right(how).ok()?, self.right(how).ok()?);
        let how = ComparingRows { key: how.key.clone(), chars: how.chars, ..ComparingRows::default() };
        compare_rows(left.rows_mut(), right.rows_mut(), &how, self.reading.go_on()).err()
    }
}

fn is_stdin(path: &Path) -> bool {
    path == Path::new(datasets::STDIN)
}

/// Returns a function that asks a table's past.
fn asking(past: &PastStates) -> impl Fn(&[Field<'_>]) -> Option<bool> {
    |fields| past.ever_held(fields)
}

/// Returns what the left table calls the columns.
fn old_names(columns: &[String], how: &ComparingRows) -> Vec<String> {
    columns.iter().map(|name| how.renamed.get(name).unwrap_or(name).clone()).collect()
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
