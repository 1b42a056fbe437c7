//! The self-test's datasets: seeded, made anew in a temporary folder for each run.

use datasets::{CAPACITY, WorkFolder, generate};
use serde::Serialize;

use crate::error::Error;

/// Enough for a fault in each 1000th record to show twice, and for two chunks.
const RECORDS: u64 = 2001;
const SEED: u64 = 1;

/// Which data a case is judged on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Data {
    /// Sizes of 20 to 100 in bins of 150.
    Uniform,
    /// Three fill a bin of 1000 exactly, so each error in a sum shows.
    Triplets,
    /// Sizes of 1 to 600,000 in bins of 1,000,000: many classes, large numbers, and a tree for a bit set.
    Wide,
}

/// All of them.
const ALL: [Data; 3] = [Data::Uniform, Data::Triplets, Data::Wide];

impl Data {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Uniform => "uniform",
            Self::Triplets => "triplets",
            Self::Wide => "wide",
        }
    }

    fn generator(self) -> (&'static str, &'static [(&'static str, u64)]) {
        match self {
            Self::Uniform => ("uniform", &[]),
            Self::Triplets => ("triplets", &[]),
            Self::Wide => ("uniform", &[("min", 1), ("max", 600_000), (CAPACITY, 1_000_000)]),
        }
    }

    pub(super) fn instance(self) -> Result<datasets::Instance, Error> {
        let (generator, arguments) = self.generator();
        let arguments = arguments.iter().map(|&(name, value)| (name.to_owned(), value.into())).collect();
        Ok(generate(generator, RECORDS, SEED, &arguments)?)
    }
}

/// The datasets on disk, until this is dropped.
pub(super) struct Datasets(WorkFolder);

impl Datasets {
    pub(super) fn make() -> Result<Self, Error> {
        let cannot = |cause| Error::System { action: "write in", path: std::env::temp_dir(), cause };
        let dir = WorkFolder::new(&std::env::temp_dir()).map_err(cannot)?;
        for data in ALL {
            datasets::freeze(&data.instance()?, &dir.path().join(data.name()))?;
        }
        Ok(Self(dir))
    }

    pub(super) fn path(&self, data: Data) -> String {
        self.0.path().join(data.name()).to_string_lossy().into_owned()
    }
}
