//! The commands, a file for each.

mod batch;
mod compare;
mod completions;
mod demo;
mod explain;
mod freeze;
mod from_kafka;
mod gate;
mod generate;
mod init;
mod jobs;
mod man;
mod replay_job;
mod replicate_child;
mod report;
mod run;
mod runs;
mod self_test;
mod show;
mod shrink;
mod suite;
mod tables;
mod upgrade;
mod verify;

use std::{collections::BTreeMap, sync::Arc};

use datasets::Value;
use platform::{Error, catalog::Catalog};
use replay::Control;

pub(crate) use upgrade::COMMAND as UPGRADE;

use crate::{cli::Command, output::Output};

/// Runs a command over the problems of `catalog`; the exit code when it came to its end.
pub(crate) fn execute(
    command: Command,
    catalog: &Catalog,
    output: &Output,
    control: &Arc<Control>,
) -> Result<u8, Error> {
    match command {
        Command::Run(args) => {
            let output = output.opening(args.open);
            run::run(args, catalog, &output, control)
        }
        Command::Gate(args) if args.self_test => self_test::self_test(output, control),
        Command::Gate(args) => {
            let output = output.opening(args.experiment.open);
            gate::gate(args, catalog, &output, control)
        }
        Command::Freeze(args) => freeze::freeze(&args, catalog, output, control),
        Command::Init(args) => init::init(&args, catalog, output, control),
        Command::Show(args) => show::show(&args, output),
        Command::Verify { dataset } => verify::verify(&dataset, catalog, output),
        Command::Generate(args) => generate::generate(args, output, control),
        Command::Batch(args) => batch::batch(&args, catalog, output, control),
        Command::Replay(args) => replay_job::replay_job(*args, catalog, output, control),
        Command::Survive { folder } => replay_job::survive(&folder, catalog, control),
        Command::Upgrade { folder } => upgrade::upgrade(&folder, catalog, control),
        Command::Replicate(spec) => replicate_child::replicate(spec, catalog, control),
        Command::Compare(args) => compare::compare(&args, output, control),
        Command::Runs(args) => runs::runs(&args, output, control),
        Command::Demo { folder } => demo::demo(&folder, catalog, output, control),
        Command::Completions { shell } => {
            completions::completions(shell, output);
            Ok(0)
        }
        Command::Man { folder } => man::man(folder.as_deref(), output),
        Command::Report { run } => report::report(&run, output),
        Command::Explain(args) => explain::explain(&args, catalog, output, control),
        Command::Jobs => {
            jobs::jobs(catalog, output);
            Ok(0)
        }
    }
}

/// `NAME=VALUE` pairs, each name once.
fn pairs(given: &[String]) -> Result<BTreeMap<String, String>, Error> {
    let mut pairs = BTreeMap::new();
    for text in given {
        let shown = datasets::shown(text);
        let (name, value) = text
            .split_once('=')
            .filter(|(name, _)| !name.is_empty())
            .ok_or_else(|| Error::usage(format!("'{shown}' is not of the form NAME=VALUE")))?;
        if pairs.insert(name.to_owned(), value.to_owned()).is_some() {
            return Err(Error::usage(format!("'{}' is set twice", datasets::shown(name))));
        }
    }
    Ok(pairs)
}

/// `NAME=VALUE` pairs as parameters. Whether a problem knows them, and allows the values, is for it to say.
fn settings(given: &[String]) -> Result<BTreeMap<String, Value>, Error> {
    let setting = |(name, value): (String, String)| match Value::of(&value) {
        Value::Number(number) if i64::try_from(number).is_err() => {
            Err(Error::usage(format!("{} must be below 2^63, not {number}", datasets::shown(&name))))
        }
        value => Ok((name, value)),
    };
    pairs(given)?.into_iter().map(setting).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_name_and_value() {
        let given =
            |texts: &[&str]| settings(&texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>());
        assert_eq!(
            given(&["capacity=10"]).expect("valid"),
            BTreeMap::from([("capacity".to_owned(), 10.into())])
        );
        for wrong in [&["capacity"][..], &["=1"], &["a=1", "a=2"], &["a=9223372036854775808"]] {
            assert!(given(wrong).is_err(), "{wrong:?}");
        }
    }
}
