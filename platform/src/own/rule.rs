//! How a column is compared, as an experiment says it: `"exact"`, `{ absolute = 0.005 }`, `"ignore"`.

use std::fmt;

use compare::{Folding, Rule, Tolerance};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// The words that stand for a rule, with what they mean.
const WORDS: [(&str, Rule); 3] =
    [("exact", Rule::Number), ("written", Rule::Exact), ("ignore", Rule::Ignore)];
/// The keys of a rule that is a table.
const KEYS: [&str; 5] = ["absolute", "relative", "ulps", "ignore_case", "ignore_spaces"];

/// How a column is compared, as it stands in an experiment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ColumnRule(pub Rule);

impl<'de> Deserialize<'de> for ColumnRule {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(RuleVisitor)
    }
}

struct RuleVisitor;

impl<'de> de::Visitor<'de> for RuleVisitor {
    type Value = ColumnRule;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("\"exact\", \"written\", \"ignore\" or a table such as { absolute = 0.005 }")
    }

    fn visit_str<E: de::Error>(self, word: &str) -> Result<ColumnRule, E> {
        let known = WORDS.iter().find(|(name, _)| *name == word).map(|(_, rule)| ColumnRule(*rule));
        known.ok_or_else(|| {
            let names = WORDS.map(|(name, _)| name);
            let near = datasets::nearest(word, names)
                .map_or(String::new(), |near| format!("; did you mean \"{near}\"?"));
            E::custom(format!(
                "unknown rule \"{}\", expected {} or a table such as {{ absolute = 0.005 }}{near}",
                datasets::shown(word),
                names.map(|name| format!("\"{name}\"")).join(", ")
            ))
        })
    }

    fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<ColumnRule, A::Error> {
        let parts = Parts::deserialize(de::value::MapAccessDeserializer::new(map))?;
        parts.rule().map(ColumnRule).map_err(de::Error::custom)
    }
}

/// A rule that is a table.
#[derive(Debug, Clone, Copy, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Parts {
    #[serde(skip_serializing_if = "Option::is_none")]
    absolute: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    relative: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ulps: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ignore_case: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ignore_spaces: Option<bool>,
}

impl Parts {
    fn rule(self) -> Result<Rule, String> {
        let is_tolerance = self.absolute.is_some() || self.relative.is_some() || self.ulps.is_some();
        let is_folding = self.ignore_case.is_some() || self.ignore_spaces.is_some();
        for (name, value) in [("absolute", self.absolute), ("relative", self.relative)] {
            if let Some(value) = value.filter(|value| !(value.is_finite() && *value >= 0.0)) {
                return Err(format!("{name} = {value}: a tolerance is a number of at least 0"));
            }
        }
        match (is_tolerance, is_folding) {
            (true, true) => Err(
                "a column holds numbers, which have a tolerance, or texts, which have case and spaces: not \
                                 both"
                    .to_owned(),
            ),
            (true, false) => Ok(Rule::Within(Tolerance {
                absolute: self.absolute.unwrap_or(0.0),
                relative: self.relative.unwrap_or(0.0),
                ulps: self.ulps.unwrap_or(0),
                ..Tolerance::default()
            })),
            (false, true) => Ok(Rule::Folded(Folding {
                case: self.ignore_case.unwrap_or(false),
                spaces: self.ignore_spaces.unwrap_or(false),
            })),
            (false, false) => Err(format!("a rule without a part, expected some of {}", KEYS.join(", "))),
        }
    }

    fn of(rule: Rule) -> Self {
        let set = |value: f64| (value > 0.0).then_some(value);
        match rule {
            Rule::Within(most) => Self {
                absolute: Some(most.absolute),
                relative: set(most.relative),
                ulps: (most.ulps > 0).then_some(most.ulps),
                ..Self::default()
            },
            Rule::Folded(folding) => Self {
                ignore_case: Some(folding.case),
                ignore_spaces: folding.spaces.then_some(true),
                ..Self::default()
            },
            Rule::Exact | Rule::Number | Rule::Ignore => Self::default(),
        }
    }
}

impl Serialize for ColumnRule {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match WORDS.iter().find(|(_, rule)| *rule == self.0) {
            Some((word, _)) => word.serialize(to),
            None => Parts::of(self.0).serialize(to),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn rules(text: &str) -> Result<BTreeMap<String, ColumnRule>, String> {
        toml::from_str(text).map_err(|error| error.message().to_owned())
    }

    #[test]
    fn a_rule_is_a_word_or_a_table_and_reads_back_as_itself() {
        let text = "a = 'exact'\nb = 'written'\nc = 'ignore'\nd = { absolute = 0.005 }\ne = { relative = 0.01, ulps = 4 }\n\
                    f = { ignore_case = true }\ng = { ignore_case = true, ignore_spaces = true }\nh = { ignore_spaces = true }";
        let read = rules(text).expect("rules");
        assert_eq!(read["a"].0, Rule::Number);
        assert_eq!(read["d"].0, Rule::Within(Tolerance::absolute(0.005)));
        assert_eq!(read["e"].0, Rule::Within(Tolerance { relative: 0.01, ulps: 4, ..Tolerance::default() }));
        assert_eq!(read["h"].0, Rule::Folded(Folding { case: false, spaces: true }));
        let written = toml::to_string(&read).expect("plain");
        assert_eq!(rules(&written), Ok(read), "{written}");
    }

    #[test]
    fn what_is_no_rule_is_refused_with_what_would_be() {
        for (text, what) in [
            ("a = 'exakt'", "did you mean \"exact\"?"),
            ("a = 5", "\"exact\", \"written\""),
            ("a = {}", "without a part"),
            ("a = { absolute = -1.0 }", "at least 0"),
            ("a = { absolute = nan }", "at least 0"),
            ("a = { relative = inf }", "at least 0"),
            ("a = { absolute = 1.0, ignore_case = true }", "not both"),
            ("a = { tolerance = 1.0 }", "unknown field `tolerance`"),
        ] {
            let error = rules(text).expect_err(text);
            assert!(error.contains(what), "{text}: {error}");
        }
    }
}
