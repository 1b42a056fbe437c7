//! A run as Markdown for a pull request: the verdict, the checks, what was compared, how to repeat it.

use compare::{AnyResults, Change, Check, Results, TableResults, TableVersion, Timings, Unit, VersionResult};

use crate::Run;
use crate::differences::sentences;
use crate::format::{
    count, fixed, in_unit, increase, interval, one_line, per_record, plain_spaces, ratio_digits, shorten,
};
use crate::headline::{checks, headline, outcome_word, skipped};
use crate::sides::limit;

/// A value in a table is a glance, not a document.
const MOST_CHARS: usize = 200;

/// The document. Whatever text stands in the run, it stays text: no markup, no link, no mention.
pub(crate) fn document(run: &Run<'_>) -> String {
    let (results, timings) = (run.results, run.timings);
    let headline = headline(results, timings);
    let parts = [
        format!("## Counterpoint: {} ({})", escaped(&headline.sentence), outcome_word(headline.outcome)),
        escaped(&headline.detail),
        check_table(results, timings),
        change_table(&results.verdict().changes),
        differing_rows(results),
        "### What was compared".to_owned(),
        version_table(results, timings),
        subject(results, timings),
        "### How to repeat it".to_owned(),
        fenced(run.command),
        "Answers, costs and ratios come out the same to the byte; times differ from run to run.".to_owned(),
    ];
    let parts: Vec<_> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    plain_spaces(&parts.join("\n\n")) + "\n"
}

fn check_table(results: &AnyResults, timings: &Timings) -> String {
    let judged = checks(results, timings).map(|check| {
        [
            code(&check.name),
            limit(check),
            found(check),
            outcome_word(check.outcome).to_owned(),
            text(&check.note),
        ]
    });
    let skipped = skipped(results, timings).map(|limit| {
        [code(&limit.name), String::new(), String::new(), "skipped".to_owned(), text(&limit.reason)]
    });
    table(["check", "limit", "found", "outcome", "finding"], judged.chain(skipped))
}

fn found(check: &Check) -> String {
    match check.unit {
        Unit::Share => increase(check.value),
        Unit::Ratio | Unit::Rows | Unit::Ns => in_unit(check.value, check.unit),
    }
}

fn change_table(changes: &[Change]) -> String {
    if changes.is_empty() {
        return String::new();
    }
    let rows = changes.iter().map(|change| [code(&change.path), code(&change.was), code(&change.is)]);
    format!("### Changed since the baseline\n\n{}", table(["value", "was", "is"], rows))
}

/// The first rows of the candidate's table that are not the reference's.
fn differing_rows(results: &AnyResults) -> String {
    const MOST: usize = 5;
    let AnyResults::Table(results) = results else { return String::new() };
    let found = &results.candidate.divergence;
    let rows = sentences(found, "the reference", "the candidate", MOST);
    if rows.is_empty() {
        return String::new();
    }
    let heading = format!("### Rows that differ ({} of {})", rows.len(), count(found.differing()));
    let lines: Vec<String> = rows.iter().map(|row| format!("- {}", text(row))).collect();
    format!("{heading}\n\n{}", lines.join("\n"))
}

fn version_table(results: &AnyResults, timings: &Timings) -> String {
    let mut rows = match results {
        AnyResults::Cost(results) => cost_rows(results),
        AnyResults::Table(results) => table_rows(results),
    };
    rows.push([
        "time per record inside the job".to_owned(),
        per_record(timings.stable.records_per_second),
        per_record(timings.candidate.records_per_second),
    ]);
    table(["", "stable", "candidate"], rows)
}

fn table_rows(results: &TableResults) -> Vec<[String; 3]> {
    let row = |label: &str, cell: &dyn Fn(&TableVersion) -> String| {
        [label.to_owned(), cell(&results.stable), cell(&results.candidate)]
    };
    vec![
        row("job", &|version| code(&version.job)),
        row("rows", &|version| count(version.rows)),
        row("rows that differ from the reference", &|version| count(version.divergence.differing())),
        row("records used", &|version| count(version.ledger.used)),
        row("late", &|version| count(version.ledger.late)),
        row("unfired", &|version| count(version.ledger.unfired)),
        row("duplicate", &|version| count(version.ledger.duplicate)),
        row("rejected", &|version| count(version.ledger.rejected)),
    ]
}

fn cost_rows(results: &Results) -> Vec<[String; 3]> {
    let digits = ratio_digits(results.reference.lower_bound);
    let versions = [&results.stable, &results.candidate];
    let row = |label: String, cell: &dyn Fn(&VersionResult) -> String| {
        [label, cell(versions[0]), cell(versions[1])]
    };
    let ratio = |version: &VersionResult| {
        let ratio = &version.competitive_ratio;
        interval(&fixed(ratio.low, digits), &fixed(ratio.high, digits))
    };
    let mut rows = vec![
        row("job".to_owned(), &|version| code(&version.job)),
        row(text(&results.cost_unit), &|version| count(version.cost)),
        row("competitive ratio".to_owned(), &ratio),
    ];
    if let Some(orders) = &results.orders {
        let over = |mean: f64, worst: f64| format!("{} ({})", fixed(mean, digits), fixed(worst, digits));
        rows.push([
            format!("over {} orders: mean (worst)", count(orders.count)),
            over(orders.stable.mean.value, orders.stable.worst),
            over(orders.candidate.mean.value, orders.candidate.worst),
        ]);
    }
    rows
}

