//! Functions that `DataFusion` has and Spark lacks, made in the session of a query that names them, so that one text means one
//! thing on both. docs/sql.md lists them.

use crate::statement::Statement;

/// Names a function, and what makes it. Times are those without a zone; a time in a zone is taken as one in UTC, as the whole
/// session is.
const FUNCTIONS: [(&str, &str); 4] = [
    (
        "to_timestamp_millis",
        "CREATE TEMPORARY FUNCTION to_timestamp_millis(ms BIGINT) RETURNS TIMESTAMP_NTZ \
         RETURN CAST(timestamp_millis(ms) AS TIMESTAMP_NTZ)",
    ),
    (
        "epoch_ms",
        "CREATE TEMPORARY FUNCTION epoch_ms(t TIMESTAMP_NTZ) RETURNS BIGINT RETURN unix_millis(CAST(t AS TIMESTAMP_LTZ))",
    ),
    (
        "date_bin",
        "CREATE TEMPORARY FUNCTION date_bin(width INTERVAL DAY TO SECOND, t TIMESTAMP_NTZ, \
         origin TIMESTAMP_NTZ DEFAULT TIMESTAMP_NTZ '1970-01-01 00:00:00') RETURNS TIMESTAMP_NTZ \
         RETURN CAST(timestamp_micros(unix_micros(CAST(t AS TIMESTAMP_LTZ)) \
         - pmod(unix_micros(CAST(t AS TIMESTAMP_LTZ)) - unix_micros(CAST(origin AS TIMESTAMP_LTZ)), \
         unix_micros(TIMESTAMP_LTZ '1970-01-01 00:00:00' + width))) AS TIMESTAMP_NTZ)",
    ),
    (
        "generate_series",
        "CREATE TEMPORARY FUNCTION generate_series(first DOUBLE, last DOUBLE) RETURNS TABLE (value BIGINT) \
         RETURN SELECT explode(sequence(CAST(first AS BIGINT), CAST(last AS BIGINT)))",
    ),
];

/// Returns the statements that make the functions of a query.
pub(crate) fn of(query: &Statement) -> impl Iterator<Item = &'static str> {
    FUNCTIONS.iter().filter(|(name, _)| query.has_word(name)).map(|&(_, sql)| sql)
}
