//! `view` and `view_after` in `[serving]`: a table outside that shows what is served. Whoever keeps one is an adapter's, which the
//! program hands over when it has one.

use std::{
    convert::Infallible,
    fmt,
    path::{Path, PathBuf},
    str::FromStr,
    sync::OnceLock,
};

use replay::{
    recovery::{Server, ServerTable, SinkColumn, SinkError},
    view::View,
};
use serde::{Deserialize, Deserializer, Serialize};

use crate::{
    architecture_sections::Architecture,
    error::Error,
    sinks_section::{Url, decoded},
};

/// The ways to tables of PostgreSQL: an adapter's two functions.
#[derive(Debug, Clone, Copy)]
pub struct PostgresViews {
    /// Finds out whether the view can be made, or is this run's. Touches nothing.
    pub check: fn(&ServerTable) -> Result<(), SinkError>,
    /// The view; nothing is connected to before its first call.
    pub open: fn(&ServerTable) -> Box<dyn View>,
}

/// The ways to Parquet files: an adapter's two functions.
#[derive(Debug, Clone, Copy)]
pub struct ParquetViews {
    /// Finds out whether the file can be made, or is that of the run of this name. Touches nothing.
    pub check: fn(&Path, &str) -> Result<(), SinkError>,
    /// The view of the run of this name; nothing is opened before its first call.
    pub open: fn(&Path, &str, Vec<SinkColumn>) -> Box<dyn View>,
}

static POSTGRES: OnceLock<PostgresViews> = OnceLock::new();
static PARQUET: OnceLock<ParquetViews> = OnceLock::new();

/// Hands over the way to PostgreSQL, once; a second is ignored.
pub fn provide_postgres(adapter: PostgresViews) {
    let _ = POSTGRES.set(adapter);
}

/// Hands over the writer of Parquet files, once; a second is ignored.
pub fn provide_parquet(adapter: ParquetViews) {
    let _ = PARQUET.set(adapter);
}

/// Begins the path of a Parquet file.
const PARQUET_SCHEME: &str = "parquet://";
/// Begin the address of a table.
const POSTGRES_SCHEMES: [&str; 2] = ["postgres://", "postgresql://"];
/// The longest name of a table, in bytes: a server cuts names behind 63, and another table has the name with this behind it.
const LONGEST_NAME: usize = 63 - "_lambda_view".len();
const EXAMPLES: &str = "such as \"postgres://me@127.0.0.1:5432/test/counts\", the last part of which is the table, or \"parquet://counts.parquet\"";

/// An address as it was given. A password in it is put aside as soon as it is read: whatever is written or shown is without.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct ViewPlace(Url);

impl FromStr for ViewPlace {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        let text = text.trim();
        let is_path = text.starts_with(PARQUET_SCHEME);
        Ok(Self(if is_path { Url::without_password(text) } else { Url::new(text) }))
    }
}

impl<'de> Deserialize<'de> for ViewPlace {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let Ok(place) = String::deserialize(from)?.parse();
        Ok(place)
    }
}

/// Says where the view is.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Place {
    /// The address of a server, without the table, and the table.
    Postgres(String, String),
    Parquet(PathBuf),
}

/// Says where the view is, and whether it stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ViewChoice {
    given: ViewPlace,
    place: Place,
    /// It stays when the run has come to its end.
    pub(crate) stays: bool,
    /// Two architectures are run, each with a view of its own.
    is_of_two: bool,
}

impl ViewChoice {
    /// Reads what the section says.
    pub(crate) fn of(
        view: Option<&ViewPlace>,
        after: Option<&str>,
        architecture: Architecture,
    ) -> Result<Option<Self>, Error> {
        let stays = match after {
            None | Some("keep") => true,
            Some("drop") => false,
            Some(other) => {
                let other = datasets::short_name(other);
                return Err(Error::usage(format!(
                    "[serving] view_after: unknown end '{other}', expected one of: keep, drop"
                )));
            }
        };
        let Some(given) = view else {
            return match after {
                None => Ok(None),
                Some(_) => Err(Error::usage("[serving] view_after: there is no view")
                    .with_hint("set view, or leave view_after out")),
            };
        };
        let place = place(given.0.as_str()).map_err(|why| {
            Error::usage(format!("[serving] view: {}", datasets::shown(&why))).with_hint(EXAMPLES)
        })?;
        Ok(Some(Self { given: given.clone(), place, stays, is_of_two: architecture == Architecture::Both }))
    }

