//! Prints the fields of a Parquet file as they are written, a row a line, with `--count` only their number and bytes.

use std::error::Error;
use std::io::{BufWriter, Write as _};
use std::path::Path;

use datasets::{Row, RowsForm};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some(path) = arguments.iter().find(|argument| !argument.starts_with("--")) else {
        return Err("name a file or a folder".into());
    };
    let is_count = arguments.iter().any(|argument| argument == "--count");
    datasets::provide_parquet(parquet_rows::open);
    let mut rows = datasets::open_rows(Path::new(path), &RowsForm::default(), &|| true)?;
    let mut out = BufWriter::new(std::io::stdout().lock());
    if !is_count {
        writeln!(out, "{}\t{}", rows.columns().join("\t"), rows.types().join("\t"))?;
    }
    let mut row = Row::default();
    let (mut count, mut bytes) = (0_u64, 0_u64);
    while rows.next(&mut row)? {
        count += 1;
        bytes += row.fields().map(|field| field.text.len() as u64).sum::<u64>();
        if !is_count {
            for field in row.fields() {
                write!(out, "{:?} {:?}\t", field.kind, field.text)?;
            }
            writeln!(out)?;
        }
    }
    writeln!(out, "rows {count}, bytes {bytes}")?;
    for note in rows.notes() {
        writeln!(out, "note: {note}")?;
    }
    Ok(())
}
