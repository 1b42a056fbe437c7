//! The engines that this build knows, and how each is opened in a folder of its own.

use super::{Durability, Engine, EngineError};
use std::fs;
use std::hash::{BuildHasher as _, RandomState};
use std::path::Path;

/// The engines that keep a store in a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    /// sled 0.34.7 with what it needs to survive kills and power cuts.
    Sled,
    /// redb, the second opinion.
    #[cfg(feature = "redb")]
    Redb,
    /// sled 1.0.0-alpha.124, which loses everything when it is killed at the wrong moment: a control for the tests.
    #[cfg(feature = "known-bad")]
    SledAlpha,
}

impl Backend {
    /// All that this build knows.
    pub const ALL: &[Backend] = &[
        Backend::Sled,
        #[cfg(feature = "redb")]
        Backend::Redb,
        #[cfg(feature = "known-bad")]
        Backend::SledAlpha,
    ];

    /// Its name in a manifest and in settings.
    pub fn name(self) -> &'static str {
        match self {
            Backend::Sled => "sled",
            #[cfg(feature = "redb")]
            Backend::Redb => "redb",
            #[cfg(feature = "known-bad")]
            Backend::SledAlpha => "sled-alpha",
        }
    }

    /// The backend of this name, if this build knows it.
    pub fn named(name: &str) -> Option<Backend> {
        Backend::ALL.iter().copied().find(|backend| backend.name() == name)
    }
}

/// Describes how an engine is opened in a folder of its own.
pub(crate) type Open = Box<dyn FnOnce(&Path) -> Result<Box<dyn Engine>, EngineError> + Send>;

/// Opens in an emptied folder: an engine killed while it created its files may never open them again, and as long as
/// no incarnation was acknowledged there is nothing in them.
pub(crate) fn anew(open: Open) -> Open {
    Box::new(move |path| {
        if path.exists() {
            fs::remove_dir_all(path)?;
        }
        open(path)
    })
}

/// Opens one of the known engines.
pub(crate) fn open_backend(
    path: &Path,
    backend: Backend,
    durability: Durability,
) -> Result<Box<dyn Engine>, EngineError> {
    match backend {
        Backend::Sled => Ok(Box::new(super::sled::Sled::open(path, durability)?)),
        #[cfg(feature = "redb")]
        Backend::Redb => Ok(Box::new(super::redb::Redb::open(path, durability)?)),
        #[cfg(feature = "known-bad")]
        Backend::SledAlpha => Ok(Box::new(super::sled_alpha::SledAlpha::open(path)?)),
    }
}

/// Two draws of the operating system's randomness, by way of the standard library.
pub(crate) fn random_id() -> u128 {
    let draw = || u128::from(RandomState::new().hash_one(0));
    draw() << 64 | draw()
}
