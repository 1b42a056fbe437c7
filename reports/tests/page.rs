//! Shows what a reader may rely on in any report, whatever the run was.

mod fixture;

use compare::{DeclareResult, ExplanationResult, HeldOut, Outcome, RuleResult};
use fixture::{
    Fixture, SAMPLES, sample,
    tables::{changes, table},
};

fn pages() -> impl Iterator<Item = (&'static str, Fixture, String)> {
    SAMPLES.into_iter().map(|name| {
        let fixture = sample(name).expect("each name has a sample");
        let page = reports::html(&fixture.run());
        (name, fixture, page)
    })
}

fn page(name: &str) -> String {
    reports::html(&sample(name).expect("each name has a sample").run())
}

fn between<'a>(text: &'a str, start: &str, end: &str) -> &'a str {
    let from = text.find(start).unwrap_or_else(|| panic!("no {start}")) + start.len();
    &text[from..from + text[from..].find(end).unwrap_or_else(|| panic!("no {end}"))]
}

/// Returns what stands in all elements of that name, without their tags.
fn elements(page: &str, name: &str) -> Vec<String> {
    let (open, close) = (format!("<{name}"), format!("</{name}>"));
    let inner = page.split(&open).skip(1).filter(|part| part.starts_with([' ', '>']));
    inner
        .map(|part| {
            part[part.find('>').expect("a tag ends") + 1..part.find(&close).expect("an element ends")]
                .to_owned()
        })
        .collect()
}

#[test]
fn the_verdict_comes_first_and_each_heading_once() {
    let page = page("pass");
    assert_eq!(
        elements(&page, "h1"),
        ["<span class=\"badge pass\">Pass</span> on accuracy and speed: best-fit may replace next-fit"]
    );
    let headings = [
        "Checks: 5 passed, 1 not judged",
        "How the ratio develops",
        "Side by side",
        "Does the order matter?",
        "How full are the bins?",
        "How long does a record take at full speed?",
        "What it ran on",
        "Reproduce this",
    ];
    assert_eq!(elements(&page, "h2"), headings);
}

#[test]
fn a_part_without_data_leaves_no_heading() {
    let headings = elements(&page("exact"), "h2");
    assert!(!headings.iter().any(|heading| heading.contains("order matter")), "{headings:?}");
    let headings = elements(&page("one"), "h2");
    let expected = [
        "Checks: 2 not judged",
        "How full are the bins?",
        "Side by side",
        "What it ran on",
        "Reproduce this",
    ];
    assert_eq!(headings, expected);
}

#[test]
fn each_check_stands_in_the_list_once() {
    for (name, fixture, page) in pages().filter(|(name, ..)| !name.ends_with("hostile")) {
        let list = between(&page, "<ul class=\"checks\"", "</ul>");
        let codes = elements(list, "code");
        let checks = || fixture.results.verdict.checks.iter().chain(&fixture.timings.verdict.checks);
        assert_eq!(codes.len(), checks().count(), "{name}");
        for check in checks() {
            let wanted = checks().filter(|other| other.name == check.name).count();
            let shown = codes.iter().filter(|code| **code == check.name).count();
            assert_eq!(shown, wanted, "{name}: {}", check.name);
        }
        let outcomes = list.matches("class=\"mark ").count() - list.matches("class=\"mark open\"").count();
        assert_eq!(outcomes, codes.len(), "{name}: an outcome for each check");
    }
}

#[test]
fn a_check_that_limits_no_number_of_the_table_is_listed_all_the_same() {
    let mut fixture = fixture::pass();
    let mut check = fixture.results.verdict.checks[0].clone();
    for name in ["ledger", "lower_bound", "proven_ratio", "feeder", "competitive_ratio", "something_new"] {
        name.clone_into(&mut check.name);
        fixture.results.verdict.checks.push(check.clone());
    }
    let page = reports::html(&fixture.run());
    let codes = elements(between(&page, "<ul class=\"checks\"", "</ul>"), "code");
    assert_eq!(codes.len(), 11);
}

#[test]
fn each_estimate_is_a_plot_with_its_limit() {
    let page = page("pass");
    let list = between(&page, "<ul class=\"checks\"", "</ul>");
    let titles: Vec<_> =
        list.split("<title id=\"dots-").skip(1).map(|rest| between(rest, ">", "</title>")).collect();
    let expected = [
        "next-fit: 1.301 to 1.321; the limit is 1.25",
        "best-fit: 1.032 to 1.047; the limit is 1.25",
        "best-fit: \u{2212}20.3 %; the limit is 0 %",
        "next-fit again: +0.10 % (\u{2212}0.80 to +0.80 %); the limit is +400 %",
        "best-fit: +306.2 % (+288.1 to +322.3 %); the limit is +400 %",
    ];
    assert_eq!(titles, expected);
    // A bound has no value that is more likely than another.
    assert_eq!(list.matches("<circle").count(), 3);
    assert_eq!(list.matches("class=\"beyond\"").count(), 5);
}

#[test]
fn what_is_open_comes_with_what_would_decide_it() {
    for (name, fixture, page) in pages() {
        let outcome = fixture.timings.outcome;
        let is_open = matches!(outcome, Outcome::Inconclusive | Outcome::Invalid);
        assert_eq!(page.contains("id=\"next\""), is_open, "{name}");
        if is_open {
            assert!(between(&page, "id=\"next\"", "</section>").contains("<li>"), "{name}");
        }
    }
    assert!(page("invalid").contains("Feed more slowly: a --pace below 100000/s."));
}

