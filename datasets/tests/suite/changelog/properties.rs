//! Random lives of a table, written in every form, against a map.

use std::collections::BTreeMap;

use datasets::{IllegalKind, SplitMix64};

use super::{Case, envelope, refs, rows_of};

/// A life of a table, in all forms at once.
#[derive(Default)]
struct Life {
    envelopes: Vec<String>,
    inserts_and_deletes: Vec<String>,
    captures: Vec<String>,
    printed: Vec<String>,
    ops: Vec<String>,
    upserts: Vec<String>,
    changes: u64,
}

impl Life {
    fn change(&mut self, id: u64, old: Option<u64>, new: Option<u64>) {
        let row = |n: u64| format!(r#"{{"id":{id},"n":{n}}}"#);
        let (before, after) = (old.map_or("null".into(), row), new.map_or("null".into(), row));
        let op = match (old, new) {
            (None, _) => "c",
            (_, None) => "d",
            _ => "u",
        };
        let made_up = if op == "d" { row(0) } else { "null".to_owned() };
        self.envelopes.push(envelope(op, &made_up, &after));
        let lsn = self.envelopes.len() as u64;
        let value = format!(r#"{{"before":{made_up},"after":{after},SOURCE,"op":"{op}"}}"#);
        self.captures.push(super::captured("a", lsn, &format!(r#"{{"id":{id}}}"#), &value));
        let value = new.map_or("null".to_owned(), |n| format!(r#"{{"n":{n}}}"#));
        self.upserts.push(format!(r#"{{"key":{{"id":{id}}},"value":{value}}}"#));
        if let Some(old) = old {
            self.inserts_and_deletes.push(envelope("d", &before, "null"));
            self.printed.push(format!("{}[{id}, {old}]", if new.is_some() { "-U" } else { "-D" }));
        }
        if let Some(new) = new {
            self.inserts_and_deletes.push(envelope("c", "null", &after));
            self.printed.push(format!("{}[{id}, {new}]", if old.is_some() { "+U" } else { "+I" }));
        }
        self.ops.push(format!("{op},{id},{}", new.map_or(String::new(), |n| n.to_string())));
        self.changes += 1;
    }
}

#[test]
fn every_form_of_one_life_ends_with_the_same_table() {
    let mut random = SplitMix64::new(13);
    for round in 0..60 {
        let (mut table, mut life) = (BTreeMap::new(), Life::default());
        for _ in 0..random.uniform(1, 120) {
            let id = random.uniform(0, 9);
            let old: Option<u64> = table.get(&id).copied();
            let new = (old.is_none() || random.uniform(0, 3) > 0).then(|| random.uniform(0, 4));
            match new {
                Some(n) => table.insert(id, n),
                None => table.remove(&id),
            };
            life.change(id, old, new);
        }
        let sorted = |names: [&str; 2]| -> Vec<String> {
            let mut rows: Vec<String> =
                table.iter().map(|(id, n)| format!("{}={id} {}={n}", names[0], names[1])).collect();
            rows.sort();
            rows
        };
        let check = |case: Case, lines: &[String], names| {
            let mut changelog = case.opened(&refs(lines));
            let mut rows = rows_of(&mut changelog);
            rows.sort();
            assert_eq!(rows, sorted(names), "round {round}");
            assert_eq!(changelog.facts().illegal_changes(), 0);
            (changelog.facts().changes, changelog.facts().transient)
        };
        let ids = ["id", "n"];
        let counts = check(Case::new("debezium").key(&["id"]), &life.envelopes, ids);
        assert_eq!(counts.0, life.changes);
        assert_eq!(check(Case::new("debezium"), &life.captures, ids), counts);
        assert_eq!(check(Case::new("upsert"), &life.upserts, ids), counts);
        check(Case::new("debezium"), &life.inserts_and_deletes, ids);
        check(Case::new("debezium").key(&["id"]), &life.inserts_and_deletes, ids);
        assert_eq!(check(Case::new("flink").named("o").key(&["f0"]), &life.printed, ["f0", "f1"]), counts);
        check(Case::new("flink").named("o"), &life.printed, ["f0", "f1"]);
        life.ops.insert(0, "op,id,n".to_owned());
        assert_eq!(check(Case::new("op:op").named("o.csv").key(&["id"]), &life.ops, ids), counts);
    }
}

#[test]
fn a_life_that_is_sent_again_from_anywhere_ends_the_same() {
    let mut random = SplitMix64::new(17);
    for _ in 0..60 {
        let (mut table, mut life) = (BTreeMap::new(), Life::default());
        for _ in 0..random.uniform(1, 60) {
            let id = random.uniform(0, 4);
            let old: Option<u64> = table.get(&id).copied();
            let new = (old.is_none() || random.uniform(0, 2) > 0).then(|| random.uniform(0, 4));
            match new {
                Some(n) => table.insert(id, n),
                None => table.remove(&id),
            };
            life.change(id, old, new);
        }
        let once = Case::new("debezium").opened(&refs(&life.captures));
        let from = random.uniform(0, life.captures.len() as u64 - 1) as usize;
        let again = life.captures[from..].iter().map(|line| line.replace("runId\":\"a\"", "runId\":\"b\""));
        let lines: Vec<String> = life.captures.iter().cloned().chain(again).collect();
        let mut twice = Case::new("debezium").opened(&refs(&lines));
        assert_eq!(twice.facts().repeats as usize, life.captures.len() - from);
        assert_eq!(
            (twice.facts().changes, twice.facts().transient),
            (once.facts().changes, once.facts().transient)
        );
        let mut once = once;
        assert_eq!(rows_of(&mut twice), rows_of(&mut once));
    }
}

/// Takes in changes one by one, as a database would that nobody checks.
#[derive(Default)]
struct Database {
    rows: BTreeMap<u64, u64>,
    ever: std::collections::BTreeSet<u64>,
    illegal: BTreeMap<IllegalKind, u64>,
}

impl Database {
    fn apply(&mut self, op: &str, id: u64, n: u64) {
        let lives = self.rows.contains_key(&id);
        let illegal = match op {
            "I" if lives => Some(IllegalKind::InsertOfLiving),
            "U" if !lives => Some(IllegalKind::UpdateOfAbsent),
            "D" if !lives && self.ever.contains(&id) => Some(IllegalKind::DeleteTwice),
            "D" if !lives => Some(IllegalKind::DeleteOfAbsent),
            _ => None,
        };
        if let Some(kind) = illegal {
            *self.illegal.entry(kind).or_default() += 1;
        }
        if op == "D" {
            self.rows.remove(&id);
        } else {
            self.rows.insert(id, n);
            self.ever.insert(id);
        }
    }
}

#[test]
fn changes_that_cannot_be_are_counted_as_a_database_would() {
    let mut random = SplitMix64::new(19);
    for round in 0..150 {
        let (mut database, mut lines) = (Database::default(), vec!["op,id,n".to_owned()]);
        for _ in 0..random.uniform(0, 40) {
            let op = ["I", "U", "D"][random.uniform(0, 2) as usize];
            let (id, n) = (random.uniform(0, 5), random.uniform(0, 2));
            lines.push(format!("{op},{id},{n}"));
            database.apply(op, id, n);
        }
        let mut changelog = Case::new("op:op").named("o.csv").key(&["id"]).opened(&refs(&lines));
        let mut rows = rows_of(&mut changelog);
        rows.sort();
        let expected: Vec<String> = database.rows.iter().map(|(id, n)| format!("id={id} n={n}")).collect();
        assert_eq!(rows, expected, "round {round}");
        let facts = changelog.facts();
        let counts: BTreeMap<IllegalKind, u64> =
            facts.illegal.iter().map(|(kind, illegal)| (*kind, illegal.count)).collect();
        assert_eq!(counts, database.illegal, "round {round}");
        let ever = database.ever.len() as u64;
        assert_eq!((facts.keys, facts.transient), (ever, ever - database.rows.len() as u64));
    }
}

#[test]
fn rows_without_a_key_are_a_bag() {
    let mut random = SplitMix64::new(23);
    for round in 0..100 {
        let (mut bag, mut lines, mut lacking) = (BTreeMap::<u64, u64>::new(), Vec::new(), 0);
        for _ in 0..random.uniform(1, 60) {
            let (old, new) = (random.uniform(0, 3), random.uniform(0, 3));
            let (takes, gives) = [(false, true), (true, false), (true, true)][random.uniform(0, 2) as usize];
            let row =
                |is_there: bool, n: u64| if is_there { format!(r#"{{"n":{n}}}"#) } else { "null".into() };
            let op = if !takes {
                "c"
            } else if gives {
                "u"
            } else {
                "d"
            };
            lines.push(envelope(op, &row(takes, old), &row(gives, new)));
            if takes {
                match bag.get_mut(&old).filter(|count| **count > 0) {
                    Some(count) => *count -= 1,
                    None => lacking += 1,
                }
            }
            if gives {
                *bag.entry(new).or_default() += 1;
            }
        }
        let mut changelog = Case::new("debezium").opened(&refs(&lines));
        let mut rows = rows_of(&mut changelog);
        rows.sort();
        let expected: Vec<String> =
            bag.iter().flat_map(|(n, count)| vec![format!("n={n}"); *count as usize]).collect();
        assert_eq!(rows, expected, "round {round}");
        assert_eq!(changelog.facts().illegal_changes(), lacking);
        assert_eq!(changelog.facts().rows as usize, rows.len());
    }
}

#[test]
fn damaged_files_are_read_or_refused() {
    let mut random = SplitMix64::new(29);
    let mut life = Life::default();
    for id in 0..6 {
        life.change(id, None, Some(1));
        life.change(id, Some(1), Some(2));
    }
    life.change(3, Some(2), None);
    life.ops.insert(0, "op,id,n".to_owned());
    let types = |case: Case| case.of("n", "timestamp:us").of("f1", "decimal");
    let cases = [
        (types(Case::new("debezium").key(&["id"])), &life.envelopes),
        (types(Case::new("debezium")), &life.captures),
        (types(Case::new("upsert")), &life.upserts),
        (types(Case::new("flink").named("p.txt")), &life.printed),
        (types(Case::new("op:op").named("o.csv").key(&["id"])), &life.ops),
    ];
    let signs = br#"{}[]",:\+-IUD0919eE.nt "#;
    let (mut read, mut refused) = (0, 0);
    for (case, lines) in &cases {
        let text = lines.join("\n");
        for _ in 0..50 {
            let mut bytes = text.clone().into_bytes();
            for _ in 0..random.uniform(1, 3) {
                let at = random.uniform(0, bytes.len() as u64 - 1) as usize;
                let sign = signs[random.uniform(0, signs.len() as u64 - 1) as usize];
                match random.uniform(0, 3) {
                    0 => bytes.truncate(at + 1),
                    1 => drop(bytes.remove(at)),
                    2 => bytes.insert(at, sign),
                    _ => bytes[at] = sign,
                }
            }
            match case.open(&String::from_utf8_lossy(&bytes)) {
                Ok(_) => read += 1,
                Err(error) => {
                    assert!(!error.to_string().is_empty());
                    refused += 1;
                }
            }
        }
    }
    assert!(read > 20 && refused > 20, "{read} {refused}");
}
