//! The files for a CI system, whatever the run was.

mod fixture;

use compare::{Change, Outcome};
use fixture::{SAMPLES, sample};
use quick_junit::{NonSuccessKind, Report, TestCaseStatus, XmlString};

fn junit(name: &str) -> Report {
    let text = reports::junit(&sample(name).expect("each name has a sample").run());
    Report::deserialize_from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}: {text}"))
}

#[test]
fn each_check_is_one_test_case_with_its_outcome() {
    for name in SAMPLES {
        let fixture = sample(name).expect("each name has a sample");
        let report = junit(name);
        let cases: Vec<_> = report.test_suites.iter().flat_map(|suite| &suite.test_cases).collect();
        let verdicts = [&fixture.results.verdict, &fixture.timings.verdict];
        let (checks, skipped) = (
            verdicts.iter().flat_map(|verdict| &verdict.checks),
            verdicts.iter().map(|verdict| verdict.skipped.len()).sum::<usize>(),
        );
        let skipped_in_suites: usize = report.test_suites.iter().map(|suite| suite.skipped).sum();
        assert_eq!(skipped_in_suites, skipped, "{name}");
        let of =
            |outcomes: &[Outcome]| checks.clone().filter(|check| outcomes.contains(&check.outcome)).count();
        assert_eq!(report.failures, of(&[Outcome::Fail]), "{name}");
        assert_eq!(report.errors, of(&[Outcome::Inconclusive, Outcome::Invalid]), "{name}");
        assert_eq!(cases.len(), checks.clone().count() + skipped, "{name}");
    }
}

