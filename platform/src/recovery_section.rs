//! `[recovery]`: checkpoints, the delivery guarantee, and the faults that are to strike.

use std::{fmt, num::NonZeroU64, path::PathBuf, str::FromStr};

use replay::recovery::{Checkpoints, Fault, Guarantee, Planned, plan_faults};
use serde::{Deserialize, Serialize};
use store::checkpoints::{Backend, Durability};

use crate::{
    error::Error,
    sinks_section::{PostgresSection, SinkChoice},
    whole::whole,
};

const DEFAULT_EVERY: NonZeroU64 = NonZeroU64::new(1000).expect("not 0");

/// `[recovery]`. Each key is also a flag.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, clap::Args)]
#[serde(deny_unknown_fields)]
pub struct RecoverySection {
    /// Delivery guarantee under crashes: at-most-once, at-least-once, exactly-once [default: exactly-once]
    #[arg(long)]
    pub guarantee: Option<String>,
    /// Take a checkpoint every so many records [default: 1000]
    #[arg(long, value_name = "RECORDS", value_parser = whole::<NonZeroU64>, allow_negative_numbers = true)]
    pub checkpoint_every: Option<NonZeroU64>,
    /// The failure that a checkpoint survives: process (a kill) or power (a power cut, too) [default: process]
    #[arg(long)]
    pub durability: Option<String>,
    /// Where checkpoints are kept: sled, memory [default: sled]
    #[arg(long)]
    pub store: Option<String>,
    /// Where rows are delivered: file, store (a table in it), parquet (files), postgres [default: file]
    #[arg(long)]
    pub sink: Option<String>,
    /// The server's tables that rows are delivered to.
    #[arg(skip)]
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "crate::sinks_section::section"
    )]
    pub postgres: Option<PostgresSection>,
    /// A fault to inject, such as 'crash at record 1050' or '5 random crashes'; may be given more than once
    #[arg(long = "fault", value_name = "FAULT")]
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "crate::listed::items")]
    pub faults: Option<Vec<String>>,
}

/// Where checkpoints are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreChoice {
    /// In memory: it ends with the process.
    Memory,
    /// In a folder, by this engine.
    Folder(Backend),
}

/// The section with its values read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecoveryChoice {
    /// Says how checkpoints are taken.
    pub checkpoints: Checkpoints,
    /// Where checkpoints are kept.
    pub store: StoreChoice,
    /// Where rows are delivered.
    pub sink: SinkChoice,
    /// The faults, as the file names them.
    pub faults: Vec<String>,
    /// The folder for checkpoints that stays if the run is stopped; without one it can't be resumed.
    pub folder: Option<PathBuf>,
}

impl RecoverySection {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// `None` where nothing of it is set: then no checkpoint is taken.
    pub fn choice(&self) -> Result<Option<RecoveryChoice>, Error> {
        if self.is_empty() {
            return Ok(None);
        }
        let wrong = |why: String| Error::usage(datasets::shown(&why).to_string());
        let guarantee =
            self.guarantee.as_deref().map_or(Ok(Guarantee::ExactlyOnce), str::parse).map_err(wrong)?;
        let durability = match self.durability.as_deref() {
            None | Some("process") => Durability::Process,
            Some("power") => Durability::Power,
            Some(other) => {
                return Err(wrong(format!("unknown durability '{other}', expected one of: process, power")));
            }
        };
        let store = self
            .store
            .as_deref()
            .map_or(Ok(StoreChoice::Folder(Backend::Sled)), str::parse)
            .map_err(wrong)?;
        let sink = SinkChoice::of(self.sink.as_deref(), self.postgres.as_ref())?;
        let every = self.checkpoint_every.unwrap_or(DEFAULT_EVERY);
        if i64::try_from(every.get()).is_err() {
            return Err(wrong(format!("checkpoint_every must be below 2^63, not {every}")));
        }
        Ok(Some(RecoveryChoice {
            checkpoints: Checkpoints { every, guarantee, durability, sink: sink.deliver() },
            sink,
            store,
            faults: self.faults.clone().unwrap_or_default(),
            folder: None,
        }))
    }
}

impl RecoveryChoice {
    /// Returns whether each fault can strike in a replay of `records` records.
    pub fn check(&self, records: u64, seed: u64) -> Result<(), Error> {
        let Checkpoints { every, guarantee, .. } = self.checkpoints;
        let planned = plan_faults(&self.faults, guarantee, records, every, seed)
            .map_err(|why| Error::usage(datasets::shown(&why).to_string()))?;
        let cuts_power = |planned: &Planned| matches!(planned.what, Fault::PowerCut { .. });
        if self.store != StoreChoice::Memory && planned.iter().any(cuts_power) {
            return Err(Error::usage("a power cut can only be made up with the store 'memory'")
                .with_hint("set store = \"memory\", or --store memory"));
        }
        let tears = |planned: &Planned| matches!(planned.what, Fault::TornOutput { .. });
        if self.sink != SinkChoice::File && planned.iter().any(tears) {
            return Err(Error::usage("no row can be torn where an epoch is delivered whole or not at all")
                .with_hint("set sink = \"file\", or --sink file"));
        }
        self.sink.check()
    }

    /// Returns the section that says the same.
    pub fn section(&self) -> RecoverySection {
        RecoverySection {
            guarantee: Some(self.checkpoints.guarantee.to_string()),
            checkpoint_every: Some(self.checkpoints.every),
            durability: Some(self.durability().to_owned()),
            store: Some(self.store.to_string()),
            sink: Some(self.sink.to_string()),
            postgres: self.sink.section(),
            faults: (!self.faults.is_empty()).then(|| self.faults.clone()),
        }
    }

    /// Returns the durability's name.
    pub fn durability(&self) -> &'static str {
        match self.checkpoints.durability {
            Durability::Process => "process",
            Durability::Power => "power",
        }
    }
}

impl fmt::Display for StoreChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Memory => f.write_str("memory"),
            Self::Folder(backend) => f.write_str(backend.name()),
        }
    }
}

impl FromStr for StoreChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "memory" {
            return Ok(Self::Memory);
        }
        Backend::named(text).map(Self::Folder).ok_or_else(|| {
            let known: Vec<&str> = Backend::ALL.iter().map(|backend| backend.name()).collect();
            format!("unknown store '{text}', expected one of: {}, memory", known.join(", "))
        })
    }
}
