//! Starts itself again as a program whose author has taken a name that is taken: it says so, whatever it is asked to do.

use std::process::{Command, ExitCode};

use counterpoint::{Catalog, Deciding, Item, Job, NOTHING_PROVEN, VersionEntry};

struct Alone(u32);

impl Job<Item> for Alone {
    fn push(&mut self, _: &Item) -> u32 {
        self.0 += 1;
        self.0 - 1
    }
}

const TAKEN: VersionEntry<Item> = VersionEntry {
    name: "first-fit",
    argument: None,
    about: "a bin for each item",
    proven: NOTHING_PROVEN,
    make: |_| Ok(Box::new(Deciding(Alone(0)))),
};

/// Holds what the program is asked to do.
const COMMANDS: [&[&str]; 2] = [&["jobs"], &["verify", "datasets/data/uniform-1000"]];

fn main() -> ExitCode {
    let given: Vec<String> = std::env::args().skip(1).collect();
    if COMMANDS.iter().any(|command| *command == given) {
        return counterpoint::run(Catalog::shipped().with_version("bin-packing", TAKEN));
    }
    for command in COMMANDS {
        let program = std::env::current_exe().expect("it is running");
        let ended = Command::new(program).args(command).output().expect("it starts");
        let words = String::from_utf8(ended.stderr).expect("UTF-8");
        assert_eq!(ended.status.code(), Some(2), "{command:?}: {words}");
        assert_eq!(
            words,
            "error: problem bin-packing has a version 'first-fit' already\nhint: give yours another name\n"
        );
        assert!(ended.stdout.is_empty(), "nothing is done");
    }
    ExitCode::SUCCESS
}
