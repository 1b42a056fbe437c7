//! One speed: every place that speaks of it says the same, whatever was measured.

mod fixture;

use compare::{
    Basis, Comparison, EmittedTimings, Estimate, Health, LatencyGate, Measure, NullJobTimings, Outcome,
    ReplayTimes, ReplicateNs, Speed, ThroughputComparison, ThroughputGate, Timings, Unit, Verdict,
};
use datasets::SplitMix64;
use fixture::{Fixture, SAMPLES, sample};

/// A time of a version, in nanoseconds, as it is written somewhere.
#[derive(Debug, Clone, Copy)]
struct Written {
    stable: f64,
    candidate: f64,
}

/// Rounded to three digits.
const ROUNDED: f64 = 0.006;

fn same(a: f64, b: f64, within: f64) -> bool {
    (a / b - 1.0).abs() <= within
}

/// `1.05 ms`, in nanoseconds.
fn duration(text: &str) -> f64 {
    let (number, unit) = text.trim().split_once(' ').unwrap_or_else(|| panic!("no duration: {text:?}"));
    let scale = match unit.trim() {
        "ns" => 1.0,
        "µs" => 1e3,
        "ms" => 1e6,
        "s" => 1e9,
        other => panic!("no unit: {other:?} in {text:?}"),
    };
    parse(number) * scale
}

/// `82.1 million/s`, as the nanoseconds that a record takes.
fn rate(text: &str) -> f64 {
    let text = text.trim().trim_end_matches("/s");
    let (number, scale) = match text.split_once(' ') {
        Some((number, "million")) => (number, 1e6),
        Some((number, "billion")) => (number, 1e9),
        Some(_) => panic!("no rate: {text:?}"),
        None => (text, 1.0),
    };
    1e9 / (parse(number) * scale)
}

fn parse(number: &str) -> f64 {
    number
        .trim()
        .replace(',', "")
        .replace('−', "-")
        .parse()
        .unwrap_or_else(|_| panic!("no number: {number:?}"))
}

/// Returns what stands before an interval in brackets.
fn bare(cell: &str) -> &str {
    cell.split_once(" (").map_or(cell, |(value, _)| value)
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    let (_, rest) = text.split_once(before).unwrap_or_else(|| panic!("{before:?} is not in {text}"));
    rest.split_once(after).unwrap_or_else(|| panic!("{after:?} is not in {rest}")).0
}

/// The page as text, tags made line feeds.
fn page_text(run: &reports::Run<'_>) -> Vec<String> {
    let html = reports::html(run).replace('\u{a0}', " ");
    let body = html.split_once("<body>").expect("a body").1;
    let mut text = String::new();
    for part in body.split('<') {
        text.push('\n');
        text.push_str(part.split_once('>').map_or("", |(_, text)| text));
    }
    text.lines().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()).collect()
}

fn after<'a>(lines: &'a [String], label: &str) -> &'a [String] {
    let at = lines.iter().position(|line| line.starts_with(label));
    &lines[at.unwrap_or_else(|| panic!("{label:?} is not on the page")) + 1..]
}

/// Every place where a run states both times.
fn written(fixture: &Fixture) -> Vec<(&'static str, Written)> {
    let (run, timings) = (fixture.run(), &fixture.timings);
    let detail = reports::headline(run.results, run.timings).detail;
    let sentence = Written {
        candidate: duration(between(&detail, "It takes ", " a record where ")),
        stable: duration(between(
            &detail,
            "next-fit takes ",
            if detail.contains("times as long") { ":" } else { " (" },
        )),
    };
    let rows = reports::speeds(timings);
    let markdown = reports::markdown(&run);
    let cells = |label: &str| -> Vec<String> {
        let line = markdown.lines().find(|line| line.starts_with(&format!("| {label}")));
        let line = line.unwrap_or_else(|| panic!("{label} is not in {markdown}"));
        line.split('|').map(|cell| cell.trim().to_owned()).collect()
    };
    let (times, rates) = (cells("time a record"), cells("records a second"));
    let lines = page_text(&run);
    let on_page = after(&lines, "time a record inside the job, mean");
    let json: serde_json::Value =
        serde_json::from_str(&serde_json::to_string(timings).expect("plain data")).expect("JSON");
    let of = |name: &str| json["speed"]["quantities"][0][name]["value"].as_f64().expect("a number");
    let time = |[stable, candidate]: [&str; 2]| Written {
        stable: duration(bare(stable)),
        candidate: duration(bare(candidate)),
    };
    let rate = |[stable, candidate]: [&str; 2]| Written {
        stable: rate(bare(stable)),
        candidate: rate(bare(candidate)),
    };
    vec![
        ("JSON", Written { stable: of("stable_ns"), candidate: of("candidate_ns") }),
        ("headline", sentence),
        ("terminal, time", time([&rows[0][1], &rows[0][2]])),
        ("terminal, rate", rate([&rows[1][1], &rows[1][2]])),
        ("Markdown, time", time([&times[2], &times[3]])),
        ("Markdown, rate", rate([&rates[2], &rates[3]])),
        ("page, time", time([&on_page[0], &on_page[2]])),
        ("page, rate", rate([&on_page[1], &on_page[3]])),
    ]
}

