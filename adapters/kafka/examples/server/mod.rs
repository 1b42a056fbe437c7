//! Starts a broker of an example's own with `scripts/engines/kafka.sh`, on loopback, kills it and removes it.

use std::{path::PathBuf, process::Command, time::Duration};

/// A broker of our own.
pub(crate) struct Server {
    folder: PathBuf,
    port: u16,
}

impl Server {
    /// Starts one in a folder of that name.
    pub(crate) fn new(name: &str, port: u16) -> Self {
        let server = Self { folder: std::env::temp_dir().join(format!("counterpoint-{name}-{port}")), port };
        server.start();
        server
    }

    /// Where it answers.
    pub(crate) fn bootstrap(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Ends it, and removes all that it has.
    pub(crate) fn clean(&self) {
        self.script(&["clean"]);
    }

    fn script(&self, words: &[&str]) {
        let status = Command::new("scripts/engines/kafka.sh").args(words).arg(&self.folder).status();
        assert!(status.is_ok_and(|status| status.success()), "scripts/engines/kafka.sh {words:?}");
    }

    pub(crate) fn start(&self) {
        self.script(&["start", "--port", &self.port.to_string()]);
    }

    pub(crate) fn kill(&self) {
        let text = std::fs::read_to_string(self.folder.join("pid")).expect("the server's pid");
        let pid = text.split_whitespace().next().expect("a number");
        let status = Command::new("kill").args(["-9", pid]).status();
        assert!(status.is_ok_and(|status| status.success()), "it runs");
        // Another one can be started when it is gone.
        let is_there =
            || Command::new("kill").args(["-0", pid]).output().is_ok_and(|out| out.status.success());
        for _ in 0..200 {
            if !is_there() {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("the server {pid} is there 10 s after it was killed");
    }
}
