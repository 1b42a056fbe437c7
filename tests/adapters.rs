//! Shows what adapters/README.md says of adapters, held against each Cargo.toml: the root alone knows them, and is
//! built without.

use std::{collections::BTreeMap, fs, path::Path};

use toml::{Table, Value};

/// All manifests of the workspace, by the folder that they stand in: empty for the root, `adapters/kafka` for an adapter.
type Manifests = BTreeMap<String, Table>;

fn manifests() -> Manifests {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Manifests::new();
    for folder in ["", "adapters"] {
        for entry in fs::read_dir(root.join(folder)).expect("a folder of the repository") {
            let path = entry.expect("an entry").path();
            let Ok(text) = fs::read_to_string(path.join("Cargo.toml")) else { continue };
            let name = path.strip_prefix(root).expect("below the root").display().to_string();
            found.insert(name, text.parse().expect("a manifest"));
        }
    }
    let text = fs::read_to_string(root.join("Cargo.toml")).expect("the root's manifest");
    found.insert(String::new(), text.parse().expect("a manifest"));
    found
}

/// Returns what is wrong, in words.
fn faults(manifests: &Manifests, listed: &str) -> Vec<String> {
    let mut faults = Vec::new();
    for (folder, manifest) in manifests {
        for (name, dependency) in dependencies(manifest) {
            let Some(adapter) = adapter_of(name, dependency, manifests) else { continue };
            if !folder.is_empty() {
                faults.push(format!("{folder}/Cargo.toml names {adapter}, which the root alone may know"));
            } else if dependency.get("optional").and_then(Value::as_bool) != Some(true) {
                faults.push(format!("the root's {name} must be optional"));
            }
        }
    }
    let root = &manifests[""];
    for folder in manifests.keys().filter(|folder| is_adapter(folder)) {
        let name = folder.trim_start_matches("adapters/");
        if strings(&root["workspace"], "default-members").contains(&folder.as_str()) {
            faults.push(format!("{folder} must not be among the default-members"));
        }
        if !strings(&root["workspace"], "members").contains(&folder.as_str()) {
            faults.push(format!("{folder} must be among the members"));
        }
        let features = root.get("features").and_then(Value::as_table);
        if !features.is_some_and(|features| features.contains_key(name)) {
            faults.push(format!("the root has no feature {name}"));
        }
        let defaults = features.and_then(|features| features.get("default")).and_then(Value::as_array);
        if defaults.is_some_and(|defaults| defaults.iter().any(|feature| feature.as_str() == Some(name))) {
            faults.push(format!("the feature {name} must not be a default"));
        }
        if !listed.contains(&format!("#[cfg(feature = \"{name}\")]")) {
            faults.push(format!("src/adapters.rs doesn't list {name}"));
        }
    }
    faults
}

fn is_adapter(folder: &str) -> bool {
    folder.starts_with("adapters/")
}

fn strings<'a>(table: &'a Value, key: &str) -> Vec<&'a str> {
    table.get(key).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect()
}

/// All dependencies of a manifest, wherever it names them: of tests, of builds, of one system only, of the workspace.
fn dependencies(manifest: &Table) -> Vec<(&str, &Value)> {
    let mut all = Vec::new();
    for (key, value) in manifest {
        let Some(table) = value.as_table() else { continue };
        if key.ends_with("dependencies") {
            all.extend(table.iter().map(|(name, dependency)| (name.as_str(), dependency)));
        } else if key != "workspace" {
            all.extend(dependencies(table));
        }
    }
    all
}

/// The folder of the adapter that a dependency names: by its package's name, by another name, or by its path.
fn adapter_of<'a>(name: &str, dependency: &Value, manifests: &'a Manifests) -> Option<&'a str> {
    let package = dependency.get("package").and_then(Value::as_str).unwrap_or(name);
    let path = dependency.get("path").and_then(Value::as_str).unwrap_or_default();
    let is_named = |folder: &str, manifest: &Table| {
        manifest["package"]["name"].as_str() == Some(package)
            || path.ends_with(folder)
            || path.trim_start_matches("../") == folder.trim_start_matches("adapters/")
    };
    let mut adapters = manifests.iter().filter(|(folder, _)| is_adapter(folder));
    adapters.find(|(folder, manifest)| is_named(folder, manifest)).map(|(folder, _)| folder.as_str())
}

