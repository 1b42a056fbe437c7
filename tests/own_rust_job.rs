//! Holds the lock file of `examples/own-rust-job`, which lies outside the workspace, against what the workspace needs. Its
//! own tests, which take a build of everything, are a step of `.ci/run`.

use std::{path::Path, process::Command};

const MANIFEST: &str = "examples/own-rust-job/Cargo.toml";

#[test]
fn its_lock_file_is_up_to_date() {
    let tree = Command::new(env!("CARGO"))
        .args(["tree", "--locked", "--offline", "--quiet", "--manifest-path", MANIFEST])
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")))
        .output()
        .expect("cargo runs this test");
    let words = String::from_utf8_lossy(&tree.stderr);
    assert!(
        tree.status.success(),
        "{words}\nA dependency has changed; renew the lock file:\n\
         cp Cargo.lock examples/own-rust-job/ && cargo tree --offline --manifest-path {MANIFEST}"
    );
    let listed = String::from_utf8_lossy(&tree.stdout);
    assert!(listed.starts_with("own-rust-job ") && listed.contains("counterpoint v"), "{listed}");
}
