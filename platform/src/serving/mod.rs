//! What architectures share: recorded time, the way into the log, and jobs that read it and serve rows.

pub(crate) mod folder;
pub(crate) mod healing;
pub(crate) mod logged;
pub(crate) mod rows;
pub(crate) mod runner;
pub(crate) mod store;
pub(crate) mod timeline;
pub(crate) mod watching;
pub(crate) mod worker;
