//! `sink = …` and `postgres = { … }` in `[recovery]`: where rows are delivered. What is neither a file nor the store is an
//! adapter's, which the program hands over when it has one.

mod url;

use std::{fmt, path::Path, sync::OnceLock};

use replay::recovery::{Deliver, Server, ServerTable, Sink, SinkColumn, SinkError};
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{self, MapAccess, Visitor, value::MapAccessDeserializer},
};

pub use self::url::Url;
pub(crate) use self::url::decoded;
use crate::error::Error;

/// Opens the folder of Parquet files for rows with these columns.
pub type OpenParquet = fn(&Path, Vec<SinkColumn>) -> Box<dyn Sink>;

/// The ways to PostgreSQL: an adapter's two functions.
#[derive(Debug, Clone, Copy)]
pub struct PostgresAdapter {
    /// Finds out whether tables can be made, and that none of these names is taken. Touches nothing.
    pub check: fn(&Server, &[String]) -> Result<(), SinkError>,
    /// The table of one version; nothing is connected to before its first call.
    pub open: fn(&ServerTable) -> Box<dyn Sink>,
}

static PARQUET: OnceLock<OpenParquet> = OnceLock::new();
static POSTGRES: OnceLock<PostgresAdapter> = OnceLock::new();

/// Hands over the writer of Parquet files, once; a second is ignored.
pub fn provide_parquet(open: OpenParquet) {
    let _ = PARQUET.set(open);
}

/// Hands over the way to PostgreSQL, once; a second is ignored.
pub fn provide_postgres(adapter: PostgresAdapter) {
    let _ = POSTGRES.set(adapter);
}

/// The longest name of a table, in bytes: a server cuts names behind 63, and two more tables have the name with
/// `_candidate_epochs` behind it.
const LONGEST_NAME: usize = 63 - "_candidate_epochs".len();

/// `postgres` in `[recovery]`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PostgresSection {
    /// How the server is reached, as libpq reads it.
    pub url: Option<Url>,
    /// Begins the tables' names: the version's role follows.
    pub table: Option<String>,
    /// The tables stay when the run is over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keep: Option<bool>,
}

/// Reads the section. An error never shows what stands there, which may be a password.
pub(crate) fn section<'de, D: Deserializer<'de>>(from: D) -> Result<Option<PostgresSection>, D::Error> {
    struct Section;
    impl<'de> Visitor<'de> for Section {
        type Value = PostgresSection;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a table such as { url = \"host=127.0.0.1 dbname=x\", table = \"counts\" }")
        }

        fn visit_str<E: de::Error>(self, _: &str) -> Result<PostgresSection, E> {
            Err(E::invalid_type(de::Unexpected::Other("text"), &self))
        }

        fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<PostgresSection, A::Error> {
            PostgresSection::deserialize(MapAccessDeserializer::new(map))
        }
    }
    from.deserialize_any(Section).map(Some)
}

/// Where rows are delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SinkChoice {
    /// To a file.
    File,
    /// To a table in the store.
    Store,
    /// To Parquet files, one for each epoch.
    Parquet(OpenedBy<OpenParquet>),
    /// To a table of a server.
    Postgres(PostgresChoice),
}

/// An adapter's function. One is as good as another: there is one of each.
#[derive(Debug, Clone, Copy)]
pub struct OpenedBy<F>(pub F);

impl<F> PartialEq for OpenedBy<F> {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl<F> Eq for OpenedBy<F> {}

/// Holds what is said of a server's tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostgresChoice {
    /// How the server is reached.
    pub url: Url,
    /// Begins the tables' names.
    pub table: String,
    /// They stay when the run is over.
    pub keep: bool,
    adapter: OpenedBy<PostgresAdapter>,
}

/// The names by which users know where rows are delivered.
const NAMES: [&str; 4] = ["file", "store", "parquet", "postgres"];

impl SinkChoice {
    /// Returns what a section says.
    pub(crate) fn of(name: Option<&str>, postgres: Option<&PostgresSection>) -> Result<Self, Error> {
        if let (Some(_), true) = (postgres, name != Some("postgres")) {
            return Err(Error::usage("[recovery] postgres: rows are delivered elsewhere")
                .with_hint("sink = \"postgres\", or leave postgres out"));
        }
        match name {
            None | Some("file") => Ok(Self::File),
            Some("store") => Ok(Self::Store),
            Some("parquet") => {
                let open = PARQUET.get().ok_or_else(|| missing("Parquet", "parquet"))?;
                Ok(Self::Parquet(OpenedBy(*open)))
            }
            Some("postgres") => PostgresChoice::of(postgres).map(Self::Postgres),
            Some(_) => {
                // Whatever stands there may be a connection string, with a password.
                Err(Error::usage(format!("unknown sink, expected one of: {}", NAMES.join(", "))))
            }
        }
    }

