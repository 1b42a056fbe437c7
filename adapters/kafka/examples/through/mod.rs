//! Describes a job of the examples behind topics: rows are appended, records go to one partition as they stand.

use std::{sync::Arc, time::Duration};

use replay::{
    link::{JobTopics, MessageFormat, MessageValue, ReplayTopics, RowMessages, ThroughTopics},
    process::{Environment, Launch, ProcessLimits},
};

/// Returns a job with topics whose names begin so, and rows of these columns; an example changes what it has otherwise.
pub(crate) fn through(
    bootstrap: &str,
    topics: &str,
    columns: &[&str],
    command: Vec<String>,
) -> ThroughTopics {
    ThroughTopics {
        launch: Launch {
            role: "candidate",
            command,
            cwd: None,
            env: Environment::default(),
            parameters: Vec::new(),
            limits: ProcessLimits::default(),
            peak_memory: Arc::default(),
        },
        replay: ReplayTopics {
            bootstrap: bootstrap.to_owned(),
            input: format!("{topics}-in"),
            partitions: 1,
            key: Vec::new(),
            partition: None,
            headers: [].into(),
            timestamp: None,
            value: MessageValue::Record,
            properties: [].into(),
        },
        job: JobTopics {
            output: format!("{topics}-out"),
            partitions: 1,
            columns: columns.iter().map(|&column| column.to_owned()).collect(),
            key: Vec::new(),
            rows: RowMessages::Append,
            format: MessageFormat::default(),
            is_bounded: false,
            ready: None,
            close: Vec::new(),
            timeout: Duration::from_mins(2),
            handover: None,
            is_copied: false,
        },
    }
}