/// Every place that states how they compare, as a ratio.
fn ratios(fixture: &Fixture) -> Vec<(&'static str, f64)> {
    let (run, timings) = (fixture.run(), &fixture.timings);
    let json = timings.speed.work().expect("stated").ratio.value;
    let mut found = vec![("JSON", json)];
    if timings.speed.basis != Basis::Compared {
        return found;
    }
    let detail = reports::headline(run.results, run.timings).detail;
    let takes = detail.split_once(" takes ").expect("a time").1.split_once(" takes ").expect("two").1;
    found.push(("headline", parse(between(takes, ": ", " times as long"))));
    let increase = |text: &str| {
        let number = text.trim().trim_end_matches('%').trim().trim_start_matches('+');
        1.0 + parse(number) / 100.0
    };
    let lines = page_text(&run);
    // Stable against itself stands first, each with its interval.
    let row = after(&lines, "mean time per record against stable");
    let values: Vec<&String> =
        row.iter().filter(|line| line.ends_with('%') && !line.contains(" to ")).collect();
    found.push(("page", increase(values[1])));
    let markdown = reports::markdown(&run);
    let check = markdown.lines().find(|line| line.contains("<code>latency_increase_mean</code>"));
    let cells: Vec<&str> = check.expect("the check is there").split('|').collect();
    found.push(("Markdown's check", increase(cells[3])));
    found
}

/// A comparison of versions whose times vary so much that medians, means and ratios often contradict each other.
fn comparison(random: &mut SplitMix64) -> Comparison {
    let mut gate = LatencyGate::new(Some(0.05), None, 0.01);
    let scale = 10.0_f64.powf(random.uniform(0, 6000) as f64 / 1000.0);
    let apart = random.uniform(700, 1400) as f64 / 1000.0;
    for _ in 0..random.uniform(12, 40) {
        let mut six = |factor: f64| {
            let spread = scale * factor * 10.0_f64.powf(random.uniform(0, 500) as f64 / 1000.0);
            std::array::from_fn(|_| spread)
        };
        gate.push(&ReplicateNs { stable: six(1.0), candidate: six(apart), again: six(1.0) });
    }
    Comparison {
        replicates: gate.replicates() as u64,
        least_replicates: gate.least_replicates() as u64,
        metrics: gate.metrics(),
        control: gate.control(),
        health: Health::default(),
        ..fixture::comparison()
    }
}

/// One replay of each, with times that have nothing to do with the comparison's.
fn replays(random: &mut SplitMix64) -> [ReplayTimes; 2] {
    [(); 2].map(|()| {
        let mut time = || 10.0_f64.powf(random.uniform(0, 7000) as f64 / 1000.0);
        let mut ns = [time(), time(), time(), time(), time()];
        ns.sort_by(f64::total_cmp);
        fixture::times(1e9 / time(), ns)
    })
}

