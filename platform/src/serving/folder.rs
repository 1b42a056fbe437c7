//! A folder for log and store that goes when a run is over.

use std::path::Path;

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

/// Returns how many bytes the files below a folder have; what can't be read counts nothing.
pub(crate) fn disk_bytes(folder: &Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
    let size = |entry: std::fs::DirEntry| match entry.metadata() {
        Ok(metadata) if metadata.is_dir() => disk_bytes(&entry.path()),
        Ok(metadata) => metadata.len(),
        Err(_) => 0,
    };
    entries.filter_map(Result::ok).map(size).sum()
}
