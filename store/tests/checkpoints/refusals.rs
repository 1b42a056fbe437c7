//! Shows what isn't opened or written, and what the message says.

use crate::common::{Home, copy, everywhere, files};
use std::fs;
use std::path::Path;
use store::checkpoints::{Backend, Durability, Namespace, Store, StoreError, WriteSet};

fn open(folder: &Path) -> Result<Store, StoreError> {
    Store::open(folder, Backend::Sled, Durability::Process)
}

/// A closed store with one epoch.
fn used() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut store = open(folder.path()).unwrap();
    store.commit(1, &everywhere("key", "value"), Durability::Process).unwrap();
    folder
}

/// The error of an attempt to open, whose message must name the folder.
fn refused(folder: &Path) -> StoreError {
    let error = open(folder).unwrap_err();
    let message = error.to_string();
    assert!(message.starts_with(&folder.display().to_string()), "{message}");
    assert!(message.contains("; "), "what to do: {message}");
    error
}

fn edit_manifest(folder: &Path, edit: impl Fn(&str) -> String) {
    let path = folder.join("manifest.toml");
    let text = edit(&fs::read_to_string(&path).unwrap());
    let (fields, _) = text.split_once("checksum").unwrap();
    let checksum = &blake3::hash(fields.as_bytes()).to_hex()[..32];
    fs::write(path, format!("{fields}checksum = \"{checksum}\"\n")).unwrap();
}

#[test]
fn a_folder_in_use_names_the_process_and_is_left_alone() {
    for home in Home::all() {
        let Home::Folder(folder, _) = &home else { continue };
        let store = home.open(Durability::Process).unwrap();
        let before: Vec<_> = files(folder.path()).into_iter().map(|(path, _)| path).collect();
        let error = home.open(Durability::Process).unwrap_err();
        let own = Some(std::process::id());
        assert!(matches!(&error, StoreError::Locked { pid, .. } if *pid == own), "{error}");
        assert!(error.to_string().contains(&format!("process {}", std::process::id())), "{error}");
        let after: Vec<_> = files(folder.path()).into_iter().map(|(path, _)| path).collect();
        assert_eq!(before, after);
        drop(store);
        // The lock's file stays and blocks nobody.
        assert!(folder.path().join("run.lock").exists());
        home.open(Durability::Process).unwrap();
    }
}

#[test]
fn a_folder_of_somebody_else_is_refused_untouched() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("thesis.txt"), "years of work").unwrap();
    let error = refused(folder.path());
    assert!(matches!(error, StoreError::Foreign { .. }), "{error}");
    assert!(error.to_string().contains("thesis.txt"), "{error}");
    assert_eq!(files(folder.path()).len(), 1);
}

#[test]
fn a_folder_whose_creation_was_cut_short_is_as_good_as_new() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("run.lock"), "").unwrap();
    fs::write(folder.path().join("manifest.tmp"), "# The la").unwrap();
    assert_eq!(open(folder.path()).unwrap().epoch(), 0);

    // Killed after the manifest, before the engine's first write.
    let folder = used();
    fs::remove_dir_all(folder.path().join("sled")).unwrap();
    edit_manifest(folder.path(), |text| {
        text.replace("epoch = 1", "epoch = 0").replace("incarnation = 1", "incarnation = 0")
    });
    assert_eq!(open(folder.path()).unwrap().epoch(), 0);
}

#[test]
fn an_engine_killed_while_it_made_its_files_is_made_anew_but_only_before_the_first_incarnation() {
    for home in Home::all() {
        let Home::Folder(folder, _) = &home else { continue };
        drop(home.open(Durability::Process).unwrap());
        let all: Vec<_> = files(folder.path()).into_iter().map(|(path, _)| path).collect();
        let of_engine = |path: &&std::path::PathBuf| path.parent() != Some(folder.path());
        all.iter().filter(of_engine).for_each(|path| fs::write(path, [0; 100]).unwrap());
        let refused = home.open(Durability::Process).unwrap_err();
        assert!(refused.to_string().contains("epoch 0"), "{}: {refused}", home.name());
        edit_manifest(folder.path(), |text| text.replace("incarnation = 1", "incarnation = 0"));
        let store = home.open(Durability::Process).unwrap();
        assert_eq!((store.epoch(), store.incarnation()), (0, 1), "{}", home.name());
    }
}

