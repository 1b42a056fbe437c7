//! Rows that the experiment expects to differ: rule by rule, so that none is excused in silence.

use compare::{ExpectedResult, Results};
use maud::html;

use crate::format::{count, counted, shorten};
use crate::part::Part;

/// A rule is a line.
const MOST_CHARS: usize = 120;

/// The section, or nothing where no row is expected to differ.
pub(crate) fn expected(results: &Results) -> Option<Part> {
    let rules = &results.expected;
    if rules.is_empty() {
        return None;
    }
    let body = html! {
        p class="dim" { "These rows are in no other number of this page." }
        div class="scroll" role="region" aria-labelledby="expected" tabindex="0" {
            table {
                thead {
                    tr {
                        th scope="col" { "rows where" } th scope="col" { "why" } th scope="col" { "until" }
                        @for head in HEADS { th scope="col" { (head) } }
                    }
                }
                tbody {
                    @for rule in rules {
                        tr {
                            td { code { (shorten(&rule.r#where, MOST_CHARS)) } }
                            td { (shorten(&rule.why, MOST_CHARS)) }
                            td { (until(rule)) }
                            @for number in numbers(rule) { td { (number) } }
                        }
                    }
                }
            }
        }
        @for rule in rules.iter().filter(|rule| is_idle(rule)) {
            p { "Nothing differs where " code { (shorten(&rule.r#where, MOST_CHARS)) } ": the rule can go." }
        }
    };
    Some(Part::new("expected", "Expected to differ", body))
}

/// The heads of the numbers.
pub(crate) const HEADS: [&str; 4] = ["rows", "stable is wrong", "candidate is wrong", "the two differ"];

/// The numbers of a rule, in the order of their heads.
pub(crate) fn numbers(rule: &ExpectedResult) -> [String; 4] {
    [rule.rows, rule.stable, rule.candidate, rule.changed].map(count)
}

/// The last day of a rule, and whether it is over.
pub(crate) fn until(rule: &ExpectedResult) -> String {
    match (&rule.until, rule.expired) {
        (None, _) => "always".to_owned(),
        (Some(day), false) => day.clone(),
        (Some(day), true) => format!("{day}, which is over"),
    }
}

fn is_idle(rule: &ExpectedResult) -> bool {
    rule.is_idle() && !rule.expired
}

/// Says how many rows are expected to differ, in a sentence; nothing where there are no rules.
pub(crate) fn sentence(results: &Results) -> Option<String> {
    let rows = results.expected.iter().map(|rule| rule.rows).fold(0, u64::saturating_add);
    (!results.expected.is_empty()).then(|| {
        let rules = counted(results.expected.len() as u64, "rules");
        let are = if rows == 1 { "is" } else { "are" };
        format!("{} {are} left out as expected to differ, by {rules}.", counted(rows, "rows"))
    })
}
