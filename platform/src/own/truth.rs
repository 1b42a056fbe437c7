//! `[reference]`, once it has been found to name one source.

use std::{path::PathBuf, sync::Arc, time::Duration};

use replay::process::{Launch, ProcessLimits};

use super::{
    catalogue::{Asked, Catalogued},
    reference::Source,
    section::{OwnSection, ReferenceSection},
    sql,
};
use crate::{attach, error::Error, limits::Length, own::checker::Checker};

/// A batch job may take its time.
const DEFAULT_TIME: Length = Length(600_000_000_000);

impl ReferenceSection {
    /// Returns whether nothing stands in it.
    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Returns the source that it names, if it names any.
    pub(crate) fn source(&self, asked: &Asked<'_>) -> Result<Option<Source>, Error> {
        if self.is_empty() {
            return Ok(None);
        }
        let named = [
            ("command", self.command.is_some()),
            ("sql", self.sql.is_some()),
            ("problem", self.problem.is_some()),
            ("file", self.file.is_some()),
            ("bounds", self.bounds.is_some()),
        ];
        let named: Vec<&str> =
            named.iter().filter(|(_, is_named)| *is_named).map(|(name, _)| *name).collect();
        let [only] = named[..] else {
            let what = if named.is_empty() {
                "names no source".to_owned()
            } else {
                format!("names {}", named.join(" and "))
            };
            return Err(wrong(&what, "one of command, sql, problem, file and bounds says what is right"));
        };
        self.refuse_strangers(only)?;
        if let Some(command) = &self.command {
            return Ok(Some(Source::Command { launch: Box::new(self.launch(command)?), time: self.time() }));
        }
        if let Some(query) = &self.sql {
            return self.by_query(query).map(Some);
        }
        if let Some(name) = &self.problem {
            return Catalogued::settle(name, self, asked).map(|it| Some(Source::Catalogue(Box::new(it))));
        }
        if let Some(file) = &self.file {
            return Ok(Some(Source::File {
                path: PathBuf::from(file),
                blake3: self.blake3.clone(),
                dataset_blake3: self.dataset_blake3.clone(),
            }));
        }
        Ok(self.bounds.map(Source::Bounds))
    }

    /// Returns the source of a query: the engine of this program, or a server.
    fn by_query(&self, query: &str) -> Result<Source, Error> {
        let lacks = |what: &str, feature: &str| {
            wrong(
                &format!("{feature}: this counterpoint was built without {what}"),
                &format!("build it with --features {feature}, or give the reference by command or file"),
            )
        };
        if let Some(address) = &self.spark {
            let make = sql::spark().ok_or_else(|| lacks("Spark Connect", "spark"))?;
            let made = make(&sql::Served { query, address, time: self.time() });
            return made.map(Source::Sql).map_err(|why| wrong(&format!("sql with spark: {why}"), ""));
        }
        let make = sql::engine().ok_or_else(|| lacks("SQL", "sql"))?;
        make(query).map(Source::Sql).map_err(|why| wrong(&format!("sql: {why}"), ""))
    }

    /// Keys that say something of another source say nothing.
    fn refuse_strangers(&self, only: &str) -> Result<(), Error> {
        let set = [
            ("blake3", "file", self.blake3.is_some()),
            ("dataset_blake3", "file", self.dataset_blake3.is_some()),
            ("env", "command", !self.env.is_empty()),
            ("cwd", "command", self.cwd.is_some()),
            ("timeout", "command", self.timeout.is_some() && self.spark.is_none()),
            ("spark", "sql", self.spark.is_some()),
            ("parameters", "problem", !self.parameters.is_empty()),
            ("columns", "problem", !self.columns.is_empty()),
            ("constants", "problem", !self.constants.is_empty()),
            ("select", "problem", !self.select.is_empty()),
            ("times", "problem", self.times.is_some()),
            ("bad_rows", "problem", self.bad_rows.is_some()),
        ];
        match set.iter().find(|(_, of, is_set)| *is_set && *of != only) {
            Some((key, of, _)) => {
                Err(wrong(&format!("{key} goes with {of}, and it has {only}"), "leave it out"))
            }
            None => Ok(()),
        }
    }

    fn launch(&self, command: &[String]) -> Result<Launch, Error> {
        if command.first().is_none_or(String::is_empty) {
            return Err(wrong("has a command without a program", "command = [\"python3\", \"truth.py\"]"));
        }
        let env = attach::environment(&self.env)
            .map_err(|why| wrong(&format!("env: {why}"), "env = [\"NAME\", \"OTHER=value\"]"))?;
        Ok(Launch { env, ..launch("reference", command, self.cwd.as_deref()) })
    }

    fn time(&self) -> Duration {
        Duration::from_nanos(self.timeout.unwrap_or(DEFAULT_TIME).0)
    }
}

impl OwnSection {
    /// Returns its checker; `header` are the columns of a record.
    pub(crate) fn checker(&self, header: String) -> Result<Option<Checker>, Error> {
        let Some(command) = &self.checker else { return Ok(None) };
        if command.first().is_none_or(String::is_empty) {
            return Err(Error::usage("[problem] has a checker without a program")
                .with_hint("checker = [\"python3\", \"check.py\"]"));
        }
        let launch = launch("checker", command, self.cwd.as_deref());
        Ok(Some(Checker { launch, time: Duration::from_nanos(DEFAULT_TIME.0), header }))
    }
}

fn launch(role: &'static str, command: &[String], cwd: Option<&str>) -> Launch {
    Launch {
        role,
        command: command.to_vec(),
        cwd: cwd.map(PathBuf::from),
        env: replay::process::Environment::default(),
        parameters: Vec::new(),
        limits: ProcessLimits::default(),
        peak_memory: Arc::default(),
    }
}

fn wrong(what: &str, hint: &str) -> Error {
    let error = Error::usage(format!("[reference] {what}"));
    if hint.is_empty() { error } else { error.with_hint(hint) }
}
