//! Conditions on rows, as `[[expected]]` has them: `user = 'test' and candidate.n < stable.n`.

use std::cmp::Ordering;

use compare::number_order;

/// A row of each of the tables that are compared, as far as they have it.
pub(crate) trait Rows {
    /// The text of a column in the row of one side; nothing where there is no such row or field.
    fn field(&self, side: Side, column: &str) -> Option<&str>;
}

/// One of the tables that are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Reference,
    Stable,
    Candidate,
}

impl Side {
    pub(crate) const ALL: [Self; 3] = [Self::Reference, Self::Stable, Self::Candidate];

    fn name(self) -> &'static str {
        match self {
            Self::Reference => "reference",
            Self::Stable => "stable",
            Self::Candidate => "candidate",
        }
    }
}

/// A condition: all of its comparisons hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Filter {
    all: Vec<Comparison>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Comparison {
    left: Term,
    operator: Operator,
    right: Term,
}

/// Something with a text.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Term {
    /// A column, of one side or of whichever has the row.
    Column(Option<Side>, String),
    Literal(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Equal,
    Unequal,
    Less,
    AtMost,
    More,
    AtLeast,
}

/// The longer before those that they begin with.
const OPERATORS: [(&str, Operator); 7] = [
    ("!=", Operator::Unequal),
    ("<>", Operator::Unequal),
    ("<=", Operator::AtMost),
    (">=", Operator::AtLeast),
    ("=", Operator::Equal),
    ("<", Operator::Less),
    (">", Operator::More),
];

impl Operator {
    fn holds(self, order: Ordering) -> bool {
        match self {
            Self::Equal => order.is_eq(),
            Self::Unequal => order.is_ne(),
            Self::Less => order.is_lt(),
            Self::AtMost => order.is_le(),
            Self::More => order.is_gt(),
            Self::AtLeast => order.is_ge(),
        }
    }
}

impl Filter {
    /// Reads a condition; the error says where it can't be read.
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        let mut words = Words { text, at: 0 };
        let mut all = vec![words.comparison()?];
        while words.keyword("and") {
            all.push(words.comparison()?);
        }
        match words.rest() {
            "" => Ok(Self { all }),
            rest => Err(format!("expected 'and' or the end before '{}'", datasets::shown(rest))),
        }
    }

    /// The columns that it names.
    pub(crate) fn columns(&self) -> impl Iterator<Item = &str> {
        let terms = self.all.iter().flat_map(|comparison| [&comparison.left, &comparison.right]);
        terms.filter_map(|term| match term {
            Term::Column(_, name) => Some(name.as_str()),
            Term::Literal(_) => None,
        })
    }

    /// Tells whether it holds of a row, with the columns of any one side where no side is named.
    pub(crate) fn holds(&self, rows: &impl Rows) -> bool {
        Side::ALL.into_iter().any(|side| self.all.iter().all(|comparison| comparison.holds(rows, side)))
    }
}

impl Comparison {
    fn holds(&self, rows: &impl Rows, side: Side) -> bool {
        let (Some(left), Some(right)) = (self.left.text(rows, side), self.right.text(rows, side)) else {
            return false;
        };
        self.operator.holds(number_order(left, right).unwrap_or_else(|| left.cmp(right)))
    }
}

impl Term {
    fn text<'a>(&'a self, rows: &'a impl Rows, side: Side) -> Option<&'a str> {
        match self {
            Self::Column(own, name) => rows.field(own.unwrap_or(side), name),
            Self::Literal(text) => Some(text),
        }
    }
}

