//! Sets runs side by side: answers, figures, checks.

use std::{collections::HashMap, path::Path};

use platform::Error;
use replay::Control;
use reports::{ChangedPart, ChangedRow, Changes, ChangesColumn, RunFigure};

use super::Entry;

/// Between two looks at the stop signal, while answers are read.
const ROWS_UNCHECKED: u64 = 1 << 16;
const ANSWERS: [(&str, &str); 3] = [
    ("the reference's answer", "answers/reference.csv"),
    ("stable's answer", "answers/stable.csv"),
    ("the candidate's answer", "answers/candidate.csv"),
];

/// Holds the first run against each of the others.
pub(crate) fn changes(runs: &[Entry], command: String, control: &Control) -> Result<Changes, Error> {
    let parts = [
        ChangedPart {
            title: "Answers",
            about: "Rows, as they were written, that stand in the first run's answer or in this one's and not in both.",
            rows: answers(runs, control)?,
        },
        ChangedPart {
            title: "What was found",
            about: "These come out the same each time: where one changed, data, jobs or experiment did.",
            rows: figures(runs, false),
        },
        ChangedPart {
            title: "Checks",
            about: "A check's outcome, what was found and what was allowed.",
            rows: checks(runs),
        },
        ChangedPart {
            title: "Times and memory",
            about: "A value counts as changed where the intervals of both runs don't meet. Without intervals nothing can be told.",
            rows: figures(runs, true),
        },
    ];
    let column = |run: &Entry| ChangesColumn {
        name: run.name(),
        started: run.started.clone(),
        outcome: run.outcome,
        commit: run.commit_text(),
        machine: run.machine.text(),
    };
    let parts = parts.into_iter().filter(|part| !part.rows.is_empty()).collect();
    Ok(Changes { columns: runs.iter().map(column).collect(), warnings: warnings(runs), parts, command })
}

/// Returns why some of it is no comparison.
fn warnings(runs: &[Entry]) -> Vec<String> {
    let [first, others @ ..] = runs else { return Vec::new() };
    let of_others = |is_other: &dyn Fn(&Entry) -> bool| {
        let letters = reports::letters().skip(1).zip(others);
        let letters: Vec<String> =
            letters.filter(|(_, run)| is_other(run)).map(|(letter, _)| letter).collect();
        (!letters.is_empty()).then(|| letters.join(", "))
    };
    let mut warnings = Vec::new();
    let about = of_others(&|run| run.about != first.about);
    warnings.extend(about.map(|runs| {
        format!(
            "Not of one kind: A is {}; {runs} is of another problem, dataset or pair of jobs.",
            first.about
        )
    }));
    let data = of_others(&|run| run.data != first.data);
    warnings.extend(data.map(|runs| format!("The data are others than A's in {runs}.")));
    let setting = of_others(&|run| run.about == first.about && run.setting != first.setting);
    warnings.extend(
        setting.map(|runs| format!("Parameters, order, trigger or seed are others than A's in {runs}.")),
    );
    let place = of_others(&|run| !run.machine.is_alike(&first.machine));
    warnings.extend(place.map(|runs| {
        format!("Run on another machine than A: {runs}. Times and memory of two machines say nothing about the jobs; ratios may move, too.")
    }));
    warnings
}

/// Each figure that any run has, in the order of the first that has it.
fn figures(runs: &[Entry], is_machines: bool) -> Vec<ChangedRow> {
    let mut names: Vec<(&str, &str)> = Vec::new();
    for figure in runs.iter().flat_map(|run| &run.figures).filter(|figure| figure.is_machines == is_machines)
    {
        if !names.iter().any(|(name, _)| *name == figure.name) {
            names.push((figure.name, figure.about));
        }
    }
    names.into_iter().map(|(name, about)| row(runs, name, about)).collect()
}

fn row(runs: &[Entry], name: &str, about: &str) -> ChangedRow {
    let of: Vec<Option<&RunFigure>> = runs.iter().map(|run| run.figure(name)).collect();
    let cell = |figure: &&RunFigure| match figure.interval_text() {
        Some(interval) => format!("{} ({interval})", figure.text()),
        None => figure.text(),
    };
    let first = of.first().copied().flatten();
    let others = of.iter().skip(1).zip(runs.iter().skip(1));
    let found = others.map(|(figure, run)| beside(first, *figure, run.machine.is_alike(&runs[0].machine)));
    let found: Vec<Beside> = found.collect();
    let changed: Vec<bool> =
        std::iter::once(false).chain(found.iter().map(|beside| *beside == Beside::Changed)).collect();
    let note = if changed.contains(&true) {
        String::new()
    } else if found.contains(&Beside::Elsewhere) {
        "another machine's".to_owned()
    } else if found.contains(&Beside::Untold) {
        "without intervals: nothing can be told".to_owned()
    } else if found.contains(&Beside::Alike) {
        "the intervals meet".to_owned()
    } else {
        String::new()
    };
    ChangedRow {
        name: about.to_owned(),
        cells: of.iter().map(|figure| figure.as_ref().map(cell)).collect(),
        changed,
        note,
    }
}

