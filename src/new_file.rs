//! A file that a command writes where nothing stands yet: whole or not at all.

use std::{
    io::Write,
    path::{Path, PathBuf},
};

use platform::{Error, experiment::parent};
use tempfile::NamedTempFile;

use crate::run_folder::{make_readable, sync_dir};

/// A file that will be written, whose place is known to be free and writable.
#[derive(Debug)]
pub(crate) struct NewFile {
    path: PathBuf,
    draft: NamedTempFile,
}

impl NewFile {
    /// Looks at the place before anything is computed.
    pub(crate) fn prepare(path: &Path) -> Result<Self, Error> {
        if path.symlink_metadata().is_ok() {
            return Err(Error::TargetExists(path.to_owned()));
        }
        let folder = parent(path);
        let draft = NamedTempFile::with_prefix_in(".counterpoint-file", folder);
        let draft =
            draft.map_err(|cause| Error::System { action: "write in", path: folder.to_owned(), cause })?;
        Ok(Self { path: path.to_owned(), draft })
    }

    /// Writes the file, unless somebody else has meanwhile.
    pub(crate) fn write(mut self, text: &str) -> Result<(), Error> {
        let system = |cause| Error::System { action: "write", path: self.path.clone(), cause };
        self.draft.write_all(text.as_bytes()).map_err(system)?;
        make_readable(self.draft.path(), 0o644).map_err(system)?;
        self.draft.as_file().sync_all().map_err(system)?;
        match self.draft.persist_noclobber(&self.path) {
            Ok(_) => sync_dir(parent(&self.path)).map_err(system),
            Err(error) if error.error.kind() == std::io::ErrorKind::AlreadyExists => {
                Err(Error::TargetExists(self.path.clone()))
            }
            Err(error) => Err(system(error.error)),
        }
    }
}
