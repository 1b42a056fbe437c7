//! The pages in Markdown: the matrix, and one page for each engine.

use std::fmt::Write as _;

use crate::{
    cells::{Atlas, Cell, Class},
    engines::Engine,
    question::Question,
};

/// Returns the cell; one that isn't known is of an engine that isn't installed.
pub(crate) fn cell(atlas: &Atlas, engine: &Engine, question: &Question) -> Cell {
    let known = atlas.engines.get(&engine.name).and_then(|known| known.cells.get(&question.name));
    known.cloned().unwrap_or_else(Cell::not_installed)
}

/// Returns the mark of a class in the matrix.
pub(crate) fn mark(class: Class) -> &'static str {
    match class {
        Class::AsBatch => "=",
        Class::ByItsRule => "≠",
        Class::CannotBeExpressed => "–",
        Class::Fails => "✗",
        Class::NotAsked => "?",
        Class::NotInstalled => " ",
    }
}

/// Returns the release that the cells are of.
pub(crate) fn version<'a>(atlas: &'a Atlas, engine: &'a Engine) -> &'a str {
    atlas.engines.get(&engine.name).map_or(&engine.version, |known| &known.version)
}

/// Returns what is to be read of a cell: the rule in words, or what was said in place of rows.
pub(crate) fn told(cell: &Cell) -> String {
    let varying = if cell.varying { " It varies from run to run." } else { "" };
    let text = cell.words.as_deref().or(cell.says.as_deref()).unwrap_or_else(|| cell.class.meaning());
    format!("{text}{varying}")
}

/// Keeps a text within a cell of a table, whatever an engine wrote.
fn plain(text: &str) -> String {
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('|', "\\|");
    escaped.chars().map(|char| if char.is_control() { ' ' } else { char }).collect()
}

/// Returns `docs/atlas.md`.
pub(crate) fn matrix(atlas: &Atlas, engines: &[Engine], questions: &[Question]) -> String {
    let mut page = String::from(INTRODUCTION);
    page.push_str("\n| mark | class | |\n|---|---|---|\n");
    for class in Class::ALL {
        let _ = writeln!(page, "| {} | *{}* | {} |", mark(class), class.name(), class.meaning());
    }
    page.push_str("\n## The matrix\n\n| question |");
    for engine in engines {
        let _ = write!(page, " [{}](atlas/{}.md) |", engine.title, engine.name);
    }
    let _ = writeln!(page, "\n|---|{}", "---|".repeat(engines.len()));
    for question in questions {
        let _ = write!(page, "| [{0}](#{0}) |", question.name);
        for engine in engines {
            let cell = cell(atlas, engine, question);
            let varying = if cell.varying { "~" } else { "" };
            let _ = write!(page, " {}{varying} |", mark(cell.class));
        }
        page.push('\n');
    }
    page.push_str("\n`~`: not the same in all runs.\n\n## The engines\n\n| engine | release | how it is asked |\n|---|---|---|\n");
    for engine in engines {
        let (name, title, how) = (&engine.name, &engine.title, plain(&engine.how));
        let _ = writeln!(page, "| [{title}](atlas/{name}.md) | {} | {how} |", version(atlas, engine));
    }
    page.push_str(NOT_HERE);
    page.push_str("\n## The questions\n");
    for question in questions {
        ask(&mut page, atlas, engines, question);
    }
    page
}

/// Writes a question, its batch answer, and what the engines that differ have by which rule.
fn ask(page: &mut String, atlas: &Atlas, engines: &[Engine], question: &Question) {
    let _ = writeln!(page, "\n### {}\n\n{}\n", question.name, question.asks);
    let _ = writeln!(page, "```text\n{}\n{}\n```\n", question.columns.join(","), question.answer.join("\n"));
    let mut groups: Vec<(Class, String, Vec<&str>)> = Vec::new();
    for engine in engines {
        let cell = cell(atlas, engine, question);
        let told = plain(&told(&cell));
        match groups
            .iter_mut()
            .find(|(class, text, _)| (*class, text.as_str()) == (cell.class, told.as_str()))
        {
            Some((.., names)) => names.push(&engine.title),
            None => groups.push((cell.class, told, vec![&engine.title])),
        }
    }
    groups.sort_by_key(|(class, ..)| *class);
    page.push_str("| class | engines | rule |\n|---|---|---|\n");
    for (class, told, names) in groups {
        let _ = writeln!(page, "| {} {} | {} | {told} |", mark(class), class.name(), names.join(", "));
    }
}

