//! Which adapters are built in: the one place that lists them. What an adapter is, `adapters/README.md` says.

use std::sync::LazyLock;

/// Names the adapters of this build, each in a line behind its feature.
const ADAPTERS: &[&str] = &[
    #[cfg(feature = "kafka")]
    "kafka",
    #[cfg(feature = "parquet")]
    "parquet",
    #[cfg(feature = "postgres")]
    "postgres",
    #[cfg(feature = "spark")]
    "spark",
    #[cfg(feature = "sql")]
    "sql",
];

/// Hands the adapters of this build to the platform.
pub(crate) fn provide() {
    #[cfg(feature = "kafka")]
    {
        platform::topics_section::provide(kafka::link);
        platform::log_section::provide(kafka::log::KEEPER);
    }
    #[cfg(feature = "parquet")]
    {
        datasets::provide_parquet(parquet_rows::open);
        platform::sinks_section::provide_parquet(parquet_rows::sink);
        platform::view_section::provide_parquet(platform::view_section::ParquetViews {
            check: parquet_rows::check_view,
            open: parquet_rows::open_view,
        });
    }
    #[cfg(feature = "postgres")]
    {
        platform::sinks_section::provide_postgres(platform::sinks_section::PostgresAdapter {
            check: postgres_sink::check,
            open: postgres_sink::open,
        });
        platform::view_section::provide_postgres(platform::view_section::PostgresViews {
            check: postgres_sink::check_view,
            open: postgres_sink::open_view,
        });
    }
    #[cfg(feature = "spark")]
    platform::own::sql::provide_spark(|asked| {
        match spark::reference(asked.query, asked.address, asked.time) {
            Ok(reference) => Ok(Box::new(reference)),
            Err(error) => Err(error.to_string()),
        }
    });
    #[cfg(feature = "sql")]
    platform::own::sql::provide(|query| match sql::reference(query) {
        Ok(reference) => Ok(Box::new(reference)),
        Err(error) => Err(error.to_string()),
    });
}

/// Holds what `--version` tells.
pub(crate) static VERSION: LazyLock<String> =
    LazyLock::new(|| described(env!("CARGO_PKG_VERSION"), ADAPTERS));

/// Returns the version and, where there are any, the adapters.
fn described(version: &str, adapters: &[&str]) -> String {
    match adapters {
        [] => version.to_owned(),
        adapters => format!("{version}\nadapters: {}", adapters.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_names_the_adapters_if_there_are_any() {
        assert_eq!(described("1.2.3", &[]), "1.2.3");
        assert_eq!(described("1.2.3", &["kafka", "spark"]), "1.2.3\nadapters: kafka, spark");
    }
}
