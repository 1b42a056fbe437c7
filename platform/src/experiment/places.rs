//! Files and folders that an experiment names beside its dataset: where programs work, where an answer lies. They are seen
//! from the folder of the experiment's file.

use std::path::{Component, Path, PathBuf};

use super::{ExperimentFile, dataset::parent};
use crate::{error::Error, own::ProblemChoice};

/// A place that an experiment names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place<'a> {
    /// Where a program works; the experiment's folder where it doesn't say.
    Folder(Option<&'a str>),
    /// A file that is read.
    File(&'a str),
}

impl ExperimentFile {
    /// Puts what `to` makes of each place into its place.
    pub(super) fn move_places(&mut self, to: &super::MakePlace<'_>) -> Result<(), Error> {
        for section in [&mut self.stable, &mut self.candidate].into_iter().flatten() {
            if section.command.is_some() {
                section.cwd = Some(to(Place::Folder(section.cwd.as_deref()))?);
            }
        }
        for section in [&mut self.stable, &mut self.candidate].into_iter().flatten() {
            if let Some(schema) = section.kafka.as_mut().and_then(|kafka| kafka.schema.as_mut()) {
                *schema = to(Place::File(schema))?;
            }
        }
        let reference = &mut self.reference;
        if reference.command.is_some() {
            reference.cwd = Some(to(Place::Folder(reference.cwd.as_deref()))?);
        }
        if let Some(file) = &mut reference.file {
            *file = to(Place::File(file))?;
        }
        if let Some(ProblemChoice::Own(own)) = &mut self.problem
            && own.checker.is_some()
        {
            own.cwd = Some(to(Place::Folder(own.cwd.as_deref()))?);
        }
        Ok(())
    }
}

/// The path by which this process reaches a place that stands in the experiment `file`.
pub(super) fn reached(file: &Path, place: Place<'_>) -> Result<String, Error> {
    let base = parent(file);
    match place {
        Place::Folder(folder) => {
            let path = folder.map_or_else(|| base.to_owned(), |folder| base.join(folder));
            if !path.is_dir() {
                return Err(Error::usage(format!(
                    "{}: cwd = \"{}\": {} is no folder",
                    datasets::shown_path(file),
                    datasets::shown(folder.unwrap_or(".")),
                    datasets::shown_path(&path)
                ))
                .with_hint("cwd is seen from the experiment's folder"));
            }
            text(path)
        }
        Place::File(name) => {
            let path = base.join(name);
            refuse_escape(file, base, Path::new(name))?;
            text(path)
        }
    }
}

/// A name that stays inside the experiment's folder must not lead out of it through a link: whoever reads the experiment
/// would think of another file.
fn refuse_escape(file: &Path, base: &Path, name: &Path) -> Result<(), Error> {
    let stays = name.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    let real = || Some((base.canonicalize().ok()?, base.join(name).canonicalize().ok()?));
    match real() {
        Some((base, real)) if stays && !real.starts_with(&base) => Err(Error::input(format!(
            "{}: {} leads through a link to {}, outside of the experiment's folder",
            datasets::shown_path(file),
            datasets::shown_path(name),
            datasets::shown_path(&real)
        ))
        .with_hint("name the file that is meant")),
        _ => Ok(()),
    }
}

/// Returns the way from the folder `run` to a place that this process reaches by `place`: an experiment there says so.
pub(super) fn seen_from(run: &Path, place: Place<'_>) -> Result<String, Error> {
    let place = match place {
        Place::Folder(folder) => folder.unwrap_or("."),
        Place::File(file) => file,
    };
    let real = || -> Option<PathBuf> {
        let run = parent(run).canonicalize().ok()?.join(run.file_name()?);
        way(&run, &Path::new(place).canonicalize().ok()?)
    };
    real().map_or_else(|| Ok(place.to_owned()), text)
}

/// The way from one folder to another place, both whole paths; the place itself where they have nothing in common.
fn way(from: &Path, to: &Path) -> Option<PathBuf> {
    let common = from.ancestors().find(|folder| to.starts_with(folder))?;
    if common.parent().is_none() {
        return Some(to.to_owned());
    }
    let up = from.strip_prefix(common).ok()?.components().map(|_| Component::ParentDir);
    let way: PathBuf = up.chain(to.strip_prefix(common).ok()?.components()).collect();
    Some(if way.as_os_str().is_empty() { PathBuf::from(".") } else { way })
}

/// The path that leads to a place from anywhere.
pub(super) fn anywhere(place: Place<'_>) -> Result<String, Error> {
    let place = match place {
        Place::Folder(folder) => folder.unwrap_or("."),
        Place::File(file) => file,
    };
    Path::new(place).canonicalize().map_or_else(|_| Ok(place.to_owned()), text)
}

fn text(path: PathBuf) -> Result<String, Error> {
    let path = if path.as_os_str().is_empty() { PathBuf::from(".") } else { path };
    path.into_os_string()
        .into_string()
        .map_err(|path| Error::usage(format!("{} is not UTF-8", datasets::shown_path(Path::new(&path)))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_goes_up_and_down_again() {
        for (from, to, expected) in [
            ("/a/runs/one", "/a/jobs", "../../jobs"),
            ("/a/runs", "/a/runs", "."),
            ("/a/runs", "/a/runs/jobs", "jobs"),
            ("/a/b", "/c", "/c"),
        ] {
            assert_eq!(way(Path::new(from), Path::new(to)), Some(PathBuf::from(expected)), "{from} {to}");
        }
    }

    #[test]
    fn a_place_is_seen_from_the_experiments_folder() {
        let scratch = tempfile::tempdir().expect("a folder");
        let root = scratch.path().canonicalize().expect("it is there");
        std::fs::create_dir_all(root.join("a/jobs")).expect("a folder");
        std::fs::create_dir_all(root.join("runs/one")).expect("a folder");
        std::fs::write(root.join("truth.csv"), "n\n").expect("a file");
        std::fs::write(root.join("a/own.csv"), "n\n").expect("a file");
        std::os::unix::fs::symlink(root.join("truth.csv"), root.join("a/link.csv")).expect("a link");
        let file = root.join("a/experiment.toml");
        let reach = |place| reached(&file, place).map_err(|error| error.to_string());
        let path = |name: &str| root.join(name).to_str().expect("UTF-8").to_owned();
        assert_eq!(reach(Place::Folder(None)), Ok(path("a")));
        assert_eq!(reach(Place::Folder(Some("jobs"))), Ok(path("a/jobs")));
        assert!(reach(Place::Folder(Some("none"))).is_err_and(|why| why.contains("is no folder")));
        assert_eq!(reach(Place::File("own.csv")), Ok(path("a/own.csv")));
        assert_eq!(reach(Place::File("../truth.csv")), Ok(path("a/../truth.csv")));
        assert!(reach(Place::File("link.csv")).is_err_and(|why| why.contains("leads through a link to")));
        let seen = |place: &str| seen_from(&root.join("runs/one"), Place::File(&path(place))).expect("UTF-8");
        assert_eq!(
            (seen("truth.csv"), seen("a/own.csv")),
            ("../../truth.csv".to_owned(), "../../a/own.csv".to_owned())
        );
    }
}