#[test]
fn what_decides_a_comparison_is_time_a_quieter_machine_or_a_wider_limit() {
    let mut fixture = fixture::fail();
    let comparison = fixture.timings.comparison.as_mut().expect("a comparison");
    (comparison.needed_seconds, comparison.budget_seconds) = (Some(41.0), 10.0);
    comparison.health = compare::Health { load: Some(3.0), steal_share: Some(0.07), throttled: None };
    for metric in &mut comparison.metrics {
        metric.smallest_effect = Some(0.123);
    }
    for check in fixture.timings.verdict.checks.iter_mut().filter(|check| check.outcome == Outcome::Fail) {
        check.outcome = Outcome::Inconclusive;
    }
    fixture.timings.outcome = Outcome::Inconclusive;
    let page = reports::html(&fixture.run()).replace('\u{a0}', " ");
    let steps = elements(between(&page, "id=\"next\"", "</section>"), "li");
    let expected = [
        "Give the comparison more time: --budget 62s. It had 10.0 s, and at this noise about 41.0 s are needed.",
        "Run it on a quieter machine, or when nothing else runs: 3.0 tasks were runnable on 2 processors, a hypervisor gave 7 % of \
         the time to others.",
        "Or allow what this run could have told apart, if you can live with it: --latency-increase 13% (+12.3 % and more would \
         have been seen; the limit is 5 %).",
    ];
    assert_eq!(steps, expected);
}

#[test]
fn a_comparison_that_ended_before_its_time_needs_another_machine() {
    let steps = |spent: f64, needed: Option<f64>, load: Option<f64>| {
        let mut fixture = fixture::fail();
        let comparison = fixture.timings.comparison.as_mut().expect("a comparison");
        (comparison.spent_seconds, comparison.budget_seconds) = (spent, 60.0);
        comparison.needed_seconds = needed;
        comparison.health = compare::Health { load, steal_share: None, throttled: None };
        fixture.timings.machine.load = None;
        for metric in &mut comparison.metrics {
            metric.smallest_effect = None;
        }
        let checks = &mut fixture.timings.verdict.checks;
        checks.retain(|check| check.name.starts_with("latency_increase"));
        checks.truncate(1);
        checks[0].outcome = Outcome::Inconclusive;
        checks[0].name = "latency_increase_p95".to_owned();
        fixture.timings.outcome = Outcome::Inconclusive;
        let page = reports::html(&fixture.run()).replace('\u{a0}', " ");
        elements(between(&page, "id=\"next\"", "</section>"), "li")
    };
    let time = "Give the comparison more time: --budget 360s. It had 60.0 s.";
    let limit = "Or allow more, if you can live with it: a --latency-tail-increase above 5 %.";
    let machine = "Run it on a quieter machine, or when nothing else runs";
    let busy = format!("{machine}: 3.0 tasks were runnable on 2 processors.");
    assert_eq!(steps(5.0, None, None), [format!("{machine}."), limit.to_owned()]);
    assert_eq!(steps(5.0, None, Some(3.0)), [busy.clone(), limit.to_owned()]);
    assert_eq!(steps(59.0, None, Some(3.0)), [time.to_owned(), busy, limit.to_owned()]);
    let known = steps(5.0, Some(100.0), None);
    assert!(known[0].contains("--budget 150s") && known[1] == limit, "{known:?}");
}

#[test]
fn a_quantile_that_no_one_knows_is_not_said_to_be_found() {
    let found = |is_known: bool| {
        let mut fixture = sample("paced").expect("a sample");
        let check = fixture.timings.verdict.checks.iter_mut().find(|check| check.name == "latency_p99");
        let check = check.expect("a limit on latency");
        (check.outcome, check.limit) = (Outcome::Fail, f64::INFINITY);
        let bounds = compare::Estimate { value: 2e6, low: 1e6, high: 3e6 };
        fixture.timings.candidate.p99_bounds = is_known.then_some(bounds);
        let page = reports::html(&fixture.run());
        between(between(&page, "id=\"checks\"", "</section>"), "<code>latency_p99</code>", "<p>").to_owned()
    };
    assert!(found(true).contains("found "), "{}", found(true));
    assert!(!found(false).contains("found ") && found(false).contains("limit "), "{}", found(false));
}

#[test]
fn rows_that_differ_have_named_keys_times_and_the_record_that_they_lack() {
    let page = page("table");
    let first = |pair: &str| {
        let table = between(&page, &format!("id=\"rows-{pair}\""), "</table>").to_owned();
        let heads =
            elements(&table, "th").into_iter().take_while(|head| !head.starts_with('<')).collect::<Vec<_>>();
        let row = between(&table, "<tbody>", "</tr>").replace("<code>", "").replace("</code>", "");
        (heads, elements(&row, "td"), row)
    };
    let (heads, cells, row) = first("stable-against-the-reference");
    let expected = ["window start", "window end", "user", "is", "column", "reference", "stable", "why"];
    assert_eq!(heads, expected);
    assert!(row.starts_with("<tr><th scope=\"row\">0 s</th>"), "{row}");
    let line = |text: &str| format!("<span class=\"line\">{text}</span>");
    let why = "it lacks record 998, which came 1.20\u{a0}s behind event time";
    let expected = ["10\u{a0}s", "user-0", "changed", &line("count"), &line("20"), &line("19"), &line(why)];
    assert_eq!(cells, expected);
    let (.., row) = first("candidate-against-stable");
    for why in ["stable lacks record 998, which came", "candidate lacks record 998<"] {
        assert!(row.contains(why), "{row}");
    }
    // A run of an older version names no columns.
    let mut fixture = sample("table").expect("a sample");
    *changes(&mut fixture.results) =
        compare::TableChanges { rows: changes(&mut fixture.results).rows.clone(), ..Default::default() };
    let page = reports::html(&fixture.run());
    assert!(page.contains("<th scope=\"col\">key 3</th>") && !page.contains("id=\"when\""));
}

