//! Sentences that begin with a count: what is counted, and its verb, go by the number.

use datasets::counted;

/// Returns `1 row is` or `2 rows are`.
pub(crate) fn are(count: u64, plural: &str) -> String {
    format!("{} {}", counted(count, plural), if count == 1 { "is" } else { "are" })
}

/// Returns `1 row differs from` or `2 rows differ from`.
pub(crate) fn differ(count: u64, plural: &str) -> String {
    format!("{} {} from", counted(count, plural), if count == 1 { "differs" } else { "differ" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_one() {
        assert_eq!(are(1, "rows of the answer"), "1 row of the answer is");
        assert_eq!(are(0, "rows"), "0 rows are");
        assert_eq!(
            differ(1, "rows that the candidate serves"),
            "1 row that the candidate serves differs from"
        );
        assert_eq!(differ(2, "rows"), "2 rows differ from");
    }
}
