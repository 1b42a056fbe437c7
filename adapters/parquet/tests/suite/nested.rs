//! Holds nested values against JSON: random schemas and values are taken apart here as the format says, and put together there.

use datasets::{FieldKind, SplitMix64};
use serde_json::{Map, Value, json};

use crate::made::{How, Made, Values, place, read, write};

/// A type that can be written as JSON.
#[derive(Debug, Clone)]
enum Type {
    Whole,
    Text,
    Group(Vec<(String, bool, Type)>),
    List(bool, Box<Type>),
    Map(bool, Box<Type>),
    /// A field that is repeated without a list around it.
    Bare(Box<Type>),
}

/// Returns a random number below `many`.
fn below(chance: &mut SplitMix64, many: u64) -> u64 {
    chance.uniform(0, many - 1)
}

fn any_type(chance: &mut SplitMix64, levels: u32) -> Type {
    match below(chance, if levels == 0 { 2 } else { 6 }) {
        0 => Type::Whole,
        1 => Type::Text,
        2 => {
            let fields = (0..=below(chance, 3)).rev().map(|at| {
                let name = ["z", "y_1", "a", "B"][at as usize].to_owned();
                let is_optional = below(chance, 2) == 0;
                (name, is_optional, any_type(chance, levels - 1))
            });
            Type::Group(fields.collect())
        }
        3 => Type::List(below(chance, 2) == 0, Box::new(any_list_element(chance, levels - 1))),
        4 => Type::Map(below(chance, 2) == 0, Box::new(any_list_element(chance, levels - 1))),
        _ => Type::Bare(Box::new(any_list_element(chance, levels - 1))),
    }
}

/// A type that may be repeated or optional itself, which a bare list is not.
fn any_list_element(chance: &mut SplitMix64, levels: u32) -> Type {
    loop {
        let found = any_type(chance, levels);
        if !matches!(found, Type::Bare(_)) {
            return found;
        }
    }
}

fn any_value(chance: &mut SplitMix64, is_optional: bool, of: &Type) -> Value {
    if is_optional && below(chance, 4) == 0 && !matches!(of, Type::Bare(_)) {
        return Value::Null;
    }
    match of {
        Type::Whole => json!(below(chance, 100).cast_signed() - 50),
        Type::Text => json!(["", "x", "\"é\n", "null"][below(chance, 4) as usize]),
        Type::Group(fields) => {
            let member = |(name, is_optional, of): &(String, bool, Type)| {
                (name.clone(), any_value(chance, *is_optional, of))
            };
            Value::Object(fields.iter().map(member).collect())
        }
        Type::List(is_optional, of) => {
            (0..below(chance, 4)).map(|_| any_value(chance, *is_optional, of)).collect()
        }
        Type::Bare(of) => (0..below(chance, 4)).map(|_| any_value(chance, false, of)).collect(),
        Type::Map(is_optional, of) => {
            let names = ["k", "K", "ä", ""];
            let entry = |at: u64| (names[at as usize].to_owned(), any_value(chance, *is_optional, of));
            let many = 4;
            Value::Object((0..many).filter(|at| at % 3 != 1).map(entry).collect::<Map<_, _>>())
        }
    }
}

/// Returns a field as a schema has it.
fn schema(name: &str, is_optional: bool, of: &Type) -> String {
    field(if is_optional { "optional" } else { "required" }, name, of)
}

fn field(word: &str, name: &str, of: &Type) -> String {
    match of {
        Type::Whole => format!("{word} int64 {name};"),
        Type::Text => format!("{word} binary {name} (UTF8);"),
        Type::Group(fields) => {
            let fields: String =
                fields.iter().map(|(name, is_optional, of)| schema(name, *is_optional, of)).collect();
            format!("{word} group {name} {{ {fields} }}")
        }
        Type::List(is_optional, of) => {
            let element = schema("element", *is_optional, of);
            format!("{word} group {name} (LIST) {{ repeated group list {{ {element} }} }}")
        }
        Type::Map(is_optional, of) => {
            let key = "required binary key (UTF8);";
            let value = schema("value", *is_optional, of);
            format!("{word} group {name} (MAP) {{ repeated group key_value {{ {key} {value} }} }}")
        }
        Type::Bare(of) => field("repeated", name, of),
    }
}