#[test]
fn a_row_that_one_side_alone_has_shows_its_values_there() {
    let mut fixture = sample("table").expect("a sample");
    let key = ["0", "10000", "user-0"].map(str::to_owned).to_vec();
    let values = [["count", "1"], ["sum", ""]].map(|value| value.map(str::to_owned)).to_vec();
    let extra = compare::RowDifference::Extra { key, values };
    table(&mut fixture.results.candidate).divergence.worst.insert(0, extra);
    let page = reports::html(&fixture.run());
    let table = between(&page, "id=\"rows-candidate-against-the-reference\"", "</table>");
    let cells_of = |kind: &str| -> Vec<String> {
        let rows = table.split("<tr>").filter(|row| row.contains(&format!("<td>{kind}</td>")));
        let row = rows.into_iter().next().unwrap_or_else(|| panic!("a row that is {kind}"));
        let cells = elements(row, "td").into_iter().skip_while(|cell| cell != kind);
        cells.skip(1).take(3).map(|cell| cell.replace("<code>", "").replace("</code>", "")).collect()
    };
    let lines = |texts: [&str; 2]| texts.map(|text| format!("<span class=\"line\">{text}</span>")).concat();
    let (names, none) = (lines(["count", "sum"]), lines(["<i class=\"dim\">no row</i>"; 2]));
    assert_eq!(cells_of("missing"), [names.clone(), lines(["7", "1307"]), none.clone()]);
    assert_eq!(cells_of("extra"), [names, none, lines(["1", "<i class=\"dim\">empty</i>"])]);
}

#[test]
fn when_rows_differ_is_a_picture() {
    let page = page("table");
    let figure = between(&page, "id=\"when\"", "</figure>");
    for said in [
        "per-record has most of them, 8, from 2024-01-01 00:00:10 on, and 14 late records",
        "per-trigger has most of them, 35, from 2024-01-01 00:00:20 on, and 3 late records",
        "by their window start, in steps of 10\u{a0}s from 2024-01-01 00:00:00 UTC",
        ">00:00:10<",
        "<em>Pale, lines rising</em>: missing.",
    ] {
        assert!(figure.contains(said), "{said}: {figure}");
    }
    // A file may say anything: counts that don't fit together are no picture.
    let mut fixture = sample("table").expect("a sample");
    changes(&mut fixture.results).over_time.as_mut().expect("a time").versions.stable.late.pop();
    assert!(!reports::html(&fixture.run()).contains("id=\"when\""));
}

#[test]
fn the_top_of_the_page_says_when_where_and_links_the_files() {
    let page = page("pass");
    let header = between(&page, "<header>", "</header>");
    for said in [
        "2026-03-02 09:15:00 UTC, took 4.21\u{a0}s on build-7, linux x86_64, AMD EPYC 7763, 2\u{a0}processors",
        "commit <code>19e71cf0f3c2</code> with changes",
        "<a href=\"answers/stable.csv\">answers/stable.csv</a>, ",
        "<a href=\"results.json\">results.json</a></p>",
    ] {
        assert!(header.contains(said), "{said}: {header}");
    }
}

#[test]
fn a_limit_that_was_not_checked_is_named_with_its_reason() {
    let expected = "<b>latency, 99 % within</b><p>latency_p99: it needs a paced replay</p>";
    assert_eq!(page("pass").matches(expected).count(), 1);
}

#[test]
fn nothing_hostile_gets_through() {
    let (page, crashes) = (page("hostile"), page("crash-hostile"));
    // Our own script is one, in the head, and holds nothing of a run.
    let own = between(&self::page("pass"), "<script>", "</script>").to_owned();
    let without = |page: &str| {
        assert_eq!(between(page, "<script>", "</script>"), own);
        page.replacen(&format!("<script>{own}</script>"), "", 1)
    };
    let (page, crashes) = (without(&page), without(&crashes));
    for raw in ["<script", "<img", "\"><img", "\u{1b}", "\u{202e}"] {
        assert!(!page.contains(raw) && !crashes.contains(raw), "{raw:?}");
    }
    let section = between(&crashes, "What the crashes did", "</section>");
    for (before, after) in [("<td>", "</td>"), ("2: ", "</th>"), ("first record: ", "</p>")] {
        let evil = format!("{before}&lt;script&gt;alert(1)&lt;/script&gt;");
        assert!(between(section, &evil, after).starts_with("\\u{1b}[31m"), "{evil}");
    }
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;\\u{1b}[31m\\u{202e}&quot;&gt;&lt;img"));
    // The same elements in the same places as for a harmless name: nothing was broken out of.
    let harmless = without(&reports::html(&fixture::hostile("harmless").run()));
    let shape = |page: &str| tags(page).into_iter().map(|tag| tag.name).collect::<Vec<_>>();
    assert_eq!(shape(&page), shape(&harmless));
    let harmless = without(&reports::html(&fixture::crashes::hostile("harmless").run()));
    assert_eq!(shape(&crashes), shape(&harmless));
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(32))]

    #[test]
    fn no_text_changes_the_shape_of_the_page(text in "(?s).{1,24}") {
        let shape = |text: &str| {
            let page = reports::html(&fixture::hostile(text).run());
            tags(&page).into_iter().map(|tag| tag.name).collect::<Vec<_>>()
        };
        proptest::prop_assert_eq!(shape(&text), shape("harmless"));
    }
}

