//! Rows that an experiment expects to differ.

use serde::{Deserialize, Serialize};

use crate::{
    Check, Unit,
    verdict::{Held, check, pass_if},
};

/// Describes what a rule of `[[expected]]` has met. Its texts come from a file: escape them wherever they are shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExpectedResult {
    /// Which rows.
    pub r#where: String,
    /// Why they differ.
    pub why: String,
    /// The last day on which the rule holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// Says whether that day was over: then the rule excuses nothing, and the gate fails.
    pub expired: bool,
    /// Rows that it speaks of, equal or not, which are left out of all other counts.
    pub rows: u64,
    /// Those of them in which stable differs from the reference.
    pub stable: u64,
    /// Those of them in which the candidate does.
    pub candidate: u64,
    /// Those of them in which the candidate differs from stable.
    pub changed: u64,
}

impl ExpectedResult {
    /// Returns whether nothing differs that it speaks of: a rule that nobody needs.
    pub fn is_idle(&self) -> bool {
        self.stable == 0 && self.candidate == 0 && self.changed == 0
    }
}

/// Returns the check that no rule is past its day; nothing where there are no rules.
pub fn expected_check(rules: &[ExpectedResult]) -> Option<Check> {
    let expired: Vec<&ExpectedResult> = rules.iter().filter(|rule| rule.expired).collect();
    let held = Held { unit: Unit::Values, limit: 0.0, value: expired.len() as f64 };
    let note = match expired.first() {
        None if rules.is_empty() => return None,
        None => {
            let rows = rules.iter().map(|rule| rule.rows).fold(0, u64::saturating_add);
            format!(
                "{} expected to differ, by {}",
                counted(rows, "rows are", "row is"),
                counted(rules.len() as u64, "rules", "rule")
            )
        }
        Some(rule) => format!(
            "the rule '{}' was good until {} ({}): mend what differs, or give it another day",
            rule.r#where,
            rule.until.as_deref().unwrap_or_default(),
            rule.why
        ),
    };
    Some(check("expected", held, pass_if(expired.is_empty()), note))
}

fn counted(number: u64, many: &str, one: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {many}") }
}
