//! Random interleavings of everything against plain maps that keep every epoch of every deployment for ever.

use crate::common::{Home, Rows, all, apply, at, range, write};
use proptest::prelude::*;
use std::collections::BTreeMap;
use store::serving::{Deployment, Progress, Serving, ServingError, Snapshot, Stamp};

/// One thing that is done to a store. Numbers choose among what there is, modulo how much of it there is.
#[derive(Debug, Clone)]
enum Act {
    Deploy,
    Write { which: usize, by: u64, rows: Vec<(u8, Option<u8>)> },
    Bulk { which: usize, value: u8 },
    Transition { which: Option<usize>, is_stale: bool },
    Retire { which: usize },
    Snapshot { which: Option<usize> },
    Drop { which: usize },
    Reopen,
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let which = 0_usize..8;
    let rows = prop::collection::vec((0_u8..24, prop::option::weighted(0.7, any::<u8>())), 0..12);
    let act = prop_oneof![
        1 => Just(Act::Deploy),
        8 => (which.clone(), 0_u64..4, rows).prop_map(|(which, by, rows)| Act::Write { which, by, rows }),
        1 => (which.clone(), any::<u8>()).prop_map(|(which, value)| Act::Bulk { which, value }),
        2 => (prop::option::of(which.clone()), prop::bool::weighted(0.2))
            .prop_map(|(which, is_stale)| Act::Transition { which, is_stale }),
        1 => which.clone().prop_map(|which| Act::Retire { which }),
        4 => prop::option::of(which.clone()).prop_map(|which| Act::Snapshot { which }),
        3 => which.prop_map(|which| Act::Drop { which }),
        1 => Just(Act::Reopen),
    ];
    prop::collection::vec(act, 1..60)
}

/// An epoch as it should be seen for ever.
#[derive(Clone, Default)]
struct Epoch {
    progress: Progress,
    rows: Rows,
}

/// Holds what the store should hold.
#[derive(Default)]
struct Model {
    /// Every epoch of every deployment; the first is that of none written.
    epochs: BTreeMap<Deployment, Vec<Epoch>>,
    /// Those that aren't retired.
    live: Vec<Deployment>,
    served: Option<Deployment>,
    control: Option<Vec<u8>>,
    deployed: u32,
}

impl Model {
    fn pick(&self, which: usize) -> Option<Deployment> {
        (!self.live.is_empty()).then(|| self.live[which % self.live.len()])
    }

    fn last(&self, deployment: Deployment) -> &Epoch {
        self.epochs[&deployment].last().unwrap()
    }
}

/// A store, the model of it, and the snapshots that are held.
struct World {
    home: Home,
    serving: Option<Serving>,
    model: Model,
    snapshots: Vec<(Snapshot, Deployment, usize)>,
}

impl World {
    fn new(home: Home) -> World {
        let serving = home.open().unwrap();
        World { home, serving: Some(serving), model: Model::default(), snapshots: Vec::new() }
    }

    fn serving(&self) -> Serving {
        self.serving.clone().unwrap()
    }

    fn act(&mut self, act: &Act) {
        match act {
            Act::Deploy => self.deploy(),
            Act::Write { which, by, rows } => {
                let rows: Vec<_> =
                    rows.iter().map(|(key, value)| (vec![*key], value.map(|v| vec![v; 9]))).collect();
                self.write(*which, *by, &rows);
            }
            Act::Bulk { which, value } => {
                // More than a chunk, and more than a few pieces of the journal.
                let rows: Vec<_> =
                    (0_u16..700).map(|n| (n.to_be_bytes().to_vec(), Some(vec![*value; 120]))).collect();
                self.write(*which, 1, &rows);
            }
            Act::Transition { which, is_stale } => self.transition(*which, *is_stale),
            Act::Retire { which } => self.retire(*which),
            Act::Snapshot { which } => self.snapshot(*which),
            Act::Drop { which } if !self.snapshots.is_empty() => {
                let at = which % self.snapshots.len();
                self.snapshots.swap_remove(at);
            }
            Act::Drop { .. } => {}
            Act::Reopen => {
                self.snapshots.clear();
                self.serving = None;
                self.serving = Some(self.home.open().unwrap());
            }
        }
    }

    fn deploy(&mut self) {
        let name = format!("version {}", self.model.deployed);
        let deployment = self.serving().deploy(&name).unwrap();
        self.model.deployed += 1;
        assert_eq!(deployment.id(), self.model.deployed, "a number is never given again");
        self.model.epochs.insert(deployment, vec![Epoch::default()]);
        self.model.live.push(deployment);
    }

    fn write(&mut self, which: usize, by: u64, rows: &[(Vec<u8>, Option<Vec<u8>>)]) {
        let Some(deployment) = self.model.pick(which) else { return };
        let mut epoch = self.model.last(deployment).clone();
        epoch.progress = at(epoch.progress.offset + by);
        write(&self.serving(), deployment, epoch.progress, rows).unwrap();
        apply(&mut epoch.rows, rows);
        self.model.epochs.get_mut(&deployment).unwrap().push(epoch);
    }

