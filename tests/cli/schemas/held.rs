//! Holds documents against the schemas in docs/schemas, and against spoilt copies of themselves.

use std::{collections::BTreeSet, fs, path::PathBuf};

use jsonschema::{Registry, Validator};
use serde_json::{Map, Value, json};

/// Of each list so many items are spoilt, one by one.
const SPOILT_ITEMS: usize = 2;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/schemas")
}

/// Returns the names of all schemas.
pub(super) fn names() -> BTreeSet<String> {
    let found = fs::read_dir(folder()).expect("the folder");
    let name = |entry: fs::DirEntry| entry.file_name().to_string_lossy().into_owned();
    let names = found.map(|entry| name(entry.expect("an entry"))).filter(|name| name != "README.md");
    names.map(|name| name.strip_suffix(".schema.json").expect("a schema").to_owned()).collect()
}

fn schema(name: &str) -> Value {
    let text = fs::read_to_string(folder().join(format!("{name}.schema.json")));
    let text = text.unwrap_or_else(|why| panic!("{name}: {why}"));
    serde_json::from_str(&text).unwrap_or_else(|why| panic!("{name}: {why}"))
}

/// Returns what checks a document. Schemas refer to each other by the names of their files, which lie beside each other.
pub(super) fn validator(name: &str) -> Validator {
    let all = names().into_iter().map(|name| (format!("{ROOT}{name}.schema.json"), schema(&name)));
    let registry = Registry::new().extend(all).and_then(jsonschema::RegistryBuilder::prepare);
    let registry = registry.unwrap_or_else(|why| panic!("{name}: {why}"));
    let schema = schema(name);
    jsonschema::draft202012::meta::validate(&schema).unwrap_or_else(|why| panic!("{name}: {why}"));
    let options = jsonschema::options().with_base_uri(format!("{ROOT}{name}.schema.json"));
    options.with_registry(&registry).build(&schema).unwrap_or_else(|why| panic!("{name}: {why}"))
}

const ROOT: &str = "file:///docs/schemas/";

/// Asserts that a document holds to its schema and none of its spoilt copies does.
pub(super) fn check(name: &str, document: &Value) {
    let validator = validator(name);
    check_whole(name, &validator, document);
    spoil(document, &mut |pointer, spoilt| {
        let mut other = document.clone();
        *other.pointer_mut(pointer).expect("a place") = spoilt;
        assert!(
            !validator.is_valid(&other),
            "{name} takes {:#} at {pointer:?}",
            other.pointer(pointer).expect("it")
        );
    });
    for key in required(name) {
        let mut other = document.clone();
        assert!(other.as_object_mut().expect("an object").remove(&key).is_some(), "{name} has no {key}");
        assert!(!validator.is_valid(&other), "{name} without {key}");
    }
}

/// Asserts that a document holds to its schema and not with a name more: for what has hundreds of places, of which
/// [`check`] has seen the like.
pub(super) fn check_quickly(name: &str, document: &Value) {
    let validator = validator(name);
    check_whole(name, &validator, document);
    let mut other = document.clone();
    other["no such name"] = json!(1);
    assert!(!validator.is_valid(&other), "{name} takes any name");
}

fn check_whole(name: &str, validator: &Validator, document: &Value) {
    let errors: Vec<String> =
        validator.iter_errors(document).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{name}: {errors:#?}\n{document:#}");
}

/// Returns the keys without which a schema takes no document.
fn required(name: &str) -> Vec<String> {
    let schema = schema(name);
    let keys = schema["required"].as_array().cloned().unwrap_or_default();
    keys.iter().map(|key| key.as_str().expect("a key").to_owned()).collect()
}

/// Hands over each place of a document with what can't be right there: an object with a name that no schema knows in place
/// of a value, and one more in each object.
fn spoil(document: &Value, hand: &mut dyn FnMut(&str, Value)) {
    let strange = json!({ "no such name": [[]] });
    let mut places = vec![(String::new(), document)];
    while let Some((pointer, value)) = places.pop() {
        match value {
            Value::Object(object) => {
                let mut more: Map<String, Value> = object.clone();
                more.insert("no such name".to_owned(), json!([[{}]]));
                hand(&pointer, Value::Object(more));
                let escaped = |key: &str| key.replace('~', "~0").replace('/', "~1");
                places
                    .extend(object.iter().map(|(key, below)| (format!("{pointer}/{}", escaped(key)), below)));
            }
            Value::Array(items) => {
                let mut more = items.clone();
                more.push(strange.clone());
                hand(&pointer, Value::Array(more));
                let some = items.iter().take(SPOILT_ITEMS).enumerate();
                places.extend(some.map(|(at, below)| (format!("{pointer}/{at}"), below)));
            }
            _ => hand(&pointer, strange.clone()),
        }
    }
}
