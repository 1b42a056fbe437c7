//! The atlas of engines: its pages are what docs/atlas.json renders to, its batch answers are right, our own cells are what our jobs
//! say, and an engine that is missing, dies or hangs costs nobody else a cell.
#![cfg(unix)]

#[path = "../../examples/atlas/cells.rs"]
mod cells;
#[path = "../../examples/atlas/engines.rs"]
mod engines;
#[path = "../../examples/atlas/html.rs"]
mod html;
#[path = "../../examples/atlas/markdown.rs"]
mod markdown;
mod oracle;
#[path = "../../examples/atlas/ours.rs"]
mod ours;
#[path = "../../examples/atlas/question.rs"]
mod question;
#[path = "../../examples/atlas/rules.rs"]
mod rules;
mod unruly;

use std::{collections::BTreeSet, error::Error, fs, path::Path};

use batch::windowed_aggregation::{Window, reference};
use cells::{Atlas, Cell, Class};
use datasets::{Event, Keys};
use engines::Engine;
use question::Question;
use rules::Rules;

type Fallible<T> = Result<T, Box<dyn Error>>;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn questions() -> Vec<Question> {
    Question::all(&root().join("datasets/data/atlas")).expect("questions")
}

fn engines() -> Vec<Engine> {
    engines::all(root()).expect("engines")
}

fn atlas() -> Atlas {
    Atlas::read(&root().join("docs/atlas.json")).expect("an atlas")
}

fn page(name: &str) -> String {
    fs::read_to_string(root().join("docs").join(name)).expect("a page")
}

#[test]
fn the_pages_are_what_the_json_renders_to() {
    let (atlas, engines, questions) = (atlas(), engines(), questions());
    let anew = "cargo run --example atlas -- --render";
    assert_eq!(atlas.to_json().expect("JSON"), page("atlas.json"), "{anew}");
    assert_eq!(markdown::matrix(&atlas, &engines, &questions), page("atlas.md"), "{anew}");
    assert_eq!(html::page(&atlas, &engines, &questions), page("atlas.html"), "{anew}");
    for engine in &engines {
        let shown = page(&format!("atlas/{}.md", engine.name));
        assert_eq!(markdown::engine(&atlas, engine, &questions), shown, "{anew}");
    }
    let pages = fs::read_dir(root().join("docs/atlas")).expect("a folder").count();
    assert_eq!(pages, engines.len(), "a page is of no engine");
}

#[test]
fn the_answers_are_what_a_few_lines_of_brute_force_give() {
    let questions = questions();
    assert!(questions.len() >= 20);
    for question in &questions {
        assert!((3..=15).contains(&question.records.len()), "{}", question.name);
        assert_eq!(oracle::answer(question), question.answer, "{}", question.name);
    }
}

#[test]
fn the_answers_are_the_reference_s_where_it_has_the_problem() {
    let mut held = 0;
    for question in questions() {
        let number = |name: &str| question.parameters.get(name).and_then(toml::Value::as_integer);
        let window = match question.kind.as_str() {
            "tumbling" => Window::Tumbling { size_ms: number("size").expect("a size") },
            "sliding" => Window::Sliding {
                size_ms: number("size").expect("a size"),
                slide_ms: number("slide").expect("a slide"),
            },
            "session" => Window::Session { gap_ms: number("gap").expect("a gap") },
            _ => continue,
        };
        let mut keys = Keys::default();
        let event = |line: &String| {
            let fields: Vec<&str> = line.split(',').collect();
            let (time_ms, value) = (fields[0].parse().ok()?, fields[2].parse().ok()?);
            Some(Event { time_ms, key: keys.intern(fields[1].as_bytes()), partition: 0, value })
        };
        let events: Option<Vec<Event>> = question.records.iter().map(event).collect();
        // Lines without a time or a value are no records of the problem.
        let Some(events) = events else { continue };
        let answer = reference(&events, window, &keys).expect("an answer");
        let table = &answer.table;
        let columns = ["window_start_ms", "window_end_ms", "key", "count", "sum"]
            .map(|name| table.columns.iter().position(|column| column.name == name).expect("a column"));
        let row = |at: usize| columns.map(|column| table.text(column, at, &keys)).join(",");
        let rows: Vec<String> = (0..table.rows()).map(row).collect();
        assert_eq!(question.rows(&rows).expect("rows"), question.answer, "{}", question.name);
        held += 1;
    }
    assert!(held >= 15, "{held}");
}

#[test]
fn our_own_cells_are_what_our_jobs_say() {
    let (atlas, program) = (atlas(), Path::new(env!("CARGO_BIN_EXE_counterpoint")));
    let ours = ["per-record", "per-trigger"];
    std::thread::scope(|scope| {
        for flavour in ours {
            let known = &atlas.engines[flavour].cells;
            scope.spawn(move || {
                for question in questions() {
                    let said = ours::ask(program, flavour, &question).expect("our job");
                    let (now, known) = (Cell::of(&question, &said), &known[&question.name]);
                    assert!(now.is_as(known), "{flavour}, {}: {now:?}, not {known:?}", question.name);
                }
            });
        }
    });
}

#[test]
fn each_cell_that_differs_has_its_words_and_no_words_are_stale() {
    let (mut atlas, rules) = (atlas(), Rules::read(root()).expect("rules"));
    assert_eq!(rules.stale(&atlas), [], "cells have other rows than those for which the words were written");
    let before = atlas.clone();
    assert_eq!(rules.give(&mut atlas), [], "no words");
    assert_eq!(atlas, before, "cargo run --example atlas -- --render");
    for known in atlas.engines.values() {
        for cell in known.cells.values() {
            let says = !matches!(cell.class, Class::CannotBeExpressed | Class::Fails | Class::NotAsked);
            assert_eq!(says, cell.says.is_none(), "{cell:?}");
        }
    }
}

#[test]
fn ten_engines_have_a_cell_for_each_question() {
    let (atlas, questions) = (atlas(), questions());
    let names: BTreeSet<&String> = questions.iter().map(|question| &question.name).collect();
    let ran = atlas.engines.values().filter(|known| known.cells.keys().collect::<BTreeSet<_>>() == names);
    assert!(ran.count() >= 10);
    for (name, known) in &atlas.engines {
        for question in known.cells.keys() {
            assert!(names.contains(question), "{name} was asked {question}, which is no question any more");
        }
    }
}

/// A line of glue is one that says something: no import, no comment, no bracket alone.
#[test]
fn no_glue_is_longer_than_forty_lines() {
    for engine in engines().iter().filter(|engine| !engine.command.is_empty()) {
        let folder = root().join("examples/engines").join(&engine.name);
        let mut lines = 0;
        for entry in fs::read_dir(&folder)
            .expect("a folder")
            .chain(fs::read_dir(folder.join("src")).into_iter().flatten())
        {
            let path = entry.expect("an entry").path();
            if path
                .extension()
                .is_some_and(|ending| ["py", "java", "rs"].iter().any(|known| ending == *known))
            {
                lines += glue(&fs::read_to_string(&path).expect("glue")).count();
            }
        }
        assert!((1..=40).contains(&lines), "{}: {lines} lines", engine.name);
    }
}

fn glue(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim).filter(|line| {
        let is_aside = ["import ", "from ", "use ", "//", "/*", "\"\"\"", "#"]
            .iter()
            .any(|begin| line.starts_with(begin));
        !is_aside && line.contains(char::is_alphanumeric)
    })
}
