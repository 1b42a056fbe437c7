//! Why a version's table differs from the reference: the rule, or the two rules, that give the rows which it has.

use datasets::counted;
use serde::{Deserialize, Serialize};

/// Holds what was found when an explanation was sought.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExplanationResult {
    /// One rule, or two; none where no rule accounts for what differs.
    pub rules: Vec<RuleResult>,
    /// Other sets of rules that say the same of every row of this dataset.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alike: Vec<Vec<RuleResult>>,
    /// Rows in which the answer differs from the reference.
    pub differing: u64,
    /// Of these, those that are as the rules say.
    pub explained: u64,
    /// Rows that don't differ though the rules say so.
    pub spoiled: u64,
    /// Says how it is with the rows that no rule was sought in; nothing where too few differ to hold any out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_out: Option<HeldOut>,
    /// The keys of the first rows that differ though the rules say nothing of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left: Vec<Vec<String>>,
    /// Holds what was tried, where nothing was found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tried: Option<TriedRules>,
}

/// Rows that were held out when rules were sought.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeldOut {
    /// Those that are as the rules say.
    pub explained: u64,
    /// Those that differ.
    pub differing: u64,
}

/// Counts what was tried in vain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TriedRules {
    /// How many rules could be meant.
    pub rules: u64,
    /// How many sets of one rule or two were tried.
    pub sets: u64,
}

/// A rule in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleResult {
    /// Its name: `gap-exclusive`.
    pub name: String,
    /// Its number, where it has one: milliseconds, or a partition.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<i64>,
    /// The rule with its number, as the end of a sentence.
    pub sentence: String,
    /// Engines and libraries that are known to have it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub known_of: Vec<String>,
    /// Holds what an experiment says to declare it expected.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub declare: Vec<DeclareResult>,
}

/// Holds what an experiment says to declare a rule expected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeclareResult {
    /// The lines of TOML.
    pub toml: String,
    /// Of the rows that differ, those that the lines speak of; nothing where that wasn't tried.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<u64>,
}

impl ExplanationResult {
    /// Says in one sentence what explains the rows that differ, or that nothing does.
    pub fn sentence(&self) -> String {
        let rows = |count| counted(count, "rows");
        if self.rules.is_empty() {
            let tried = self.tried.map_or(String::new(), |tried| {
                format!(": {} and {} were tried", counted(tried.rules, "rules"), counted(tried.sets, "sets"))
            });
            let differ = if self.differing == 1 { "differs" } else { "differ" };
            return format!("no known rule explains the {} that {differ}{tried}", rows(self.differing));
        }
        let of = if self.explained == self.differing && self.differing == 1 {
            "the 1 row that differs".to_owned()
        } else if self.explained == self.differing {
            format!("all {} that differ", rows(self.differing))
        } else {
            format!("{} of {} that differ", self.explained, rows(self.differing))
        };
        format!("{of}: {}", said(&self.rules))
    }

    /// Says what speaks for it: what was held out, and what is left over; a line each.
    pub fn evidence(&self) -> Vec<String> {
        if self.rules.is_empty() {
            return Vec::new();
        }
        let mut lines = Vec::new();
        match self.held_out {
            Some(HeldOut { explained, differing }) => lines.push(format!(
                "held out: of {} in which no rule was sought, {explained} {} as the rule says",
                counted(differing, "rows"),
                if explained == 1 { "is" } else { "are" }
            )),
            None => lines.push("held out: none, for too few rows differ; it may fit by chance".to_owned()),
        }
        if self.spoiled > 0 {
            lines.push(format!("against it: {} would differ and don't", counted(self.spoiled, "rows")));
        }
        lines
    }

    /// Says which other sets of rules say the same; a line each.
    pub fn others(&self) -> Vec<String> {
        self.alike.iter().map(|rules| said(rules)).collect()
    }
}

/// Rules as one clause.
fn said(rules: &[RuleResult]) -> String {
    rules.iter().map(|rule| rule.sentence.as_str()).collect::<Vec<_>>().join("; and ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(sentence: &str) -> RuleResult {
        let (name, sentence) = ("x".to_owned(), sentence.to_owned());
        RuleResult { name, number: None, sentence, known_of: vec![], declare: vec![] }
    }

    #[test]
    fn what_was_found_is_one_sentence() {
        let mut found = ExplanationResult {
            rules: vec![rule("weeks start on Monday")],
            differing: 49,
            explained: 48,
            held_out: Some(HeldOut { explained: 23, differing: 24 }),
            ..ExplanationResult::default()
        };
        assert_eq!(found.sentence(), "48 of 49 rows that differ: weeks start on Monday");
        assert_eq!(
            found.evidence(),
            ["held out: of 24 rows in which no rule was sought, 23 are as the rule says"]
        );
        found.explained = 49;
        found.rules.push(rule("sums wrap at 32 bits"));
        assert_eq!(
            found.sentence(),
            "all 49 rows that differ: weeks start on Monday; and sums wrap at 32 bits"
        );
        found.rules.clear();
        found.tried = Some(TriedRules { rules: 40, sets: 1 });
        assert_eq!(
            found.sentence(),
            "no known rule explains the 49 rows that differ: 40 rules and 1 set were tried"
        );
        assert!(found.evidence().is_empty());
        (found.differing, found.tried) = (1, None);
        assert_eq!(found.sentence(), "no known rule explains the 1 row that differs");
    }
}
