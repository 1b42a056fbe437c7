//! Takes the lock of a folder in which one process at a time may write.

use std::fs::{File, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::Path;
use std::thread;
use std::time::Duration;

/// Starting a process takes some milliseconds, even on a busy machine.
const OWN_TRIES: u32 = 25;
const OWN_PAUSE: Duration = Duration::from_millis(20);

/// Describes why a lock can't be had.
pub(crate) enum Taken {
    /// Somebody else holds it: the process with this number, if it has left one.
    By(Option<u32>),
    /// The lock file can't be opened or locked.
    Failed(io::Error),
}

/// Takes the lock, which is the kernel's: it ends with the file, and so with the process, however that dies. Waits for
/// a moment where this process itself has just had it: a child that is being started holds all that its parent had
/// open until it becomes another program.
pub(crate) fn take(path: &Path) -> Result<File, Taken> {
    for _ in 1..OWN_TRIES {
        match take_once(path) {
            Err(Taken::By(Some(pid))) if pid == std::process::id() => thread::sleep(OWN_PAUSE),
            done => return done,
        }
    }
    take_once(path)
}

fn take_once(path: &Path) -> Result<File, Taken> {
    let mut file = File::options()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)
        .map_err(Taken::Failed)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut owner = String::new();
            // The owner may not have written its number yet; the refusal stands without it.
            let _ = file.read_to_string(&mut owner);
            return Err(Taken::By(owner.trim().parse().ok()));
        }
        Err(TryLockError::Error(error)) => return Err(Taken::Failed(error)),
    }
    let number = format!("{}\n", std::process::id());
    let write = |file: &mut File| {
        file.set_len(0)?;
        file.rewind()?;
        file.write_all(number.as_bytes())
    };
    // The lock is held without it; a full disk keeps nobody from reading.
    let _: io::Result<()> = write(&mut file);
    Ok(file)
}