#[test]
fn a_line_feed_in_the_command_starts_no_second_command() {
    let mut fixture = fixture::pass();
    fixture.command = "counterpoint run x\nrm -rf y".to_owned();
    assert!(reports::html(&fixture.run()).contains("counterpoint run x\\nrm -rf y"));
}

/// The tag without the words that its points are told with, which the script sets as text.
fn untold(tag: &str) -> String {
    match tag.split_once(" data-tips=\"") {
        Some((before, rest)) => before.to_owned() + rest.split_once('"').expect("the value's end").1,
        None => tag.to_owned(),
    }
}

#[test]
fn the_page_is_small_and_needs_nothing_else() {
    for (name, _, page) in pages() {
        assert!(page.len() < 150_000, "{name}: {} bytes", page.len());
        for word in ["http:", "https:", "src=", "@import", "url(", "javascript:", " style=", " on"] {
            let tags = tags(&page).into_iter().map(|tag| untold(&tag.text)).collect::<String>();
            assert!(!tags.contains(word), "{name}: {word}");
        }
    }
}

#[test]
fn the_same_run_gives_the_same_bytes() {
    for (name, fixture, page) in pages() {
        assert_eq!(page, reports::html(&fixture.run()), "{name}");
    }
}

#[test]
fn what_is_no_number_is_not_printed_as_one() {
    for (name, _, page) in pages() {
        let page = page.replace(between(&page, "<script>", "</script>"), "");
        for word in ["NaN", "inf<", ">inf", "-0.0", "i64", "None", "Some("] {
            assert!(!page.contains(word), "{name}: {word}");
        }
    }
}

#[test]
fn tags_are_balanced_and_ids_unique() {
    for (name, _, page) in pages() {
        let mut open = Vec::new();
        for tag in tags(&page) {
            match tag.kind {
                Kind::Open => open.push(tag.name),
                Kind::Close => assert_eq!(open.pop(), Some(tag.name), "{name}"),
                Kind::Alone => {}
            }
        }
        assert!(open.is_empty(), "{name}: {open:?}");
        let mut ids: Vec<_> = page.split(" id=\"").skip(1).map(|rest| rest.split('"').next()).collect();
        let all = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), all, "{name}");
    }
}

#[test]
fn each_picture_has_a_sentence_and_a_caption() {
    let page = page("paced");
    assert_eq!(page.matches("<svg class=\"wide\"").count(), 4);
    assert_eq!(page.matches("<svg class=\"narrow\"").count(), 4);
    assert_eq!(elements(&page, "figcaption").len(), 4);
    for svg in page.split("<svg ").skip(1).filter(|svg| !svg.starts_with("class=\"dots\"")) {
        let id = between(svg, "aria-labelledby=\"", "\"");
        let title = between(&page, &format!("<title id=\"{id}\">"), "</title>");
        assert!(!title.is_empty() && !title.contains(" has "), "a name: {title}");
        let said = between(svg, "aria-describedby=\"", "\"");
        let said = between(&page, &format!("<desc id=\"{said}\">"), "</desc>");
        assert!(said.contains("next-fit") && said.contains("best-fit") && said.ends_with('.'), "{said}");
    }
}

#[test]
fn the_policy_admits_exactly_the_style_and_the_script_of_the_page() {
    use base64::Engine as _;
    let page = page("pass");
    let hash = |text: &str| {
        base64::engine::general_purpose::STANDARD.encode(hmac_sha256::Hash::hash(text.as_bytes()))
    };
    let style = hash(between(&page, "<style>", "</style>"));
    let script = hash(between(&page, "<script>", "</script>"));
    let policy = between(&page, "http-equiv=\"Content-Security-Policy\" content=\"", "\"");
    let expected = format!(
        "default-src 'none'; style-src 'sha256-{style}'; script-src 'sha256-{script}'; img-src data:; base-uri 'none'; \
         form-action 'none'"
    );
    assert_eq!(policy, expected);
}

#[test]
fn trouble_with_the_measurement_is_said_aloud() {
    let saturated = page("saturated");
    assert!(saturated.contains("<b>Saturated: </b>best-fit could not keep up with the pace"));
    let invalid = page("invalid");
    assert!(invalid.contains("The feeder missed its schedule."));
    assert!(invalid.contains("does not add up"));
    assert!(invalid.contains("3 missing, 2 changed"));
    assert!(!page("paced").contains("class=\"warning\""));
}