#[test]
fn the_engines_files_without_the_manifest_and_the_reverse_are_damage() {
    let folder = used();
    fs::remove_file(folder.path().join("manifest.toml")).unwrap();
    let error = refused(folder.path());
    assert!(matches!(error, StoreError::Damaged { .. }), "{error}");

    let folder = used();
    fs::remove_dir_all(folder.path().join("sled")).unwrap();
    let error = refused(folder.path());
    assert!(matches!(error, StoreError::RolledBack { manifest: 1, store: 0, .. }), "{error}");
}

#[test]
fn manifests_of_another_format_backend_store_or_epoch_are_refused() {
    let newer = used();
    edit_manifest(newer.path(), |text| text.replace("format = 1", "format = 2"));
    let error = refused(newer.path());
    assert!(matches!(error, StoreError::NewerFormat { found: 2, known: 1, .. }), "{error}");

    let other = used();
    edit_manifest(other.path(), |text| text.replace("\"sled\"", "\"paper\""));
    let error = refused(other.path());
    assert!(matches!(&error, StoreError::OtherBackend { found, .. } if found == "paper"), "{error}");

    let mixed = used();
    fs::copy(used().path().join("manifest.toml"), mixed.path().join("manifest.toml")).unwrap();
    let error = refused(mixed.path());
    assert!(matches!(error, StoreError::Damaged { .. }), "{error}");

    let ahead = used();
    edit_manifest(ahead.path(), |text| text.replace("epoch = 1", "epoch = 2"));
    let error = refused(ahead.path());
    assert!(matches!(error, StoreError::RolledBack { manifest: 2, store: 1, .. }), "{error}");

    let garbage = used();
    fs::write(garbage.path().join("manifest.toml"), [0xFF, 0xFE]).unwrap();
    let error = refused(garbage.path());
    assert!(matches!(error, StoreError::Damaged { .. }), "{error}");
}

#[test]
fn an_older_copy_of_the_engines_files_is_noticed_and_the_store_may_be_one_ahead() {
    for home in Home::all() {
        let Home::Folder(folder, backend) = &home else { continue };
        let mut store = home.open(Durability::Process).unwrap();
        store.commit(1, &everywhere("key", "one"), Durability::Process).unwrap();
        drop(store);
        let one = copy(folder.path());
        let mut store = home.open(Durability::Process).unwrap();
        store.commit(2, &everywhere("key", "two"), Durability::Process).unwrap();
        drop(store);

        let new_manifest = folder.path().join("manifest.toml");
        let two = copy(folder.path());
        fs::copy(one.path().join("manifest.toml"), two.path().join("manifest.toml")).unwrap();
        fs::copy(&new_manifest, one.path().join("manifest.toml")).unwrap();
        let error = Store::open(one.path(), *backend, Durability::Process).unwrap_err();
        assert!(
            matches!(error, StoreError::RolledBack { manifest: 2, store: 1, .. }),
            "{}: {error}",
            home.name()
        );
        let ahead = Store::open(two.path(), *backend, Durability::Process).unwrap();
        assert_eq!(ahead.epoch(), 2, "{}", home.name());
    }
}

#[test]
fn a_long_key_is_refused_and_the_handle_goes_on() {
    let mut store = Home::all()[0].open(Durability::Process).unwrap();
    let mut writes = WriteSet::new();
    writes.put(Namespace::State, vec![0; 1025], "value");
    let error = store.commit(1, &writes, Durability::Process).unwrap_err();
    assert!(matches!(error, StoreError::LongKey { length: 1025, limit: 1024, .. }), "{error}");
    for home in Home::all() {
        let mut store = home.open(Durability::Process).unwrap();
        let mut writes = WriteSet::new();
        writes.put(Namespace::State, vec![0; 1024], "value");
        store.commit(1, &writes, Durability::Process).unwrap();
        assert_eq!(store.get(Namespace::State, &[0; 1024]).unwrap().as_deref(), Some(&b"value"[..]));
    }
}

#[test]
fn a_path_that_can_not_be_a_folder_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let error = refused(&file);
    assert!(matches!(error, StoreError::Failed { .. }), "{error}");
}
