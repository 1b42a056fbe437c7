//! Holds what a report says of architectures against the results: each number is that of the results, nothing from a file gets through, and no word
//! covers another.

mod fixture;

use compare::architecture::{Architectures, UpgradeEnd};
use fixture::{Fixture, SAMPLES, sample};
use quick_junit::{NonSuccessKind, Report, TestCaseStatus};

const OURS: [&str; 6] = ["kappa", "kappa-dropped", "kappa-back", "kappa-open", "lambda", "both"];

fn run(fixture: &Fixture) -> &Architectures {
    fixture.results.architectures.as_ref().expect("a sample with architectures")
}

fn section(fixture: &Fixture) -> String {
    let page = reports::html(&fixture.run());
    let from = page.find("<h2 id=\"architectures\">").expect("a section");
    let length = page[from..].find("</section>").expect("its end");
    page[from..from + length].replace('\u{a0}', " ")
}

/// The section without its tags and pictures.
fn words(section: &str) -> String {
    let mut text = String::new();
    for (index, part) in section.split("<svg").enumerate() {
        let after = if index == 0 { part } else { part.split_once("</svg>").expect("a picture ends").1 };
        text.extend(
            after.split('<').filter_map(|part| Some(part.split_once('>')?.1)).flat_map(|part| [part, " "]),
        );
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A whole number as people read it, found out another way than the reports do.
fn grouped(value: u64) -> String {
    match value {
        0..1_000 => value.to_string(),
        _ => format!("{},{:03}", grouped(value / 1_000), value % 1_000),
    }
}

fn sample_of(name: &str) -> Fixture {
    sample(name).expect("each name has a sample")
}

#[test]
fn the_section_is_there_where_an_architecture_was_run() {
    for name in SAMPLES {
        let fixture = sample_of(name);
        let has = fixture.results.architectures.is_some();
        assert_eq!(reports::html(&fixture.run()).contains("<h2 id=\"architectures\">"), has, "{name}");
        assert_eq!(reports::architectures(&fixture.results).is_empty(), !has, "{name}");
        assert_eq!(reports::markdown(&fixture.run()).contains("### Architectures"), has, "{name}");
    }
}

#[test]
fn each_step_of_an_upgrade_stands_in_the_table_with_its_cause() {
    for name in ["kappa", "kappa-dropped", "kappa-back", "kappa-open"] {
        let fixture = sample_of(name);
        let section = section(&fixture);
        let kappa = run(&fixture).kappa.as_ref().expect("an upgrade");
        for (index, step) in kappa.transitions.iter().enumerate() {
            let row = format!(
                "<th scope=\"row\">{}: {} → {}<small>{}</small></th><td>{}</td>",
                index + 1,
                step.from,
                step.to,
                step.cause,
                grouped(step.records)
            );
            assert!(section.contains(&row), "{name}: {row}");
        }
    }
}

#[test]
fn what_happened_is_said_in_a_line() {
    for (name, said) in [
        (
            "kappa",
            "the candidate took over at record 11,180 (11 min 10 s); started from the log’s beginning at record 5,000 of 20,000, caught up at 7,180",
        ),
        (
            "kappa-dropped",
            "the candidate was dropped, and stable has served throughout: divergence_increase fails: 7 rows are worse than stable's; started from stable’s state at record 5,000 of 20,000, caught up at 7,180",
        ),
        (
            "kappa-back",
            "the candidate took over at record 11,180 (11 min 10 s), and stable was switched back to at record 13,000 (13 min 00 s); started from the log’s beginning at record 5,000 of 20,000, caught up at 7,180",
        ),
        (
            "kappa-open",
            "nothing could be judged, and stable has served throughout: the log ended while it was catching-up; started from the log’s beginning at record 5,000 of 20,000, never caught up",
        ),
    ] {
        let lines = reports::architectures(&sample_of(name).results);
        assert_eq!(lines[0].0, "Kappa");
        assert_eq!(lines[0].1.replace('\u{a0}', " "), said);
    }
    let lines = reports::architectures(&sample_of("both").results);
    let labels: Vec<_> = lines.iter().map(|line| line.0).collect();
    let expected = [
        "Kappa",
        "at the switch",
        "Kappa served",
        "Kappa healing",
        "Lambda",
        "Lambda served",
        "Lambda healing",
        "records processed",
        "advice",
    ];
    assert_eq!(labels, expected);
    assert!(
        lines[7]
            .1
            .contains("stable 15,180, candidate 20,000; Lambda: batch layer 90,000, speed layer 20,000")
    );
}

#[test]
fn numbers_are_those_of_the_results() {
    let fixture = sample_of("both");
    let (words, run) = (words(&section(&fixture)), run(&fixture));
    let (kappa, lambda) = (run.kappa.as_ref().expect("both"), run.lambda.as_ref().expect("both"));
    let verdict = kappa.verdict.as_ref().expect("a verdict");
    let seen = kappa.switch.expect("a switch");
    let classes = verdict.classes;
    let parted = kappa.parted.as_ref().expect("they parted");
    let mut said = vec![
        format!("On what both serve of records {} to {}", grouped(verdict.from), grouped(verdict.to)),
        format!("pass {} rows", grouped(classes.pass)),
        format!("fail {} rows", grouped(classes.fail)),
        format!("warm-up {} rows", grouped(classes.warm_up)),
        format!("skipped {} rows", grouped(classes.skipped)),
        format!("subscribers saw {} rows added, {} changed", seen.added, seen.changed),
        format!("{} removed; {} stayed as they were", seen.removed, seen.kept),
        format!("At record {}", grouped(parted.record)),
        "in row 2026-03-02T09:15:00Z berlin .".to_owned(),
        "count 17 18".to_owned(),
        "its effect was to be gone at record 11,000, and never was".to_owned(),
        format!("Recommended from what was measured: a view every {} records", grouped(4_000)),
    ];
    said.extend(kappa.ledger.iter().map(|range| {
        format!(
            "{} {} {} {}",
            range.by,
            grouped(range.from),
            grouped(range.to),
            grouped(range.to - range.from)
        )
    }));
    said.extend(lambda.views.iter().map(|view| {
        let minutes = view.served_at * 60 / 1_000;
        let time = if minutes < 600 {
            let ms = view.served_at * 60;
            format!("{} s", ms as f64 / 1e3)
        } else {
            format!("{} min {:02} s", minutes / 60, minutes % 60)
        };
        format!(
            "{} {} {time} {} {}",
            grouped(view.boundary),
            grouped(view.served_at),
            grouped(view.rows),
            view.changed.expect("no rows that come when they like")
        )
    }));
    for advice in &run.advice {
        said.push(format!("{} {}, in results.json under {}", advice.text, advice.figure, advice.rests_on));
    }
    said.extend([
        "99 % of the records come in at most 480 ms behind the newest event time, the last 2.1 s behind; a view was served at \
         most 12 s after its boundary."
            .to_owned(),
        "Rows that were wrong though served as complete come to 156 row-seconds.".to_owned(),
    ]);
    for said in said {
        assert!(words.contains(&said), "{said:?} in {words}");
    }
    let work = [kappa.work.stable, kappa.work.candidate, lambda.batch, lambda.speed];
    let processed = work.map(|work| grouped(work.records)).join(" ");
    assert!(words.contains(&format!("records processed {processed}")), "{processed}");
    assert!(words.contains("time in it, on this machine 41.0 ms 52.5 ms 213 ms 61.1 ms"), "{words}");
    assert!(
        words.contains("Stable took 2.61 µs a record before the candidate was started, and 2.68 µs while")
    );
}

/// An interval is right if it holds the time at which the log had the records at which the candidate had caught up.
#[test]
fn estimates_are_counted_as_right_or_wrong() {
    let mut fixture = sample_of("kappa");
    let right = |fixture: &Fixture| {
        let kappa = run(fixture).kappa.as_ref().expect("an upgrade");
        let arrived = kappa.arrived_at.expect("it caught up").cast_signed() * 60;
        let holds = |from: i64, to: i64| (from..=to).contains(&arrived);
        let all = kappa.estimates.iter();
        all.filter(|told| holds(told.from_ms.unwrap_or(i64::MAX), told.to_ms.unwrap_or(i64::MAX))).count()
    };
    for expected in [9, 8, 7] {
        assert_eq!(right(&fixture), expected);
        let section = section(&fixture);
        assert!(
            section.contains(&format!("It had caught up at 430.8 s: {expected} of 10 estimates had that")),
            "{section}"
        );
        let results = fixture.results.architectures.as_mut().expect("a sample with architectures");
        let told = &mut results.kappa.as_mut().expect("an upgrade").estimates[10 - expected + 4];
        (told.from_ms, told.to_ms) = (Some(0), Some(1));
    }
    let open = section(&sample_of("kappa-open"));
    assert!(open.contains("It never caught up: 1 of 1 estimate allowed for that."), "{open}");
    assert!(!open.contains("arrival-name"), "one word needs no picture");
}

#[test]
fn a_candidate_from_a_state_is_held_against_a_replay() {
    let said = "23 rows of what it serves are otherwise.";
    assert!(words(&section(&sample_of("kappa-dropped"))).contains(said));
    assert!(!words(&section(&sample_of("kappa"))).contains("of what it serves are otherwise"));
}

#[test]
fn what_cannot_be_judged_is_no_pass() {
    let mut fixture = sample_of("kappa");
    let run = fixture.results.architectures.as_mut().expect("a sample with architectures");
    let kappa = run.kappa.as_mut().expect("an upgrade");
    kappa.verdict.as_mut().expect("a verdict").cannot_judge = Some("no row is complete yet".to_owned());
    let words = words(&section(&fixture));
    assert!(words.contains("can’t judge , for no row is complete yet."), "{words}");
    assert!(!words.contains("11,180: pass"));
}

#[test]
fn nothing_hostile_gets_through() {
    let without_script = |page: String| {
        let (head, rest) = page.split_once("<script>").expect("our own script");
        head.to_owned() + rest.split_once("</script>").expect("its end").1
    };
    let page = without_script(reports::html(&sample_of("both-hostile").run()));
    for raw in ["<script", "<img", "\"><img", "\u{1b}", "\u{202e}"] {
        assert!(!page.contains(raw), "{raw:?}");
    }
    let names = |page: &str| -> Vec<String> {
        let body = page.split_once("</style>").expect("a style").1;
        body.split('<')
            .skip(1)
            .map(|tag| tag.split([' ', '>', '/']).next().unwrap_or_default().to_owned())
            .collect()
    };
    let harmless = without_script(reports::html(&fixture::architectures::hostile("harmless").run()));
    assert_eq!(names(&page), names(&harmless));
    let markdown = reports::markdown(&sample_of("both-hostile").run());
    let part = markdown.split("### ").find(|part| part.starts_with("Architectures")).expect("a part");
    assert!(
        part.contains("&#60;script&#62;") && !part.contains("<script") && !part.contains('\u{1b}'),
        "{part}"
    );
}

/// A text of a picture as a box in pixels: a character takes at least this much.
const CHAR: f64 = 5.8;

struct Word {
    text: String,
    left: f64,
    right: f64,
    y: f64,
    /// Names a level line.
    is_level: bool,
}

fn texts(picture: &str) -> Vec<Word> {
    let value = |tag: &str, name: &str| -> Option<String> {
        Some(tag.split_once(&format!(" {name}=\""))?.1.split('"').next()?.to_owned())
    };
    let number = |tag: &str, name: &str| -> f64 {
        value(tag, name).expect("an attribute").parse::<f64>().expect("a number") / 10.0
    };
    let parts = picture.split("<text").skip(1).map(|part| part.split_once('>').expect("a tag ends"));
    parts
        .map(|(tag, rest)| {
            let text = rest.split('<').next().expect("text").to_owned();
            let (x, width) = (number(tag, "x"), text.chars().count() as f64 * CHAR);
            let left = match value(tag, "text-anchor").as_deref() {
                Some("middle") => x - width / 2.0,
                Some("end") => x - width,
                _ => x,
            };
            let is_level = value(tag, "text-anchor").as_deref() == Some("end");
            Word { text, left, right: left + width, y: number(tag, "y"), is_level }
        })
        .collect()
}

#[test]
fn no_word_of_a_picture_covers_another_or_leaves_it() {
    let mut seen = 0;
    for name in OURS {
        let section = section(&sample_of(name));
        for picture in section.split("<svg").skip(1) {
            let picture = picture.split("</svg>").next().expect("a picture ends");
            let width = if picture.starts_with(" class=\"wide\"") { 800.0 } else { 330.0 };
            let all = texts(picture);
            for (index, one) in all.iter().enumerate() {
                seen += 1;
                assert!(one.left >= -1.0 && one.right <= width + 1.0, "{name}: {} at {}", one.text, one.left);
                for other in &all[index + 1..] {
                    let apart = one.right <= other.left || other.right <= one.left;
                    assert!(
                        apart || (one.y - other.y).abs() >= 11.0,
                        "{name}: {:?} on {:?}",
                        one.text,
                        other.text
                    );
                }
            }
        }
    }
    assert!(seen > 300, "vacuous: {seen}");
}

/// The last point of the line of that colour.
fn end_of_line(picture: &str, color: &str) -> f64 {
    let lines = picture.split("<polyline").skip(1).filter_map(|part| part.split("/>").next());
    let of_color = lines.filter(|line| line.contains(&format!("stroke=\"{color}\" stroke-width=\"2\"")));
    // Samples beside words have two points.
    let line = of_color.filter(|line| line.matches(',').count() > 2).last().expect("a line of that colour");
    let points = line.split_once("points=\"").expect("points").1.split('"').next().expect("points");
    let last = points.split_whitespace().last().and_then(|point| point.split_once(',')).expect("a point");
    last.1.parse::<f64>().expect("a number") / 10.0
}

#[test]
fn lines_end_at_the_values_of_the_results() {
    let fixture = sample_of("both");
    let (section, run) = (section(&fixture), run(&fixture));
    let served = [
        ("kappa-error", run.kappa.as_ref().and_then(|kappa| kappa.served.as_ref())),
        ("lambda-error", run.lambda.as_ref().and_then(|lambda| lambda.served.as_ref())),
    ];
    for (id, served) in served {
        let last = *served.expect("both").points.last().expect("some");
        for frame in ["wide", "narrow"] {
            let start = format!("class=\"{frame}\" role=\"img\" aria-labelledby=\"{id}-name\"");
            let picture =
                section.split(&start).nth(1).and_then(|rest| rest.split("</svg>").next()).expect("a picture");
            let words = texts(picture).into_iter().filter(|word| word.is_level);
            let levels: Vec<(f64, f64)> =
                words.filter_map(|word| Some((word.text.parse().ok()?, word.y))).collect();
            let (&(zero_at, zero), &(top_at, top)) = levels.first().zip(levels.last()).expect("levels");
            assert!(zero_at.abs() < 0.5 && top_at > 1.0, "{levels:?}");
            let scale = (zero - top) / top_at;
            let wrong = last.missing + last.changed + last.extra;
            for (color, value) in [("#667081", wrong), ("#B3261D", last.for_good), ("#101112", last.claimed)]
            {
                let drawn = (zero - end_of_line(picture, color)) / scale;
                assert!((drawn - value as f64).abs() < 0.5, "{id}-{frame}: {value} drawn as {drawn}");
            }
        }
    }
}

#[test]
fn each_picture_has_a_sentence_and_its_switches() {
    let fixture = sample_of("both");
    let section = section(&fixture);
    let ids: Vec<&str> = section
        .split("<svg class=\"wide\"")
        .skip(1)
        .filter_map(|part| part.split("<title id=\"").nth(1)?.split('"').next())
        .collect();
    let expected = [
        "kappa-served",
        "kappa-error",
        "kappa-lag",
        "lambda-views",
        "lambda-error",
        "lambda-age",
        "staleness",
        "arrival",
        "intervals",
    ];
    assert_eq!(ids, expected.map(|id| format!("{id}-name")));
    let kappa = run(&fixture).kappa.as_ref().expect("both");
    let points = &kappa.served.as_ref().expect("it was measured").points;
    let most = points.iter().map(|point| point.missing + point.changed + point.extra).max().expect("some");
    let last = points[points.len() - 1];
    let said = format!(
        "{most} rows at most, {} at the end, of which {} wrong for good",
        last.missing + last.changed,
        last.for_good
    );
    assert_eq!(section.matches(&said).count(), 1, "{said}");
    assert_eq!(section.matches(">Kappa: rows missing or wrong, over recorded time</title>").count(), 1);
    // Steps that fall together have one label.
    for label in [">1–2<", ">3<", ">4–6<", ">7<"] {
        assert!(section.matches(label).count() >= 2, "{label}, wide and narrow");
    }
}

#[test]
fn an_upgrade_is_a_test_case_of_its_own() {
    for (name, end, kind) in [
        ("kappa", UpgradeEnd::TookOver, None),
        ("kappa-back", UpgradeEnd::RolledBack, None),
        ("kappa-dropped", UpgradeEnd::Dropped, Some(NonSuccessKind::Failure)),
        ("kappa-open", UpgradeEnd::Undecided, Some(NonSuccessKind::Error)),
    ] {
        let fixture = sample_of(name);
        assert_eq!(run(&fixture).kappa.as_ref().map(|kappa| kappa.end), Some(end));
        let report = Report::deserialize_from_str(&reports::junit(&fixture.run())).expect("JUnit");
        let mut cases = report.test_suites.iter().flat_map(|suite| &suite.test_cases);
        let case = cases.find(|case| case.name.as_str() == "upgrade done").expect("a case");
        match (&case.status, kind) {
            (TestCaseStatus::Success { .. }, None) => {}
            (TestCaseStatus::NonSuccess { kind, description, .. }, Some(expected)) => {
                assert_eq!(*kind, expected, "{name}");
                let text = description.as_ref().expect("a description").as_str();
                assert!(text.starts_with("limit done, found not done: the candidate was "), "{text}");
                assert!(text.contains("\nKappa: "), "{text}");
            }
            (status, _) => panic!("{name}: {status:?}"),
        }
    }
}