    /// Returns the steps that it takes.
    pub(crate) fn deliver(&self) -> Deliver {
        match self {
            Self::Store => Deliver::ToStore,
            Self::File | Self::Parquet(_) | Self::Postgres(_) => Deliver::ToOutput,
        }
    }

    /// Returns whether of rows with one key the newest alone can be read back.
    pub(crate) fn upserts(&self) -> bool {
        matches!(self, Self::Postgres(_))
    }

    /// Finds out whether the sink can be had, before anything is computed.
    pub(crate) fn check(&self) -> Result<(), Error> {
        match self {
            Self::Postgres(choice) => {
                let names = compare::Role::BOTH.map(|role| choice.name(role));
                (choice.adapter.0.check)(&choice.server(), &names).map_err(|error| explained(&error))
            }
            Self::File | Self::Store | Self::Parquet(_) => Ok(()),
        }
    }

    /// Returns the section that says the same.
    pub(crate) fn section(&self) -> Option<PostgresSection> {
        match self {
            Self::Postgres(choice) => Some(PostgresSection {
                url: Some(choice.url.clone()),
                table: Some(choice.table.clone()),
                keep: choice.keep.then_some(true),
            }),
            Self::File | Self::Store | Self::Parquet(_) => None,
        }
    }
}

impl PostgresChoice {
    fn of(section: Option<&PostgresSection>) -> Result<Self, Error> {
        let adapter = POSTGRES.get().ok_or_else(|| missing("PostgreSQL", "postgres"))?;
        let example =
            "[recovery] postgres = { url = \"host=127.0.0.1 user=me dbname=test\", table = \"counts\" }";
        let lacks = |key: &str| {
            Error::usage(format!("[recovery] postgres{key} is missing"))
                .with_hint(format!("in an experiment's file: {example}"))
        };
        let section = section.ok_or_else(|| lacks(""))?;
        let url = section.url.clone().filter(|url| !url.as_str().trim().is_empty());
        let table = section.table.clone().filter(|table| !table.is_empty()).ok_or_else(|| lacks(".table"))?;
        if table.len() > LONGEST_NAME || table.contains('\0') {
            return Err(Error::usage(format!(
                "[recovery] postgres.table: '{}' can't begin a table's name",
                datasets::short_name(&table)
            ))
            .with_hint(format!("at most {LONGEST_NAME} bytes; '_stable' or '_candidate' follows")));
        }
        Ok(Self {
            url: url.ok_or_else(|| lacks(".url"))?,
            table,
            keep: section.keep.unwrap_or_default(),
            adapter: OpenedBy(*adapter),
        })
    }

    fn server(&self) -> Server {
        Server { url: self.url.as_str().to_owned(), password: self.url.password() }
    }

    /// Returns the name of a version's table.
    pub(crate) fn name(&self, role: compare::Role) -> String {
        format!("{}_{role}", self.table)
    }

    /// The table of a version, for the run of this name.
    pub(crate) fn open(&self, role: compare::Role, run: String, columns: Vec<SinkColumn>) -> Box<dyn Sink> {
        (self.adapter.0.open)(&ServerTable {
            server: self.server(),
            table: self.name(role),
            run,
            keep: self.keep,
            columns,
        })
    }
}

fn missing(what: &str, feature: &str) -> Error {
    Error::usage(format!("this program was built without {what}"))
        .with_hint(format!("cargo build --features {feature}"))
}

/// Returns the program's error for a sink's: wrong use where it can't be begun.
pub(crate) fn explained(error: &SinkError) -> Error {
    match error {
        SinkError::Refused { what, hint } => {
            Error::usage(datasets::shown(what).to_string()).with_hint(hint.clone())
        }
        SinkError::Damaged(what) => Error::input(datasets::shown(what).to_string()),
        SinkError::Fenced | SinkError::Failed(_) => Error::System {
            action: "deliver rows to",
            path: "the sink".into(),
            cause: std::io::Error::other(datasets::shown(&error.to_string()).to_string()),
        },
    }
}

impl fmt::Display for SinkChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::File => NAMES[0],
            Self::Store => NAMES[1],
            Self::Parquet(_) => NAMES[2],
            Self::Postgres(_) => NAMES[3],
        })
    }
}
