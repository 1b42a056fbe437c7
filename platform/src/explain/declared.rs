//! Makes the lines by which an experiment declares a rule's rows expected, and tries them on the rows of the run.

use compare::{DeclareResult, Rule, Rules};
use datasets::{Keys, Table};
use explain::{Declared, Words};
use toml::{Table as Toml, Value};

use crate::own::{Comparing, Expectation, ExpectedSection, Side, align, excuse};

/// Conditions are tried on tables of up to so many rows.
const MOST_ROWS: usize = 200_000;

/// The tables on which conditions are tried, with the columns that an experiment names.
pub(super) struct Tried<'a> {
    pub(super) reference: &'a Table,
    pub(super) answer: &'a Table,
    pub(super) keys: &'a Keys,
    /// Says by what rows are named.
    pub(super) comparing: &'a Comparing,
    /// Names a column of the catalogue's problem as the experiment does; nothing where it has no such column.
    pub(super) called: &'a dyn Fn(&str) -> Option<String>,
    /// Where the parameters of the catalogue's problem stand.
    pub(super) parameters: &'static [&'static str],
}

/// Returns what an experiment says to declare a rule; a line that speaks of no row that differs is none.
pub(super) fn of(words: &Words, tried: &Tried<'_>) -> Vec<DeclareResult> {
    match &words.declared {
        Declared::Where(conditions) => conditions
            .iter()
            .filter_map(|condition| renamed(condition, tried.called))
            .filter_map(|condition| expected(&condition, &words.sentence, tried))
            .collect(),
        Declared::Parameter { name, value } => {
            let set = Toml::from_iter([((*name).to_owned(), Value::Integer(*value))]);
            let nested =
                tried.parameters.iter().rev().fold(set, |inner, section| {
                    Toml::from_iter([((*section).to_owned(), Value::Table(inner))])
                });
            vec![DeclareResult { toml: nested.to_string(), rows: None }]
        }
        Declared::Nothing => Vec::new(),
    }
}

fn expected(condition: &str, why: &str, tried: &Tried<'_>) -> Option<DeclareResult> {
    let section = ExpectedSection { r#where: condition.to_owned(), why: why.to_owned(), until: None };
    let expectation = Expectation::read(1, &section).ok()?;
    let text = |name: &str, text: &str| (name.to_owned(), Value::String(text.to_owned()));
    let rule = Toml::from_iter([text("where", condition), text("why", why)]);
    let list = Value::Array(vec![Value::Table(rule)]);
    let toml = Toml::from_iter([("expected".to_owned(), list)]).to_string();
    if tried.reference.rows().max(tried.answer.rows()) > MOST_ROWS {
        return Some(DeclareResult { toml, rows: None });
    }
    let side = |whose, table| Side { whose, table, scale: 1, is_asked: false };
    let sides =
        [side("the reference", tried.reference), side("the answer", tried.answer), side("it", tried.answer)];
    let mut tables = align(sides, tried.keys, tried.comparing).ok()?;
    let today = jiff::civil::date(1970, 1, 1);
    let excused = excuse(&mut tables, &tried.comparing.rules, &[expectation], today).ok()?;
    let rows = excused.first().map_or(0, |rule| rule.candidate);
    (rows > 0).then_some(DeclareResult { toml, rows: Some(rows) })
}

/// A condition in the experiment's names for columns; nothing where it has none for one of them.
fn renamed(condition: &str, called: &dyn Fn(&str) -> Option<String>) -> Option<String> {
    let is_column = |word: &str| word.starts_with(|c: char| c.is_ascii_lowercase()) && word != "and";
    let word = |word: &str| {
        if !is_column(word) {
            return Some(word.to_owned());
        }
        match word.split_once('.') {
            Some((side, column)) => Some(format!("{side}.{}", plain(&called(column)?)?)),
            None => Some(plain(&called(word)?)?.to_owned()),
        }
    };
    let words: Option<Vec<String>> = condition.split(' ').map(word).collect();
    Some(words?.join(" "))
}

/// A name that can stand in a condition without quotes, behind a side's.
fn plain(name: &str) -> Option<&str> {
    let is_of_name = |c: char| c.is_alphanumeric() || c == '_';
    let starts = name.starts_with(|c: char| c.is_alphabetic() || c == '_');
    (starts && name.chars().all(is_of_name) && !name.eq_ignore_ascii_case("and")).then_some(name)
}

/// How rows of a catalogue's problem are paired.
pub(super) fn by_key(table: &Table) -> Comparing {
    let key = table.columns[..table.key_columns].iter().map(|column| column.name.to_string()).collect();
    Comparing { key, rules: Rules::all(Rule::Number), rename: std::collections::BTreeMap::new() }
}

#[cfg(test)]
mod tests {
    use std::str::FromStr;

    use explain::{About, Asked, Rule as Explaining};

    use super::*;
    use crate::{experiment::ExperimentFile, own::Filter};

    const ASKED: [Asked; 6] = [
        Asked::Tumbling { size_ms: 10_000 },
        Asked::Sliding { size_ms: 10_000, slide_ms: 2_000 },
        Asked::Sessions { gap_ms: 1_000 },
        Asked::Totals,
        Asked::AsOf,
        Asked::Within { ms: 60_000 },
    ];

    #[test]
    fn every_line_that_declares_a_rule_can_be_read() {
        let mut conditions = 0;
        for (rule, asked) in Explaining::ALL.iter().flat_map(|rule| ASKED.map(|asked| (rule, asked))) {
            let words = rule.words(&About { asked, first_ms: None, scale: 100, version: "candidate" });
            let Declared::Where(all) = &words.declared else { continue };
            for condition in all {
                Filter::read(condition).unwrap_or_else(|why| panic!("{}: {condition}: {why}", words.name));
                let same = renamed(condition, &|column| Some(column.to_owned()));
                assert_eq!(same.as_deref(), Some(condition.as_str()));
                conditions += 1;
            }
        }
        assert!(conditions > 50, "{conditions}");
    }

    #[test]
    fn conditions_speak_in_the_experiments_names() {
        let called = |column: &str| (column != "min").then(|| format!("my_{column}"));
        for (condition, expected) in [
            ("candidate.count < reference.count", Some("candidate.my_count < reference.my_count")),
            ("key = ''", Some("my_key = ''")),
            ("reference.min = 0 and reference.max = 0", None),
        ] {
            assert_eq!(renamed(condition, &called).as_deref(), expected, "{condition}");
        }
        assert_eq!(renamed("key = ''", &|_| Some("a b".to_owned())), None);
    }

    #[test]
    fn a_parameter_is_a_line_of_an_experiment() {
        let about =
            About { asked: Asked::Within { ms: 60_000 }, first_ms: None, scale: 1, version: "stable" };
        let words = Explaining::BoundExclusive.words(&about);
        let empty = Table::new(0, Vec::new());
        for sections in [&["parameters"][..], &["reference", "parameters"]] {
            let tried = Tried {
                reference: &empty,
                answer: &empty,
                keys: &Keys::default(),
                comparing: &by_key(&empty),
                called: &|_| None,
                parameters: sections,
            };
            let lines = of(&words, &tried);
            let [DeclareResult { toml, rows: None }] = &lines[..] else { panic!("{lines:?}") };
            let read = Toml::from_str(toml).expect("TOML");
            assert!(toml.contains("within = 59999"), "{toml}");
            toml::from_str::<ExperimentFile>(toml).expect("an experiment");
            assert!(read.contains_key(sections[0]));
        }
    }
}
