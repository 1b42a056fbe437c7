//! `freeze`: a file becomes a frozen dataset, or several.

use std::{collections::BTreeMap, path::Path};

use datasets::{BadRows, Format, ImportOptions, Imported, Manifest, TimeUnit, Value};
use platform::{Error, catalog::problem, erased::Info};
use replay::Control;
use serde::Serialize;

use crate::{cli::FreezeArgs, output::Output};

#[derive(Serialize)]
struct Printed<'a> {
    schema: &'static str,
    frozen: Vec<&'a Manifest>,
    to: String,
}

pub(super) fn freeze(args: &FreezeArgs, output: &Output, control: &Control) -> Result<u8, Error> {
    let problem = problem(&args.problem)?.info();
    let format = match &args.format {
        Some(name) => name.parse::<Format>().map_err(Error::from)?,
        None => Format::guess(&args.file)?,
    };
    let options = ImportOptions {
        problem: problem.name.to_owned(),
        columns: problem.columns,
        optional: problem.optional_columns,
        parameters: checked(super::pairs(&args.set)?, &problem)?,
        required: required(&problem),
        renamed: super::pairs(&args.column)?,
        name: args.name.clone(),
        time_unit: args.time_unit.as_deref().map_or(Ok(TimeUnit::default()), str::parse)?,
        time_zone: args.time_zone.clone(),
        bad_rows: args.bad_rows.as_deref().map_or(Ok(BadRows::default()), str::parse)?,
        unit: args.unit.clone(),
        sort_by_arrival: args.sort_by_arrival,
    };
    let Imported { instances, summary } = datasets::import(&args.file, format, &options)?;
    if args.name.is_some() && args.instance.is_none() && instances.len() > 1 {
        return Err(Error::usage(format!("--name names one dataset, the file holds {}", instances.len()))
            .with_hint("take one with --instance"));
    }
    let go = || control.check().is_ok();
    let manifests = match (&args.instance, instances.as_slice()) {
        (None, [_, _, ..]) => datasets::freeze_all_while(&instances, &args.to, &go)?,
        (None, [only]) => vec![datasets::freeze_while(only, &args.to, &go)?],
        (wanted, _) => {
            let mut instance = datasets::pick(&instances, wanted.as_deref().unwrap_or_default())?.clone();
            instance.name = args.name.clone().unwrap_or(instance.name);
            vec![datasets::freeze_while(&instance, &args.to, &go)?]
        }
    };
    notes(&summary, output);
    print(&manifests, &args.to, output);
    Ok(0)
}

/// A dataset of sizes is nothing without the capacity that they are sizes for; all else can be chosen with each run.
fn required(problem: &Info) -> Vec<&'static str> {
    let needed = problem
        .parameters
        .iter()
        .filter(|parameter| parameter.name == datasets::CAPACITY && parameter.default.is_none());
    needed.map(|parameter| parameter.name).collect()
}

/// Returns what the problem says of the parameters that it knows. Sizes and a capacity may have decimals until they are
/// scaled.
fn checked(set: BTreeMap<String, String>, problem: &Info) -> Result<BTreeMap<String, String>, Error> {
    for parameter in problem.parameters.iter().filter(|parameter| parameter.name != datasets::CAPACITY) {
        if let Some(text) = set.get(parameter.name) {
            (parameter.check)(&Value::of(text)).map_err(|why| {
                Error::usage(format!("--set {}={}: it {why}", parameter.name, datasets::shown(text)))
            })?;
        }
    }
    Ok(set)
}

fn notes(summary: &datasets::Summary, output: &Output) {
    if !summary.ignored_columns.is_empty() {
        let names: Vec<String> =
            summary.ignored_columns.iter().map(|name| format!("`{}`", datasets::shown(name))).collect();
        output.note(format_args!("columns left out: {}", names.join(", ")));
    }
    if summary.blank_lines > 0 {
        output.note(format_args!("blank lines skipped: {}", summary.blank_lines));
    }
    for (reason, rows) in &summary.rejected {
        output.note(format_args!("rows rejected: {rows}, {}", datasets::shown(reason)));
    }
    let counted = [
        (summary.floored_times, "times cut to whole milliseconds"),
        (summary.folded_times, "times that a clock showed twice, the first taken"),
        (summary.leap_seconds, "times in a second 60, taken for the last millisecond of second 59"),
        (summary.rounded_numbers, "numbers rounded to the unit"),
    ];
    for (count, what) in counted.iter().filter(|(count, _)| *count > 0) {
        output.note(format_args!("{what}: {count}"));
    }
    for warning in &summary.warnings {
        output.note(datasets::shown(warning));
    }
}

/// Prints what was frozen and where; shared with `generate`.
pub(super) fn print(manifests: &[Manifest], to: &Path, output: &Output) {
    let schema = "counterpoint.frozen/1";
    output.json(&Printed { schema, frozen: manifests.iter().collect(), to: to.display().to_string() });
    for manifest in manifests {
        let scale =
            if manifest.scale == 1 { String::new() } else { format!(", numbers times {}", manifest.scale) };
        let path = if manifests.len() == 1 { to.to_owned() } else { to.join(&manifest.name) };
        output.line(format_args!(
            "froze {}: {}{scale}, blake3 {} in {}",
            datasets::shown(&manifest.name),
            datasets::counted(manifest.records, "records"),
            &manifest.blake3[..16],
            datasets::shown_path(&path)
        ));
    }
}