fn conclude(timings: &mut Timings, comparison: Option<Comparison>, [stable, candidate]: [ReplayTimes; 2]) {
    timings.speed = Speed::of(comparison.as_ref(), [&stable, &candidate]);
    let checks = comparison.iter().flat_map(|comparison| &comparison.metrics).filter_map(|metric| {
        let (limit, ratio) = (metric.margin?, metric.ratio?);
        Some(compare::Check {
            name: format!("latency_increase_{}", metric.metric),
            unit: Unit::Share,
            limit,
            value: ratio.value - 1.0,
            outcome: Outcome::Pass,
            note: "shown".to_owned(),
        })
    });
    timings.verdict = Verdict::of(checks.collect(), Vec::new());
    timings.comparison = comparison;
    timings.measure = Measure::ServiceTimeByChunk;
}

#[test]
fn every_place_says_the_same() {
    for seed in 0..400 {
        let random = &mut SplitMix64::new(seed);
        let mut fixture = sample("pass").expect("a sample");
        let compared = seed % 2 == 0;
        let comparison = compared.then(|| comparison(random));
        conclude(&mut fixture.timings, comparison, replays(random));
        let speed = &fixture.timings.speed;
        assert_eq!(speed.basis, if compared { Basis::Compared } else { Basis::Indicative }, "seed {seed}");
        let (places, ratios) = (written(&fixture), ratios(&fixture));
        for (place, here) in &places {
            for (other, there) in &places {
                let what = format!("seed {seed}: {place} {here:?}, {other} {there:?}");
                assert!(same(here.stable, there.stable, 2.0 * ROUNDED), "{what}");
                assert!(same(here.candidate, there.candidate, 2.0 * ROUNDED), "{what}");
                let [mine, theirs] = [here, there].map(|at| at.candidate.total_cmp(&at.stable));
                let opposed = mine.is_ne() && mine == theirs.reverse();
                assert!(!opposed, "{what}");
            }
            for (other, ratio) in &ratios {
                let what = format!("seed {seed}: {place} {here:?}, {other} {ratio} times");
                let of_times = here.candidate / here.stable;
                assert!((of_times - ratio).abs() <= 0.006 + 3.0 * ROUNDED * ratio, "{what}");
                let [mine, theirs] = [of_times, *ratio].map(|ratio| ratio.total_cmp(&1.0));
                assert!(!(mine.is_ne() && mine == theirs.reverse()), "{what}");
            }
        }
        let said = format!("{}{}", reports::markdown(&fixture.run()), page_text(&fixture.run()).join("\n"));
        assert_eq!(said.contains("indicative") || said.contains("Indicative"), !compared, "seed {seed}");
    }
}

#[test]
fn too_few_chunks_are_not_set_side_by_side() {
    let mut fixture = sample("pass").expect("a sample");
    let replay = |mean_ns| ReplayTimes {
        mean_ns: Some(mean_ns),
        samples: 29,
        percentiles: vec![(50.0, mean_ns), (100.0, mean_ns)],
    };
    conclude(&mut fixture.timings, None, [replay(62.0), replay(77_800.0)]);
    let run = fixture.run();
    let detail = reports::headline(run.results, run.timings).detail;
    assert!(
        detail.contains(
            "Their speeds are not stated: 29 chunks of each took long enough to be timed, and at least 30 are needed."
        ),
        "{detail}"
    );
    let page = page_text(&run).join("\n");
    for text in [&detail, &reports::markdown(&run), &page, &reports::junit(&run)] {
        assert!(!text.contains("77.8") && !text.contains(" µs"), "{text}");
    }
    assert!(reports::speeds(run.timings).is_empty());
}

#[test]
fn no_percentile_is_shown_that_the_samples_do_not_carry() {
    for (samples, carried) in [(98, false), (100, true)] {
        let mut fixture = sample("pass").expect("a sample");
        let replay = || ReplayTimes { samples, ..fixture::times(1e7, [101.0, 102.0, 103.0, 104.0, 105.0]) };
        conclude(&mut fixture.timings, None, [replay(), replay()]);
        let page = page_text(&fixture.run()).join("\n");
        assert_eq!(page.contains("p99 is 103 ns"), carried, "{samples}");
        assert!(!page.contains("104 ns") && page.contains(&format!("{samples} chunks were timed")), "{page}");
        let json = serde_json::to_string(&fixture.timings).expect("plain data");
        assert_eq!(json.contains("\"p99\""), carried, "{json}");
        assert!(!json.contains("p99.9"), "{json}");
    }
}

