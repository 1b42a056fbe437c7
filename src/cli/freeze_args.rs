//! The flags of `freeze`.

use std::path::PathBuf;

use clap::Args;
use platform::whole::whole;

/// Shows the help that stands below the flags.
pub(super) const EXAMPLES: &str = "Examples:\n  counterpoint freeze clicks.csv --to data/clicks\n  \
    counterpoint freeze clicks.csv.gz --key user --event-time at --time-zone Europe/Berlin --to data/clicks\n  \
    zstd -dc big.jsonl.zst | counterpoint freeze - --format jsonl --key user --sample-by-key 1% --to data/some\n  \
    counterpoint freeze items.csv --problem bin-packing --set capacity=150 --to data/items\n  \
    counterpoint freeze binpack1.txt --format orlib --instance u120_00 --to data/u120_00\n  \
    counterpoint freeze quakes.csv --problem windowed-aggregation --set window=tumbling:3600000 \\\n    \
    --column event_time_ms=time --column arrival_ms=updated --column key=net --column value=mag \\\n    \
    --sort-by-arrival --bad-rows reject --to data/quakes";

#[derive(Debug, Clone, Args)]
pub(crate) struct FreezeArgs {
    /// The file to freeze, or a folder of parts that are one table; - is standard input
    pub(crate) file: PathBuf,
    /// The new dataset's folder; if the file holds several instances, each gets a folder inside it
    #[arg(long, value_name = "DIR")]
    pub(crate) to: PathBuf,
    /// The problem that the dataset is for [default: none for csv, tsv and jsonl, whose columns are then described in the
    /// manifest; bin-packing for orlib and bpplib, caching for traces of requests, windowed-aggregation for access logs]
    #[arg(long)]
    pub(crate) problem: Option<String>,
    /// The file's format: csv, tsv, jsonl, orlib, bpplib, access-log, key-lines, lis, oracle-general [default: recognised by
    /// name and content]
    #[arg(long)]
    pub(crate) format: Option<String>,
    /// A parameter of the problem, such as capacity=150
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) set: Vec<String>,
    /// The dataset's name [default: that of the file or the instance]
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// The one instance to take from a file with several
    #[arg(long)]
    pub(crate) instance: Option<String>,
    /// Read a column of the records from a column of the file with another name, such as size=weight
    #[arg(long, value_name = "COLUMN=NAME")]
    pub(crate) column: Vec<String>,
    /// Give all records of a problem this value in a column that the file doesn't have, such as key=all
    #[arg(long, value_name = "COLUMN=VALUE")]
    pub(crate) constant: Vec<String>,
    /// How to treat rows that can't be read: fail, or reject (move them to rejected.csv) [default: fail]
    #[arg(long, value_name = "WHAT")]
    pub(crate) bad_rows: Option<String>,
    /// Put the rows in the order of their arrival times
    #[arg(long)]
    pub(crate) sort_by_arrival: bool,
    #[command(flatten, next_help_heading = "How the file is written")]
    pub(crate) written: WrittenArgs,
    #[command(flatten, next_help_heading = "Columns of a dataset without a problem")]
    pub(crate) roles: RoleArgs,
    #[command(flatten, next_help_heading = "Fewer records, hidden values")]
    pub(crate) less: LessArgs,
    #[command(flatten, next_help_heading = "From Kafka's topics")]
    pub(crate) kafka: KafkaArgs,
}

/// Says which slice of topics is taken.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct KafkaArgs {
    /// Freeze what is in topics now, of which FILE has the names with commas between; needs a build with Kafka
    #[arg(long, value_name = "BROKERS")]
    pub(crate) from_kafka: Option<String>,
    /// The first time of a message that is taken, such as 2026-11-28T10:00:00Z or milliseconds [default: all]
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub(crate) since: Option<String>,
    /// The first time that isn't taken any more [default: all that there is now]
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub(crate) until: Option<String>,
    /// Offsets of a partition instead of times, such as 0=100..200, 1=50.. or clicks:2=..900; only the partitions named are taken
    #[arg(long, value_name = "PARTITION=RANGE", conflicts_with_all = ["since", "until"])]
    pub(crate) offsets: Vec<String>,
    /// How values are written: json, avro, protobuf [default: json]
    #[arg(long, value_name = "FORMAT")]
    pub(crate) value_format: Option<String>,
    /// The file with their schema: .avsc, .proto
    #[arg(long, value_name = "FILE")]
    pub(crate) value_schema: Option<PathBuf>,
    /// The message of that schema, of Protobuf
    #[arg(long, value_name = "NAME")]
    pub(crate) value_message: Option<String>,
    /// The address of a schema registry: HTTP, a host and a port
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) value_registry: Option<String>,
    /// Values have a registry's frame before them, and their schema is a file's
    #[arg(long)]
    pub(crate) value_framed: bool,
    /// Have partitions run behind each other, by up to this much, when they are merged [default: 0]
    #[arg(long, value_name = "LENGTH")]
    pub(crate) skew: Option<String>,
    /// Seeds by how much each does [default: 1]
    #[arg(long, value_name = "NUMBER", value_parser = whole::<u64>, allow_negative_numbers = true)]
    pub(crate) skew_seed: Option<u64>,
    /// A setting of the client library, such as linger.ms=5
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) kafka_property: Vec<String>,
    /// Holds what was read of each partition, once it is a file.
    #[arg(skip)]
    pub(crate) slice: Option<datasets::TopicSlice>,
}

