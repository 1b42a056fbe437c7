//! The flags of `compare`.

use std::path::PathBuf;

use clap::Args;
use platform::whole::whole;

/// So many rows of each kind are listed, unless told otherwise.
pub(crate) const COMPARE_LIMIT: usize = 20;

#[derive(Debug, Args)]
pub(crate) struct CompareArgs {
    /// The table to start from
    pub(crate) left: PathBuf,
    /// The table to compare with it
    pub(crate) right: PathBuf,
    /// The columns that name a row, separated by commas [default: record, if both have it]
    #[arg(long, value_delimiter = ',')]
    pub(crate) key: Vec<String>,
    /// A second run of the program that wrote LEFT: only differences beyond those between the two count
    #[arg(long, value_name = "AGAIN")]
    pub(crate) noise: Option<PathBuf>,
    /// A column whose name differs; LEFT is what the left table calls it
    #[arg(long, value_name = "LEFT=RIGHT")]
    pub(crate) rename: Vec<String>,
    /// How far numbers may lie apart: 0.005, 1% (of the left), 1%right, 1%larger or 4ulps; of one column or of all
    #[arg(long, value_name = "[COLUMN=]AMOUNT")]
    pub(crate) tolerance: Vec<String>,
    /// Columns that aren't compared
    #[arg(long, value_name = "COLUMN", value_delimiter = ',')]
    pub(crate) ignore: Vec<String>,
    /// Columns in which capitals don't count; all, if none is named
    #[arg(long, value_name = "COLUMN", value_delimiter = ',', num_args = 0..=1, require_equals = true, default_missing_value = "")]
    pub(crate) ignore_case: Vec<String>,
    /// Columns in which blanks around texts don't count, nor how many stand within; all, if none is named
    #[arg(long, value_name = "COLUMN", value_delimiter = ',', num_args = 0..=1, require_equals = true, default_missing_value = "")]
    pub(crate) ignore_spaces: Vec<String>,
    /// Columns whose values must be written alike, so that 1.50 isn't 1.5; all, if none is named
    #[arg(long, value_name = "COLUMN", value_delimiter = ',', num_args = 0..=1, require_equals = true, default_missing_value = "")]
    pub(crate) written: Vec<String>,
    /// What LEFT is: table, or the changes of one: debezium, flink, upsert or op:COLUMN
    #[arg(long, value_name = "FORM", default_value = "table")]
    pub(crate) left_as: String,
    /// What RIGHT is, as above
    #[arg(long, value_name = "FORM", default_value = "table")]
    pub(crate) right_as: String,
    /// Who wrote the text of both tables: spark, flink, postgres, duckdb, polars, pandas or pyarrow (docs/interchange.md)
    #[arg(long, value_name = "WRITER", conflicts_with_all = ["left_written_by", "right_written_by"])]
    pub(crate) written_by: Option<String>,
    /// Who wrote LEFT
    #[arg(long, value_name = "WRITER")]
    pub(crate) left_written_by: Option<String>,
    /// Who wrote RIGHT
    #[arg(long, value_name = "WRITER")]
    pub(crate) right_written_by: Option<String>,
    /// The table whose changes are read, of those that a file has; several become one
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub(crate) table: Vec<String>,
    /// The type of a column, where the file can't say it, such as amount=decimal:2 or placed=timestamp:us
    #[arg(long = "type", value_name = "COLUMN=TYPE")]
    pub(crate) types: Vec<String>,
    /// The names of the columns of changes that have none, and of Flink's CSV
    #[arg(long, value_name = "COLUMN", value_delimiter = ',')]
    pub(crate) columns: Vec<String>,
    /// The names of LEFT's columns: of CSV that begins with rows, and of changes without names
    #[arg(long, value_name = "COLUMN", value_delimiter = ',', conflicts_with = "columns")]
    pub(crate) left_columns: Vec<String>,
    /// The names of RIGHT's columns
    #[arg(long, value_name = "COLUMN", value_delimiter = ',', conflicts_with = "columns")]
    pub(crate) right_columns: Vec<String>,
    /// How CSV spells a missing value, outside of quotes [default: as its writer does; without one, it has none]
    #[arg(long, value_name = "TEXT")]
    pub(crate) null: Option<String>,
    /// What cells that can't be known count as
    #[arg(long, value_enum, default_value_t = UnknownCells::Ignore)]
    pub(crate) unknown: UnknownCells,
    /// The most changes a row that RIGHT may have made, or by how much more than LEFT's: 1.5, 10%
    #[arg(long, value_name = "CHANGES")]
    pub(crate) max_churn: Option<String>,
    /// The most rows of RIGHT that may have come and gone: so many, or a share of all: 0, 1%
    #[arg(long, value_name = "ROWS")]
    pub(crate) max_transient: Option<String>,
    /// How many rows of each kind are listed
    #[arg(long, default_value_t = COMPARE_LIMIT, value_parser = whole::<usize>, allow_negative_numbers = true)]
    pub(crate) limit: usize,
    /// Also write an HTML page into this file, which must not be there yet
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
    /// Also write Markdown, short enough for a comment, into this file, which must not be there yet
    #[arg(long, value_name = "FILE")]
    pub(crate) markdown: Option<PathBuf>,
    /// Exit with 0 though the tables differ
    #[arg(long)]
    pub(crate) exit_zero: bool,
}

/// Says what becomes of cells that can't be known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum UnknownCells {
    /// They are counted, and are neither equal nor different
    Ignore,
    /// They are different
    Fail,
}
