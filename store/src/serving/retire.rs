//! Retiring a deployment: its head says so first; then its rows go in bounded steps, and its head last.

use super::live::Live;
use super::page::page;
use super::record::{self, JOURNALS, ROOT_KEY, ROWS, head_key};
use super::shared::{Shared, Turn};
use super::{Deployment, Serving, ServingError};
use crate::engine::{EngineError, Guard, Written};
use std::sync::Arc;

impl Serving {
    /// Deletes a deployment that isn't served. When this returns no new snapshot of it can be had; its rows go in steps,
    /// as soon as no snapshot holds it: now, with later writes, or with [`Serving::collect`]. A crash doesn't bring it
    /// back: the next open deletes the rest.
    pub fn retire(&self, deployment: Deployment) -> Result<(), ServingError> {
        let shared = &self.shared;
        let mut turn = shared.turn()?;
        let live = shared.live(deployment)?;
        if turn.root.served == Some(deployment) {
            return Err(ServingError::StillServed { place: shared.place(), deployment });
        }
        let mut head = live.head();
        head.is_retired = true;
        let record = (head_key(deployment), Some(head.encode(deployment)));
        shared.write(&turn, &format!("retire {deployment}"), vec![record])?;
        shared.view().live.remove(&deployment);
        turn.leaving.push(live);
        drop(turn);
        // It is retired, and the next open can do this; the next write is told of the error.
        let _ = shared.sweep();
        Ok(())
    }

    /// Deletes what is left of retired deployments, but for those that a snapshot holds; returns how many of these there
    /// are.
    pub fn collect(&self) -> Result<usize, ServingError> {
        self.shared.sweep()?;
        Ok(self.shared.turn()?.leaving.len())
    }
}

impl Shared {
    /// Deletes the deployments that are retired and not held. Jobs write between the steps.
    pub(super) fn sweep(&self) -> Result<(), ServingError> {
        loop {
            let mut turn = self.turn()?;
            if !self.sweep_a_step(&mut turn)? {
                return Ok(());
            }
        }
    }

    /// Does a bounded part of it, after a write that has been committed: the next one is told of an error.
    pub(super) fn sweep_a_little(&self, turn: &mut Turn) {
        if self.broken().is_none() {
            let _ = self.sweep_a_step(turn);
        }
    }

    /// Returns whether there was something to do.
    fn sweep_a_step(&self, turn: &mut Turn) -> Result<bool, ServingError> {
        let Some(at) = turn.leaving.iter().position(|live| !live.is_held()) else { return Ok(false) };
        let live = Arc::clone(&turn.leaving[at]);
        if !self.delete_page(turn, ROWS, &live)? && !self.delete_page(turn, JOURNALS, &live)? {
            let head = vec![(head_key(live.deployment), None)];
            self.write(turn, &format!("end {}", live.deployment), head)?;
            turn.leaving.remove(at);
        }
        Ok(true)
    }

    /// Returns whether there was a record to delete.
    fn delete_page(&self, turn: &Turn, tag: u8, live: &Live) -> Result<bool, ServingError> {
        let (prefix, root) = (record::space(tag, live.deployment), turn.bytes.clone());
        let delete = move |engine: &dyn crate::engine::Engine| -> Result<(Written, bool), EngineError> {
            let keys = page(engine, &prefix, &prefix, None)?.records;
            let writes: Vec<_> = keys.into_iter().map(|(key, _)| (key, None)).collect();
            let guard = Guard { key: ROOT_KEY, expected: root.as_deref() };
            Ok((engine.put(&guard, &writes)?, !writes.is_empty()))
        };
        let (written, was_there) = self.ask(&format!("delete rows of {}", live.deployment), delete)?;
        self.check_written(written)?;
        Ok(was_there)
    }
}
