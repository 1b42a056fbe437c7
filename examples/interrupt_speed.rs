//! Measures how soon `compare` ends after Ctrl-C, wherever in its work that comes.
//!
//! `cargo build --release && cargo run --release --example interrupt_speed -- [--rows N] [--moments N] [--files LEFT RIGHT KEY]`
//!
//! Writes tables of N rows (1,000,000): CSV and JSON lines, a changelog of envelopes, tables all of whose rows differ and are
//! listed on a page, and two values of 50 MB. Each is compared once undisturbed; then it is started again and again, and gets
//! SIGINT at moments (20) spread evenly over the time that it took. What is printed is the longest that an end took. `--files` adds two
//! files of one's own, of Parquet, say, if the program reads it.

use std::{
    error::Error,
    fs::{self, File},
    io::{BufWriter, Write},
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

type Fallible<T> = Result<T, Box<dyn Error>>;

/// The exit code of a program that Ctrl-C has ended.
const INTERRUPTED: i32 = 130;
const LONG_VALUE: usize = 50_000_000;

fn main() -> Fallible<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let place = |flag: &str| args.iter().position(|arg| arg == flag).map(|at| at + 1);
    let number = |flag: &str, default: u32| {
        place(flag).and_then(|at| args.get(at)).map_or(Ok(default), |text| text.parse())
    };
    let (rows, moments) = (number("--rows", 1_000_000)?, number("--moments", 20)?);
    let folder = tempfile::tempdir()?;
    write_tables(folder.path(), rows)?;
    println!("{rows} rows, {moments} moments; load average before: {}", load());
    let case = |name, line: &str| measure(name, folder.path(), line, moments);
    case("CSV", "left.csv right.csv --key id")?;
    case("JSON lines", "left.jsonl right.jsonl --key id")?;
    case("changelog", "left.changes left.csv --left-as debezium --key id")?;
    case("page of all", &format!("left.csv other.csv --key id --limit {rows} --html page.html"))?;
    case("values of 50 MB", "long1.csv long2.csv --key id --html page.html --markdown page.md")?;
    if let Some([left, right, key]) = place("--files").and_then(|at| args.get(at..at + 3)) {
        case("files", &format!("{left} {right} --key {key}"))?;
    }
    println!("load average after: {}", load());
    Ok(())
}

fn measure(name: &str, folder: &Path, line: &str, moments: u32) -> Fallible<()> {
    let start_it = || -> Fallible<Child> {
        for page in ["page.html", "page.md"] {
            drop(fs::remove_file(folder.join(page)));
        }
        start(folder, line)
    };
    let start = Instant::now();
    let code = start_it()?.wait()?.code();
    if !matches!(code, Some(0 | 3)) {
        return Err(format!("compare {line}: exit code {code:?}").into());
    }
    let (took, mut longest, mut reached) = (start.elapsed(), Duration::ZERO, 0);
    for moment in 1..=moments {
        let mut child = start_it()?;
        thread::sleep(took * moment / (moments + 1));
        let sent = Instant::now();
        Command::new("kill").args(["-INT", &child.id().to_string()]).stderr(Stdio::null()).status()?;
        if child.wait()?.code() == Some(INTERRUPTED) {
            reached += 1;
            longest = longest.max(sent.elapsed());
        }
    }
    println!(
        "{name:16} {:.2} s undisturbed; {reached} of {moments} interrupted, at most {:.3} s after the signal",
        took.as_secs_f64(),
        longest.as_secs_f64()
    );
    Ok(())
}

fn start(folder: &Path, line: &str) -> Fallible<Child> {
    let here = std::env::current_exe()?;
    let program = here.parent().and_then(Path::parent).map(|folder| folder.join("counterpoint"));
    let program =
        program.filter(|path| path.exists()).ok_or("build the program first: cargo build --release")?;
    let mut command = Command::new(program);
    command.current_dir(folder).arg("compare").args(line.split(' '));
    Ok(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?)
}

fn write_tables(folder: &Path, rows: u32) -> Fallible<()> {
    // A number without a common divisor with any count of rows puts them in another order.
    let other = |at: u32| (u64::from(at) * 1_000_000_007 % u64::from(rows)) as u32;
    let csv = |name: &str, order: &dyn Fn(u32) -> u32, more: u32| {
        lines(&folder.join(name), "id,name,n", (0..rows).map(order), |id| {
            format!("{id},customer {id},{}", id % 1000 + more)
        })
    };
    csv("left.csv", &|at| at, 0)?;
    csv("right.csv", &other, 0)?;
    csv("other.csv", &other, 1)?;
    let json = |id| format!(r#"{{"id":{id},"name":"customer {id}","n":{}}}"#, id % 1000);
    lines(&folder.join("left.jsonl"), "", 0..rows, json)?;
    lines(&folder.join("right.jsonl"), "", (0..rows).map(other), json)?;
    lines(&folder.join("left.changes"), "", 0..rows, |id| {
        format!(r#"{{"before":null,"after":{},"op":"c"}}"#, json(id))
    })?;
    for end in [1, 2] {
        fs::write(
            folder.join(format!("long{end}.csv")),
            format!("id,v\n1,{}{end}\n", "x".repeat(LONG_VALUE)),
        )?;
    }
    Ok(())
}

fn lines(
    path: &Path,
    header: &str,
    ids: impl Iterator<Item = u32>,
    line: impl Fn(u32) -> String,
) -> Fallible<()> {
    let mut out = BufWriter::new(File::create(path)?);
    if !header.is_empty() {
        writeln!(out, "{header}")?;
    }
    for id in ids {
        writeln!(out, "{}", line(id))?;
    }
    Ok(out.flush()?)
}

fn load() -> String {
    fs::read_to_string("/proc/loadavg").unwrap_or_else(|_| "unknown".into()).trim_end().to_owned()
}