#[test]
fn figures_without_an_interval_are_called_indicative() {
    for name in SAMPLES {
        let fixture = sample(name).expect("each name has a sample");
        let compared = fixture.timings.speed.basis == Basis::Compared;
        for [label, stable, candidate] in reports::speeds(&fixture.timings) {
            assert_eq!(label.ends_with(", indicative"), !compared, "{name}: {label}");
            assert_eq!(stable.contains(" to ") && candidate.contains(" to "), compared, "{name}: {label}");
        }
    }
}

/// Fresh processes have shown these throughputs; the one replay of each says something else.
fn with_throughput(fixture: &mut Fixture, candidate_ns: f64, limit: f64) -> Estimate {
    let mut gate = ThroughputGate::new(limit, 0.01);
    for spread in 0..20 {
        let noise = 1.0 + f64::from(spread % 5) / 100.0;
        gate.push([1000.0, candidate_ns * noise, 1000.0 / noise]);
    }
    let emitted = EmittedTimings {
        records: 7,
        rows: 3,
        rows_after_close: 0,
        seconds: 0.123,
        timed_rows: 0,
        latency_p50_ns: None,
        latency_p99_ns: None,
        handover_seconds: None,
    };
    let timings = &mut fixture.timings;
    conclude(timings, None, [ReplayTimes::default(), ReplayTimes::default()]);
    (timings.stable.emitted, timings.candidate.emitted) = (Some(emitted), Some(emitted));
    timings.throughput = Some(ThroughputComparison {
        records: 54_321,
        replicates: 20,
        least_replicates: 8,
        spent_seconds: 3.0,
        budget_seconds: 60.0,
        error_rate: 0.01,
        outcome: gate.outcome(),
        note: "shown".to_owned(),
        needed_seconds: None,
        limit,
        stable_per_second: gate.stable_per_second(),
        ratio: gate.ratio(),
        smallest_effect: gate.smallest_effect(),
        control: gate.control(),
        health: Health::default(),
    });
    let limits = compare::Limits { throughput_decrease: Some(limit), ..compare::Limits::default() };
    timings.verdict = compare::latency_verdict(&limits, timings);
    gate.ratio().expect("twenty are enough")
}

#[test]
fn throughputs_that_were_compared_are_told_everywhere_and_once() {
    for (candidate_ns, limit, outcome) in
        [(1250.0, 0.1, "fail"), (700.0, 0.1, "pass"), (1100.0, 0.1, "inconclusive")]
    {
        let mut fixture = sample("table").expect("a sample");
        let ratio = with_throughput(&mut fixture, candidate_ns, limit);
        let run = fixture.run();
        let check = &fixture.timings.verdict.checks[0];
        assert_eq!(
            (check.name.as_str(), format!("{:?}", check.outcome).to_lowercase().as_str()),
            ("throughput_decrease", outcome)
        );
        assert!((check.value - (1.0 - ratio.value)).abs() < 1e-12);
        let rows = reports::speeds(run.timings);
        let [[label, stable, candidate]] = &rows[..] else { panic!("one row: {rows:?}") };
        assert_eq!(label, "records a second, until it had ended");
        let shown = rate(bare(stable)) / rate(bare(candidate));
        assert!(same(shown, ratio.value, 2.0 * ROUNDED), "{stable} {candidate} {ratio:?}");
        let detail = reports::headline(run.results, run.timings).detail;
        assert!(
            same(
                parse(between(&detail, ": ", " times as many").rsplit(": ").next().expect("a number")),
                ratio.value,
                0.01
            ),
            "{detail}"
        );
        let page = page_text(&run).join("\n");
        assert!(
            page.contains("54,321 records") && page.contains("records a second against stable"),
            "{page}"
        );
        let markdown = reports::markdown(&run);
        assert!(markdown.contains(label.as_str()) && markdown.contains("throughput_decrease"), "{markdown}");
        assert!(reports::junit(&run).contains("name=\"throughput_decrease\""));
        for text in [&page, &markdown, &detail] {
            assert!(!text.contains("indicative"), "{text}");
        }
    }
}