/// Says how a file is written.
#[derive(Debug, Clone, Args)]
pub(crate) struct WrittenArgs {
    /// What separates fields: one character, or tab [default: a comma; tab for tsv]
    #[arg(long, value_name = "CHARACTER")]
    pub(crate) delimiter: Option<String>,
    /// What stands around fields that hold separators: one character, or none [default: "]
    #[arg(long, value_name = "CHARACTER")]
    pub(crate) quote: Option<String>,
    /// The text's encoding, such as windows-1252 or utf-16le [default: utf-8]
    #[arg(long, value_name = "NAME")]
    pub(crate) encoding: Option<String>,
    /// Leave out blanks around names and values
    #[arg(long)]
    pub(crate) trim: bool,
    /// The decimal separator of numbers, a point or a comma [default: a point]
    #[arg(long, value_name = "CHARACTER")]
    pub(crate) decimal: Option<String>,
    /// The separator of thousands: a point, a comma, an apostrophe, an underscore or a blank [default: none]
    #[arg(long, value_name = "CHARACTER")]
    pub(crate) thousands: Option<String>,
    /// The form of dates that could be read in two ways: Y-M-D, Y/M/D, M/D/Y, D/M/Y, M-D-Y, D-M-Y, D.M.Y
    #[arg(long, value_name = "FORM")]
    pub(crate) date_form: Option<String>,
    /// The unit of numbers in time columns, counted since 1970: ms, s, us, ns [default: ms]
    #[arg(long, value_name = "UNIT")]
    pub(crate) time_unit: Option<String>,
    /// The time zone of times without an offset, such as Europe/Berlin
    #[arg(long, value_name = "ZONE")]
    pub(crate) time_zone: Option<String>,
    /// Which of two times is meant that a clock shows twice: first, or by-order (the second, where the first would lie before
    /// the row before) [default: first]
    #[arg(long, value_name = "WHICH")]
    pub(crate) fold: Option<String>,
    /// Round the numbers of a CSV file to this power of ten, such as 0.001, halves away from zero, and count those that change
    /// [default: keep all exactly, in the unit of the number with most decimals]
    #[arg(long, value_name = "UNIT")]
    pub(crate) unit: Option<String>,
    /// How many times a compressed file may grow, once it is above 64 MiB [default: 200]
    #[arg(long, value_name = "TIMES", value_parser = whole::<u64>, allow_negative_numbers = true)]
    pub(crate) max_ratio: Option<u64>,
}

/// Says what columns are to a record.
#[derive(Debug, Clone, Args)]
pub(crate) struct RoleArgs {
    /// The column that says when something happened, or DATE+TIME where that stands in two
    #[arg(long, value_name = "COLUMN")]
    pub(crate) event_time: Option<String>,
    /// The column that says when a record arrived; it becomes `arrival_ms`
    #[arg(long, value_name = "COLUMN")]
    pub(crate) arrival: Option<String>,
    /// A column that a record belongs to
    #[arg(long, value_name = "COLUMN")]
    pub(crate) key: Vec<String>,
    /// A column of what is measured
    #[arg(long, value_name = "COLUMN")]
    pub(crate) value: Vec<String>,
}

/// Says what is left out.
#[derive(Debug, Clone, Args)]
pub(crate) struct LessArgs {
    /// Keep all records of this share of the keys, such as 1%
    #[arg(long, value_name = "SHARE")]
    pub(crate) sample_by_key: Option<String>,
    /// The seed that decides which keys are kept [default: 42]
    #[arg(long, value_name = "SEED", value_parser = whole::<u64>, allow_negative_numbers = true)]
    pub(crate) sample_seed: Option<u64>,
    /// Replace the values of a column by keyed hashes
    #[arg(long, value_name = "COLUMN")]
    pub(crate) mask: Vec<String>,
    /// A file whose content makes the key, so that two datasets hidden with it can be joined [default: a random key, which is
    /// kept nowhere]
    #[arg(long, value_name = "FILE")]
    pub(crate) mask_key_file: Option<PathBuf>,
}