#[test]
fn a_difference_between_the_flavours_comes_with_its_reasons() {
    let heading = "Why do the two versions differ?";
    let page = page("table");
    let (_, why) = page.split_once(heading).expect("a heading");
    let why = why.split("</section>").next().expect("its end");
    for said in [
        "as in Flink: the watermark moves with each record",
        "as in Spark: the watermark moves between micro-batches",
        "Under this trigger per-record moves it at the same edges",
        "the older that is, the fewer records are late",
        "per-record drops 14\u{a0}records, per-trigger 3.",
        "what is still open, 576\u{a0}records, is never emitted",
        "35 are missing",
    ] {
        assert!(why.contains(said), "{said:?} in {why}");
    }
    assert!(!reports::html(&sample("table-same").expect("a sample").run()).contains(heading));
}

#[test]
fn rows_that_differ_are_explained_or_said_not_to_be() {
    let mut fixture = sample("table").expect("a sample");
    let part = |fixture: &Fixture| {
        let page = reports::html(&fixture.run());
        let (_, part) = page.split_once("Why the rows differ")?;
        Some(part.split("</section>").next().expect("its end").to_owned())
    };
    assert_eq!(part(&fixture), None);
    let rule = RuleResult {
        name: "late-dropped".to_owned(),
        number: Some(0),
        sentence: "late records are <dropped>".to_owned(),
        known_of: vec!["Flink".to_owned()],
        declare: vec![DeclareResult { toml: "[[expected]]\nwhere = \"a < b\"\n".to_owned(), rows: Some(3) }],
    };
    let mut other = rule.clone();
    other.sentence = "each is cut".to_owned();
    let mut found = ExplanationResult {
        rules: vec![rule],
        alike: vec![vec![other]],
        differing: 41,
        explained: 40,
        held_out: Some(HeldOut { explained: 20, differing: 21 }),
        left: vec![vec!["10000".to_owned(), "user-0".to_owned()]],
        ..ExplanationResult::default()
    };
    fixture.results.candidate.explanation = Some(Box::new(found.clone()));
    let told = part(&fixture).expect("a part");
    for said in [
        "40 of 41 rows that differ: late records are &lt;dropped&gt;.",
        "held out: of 21 rows in which no rule was sought, 20 are as the rule says",
        "left over: 10000, user-0",
        "or: each is cut (it says the same of every row here)",
        "known of: Flink",
        "which speaks of 3\u{a0}rows that differ",
        "where = &quot;a &lt; b&quot;",
    ] {
        assert!(told.contains(said), "{said:?} in {told}");
    }
    let why = reports::why_rows_differ(&fixture.results).expect("a line");
    assert!(
        why.starts_with("candidate per-trigger: 40 of 41") && why.contains("another set of rules"),
        "{why}"
    );
    assert!(reports::markdown(&fixture.run()).contains("40 of 41 rows that differ"));
    (found.rules, found.alike) = (vec![], vec![]);
    fixture.results.candidate.explanation = Some(Box::new(found));
    assert!(part(&fixture).expect("a part").contains("no known rule explains the 41 rows that differ"));
}

#[test]
fn sessions_are_judged_otherwise_and_may_drop_more() {
    let mut fixture = sample("table").expect("a sample");
    let results = &mut fixture.results;
    results.parameters.insert("gap".into(), 3_000.into());
    (results.candidate.ledger.late, results.candidate.ledger.used) = (20, 19_404);
    let page = reports::html(&fixture.run());
    assert!(page.contains("judges the record alone, and drops it though its session may still be open"));
    assert!(!page.contains("fewer records are late"));
}

#[test]
fn a_drained_run_has_no_not_emitted_records_to_explain() {
    let mut fixture = sample("table").expect("a sample");
    let results = &mut fixture.results;
    results.parameters.insert("drain".into(), "yes".into());
    results.replay.trigger = "record".into();
    let page = reports::html(&fixture.run());
    assert!(page.contains("Both emit whatever is still open"), "{page}");
    assert!(page.contains("per-record moves it with each record") && !page.contains("same edges"));
}

#[test]
fn a_pass_that_is_further_off_than_stable_says_so() {
    let mut fixture = sample("table").expect("a sample");
    let verdict = &mut fixture.results.verdict;
    verdict.checks[0].name = "divergence".into();
    (verdict.checks[0].limit, verdict.checks[0].value) = (50.0, 41.0);
    verdict.checks[0].outcome = Outcome::Pass;
    *verdict = compare::Verdict::of(verdict.checks.clone(), vec![]);
    fixture.timings.outcome = Outcome::Pass;
    let headline = reports::headline(&fixture.results, &fixture.timings);
    assert_eq!(
        headline.sentence,
        "per-trigger may replace per-record; it is wrong in 41 of 1,204 rows (3.41 %), per-record in 12, both in 9, 50 \
         allowed; it leaves out 579 of 20,000 records (2.9 %), per-record 14"
    );
    assert!(headline.detail.starts_with("It differs from the reference's 1,204 rows in 41 (3 changed, 35 missing, 3 extra), per-record in 12 (all changed). Of 20,000 records it does not use 579 (3 late, 576 not emitted), per-record 14 (all late)."), "{}", headline.detail);
}

/// The run called `table`, whose verdict is a pass, after `change`.
fn passed(change: impl Fn(&mut compare::Results)) -> String {
    let mut fixture = sample("table").expect("a sample");
    fixture.results.verdict.checks[0].outcome = Outcome::Pass;
    let results = &mut fixture.results;
    results.verdict.outcome = Outcome::Pass;
    change(results);
    fixture.timings.verdict = compare::Verdict::of(vec![], vec![]);
    fixture.timings.conclude(&fixture.results.verdict);
    reports::headline(&fixture.results, &fixture.timings).line()
}