#[test]
fn a_throughput_that_could_not_be_told_keeps_its_check_and_the_replays_rate() {
    let mut fixture = sample("table").expect("a sample");
    with_throughput(&mut fixture, 1000.0, 0.1);
    let timings = &mut fixture.timings;
    if let Some(throughput) = &mut timings.throughput {
        (throughput.ratio, throughput.outcome, throughput.note) =
            (None, Outcome::Inconclusive, "the time allowed ran out".to_owned());
    }
    timings.verdict = compare::latency_verdict(&compare::Limits::default(), timings);
    assert_eq!(timings.verdict.checks[0].outcome, Outcome::Inconclusive);
    let rows = reports::speeds(&fixture.timings);
    assert_eq!(rows.len(), 1);
    assert!(rows[0][0].ends_with(", indicative"), "{rows:?}");
    let page = page_text(&fixture.run()).join("\n");
    assert!(page.contains("the time allowed ran out") && page.contains("fewer records a second"), "{page}");
}

#[test]
fn a_job_that_does_nothing_stands_beside_the_versions() {
    let mut fixture = sample("pass").expect("a sample");
    let null = |ns, share, skipped: Option<&str>| {
        let skipped = skipped.map(str::to_owned);
        Some(NullJobTimings { records: 5, ns, share, skipped, ..NullJobTimings::default() })
    };
    fixture.timings.stable.null_job = null(Some(1234.0), Some(0.125), None);
    fixture.timings.candidate.null_job = null(None, None, Some("<b>no\u{1b} columns"));
    let rows = reports::speeds(&fixture.timings);
    let label = "time a record of a job that does nothing, talked to alike, indicative";
    let row = rows.iter().find(|row| row[0] == label).expect("the row");
    assert_eq!([&row[1], &row[2]], ["1.23 µs, 12.5 % of its time", "not told"]);
    let page = reports::html(&fixture.run());
    assert!(page.contains(label) && page.contains("&lt;b&gt;no") && !page.contains("<b>no"));
    assert!(reports::markdown(&fixture.run()).contains(label));
    fixture.timings.candidate.null_job = None;
    let rows = reports::speeds(&fixture.timings);
    assert_eq!(rows.iter().find(|row| row[0] == label).expect("the row")[2], "no program outside");
}

#[test]
fn the_brokers_own_share_stands_beside_the_times_of_rows() {
    let mut fixture = sample("pass").expect("a sample");
    let emitted = |p99: f64| EmittedTimings {
        records: 10,
        rows: 10,
        rows_after_close: 0,
        seconds: 1.0,
        timed_rows: 10,
        latency_p50_ns: Some(p99 / 2.0),
        latency_p99_ns: Some(p99),
        handover_seconds: None,
    };
    let null = |latency: Option<[f64; 2]>| NullJobTimings {
        records: 9,
        latency_p50_ns: latency.map(|[p50, _]| p50),
        latency_p99_ns: latency.map(|[_, p99]| p99),
        skipped: latency.is_none().then(|| "no broker".to_owned()),
        ..NullJobTimings::default()
    };
    fixture.timings.stable.emitted = Some(emitted(80e6));
    fixture.timings.candidate.emitted = Some(emitted(160e6));
    fixture.timings.stable.null_job = Some(null(Some([1e6, 20e6])));
    fixture.timings.candidate.null_job = Some(null(Some([2e6, 40e6])));
    let found = |fixture: &fixture::Fixture| {
        let rows = reports::speeds(&fixture.timings).into_iter();
        rows.filter(|row| row[0].contains("of a job that")).collect::<Vec<_>>()
    };
    let median = "a row of a job that only copies, after its record was due, median, indicative";
    let p99 = "a row of a job that only copies, after its record was due, p99, indicative";
    assert_eq!(
        found(&fixture),
        [
            [median, "1.00 ms", "2.00 ms"],
            [p99, "20.0 ms, 25 % of the version's", "40.0 ms, 25 % of the version's"]
        ]
    );
    assert!(reports::markdown(&fixture.run()).contains(p99) && reports::html(&fixture.run()).contains(p99));
    fixture.timings.candidate.null_job = Some(null(None));
    let rows = found(&fixture);
    assert_eq!((rows.len(), rows[0][1].as_str(), rows[2][2].as_str()), (3, "not told", "not told"));
    assert!(reports::html(&fixture.run()).contains("no broker"));
}
