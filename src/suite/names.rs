//! Names the experiments of a suite: by their files, and where two are alike, by the folders above them, too.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Component, Path, PathBuf},
};

/// Names of files that stand beside the experiments' folders.
const TAKEN: [&str; 4] = ["index.html", "junit.xml", "suite.json", "summary.md"];
/// Ends the name of the folder that a run with checkpoints keeps beside its place.
const PARTIAL: &str = ".partial";

/// Returns a name for each path, all different, also where capitals don't count, and each a good name of a folder.
pub(crate) fn unique(paths: &[PathBuf]) -> Vec<String> {
    let parts: Vec<Vec<String>> = paths.iter().map(|path| parts(path)).collect();
    let mut depths = vec![1; paths.len()];
    loop {
        let names: Vec<String> = parts
            .iter()
            .zip(&depths)
            .map(|(parts, &depth)| joined(&parts[parts.len().saturating_sub(depth)..]))
            .collect();
        let doubled = doubled(&names);
        let mut has_grown = false;
        for (index, depth) in depths.iter_mut().enumerate() {
            if doubled[index] && *depth < parts[index].len() {
                *depth += 1;
                has_grown = true;
            }
        }
        if !has_grown {
            return numbered(&names);
        }
    }
}

/// The names of the folders above a file, and its own without its ending.
fn parts(path: &Path) -> Vec<String> {
    let whole = path.canonicalize().unwrap_or_else(|_| path.to_owned()).with_extension("");
    let names = whole.components().filter_map(|component| match component {
        Component::Normal(name) => Some(harmless(&name.to_string_lossy())),
        _ => None,
    });
    names.collect()
}

/// Letters, digits and little else, so that the name can be a folder's, a link and a shell's word.
fn harmless(name: &str) -> String {
    let name: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '_' }).collect();
    match name.trim_start_matches('.') {
        "" => "_".to_owned(),
        name => name.to_owned(),
    }
}

fn joined(parts: &[String]) -> String {
    let name = parts.join("-");
    let folded = name.to_ascii_lowercase();
    if TAKEN.contains(&folded.as_str()) || folded.ends_with(PARTIAL) || name.is_empty() {
        name + "_"
    } else {
        name
    }
}

/// Which names stand there more than once.
fn doubled(names: &[String]) -> Vec<bool> {
    let mut counts = BTreeMap::new();
    for name in names {
        *counts.entry(name.to_ascii_lowercase()).or_insert(0) += 1;
    }
    names.iter().map(|name| counts[&name.to_ascii_lowercase()] > 1).collect()
}

/// The second of a name, and each further one, gets a number that no other has.
fn numbered(names: &[String]) -> Vec<String> {
    let mut taken: Vec<String> = names.iter().map(|name| name.to_ascii_lowercase()).collect();
    let mut seen = BTreeSet::new();
    let mut all = Vec::new();
    for name in names {
        if seen.insert(name.to_ascii_lowercase()) {
            all.push(name.clone());
            continue;
        }
        // One of so many numbers is free.
        let numbers = 2..=taken.len() + 2;
        let free = numbers
            .map(|number| format!("{name}-{number}"))
            .find(|name| !taken.contains(&name.to_ascii_lowercase()));
        let free = free.unwrap_or_default();
        taken.push(free.to_ascii_lowercase());
        all.push(free);
    }
    all
}

#[cfg(test)]
mod tests {
    use datasets::SplitMix64;

    use super::*;

    fn names(paths: &[&str]) -> String {
        unique(&paths.iter().map(PathBuf::from).collect::<Vec<_>>()).join(" ")
    }

    #[test]
    fn a_name_is_as_short_as_can_be() {
        assert_eq!(names(&["e/late-data.toml", "e/caching.toml"]), "late-data caching");
        assert_eq!(names(&["a/x.toml", "b/x.toml", "b/y.toml"]), "a-x b-x y");
        assert_eq!(names(&["a/x.toml", "a/X.toml"]), "a-x a-X-2");
        assert_eq!(names(&["c/a/x.toml", "d/a/x.toml"]), "c-a-x d-a-x");
    }

    #[test]
    fn a_name_is_harmless() {
        assert_eq!(
            names(&["../../é b.toml", ".hidden.toml", "index.html.toml", "x.partial.toml"]),
            "_b hidden index.html_ x.partial_".replace("_b", "__b")
        );
    }

    #[test]
    fn no_two_are_alike() {
        let mut random = SplitMix64::new(3);
        for _ in 0..500 {
            let mut word = || ["a", "b", "A", "a-b", "é", "x-2", "x"][(random.next_u64() % 7) as usize];
            let mut paths: Vec<PathBuf> =
                (0..12).map(|_| PathBuf::from(format!("{}/{}/{}.toml", word(), word(), word()))).collect();
            paths.sort();
            paths.dedup();
            let mut names: Vec<String> =
                unique(&paths).iter().map(|name| name.to_ascii_lowercase()).collect();
            names.sort();
            let all = names.len();
            names.dedup();
            assert_eq!(names.len(), all, "{paths:?}");
        }
    }
}