#[test]
fn the_line_says_how_far_both_are_off_and_what_is_left_out() {
    let exact = |results: &mut compare::Results| {
        for version in [&mut results.stable, &mut results.candidate] {
            table(version).divergence = compare::RowDifferences { equal: 1_204, ..Default::default() };
            version.ledger = compare::Ledger { records: 20_000, used: 20_000, ..Default::default() };
        }
        changes(results).wrong_in_both = 0;
    };
    let may = "pass on accuracy; speed not judged: per-trigger may replace per-record";
    assert_eq!(passed(exact), may);
    let wrong = |results: &mut compare::Results, [stable, candidate, both]: [u64; 3]| {
        exact(results);
        table(&mut results.stable).divergence.changed = stable;
        table(&mut results.candidate).divergence.missing = candidate;
        changes(results).wrong_in_both = both;
    };
    for (counts, expected) in [
        ([200, 200, 200], "both are wrong in the same 200 of 1,204 rows (16.61 %)"),
        ([200, 200, 150], "it is wrong in 200 of 1,204 rows (16.61 %), per-record in 200, both in 150"),
        ([0, 1, 0], "it is wrong in 1 of 1,204 rows (0.0831 %), per-record in none"),
        ([1, 0, 0], "it is right in every row, per-record wrong in 1 of 1,204 rows (0.0831 %)"),
        ([200, 200, 0], "it is wrong in 200 of 1,204 rows (16.61 %), per-record in 200, both in none"),
    ] {
        assert_eq!(passed(|results| wrong(results, counts)), format!("{may}; {expected}"));
    }
    let left_out = |ledger: compare::Ledger, is_both: bool| {
        passed(|results| {
            exact(results);
            results.candidate.ledger = ledger;
            if is_both {
                results.stable.ledger = ledger;
            }
        })
    };
    let ledger = compare::Ledger { records: 20_000, used: 19_000, late: 1_000, ..Default::default() };
    assert_eq!(left_out(ledger, true), format!("{may}; both leave out 1,000 of 20,000 records (5 %)"));
    let few = compare::Ledger { late: 800, rejected: 200, ..ledger };
    assert_eq!(
        left_out(few, false),
        format!("{may}; it leaves out 1,000 of 20,000 records (5 %), per-record none")
    );
    let many = compare::Ledger { late: 799, rejected: 201, ..ledger };
    let named = "both leave out 1,000 of 20,000 records (5 %), 201 of them rejected";
    assert_eq!(left_out(many, true), format!("{may}; {named}"));
    // What the source held and the dataset doesn't.
    let refused = passed(|results| {
        exact(results);
        results.dataset.rejected = 5_000;
    });
    assert_eq!(refused, format!("{may}; 5,000 of 25,000 rows (20 %) of the source are not in the dataset"));
}

#[test]
fn every_place_says_the_same_line() {
    for name in SAMPLES {
        let fixture = sample(name).expect("each name has a sample");
        let headline = reports::headline(&fixture.results, &fixture.timings);
        let (scope, line) = (headline.scope.clone(), headline.line());
        let has_checks = !fixture.results.verdict.checks.is_empty();
        assert_eq!(
            scope.is_empty(),
            !has_checks && fixture.timings.verdict.checks.is_empty(),
            "{name}: {line}"
        );
        if scope.contains(&['<', '&'][..]) || name == "hostile" || name.contains("hostile") {
            continue;
        }
        let page = reports::html(&fixture.run()).replace('\u{a0}', " ").replace("&amp;", "&");
        assert!(page.contains(&format!("<title>{line}</title>")), "{name}: {line}");
        let markdown = reports::markdown(&fixture.run());
        let first = markdown.lines().next().expect("a heading").replace('\\', "");
        assert_eq!(first, format!("## Counterpoint: {line}"), "{name}");
    }
}

/// Returns what stands in the section about crashes, without tags.
fn crashes(page: &str) -> String {
    let section = between(page, "id=\"crashes\">What the crashes did", "</section>");
    section.split('<').filter_map(|part| Some(part.split_once('>')?.1)).collect::<Vec<_>>().join(" ")
}

#[test]
fn a_run_without_checkpoints_says_nothing_of_crashes() {
    for (name, fixture, page) in pages() {
        let has_some = fixture.results.stable.recovery.is_some();
        assert_eq!(page.contains("What the crashes did"), has_some, "{name}");
    }
}

#[test]
fn only_at_most_once_may_lose() {
    let (allowed, forbidden) = ("which at-most-once allows", "which no job may do");
    for (name, said) in [("crash-lost", allowed), ("crash-broken", forbidden), ("table-invalid", forbidden)] {
        let page = page(name);
        assert_eq!(
            (page.contains(allowed), page.contains(forbidden)),
            (said == allowed, said == forbidden),
            "{name}"
        );
    }
    assert!(page("crash-lost").contains("<em>lost</em> to a crash."));
    assert!(page("table-invalid").contains("<em>lost</em> without a trace."));
}

