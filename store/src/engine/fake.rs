//! Tests: an engine in which something goes wrong at a call.

use super::{Durability, Engine, EngineError, Guard, Memory, Open, Visit, Write, Written};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

/// Describes what goes wrong with an engine.
#[derive(Debug, Clone)]
pub(crate) enum Trouble {
    Fails(EngineError),
    Panics,
    Hangs,
}

/// When it goes wrong: at a call, before or after that has its effect, or when the engine is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum When {
    Before(u64),
    After(u64),
    Closing,
}

#[derive(Clone)]
pub(crate) struct Plan {
    trouble: Trouble,
    when: When,
    calls: Arc<AtomicU64>,
    struck: Arc<AtomicBool>,
}

impl Plan {
    pub(crate) fn new(trouble: Trouble, when: When) -> Plan {
        Plan { trouble, when, calls: Arc::default(), struck: Arc::default() }
    }

    /// Nothing ever goes wrong.
    pub(crate) fn sound() -> Plan {
        Plan::new(Trouble::Panics, When::Before(u64::MAX))
    }

    pub(crate) fn has_struck(&self) -> bool {
        self.struck.load(Ordering::SeqCst)
    }

    /// Opens an engine with this plan on what `memory` holds.
    pub(crate) fn open(&self, memory: &Memory) -> Open {
        let (memory, plan) = (memory.clone(), self.clone());
        Box::new(move |_| {
            let fake = Fake { memory, plan: plan.clone() };
            plan.around(|| Ok(()))?;
            Ok(Box::new(fake))
        })
    }

    fn strike(&self, now: When) -> Result<(), EngineError> {
        if now != self.when {
            return Ok(());
        }
        self.struck.store(true, Ordering::SeqCst);
        match &self.trouble {
            Trouble::Fails(error) => Err(error.clone()),
            Trouble::Panics => panic!("out of order"),
            Trouble::Hangs => loop {
                thread::park();
            },
        }
    }

    /// Counts a call, opening among them, with what goes wrong around it.
    fn around<T>(&self, call: impl FnOnce() -> Result<T, EngineError>) -> Result<T, EngineError> {
        let n = self.calls.fetch_add(1, Ordering::SeqCst);
        self.strike(When::Before(n))?;
        let done = call()?;
        self.strike(When::After(n))?;
        Ok(done)
    }
}

/// An engine that does what a store in memory does, until something goes wrong.
struct Fake {
    memory: Memory,
    plan: Plan,
}

impl Engine for Fake {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, EngineError> {
        self.plan.around(|| self.memory.get(key))
    }

    fn scan(&self, from: &[u8], visit: &mut Visit<'_>) -> Result<(), EngineError> {
        self.plan.around(|| self.memory.scan(from, visit))
    }

    fn write(
        &self,
        guard: &Guard<'_>,
        writes: &[Write],
        durability: Durability,
    ) -> Result<Written, EngineError> {
        self.plan.around(|| self.memory.write(guard, writes, durability))
    }

    fn put(&self, guard: &Guard<'_>, writes: &[Write]) -> Result<Written, EngineError> {
        self.plan.around(|| self.memory.put(guard, writes))
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        // An error has no way out of here.
        let _ = self.plan.strike(When::Closing);
    }
}
