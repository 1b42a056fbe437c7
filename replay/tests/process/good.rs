//! Jobs that keep to the protocol, however oddly.

use std::{os::unix::fs::PermissionsExt, path::Path};

use replay::process::ProcessLimits;

use crate::{Command, READY, feed, items, launch, shell};

fn check_echoes(command: &Command, records: u64) {
    let expected: Vec<u32> = (0..records as u32).collect();
    for chunk in [1, 7, 5000] {
        // One record at a time, a long input says nothing new.
        let records = &items(records)[..if chunk == 1 { records.min(50) } else { records } as usize];
        assert_eq!(feed(command, records, chunk).as_deref(), Ok(&expected[..records.len()]));
    }
}

#[test]
fn the_decisions_come_back_in_order() {
    check_echoes(&launch(&["cat"], ProcessLimits::default()), 3000);
    check_echoes(&launch(&["cat"], ProcessLimits::default()), 0);
    let line_by_line = format!("{READY} while read size; do echo $size; done");
    check_echoes(&shell(&line_by_line, ProcessLimits::default()), 300);
}

#[test]
fn the_job_knows_its_role_and_the_parameters() {
    let script = format!(
        "{READY} [ \"$COUNTERPOINT_JOB\" = candidate ] || exit 9
         while read size; do echo $((COUNTERPOINT_PARAMETER_CAPACITY + size)); done"
    );
    assert_eq!(feed(&shell(&script, ProcessLimits::default()), &items(3), 3), Ok(vec![10, 11, 12]));
}

#[test]
fn more_than_the_pipes_hold_flows_both_ways() {
    let mut command = launch(&["cat"], ProcessLimits::default());
    // 1,024 lines of 300 bytes are more than four pipes hold; zeros before a number are no harm.
    command.line = |item, _, line| line.extend(format!("{:0300}", item.size).bytes());
    check_echoes(&command, 2500);
}

#[test]
fn stderr_is_drained_without_end() {
    let script =
        format!("{READY} while read size; do head -c 300000 /dev/zero | tr '\\0' 'e' >&2; echo $size; done");
    assert_eq!(feed(&shell(&script, ProcessLimits::default()), &items(4), 2), Ok(vec![0, 1, 2, 3]));
}

#[test]
fn an_argument_is_no_shells_to_read() {
    let launch = launch(
        &["sh", "-c", "[ \"$1\" = '$(exit) ; *' ] && cat", "x", "$(exit) ; *"],
        ProcessLimits::default(),
    );
    assert_eq!(feed(&launch, &items(2), 2), Ok(vec![0, 1]));
}

/// Prints `name=value` lines of all variables that the job sees as the last words of a job that fails.
fn seen(command: &Command) -> String {
    let mut command = command.clone();
    command.launch.command = ["sh", "-c", "env | sort | tr '\\n' ' ' >&2; exit 1"].map(str::to_owned).into();
    feed(&command, &items(1), 1).expect_err("it fails").last_words
}

#[test]
fn the_environment_does_not_leak() {
    let mut command = launch(&[], ProcessLimits::default());
    command.launch.parameters.clear();
    // Cargo sets it for tests.
    assert!(std::env::var_os("CARGO_MANIFEST_DIR").is_some());
    assert!(!seen(&command).contains("CARGO"), "{}", seen(&command));
    command.launch.env.pass = vec!["CARGO_PKG_NAME".to_owned()];
    command.launch.env.set = [("A".to_owned(), "b c".to_owned())].into();
    let words = seen(&command);
    assert!(words.contains("its stderr ends with: A=b c CARGO_PKG_NAME=replay COUNTERPOINT_JOB="), "{words}");
}

#[test]
fn a_job_has_a_home_of_its_own_that_goes_with_it() {
    let script = format!(
        "{READY} [ \"$HOME\" = \"$TMPDIR\" ] && [ -z \"$(ls -A $HOME)\" ] && echo x > $HOME/x && echo $HOME > home
         while read size; do echo $size; done"
    );
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut command = shell(&script, ProcessLimits::default());
    command.launch.cwd = Some(folder.path().to_owned());
    let homes = [(), ()].map(|()| {
        assert_eq!(feed(&command, &items(3), 3), Ok(vec![0, 1, 2]));
        std::fs::read_to_string(folder.path().join("home")).expect("it was empty, and in the job's folder")
    });
    assert_ne!(homes[0], homes[1]);
    assert!(homes.iter().all(|home| !Path::new(home.trim()).exists()));
}

#[test]
fn a_path_is_relative_to_the_folder_in_which_the_job_works() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let job = folder.path().join("job");
    std::fs::write(&job, "#!/bin/sh\nexec cat\n").expect("a write");
    std::fs::set_permissions(&job, std::fs::Permissions::from_mode(0o755)).expect("its mode");
    let mut command = launch(&["./job"], ProcessLimits::default());
    let error = feed(&command, &items(1), 1).expect_err("it isn't here");
    assert!(error.is_usage() && error.to_string().contains("job: No such file"), "{error}");
    command.launch.cwd = Some(folder.path().to_owned());
    assert_eq!(feed(&command, &items(2), 2), Ok(vec![0, 1]));
    command.launch.cwd = Some(folder.path().join("missing"));
    let error = feed(&command, &items(1), 1).expect_err("no folder");
    assert!(error.is_usage() && error.to_string().contains("missing for it to work in"), "{error}");
}

#[test]
fn a_program_is_looked_for_on_the_jobs_own_path() {
    let mut command = launch(&["cat"], ProcessLimits::default());
    command.launch.env.set = [("PATH".to_owned(), "/no/where:/else".to_owned())].into();
    let error = feed(&command, &items(1), 1).expect_err("not there");
    assert!(error.is_usage() && error.to_string().contains("on the PATH (/no/where:/else)"), "{error}");
}