#[test]
fn each_incarnation_is_a_bar_and_each_fault_a_line() {
    let page = page("crash-twice");
    let section = between(&page, "What the crashes did", "</section>");
    let pictures = elements(section, "svg");
    assert_eq!(pictures.len(), 4, "one for each version, wide and narrow");
    for said in [">4<", ">worked off<", ">again<", ">repeated<", ">2: crash at checkpoint 12 state<"] {
        assert!(pictures.iter().all(|picture| picture.contains(said)), "{said}");
    }
    assert!(pictures.iter().all(|picture| !picture.contains(">lost<")));
    let table = elements(section, "tbody");
    let row = "<th scope=\"row\">2: crash at checkpoint 12 state</th><td>2</td><td>12,000</td><td>11,000</td>\
               <td>1,000</td><td>1,000</td>";
    assert!(table[0].contains(row), "{}", table[0]);
    assert!(
        table[0].contains("<td>3</td><td>13,100</td><td>no restart</td><td>–</td><td>200</td>"),
        "{}",
        table[0]
    );
    assert_eq!(table.len(), 2, "both were struck alike: one table of the faults, one of all");
}

#[test]
fn the_account_says_what_was_promised_and_whether_it_was_kept() {
    for (name, said) in [
        (
            "crash-lost",
            &[
                "at-most-once promises that no record is repeated; a crash may lose some.",
                "It was kept.",
                "The answer is not that of a run without faults.",
                "records lost 2,000",
                "21, one each 1,000",
            ][..],
        ),
        (
            "crash-twice",
            &[
                "at-least-once promises that no record is lost",
                "It was kept.",
                "records repeated 1,200",
                "rows never delivered 9",
                "rows delivered beyond 40",
                "torn rows cut from the output 1",
            ],
        ),
        (
            "crash-kept",
            &[
                "each row is delivered once.",
                "It was kept.",
                "The answer is that of a run without faults.",
                "commits of zombies, refused 1",
                "known and left out 20",
                "stores given up 1",
                "No fault struck per-record",
                "first record: checkpoints/3: a page is damaged",
            ],
        ),
        ("crash-broken", &["It was broken: 500 records are lost", "told from the run"]),
        ("crash-many", &["The first 12 of 101 incarnations, up to record 2,280.", "50 of 100 faults."]),
    ] {
        let text = crashes(&page(name)).replace('\u{a0}', " ");
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        for said in said {
            assert!(text.contains(said), "{name}: {said:?} in {text}");
        }
    }
}

#[test]
fn the_headline_says_what_crashes_cost() {
    let detail = |name: &str| {
        let fixture = sample(name).expect("a sample");
        reports::headline(&fixture.results, &fixture.timings).detail
    };
    let lost = detail("crash-lost");
    assert!(
        lost.contains("After 3 faults under at-most-once it loses 2,000 records, per-trigger 2,000."),
        "{lost}"
    );
    let twice = detail("crash-twice");
    assert!(
        twice.contains("After 4 faults under at-least-once it repeats 1,200 records, per-trigger 1,200."),
        "{twice}"
    );
    assert!(!detail("crash-kept").contains("After"));
    let broken = detail("crash-broken");
    assert!(broken.starts_with("Exactly-once is broken for stable: 500 records are lost"), "{broken}");
}

#[test]
fn a_guarantee_is_kept_or_broken_and_no_number() {
    for (name, outcome) in [("crash-twice", "kept"), ("crash-broken", "broken")] {
        let page = page(name);
        let table = between(&page, "<table class=\"sides\"", "</table>");
        for role in ["stable", "the candidate"] {
            let row = between(table, &format!("guarantee of {role}"), "</tr>");
            assert!(row.contains(&format!("<td role=\"cell\">{outcome}<small>")), "{row}");
            assert!(row.contains("<td role=\"cell\">kept</td>"), "the limit: {row}");
        }
    }
}

#[test]
fn waiting_is_one_picture_with_named_axes_and_points() {
    let page = page("table-open");
    let section = between(&page, "What does waiting for a batch buy?", "</section>");
    let pictures = elements(section, "svg");
    assert_eq!(pictures.len(), 2, "one, wide and narrow");
    for name in [
        "\u{2191} rows that differ",
        "wait, 99 % within \u{2192}",
        "1 records",
        "100 records",
        "once",
        "per-trigger",
    ] {
        assert!(pictures[0].contains(&format!(">{name}<")), "{name}: {}", pictures[0]);
    }
}

#[test]
fn repeats_are_set_apart_from_the_records() {
    let mut fixture = sample("crash-twice").expect("a sample");
    let page =
        |fixture: &Fixture| between(&reports::html(&fixture.run()), "Side by side", "</section>").to_owned();
    fixture.results.candidate.ledger.repeated = 0;
    fixture.results.stable.ledger.repeated = 0;
    assert!(!page(&fixture).contains("repeated"));
    fixture.results.candidate.ledger.repeated = 120;
    assert!(page(&fixture).contains("repeated") && page(&fixture).contains(">120<"));
}

