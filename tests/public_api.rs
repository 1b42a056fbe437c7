//! Holds what the library re-exports, to those who compile jobs of their own into it, against the list that is kept in git:
//! each item with its fields, variants and methods. Whoever changes one sees what others will have to change.
//!
//! `COUNTERPOINT_WRITE=1 cargo test --test public_api` writes the list anew.

use std::{
    fs,
    path::{Path, PathBuf},
};

const LIST: &str = "docs/public-api.txt";
const HEAD: &str = "\
# What the library `counterpoint` re-exports for jobs of one's own, as examples/own-rust-job uses it.
# Written by: COUNTERPOINT_WRITE=1 cargo test --test public_api
";
/// Begins the declaration of an item.
const KINDS: [&str; 8] = [
    "pub struct ",
    "pub enum ",
    "pub trait ",
    "pub fn ",
    "pub const fn ",
    "pub const ",
    "pub static ",
    "pub type ",
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Returns the text of all Rust files of a crate, without its unit tests' modules, which stand at the end of a file.
fn sources(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a crate's folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).expect("UTF-8");
            let text = text.split("\n#[cfg(test)]\nmod ").next().unwrap_or_default().to_owned();
            found.push((path, text));
        }
    }
    found.sort();
    found
}

/// Returns crate and name of each item that `lib` re-exports.
fn exported(lib: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for statement in lib.split("\npub use ").skip(1) {
        let statement = statement.split(';').next().expect("it ends");
        let (owner, names) = statement.split_once("::").expect("a path into another crate");
        let names = names.replace(['{', '}', ','], " ");
        let names = names.split_whitespace().filter(|name| !name.ends_with("::"));
        found.extend(
            names.map(|name| (owner.to_owned(), name.rsplit("::").next().expect("a name").to_owned())),
        );
    }
    found.sort();
    found
}

/// Returns the declaration that begins at `line`, on one line and without its body; and whether it has one.
fn head<'a>(lines: &[&'a str], line: usize) -> (String, bool) {
    let mut words: Vec<&'a str> = Vec::new();
    for line in &lines[line..] {
        words.extend(line.split_whitespace());
        if line.ends_with(['{', ';', '}']) {
            break;
        }
    }
    let text = words.join(" ").replace("( ", "(").replace(", )", ")");
    let has_body = text.ends_with('{');
    let text = if text.starts_with("pub const ") || text.starts_with("pub static ") {
        text.split(" = ").next().unwrap_or_default().to_owned()
    } else {
        text
    };
    (text.trim_end_matches([' ', '{', ';']).to_owned(), has_body)
}

/// Returns what stands in the body that begins at `line` and is public: the members of a trait, an enum and a struct, or
/// the methods of an `impl`. The files are formatted, so a body ends with a brace in the first column.
fn members(lines: &[&str], line: usize, is_wanted: impl Fn(&str) -> bool) -> Vec<String> {
    let body = (line + 1..lines.len()).take_while(|&at| !lines[at].starts_with('}'));
    let is_member = |at: &usize| {
        let text = lines[*at];
        let own = text.strip_prefix("    ").filter(|text| !text.starts_with([' ', '/', '#', '}', ')']));
        own.is_some_and(&is_wanted)
    };
    body.filter(is_member)
        .map(|at| {
            let text = lines[at].trim();
            if ["fn ", "pub fn ", "pub const fn "].iter().any(|kind| text.starts_with(kind)) {
                return head(lines, at).0;
            }
            let mut words = vec![text];
            if text.ends_with('{') {
                let fields = lines[at + 1..].iter().map(|line| line.trim());
                let fields = fields.filter(|line| !line.starts_with("//"));
                words.extend(fields.take_while(|line| !line.starts_with('}')));
                words.push("}");
            }
            words.join(" ").trim_end_matches([',', ';']).replace(", }", " }")
        })
        .collect()
}

/// Returns the name that an `impl` is of, and the trait that it is of, if any.
fn implemented(head: &str) -> Option<(&str, Option<&str>)> {
    let rest = head.strip_prefix("impl")?;
    let mut depth = 0;
    let rest = rest.trim_start_matches(|c| {
        depth += i32::from(c == '<') - i32::from(c == '>');
        depth > 0 || c == '>'
    });
    let rest = rest.trim_start();
    let rest = rest.split(" where ").next()?;
    let (of, name) = rest.split_once(" for ").map_or((None, rest), |(of, name)| (Some(of), name));
    let name = name.split('<').next()?;
    Some((name, of))
}

