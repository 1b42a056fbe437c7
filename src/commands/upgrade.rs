//! The hidden command that runs an upgrade in a folder that stays, to be killed and gone on with.

use std::{
    io::{self, Write},
    path::Path,
    sync::Arc,
};

use platform::{
    Error,
    catalog::Catalog,
    events::{Event, Listen, Working},
    execute::UpgradeInFolder,
    experiment::ExperimentFile,
};
use replay::Control;

/// Its name.
pub(crate) const COMMAND: &str = "upgrade";
/// The line that says that all is read.
const BEGINS: &str = "begins";

/// Writes notes to stderr. With it gone there is nobody left to tell.
struct OnlyNotes;

impl Listen for OnlyNotes {
    fn hear(&self, _: Event) {}

    fn note(&self, text: &str) {
        let _ = writeln!(io::stderr(), "note: {text}");
    }
}

pub(super) fn upgrade(folder: &Path, catalog: &Catalog, control: &Arc<Control>) -> Result<u8, Error> {
    let resolved = ExperimentFile::read(&folder.join("experiment.toml"))?.resolve(catalog)?;
    let tell = |line: &str| {
        // Whoever has started this is gone, so nobody waits for it.
        if writeln!(io::stdout(), "{line}").is_err() {
            control.stop();
        }
    };
    let work = Working { control, listener: &OnlyNotes };
    let upgrade = UpgradeInFolder { resolved: &resolved, folder, work: &work, begins: &|| tell(BEGINS) };
    let served = upgrade.run().map_err(|error| error.or_failure(control, &resolved))?;
    tell(&serde_json::to_string(&served).expect("plain texts and numbers are JSON"));
    Ok(0)
}