#[test]
fn headlines() {
    let check = |name: &str, outcome, sentence: &str, detail: &str| {
        let fixture = sample(name).expect("each name has a sample");
        let headline = reports::headline(&fixture.results, &fixture.timings);
        assert_eq!(
            (headline.outcome, headline.sentence.as_str(), headline.detail.as_str()),
            (outcome, sentence, detail)
        );
    };
    check(
        "pass",
        Outcome::Pass,
        "best-fit may replace next-fit",
        "It needs 421 bins where next-fit needs 531, 110 fewer; the optimum lies between 402 and 408. \
         It takes 12.4 ns a record where next-fit takes 3.05 ns: 4.06 times as long (98 % interval 3.88 to 4.22). \
         Not checked: latency_p99.",
    );
    check(
        "fail",
        Outcome::Fail,
        "best-fit may not replace next-fit",
        "latency_increase_mean fails: time a record rises by at least 288 %, above the 5 % allowed. \
         It needs 421 bins where next-fit needs 531, 110 fewer; the optimum lies between 402 and 408. \
         It takes 12.4 ns a record where next-fit takes 3.05 ns: 4.06 times as long (98 % interval 3.88 to 4.22). \
         Not checked: latency_p99.",
    );
    check(
        "saturated",
        Outcome::Inconclusive,
        "it is still open whether best-fit may replace next-fit",
        "latency_p99 is undecided: best-fit could not keep up with 100000/s; whether it is slower can't be told from \
         this pace. It needs 421 bins where next-fit needs 531, 110 fewer; the optimum lies between 402 and 408. \
         best-fit could not keep up with the pace, so its latency says how long the run was.",
    );
    check(
        "invalid",
        Outcome::Invalid,
        "this run can't tell whether best-fit may replace next-fit",
        "competitive_ratio is invalid: best-fit claims 400 bins, fewer than the lower bound of 402: one of the two is \
         wrong. One more check is invalid. It needs 421 bins where next-fit needs 531, 110 fewer; the optimum \
         lies between 402 and 408. At pace 100000/s, 99 % of its decisions come within 420 ns of the due time, those of \
         next-fit within 310 ns (indicative: the versions were not compared).",
    );
    check(
        "one",
        Outcome::Pass,
        "best-fit beside next-fit: nothing was checked",
        "Both need 1 bin; the optimum is 1. Their speeds are not stated: no chunks took long enough to be timed.",
    );
}

#[derive(Debug, PartialEq)]
enum Kind {
    Open,
    Close,
    Alone,
}

struct Tag {
    name: String,
    kind: Kind,
    text: String,
}

/// The tags of a page in their order. No attribute of ours holds a raw `>`.
fn tags(page: &str) -> Vec<Tag> {
    let body = page.strip_prefix("<!DOCTYPE html>").expect("a document type");
    let style = between(body, "<style>", "</style>");
    let mut body = body.replace(style, "");
    if body.contains("<script>") {
        body = body.replace(between(&body, "<script>", "</script>").to_owned().as_str(), "");
    }
    let inner = body.split('<').skip(1).map(|part| part.split_once('>').expect("a tag ends").0.to_owned());
    inner.map(tag).collect()
}

fn tag(text: String) -> Tag {
    let name = text.trim_start_matches('/').split([' ', '/']).next().unwrap_or_default().to_owned();
    let kind = if text.starts_with('/') {
        Kind::Close
    } else if text.ends_with('/') || ["meta", "link"].contains(&name.as_str()) {
        Kind::Alone
    } else {
        Kind::Open
    };
    Tag { name, kind, text }
}

#[test]
fn how_a_version_took_over_is_told_on_either_side_of_it() {
    let mut fixture = fixture::tables::passed();
    assert!(!reports::html(&fixture.run()).contains("The hand-over"));
    table(&mut fixture.results.candidate).handover = Some(Box::new(fixture::tables::handover()));
    let headline = reports::headline(&fixture.results, &fixture.timings);
    assert!(headline.sentence.contains("its answer has 180 rows of windows of the old size"), "{headline:?}");
    for said in [
        "per-record took over after 1,000 of 20,000 records without the state of the job before it: 145 rows came before and \
         1,206 after. 2 rows were given out by both; the later ones count. Of the rows whose window's records came before 3 of \
         109 differ, of those with records on both sides 79 of 143, of those with all after 0 of 1,011.",
        "180 rows are windows of the old size (10,000 ms; the batch answer's have 20,000 ms): 145 given out before, 35 after, such \
         as 0,10000,k00001.",
    ] {
        assert!(headline.detail.contains(said), "{}", headline.detail);
    }
    let page = reports::html(&fixture.run());
    let section = between(&page, "The hand-over", "</section>");
    let row = between(section, "came before and after it</th>", "</tr>");
    assert_eq!(row, "<td>64</td><td>11</td><td>33</td><td>35</td>");
}

#[test]
fn nothing_is_said_of_records_that_a_program_outside_does_not_tell_of() {
    let mut fixture = fixture::tables::passed();
    let ledger = &mut fixture.results.candidate.ledger;
    *ledger =
        compare::Ledger { records: ledger.records, untold: ledger.records, ..compare::Ledger::default() };
    table(&mut fixture.results.candidate).state_peak = 0;
    let page = reports::html(&fixture.run());
    let figure = between(&page, "Which records does each version not use?", "</figure>");
    assert!(figure.contains("579 left out") && figure.contains(">not told<"), "{figure}");
    assert!(!figure.contains(">0<") && !figure.contains(">0 left out"), "{figure}");
    let said = between(figure, "<desc id=\"records-says\">", "<");
    assert!(said.contains("does not use 579") && said.ends_with("does not tell."), "{said}");
    for label in ["dropped late", "micro-batches", "entries of the state", "records used"] {
        let row = between(&page, label, "</tr>");
        assert!(row.contains("not told"), "{label}: {row}");
    }
}
