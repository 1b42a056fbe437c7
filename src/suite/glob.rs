//! Patterns: `*` stands for any characters, `?` for one, and in paths `**` for any folders.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// Returns whether a text is a pattern, not a name.
pub(super) fn is_pattern(text: &str) -> bool {
    text.contains(['*', '?'])
}

/// Returns whether the whole text is as the pattern has it.
pub(super) fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let (mut at, mut seen) = (0, 0);
    // Where the last `*` was met: if what follows doesn't fit, it takes one character more.
    let mut star: Option<(usize, usize)> = None;
    while seen < text.len() {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, seen));
                at += 1;
            }
            Some(&c) if c == '?' || c == text[seen] => {
                at += 1;
                seen += 1;
            }
            _ => {
                let Some((after, taken)) = star else { return false };
                star = Some((after, taken + 1));
                (at, seen) = (after + 1, taken + 1);
            }
        }
    }
    pattern[at..].iter().all(|&c| c == '*')
}

/// Returns the files that the pattern leads to, sorted. `*` and `?` match within a name, and no name that begins with a dot
/// unless the pattern does; `**` follows no links.
pub(super) fn files(pattern: &str) -> io::Result<Vec<PathBuf>> {
    let (base, rest) = match pattern.strip_prefix('/') {
        Some(rest) => (PathBuf::from("/"), rest),
        None => (PathBuf::new(), pattern),
    };
    let parts: Vec<&str> = rest.split('/').filter(|part| !part.is_empty()).collect();
    let mut found = Vec::new();
    walk(&base, &parts, &mut found)?;
    found.sort();
    found.dedup();
    Ok(found)
}

fn walk(base: &Path, parts: &[&str], found: &mut Vec<PathBuf>) -> io::Result<()> {
    let Some((&part, rest)) = parts.split_first() else {
        if base.is_file() {
            found.push(base.to_owned());
        }
        return Ok(());
    };
    if !is_pattern(part) {
        let next = base.join(part);
        return if next.exists() { walk(&next, rest, found) } else { Ok(()) };
    }
    if !here(base).is_dir() {
        return Ok(());
    }
    if part == "**" {
        walk(base, rest, found)?;
    }
    for entry in fs::read_dir(here(base))? {
        let entry = entry?;
        let name = entry.file_name();
        let (name, is_folder) = (name.to_string_lossy(), entry.file_type()?.is_dir());
        if name.starts_with('.') && !part.starts_with('.') {
            continue;
        }
        let next = base.join(&*name);
        if part == "**" {
            if is_folder {
                walk(&next, parts, found)?;
            }
        } else if matches(part, &name) {
            walk(&next, rest, found)?;
        }
    }
    Ok(())
}

/// The folder by a name that can be opened: the present one has none.
fn here(base: &Path) -> &Path {
    if base.as_os_str().is_empty() { Path::new(".") } else { base }
}

#[cfg(test)]
mod tests {
    use datasets::SplitMix64;

    use super::*;

    /// Tries every way to share the text out.
    fn by_definition(pattern: &[char], text: &[char]) -> bool {
        match pattern.split_first() {
            None => text.is_empty(),
            Some(('*', rest)) => (0..=text.len()).any(|taken| by_definition(rest, &text[taken..])),
            Some((&c, rest)) => text
                .split_first()
                .is_some_and(|(&d, others)| (c == '?' || c == d) && by_definition(rest, others)),
        }
    }

    #[test]
    fn patterns_match_as_they_are_defined() {
        let mut random = SplitMix64::new(7);
        let (mut yes, mut no) = (0, 0);
        for _ in 0..20_000 {
            let mut of = |letters: &[char]| -> Vec<char> {
                let length = random.next_u64() % 7;
                (0..length).map(|_| letters[(random.next_u64() % letters.len() as u64) as usize]).collect()
            };
            let (pattern, text) = (of(&['a', 'b', '*', '?']), of(&['a', 'b']));
            let expected = by_definition(&pattern, &text);
            let whole = |letters: &[char]| letters.iter().collect::<String>();
            assert_eq!(matches(&whole(&pattern), &whole(&text)), expected, "{pattern:?} {text:?}");
            *(if expected { &mut yes } else { &mut no }) += 1;
        }
        assert!(yes > 1_000 && no > 1_000, "{yes} {no}");
    }

    #[test]
    fn a_pattern_leads_to_files() {
        let scratch = tempfile::tempdir().expect("a folder");
        for path in ["a.toml", "b.toml", "b.csv", ".c.toml", "in/a.toml", "in/deep/d.toml", ".git/e.toml"] {
            let path = scratch.path().join(path);
            fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            fs::write(path, "").expect("a file");
        }
        let found = |pattern: &str| {
            let all = files(&scratch.path().join(pattern).to_string_lossy()).expect("readable");
            let short = |path: &PathBuf| {
                path.strip_prefix(scratch.path()).expect("below").to_string_lossy().into_owned()
            };
            all.iter().map(short).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(found("*.toml"), "a.toml b.toml");
        assert_eq!(found(".*.toml"), ".c.toml");
        assert_eq!(found("?.csv"), "b.csv");
        assert_eq!(found("*"), "a.toml b.csv b.toml");
        assert_eq!(found("*/a.toml"), "in/a.toml");
        assert_eq!(found("**/*.toml"), "a.toml b.toml in/a.toml in/deep/d.toml");
        assert_eq!(found("in/**/d.toml"), "in/deep/d.toml");
        assert_eq!(found("none/*"), "");
        assert_eq!(found("a.toml/*"), "");
    }
}