#[test]
fn the_root_alone_knows_adapters() {
    let manifests = manifests();
    assert!(manifests.contains_key("replay") && manifests.len() > 8, "all crates are read");
    assert_eq!(faults(&manifests, include_str!("../src/adapters.rs")), [""; 0]);
}

/// A workspace with an adapter that keeps to the rules.
fn example() -> [(&'static str, String); 4] {
    [
        (
            "",
            "[workspace]\nmembers = [\"replay\", \"adapters/kafka\"]\ndefault-members = [\".\", \"replay\"]\n\
             [package]\nname = \"counterpoint\"\n[features]\nkafka = [\"dep:kafka\"]\n\
             [dependencies]\nkafka = { path = \"adapters/kafka\", optional = true }\n"
                .to_owned(),
        ),
        ("replay", "[package]\nname = \"replay\"\n[dependencies]\nstore.workspace = true\n".to_owned()),
        ("store", "[package]\nname = \"store\"\n".to_owned()),
        ("adapters/kafka", "[package]\nname = \"kafka\"\n[dependencies]\nreplay.workspace = true\n".to_owned()),
    ]
}

const LISTED: &str = "#[cfg(feature = \"kafka\")]\n\"kafka\",";

fn faults_of(texts: &[(&str, String)], listed: &str) -> Vec<String> {
    let parsed = |(folder, text): &(&str, String)| ((*folder).to_owned(), text.parse().expect(text));
    faults(&texts.iter().map(parsed).collect(), listed)
}

#[test]
fn an_adapter_that_keeps_to_the_rules_is_fine() {
    assert_eq!(faults_of(&example(), LISTED), [""; 0]);
}

#[test]
fn another_crate_that_names_an_adapter_is_found_however_it_does() {
    for named in [
        "[dependencies]\nkafka.workspace = true\n",
        "[dependencies]\nkafka = { path = \"../adapters/kafka\" }\n",
        "[dev-dependencies]\nlog = { package = \"kafka\", version = \"1\" }\n",
        "[build-dependencies]\nkafka = \"0.1\"\n",
        "[target.'cfg(unix)'.dependencies]\nother = { path = \"../adapters/kafka\" }\n",
    ] {
        let mut texts = example();
        texts[2].1.push_str(named);
        let expected = ["store/Cargo.toml names adapters/kafka, which the root alone may know"];
        assert_eq!(faults_of(&texts, LISTED), expected, "{named}");
    }
}

#[test]
fn an_adapter_knows_no_other() {
    let mut texts = example().to_vec();
    let spark = "[package]\nname = \"spark\"\n[dependencies]\nbroker = { path = \"../kafka\" }\n";
    texts.push(("adapters/spark", spark.to_owned()));
    let faults = faults_of(&texts, LISTED);
    let known = "adapters/spark/Cargo.toml names adapters/kafka, which the root alone may know";
    assert!(faults.contains(&known.to_owned()), "{faults:?}");
}

#[test]
fn an_adapter_that_every_build_would_have_is_found() {
    let cases = [
        (
            "\".\", \"replay\"",
            "\".\", \"adapters/kafka\"",
            "adapters/kafka must not be among the default-members",
        ),
        (", optional = true", "", "the root's kafka must be optional"),
        ("kafka = [\"dep:kafka\"]", "default = []", "the root has no feature kafka"),
        ("[features]\n", "[features]\ndefault = [\"kafka\"]\n", "the feature kafka must not be a default"),
        ("\"replay\", \"adapters/kafka\"", "\"replay\"", "adapters/kafka must be among the members"),
    ];
    for (from, to, expected) in cases {
        let mut texts = example();
        assert!(texts[0].1.contains(from));
        texts[0].1 = texts[0].1.replace(from, to);
        assert_eq!(faults_of(&texts, LISTED), [expected]);
    }
    assert_eq!(faults_of(&example(), ""), ["src/adapters.rs doesn't list kafka"]);
}
