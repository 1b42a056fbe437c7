//! Reads what the flags of `compare` say about columns.

use std::collections::BTreeMap;

use compare::{ComparingRows, Folding, RelativeTo, Rule, Rules, Tolerance};
use platform::Error;

use crate::cli::CompareArgs;

/// So many characters of a value are kept for display.
const CHARS: usize = 200;
/// Says what a share may be of, by the word behind it.
const SHARES: [(&str, RelativeTo); 3] =
    [("left", RelativeTo::Left), ("right", RelativeTo::Right), ("larger", RelativeTo::Larger)];

/// Returns how two tables are compared.
pub(super) fn comparing(args: &CompareArgs, key: Vec<String>) -> Result<ComparingRows, Error> {
    let rules = rules(args)?;
    if let Some((column, _)) = rules.set().find(|(column, _)| key.iter().any(|name| name == column)) {
        return Err(Error::usage(format!(
            "'{}' is part of the key, which has no rule",
            datasets::shown(column)
        ))
        .with_hint("rows are paired by the key as it is written"));
    }
    Ok(ComparingRows {
        key,
        renamed: renames(&args.rename)?,
        rules,
        unknown_differs: args.unknown == crate::cli::UnknownCells::Fail,
        listed: args.limit,
        chars: CHARS,
    })
}

fn renames(flags: &[String]) -> Result<BTreeMap<String, String>, Error> {
    let mut renamed = BTreeMap::new();
    for flag in flags {
        let Some((old, new)) = flag.split_once('=').filter(|(old, new)| !old.is_empty() && !new.is_empty())
        else {
            return Err(Error::usage(format!("--rename {}: expected LEFT=RIGHT", datasets::shown(flag)))
                .with_hint("the name of a column on the left, and what the right table calls it"));
        };
        if renamed.insert(new.to_owned(), old.to_owned()).is_some() {
            return Err(Error::usage(format!(
                "--rename {}: '{}' is named twice",
                datasets::shown(flag),
                datasets::shown(new)
            )));
        }
    }
    Ok(renamed)
}

/// The rules of columns that are named, and the one of all others.
fn rules(args: &CompareArgs) -> Result<Rules, Error> {
    let mut set = Set { otherwise: Rule::Number, by_column: BTreeMap::new() };
    for column in &args.written {
        set.rule("--written", column_of(column), Rule::Exact)?;
    }
    for flag in &args.tolerance {
        let (column, tolerance) = tolerance(flag)?;
        set.tolerance(column, tolerance)?;
    }
    for (flag, columns, folding) in [
        ("--ignore-case", &args.ignore_case, Folding { case: true, spaces: false }),
        ("--ignore-spaces", &args.ignore_spaces, Folding { case: false, spaces: true }),
    ] {
        for column in columns {
            set.folding(flag, column_of(column), folding)?;
        }
    }
    for column in &args.ignore {
        set.rule("--ignore", Some(column), Rule::Ignore)?;
    }
    let rules = Rules::all(set.otherwise);
    Ok(set.by_column.into_iter().fold(rules, |rules, (column, rule)| rules.with(column, rule)))
}

/// Every column is meant by a flag that names none.
fn column_of(flag: &str) -> Option<&str> {
    (!flag.is_empty()).then_some(flag)
}

struct Set {
    otherwise: Rule,
    by_column: BTreeMap<String, Rule>,
}

impl Set {
    fn rule(&mut self, flag: &str, column: Option<&str>, rule: Rule) -> Result<(), Error> {
        let known = self.known(column);
        if known.is_some_and(|known| known != rule) {
            return Err(contradicts(flag, column));
        }
        self.put(column, rule);
        Ok(())
    }

    fn tolerance(&mut self, column: Option<&str>, more: Tolerance) -> Result<(), Error> {
        let rule = match self.known(column) {
            None => more,
            Some(Rule::Within(known)) => Tolerance {
                absolute: known.absolute.max(more.absolute),
                relative: known.relative.max(more.relative),
                relative_to: if more.relative > 0.0 { more.relative_to } else { known.relative_to },
                ulps: known.ulps.max(more.ulps),
            },
            Some(_) => return Err(contradicts("--tolerance", column)),
        };
        self.put(column, Rule::Within(rule));
        Ok(())
    }

    fn folding(&mut self, flag: &str, column: Option<&str>, more: Folding) -> Result<(), Error> {
        let rule = match self.known(column) {
            None => more,
            Some(Rule::Folded(known)) => {
                Folding { case: known.case || more.case, spaces: known.spaces || more.spaces }
            }
            Some(_) => return Err(contradicts(flag, column)),
        };
        self.put(column, Rule::Folded(rule));
        Ok(())
    }

    fn known(&self, column: Option<&str>) -> Option<Rule> {
        match column {
            Some(column) => self.by_column.get(column).copied(),
            None => Some(self.otherwise).filter(|rule| *rule != Rule::Number),
        }
    }

    fn put(&mut self, column: Option<&str>, rule: Rule) {
        match column {
            Some(column) => {
                self.by_column.insert(column.to_owned(), rule);
            }
            None => self.otherwise = rule,
        }
    }
}

fn contradicts(flag: &str, column: Option<&str>) -> Error {
    let whose = column.map_or("all columns".to_owned(), |column| format!("'{}'", datasets::shown(column)));
    Error::usage(format!("{flag}: {whose} already have another rule"))
        .with_hint("a column has a tolerance, or is compared as text, or as written, or not at all")
}

/// Reads `0.005`, `1%`, `1%right`, `4ulps`, each with `COLUMN=` before it or without.
fn tolerance(flag: &str) -> Result<(Option<&str>, Tolerance), Error> {
    let (column, amount) = match flag.rsplit_once('=') {
        Some((column, amount)) => (Some(column), amount),
        None => (None, flag),
    };
    let parsed = match amount.split_once('%') {
        Some((share, of)) => {
            let relative_to = if of.is_empty() {
                Some(RelativeTo::Left)
            } else {
                SHARES.iter().find(|(word, _)| *word == of).map(|(_, of)| *of)
            };
            positive(share).zip(relative_to).map(|(share, relative_to)| Tolerance {
                relative: share / 100.0,
                relative_to,
                ..Tolerance::default()
            })
        }
        None => match amount.strip_suffix("ulps") {
            Some(ulps) => ulps.parse().ok().map(|ulps| Tolerance { ulps, ..Tolerance::default() }),
            None => positive(amount).map(Tolerance::absolute),
        },
    };
    let parsed = parsed.filter(|_| column.is_none_or(|column| !column.is_empty()));
    parsed.map(|tolerance| (column, tolerance)).ok_or_else(|| {
        Error::usage(format!("--tolerance {}: expected [COLUMN=]AMOUNT", datasets::shown(flag))).with_hint(
            "an amount is a number of at least 0 (`0.005`), a share (`1%` of the left value, `1%right`, `1%larger`), or \
             floats between the two (`4ulps`)",
        )
    })
}

fn positive(text: &str) -> Option<f64> {
    text.parse::<f64>().ok().filter(|number| number.is_finite() && *number >= 0.0)
}
