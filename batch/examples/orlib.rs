//! Measures the reference on a folder of benchmark files: `cargo run --release -p batch --example orlib -- DIR`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use batch::bin_packing::{Effort, reference};
use datasets::{Item, Reference};

const USAGE: &str = "usage: orlib DIR\n\
    DIR holds files of the OR-Library (count, then name, 'capacity items best-known' and sizes) or of the\n\
    BPPLIB (count, capacity, sizes), also in folders below it";

/// One problem: its name in the output, the class it is counted in, and its numbers.
struct Instance {
    name: String,
    class: String,
    capacity: u64,
    items: Vec<Item>,
}

#[derive(Default)]
struct Summary {
    instances: u32,
    exact: u32,
    narrow: u32,
    worst: Duration,
    total: Duration,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder] = arguments.as_slice() else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    match measure(Path::new(folder)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::from(4)
        }
    }
}

fn measure(folder: &Path) -> Result<(), String> {
    let mut files = Vec::new();
    collect(folder, &mut files)?;
    files.sort();
    if files.is_empty() {
        return Err(format!("{}: no file ends in .txt or .bpp", folder.display()));
    }
    let mut classes: BTreeMap<String, Summary> = BTreeMap::new();
    for file in &files {
        for instance in read(file)? {
            let start = Instant::now();
            let found = reference(&instance.items, instance.capacity, Effort::default());
            let took = start.elapsed();
            print_line(&instance, &found, took);
            classes.entry(instance.class).or_default().add(&found, took);
        }
    }
    println!(
        "\n{:<16} {:>5} {:>8} {:>8} {:>10} {:>10}",
        "class", "count", "exact", "width<=1", "worst", "mean"
    );
    for (class, summary) in &classes {
        summary.print(class);
    }
    Ok(())
}

impl Summary {
    fn add(&mut self, found: &Reference, took: Duration) {
        self.instances += 1;
        self.exact += u32::from(found.is_exact());
        self.narrow += u32::from(found.upper.value - found.lower.value <= 1);
        self.worst = self.worst.max(took);
        self.total += took;
    }

    fn print(&self, class: &str) {
        let share = |part: u32| format!("{:.1}%", 100.0 * f64::from(part) / f64::from(self.instances));
        println!(
            "{class:<16} {:>5} {:>8} {:>8} {:>10} {:>10}",
            self.instances,
            share(self.exact),
            share(self.narrow),
            format!("{:.1?}", self.worst),
            format!("{:.1?}", self.total / self.instances),
        );
    }
}

fn print_line(instance: &Instance, found: &Reference, took: Duration) {
    println!(
        "{:<24} {:>5}..={:<5} width {} {:>10} {} / {}",
        instance.name,
        found.lower.value,
        found.upper.value,
        found.upper.value - found.lower.value,
        format!("{took:.1?}"),
        found.lower.by,
        found.upper.by,
    );
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), String> {
    let at = |error: std::io::Error| format!("{}: {error}", folder.display());
    for entry in std::fs::read_dir(folder).map_err(at)? {
        let path = entry.map_err(at)?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|end| end == "txt" || end == "bpp") {
            files.push(path);
        }
    }
    Ok(())
}

fn read(file: &Path) -> Result<Vec<Instance>, String> {
    let name = file.display();
    let text = std::fs::read_to_string(file).map_err(|error| format!("{name}: {error}"))?;
    let mut lines = text.lines().enumerate().map(|(at, line)| (at + 1, line.trim())).peekable();
    let count = whole(&mut lines).map_err(|error| format!("{name}{error}"))?;
    // In an OR-Library file a name follows the count, in a BPPLIB file the capacity.
    let is_library = lines.peek().is_some_and(|(_, line)| line.parse::<f64>().is_err());
    let stem = file.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
    let folder = file.parent().and_then(Path::file_name);
    let folder = folder.map_or_else(String::new, |folder| folder.to_string_lossy().into_owned());
    let read = if is_library {
        (0..count).map(|_| library_instance(&mut lines)).collect()
    } else {
        plain_instance(&mut lines, count, stem, folder).map(|instance| vec![instance])
    };
    read.map_err(|error| format!("{name}{error}"))
}

type Lines<'a> = dyn Iterator<Item = (usize, &'a str)> + 'a;

fn library_instance(lines: &mut Lines<'_>) -> Result<Instance, String> {
    let (_, name) = next(lines)?;
    let (at, header) = next(lines)?;
    let mut fields = header.split_whitespace();
    let capacity = tenths(at, fields.next().unwrap_or(""))?;
    let count: usize = parse(at, fields.next().unwrap_or(""))?;
    let items = sizes(lines, count)?;
    let class = name.split('_').next().unwrap_or(name).to_owned();
    Ok(Instance { name: name.to_owned(), class, capacity, items })
}

fn plain_instance(
    lines: &mut Lines<'_>,
    count: usize,
    name: String,
    class: String,
) -> Result<Instance, String> {
    let (at, capacity) = next(lines)?;
    Ok(Instance { name, class, capacity: tenths(at, capacity)?, items: sizes(lines, count)? })
}

fn sizes(lines: &mut Lines<'_>, count: usize) -> Result<Vec<Item>, String> {
    (0..count)
        .map(|_| {
            let (at, size) = next(lines)?;
            Ok(Item { size: tenths(at, size)? })
        })
        .collect()
}

fn next<'a>(mut lines: &mut Lines<'a>) -> Result<(usize, &'a str), String> {
    Iterator::find(&mut lines, |(_, line)| !line.is_empty()).ok_or_else(|| ": ends too early".to_owned())
}

fn whole(lines: &mut Lines<'_>) -> Result<usize, String> {
    let (at, line) = next(lines)?;
    parse(at, line)
}

fn parse(at: usize, text: &str) -> Result<usize, String> {
    text.parse().map_err(|_| format!(" line {at}: '{text}' is not a whole number"))
}

/// A number with at most one decimal, in tenths: the triplets have one, and a factor common to all numbers
/// changes nothing.
fn tenths(at: usize, text: &str) -> Result<u64, String> {
    let (whole, tenth) = text.split_once('.').unwrap_or((text, "0"));
    let digits = if tenth.len() == 1 { format!("{whole}{tenth}") } else { String::new() };
    digits.parse().map_err(|_| format!(" line {at}: '{text}' is not a number with at most one decimal"))
}