/// Returns the lines of the list about one item of a crate.
fn described(owner: &str, name: &str, files: &[(PathBuf, String)]) -> Vec<String> {
    let is_it = |line: &str| {
        KINDS.iter().any(|kind| {
            let rest = line.strip_prefix(kind).and_then(|rest| rest.strip_prefix(name));
            rest.is_some_and(|rest| rest.starts_with(|c: char| !c.is_alphanumeric() && c != '_'))
        })
    };
    let mut found = vec![format!("{owner}::{name}")];
    let mut declared = 0;
    for (path, text) in files {
        if path.ends_with(format!("{name}.rs")) && name.starts_with(char::is_lowercase) {
            // A module: all of its functions.
            let lines: Vec<&str> = text.lines().collect();
            declared += 1;
            let functions = (0..lines.len()).filter(|&at| lines[at].starts_with("pub fn "));
            found.extend(functions.map(|at| format!("    {}", head(&lines, at).0)));
            continue;
        }
        let lines: Vec<&str> = text.lines().collect();
        for (at, line) in lines.iter().enumerate() {
            let (head, has_body) =
                if is_it(line) || line.starts_with("impl") { head(&lines, at) } else { continue };
            if is_it(line) {
                declared += 1;
                found.push(format!("    {head}"));
                let is_struct = line.starts_with("pub struct ");
                if has_body && !line.contains("fn ") {
                    let all = members(&lines, at, |text| !is_struct || text.starts_with("pub "));
                    found.extend(all.into_iter().map(|member| format!("        {member}")));
                }
                continue;
            }
            match implemented(&head) {
                Some((of, None)) if of == name => {
                    let public =
                        |text: &str| ["pub fn ", "pub const "].iter().any(|kind| text.starts_with(kind));
                    found.extend(
                        members(&lines, at, public).into_iter().map(|member| format!("    {member}")),
                    );
                }
                Some((of, Some(_))) if of == name => found.push(format!("    {head}")),
                _ => {}
            }
        }
    }
    assert_eq!(declared, 1, "{owner}::{name} is declared {declared} times in the crate's files");
    found
}

fn list() -> String {
    let lib = fs::read_to_string(root().join("src/lib.rs")).expect("the library");
    let own = sources(&root().join("src"));
    let entry: Vec<(PathBuf, String)> =
        own.into_iter().filter(|(path, _)| path.ends_with("src/lib.rs")).collect();
    let mut lines = described("counterpoint", "run", &entry);
    let items = exported(&lib);
    for crates in items.chunk_by(|one, other| one.0 == other.0) {
        let files = sources(&root().join(&crates[0].0).join("src"));
        lines.extend(crates.iter().flat_map(|(owner, name)| described(owner, name, &files)));
    }
    format!("{HEAD}\n{}\n", lines.join("\n"))
}

#[test]
fn the_list_of_public_items_is_up_to_date() {
    let (path, list) = (root().join(LIST), list());
    if std::env::var_os("COUNTERPOINT_WRITE").is_some() {
        fs::write(&path, &list).expect("the list can be written");
    }
    let kept = fs::read_to_string(&path).expect("the list is kept in git");
    let changed = |one: &str, other: &str| -> Vec<String> {
        one.lines().filter(|line| !other.lines().any(|known| known == *line)).map(str::to_owned).collect()
    };
    assert!(
        kept == list,
        "what jobs of one's own use has changed.\nNo longer as it was: {:#?}\nNow: {:#?}\n\
         If it is meant, tell it in CHANGELOG.md and write {LIST} anew: COUNTERPOINT_WRITE=1 cargo test --test public_api",
        changed(&kept, &list),
        changed(&list, &kept)
    );
}

#[test]
fn the_list_has_fields_variants_methods_and_traits() {
    let list = list();
    for wanted in [
        "\ncounterpoint::run\n    pub fn run(catalog: Catalog) -> ExitCode\n",
        "\nstream::Job\n    pub trait Job<R>\n        fn push(&mut self, record: &R) -> u32\n",
        "\n        pub name: &'static str\n",
        "\n        PerRecord { lateness_ms: i64 }\n",
        "\n        Minimise(Cow<'static, str>)\n",
        "\n    pub fn with_problem<R: Record>(self, problem: &'static Problem<R>) -> Self where",
        "\nplatform::lines\n    pub fn item(item: &Item, _: &Keys, line: &mut Vec<u8>)\n",
        "\n    impl<R, J: Job<R> + Send> Version<R> for Deciding<J>\n",
        "\ndatasets::NO_DECISION\n    pub const NO_DECISION: u32\n",
    ] {
        assert!(list.contains(wanted), "{wanted:?} isn't in\n{list}");
    }
    assert!(!list.contains("        refused:"), "what is private is nobody's business");
}
