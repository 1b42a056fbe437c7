//! `explain --shrink`: the smallest part of a run's dataset that is found on which it still differs in the same way.

use std::{collections::BTreeMap, fs, path::Path, sync::Arc};

use compare::{Results, Role, RowDifferences};
use datasets::{FieldRole, MANIFEST_FILE, Manifest, WorkFolder, shown_path};
use platform::{
    Error,
    catalog::Catalog,
    events::{Nobody, Working},
    execute::Run,
    experiment::{ExperimentFile, Resolved, parent},
    explain::shrink::{Shrunk, shrink},
};
use replay::Control;

use crate::{output::Output, run_folder::Target};

/// Holds the name of the dataset in the folder that is written.
const DATA: &str = "data";
/// Stands for it until the folder has its place.
const PLACE: &str = "@counterpoint-shrunk@";

/// Says in which way a run differs: this is to stay.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Way {
    wrong: [bool; 2],
    /// Says whose rows are looked at, and of which kind one is.
    kind: (Role, Kind),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Missing,
    Extra,
    Changed,
}

impl Kind {
    fn rows(self, found: &RowDifferences) -> u64 {
        match self {
            Self::Missing => found.missing,
            Self::Extra => found.extra,
            Self::Changed => found.changed,
        }
    }
}

impl Way {
    /// Nothing where no version differs from the reference.
    fn of(results: &Results, role: Role) -> Option<Self> {
        let tables = results.tables()?;
        let found = [&tables.stable.table.divergence, &tables.candidate.table.divergence];
        let wrong = found.map(|found| found.differing() > 0);
        let kinds = [Kind::Changed, Kind::Missing, Kind::Extra];
        let other = if role == Role::Stable { Role::Candidate } else { Role::Stable };
        let kind = [role, other].into_iter().find_map(|role| {
            let kind = kinds.into_iter().find(|kind| kind.rows(found[role as usize]) > 0)?;
            Some((role, kind))
        })?;
        Some(Self { wrong, kind })
    }

    fn holds(&self, results: &Results) -> bool {
        let Some(tables) = results.tables() else { return false };
        let found = [&tables.stable.table.divergence, &tables.candidate.table.divergence];
        let (role, kind) = self.kind;
        found.map(|found| found.differing() > 0) == self.wrong && kind.rows(found[role as usize]) > 0
    }
}

/// Describes a run that is shrunk.
pub(super) struct Shrinking<'a> {
    pub(super) resolved: &'a Resolved,
    pub(super) results: &'a Results,
    pub(super) role: Role,
    pub(super) catalog: &'a Catalog,
    pub(super) control: &'a Arc<Control>,
}

