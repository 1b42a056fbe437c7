//! `jobs`: the catalogue.

use datasets::Column;
use platform::{catalog::Catalog, erased::VersionInfo};
use serde::Serialize;

use super::tables::aligned;
use crate::output::Output;

#[derive(Serialize)]
struct Printed<'a> {
    schema: &'static str,
    problems: &'a [PrintedProblem],
}

#[derive(Serialize)]
struct PrintedProblem {
    problem: &'static str,
    about: &'static str,
    #[serde(skip)]
    has_cost: bool,
    /// Those of its records, and those that they may have beside them.
    columns: Vec<&'static str>,
    #[serde(skip)]
    meanings: Vec<Column>,
    optional_columns: Vec<&'static str>,
    parameters: Vec<PrintedParameter>,
    versions: Vec<PrintedVersion>,
}

#[derive(Serialize)]
struct PrintedParameter {
    name: &'static str,
    about: &'static str,
    /// `None`: it must be given.
    default: Option<&'static str>,
}

#[derive(Serialize)]
struct PrintedVersion {
    job: String,
    example: String,
    about: &'static str,
    proven_asymptotic: Option<f64>,
    proven_absolute: Option<f64>,
    source: &'static str,
}

pub(super) fn jobs(catalog: &Catalog, output: &Output) {
    let problems: Vec<PrintedProblem> = catalog
        .problems()
        .iter()
        .map(|problem| PrintedProblem {
            problem: problem.info().name,
            about: problem.info().about,
            has_cost: problem.info().has_cost(),
            columns: names(problem.info().columns),
            meanings: [problem.info().columns, problem.info().optional_columns].concat(),
            optional_columns: names(problem.info().optional_columns),
            parameters: problem
                .info()
                .parameters
                .iter()
                .map(|parameter| PrintedParameter {
                    name: parameter.name,
                    about: parameter.about,
                    default: parameter.default,
                })
                .collect(),
            versions: problem.info().versions.into_iter().map(version).collect(),
        })
        .collect();
    output.json(&Printed { schema: "counterpoint.jobs/1", problems: &problems });
    for problem in &problems {
        print(problem, output);
    }
}

fn names(columns: &[Column]) -> Vec<&'static str> {
    columns.iter().map(|column| column.name).collect()
}

fn version(info: VersionInfo) -> PrintedVersion {
    PrintedVersion {
        job: info.usage,
        example: info.example,
        about: info.about,
        proven_asymptotic: info.proven.asymptotic,
        proven_absolute: info.proven.absolute,
        source: info.proven.source,
    }
}

fn print(problem: &PrintedProblem, output: &Output) {
    output.line(format_args!("{}: {}", problem.problem, problem.about));
    let optional = match problem.optional_columns.join(", ") {
        names if names.is_empty() => String::new(),
        names => format!("; {names} where the data has it"),
    };
    output.line(format_args!("  records of {}{optional}", problem.columns.join(", ")));
    let width = problem.meanings.iter().map(|column| column.name.len()).max().unwrap_or(0);
    for column in &problem.meanings {
        output.line(format_args!("    {:width$}   {}", column.name, column.about()));
    }
    for PrintedParameter { name, about, default } in &problem.parameters {
        output.line(format_args!("  --set {name}={}   {about}", default.unwrap_or("...")));
    }
    output.line("");
    if problem.has_cost {
        return print_ratios(problem, output);
    }
    let width = problem.versions.iter().map(|version| version.example.len()).max().unwrap_or(0);
    for PrintedVersion { example, about, .. } in &problem.versions {
        output.line(format_args!("  {example:<width$}   {about}"));
    }
}

/// The versions with what is proved of their costs.
fn print_ratios(problem: &PrintedProblem, output: &Output) {
    let ratio = |version: &PrintedVersion, ratio: Option<f64>| {
        // With a source and no number at all, the number depends on a parameter, of which the source speaks.
        let depends = !version.source.is_empty() && version.proven_asymptotic.is_none();
        let unknown = if depends { "depends" } else { "none known" };
        ratio.map_or_else(|| unknown.to_owned(), |ratio| format!("{ratio:.4}"))
    };
    let header = ["job", "asymptotic", "absolute"].map(str::to_owned).to_vec();
    let rows = problem.versions.iter().map(|version| {
        let [asymptotic, absolute] = [version.proven_asymptotic, version.proven_absolute];
        vec![version.example.clone(), ratio(version, asymptotic), ratio(version, absolute)]
    });
    let table = aligned(&std::iter::once(header).chain(rows).collect::<Vec<_>>());
    let notes = std::iter::once("proven by".to_owned()).chain(problem.versions.iter().map(
        |PrintedVersion { source, about, .. }| match *source {
            "" => (*about).to_owned(),
            source => format!("{source}: {about}"),
        },
    ));
    for (line, note) in table.lines().zip(notes) {
        output.line(format_args!("  {line}   {note}"));
    }
}
