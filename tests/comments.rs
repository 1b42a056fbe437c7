//! Holds doc comments to their rule: the first sentence says who does what, so that it stands alone where an editor shows it.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Begins of first sentences that lean on what stands elsewhere.
const LEANING: [&str; 4] = ["What ", "Whether ", "The same", "…"];

/// Returns the Rust files below `folder`, but for what was built.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() && name != "target" && !name.starts_with('.') {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

/// Returns the doc comments of a file, each with the number of its first line. A flag's help, which has no full stop, is
/// for whoever types the flag.
fn doc_comments(text: &str) -> Vec<(usize, String)> {
    let mut found: Vec<(usize, String)> = Vec::new();
    let mut goes_on = false;
    for (number, line) in text.lines().enumerate() {
        let line = line.trim_start();
        let said = line.strip_prefix("///").or_else(|| line.strip_prefix("//!"));
        match said {
            Some(said) if goes_on => {
                let (_, all) = found.last_mut().expect("it was begun");
                all.push_str(said);
            }
            Some(said) => found.push((number + 1, said.trim_start().to_owned())),
            None => {}
        }
        goes_on = said.is_some();
    }
    found.retain(|(_, said)| said.ends_with(['.', ':', '?', '!', ')', '`', '|']) || said.contains(". "));
    found
}

#[test]
fn no_doc_comment_leans_on_what_stands_elsewhere() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let (mut seen, mut leaning) = (0, Vec::new());
    for path in sources(&root) {
        let text = fs::read_to_string(&path).expect("UTF-8");
        for (line, said) in doc_comments(&text) {
            seen += 1;
            if LEANING.iter().any(|begin| said.starts_with(begin)) {
                let path = path.strip_prefix(&root).unwrap_or(&path).display();
                leaning.push(format!("{path}:{line}: {said}"));
            }
        }
    }
    assert!(seen > 3000, "vacuous: {seen}");
    assert!(
        leaning.is_empty(),
        "say who does what (\"Returns …\", \"Holds …\"), not {LEANING:?}:\n{}",
        leaning.join("\n")
    );
}

#[test]
fn a_leaning_comment_is_found() {
    let text =
        "/// What it is.\n/// More.\nfn a() {}\n    //! Whether so.\nx\n/// What to type\nx\n/// Holds it.\n";
    let found = doc_comments(text);
    assert_eq!(found.len(), 3, "{found:?}");
    assert_eq!(found[0], (1, "What it is. More.".to_owned()));
}