/// Shrinks the dataset of a run and writes what is left, with an experiment, into the folder `to`.
pub(super) fn shrunk(shrinking: &Shrinking<'_>, to: &Path, most: u32, output: &Output) -> Result<(), Error> {
    let Shrinking { resolved, results, role, .. } = *shrinking;
    let way = Way::of(results, role).ok_or_else(|| {
        Error::usage("--shrink: no row of this run differs from the reference, so there is nothing to find")
    })?;
    check_alone(resolved)?;
    let mut target = Target::prepare(Some(to), "")?;
    let source = Lines::read(resolved)?;
    let scratch = WorkFolder::new(parent(to)).map_err(|cause| Error::System {
        action: "write in",
        path: to.to_owned(),
        cause,
    })?;
    let place = scratch.path().join(DATA);
    let mut holds = |records: &[u32]| -> Result<bool, Error> {
        let lines: Vec<&str> = records.iter().map(|at| source.record(*at)).collect();
        Ok(shrinking.replay(&source, &lines, &place)?.is_some_and(|results| way.holds(&results)))
    };
    let all = resolved.frozen.manifest.records;
    output.line(format_args!("\nshrinking {}, at most {most} replays", datasets::counted(all, "records")));
    let mut heard = |step: &str, so_far: &Shrunk| {
        let left = datasets::counted(so_far.records.len() as u64, "records");
        output.line(format_args!("  {step} left out: {left} after {} replays", so_far.replays));
    };
    let found = shrink(&source.groups(), most, &mut holds, &mut heard)?;
    let mut lines: Vec<String> = found.records.iter().map(|at| source.record(*at).to_owned()).collect();
    let mut replays = found.replays;
    for (what, made) in [("values made 1", source.small(&lines)), ("keys made short", None)] {
        let made = made.or_else(|| source.short(&lines));
        let Some(made) = made.filter(|made| *made != lines && replays < most) else { continue };
        replays += 1;
        let some: Vec<&str> = made.iter().map(String::as_str).collect();
        let holds = shrinking.replay(&source, &some, &place)?.is_some_and(|results| way.holds(&results));
        if holds {
            lines = made;
        }
        let word = if holds { what } else { "the values and keys stay" };
        output.line(format_args!("  {word}: {} after {replays} replays", lines.len()));
    }
    let some: Vec<&str> = lines.iter().map(String::as_str).collect();
    let (data, manifest) = source.part(&some);
    let file =
        ExperimentFile { dataset: Some(PLACE.to_owned()), dataset_blake3: None, ..resolved.file.clone() };
    let path = target.write(|draft| {
        draft.text(&format!("{DATA}/{}", manifest.data), &data)?;
        draft.text(&format!("{DATA}/{MANIFEST_FILE}"), &manifest.to_toml())?;
        draft.text("experiment.toml", &file.to_toml_at(to).replace(PLACE, DATA))
    })?;
    output.line(format_args!("run it: counterpoint run {}", shown_path(&path.join("experiment.toml"))));
    Ok(())
}

/// Refuses what can't be run dozens of times on parts of its data.
fn check_alone(resolved: &Resolved) -> Result<(), Error> {
    let file = &resolved.file;
    let is_behind_topics =
        [&file.stable, &file.candidate].into_iter().flatten().any(|job| job.kafka.is_some());
    let (why, hint) = if resolved.plan.replay.amplify > 1 {
        ("the run has copies of its records, which a dataset can't hold", "run it without amplify")
    } else if resolved.plan.architecture.is_some() {
        ("the run has an architecture, and serves rows on its way", "run it without one")
    } else if resolved.plan.recovery.is_some() {
        ("the run has checkpoints, and faults that strike at places in its data", "run it without [recovery]")
    } else if is_behind_topics {
        ("a version stands behind topics, and each try would make its own", "run it as a process")
    } else if Path::new(&resolved.frozen.manifest.data).extension().is_none_or(|end| end != "csv") {
        ("the dataset isn't CSV", "freeze it as CSV")
    } else {
        return Ok(());
    };
    Err(Error::usage(format!("--shrink: {why}")).with_hint(hint))
}