    /// Returns what a file says of it.
    pub(crate) fn section(&self) -> (ViewPlace, String) {
        (self.given.clone(), if self.stays { "keep" } else { "drop" }.to_owned())
    }

    /// Refuses a view that this program can't make.
    pub(crate) fn check_built(&self) -> Result<(), Error> {
        match self.place {
            Place::Postgres(..) => postgres().map(drop),
            Place::Parquet(_) => parquet().map(drop),
        }
    }

    /// Finds out whether the view of an architecture can be made by the run of this name, with these columns, as far as they
    /// are known.
    pub(crate) fn check(&self, of: Architecture, run: &str, columns: &[SinkColumn]) -> Result<(), Error> {
        let checked = match &self.place {
            Place::Postgres(..) => (postgres()?.check)(&self.table(of, run.to_owned(), columns.to_vec())),
            Place::Parquet(path) => (parquet()?.check)(&self.path(path, of), run),
        };
        checked.map_err(|error| explained(&error))
    }

    /// The view of an architecture, for the run of this name.
    pub(crate) fn open(
        &self,
        of: Architecture,
        run: String,
        columns: Vec<SinkColumn>,
    ) -> Result<Box<dyn View>, Error> {
        Ok(match &self.place {
            Place::Postgres(..) => (postgres()?.open)(&self.table(of, run, columns)),
            Place::Parquet(path) => (parquet()?.open)(&self.path(path, of), &run, columns),
        })
    }

    fn table(&self, of: Architecture, run: String, columns: Vec<SinkColumn>) -> ServerTable {
        let (url, table) = match &self.place {
            Place::Postgres(url, table) => (url.clone(), table.as_str()),
            Place::Parquet(_) => (String::new(), ""),
        };
        let server = Server { url, password: self.given.0.password() };
        let table = if self.is_of_two { format!("{table}_{of}") } else { table.to_owned() };
        ServerTable { server, table, run, keep: self.stays, columns }
    }

    fn path(&self, path: &Path, of: Architecture) -> PathBuf {
        let Some(stem) = path.file_stem().filter(|_| self.is_of_two) else { return path.to_owned() };
        let mut name = stem.to_owned();
        name.push(format!("_{of}"));
        let named = path.with_file_name(name);
        path.extension().map_or(named.clone(), |extension| {
            let mut name = named.into_os_string();
            name.push(".");
            name.push(extension);
            name.into()
        })
    }
}

/// Reads an address. The error never shows one of which nobody knows where a password would stand.
fn place(text: &str) -> Result<Place, String> {
    if let Some(path) = text.strip_prefix(PARQUET_SCHEME) {
        let names_a_file = Path::new(path).file_name().is_some() && !path.ends_with('/');
        return if names_a_file {
            Ok(Place::Parquet(path.into()))
        } else {
            Err(format!("'{text}' names no file"))
        };
    }
    let Some(scheme) = POSTGRES_SCHEMES.into_iter().find(|scheme| text.starts_with(scheme)) else {
        return Err("unknown place, expected one of: postgres://…, parquet://…".to_owned());
    };
    let rest = &text[scheme.len()..];
    let (place, query) = rest.split_once('?').map_or((rest, None), |(place, query)| (place, Some(query)));
    let parts: Vec<&str> = place.split('/').collect();
    let [server, database, table] = parts[..] else {
        return Err(format!("'{text}' names no database and table"));
    };
    let table = decoded(table);
    if [server, database, &table].iter().any(|part| part.is_empty()) {
        return Err(format!("'{text}' names no server, no database or no table"));
    }
    if table.len() > LONGEST_NAME || table.contains('\0') {
        let table = datasets::short_name(&table);
        return Err(format!("'{table}' can't be the view's name: it has at most {LONGEST_NAME} bytes"));
    }
    let query = query.map(|query| format!("?{query}")).unwrap_or_default();
    Ok(Place::Postgres(format!("{scheme}{server}/{database}{query}"), table))
}

fn postgres() -> Result<&'static PostgresViews, Error> {
    POSTGRES.get().ok_or_else(|| missing("PostgreSQL", "postgres"))
}

fn parquet() -> Result<&'static ParquetViews, Error> {
    PARQUET.get().ok_or_else(|| missing("Parquet", "parquet"))
}

fn missing(what: &str, feature: &str) -> Error {
    Error::usage(format!("[serving] view: this program was built without {what}"))
        .with_hint(format!("cargo build --features {feature}, or leave view out"))
}