/// The text of a condition, read from the left.
struct Words<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Words<'a> {
    fn rest(&mut self) -> &'a str {
        let rest = &self.text[self.at..];
        let trimmed = rest.trim_start();
        self.at += rest.len() - trimmed.len();
        trimmed
    }

    fn keyword(&mut self, word: &str) -> bool {
        let rest = self.rest();
        let is_it = rest.get(..word.len()).is_some_and(|head| head.eq_ignore_ascii_case(word))
            && !rest[word.len()..].starts_with(is_of_name);
        self.at += if is_it { word.len() } else { 0 };
        is_it
    }

    fn comparison(&mut self) -> Result<Comparison, String> {
        let left = self.term()?;
        let rest = self.rest();
        let Some((sign, operator)) = OPERATORS.iter().find(|(sign, _)| rest.starts_with(sign)) else {
            return Err(format!("expected one of = != < <= > >= before '{}'", datasets::shown(rest)));
        };
        self.at += sign.len();
        Ok(Comparison { left, operator: *operator, right: self.term()? })
    }

    fn term(&mut self) -> Result<Term, String> {
        let rest = self.rest();
        match rest.chars().next() {
            Some(quote @ ('\'' | '"')) => {
                let text = self.quoted(quote)?;
                Ok(if quote == '"' { Term::Column(None, text) } else { Term::Literal(text) })
            }
            Some(first) if first.is_ascii_digit() || first == '-' => {
                let end = rest
                    .find(|c: char| !(c.is_ascii_alphanumeric() || "+-.".contains(c)))
                    .unwrap_or(rest.len());
                self.at += end;
                Ok(Term::Literal(rest[..end].to_owned()))
            }
            Some(first) if is_of_name(first) => Ok(self.column()),
            _ => Err(format!(
                "expected a column, a number or a text such as 'test' before '{}'",
                datasets::shown(rest)
            )),
        }
    }

    /// A text in quotes, of which two stand for one.
    fn quoted(&mut self, quote: char) -> Result<String, String> {
        let mut text = String::new();
        let mut chars = self.text[self.at + 1..].char_indices().peekable();
        while let Some((at, char)) = chars.next() {
            if char != quote {
                text.push(char);
            } else if chars.next_if(|(_, next)| *next == quote).is_some() {
                text.push(quote);
            } else {
                self.at += 1 + at + 1;
                return Ok(text);
            }
        }
        Err(format!("the quote before '{}' is not closed", datasets::shown(&text)))
    }

    fn column(&mut self) -> Term {
        let rest = self.rest();
        let end = rest.find(|c| !is_of_name(c)).unwrap_or(rest.len());
        self.at += end;
        let name = &rest[..end];
        let of_side = Side::ALL.into_iter().find_map(|side| {
            let column = name.strip_prefix(side.name())?.strip_prefix('.')?;
            (!column.is_empty()).then(|| Term::Column(Some(side), column.to_owned()))
        });
        of_side.unwrap_or_else(|| Term::Column(None, name.to_owned()))
    }
}

fn is_of_name(char: char) -> bool {
    char.is_alphanumeric() || char == '_' || char == '.'
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Columns `user` and `n` of the three sides.
    struct Fake([Option<(&'static str, &'static str)>; 3]);

    impl Rows for Fake {
        fn field(&self, side: Side, column: &str) -> Option<&str> {
            let (user, n) = self.0[side as usize]?;
            match column {
                "user" => Some(user),
                "n" => Some(n),
                _ => None,
            }
        }
    }

    fn holds(text: &str, rows: [Option<(&'static str, &'static str)>; 3]) -> bool {
        Filter::read(text).expect(text).holds(&Fake(rows))
    }

    #[test]
    fn a_condition_is_about_one_side_or_about_any() {
        let rows = [Some(("a", "10")), Some(("a", "9")), Some(("a", "11"))];
        for text in [
            "user = 'a'",
            "n = 9.0",
            "n > 10",
            "n >= 11 and user = 'a'",
            "candidate.n > stable.n",
            "stable.n < reference.n AND candidate.n <> reference.n",
            "\"user\" != 'b'",
            "user='a'and n<10",
        ] {
            assert!(holds(text, rows), "{text}");
        }
        for text in [
            "user = 'b'",
            "n < 9",
            "n = 12",
            "candidate.n < 11",
            "n = 9 and n = 10",
            "none = 'a'",
            "user = '10'",
        ] {
            assert!(!holds(text, rows), "{text}");
        }
        let gone = [Some(("it's", "10")), None, None];
        assert!(
            holds("user = 'it''s'", gone)
                && !holds("candidate.n = 10", gone)
                && !holds("stable.n != 1", gone)
        );
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        for (text, what) in [
            ("", "expected a column"),
            ("n", "expected one of"),
            ("n =", "expected a column, a number"),
            ("n = 1 or n = 2", "before 'or n = 2'"),
            ("user = 'a", "not closed"),
            ("n = 1 and", "expected a column"),
            ("n == 1", "before '= 1'"),
        ] {
            let error = Filter::read(text).expect_err(text);
            assert!(error.contains(what), "{text}: {error}");
        }
    }

    #[test]
    fn columns_are_those_that_are_named() {
        let filter = Filter::read("stable.n < candidate.n and user = 'x'").expect("a condition");
        assert_eq!(filter.columns().collect::<Vec<_>>(), ["n", "n", "user"]);
    }
}
