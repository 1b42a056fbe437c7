//! Who wrote a table: what engines and libraries do to values on their way into CSV and JSON lines.

use crate::shown::quoted;

/// Names who wrote a table of text, where that says what its text means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Writer {
    /// Spark's CSV and JSON.
    Spark,
    /// Flink's formats `csv` and `json`.
    Flink,
    /// PostgreSQL's `COPY … (FORMAT csv)`.
    Postgres,
    /// The `COPY` of `DuckDB`.
    DuckDb,
    /// Polars' `write_csv` and `write_ndjson`.
    Polars,
    /// The `to_csv` and `to_json` of pandas.
    Pandas,
    /// The CSV of Arrow's library for Python and C++.
    PyArrow,
}

/// Holds what a writer does to values.
#[derive(Debug, Clone, Copy)]
pub(super) struct Habits {
    /// Says what an empty field of CSV means that isn't in quotes.
    pub(super) empty: Empty,
    /// The sign that stands in CSV before quotes within quotes; none where they are written twice.
    pub(super) escape: Option<u8>,
    /// Says whether CSV begins with the names of its columns, or can be told to.
    pub(super) has_header: bool,
    /// Says whether JSON lacks the fields that are null.
    pub(super) leaves_nulls_out: bool,
    /// Where times are cut to milliseconds.
    pub(super) cuts_times: Cuts,
    /// Says whether JSON has `null` for NaN and the infinities.
    pub(super) nulls_for_nan: bool,
}

/// Says what an empty field means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Empty {
    Null,
    /// It may be either, and nobody can tell.
    NullOrText,
}

/// Says in which formats something is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cuts {
    Never,
    OfJson,
    Always,
}

const PLAIN: Habits = Habits {
    empty: Empty::Null,
    escape: None,
    has_header: true,
    leaves_nulls_out: false,
    cuts_times: Cuts::Never,
    nulls_for_nan: false,
};

impl Writer {
    /// Holds all there are.
    pub const ALL: [Self; 7] =
        [Self::Spark, Self::Flink, Self::Postgres, Self::DuckDb, Self::Polars, Self::Pandas, Self::PyArrow];

    /// Returns the writer of this name; the error says which there are.
    ///
    /// ```
    /// use datasets::Writer;
    ///
    /// assert_eq!(Writer::parse("spark"), Ok(Writer::Spark));
    /// assert!(Writer::parse("sparc").unwrap_err().contains("did you mean `spark`"));
    /// ```
    pub fn parse(name: &str) -> Result<Self, String> {
        if let Some(writer) = Self::ALL.into_iter().find(|writer| writer.name() == name) {
            return Ok(writer);
        }
        let names = Self::ALL.map(Self::name);
        let hint =
            crate::nearest::did_you_mean(name, names).map_or(String::new(), |hint| format!("; {hint}"));
        let shown = quoted(name.as_bytes());
        Err(format!("unknown writer {shown}, expected one of: {}{hint}", names.join(", ")))
    }

    /// Returns the name by which it is asked for.
    pub fn name(self) -> &'static str {
        match self {
            Self::Spark => "spark",
            Self::Flink => "flink",
            Self::Postgres => "postgres",
            Self::DuckDb => "duckdb",
            Self::Polars => "polars",
            Self::Pandas => "pandas",
            Self::PyArrow => "pyarrow",
        }
    }

    /// Returns what messages call it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Spark => "Spark",
            Self::Flink => "Flink",
            Self::Postgres => "PostgreSQL",
            Self::DuckDb => "DuckDB",
            Self::Polars => "Polars",
            Self::Pandas => "pandas",
            Self::PyArrow => "PyArrow",
        }
    }

    /// Returns whether its JSON lacks the fields that are null, and so columns that hold nothing else.
    pub fn leaves_nulls_out(self) -> bool {
        self.habits().leaves_nulls_out
    }

    /// Returns whether its CSV begins with the names of its columns, or can be told to.
    pub fn has_header(self) -> bool {
        self.habits().has_header
    }

    pub(super) fn habits(self) -> Habits {
        match self {
            Self::Spark => {
                Habits { escape: Some(b'\\'), leaves_nulls_out: true, cuts_times: Cuts::Always, ..PLAIN }
            }
            Self::Flink => Habits { empty: Empty::NullOrText, has_header: false, ..PLAIN },
            Self::Postgres | Self::DuckDb | Self::PyArrow => PLAIN,
            Self::Polars => Habits { nulls_for_nan: true, ..PLAIN },
            Self::Pandas => {
                Habits { empty: Empty::NullOrText, cuts_times: Cuts::OfJson, nulls_for_nan: true, ..PLAIN }
            }
        }
    }
}
