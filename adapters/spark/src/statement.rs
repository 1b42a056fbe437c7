//! The query before a server sees it: one statement that only asks, and asks for nothing but the data.
//!
//! The server parses it once more, as a subquery, so that nothing but a query is ever run.

use sql_tables::SqlError;

/// Functions that give another answer each time, or on each cluster. The first of them need no parentheses.
const CHANGING: [&str; 28] = [
    "current_timestamp",
    "current_date",
    "current_time",
    "localtimestamp",
    "current_user",
    "session_user",
    "user",
    "now",
    "curdate",
    "rand",
    "randn",
    "random",
    "randstr",
    "uniform",
    "uuid",
    "shuffle",
    "monotonically_increasing_id",
    "spark_partition_id",
    "input_file_name",
    "input_file_block_start",
    "input_file_block_length",
    "java_method",
    "reflect",
    "current_catalog",
    "current_database",
    "current_schema",
    "current_timezone",
    "tablesample",
];
/// So many of them may stand without parentheses. But a column may be called `user`, so that isn't among them.
const BARE: usize = 6;

/// A query that only asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Statement {
    sql: String,
    /// Its words, in lower case.
    words: Vec<String>,
    divides: bool,
}

impl Statement {
    /// Reads a query; the error says why it is none.
    pub(crate) fn parse(sql: &str) -> Result<Self, SqlError> {
        let tokens = tokens(sql)?;
        check_shape(&tokens)?;
        check_functions(&tokens)?;
        let last = tokens.iter().rfind(|token| token.text != ";");
        let end = last.map_or(0, |token| token.at + token.text.len());
        let words = tokens.iter().filter(|token| token.is_word).map(|token| token.text.to_lowercase());
        Ok(Self {
            sql: sql[..end].to_owned(),
            words: words.collect(),
            divides: tokens.iter().any(|token| token.text == "/"),
        })
    }

    /// Returns it as a subquery, which begins on the second line.
    pub(crate) fn wrapped(&self) -> String {
        format!("SELECT * FROM (\n{}\n)", self.sql)
    }

    /// Returns whether a word stands in it.
    pub(crate) fn has_word(&self, word: &str) -> bool {
        self.words.iter().any(|found| found == word)
    }

    /// Returns whether `/` stands in it.
    pub(crate) fn divides(&self) -> bool {
        self.divides
    }

    /// Returns how many lines it has.
    pub(crate) fn lines(&self) -> usize {
        self.sql.split('\n').count()
    }
}

/// A word, a quoted text or name, or a sign.
struct Token<'a> {
    at: usize,
    text: &'a str,
    is_word: bool,
}

/// Takes a text apart; comments are left out.
fn tokens(sql: &str) -> Result<Vec<Token<'_>>, SqlError> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(first) = sql[at..].chars().next() {
        let rest = &sql[at..];
        let length = if first.is_whitespace() {
            first.len_utf8()
        } else if rest.starts_with("--") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            comment(rest).ok_or_else(|| no_end("a comment", sql, at))?
        } else {
            let is_word = first.is_alphanumeric() || first == '_';
            let length = match first {
                '\'' | '"' | '`' => quoted(rest).ok_or_else(|| no_end("a quoted text", sql, at))?,
                _ if is_word => rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len()),
                _ => first.len_utf8(),
            };
            tokens.push(Token { at, text: &rest[..length], is_word });
            length
        };
        at += length;
    }
    Ok(tokens)
}

/// Returns the length of a comment, which may have others in it.
fn comment(text: &str) -> Option<usize> {
    let (mut depth, mut at) = (0, 0);
    loop {
        let next = at + text[at..].find(['/', '*'])?;
        match text.get(next..next + 2) {
            Some("/*") => depth += 1,
            Some("*/") => depth -= 1,
            _ => {
                at = next + 1;
                continue;
            }
        }
        at = next + 2;
        if depth == 0 {
            return Some(at);
        }
    }
}

/// Returns the length of a text in quotes, within which a quote is doubled or stands behind a backslash.
fn quoted(text: &str) -> Option<usize> {
    let mut chars = text.char_indices();
    let (_, quote) = chars.next()?;
    let mut chars = chars.peekable();
    while let Some((at, c)) = chars.next() {
        if c == '\\' && quote != '`' {
            chars.next();
        } else if c == quote && chars.next_if(|&(_, next)| next == quote).is_none() {
            return Some(at + 1);
        }
    }
    None
}

fn no_end(what: &str, sql: &str, at: usize) -> SqlError {
    let line = sql[..at].matches('\n').count() + 1;
    SqlError::query(format!("SQL doesn't parse: {what} that begins in line {line} has no end"))
}