    fn transition(&mut self, which: Option<usize>, is_stale: bool) {
        let serve = which.and_then(|which| self.model.pick(which));
        let control =
            format!("{serve:?} {}", self.model.epochs.values().map(Vec::len).sum::<usize>()).into_bytes();
        let expected = if is_stale { Some(b"stale".to_vec()) } else { self.model.control.clone() };
        let done = self.serving().transition(expected.as_deref(), &control, serve);
        if is_stale {
            let found = self.model.control.clone();
            assert!(
                matches!(done, Err(ServingError::Refused { found: ref is, .. }) if *is == found),
                "{done:?}"
            );
            return;
        }
        done.unwrap();
        self.model.control = Some(control);
        self.model.served = serve.or(self.model.served);
    }

    fn retire(&mut self, which: usize) {
        let Some(deployment) = self.model.pick(which) else { return };
        let done = self.serving().retire(deployment);
        if self.model.served == Some(deployment) {
            assert!(matches!(done, Err(ServingError::StillServed { .. })), "{done:?}");
            return;
        }
        done.unwrap();
        self.model.live.retain(|live| *live != deployment);
    }

    fn snapshot(&mut self, which: Option<usize>) {
        let reader = self.serving().reader();
        let (deployment, snapshot) = match which.and_then(|which| self.model.pick(which)) {
            Some(deployment) => (Some(deployment), reader.snapshot_of(deployment)),
            None => (self.model.served, reader.snapshot()),
        };
        let Some(deployment) = deployment else {
            assert!(matches!(snapshot, Err(ServingError::NothingServed { .. })), "{snapshot:?}");
            return;
        };
        let epoch = self.model.epochs[&deployment].len() - 1;
        self.snapshots.push((snapshot.unwrap(), deployment, epoch));
    }

    /// All snapshots see their epochs, and the store says what the model says.
    fn check(&self) {
        let serving = self.serving();
        assert_eq!(serving.control(), self.model.control);
        assert_eq!(serving.served(), self.model.served);
        let listed: Vec<_> = serving.deployments().into_iter().map(|stamp| stamp.deployment).collect();
        assert_eq!(listed, self.model.live);
        for (snapshot, deployment, epoch) in &self.snapshots {
            self.check_snapshot(snapshot, *deployment, *epoch);
        }
    }

    fn check_snapshot(&self, snapshot: &Snapshot, deployment: Deployment, epoch: usize) {
        let Epoch { progress, rows } = &self.model.epochs[&deployment][epoch];
        let Progress { offset, watermark_ms, complete } = *progress;
        let name = format!("version {}", deployment.id() - 1);
        let (epoch, count) = (epoch as u64, rows.len() as u64);
        let stamp = Stamp { deployment, name, epoch, offset, watermark_ms, complete, rows: count };
        assert_eq!(snapshot.stamp(), stamp);
        assert_eq!(&all(snapshot).unwrap(), rows);
        for key in 0_u8..26 {
            assert_eq!(snapshot.get(&[key]).unwrap().as_ref(), rows.get([key].as_slice()));
        }
        for (from, to) in
            [(&[][..], &[9][..]), (&[3], &[3]), (&[1, 7], &[2, 9]), (&[20], &[255]), (&[9], &[3])]
        {
            let wanted: Rows = rows
                .iter()
                .filter(|(key, _)| key.as_slice() >= from && key.as_slice() < to)
                .map(|(key, value)| (key.clone(), value.clone()))
                .collect();
            assert_eq!(range(snapshot, from, to).unwrap(), wanted);
        }
    }

    fn end(mut self) {
        self.snapshots.clear();
        let rows: usize = self.model.live.iter().map(|live| self.model.last(*live).rows.len()).sum();
        let serving = self.serving();
        for which in 0..self.model.live.len() {
            self.write(which, 1, &[]);
        }
        assert_eq!(serving.old_values(), 0, "nobody needs them");
        assert_eq!(serving.collect().unwrap(), 0);
        assert_eq!(serving.verify().unwrap(), rows as u64, "the rows of retired deployments are gone");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn every_snapshot_sees_its_epoch_whatever_happens(acts in acts()) {
        let mut world = World::new(Home::Memory(store::serving::Memory::new()));
        for act in &acts {
            world.act(act);
            world.check();
        }
        world.end();
    }
}

#[test]
fn every_backend_does_so() {
    use crate::common::Chance;
    use proptest::strategy::ValueTree as _;
    use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
    for home in Home::all() {
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
        let mut runner = TestRunner::new_with_rng(Config::default(), rng);
        let mut chance = Chance(5);
        let mut world = World::new(home);
        world.deploy();
        for _ in 0..4 {
            for act in acts().new_tree(&mut runner).unwrap().current() {
                world.act(&act);
                if chance.below(4) == 0 {
                    world.check();
                }
            }
        }
        world.check();
        world.end();
    }
}