/// Returns the program's error for a view's: wrong use where it can't be begun.
pub(crate) fn explained(error: &SinkError) -> Error {
    let shown = |what: &str| datasets::shown(what).to_string();
    match error {
        SinkError::Refused { what, hint } => Error::usage(shown(what)).with_hint(hint.clone()),
        SinkError::Damaged(what) => Error::input(shown(what))
            .with_hint("somebody else has written to the view: drop it, and run again"),
        SinkError::Fenced | SinkError::Failed(_) => Error::System {
            action: "publish what is served to",
            path: "the view".into(),
            cause: std::io::Error::other(shown(&error.to_string())),
        },
    }
}

impl fmt::Display for ViewPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choice(text: &str, after: Option<&str>) -> Result<ViewChoice, Error> {
        let Ok(given) = text.parse();
        let chosen = ViewChoice::of(Some(&given), after, Architecture::Kappa)?;
        Ok(chosen.expect("one is named"))
    }

    #[test]
    fn an_address_is_a_server_and_a_table() {
        for (text, server, table) in [
            ("postgres://me@h:5/d/t", "postgres://me@h:5/d", "t"),
            ("postgresql://h/d/a%20b%2Fc?sslmode=disable", "postgresql://h/d?sslmode=disable", "a b/c"),
            ("postgres://me@%2Ftmp%2Fx/d/t?a=1&b=2", "postgres://me@%2Ftmp%2Fx/d?a=1&b=2", "t"),
        ] {
            let chosen = choice(text, None).expect(text);
            let found = chosen.table(Architecture::Kappa, "run".to_owned(), Vec::new());
            assert_eq!((found.server.url.as_str(), found.table.as_str(), found.keep), (server, table, true));
            assert_eq!(chosen.given.to_string(), text);
        }
        let both = ViewChoice { is_of_two: true, ..choice("postgres://h/d/t", Some("drop")).expect("one") };
        let found = both.table(Architecture::Lambda, String::new(), Vec::new());
        assert_eq!((found.table.as_str(), found.keep), ("t_lambda", false));
        for (path, of_kappa) in [("a/b.c.parquet", "a/b.c_kappa.parquet"), ("b", "b_kappa")] {
            assert_eq!(both.path(Path::new(path), Architecture::Kappa), Path::new(of_kappa));
        }
    }

    #[test]
    fn a_password_goes_to_the_server_and_is_shown_nowhere() {
        for text in ["postgres://me:s3cret@h/d/t", "postgres://me@h/d/t?password=s3cret&x=y"] {
            let chosen = choice(text, None).expect(text);
            let found = chosen.table(Architecture::Kappa, String::new(), Vec::new());
            assert_eq!(found.server.password.as_deref(), Some("s3cret"));
            let (section, _) = chosen.section();
            let written = serde_json::to_string(&section).expect("a text");
            assert!(!format!("{chosen:?}{section}{written}{}", found.server.url).contains("s3cret"));
            let again: ViewPlace = serde_json::from_str(&written).expect("a text");
            assert_eq!(again, section);
        }
    }

    #[test]
    fn what_names_no_view_is_refused() {
        let long = format!("postgres://h/d/{}", "x".repeat(52));
        for (text, why) in [
            ("mysql://me:s3cret@h/d/t", "unknown place"),
            ("host=h password=s3cret", "unknown place"),
            ("postgres://me:s3cret@h/d", "names no database and table"),
            ("postgres://me:s3cret@h/d/", "names no server, no database or no table"),
            ("postgres://h/d/t/u", "names no database and table"),
            ("parquet://", "names no file"),
            ("parquet://a/", "names no file"),
            (&long, "at most 51 bytes"),
        ] {
            let refused = choice(text, None).expect_err(text);
            assert!(refused.is_usage() && refused.to_string().contains(why), "{refused}");
            assert!(!refused.to_string().contains("s3cret"), "{refused}");
        }
        let refused = choice("postgres://h/d/t", Some("burn")).expect_err("unknown").to_string();
        assert!(refused.contains("unknown end 'burn'"), "{refused}");
        let refused = ViewChoice::of(None, Some("drop"), Architecture::Kappa).expect_err("no view");
        assert!(refused.to_string().contains("there is no view"), "{refused}");
    }

    #[test]
    fn a_path_stays_as_it_is() {
        for text in ["parquet://a:b@c/d?e.parquet", "parquet:///tmp/x", "parquet://x"] {
            assert_eq!(
                choice(text, None).expect(text).section(),
                (text.parse().expect("any"), "keep".to_owned())
            );
            assert_eq!(choice(text, None).expect(text).given.to_string(), text);
        }
    }
}