#[test]
fn readers_find_what_they_look_for() {
    for name in SAMPLES {
        let fixture = sample(name).expect("each name has a sample");
        let text = reports::junit(&fixture.run());
        let root = text.split("<testsuites ").nth(1).and_then(|rest| rest.split('>').next()).expect("a root");
        assert!(root.contains(" time=\"") && !root.contains("skipped"), "{name}: {root}");
        let suites: Vec<&str> =
            text.split("<testsuite ").skip(1).filter_map(|rest| rest.split('>').next()).collect();
        for suite in &suites {
            for attribute in [" time=\"", " skipped=\"", " tests=\""] {
                assert_eq!(suite.matches(attribute).count(), 1, "{name}: {suite}");
            }
            // What isn't a time is left out, for it comes from a file.
            assert!(
                suite.contains(" timestamp=\"2026-03-02T09:15:00") || name.contains("hostile"),
                "{name}: {suite}"
            );
        }
        let seconds = |suite: &&str| -> f64 {
            let time = suite.split(" time=\"").nth(1).and_then(|rest| rest.split('"').next());
            time.expect("a time").parse().expect("seconds")
        };
        if suites.len() == 2 {
            let sum: f64 = suites.iter().map(seconds).sum();
            assert!((sum - fixture.timings.wall_seconds).abs() < 0.01, "{name}: {sum}");
        }
        let properties: Vec<&str> =
            text.split("<property name=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        let mut once = properties.clone();
        once.sort_unstable();
        once.dedup();
        assert_eq!(properties.len(), once.len(), "{name}: {properties:?}");
        let cases: Vec<&str> =
            text.split("<testcase ").skip(1).filter_map(|rest| rest.split('>').next()).collect();
        for case in cases {
            assert!(case.contains(" file=\"experiments/bin-packing.toml\""), "{name}: {case}");
            assert!(case.contains(" time=\""), "{name}: {case}");
        }
        let without = reports::junit(&reports::Run { file: None, ..fixture.run() });
        assert!(!without.contains(" file="), "{name}");
    }
}

#[test]
fn what_could_not_be_told_is_an_error_of_that_type() {
    for (outcome, kind) in [
        (Outcome::Fail, NonSuccessKind::Failure),
        (Outcome::Inconclusive, NonSuccessKind::Error),
        (Outcome::Invalid, NonSuccessKind::Error),
    ] {
        let mut fixture = fixture::exact();
        let mut check = fixture::pass().results.verdict.checks[0].clone();
        (check.outcome, check.note) = (outcome, "why".into());
        fixture.results.verdict = compare::Verdict::of(vec![check], vec![]);
        let report = Report::deserialize_from_str(&reports::junit(&fixture.run())).expect("JUnit");
        let status = &report.test_suites[0].test_cases[0].status;
        let TestCaseStatus::NonSuccess { kind: found, message, ty, .. } = status else {
            panic!("{outcome:?}: {status:?}")
        };
        assert_eq!((*found, message.as_ref().map(XmlString::as_str)), (kind, Some("why")));
        let word = format!("{outcome:?}").to_lowercase();
        assert_eq!(ty.as_ref().map(XmlString::as_str), Some(word.as_str()));
    }
}

/// Has another program read the document and write it again: it is the same document, but for an attribute of the root.
#[test]
fn another_writer_of_junit_writes_the_same() {
    for name in SAMPLES {
        let text = reports::junit(&sample(name).expect("each name has a sample").run());
        let read = junit(name);
        let written = read.to_string().expect("a string");
        let skipped = format!(" skipped=\"{}\"", read.skipped);
        assert_eq!(written.replacen(&skipped, "", 1), text, "{name}");
    }
}

#[test]
fn two_checks_of_one_name_are_two_test_cases() {
    let mut fixture = fixture::pass();
    let twice = fixture.results.verdict.checks[0].clone();
    fixture.results.verdict.checks.push(twice);
    let report = Report::deserialize_from_str(&reports::junit(&fixture.run())).expect("JUnit");
    let names: Vec<_> = report.test_suites[0].test_cases.iter().map(|case| case.name.as_str()).collect();
    assert!(names.contains(&"competitive_ratio") && names.contains(&"competitive_ratio (2)"), "{names:?}");
}

/// Every kind of text that Markdown, HTML, XML, a forge or a terminal reads as more than itself.
const EVIL: &str = "a|b `c` ```\n# h <script>x</script> @team #12 [l](http://x.y) ![i](u) *b* __u__ \\ &amp; \u{1b}[2J\
                    \u{202e}\u{0}\u{ffff} ]]> -->\r\n::error::x | end";

fn hostile() -> fixture::Fixture {
    let mut fixture = fixture::hostile(EVIL);
    let text = || EVIL.to_owned();
    fixture.results.verdict.changes = vec![Change { path: text(), was: text(), is: text() }];
    fixture
}

#[test]
fn hostile_text_is_only_text_in_markdown() {
    let page = reports::markdown(&hostile().run());
    let (page, command) = page.split_once("### How to repeat it").expect("the last part");
    for harmful in ["<script", "@team", "`", "](", "![", "*b*", "__u", "&amp;", "http:", "\n::", "\n# "] {
        assert!(!page.contains(harmful), "{harmful:?} in {page}");
    }
    let harmful = page.chars().find(|&c| (c.is_control() && c != '\n') || c == '\u{202e}');
    assert_eq!(harmful, None, "{page}");
    // In the fence nothing is read but its end, which is longer than any in it.
    assert!(
        command.trim_start().starts_with("````sh\n") && command.matches("\n````\n").count() == 1,
        "{command}"
    );
}

#[test]
fn a_guarantee_reads_as_kept_or_broken() {
    let cases = |name: &str| {
        let cases = junit(name).test_suites[0]
            .test_cases
            .iter()
            .map(|case| case.name.as_str().to_owned())
            .collect::<Vec<_>>();
        cases[1..].to_vec()
    };
    assert_eq!(cases("crash-twice"), ["guarantee kept by stable", "guarantee kept by candidate"]);
    let text = reports::junit(&sample("crash-broken").expect("a sample").run());
    assert!(
        text.contains("limit kept, found broken: exactly-once is broken for stable: 500 records"),
        "{text}"
    );
    for (name, found) in [
        ("crash-twice", "| <code>guarantee</code> | kept | kept | pass |"),
        ("crash-broken", "| <code>guarantee</code> | kept | broken | invalid |"),
    ] {
        let page = reports::markdown(&sample(name).expect("a sample").run());
        assert_eq!(page.matches(found).count(), 2, "{page}");
    }
}

#[test]
fn markdown_has_the_account_of_crashes_in_brief() {
    let page = reports::markdown(&sample("crash-twice").expect("a sample").run());
    for row in [
        "| guarantee | at-least-once | at-least-once |",
        "| faults that struck | 4 | 4 |",
        "| records lost | 0 | 0 |",
        "| records repeated | 1,200 | 1,200 |",
        "| answer as without faults | no | no |",
    ] {
        assert_eq!(page.matches(row).count(), 1, "{row} in {page}");
    }
    assert!(!reports::markdown(&sample("table").expect("a sample").run()).contains("guarantee"));
}

#[test]
fn tables_keep_their_columns() {
    for fixture in [hostile as fn() -> _, || fixture::crashes::hostile(EVIL), fixture::pass, fixture::huge] {
        let page = reports::markdown(&fixture().run());
        let mut columns = None;
        for line in page.lines() {
            let cells = line.starts_with('|').then(|| line.matches('|').count());
            assert!(columns.is_none() || cells.is_none() || cells == columns, "{line}");
            columns = cells;
        }
        assert!(page.lines().filter(|line| line.starts_with('|')).count() > 6, "{page}");
    }
}

#[test]
fn hostile_text_is_only_text_in_junit() {
    let text = reports::junit(&hostile().run());
    let harmful =
        text.chars().find(|&c| (c.is_control() && c != '\n') || matches!(c, '\u{202e}' | '\u{ffff}'));
    assert_eq!(harmful, None, "{text}");
    assert!(!text.contains("<script") && !text.contains("\n::"), "{text}");
    let report = Report::deserialize_from_str(&text).expect("JUnit");
    let name = report.test_suites[0].test_cases[0].name.as_str();
    assert!(name.contains("<script>x</script>") && name.contains(r"\u{1b}[2J"), "{name}");
}

#[test]
fn what_changed_since_the_baseline_stands_on_the_page() {
    assert!(!reports::html(&fixture::pass().run()).contains("Changed since the baseline"));
    let page = reports::html(&hostile().run());
    let (_, section) = page.split_once("Changed since the baseline").expect("a heading");
    let section = section.split("</section>").next().expect("its end");
    assert!(section.contains("&lt;script&gt;") && !section.contains("<script"), "{section}");
}

#[test]
fn the_same_run_gives_the_same_bytes() {
    for name in SAMPLES {
        let fixture = sample(name).expect("each name has a sample");
        assert_eq!(reports::junit(&fixture.run()), reports::junit(&fixture.run()));
        assert_eq!(reports::markdown(&fixture.run()), reports::markdown(&fixture.run()));
        assert!(reports::markdown(&fixture.run()).len() < 20_000, "{name}");
    }
}
