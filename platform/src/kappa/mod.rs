//! Kappa: one streaming job serves; a new version of it reprocesses the log beside it and takes over once it is shown to be
//! right.

mod account;
#[cfg(test)]
mod arrival;
mod as_served;
mod aside;
#[cfg(test)]
mod bad_jobs;
#[cfg(test)]
mod crash_matrix;
mod drive;
mod ground;
mod healing;
mod in_folder;
mod judge;
#[cfg(test)]
mod outside;
mod parting;
mod protocol;
mod recover;
mod revision;
mod run;
#[cfg(test)]
mod shown;
mod speed;
mod steps;
#[cfg(test)]
mod support;

pub(crate) use ground::Ground;
pub use in_folder::{MeasureUpgrade, ServedAtEnd, UpgradeInFolder};
pub use speed::UpgradeSpeed;