/// How one figure stands beside the first run's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Beside {
    Equal,
    Changed,
    /// Both were estimated, and the intervals meet.
    Alike,
    /// It is a time, and one of the two has no interval.
    Untold,
    /// It is a time of another machine.
    Elsewhere,
}

fn beside(first: Option<&RunFigure>, other: Option<&RunFigure>, is_alike: bool) -> Beside {
    match (first, other) {
        (None, None) => Beside::Equal,
        (Some(_), None) | (None, Some(_)) => Beside::Changed,
        (Some(first), Some(other)) if !first.is_machines => {
            if first.value.total_cmp(&other.value).is_eq() && first.interval == other.interval {
                Beside::Equal
            } else {
                Beside::Changed
            }
        }
        (Some(_), Some(_)) if !is_alike => Beside::Elsewhere,
        (Some(first), Some(other)) if first.interval.is_none() || other.interval.is_none() => Beside::Untold,
        (Some(first), Some(other)) => {
            if first.may_equal(other) {
                Beside::Alike
            } else {
                Beside::Changed
            }
        }
    }
}

fn checks(runs: &[Entry]) -> Vec<ChangedRow> {
    let mut names: Vec<&str> = Vec::new();
    for check in runs.iter().flat_map(|run| &run.checks) {
        if !names.contains(&check.name.as_str()) {
            names.push(&check.name);
        }
    }
    let row = |name: &str| {
        let of = |run: &Entry| {
            let check = run.checks.iter().find(|check| check.name == name)?;
            let [value, limit] =
                [check.value, check.limit].map(|number| reports::in_unit(number, check.unit));
            Some((check.outcome, format!("{}: {value} of {limit}", reports::outcome_word(check.outcome))))
        };
        let of: Vec<_> = runs.iter().map(of).collect();
        let outcome = |at: &Option<(compare::Outcome, String)>| at.as_ref().map(|(outcome, _)| *outcome);
        let changed = of.iter().map(|at| outcome(at) != outcome(&of[0])).collect();
        let cells = of.into_iter().map(|at| at.map(|(_, text)| text)).collect();
        ChangedRow { name: name.to_owned(), cells, changed, note: String::new() }
    };
    names.into_iter().map(row).collect()
}

/// How many rows of each answer are other ones than the first run's.
fn answers(runs: &[Entry], control: &Control) -> Result<Vec<ChangedRow>, Error> {
    let mut found = Vec::new();
    for (name, file) in ANSWERS {
        let first = rows(&runs[0].folder.join(file), control)?;
        let mut cells = vec![first.as_ref().map(counted)];
        let mut changed = vec![false];
        for run in &runs[1..] {
            let other = rows(&run.folder.join(file), control)?;
            let cell = if let (Some(first), Some(other)) = (&first, &other) {
                let (gone, new) = first.against(other);
                changed.push(gone + new > 0);
                Some(if gone + new == 0 { "the same".to_owned() } else { format!("{gone} gone, {new} new") })
            } else {
                changed.push(first.is_some() != other.is_some());
                other.as_ref().map(counted)
            };
            cells.push(cell);
        }
        if cells.iter().any(Option::is_some) {
            found.push(ChangedRow { name: name.to_owned(), cells, changed, note: String::new() });
        }
    }
    Ok(found)
}

fn counted(rows: &Rows) -> String {
    format!("{} rows", reports::in_unit(rows.count as f64, compare::Unit::Rows))
}

/// The rows of a file, by their hashes.
struct Rows {
    count: u64,
    of: HashMap<u128, u64>,
}

impl Rows {
    /// Returns how many rows only this file has, and how many only the other.
    fn against(&self, other: &Self) -> (u64, u64) {
        let only = |one: &Self, other: &Self| {
            let more =
                |(hash, count): (&u128, &u64)| count.saturating_sub(other.of.get(hash).copied().unwrap_or(0));
            one.of.iter().map(more).sum()
        };
        (only(self, other), only(other, self))
    }
}

/// Reads an answer; nothing where there is none.
fn rows(path: &Path, control: &Control) -> Result<Option<Rows>, Error> {
    if !path.is_file() {
        return Ok(None);
    }
    let unreadable = |error: csv::Error| Error::input(format!("{}: {error}", datasets::shown_path(path)));
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_path(path).map_err(unreadable)?;
    let mut found = Rows { count: 0, of: HashMap::new() };
    let mut row = csv::ByteRecord::new();
    while reader.read_byte_record(&mut row).map_err(unreadable)? {
        *found.of.entry(hash(&row)).or_default() += 1;
        found.count += 1;
        if found.count.is_multiple_of(ROWS_UNCHECKED) {
            control.check()?;
        }
    }
    Ok(Some(found))
}

/// So long a hash that two rows with one are the same row.
fn hash(row: &csv::ByteRecord) -> u128 {
    let mut hasher = blake3::Hasher::new();
    for field in row {
        hasher.update(&(field.len() as u64).to_le_bytes()).update(field);
    }
    let mut half = [0; 16];
    half.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
    u128::from_le_bytes(half)
}
