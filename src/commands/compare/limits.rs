//! Limits on what a changelog says beside its final table.

use datasets::ChangelogFacts;
use platform::Error;
use serde::Serialize;

use crate::cli::CompareArgs;

/// The limits that are set. They hold for the right table, which may take the left one's place.
pub(super) struct Limits {
    churn: Option<Limit>,
    transient: Option<Limit>,
}

/// A limit as it was written, and what it means.
struct Limit {
    text: String,
    amount: Amount,
}

enum Amount {
    Number(f64),
    /// As a fraction of 1.
    Share(f64),
}

/// Says whether a limit is kept, and where it isn't.
#[derive(Debug, Serialize)]
pub(super) struct Judged {
    /// The limit's name.
    limit: &'static str,
    /// Its value as it was set.
    allowed: String,
    /// Holds the number that was found, or the fraction of 1.
    value: f64,
    passes: bool,
    /// A sentence: what was found and where.
    detail: String,
}

impl Limits {
    pub(super) fn new(args: &CompareArgs) -> Result<Self, Error> {
        let limit =
            |flag, text: &Option<String>| text.as_deref().map(|text| Limit::parse(flag, text)).transpose();
        let limits = Self {
            churn: limit("--max-churn", &args.max_churn)?,
            transient: limit("--max-transient", &args.max_transient)?,
        };
        let needs_left = matches!(&limits.churn, Some(Limit { amount: Amount::Share(_), .. }));
        for (flag, is_set) in [("--max-churn", &limits.churn), ("--max-transient", &limits.transient)] {
            if is_set.is_some() && args.right_as == "table" {
                return Err(Error::usage(format!("{flag}: the right table isn't a changelog"))
                    .with_hint("say what its changes are with --right-as"));
            }
        }
        if needs_left && args.left_as == "table" {
            return Err(Error::usage(
                "--max-churn: the left table isn't a changelog, so nothing can be more than its changes",
            )
            .with_hint("say what its changes are with --left-as, or how many changes a row may have: 1.5"));
        }
        Ok(limits)
    }

    pub(super) fn judge(&self, left: Option<&ChangelogFacts>, right: Option<&ChangelogFacts>) -> Vec<Judged> {
        let Some(right) = right else { return Vec::new() };
        let churn = self.churn.as_ref().map(|limit| limit.judge_churn(left, right));
        let transient = self.transient.as_ref().map(|limit| limit.judge_transient(right));
        churn.into_iter().chain(transient).collect()
    }
}

impl Limit {
    fn parse(flag: &str, text: &str) -> Result<Self, Error> {
        let (number, is_share) = match text.strip_suffix('%') {
            Some(number) => (number, true),
            None => (text, false),
        };
        let number = number.trim().parse::<f64>().ok().filter(|number| number.is_finite() && *number >= 0.0);
        let Some(number) = number else {
            let error = Error::usage(format!(
                "{flag} {}: expected a number of at least 0, or a share",
                datasets::shown(text)
            ));
            return Err(error.with_hint("such as 1.5 or 10%"));
        };
        let amount = if is_share { Amount::Share(number / 100.0) } else { Amount::Number(number) };
        Ok(Self { text: text.to_owned(), amount })
    }

    fn judge_churn(&self, left: Option<&ChangelogFacts>, right: &ChangelogFacts) -> Judged {
        let has = right.changes_per_row;
        let most = right.most_changed.as_ref().map_or(String::new(), |most| {
            format!(", most of them of {} ({})", most.key, datasets::counted(most.changes, "changes"))
        });
        let before = left.map(|left| left.changes_per_row);
        let than_left = before.map_or(String::new(), |before| format!(", left {before:.2}"));
        let (value, allowed) = match self.amount {
            Amount::Number(allowed) => (has, allowed),
            Amount::Share(allowed) => (has / before.unwrap_or(has) - 1.0, allowed),
        };
        let detail = format!("right has {has:.2} changes a row{than_left}{most}");
        self.judged("max_churn", value, allowed, detail)
    }

    fn judge_transient(&self, right: &ChangelogFacts) -> Judged {
        let (rows, all) = (right.transient as f64, right.keys as f64);
        let (value, allowed) = match self.amount {
            Amount::Number(allowed) => (rows, allowed),
            Amount::Share(allowed) => (rows / all.max(1.0), allowed),
        };
        let some = right.some_transient.iter().map(|row| format!("{} (gone in line {})", row.key, row.line));
        let some: Vec<String> = some.collect();
        let such_as = if some.is_empty() { String::new() } else { format!(", such as {}", some.join(", ")) };
        let detail = format!(
            "{} of right's {} came and went ({:.1} %){such_as}",
            right.transient,
            datasets::counted(right.keys, "rows"),
            100.0 * rows / all.max(1.0)
        );
        self.judged("max_transient", value, allowed, detail)
    }

    fn judged(&self, limit: &'static str, value: f64, allowed: f64, detail: String) -> Judged {
        // A changelog without a row has no churn, and is never more than the other.
        Judged {
            limit,
            allowed: self.text.clone(),
            value,
            passes: value <= allowed || value.is_nan(),
            detail,
        }
    }
}

impl Judged {
    pub(super) fn passes(&self) -> bool {
        self.passes
    }

    /// Says it in a line.
    pub(super) fn line(&self) -> String {
        let verdict = if self.passes { "pass" } else { "fail" };
        let line = format!("{verdict}   {} \u{2264} {}: {}", self.limit, self.allowed, self.detail);
        datasets::shown(&line).to_string()
    }
}
