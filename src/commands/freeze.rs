//! `freeze`: a file becomes a frozen dataset, or several.

use std::path::Path;

use datasets::{Format, ImportOptions, Imported, Manifest};
use serde::Serialize;

use crate::{catalog::problem, cli::FreezeArgs, error::Error, output::Output};

#[derive(Serialize)]
struct Frozen<'a> {
    frozen: Vec<&'a Manifest>,
    to: String,
}

pub(super) fn freeze(args: &FreezeArgs, output: &Output) -> Result<u8, Error> {
    let problem = problem(&args.problem)?;
    let format = match &args.format {
        Some(name) => name.parse::<Format>().map_err(Error::from)?,
        None => Format::guess(&args.file)?,
    };
    let options = ImportOptions {
        problem: problem.info().name.to_owned(),
        columns: problem.info().columns,
        parameters: super::pairs(&args.set)?,
        required: (problem.info().parameters.iter().filter(|parameter| parameter.default.is_none()))
            .map(|parameter| parameter.name)
            .collect(),
        optional: problem.info().optional_columns,
        renamed: super::pairs(&args.column)?,
        name: args.name.clone(),
        ..ImportOptions::default()
    };
    let Imported { instances, summary } = datasets::import(&args.file, format, &options)?;
    if args.name.is_some() && args.instance.is_none() && instances.len() > 1 {
        return Err(Error::usage(format!("--name names one dataset, the file holds {}", instances.len()))
            .with_hint("take one with --instance"));
    }
    let manifests = match (&args.instance, instances.as_slice()) {
        (None, [_, _, ..]) => datasets::freeze_all(&instances, &args.to)?,
        (None, [only]) => vec![datasets::freeze(only, &args.to)?],
        (wanted, _) => {
            let mut instance = datasets::pick(&instances, wanted.as_deref().unwrap_or_default())?.clone();
            instance.name = args.name.clone().unwrap_or(instance.name);
            vec![datasets::freeze(&instance, &args.to)?]
        }
    };
    notes(&summary, output);
    print(&manifests, &args.to, output);
    Ok(0)
}

fn notes(summary: &datasets::Summary, output: &Output) {
    if !summary.ignored_columns.is_empty() {
        let names: Vec<String> =
            summary.ignored_columns.iter().map(|name| datasets::shown(name).to_string()).collect();
        output.note(format_args!("columns left out: {}", names.join(", ")));
    }
    if summary.blank_lines > 0 {
        output.note(format_args!("blank lines skipped: {}", summary.blank_lines));
    }
}

/// What was frozen and where; shared with `generate`.
pub(super) fn print(manifests: &[Manifest], to: &Path, output: &Output) {
    output.json(&Frozen { frozen: manifests.iter().collect(), to: to.display().to_string() });
    for manifest in manifests {
        let scale =
            if manifest.scale == 1 { String::new() } else { format!(", sizes times {}", manifest.scale) };
        let path = if manifests.len() == 1 { to.to_owned() } else { to.join(&manifest.name) };
        output.line(format_args!(
            "froze {}: {} records{scale}, blake3 {} in {}",
            datasets::shown(&manifest.name),
            manifest.records,
            &manifest.blake3[..16],
            datasets::shown_path(&path)
        ));
    }
}
