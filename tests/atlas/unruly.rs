//! Engines that die, hang, or aren't there, and answers that nobody can use. They are shells.

use std::{collections::BTreeMap, time::Duration};

use crate::{
    cells::{Atlas, Cell, Class},
    engines::{Engine, Place, Said},
    question::Question,
    questions, root,
};

fn place() -> Place {
    Place { silent: Duration::from_millis(500), ..Place::of(root()).expect("a place") }
}

fn shell(script: &str) -> Engine {
    let command = ["sh", "-c", script].map(str::to_owned).to_vec();
    let (title, how) = ("Shell".to_owned(), "By a shell.".to_owned());
    // A folder of glue, in which it works.
    Engine { name: "duckdb".to_owned(), title, version: "1".to_owned(), how, command, needs: String::new() }
}

fn said(lines: &[&str]) -> Said {
    Said { lines: lines.iter().map(ToString::to_string).collect(), broken: None }
}

fn question(name: &str) -> Question {
    questions().into_iter().find(|question| question.name == name).expect("a question")
}

#[test]
fn a_process_that_ends_or_hangs_within_a_question_is_asked_the_others() {
    for (fate, why) in [
        ("exit 3", "its process ended without an answer"),
        ("exec sleep 60", "it was silent for too long and was ended"),
    ] {
        let script = format!(
            "while read -r mark name more; do [ \"$mark\" = '?' ] || continue; echo \"? $name\"; [ $name = late ] && {fate}; echo 'cannot: shells are simple'; echo .; done"
        );
        let (all, engine) = (questions(), shell(&script));
        let asked: Vec<&Question> = all.iter().take(4).collect();
        let answers = place().ask(&engine, &asked).expect("answers");
        assert_eq!(answers.len(), 4, "{answers:?}");
        for question in asked {
            let cell = Cell::of(question, &answers[&question.name]);
            let expected = if question.name == "late" { Class::Fails } else { Class::CannotBeExpressed };
            assert_eq!(cell.class, expected, "{cell:?}");
            assert!(expected != Class::Fails || cell.says.as_deref() == Some(why), "{cell:?}");
        }
    }
}

#[test]
fn a_process_that_never_says_anything_fails_each_question() {
    let (all, engine) = (questions(), shell("exit 1"));
    let asked: Vec<&Question> = all.iter().take(3).collect();
    let answers = place().ask(&engine, &asked).expect("answers");
    assert_eq!(answers.values().filter(|said| said.broken.is_some()).count(), 3);
}

#[test]
fn rows_of_another_shape_are_a_failure() {
    let cell = Cell::of(&question("late"), &said(&["1,2,3"]));
    assert_eq!((cell.class, cell.rows.len()), (Class::Fails, 0), "{cell:?}");
    assert!(cell.says.is_some_and(|says| says.contains("another shape than start,end,key,count,sum: 1,2,3")));
}

#[test]
fn later_rows_replace_earlier_ones_and_a_row_may_be_taken_back() {
    let late = question("late");
    let rows = [
        "1772323200000,1772323210000,a,1,1",
        "1772323210000,1772323220000,a,2,10",
        "1772323200000,1772323210000,a,2,5",
    ];
    assert_eq!(Cell::of(&late, &said(&rows)).class, Class::AsBatch);
    assert_eq!(Cell::of(&late, &said(&rows[..2])).class, Class::ByItsRule);
    let back = [rows[0], rows[1], "- 1772323200000,1772323210000,a,1,1", "1772323200000,1772323210000,a,2,5"];
    assert_eq!(Cell::of(&late, &said(&back)).class, Class::AsBatch);
    let closing = [rows[0], rows[1], rows[2], "1774915200000,1774915210000,~end,1,0"];
    assert_eq!(Cell::of(&late, &said(&closing)).class, Class::AsBatch);
    // Pairs of a join are never replaced: one that comes twice is one too many.
    let pair = "1772323201000,1772323203000,a,1,8";
    let other = "1772323240000,1772323241000,b,2,4";
    assert_eq!(Cell::of(&question("join-late"), &said(&[pair, other])).class, Class::AsBatch);
    assert_eq!(Cell::of(&question("join-late"), &said(&[pair, other, other])).class, Class::ByItsRule);
}

#[test]
fn an_engine_that_is_not_there_changes_no_cell_and_one_that_changed_is_named() {
    let engine = Engine { needs: "{atlas}/no/such/file".to_owned(), ..shell("exit 1") };
    assert!(!place().has(&engine));
    let late = question("late");
    let mut atlas = Atlas { schema: String::new(), engines: BTreeMap::new() };
    let cells = |line: &str| Some(BTreeMap::from([("late".to_owned(), Cell::of(&late, &said(&[line])))]));
    assert_eq!(atlas.put(&engine, cells("cannot: it is so")), [""; 0]);
    let before = atlas.clone();
    assert_eq!(atlas.put(&engine, None), [""; 0]);
    assert_eq!(atlas, before);
    assert_eq!(atlas.put(&engine, cells("cannot: it is so")), [""; 0]);
    let told = atlas.put(&engine, cells("skip: it isn't"));
    assert_eq!(told, ["changed: duckdb, late: can't be expressed [] → not asked []"]);
}