/// Lets pass what only asks, once.
fn check_shape(tokens: &[Token<'_>]) -> Result<(), SqlError> {
    let end = tokens.iter().position(|token| token.text == ";").unwrap_or(tokens.len());
    let (statement, behind) = tokens.split_at(end);
    if statement.is_empty() || behind.iter().any(|token| token.text != ";") {
        let found = if statement.is_empty() { "nothing" } else { "more than one statement" };
        return Err(SqlError::query(format!("SQL: found {found}, expected one SELECT")));
    }
    let mut depth = 0_i64;
    for token in statement {
        depth += i64::from(token.text == "(") - i64::from(token.text == ")");
        if depth < 0 {
            break;
        }
    }
    if depth != 0 {
        let what = if depth < 0 { "a ) that no ( belongs to" } else { "a ( without its )" };
        return Err(SqlError::query(format!("SQL doesn't parse: it has {what}")));
    }
    let first = statement.iter().find(|token| token.text != "(").map_or("()", |token| token.text);
    if ["select", "with"].contains(&first.to_lowercase().as_str()) {
        return Ok(());
    }
    Err(SqlError::query(format!(
        "SQL: found {}, expected a SELECT, which may begin with WITH",
        datasets::shown(first)
    ))
    .with_hint("a reference only asks, it changes nothing and writes no file".to_owned()))
}

fn check_functions(tokens: &[Token<'_>]) -> Result<(), SqlError> {
    let found = tokens.iter().enumerate().find(|(at, token)| {
        // A function may be called by its name in quotes, and with its catalogue before it.
        let word = token.text.trim_matches('`').to_lowercase();
        let place = CHANGING.iter().position(|&name| name == word);
        let is_next =
            |behind: usize, sign: &str| tokens.get(at + behind).is_some_and(|next| next.text == sign);
        let is_called = is_next(1, "(");
        let is_bare = token.is_word && (*at == 0 || tokens[at - 1].text != ".");
        // Of a text it is a function of that alone.
        let is_of_nothing = word == "unix_timestamp" && is_called && is_next(2, ")");
        is_of_nothing || place.is_some_and(|place| is_called || is_bare && place < BARE)
    });
    match found {
        None => Ok(()),
        Some((_, token)) => Err(SqlError::query(format!(
            "SQL: {} gives another answer each time, expected functions of the data alone",
            datasets::shown(token.text)
        ))
        .with_hint("take times from the records".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(sql: &str) -> String {
        Statement::parse(sql).expect_err(sql).to_string()
    }

    #[test]
    fn a_query_is_kept_to_its_last_word() {
        for (sql, kept) in [
            ("SELECT 1", "SELECT 1"),
            ("  (select ';' AS \"a;b\") ; -- done\n", "  (select ';' AS \"a;b\")"),
            (
                "WITH a AS (SELECT 1 /* ) /* ; */ */) SELECT * FROM a -- )",
                "WITH a AS (SELECT 1 /* ) /* ; */ */) SELECT * FROM a",
            ),
            ("SELECT 'it''s \\' )' AS n, `a``)`", "SELECT 'it''s \\' )' AS n, `a``)`"),
            ("SELECT r.now, \"rand\" FROM r", "SELECT r.now, \"rand\" FROM r"),
            ("SELECT `now`, unix_timestamp(at) FROM r", "SELECT `now`, unix_timestamp(at) FROM r"),
        ] {
            let statement = Statement::parse(sql).expect(sql);
            assert_eq!(statement.sql, kept);
            assert_eq!(statement.wrapped(), format!("SELECT * FROM (\n{kept}\n)"));
        }
        let statement = Statement::parse("SELECT Date_Bin(1), 'x / y' -- a / b\n, epoch").expect("a query");
        assert!(statement.has_word("date_bin") && !statement.has_word("x") && !statement.divides());
        assert!(Statement::parse("SELECT a / 2").expect("a query").divides());
    }

    #[test]
    fn what_does_more_than_ask_is_refused() {
        for (sql, why) in [
            ("", "found nothing"),
            (" -- nothing\n;", "found nothing"),
            ("SELECT 1; SELECT 2", "more than one statement"),
            ("DROP TABLE records", "found DROP, expected a SELECT"),
            ("insert into t select 1", "found insert"),
            ("EXPLAIN SELECT 1", "found EXPLAIN"),
            ("SELECT 1) , (SELECT 2", "a ) that no ( belongs to"),
            ("SELECT (1", "a ( without its )"),
            ("SELECT 'a", "a quoted text that begins in line 1 has no end"),
            ("SELECT 1\n/* /* */", "a comment that begins in line 2 has no end"),
            ("SELECT now() AS n", "now gives another answer each time"),
            ("SELECT CURRENT_DATE", "CURRENT_DATE gives another answer"),
            ("SELECT Rand (3)", "Rand gives another answer"),
            ("SELECT `now`()", "`now` gives another answer"),
            ("SELECT builtin.`Current_Date`()", "`Current_Date` gives another answer"),
            ("SELECT unix_timestamp( )", "unix_timestamp gives another answer"),
            ("SELECT * FROM r TABLESAMPLE (5 ROWS)", "TABLESAMPLE gives another answer"),
        ] {
            let error = refused(sql);
            assert!(error.contains(why), "{sql}: {error}");
        }
    }

    /// Whatever stands there: it is taken apart without a panic, and what is kept is a part of it.
    #[test]
    fn no_text_breaks_it() {
        let parts =
            ["SELECT", " ", "'", "\"", "`", "\\", "/*", "*/", "--", "\n", ";", "(", ")", "é", "1", "/"];
        let mut random = datasets::SplitMix64::new(3);
        for _ in 0..20_000 {
            let count = random.uniform(0, 9);
            let text: String =
                (0..count).map(|_| parts[random.uniform(0, parts.len() as u64 - 1) as usize]).collect();
            for sql in [text.clone(), format!("SELECT {text}")] {
                if let Ok(statement) = Statement::parse(&sql) {
                    assert!(sql.starts_with(&statement.sql));
                }
            }
        }
    }
}