/// The columns of a type, taken apart and still empty; whether each has entries without a value, and with several.
fn columns(of: &Type, (has_gaps, has_lists): (bool, bool), out: &mut Vec<(Made, bool, bool)>) {
    let mut leaf = |values: Values| out.push((Made::required(values), has_gaps, has_lists));
    match of {
        Type::Whole => leaf(Values::Int64(Vec::new())),
        Type::Text => leaf(Values::Bytes(Vec::new())),
        Type::Group(fields) => {
            for (_, is_optional, of) in fields {
                columns(of, (has_gaps || *is_optional, has_lists), out);
            }
        }
        Type::List(_, of) | Type::Bare(of) => columns(of, (true, true), out),
        Type::Map(_, of) => {
            out.push((Made::required(Values::Bytes(Vec::new())), true, true));
            columns(of, (true, true), out);
        }
    }
}

fn width(of: &Type) -> usize {
    let mut all = Vec::new();
    columns(of, (false, false), &mut all);
    all.len()
}

/// Where a value stands: how much above it is defined, what it repeats, and how often something was repeated above it.
#[derive(Debug, Clone, Copy)]
struct At {
    defined: i16,
    repeats: i16,
    lists: i16,
}

fn shred(value: &Value, is_optional: bool, of: &Type, at: At, out: &mut [Made]) {
    let nothing = |out: &mut [Made]| {
        for made in out {
            made.defined.push(at.defined);
            made.repeated.push(at.repeats);
        }
    };
    if value.is_null() {
        return nothing(out);
    }
    let is_optional = is_optional && !matches!(of, Type::Bare(_));
    let inner = At { defined: at.defined + i16::from(is_optional), ..at };
    let element = |nth: usize| At {
        defined: inner.defined + 1,
        repeats: if nth == 0 { at.repeats } else { at.lists + 1 },
        lists: at.lists + 1,
    };
    let none = |out: &mut [Made]| {
        for made in out {
            made.defined.push(inner.defined);
            made.repeated.push(at.repeats);
        }
    };
    match of {
        Type::Whole | Type::Text => {
            let made = &mut out[0];
            made.defined.push(inner.defined);
            made.repeated.push(at.repeats);
            match &mut made.values {
                Values::Int64(values) => values.push(value.as_i64().expect("a number")),
                Values::Bytes(values) => values.push(value.as_str().expect("a text").as_bytes().to_vec()),
                other => panic!("{other:?}"),
            }
        }
        Type::Group(fields) => {
            let mut first = 0;
            for (name, is_optional, of) in fields {
                let width = width(of);
                shred(&value[name], *is_optional, of, inner, &mut out[first..first + width]);
                first += width;
            }
        }
        Type::List(..) | Type::Bare(_) => {
            let (is_optional, of) = match of {
                Type::List(is_optional, of) => (*is_optional, of),
                Type::Bare(of) => (false, of),
                _ => unreachable!("one of the two"),
            };
            let items = value.as_array().expect("a list");
            if items.is_empty() {
                return none(out);
            }
            items.iter().enumerate().for_each(|(nth, item)| shred(item, is_optional, of, element(nth), out));
        }
        Type::Map(is_optional, of) => {
            let members = value.as_object().expect("an object");
            if members.is_empty() {
                return none(out);
            }
            let (keys, values) = out.split_at_mut(1);
            for (nth, (key, value)) in members.iter().rev().enumerate() {
                shred(&json!(key), false, &Type::Text, element(nth), keys);
                shred(value, *is_optional, of, element(nth), values);
            }
        }
    }
}