impl Shrinking<'_> {
    /// Runs both versions and the reference on some records; nothing where a job or the reference can't take these.
    fn replay(&self, source: &Lines, lines: &[&str], place: &Path) -> Result<Option<Results>, Error> {
        self.control.check()?;
        if lines.is_empty() {
            return Ok(None);
        }
        let (data, manifest) = source.part(lines);
        let write = || {
            fs::create_dir_all(place)?;
            fs::write(place.join(&manifest.data), &data)?;
            fs::write(place.join(MANIFEST_FILE), manifest.to_toml())
        };
        write().map_err(|cause| Error::System { action: "write", path: place.to_owned(), cause })?;
        let dataset = place.to_str().map(str::to_owned);
        let file = ExperimentFile { dataset, dataset_blake3: None, ..self.resolved.file.clone() };
        let resolved = file.accuracy_only().resolve(self.catalog)?;
        let work = Working { control: self.control, listener: &Nobody };
        match (Run { resolved: &resolved, work: &work }.of(resolved.problem)) {
            Ok(finished) => Ok(Some(finished.results)),
            Err(Error::Input { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// The data file's records as lines.
struct Lines {
    manifest: Manifest,
    text: String,
    /// Where each line ends, the header's first.
    ends: Vec<usize>,
    key: Option<usize>,
    value: Option<usize>,
}

impl Lines {
    fn read(resolved: &Resolved) -> Result<Self, Error> {
        let frozen = &resolved.frozen;
        frozen.verify()?;
        let path = frozen.data_path();
        let text = fs::read_to_string(&path).map_err(|cause| Error::System {
            action: "read",
            path: path.clone(),
            cause,
        })?;
        let mut is_quoted = false;
        let mut ends = Vec::new();
        for (at, byte) in text.bytes().enumerate() {
            is_quoted ^= byte == b'"';
            if byte == b'\n' && !is_quoted {
                ends.push(at + 1);
            }
        }
        let manifest = frozen.manifest.clone();
        let of_role = |role: FieldRole| manifest.fields.iter().position(|field| field.role == Some(role));
        let named = |name: &str| {
            let own = resolved.file.reference.columns.get(name).map_or(name, String::as_str);
            manifest.columns.iter().position(|column| column == own)
        };
        let key = named("key").or_else(|| of_role(FieldRole::Key));
        let value = named("value").or_else(|| of_role(FieldRole::Value));
        Ok(Self { manifest, text, ends, key, value })
    }

    fn record(&self, at: u32) -> &str {
        let at = at as usize;
        &self.text[self.ends[at]..self.ends[at + 1]]
    }

    /// The records of each key; each by itself where nothing says which column the key is.
    fn groups(&self) -> Vec<Vec<u32>> {
        let records = self.ends.len().saturating_sub(1) as u32;
        let Some(column) = self.key else { return (0..records).map(|record| vec![record]).collect() };
        let mut groups: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
        for record in 0..records {
            let key = fields(self.record(record)).get(column).copied().unwrap_or_default();
            groups.entry(key).or_default().push(record);
        }
        groups.into_values().collect()
    }

    /// The file of some lines, and its manifest.
    fn part(&self, lines: &[&str]) -> (String, Manifest) {
        let data = self.text[..self.ends[0]].to_owned() + &lines.concat();
        let mut manifest = self.manifest.clone();
        manifest.name = format!("{}-shrunk", manifest.name);
        manifest.records = lines.len() as u64;
        manifest.bytes = data.len() as u64;
        manifest.blake3 = blake3::hash(data.as_bytes()).to_hex().to_string();
        (manifest.optimum, manifest.best_known) = (None, None);
        (manifest.rejected, manifest.rejected_blake3) = (None, None);
        manifest.rejected_reasons.clear();
        (data, manifest)
    }

    /// The lines with every value 1; nothing where no column is known to be the value.
    fn small(&self, lines: &[String]) -> Option<Vec<String>> {
        let column = self.value?;
        Some(lines.iter().map(|line| replaced(line, column, "1")).collect())
    }

    /// The lines with the keys a, b, c and so on; nothing where they are many, or no column is known to be the key.
    fn short(&self, lines: &[String]) -> Option<Vec<String>> {
        let column = self.key?;
        let mut names: BTreeMap<String, String> = BTreeMap::new();
        let mut made = Vec::new();
        for line in lines {
            let key = (*fields(line).get(column)?).to_owned();
            let next = char::from_u32(u32::from('a') + names.len() as u32).filter(char::is_ascii_lowercase);
            let name = match names.get(&key) {
                Some(name) => name.clone(),
                None => names.entry(key).or_insert(next?.to_string()).clone(),
            };
            made.push(replaced(line, column, &name));
        }
        Some(made)
    }
}

/// The fields of a line as they are written, quotes among them.
fn fields(line: &str) -> Vec<&str> {
    let mut is_quoted = false;
    let apart = |c: char| {
        is_quoted ^= c == '"';
        c == ',' && !is_quoted
    };
    line.trim_end_matches('\n').split(apart).collect()
}

fn replaced(line: &str, column: usize, by: &str) -> String {
    let mut fields = fields(line);
    if let Some(field) = fields.get_mut(column) {
        *field = by;
    }
    fields.join(",") + "\n"
}
