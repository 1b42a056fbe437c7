//! Deployments begin, and what is served changes: each is one atomic write with the root.

use super::head::{Head, Root};
use super::live::Live;
use super::record::head_key;
use super::{Deployment, Serving, ServingError};
use std::sync::Arc;

/// The longest name of a deployment.
const NAME_LIMIT: usize = 1024;

/// The longest control record: one value of the engine, which writes the root with it each time.
const CONTROL_LIMIT: usize = 24 << 10;

impl Serving {
    /// Begins a deployment: a fresh, empty key space that nobody is served from, and a number that none had before.
    pub fn deploy(&self, name: &str) -> Result<Deployment, ServingError> {
        let shared = &self.shared;
        let mut turn = shared.turn()?;
        shared.check_length("a name", name.len(), NAME_LIMIT)?;
        shared.check_room(name.len())?;
        let deployment = Deployment(turn.root.next);
        let head = Head::fresh(name);
        let record = (head_key(deployment), Some(head.encode(deployment)));
        let root = Root { next: turn.root.next + 1, ..turn.root.next() };
        shared.write_root(&mut turn, root, vec![record], &format!("begin {deployment}"))?;
        shared.view().live.insert(deployment, Arc::new(Live::new(deployment, head)));
        shared.sweep_a_little(&mut turn);
        Ok(deployment)
    }

    /// Replaces the control record, if it still is `expected`, and switches to the deployment `serve`, if there is one:
    /// one atomic write, which is durable when this returns. Snapshots from then on see the new deployment; those that
    /// are held see what they saw.
    ///
    /// After [`ServingError::Refused`], [`ServingError::Unknown`], [`ServingError::TooLong`] and
    /// [`ServingError::NoRoom`] nothing was changed and the handle can go on.
    pub fn transition(
        &self,
        expected: Option<&[u8]>,
        control: &[u8],
        serve: Option<Deployment>,
    ) -> Result<(), ServingError> {
        let shared = &self.shared;
        let mut turn = shared.turn()?;
        if turn.root.control.as_deref() != expected {
            let found = turn.root.control.clone();
            return Err(ServingError::Refused { place: shared.place(), found });
        }
        if let Some(deployment) = serve {
            shared.live(deployment)?;
        }
        shared.check_length("a control record", control.len(), CONTROL_LIMIT)?;
        shared.check_room(control.len())?;
        let served = serve.or(turn.root.served);
        let root = Root { control: Some(control.to_vec()), served, ..turn.root.next() };
        shared.write_root(&mut turn, root, Vec::new(), "write the control record")?;
        {
            let mut view = shared.view();
            (view.served, view.control) = (served, Some(control.to_vec()));
        }
        shared.sweep_a_little(&mut turn);
        Ok(())
    }
}
