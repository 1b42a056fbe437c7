//! `freeze`: a file becomes a frozen dataset, or several.

use std::{collections::BTreeMap, path::Path};

use datasets::{
    BadRows, DateForm, Dialect, Fold, Format, GenericOptions, ImportOptions, Imported, Manifest, Meter,
    NumberForm, RowsFormat, Sample, SourceForm, TimeUnit, Value,
};
use platform::{
    Error,
    catalog::{Catalog, in_milliseconds},
    erased::Info,
};
use replay::Control;
use serde::Serialize;

use crate::{
    cli::{FreezeArgs, KafkaArgs},
    output::Output,
    progress::Waiting,
};

/// Decides which keys are sampled, unless the user has a seed.
const SAMPLE_SEED: u64 = 42;

/// Nobody needs a longer key.
const MAX_SECRET_BYTES: u64 = 1 << 20;

#[derive(Serialize)]
struct Printed<'a> {
    schema: &'static str,
    frozen: Vec<&'a Manifest>,
    to: String,
}

pub(super) fn freeze(
    args: &FreezeArgs,
    catalog: &Catalog,
    output: &Output,
    control: &Control,
) -> Result<u8, Error> {
    if is_stdin(&args.file) {
        let args = FreezeArgs { file: "-".into(), ..args.clone() };
        return freeze(&args, catalog, output, control);
    }
    super::from_kafka::check(args)?;
    if let Some(bootstrap) = &args.kafka.from_kafka {
        let taken = super::from_kafka::take(bootstrap, args, output, control)?;
        let kafka = KafkaArgs { slice: Some(taken.slice.clone()), ..KafkaArgs::default() };
        let format = args.format.clone().or_else(|| Some("jsonl".to_owned()));
        let args = FreezeArgs { file: taken.file.clone(), kafka, format, ..args.clone() };
        return freeze(&args, catalog, output, control);
    }
    let format = match &args.format {
        Some(name) => name.parse::<Format>().map_err(Error::from)?,
        None => Format::guess(&args.file)?,
    };
    match args.problem.as_deref().or(usual_problem(format)) {
        Some(name) => freeze_for(&catalog.problem(name)?.info(), format, args, output, control),
        None => freeze_generic(format, args, output, control),
    }
}

/// Returns whether a path is the system's name of standard input, where that is no file.
fn is_stdin(path: &Path) -> bool {
    ["/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"].iter().any(|name| path == Path::new(name))
        && !path.is_file()
}

/// Returns the problem that a format is for, where it is for one.
fn usual_problem(format: Format) -> Option<&'static str> {
    match format {
        Format::Csv | Format::Tsv | Format::JsonLines => None,
        Format::OrLib | Format::BppLib => Some("bin-packing"),
        Format::AccessLog => Some("windowed-aggregation"),
        Format::KeyLines | Format::Lis | Format::OracleGeneral => Some("caching"),
    }
}

/// Freezes any table as it is.
fn freeze_generic(
    format: Format,
    args: &FreezeArgs,
    output: &Output,
    control: &Control,
) -> Result<u8, Error> {
    let of_problems = [
        ("--set", !args.set.is_empty()),
        ("--unit", args.written.unit.is_some()),
        ("--instance", args.instance.is_some()),
        ("--constant", !args.constant.is_empty()),
    ];
    if let Some((flag, _)) = of_problems.iter().find(|(_, is_given)| *is_given) {
        return Err(Error::usage(format!(
            "{flag} says something about a problem's dataset, and no problem is named"
        ))
        .with_hint("name it, such as '--problem bin-packing'"));
    }
    refuse_printed(format, &args.file)?;
    let options = generic_options(format, args)?;
    let go = || control.check().is_ok();
    let waiting = Waiting::new(output.telling(), "freezing", &options.meter);
    let frozen = datasets::freeze_generic(&args.file, &options, &args.to, &go)?;
    drop(waiting);
    if frozen.blank_lines > 0 {
        output.note(format_args!("blank lines skipped: {}", frozen.blank_lines));
    }
    for (reason, rows) in &frozen.rejected {
        output.note(format_args!("rows rejected: {rows}, {}", datasets::shown(reason)));
    }
    for note in &frozen.notes {
        output.note(datasets::shown(note));
    }
    let source = &frozen.manifest.source;
    for (name, old) in &source.renamed {
        output.note(format_args!("column {} is called `{}`", quoted(old), datasets::shown(name)));
    }
    if let (Some(keys), Some(records)) = (source.sampled_keys, source.sampled_from) {
        let kept = datasets::counted(frozen.manifest.records, "records");
        output.note(format_args!("kept {}, {kept} of {records}", datasets::counted(keys, "keys")));
    }
    print(std::slice::from_ref(&frozen.manifest), &args.to, output);
    Ok(0)
}

