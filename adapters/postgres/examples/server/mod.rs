//! A server of PostgreSQL that examples kill: started by `scripts/engines/postgres.sh`, on loopback, and removed by it.

use std::{error::Error, path::PathBuf, process::Command, thread, time::Duration};

/// Says what is killed, once in a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kill {
    /// The server, by the pid of its folder; it is started again after a second.
    Postmaster,
    /// The backends of this program; the server restarts by itself.
    Backends,
}

/// A server of our own.
pub(crate) struct Postgres {
    folder: PathBuf,
    port: u16,
}

impl Postgres {
    /// One with its data in a folder for temporary files.
    pub(crate) fn new(port: u16) -> Self {
        Self { folder: std::env::temp_dir().join(format!("counterpoint-postgres-{port}")), port }
    }

    /// Starts it.
    pub(crate) fn start(&self) -> Result<(), Box<dyn Error>> {
        self.script(&["start", "--port", &self.port.to_string()])
    }

    /// Returns how it is reached.
    pub(crate) fn url(&self) -> String {
        format!("host=127.0.0.1 port={} user=counterpoint dbname=counterpoint", self.port)
    }

    /// Has the script do something with it.
    pub(crate) fn script(&self, words: &[&str]) -> Result<(), Box<dyn Error>> {
        let done = Command::new("scripts/engines/postgres.sh").args(words).arg(&self.folder).output()?;
        let said = String::from_utf8_lossy(&done.stderr).into_owned();
        if done.status.success() { Ok(()) } else { Err(said.into()) }
    }

    /// Kills it, and has it come back.
    pub(crate) fn kill(&self, kill: Kill) -> Result<(), Box<dyn Error>> {
        let text = std::fs::read_to_string(self.folder.join("pid"))?;
        let postmaster = text.split_whitespace().next().ok_or("no pid")?.to_owned();
        let children = Command::new("ps").args(["-o", "pid=,args=", "--ppid", &postmaster]).output()?;
        let children = String::from_utf8(children.stdout)?;
        let backends = children.lines().filter(|line| line.contains("postgres: counterpoint"));
        let victims: Vec<&str> = match kill {
            Kill::Postmaster => vec![&postmaster],
            Kill::Backends => backends.filter_map(|line| line.split_whitespace().next()).collect(),
        };
        if victims.is_empty() || !Command::new("kill").arg("-9").args(&victims).status()?.success() {
            return Err(format!("no process was killed, of {}", victims.len()).into());
        }
        if kill == Kill::Postmaster {
            thread::sleep(Duration::from_secs(1));
            // Its last children may take a moment to notice.
            let mut started = Ok(());
            for _ in 0..20 {
                started = self.start();
                if started.is_ok() {
                    break;
                }
                thread::sleep(Duration::from_millis(500));
            }
            started?;
        }
        Ok(())
    }
}