/// Returns `docs/atlas/ENGINE.md`.
pub(crate) fn engine(atlas: &Atlas, engine: &Engine, questions: &[Question]) -> String {
    let (title, name) = (&engine.title, &engine.name);
    let mut page = format!("# {title} {}\n\n{}\n\n", version(atlas, engine), engine.how);
    let glue = if engine.command.is_empty() { "atlas".to_owned() } else { format!("engines/{name}") };
    let _ = writeln!(
        page,
        "The glue is in [examples/{glue}](../../examples/{glue}); the questions, the batch answers and the other engines are in [atlas.md](../atlas.md).\n"
    );
    let counts = Class::ALL.map(|class| {
        let of = questions.iter().filter(|question| cell(atlas, engine, question).class == class).count();
        format!("{of} {}", class.name())
    });
    let counts: Vec<String> = counts.into_iter().filter(|count| !count.starts_with("0 ")).collect();
    let _ = writeln!(page, "Of {} questions: {}.\n", questions.len(), counts.join(", "));
    page.push_str("| question | class | rule | rows |\n|---|---|---|---|\n");
    for question in questions {
        let cell = cell(atlas, engine, question);
        let rows: Vec<String> = cell.rows.iter().map(|row| format!("`{}`", plain(row))).collect();
        let (name, class, told) = (&question.name, cell.class, plain(&told(&cell)));
        let told = if class == Class::AsBatch && cell.words.is_none() && !cell.varying {
            String::new()
        } else {
            told
        };
        let _ = writeln!(
            page,
            "| [{name}](../atlas.md#{name}) | {} {} | {told} | {} |",
            mark(class),
            class.name(),
            rows.join("<br>")
        );
    }
    page
}

const INTRODUCTION: &str = "\
# An atlas of engines

Every streaming engine has small rules of its own, and each of them makes rows differ though no version is broken: what a late record does,
whether two records exactly a gap apart are one session, where a week starts, what a sum past 64 bits is. Here each engine was asked each
question, on a frozen dataset of at most ten records in [datasets/data/atlas](../datasets/data/atlas), and this is what it said.

The page is made from real runs by one command, as are [atlas.html](atlas.html) (to search) and [atlas.json](atlas.json) (every row):

```sh
examples/engines/fetch.sh                                  # or of some: fetch.sh duckdb esper
cargo build --release && cargo run --release --example atlas
cargo run --release --example atlas -- --engine esper --question late --runs 3     # one cell again
```

Each cell is the same in three runs, or marked. A rerun prints the cells that changed; the rule in words belongs to the rows for which it
was written, so that of an engine that does otherwise now, the words are named as stale. How an engine is asked, and how to add one:
[examples/engines](../examples/engines/README.md).

What an engine was asked is the shortest job in its own words. Other settings may give other rows. Records are sent one by one, and
behind the last comes one 30 days ahead, of a key of its own, which closes what is open and whose rows are left out; only `end-of-input` has none.
";

const NOT_HERE: &str = "
Not in the matrix yet:

| engine | what stopped it |
|---|---|
| Flink's DataStream API | no glue yet; `tests/engines` holds our own flavour against it |
| Beam on the JVM | no glue yet: its direct runner in Python is here |
| Quix Streams | reads and writes through a Kafka broker alone |
| timely with differential, renoir | no glue yet: windows are the job's own there |
| Storm | the parent of release 2.8.4 is not on Maven Central |

Of Bytewax, Kafka Streams, Beam, and of sessions in Esper and Siddhi the sums are the job's own code, so that what they do past 64 bits is the language's.
";