/// Returns the type's columns for all values.
fn shredded(values: &[Value], is_optional: bool, of: &Type) -> Vec<Made> {
    let mut all = Vec::new();
    columns(of, (is_optional, false), &mut all);
    let mut made: Vec<Made> = all.iter().map(|(made, ..)| made.clone()).collect();
    for value in values {
        shred(value, is_optional, of, At { defined: 0, repeats: 0, lists: 0 }, &mut made);
    }
    for (made, (_, has_gaps, has_lists)) in made.iter_mut().zip(all) {
        if !has_gaps {
            made.defined.clear();
        }
        if !has_lists {
            made.repeated.clear();
        }
    }
    made
}

#[test]
fn random_values_of_random_types_come_back() {
    let (_folder, path) = place();
    let mut chance = SplitMix64::new(7);
    let mut nested = 0;
    for case in 0..300 {
        let is_optional = below(&mut chance, 2) == 0;
        let of = any_type(&mut chance, 3);
        let message = format!("message m {{ {} }}", schema("c", is_optional, &of));
        let rows = [1, 10, 300][case % 3];
        let values: Vec<Value> = (0..rows).map(|_| any_value(&mut chance, is_optional, &of)).collect();
        let made = shredded(&values, is_optional, &of);
        let how = How { rows_of_page: [1, 3, 1_000][case / 3 % 3], ..How::default() };
        write(&path, &message, &[made], how);
        let said = read(&path).unwrap_or_else(|error| panic!("{message}: {error}"));
        assert_eq!(said.rows.len(), values.len(), "{message}");
        for (value, row) in values.iter().zip(&said.rows) {
            let (kind, text) = &row[0];
            let expected = match value {
                Value::Null => (FieldKind::Null, "null".to_owned()),
                Value::Number(number) => (FieldKind::Number, number.to_string()),
                Value::String(text) => (FieldKind::Text, text.clone()),
                // Its names are in order, since its maps are.
                nested => (FieldKind::Nested, nested.to_string()),
            };
            nested += u32::from(*kind == FieldKind::Nested);
            assert_eq!((*kind, text.clone()), expected, "{message}");
        }
    }
    assert!(nested > 1_000, "{nested}");
}

#[test]
fn older_lists_are_lists() {
    let (_folder, path) = place();
    let values = || Values::Int32(vec![1, 2, 3]);
    let lists = |defined: i16| Made {
        values: values(),
        defined: vec![defined, defined, 0, defined],
        repeated: vec![0, 1, 0, 0],
    };
    let cases = [
        ("optional group c (LIST) { repeated int32 element; }", 2, ["[1,2]", "null", "[3]"]),
        (
            "optional group c (LIST) { repeated group element { required int32 x; } }",
            2,
            ["[1,2]", "null", "[3]"],
        ),
        (
            "optional group c (LIST) { repeated group array { required int32 x; } }",
            2,
            ["[{\"x\":1},{\"x\":2}]", "null", "[{\"x\":3}]"],
        ),
        (
            "optional group c (LIST) { repeated group c_tuple { required int32 x; } }",
            2,
            ["[{\"x\":1},{\"x\":2}]", "null", "[{\"x\":3}]"],
        ),
        ("repeated int32 c;", 1, ["[1,2]", "[]", "[3]"]),
    ];
    for (field, defined, expected) in cases {
        write(&path, &format!("message m {{ {field} }}"), &[vec![lists(defined)]], How::default());
        assert_eq!(read(&path).expect(field).texts(0), expected, "{field}");
    }
}

#[test]
fn a_map_with_a_key_twice_is_refused() {
    let (_folder, path) = place();
    let keys = Made {
        values: Values::Bytes(vec![b"a".to_vec(), b"a".to_vec()]),
        defined: vec![1, 1],
        repeated: vec![0, 1],
    };
    let values = Made { values: Values::Int32(vec![1, 2]), ..keys.clone() };
    let schema = "message m { required group c (MAP) { repeated group key_value \
                  { required binary key (UTF8); required int32 value; } } }";
    write(&path, schema, &[vec![keys, values]], How::default());
    let said = crate::made::failure(&path);
    assert!(said.contains("line 1") && said.contains("a map has the key 'a' twice"), "{said}");
}
