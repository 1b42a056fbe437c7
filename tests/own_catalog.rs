//! Starts itself again as a program of somebody's own: one whose author has taken a name that is taken says so, whatever it is
//! asked to do, and one whose job panics says which and at which records.

use std::process::{Command, ExitCode, Output};

use counterpoint::{Catalog, Deciding, Item, Job, NOTHING_PROVEN, VersionEntry};

/// Panics at an item, if it is to.
struct Alone {
    bin: u32,
    panics_at: Option<u32>,
}

impl Job<Item> for Alone {
    fn push(&mut self, item: &Item) -> u32 {
        assert!(self.panics_at != Some(self.bin), "an item of size {}\u{1b}[31m is too much", item.size);
        self.bin += 1;
        self.bin - 1
    }
}

const TAKEN: VersionEntry<Item> = VersionEntry {
    name: "first-fit",
    argument: None,
    about: "a bin for each item",
    proven: NOTHING_PROVEN,
    make: |_| Ok(Box::new(Deciding(Alone { bin: 0, panics_at: None }))),
};

const PANICS: VersionEntry<Item> = VersionEntry {
    name: "panics",
    make: |_| Ok(Box::new(Deciding(Alone { bin: 0, panics_at: Some(700) }))),
    ..TAKEN
};

/// Holds what the program is asked to do whose author has taken a name.
const COMMANDS: [&[&str]; 2] = [&["jobs"], &["verify", "datasets/data/uniform-1000"]];

const DATA: &str = "datasets/data/uniform-1000";
const PAIR: [&str; 6] = ["--dataset", DATA, "--stable", "first-fit", "--candidate", "panics"];

/// Holds what the program is asked to do whose job panics, and what it says of that.
fn crashes() -> [(Vec<&'static str>, &'static str); 4] {
    let pair = |verb: &'static str, more: &[&'static str]| [&[verb], &PAIR[..], more].concat();
    [
        (pair("run", &[]), "the candidate job panics panicked at one of the records 0 to 999: "),
        (
            pair("gate", &["--order", "shuffled"]),
            "the candidate job panics panicked at one of the records 0 to 999: ",
        ),
        (pair("run", &["--pace", "20000/s"]), "the candidate job panics panicked at one of the records "),
        (
            vec!["replay", DATA, "--job", "panics"],
            "the stable job panics panicked at one of the records 0 to 999: ",
        ),
    ]
}

fn main() -> ExitCode {
    let given: Vec<String> = std::env::args().skip(1).collect();
    if COMMANDS.iter().any(|command| *command == given) {
        return counterpoint::run(Catalog::shipped().with_version("bin-packing", TAKEN));
    }
    if given.iter().any(|word| word == "panics") {
        return counterpoint::run(Catalog::shipped().with_version("bin-packing", PANICS));
    }
    for command in COMMANDS {
        let (ended, words) = started(command);
        assert_eq!(ended.status.code(), Some(2), "{command:?}: {words}");
        assert_eq!(
            words,
            "error: problem bin-packing has a version 'first-fit' already\nhint: give yours another name\n"
        );
        assert!(ended.stdout.is_empty(), "nothing is done");
    }
    for (command, said) in crashes() {
        let (ended, words) = started(&command);
        assert_eq!(ended.status.code(), Some(1), "{command:?}: {words}");
        let last: Vec<&str> = words.lines().filter(|line| line.starts_with("error: ")).collect();
        let [error] = last[..] else { panic!("{command:?}: {words}") };
        assert!(error.starts_with(&format!("error: {said}")), "{command:?}: {words}");
        assert!(error.contains("an item of size ") && error.ends_with("\\u{1b}[31m is too much"), "{words}");
        assert!(words.contains("hint: it is compiled into this program"), "{words}");
        assert!(ended.stdout.is_empty() && !words.contains("a bug of counterpoint's"), "{words}");
    }
    ExitCode::SUCCESS
}

fn started(command: &[&str]) -> (Output, String) {
    let program = std::env::current_exe().expect("it is running");
    let ended = Command::new(program).args(command).output().expect("it starts");
    let words = String::from_utf8(ended.stderr.clone()).expect("UTF-8");
    (ended, words)
}
