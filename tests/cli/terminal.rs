//! Shows what a person at a terminal sees, and what stays out of pipes.

use std::path::Path;

use crate::support::{BEST_FOR_FIRST, Scratch};

const ESC: char = '\u{1b}';

#[test]
fn pipes_get_no_colour_and_no_progress() {
    let scratch = Scratch::with_tiny();
    let ran = scratch.run(&format!("run {BEST_FOR_FIRST} --orders 5")).expect(0);
    assert!(!ran.stdout.contains(ESC) && ran.stderr.is_empty(), "{ran}");
    let ran = scratch.run("verify missing").expect(4);
    assert!(!ran.stderr.contains(ESC), "{ran}");
}

#[test]
fn colour_can_be_asked_for_and_refused() {
    let scratch = Scratch::with_tiny();
    let coloured = |flags: &str| scratch.run(&format!("run {BEST_FOR_FIRST} {flags}")).expect(0).stdout;
    assert!(coloured("--color always").contains("\u{1b}[1;32m"));
    assert!(!coloured("--color never").contains(ESC));
    assert!(!coloured("--color auto").contains(ESC));
    assert!(!coloured("--color always --json").contains(ESC));
    assert!(scratch.run("verify missing --color always").expect(4).stderr.contains(ESC));
    scratch.run("jobs --color sometimes").expect(2);
}

/// Runs the program at a pseudo-terminal made by `script`; both streams come back as one.
fn at_terminal(scratch: &Scratch, environment: &str, line: &str) -> String {
    let script = format!("TERM=xterm {environment} script -qec \"$COUNTERPOINT {line}\" /dev/null");
    let ran = scratch.shell(&script);
    // A busy machine may make a paced feeder late; the screen shows the same.
    assert!(matches!(ran.code, Some(0 | 6)), "{ran}");
    ran.stdout
}

#[test]
fn terminals_get_colour_unless_no_color_is_set() {
    if !Path::new("/usr/bin/script").exists() {
        return;
    }
    let scratch = Scratch::with_tiny();
    let line = format!("run {BEST_FOR_FIRST} 2>/dev/null");
    assert!(at_terminal(&scratch, "", &line).contains("\u{1b}[1;32m"));
    assert!(!at_terminal(&scratch, "NO_COLOR=1", &line).contains(ESC));
    assert!(
        at_terminal(&scratch, "NO_COLOR=", &line).contains("\u{1b}[1;32m"),
        "an empty NO_COLOR means nothing"
    );
    assert!(!at_terminal(&scratch, "", &format!("{line} --color never")).contains(ESC));
}

#[test]
fn terminals_get_a_bar_with_rate_and_time_left() {
    if !Path::new("/usr/bin/script").exists() {
        return;
    }
    let scratch = Scratch::new();
    scratch.run("generate uniform --records 250 --seed 1 --to data").expect(0);
    let shown = at_terminal(&scratch, "", "replay data --job first-fit --pace 100/s >/dev/null");
    assert!(shown.contains("replaying") && shown.contains("/250 ") && shown.contains("/s"), "{shown}");
    assert!(shown.contains("left"), "{shown}");
}

#[test]
fn no_command_waits_for_an_answer() {
    // Stdin is empty and never asked; a command that asked would fail or wait for ever.
    let scratch = Scratch::with_tiny();
    scratch.run(&format!("run {BEST_FOR_FIRST} --out tiny")).expect(2);
    scratch.run("freeze tiny/records.csv --to tiny --problem bin-packing --set capacity=9").expect(2);
}
