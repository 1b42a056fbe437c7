//! Makes the atlas of engines: each is asked each question of `datasets/data/atlas`, and docs/atlas.json, docs/atlas.md,
//! docs/atlas/ENGINE.md and docs/atlas.html say what came of it.
//!
//! `cargo build --release && cargo run --release --example atlas -- [--engine NAME] [--question NAME] [--runs N] [--render]`
//!
//! Engines are fetched by `examples/engines/fetch.sh`. One that isn't there changes no cell. `--engine` and `--question` may come more
//! than once and leave all other cells as they are; `--render` asks nobody, and writes the pages anew. It prints the cells that changed, and
//! those that still need words in `examples/engines/rules.toml`; then it ends with 1.

mod cells;
mod engines;
mod html;
mod markdown;
mod ours;
mod question;
mod rules;

use std::{
    collections::BTreeMap,
    error::Error,
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use cells::{Atlas, Cell};
use engines::{Engine, Place, Said};
use question::Question;
use rules::Rules;

type Fallible<T> = Result<T, Box<dyn Error>>;

/// Holds what was asked for on the command line.
struct Wanted {
    engines: Vec<String>,
    questions: Vec<String>,
    runs: usize,
    only_render: bool,
}

impl Wanted {
    fn read(arguments: impl Iterator<Item = String>) -> Fallible<Self> {
        let mut wanted = Self { engines: Vec::new(), questions: Vec::new(), runs: 3, only_render: false };
        let mut arguments = arguments;
        while let Some(flag) = arguments.next() {
            if flag == "--render" {
                wanted.only_render = true;
                continue;
            }
            let value = arguments.next().ok_or_else(|| format!("{flag} needs a value"))?;
            match flag.as_str() {
                "--engine" => wanted.engines.push(value),
                "--question" => wanted.questions.push(value),
                "--runs" => wanted.runs = value.parse::<usize>()?.max(1),
                _ => {
                    return Err(
                        format!("unknown: {flag}; known are --engine, --question, --runs, --render").into()
                    );
                }
            }
        }
        Ok(wanted)
    }

    /// Refuses names that nobody has.
    fn check(&self, engines: &[Engine], questions: &[Question]) -> Fallible<()> {
        let engines: Vec<&str> = engines.iter().map(|engine| engine.name.as_str()).collect();
        let questions: Vec<&str> = questions.iter().map(|question| question.name.as_str()).collect();
        for (asked, known) in [(&self.engines, engines), (&self.questions, questions)] {
            if let Some(name) = asked.iter().find(|name| !known.contains(&name.as_str())) {
                return Err(format!("nothing is called {name}; there are {}", known.join(", ")).into());
            }
        }
        Ok(())
    }
}

fn main() -> ExitCode {
    match make() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Returns whether each cell that differs has its words.
fn make() -> Fallible<bool> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let wanted = Wanted::read(std::env::args().skip(1))?;
    let (engines, questions) = (engines::all(root)?, Question::all(&root.join("datasets/data/atlas"))?);
    wanted.check(&engines, &questions)?;
    let place = Place::of(root)?;
    let json = root.join("docs/atlas.json");
    let is_wanted = |names: &[String], name: &String| names.is_empty() || names.contains(name);
    let asked: Vec<&Question> =
        questions.iter().filter(|question| is_wanted(&wanted.questions, &question.name)).collect();
    for engine in engines.iter().filter(|engine| is_wanted(&wanted.engines, &engine.name)) {
        if wanted.only_render {
            continue;
        }
        let fresh = cells_of(&place, engine, &asked, wanted.runs)?;
        // Read only now: some engines take minutes, and another of these may have written others' cells meanwhile.
        let mut atlas = Atlas::read(&json)?;
        for line in atlas.put(engine, fresh) {
            println!("{line}");
        }
        fs::write(&json, atlas.to_json()?)?;
    }
    let (mut atlas, rules) = (Atlas::read(&json)?, Rules::read(root)?);
    let without = rules.give(&mut atlas);
    for (engine, question) in rules.stale(&atlas) {
        println!("stale words: {engine} has other rows for {question} now");
    }
    for (engine, question) in &without {
        let rows = atlas.engines.get(engine).and_then(|known| known.cells.get(question));
        println!("no words yet: {engine}, {question}: {:?}", rows.map(|cell| &cell.rows));
    }
    write(root, &atlas, &engines, &questions)?;
    Ok(without.is_empty())
}

/// Asks an engine as many times as there are runs, every other time from the last question to the first. No cells if the engine isn't there.
fn cells_of(
    place: &Place,
    engine: &Engine,
    asked: &[&Question],
    runs: usize,
) -> Fallible<Option<BTreeMap<String, Cell>>> {
    if !place.has(engine) {
        println!("{}: not installed, examples/engines/fetch.sh {} fetches it", engine.name, engine.name);
        return Ok(None);
    }
    let mut cells: BTreeMap<String, Cell> = BTreeMap::new();
    for run in 0..runs {
        let mut order = asked.to_vec();
        if run % 2 == 1 {
            order.reverse();
        }
        let said = if engine.command.is_empty() {
            own(place, engine, &order)?
        } else {
            place.ask(engine, &order)?
        };
        for question in asked {
            let cell = Cell::of(question, said.get(&question.name).unwrap_or(&Said::default()));
            let first = cells.entry(question.name.clone()).or_insert_with(|| cell.clone());
            first.varying |= !first.is_as(&cell);
        }
    }
    Ok(Some(cells))
}

fn own(place: &Place, engine: &Engine, asked: &[&Question]) -> Fallible<BTreeMap<String, Said>> {
    let program = program(&place.root)?;
    let ask =
        |question: &&Question| Ok((question.name.clone(), ours::ask(&program, &engine.name, question)?));
    asked.iter().map(ask).collect()
}

/// Returns the program, which stands beside the folder of this example.
fn program(root: &Path) -> Fallible<PathBuf> {
    let beside =
        std::env::current_exe()?.parent().and_then(Path::parent).map(|folder| folder.join("counterpoint"));
    let missing = || format!("build the program first: cargo build --release, in {}", root.display());
    Ok(beside.filter(|path| path.exists()).ok_or_else(missing)?)
}

fn write(root: &Path, atlas: &Atlas, engines: &[Engine], questions: &[Question]) -> Fallible<()> {
    let docs = root.join("docs");
    fs::create_dir_all(docs.join("atlas"))?;
    fs::write(docs.join("atlas.json"), atlas.to_json()?)?;
    fs::write(docs.join("atlas.md"), markdown::matrix(atlas, engines, questions))?;
    fs::write(docs.join("atlas.html"), html::page(atlas, engines, questions))?;
    for engine in engines {
        fs::write(
            docs.join("atlas").join(format!("{}.md", engine.name)),
            markdown::engine(atlas, engine, questions),
        )?;
    }
    Ok(())
}
