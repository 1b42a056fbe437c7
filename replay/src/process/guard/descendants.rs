//! Processes that descend from this one, as `/proc` tells.

use std::fs;

/// A process: its number, its parent's, and its group's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Kin {
    pub(super) id: i32,
    parent: i32,
    pub(super) group: i32,
}

/// Returns all that descend from the process `of`.
pub(super) fn descendants(of: i32) -> Vec<Kin> {
    let folders = fs::read_dir("/proc").into_iter().flatten().flatten();
    let numbers = folders.filter_map(|folder| folder.file_name().to_str()?.parse::<i32>().ok());
    // One that ends meanwhile has no file any more.
    let stat = |id| fs::read(format!("/proc/{id}/stat")).ok();
    below(of, numbers.filter_map(|id| kin(&String::from_utf8_lossy(&stat(id)?))).collect())
}

fn below(of: i32, mut all: Vec<Kin>) -> Vec<Kin> {
    let mut found: Vec<Kin> = Vec::new();
    let mut parents = vec![of];
    while let Some(parent) = parents.pop() {
        let (children, others): (Vec<Kin>, Vec<Kin>) = all.into_iter().partition(|kin| kin.parent == parent);
        parents.extend(children.iter().map(|child| child.id));
        found.extend(children);
        all = others;
    }
    found
}

/// Reads `/proc/PID/stat`: `7 (name) S 1 7 …`, where a name may hold anything.
fn kin(stat: &str) -> Option<Kin> {
    let (head, tail) = stat.rsplit_once(')')?;
    let id = head.split(' ').next()?.parse().ok()?;
    let mut fields = tail.split_ascii_whitespace().skip(1);
    let mut number = || fields.next()?.parse().ok();
    Some(Kin { id, parent: number()?, group: number()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_may_hold_anything() {
        let expected = Some(Kin { id: 7, parent: 1, group: 5 });
        for name in ["sh", "a b", ") S 9 9 (", ")))", "7 (x)"] {
            assert_eq!(kin(&format!("7 ({name}) S 1 5 5 0 -1")), expected, "{name}");
        }
        assert_eq!((kin(""), kin("7 (x)"), kin("7 (x) S 1")), (None, None, None));
    }

    #[test]
    fn all_that_descend_are_found() {
        let all = [(2, 1), (3, 2), (4, 3), (5, 1), (6, 9), (7, 4), (9, 8)];
        let all = all.map(|(id, parent)| Kin { id, parent, group: 0 });
        let mut found: Vec<i32> = below(2, all.to_vec()).iter().map(|kin| kin.id).collect();
        found.sort_unstable();
        assert_eq!(found, [3, 4, 7]);
        assert!(below(7, all.to_vec()).is_empty());
    }

    #[test]
    fn our_own_children_are_among_ours() {
        let mut child = std::process::Command::new("sleep").arg("300").spawn().expect("a sleep");
        let id = child.id().cast_signed();
        let found = descendants(std::process::id().cast_signed());
        assert!(found.iter().any(|kin| kin.id == id), "{found:?}");
        child.kill().and_then(|()| child.wait()).expect("it is ours");
    }
}
