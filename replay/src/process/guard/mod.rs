//! A guard over a job: a process of ours between us and the job, which ends with the job's last descendant.
//!
//! When we are killed we can do nothing any more, and a child that has left its process group is found by nobody. The guard
//! adopts every descendant of the job whose parent dies (Linux calls that a subreaper), so it can always tell which they are.
//! It is told to end them through a socket, or by that socket's end, which comes when we are gone, however that was. The
//! job's pipes go through the socket to the job: no byte of them passes the guard.
//!
//! It is this program once more, with arguments of its own: [`guard_with`].

#[cfg(target_os = "linux")]
mod descendants;
#[cfg(target_os = "linux")]
mod guarded;
#[cfg(target_os = "linux")]
mod message;
#[cfg(target_os = "linux")]
mod standing;

use std::sync::OnceLock;

#[cfg(target_os = "linux")]
pub(super) use guarded::Guarded;
#[cfg(not(target_os = "linux"))]
pub(super) use nobody::Guarded;
#[cfg(target_os = "linux")]
pub use standing::stand_guard;

/// The arguments with which this program stands guard.
static ARGUMENTS: OnceLock<Vec<String>> = OnceLock::new();

/// Has every job started from now on stand under a guard: this program, started once more with `arguments`, upon which it must
/// call [`stand_guard`] and nothing else. Only Linux has guards; elsewhere a job's process group is killed, by us.
///
/// The first call counts.
pub fn guard_with(arguments: &[&str]) {
    // Whoever comes second would say the same.
    let _ = ARGUMENTS.set(arguments.iter().map(|&argument| argument.to_owned()).collect());
}

/// Stands guard over a job; where there are no guards that is an error.
#[cfg(not(target_os = "linux"))]
pub fn stand_guard() -> std::io::Result<()> {
    Err(std::io::ErrorKind::Unsupported.into())
}

#[cfg(not(target_os = "linux"))]
mod nobody {
    use std::{io, path::Path, process::ExitStatus};

    use rustix::process::Pid;

    use crate::{
        link::LinkFault,
        process::{pipes::Inner, program::Program},
    };

    /// There are none.
    #[derive(Debug)]
    pub(in crate::process) enum Guarded {}

    impl Guarded {
        #[expect(clippy::unnecessary_wraps, reason = "elsewhere there are guards")]
        pub(in crate::process) fn start(_: &Program, _: &Path, _: &Inner) -> Result<Option<Self>, LinkFault> {
            Ok(None)
        }

        pub(in crate::process) fn has_ended(&mut self) -> bool {
            match *self {}
        }

        pub(in crate::process) fn terminate(&mut self) {
            match *self {}
        }

        pub(in crate::process) fn kill(&mut self) -> io::Result<ExitStatus> {
            match *self {}
        }

        pub(in crate::process) fn id(&self) -> Pid {
            match *self {}
        }
    }
}
