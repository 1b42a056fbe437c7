//! `init`: from a file to an experiment that runs, without a question.

mod language;

use std::{
    collections::BTreeMap,
    fs,
    io::Write,
    path::{Path, PathBuf},
};

use clap::Parser;
use datasets::{FieldRole, FieldType, Frozen, Manifest};
use platform::{Error, catalog::Catalog};
use replay::Control;

use self::language::Language;
use super::freeze;
use crate::{
    cli::{Cli, Command, FreezeArgs, InitArgs},
    output::Output,
};

const EXPERIMENT: &str = "experiment.toml";
const TRUTH: &str = "truth.csv";

pub(super) fn init(
    args: &InitArgs,
    catalog: &Catalog,
    output: &Output,
    control: &Control,
) -> Result<u8, Error> {
    let language = Language::read(&args.language)?;
    let data = args.to.join("data").join(stem(&args.file));
    let files = [EXPERIMENT, TRUTH, language.file].map(|name| args.to.join(name));
    if let Some(file) = files.iter().find(|file| file.exists()) {
        return Err(Error::TargetExists(file.clone()));
    }
    freeze::freeze(&freeze_args(args, &data)?, catalog, output, control)?;
    let frozen = Frozen::open(&data)?;
    let key = key_column(&frozen.manifest)?;
    let truth = truth(&frozen, &key)?;
    let [experiment, truth_file, job] = &files;
    write(truth_file, &truth)?;
    write(job, language.job(&key).as_bytes())?;
    let text = filled(&frozen, &key, &truth, language, experiment);
    write(experiment, text.as_bytes())?;
    tell(&files, language, output);
    Ok(0)
}

/// The name of a file without its endings; of what comes through stdin, `data`.
fn stem(file: &Path) -> String {
    let name = file.file_name().and_then(|name| name.to_str()).unwrap_or("data");
    let stem = name.split('.').next().filter(|stem| !stem.is_empty() && *stem != "-").unwrap_or("data");
    stem.chars().map(|c| if c.is_ascii_alphanumeric() || "_-".contains(c) { c } else { '-' }).collect()
}

/// The freeze that the rest of the command line describes.
fn freeze_args(args: &InitArgs, data: &Path) -> Result<FreezeArgs, Error> {
    let word = |word: &Path| word.as_os_str().to_owned();
    let before = ["counterpoint", "freeze"].into_iter().map(|name| word(Path::new(name)));
    let after = [Path::new("--to"), data, Path::new("--"), &args.file].map(word);
    let line = before.chain(args.freeze.iter().cloned()).chain(after);
    match Cli::try_parse_from(line) {
        Ok(Cli { command: Command::Freeze(freeze), .. }) => Ok(*freeze),
        Ok(_) => Err(Error::usage("what stands behind -- is for freeze")),
        Err(error) => {
            let text = error.to_string();
            let first = text.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned();
            Err(Error::usage(first)
                .with_hint("what stands behind -- is for freeze: counterpoint freeze --help"))
        }
    }
}

/// The column by which records are counted: one that is called a key, else the first that isn't a time or a float.
fn key_column(manifest: &Manifest) -> Result<String, Error> {
    let fields = &manifest.fields;
    let is_key = |kind: FieldType| {
        matches!(kind, FieldType::Text | FieldType::Whole | FieldType::Boolean | FieldType::Date)
    };
    let key = fields.iter().find(|field| field.role == Some(FieldRole::Key));
    let plain = || fields.iter().find(|field| field.role.is_none() && field.kind == FieldType::Text);
    let any = || fields.iter().find(|field| field.role.is_none() && is_key(field.kind));
    let column = key.or_else(plain).or_else(any).or_else(|| fields.first());
    column.map(|field| field.name.clone()).ok_or_else(|| {
        Error::input(format!(
            "{} is for the problem {}",
            datasets::shown(&manifest.name),
            datasets::shown(&manifest.problem)
        ))
        .with_hint("name it in an experiment: problem = \"…\"; 'counterpoint jobs' lists its versions")
    })
}

/// How often each value of a column occurs, as CSV.
fn truth(frozen: &Frozen, key: &str) -> Result<Vec<u8>, Error> {
    frozen.verify()?;
    let path = frozen.data_path();
    let failed = |error: csv::Error| {
        Error::input(format!("{}: {}", datasets::shown_path(&path), datasets::shown(&error.to_string())))
    };
    let mut reader = csv::Reader::from_path(&path).map_err(failed)?;
    let at = reader.headers().map_err(failed)?.iter().position(|name| name == key).unwrap_or(0);
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    let mut record = csv::StringRecord::new();
    while reader.read_record(&mut record).map_err(failed)? {
        let value = &record[at];
        match counts.get_mut(value) {
            Some(count) => *count += 1,
            None => drop(counts.insert(value.to_owned(), 1)),
        }
    }
    let mut out = Vec::new();
    datasets::write_text(key.as_bytes(), &mut out);
    out.extend_from_slice(b",n\n");
    for (value, count) in counts {
        datasets::write_text(value.as_bytes(), &mut out);
        out.extend_from_slice(format!(",{count}\n").as_bytes());
    }
    Ok(out)
}

fn filled(frozen: &Frozen, key: &str, truth: &[u8], language: Language, file: &Path) -> String {
    let dataset =
        format!("data/{}", frozen.dir.file_name().and_then(|name| name.to_str()).unwrap_or_default());
    include_str!("skeletons/experiment.toml")
        .replace("@NAME@", &datasets::shown(&frozen.manifest.name).to_string())
        .replace("@FILE@", &datasets::shell_word(&file.to_string_lossy()))
        .replace("@DATASET@", &dataset)
        .replace("key = [\"@KEY@\"]", &format!("key = [{}]", toml_text(key)))
        .replace("@KEY@", &datasets::shown(key).to_string())
        .replace("@TRUTH@", blake3::hash(truth).to_hex().as_str())
        .replace("@COMMAND@", &language.command())
}

/// A text as TOML has it.
fn toml_text(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// Writes a file that must not be there yet, whole or not at all.
fn write(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let folder = platform::experiment::parent(path);
    let system = |cause| Error::System { action: "write", path: path.to_owned(), cause };
    fs::create_dir_all(folder).map_err(system)?;
    let mut file = tempfile::Builder::new().permissions(readable()).tempfile_in(folder).map_err(system)?;
    file.write_all(bytes).map_err(system)?;
    file.as_file().sync_all().map_err(system)?;
    file.persist_noclobber(path).map_err(|error| system(error.error))?;
    Ok(())
}

/// As any file is that is written plainly.
fn readable() -> fs::Permissions {
    use std::os::unix::fs::PermissionsExt;
    fs::Permissions::from_mode(0o644)
}

fn tell(files: &[PathBuf; 3], language: Language, output: &Output) {
    let [experiment, truth, job] = files.each_ref().map(|file| datasets::shown_path(file));
    output.line(format_args!("wrote {experiment}, {job} (a job to begin with) and {truth} (what is right)"));
    if let Some(before) = language.before {
        output.line(format_args!("first   {before}   in that folder"));
    }
    let word = datasets::shell_word(&experiment);
    output.line(format_args!("next    fill in your two commands, then counterpoint run {word}"));
}
