//! A folder for log and store that goes when a run is over.

use datasets::WorkFolder;

use crate::error::Error;

/// Makes one below the system's folder for temporary files.
pub(crate) fn work_folder() -> Result<WorkFolder, Error> {
    let beside = std::env::temp_dir();
    WorkFolder::new(&beside).map_err(|cause| Error::System {
        action: "make a folder in",
        path: beside,
        cause,
    })
}