/// Refuses lines that an engine has printed: as CSV, the first of them would be the names of columns.
fn refuse_printed(format: Format, file: &Path) -> Result<(), Error> {
    if format != Format::Csv || !file.is_file() || !datasets::is_printed_file(file)? {
        return Ok(());
    }
    let message = format!("{}: lines of Flink's print connector are no table", datasets::shown_path(file));
    Err(Error::input(message).with_hint(
        "write the changes as CSV with a column 'op', or as JSON lines (docs/changelogs.md); 'compare --right-as flink' \
         reads them as they are",
    ))
}

fn quoted(name: &str) -> String {
    format!("`{}`", datasets::shown(name))
}

fn generic_options(format: Format, args: &FreezeArgs) -> Result<GenericOptions, Error> {
    let written = &args.written;
    let delimiter = written.delimiter.as_deref().or((format == Format::Tsv).then_some("tab"));
    let numbers = NumberForm::new(written.decimal.as_deref(), written.thousands.as_deref())?;
    let seed = args.less.sample_seed.unwrap_or(SAMPLE_SEED);
    let sample = args.less.sample_by_key.as_deref().map(|share| Sample::new(share, seed)).transpose()?;
    Ok(GenericOptions {
        name: args.name.clone(),
        form: SourceForm {
            dialect: Dialect::new(delimiter, written.quote.as_deref())?,
            is_json: format == Format::JsonLines,
            trim: written.trim,
        },
        format: args.format.as_ref().map(|_| rows_format(format)),
        encoding: written.encoding.clone(),
        max_ratio: written.max_ratio,
        renamed: super::pairs(&args.column)?,
        event_time: args.roles.event_time.clone(),
        arrival: args.roles.arrival.clone(),
        key: args.roles.key.clone(),
        value: args.roles.value.clone(),
        time_unit: written.time_unit.as_deref().map(str::parse::<TimeUnit>).transpose()?,
        time_zone: written.time_zone.clone(),
        fold: written.fold.as_deref().map_or(Ok(Fold::default()), str::parse)?,
        date_form: written.date_form.as_deref().map(str::parse::<DateForm>).transpose()?,
        numbers,
        bad_rows: args.bad_rows.as_deref().map_or(Ok(BadRows::default()), str::parse)?,
        sort_by_arrival: args.sort_by_arrival,
        sample,
        needed: Vec::new(),
        mask: args.less.mask.clone(),
        mask_secret: args.less.mask_key_file.as_deref().map(secret).transpose()?,
        slice: args.kafka.slice.clone(),
        meter: Meter::default(),
    })
}

/// Returns the format of a folder's parts, where one is named.
fn rows_format(format: Format) -> RowsFormat {
    if format == Format::JsonLines { RowsFormat::JsonLines } else { RowsFormat::Csv }
}

/// Reads what makes the key of a mask.
fn secret(path: &Path) -> Result<Vec<u8>, Error> {
    let secret = datasets::read_regular(path, MAX_SECRET_BYTES, "a key")?;
    if secret.trim_ascii().is_empty() {
        return Err(Error::input(format!("{}: an empty key hides nothing", datasets::shown_path(path))));
    }
    Ok(secret)
}

