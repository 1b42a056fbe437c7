//! A thread that hears what a process writes, whenever it does: the process never waits for us to read, and each line is
//! known with the time at which it came, whatever else is being done meanwhile.

use std::{
    io::{self, PipeReader, Read},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use super::{
    kept::Kept,
    pipes::{BLOCK, is_for_later, readable},
};

/// So many bytes are heard before somebody takes them; then the process waits.
const MOST_BYTES: usize = 16 << 20;
/// Between two looks at whether anybody listens.
const NAP: Duration = Duration::from_millis(50);
/// Between two looks at whether somebody has taken what was heard.
const BLINK: Duration = Duration::from_millis(1);

/// Bytes that came at once.
#[derive(Debug)]
pub(super) struct Block {
    pub(super) at: Instant,
    pub(super) bytes: Vec<u8>,
}

/// The thread's other end. Dropped, the thread ends.
#[derive(Debug)]
pub(super) struct Listener {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    heard: Mutex<Heard>,
    changed: Condvar,
}

/// Holds what was heard and not yet taken.
#[derive(Debug)]
struct Heard {
    blocks: Vec<Block>,
    bytes: usize,
    kept: Kept,
    answers: bool,
    complains: bool,
    error: Option<io::Error>,
    is_left: bool,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Heard> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Listener {
    /// Begins to listen to these, which must not block.
    pub(super) fn start(
        stdout: Option<PipeReader>,
        stderr: Option<PipeReader>,
        kept: Kept,
    ) -> io::Result<Self> {
        let heard = Heard {
            blocks: Vec::new(),
            bytes: 0,
            kept,
            answers: stdout.is_some(),
            complains: stderr.is_some(),
            error: None,
            is_left: false,
        };
        let shared = Arc::new(Shared { heard: Mutex::new(heard), changed: Condvar::new() });
        let ears = Ears { stdout, stderr, shared: Arc::clone(&shared), block: vec![0; BLOCK].into() };
        std::thread::Builder::new().name("listener".to_owned()).spawn(move || ears.listen())?;
        Ok(Self { shared })
    }

    /// Takes what was heard. An error of the thread's is told once.
    pub(super) fn take(&self) -> io::Result<Vec<Block>> {
        let mut heard = self.shared.lock();
        if let Some(error) = heard.error.take() {
            return Err(error);
        }
        heard.bytes = 0;
        Ok(std::mem::take(&mut heard.blocks))
    }

    /// Waits up to `wait` until there is something to take, or a pipe is closed that was open.
    pub(super) fn wait(&self, wait: Duration) {
        let heard = self.shared.lock();
        let open = (heard.answers, heard.complains);
        let is_same = |heard: &mut Heard| {
            heard.blocks.is_empty() && heard.error.is_none() && (heard.answers, heard.complains) == open
        };
        // Whoever wakes too early looks and comes again.
        drop(self.shared.changed.wait_timeout_while(heard, wait, is_same));
    }

    pub(super) fn may_answer(&self) -> bool {
        let heard = self.shared.lock();
        heard.answers || !heard.blocks.is_empty()
    }

    pub(super) fn may_complain(&self) -> bool {
        self.shared.lock().complains
    }

    pub(super) fn last_words(&self) -> String {
        self.shared.lock().kept.last_words()
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.shared.lock().is_left = true;
    }
}

/// The thread's end.
struct Ears {
    stdout: Option<PipeReader>,
    stderr: Option<PipeReader>,
    shared: Arc<Shared>,
    block: Box<[u8]>,
}

impl Ears {
    /// Listens until both pipes are closed, or nobody wants to know.
    fn listen(mut self) {
        while self.stdout.is_some() || self.stderr.is_some() {
            let (is_left, is_full) = {
                let heard = self.shared.lock();
                (heard.is_left, heard.bytes >= MOST_BYTES)
            };
            if is_left {
                return;
            }
            if let Err(error) = self.turn(is_full) {
                self.shared.lock().error = Some(error);
                break;
            }
        }
        let mut heard = self.shared.lock();
        (heard.answers, heard.complains) = (false, false);
        drop(heard);
        self.shared.changed.notify_all();
    }

    fn turn(&mut self, is_full: bool) -> io::Result<()> {
        let stdout = self.stdout.as_ref().filter(|_| !is_full);
        let wait = if is_full { BLINK } else { NAP };
        let [answers, complains] = readable(stdout, self.stderr.as_ref(), wait)?;
        if answers && let Some(stdout) = &mut self.stdout {
            match read(stdout, &mut self.block)? {
                Some(0) => {
                    self.stdout = None;
                    self.shared.lock().answers = false;
                }
                Some(length) => {
                    let block = Block { at: Instant::now(), bytes: self.block[..length].to_vec() };
                    let mut heard = self.shared.lock();
                    heard.bytes += length;
                    heard.blocks.push(block);
                }
                None => {}
            }
            self.shared.changed.notify_all();
        }
        if complains && let Some(stderr) = &mut self.stderr {
            match read(stderr, &mut self.block)? {
                Some(0) => {
                    self.stderr = None;
                    self.shared.lock().complains = false;
                    self.shared.changed.notify_all();
                }
                Some(length) => self.shared.lock().kept.push(&self.block[..length]),
                None => {}
            }
        }
        Ok(())
    }
}

/// Reads what is there; 0 bytes are the end, `None` is nothing yet.
fn read(pipe: &mut impl Read, block: &mut [u8]) -> io::Result<Option<usize>> {
    match pipe.read(block) {
        Ok(length) => Ok(Some(length)),
        Err(error) if is_for_later(&error) => Ok(None),
        Err(error) => Err(error),
    }
}