/// The data, the order and the reference, in sentences.
fn subject(results: &AnyResults, timings: &Timings) -> String {
    let (dataset, replay) = (results.dataset(), results.replay());
    let reference = match results {
        AnyResults::Cost(results) => {
            let reference = &results.reference;
            let bounds = interval(&count(reference.lower_bound), &count(reference.upper_bound));
            format!("The optimum: {bounds} {}.", text(&results.cost_unit))
        }
        AnyResults::Table(results) => format!("The reference: {} rows.", count(results.reference.rows)),
    };
    // On each record is what jobs do unless told otherwise.
    let trigger = match replay.trigger.as_str() {
        "record" => String::new(),
        other => format!(", trigger {}", code(other)),
    };
    format!(
        "Problem {}, dataset {}, {} records, BLAKE3 {}; order {}, seed {}, pace {}{trigger}. {reference}",
        code(results.problem()),
        code(&dataset.name),
        count(dataset.records),
        code(&dataset.blake3),
        code(&replay.order),
        replay.seed,
        code(&timings.pace),
    )
}

fn table<const N: usize>(head: [&str; N], rows: impl IntoIterator<Item = [String; N]>) -> String {
    let line = |cells: &[String; N]| format!("| {} |", cells.join(" | "));
    let mut lines = vec![line(&head.map(str::to_owned)), format!("|{}", "---|".repeat(N))];
    lines.extend(rows.into_iter().map(|row| line(&row)));
    lines.join("\n")
}

/// A value from the run, where nothing of it is read as a mention, an issue's number or an emoji.
fn code(value: &str) -> String {
    format!("<code>{}</code>", text(value))
}

/// A sentence in a cell.
fn text(value: &str) -> String {
    escaped(&shorten(value, MOST_CHARS))
}

/// The text with each character that Markdown, HTML or a forge might read as more than itself as an entity.
///
/// A forge looks for `@name` after it has read the entities, but in each text node alone: an element in between
/// keeps the sign and the name apart.
fn escaped(text: &str) -> String {
    let line = one_line(text);
    let mut safe = String::with_capacity(line.len());
    let mut letters = line.chars().peekable();
    let mut before = ' ';
    while let Some(c) = letters.next() {
        let next = letters.peek().copied().unwrap_or(' ');
        if c == '@' || c == '#' {
            safe.extend(["<span>", &entity(c), "</span>"]);
        } else if stays(before, c, next) {
            safe.push(c);
        } else {
            safe.push_str(&entity(c));
        }
        before = c;
    }
    safe
}

/// Letters, digits and spaces stay, and so does what ends a clause or joins two letters of a name.
fn stays(before: char, c: char, next: char) -> bool {
    let joins = before.is_ascii_alphanumeric() && next.is_ascii_alphanumeric();
    match c {
        '.' | ',' | ':' | ';' => next == ' ' || next.is_ascii_digit(),
        '_' | '-' => joins,
        '(' | ')' | '%' | '\'' | '=' | '/' | '?' => true,
        '+' => next.is_ascii_digit() && before == ' ',
        _ => !c.is_ascii_punctuation(),
    }
}

fn entity(c: char) -> String {
    format!("&#{};", u32::from(c))
}

/// A line of code between fences that no run of backquotes in it can close.
fn fenced(line: &str) -> String {
    let line = one_line(line);
    let longest = line.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(3.max(longest + 1));
    format!("{fence}sh\n{line}\n{fence}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_sentences_stay_readable() {
        for text in [
            "best-fit may replace first-fit",
            "It needs 421 bins where next-fit needs 531, 110 fewer; the optimum lies between 402 and 408.",
            "competitive_ratio fails: at least 1.0473 (95 % interval).",
            "harmonic:7",
        ] {
            assert_eq!(escaped(text), text);
        }
    }

    #[test]
    fn nothing_in_a_value_is_markup() {
        let check = |text, expected| assert_eq!(escaped(text), expected);
        check("a|b", "a&#124;b");
        check("`x` *y* _z_ ~~w~~", "&#96;x&#96; &#42;y&#42; &#95;z&#95; &#126;&#126;w&#126;&#126;");
        check("<script>&amp;", "&#60;script&#62;&#38;amp;");
        check("@team #12", "<span>&#64;</span>team <span>&#35;</span>12");
        check("[a](http://x.y) www.z.w", "&#91;a&#93;(http&#58;//x&#46;y) www&#46;z&#46;w");
        check("a\r\n# b", "a&#92;u&#123;d&#125;&#92;u&#123;a&#125;<span>&#35;</span> b");
        check("\u{202e}", "&#92;u&#123;202e&#125;");
        check("- x", "&#45; x");
        check("$a$ !b", "&#36;a&#36; &#33;b");
    }

    #[test]
    fn a_fence_holds() {
        assert_eq!(fenced("a ```` b\nc"), "`````sh\na ```` b\\u{a}c\n`````");
        assert_eq!(fenced("a"), "```sh\na\n```");
    }

    #[test]
    fn long_values_are_cut() {
        assert!(code(&"x".repeat(5_000)).len() < 250);
    }
}