fn freeze_for(
    problem: &Info,
    format: Format,
    args: &FreezeArgs,
    output: &Output,
    control: &Control,
) -> Result<u8, Error> {
    let roles = &args.roles;
    let of_generic = [
        ("--event-time", roles.event_time.is_some()),
        ("--arrival", roles.arrival.is_some()),
        ("--value", !roles.value.is_empty()),
        ("--key", !roles.key.is_empty() && args.less.sample_by_key.is_none()),
    ];
    if let Some((flag, _)) = of_generic.iter().find(|(_, is_given)| *is_given) {
        return Err(Error::usage(format!("{flag} says something about a dataset without a problem"))
            .with_hint(
                "name the column of the problem's records, such as with '--column event_time_ms=time'",
            ));
    }
    let generic = GenericOptions { renamed: BTreeMap::new(), ..generic_options(format, args)? };
    let written = &args.written;
    let options = ImportOptions {
        problem: problem.name.to_owned(),
        columns: problem.columns,
        optional: problem.optional_columns,
        parameters: checked(super::pairs(&args.set)?, problem)?,
        required: required(problem),
        renamed: super::pairs(&args.column)?,
        name: args.name.clone(),
        time_unit: args.written.time_unit.as_deref().map_or(Ok(TimeUnit::default()), str::parse)?,
        time_zone: args.written.time_zone.clone(),
        bad_rows: args.bad_rows.as_deref().map_or(Ok(BadRows::default()), str::parse)?,
        unit: args.written.unit.clone(),
        sort_by_arrival: args.sort_by_arrival,
        fold: written.fold.as_deref().map_or(Ok(Fold::default()), str::parse)?,
        date_form: written.date_form.as_deref().map(str::parse).transpose()?,
        numbers: NumberForm::new(written.decimal.as_deref(), written.thousands.as_deref())?,
        trim: written.trim,
        constants: super::pairs(&args.constant)?,
        records_only: false,
        meter: generic.meter.clone(),
    };
    let go = || control.check().is_ok();
    let waiting = Waiting::new(output.telling(), "freezing", &generic.meter);
    let Imported { instances, summary } = datasets::import_any(&args.file, format, &options, &generic, &go)?;
    if args.name.is_some() && args.instance.is_none() && instances.len() > 1 {
        return Err(Error::usage(format!("--name names one dataset, the file holds {}", instances.len()))
            .with_hint("take one with --instance"));
    }
    let manifests = match (&args.instance, instances.as_slice()) {
        (None, [_, _, ..]) => datasets::freeze_all_while(&instances, &args.to, &go)?,
        (None, [only]) => vec![datasets::freeze_while(only, &args.to, &go)?],
        (wanted, _) => {
            let mut instance = datasets::pick(&instances, wanted.as_deref().unwrap_or_default())?.clone();
            instance.name = args.name.clone().unwrap_or(instance.name);
            vec![datasets::freeze_while(&instance, &args.to, &go)?]
        }
    };
    drop(waiting);
    notes(&summary, output);
    tell_unset(problem, &manifests, output);
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

/// Returns the parameters as the problem takes them. Sizes and a capacity may have decimals until they are scaled.
fn checked(set: BTreeMap<String, String>, problem: &Info) -> Result<BTreeMap<String, String>, Error> {
    let checked = |(name, text): (String, String)| {
        let parameter = problem.parameter(&name)?;
        if name == datasets::CAPACITY {
            return Ok((name, text));
        }
        let value = in_milliseconds(parameter, Value::of(&text));
        (parameter.check)(&value)
            .map_err(|why| Error::usage(format!("--set {name}={}: it {why}", datasets::shown(&text))))?;
        Ok((name, value.to_string()))
    };
    set.into_iter().map(checked).collect()
}

/// Tells which parameters each run will have to name.
fn tell_unset(problem: &Info, manifests: &[Manifest], output: &Output) {
    let is_set = |name: &str| manifests.iter().all(|manifest| manifest.parameters.contains_key(name));
    for parameter in problem.parameters.iter().filter(|of| of.default.is_none() && !is_set(of.name)) {
        let name = parameter.name;
        output.note(format_args!("the dataset says no {name}: name it in each run, with --set {name}=VALUE"));
    }
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
        (summary.second_times, "times that a clock showed twice, the second taken by order"),
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
