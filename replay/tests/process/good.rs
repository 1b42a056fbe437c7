//! Jobs that keep to the protocol, however oddly.

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
