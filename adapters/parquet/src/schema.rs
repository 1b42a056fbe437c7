//! The columns of a file as a tree: lists, maps and groups within groups.

use std::ops::Range;

use parquet::basic::{ConvertedType, LogicalType, Repetition};
use parquet::schema::types::Type;

use crate::fault::Fault;
use crate::footer::MOST_LEVELS;

/// A column, or what stands within one.
#[derive(Debug)]
pub(crate) struct Node {
    /// An entry with less defined than this is null here.
    pub(crate) defined: i16,
    /// The columns without groups below, by their numbers, that its values are spread over.
    pub(crate) leaves: Range<usize>,
    pub(crate) shape: Shape,
}

#[derive(Debug)]
pub(crate) enum Shape {
    Value,
    /// The names in order, each as JSON.
    Object(Vec<(String, Node)>),
    List(Repeated, Box<Node>),
    Map(Repeated, Box<Node>, Option<Box<Node>>),
}

/// The level by which an entry shows that it repeats a group.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Repeated(pub(crate) i16);

/// Counts what is defined and repeated above a node.
#[derive(Debug, Clone, Copy)]
struct Above {
    defined: i16,
    repeated: i16,
    levels: usize,
}

impl Above {
    fn defined(self) -> Self {
        Self { defined: self.defined + 1, ..self }
    }

    fn repeated(self) -> Self {
        Self { repeated: self.repeated + 1, ..self.defined() }
    }
}

/// Returns the columns of a file by name.
pub(crate) fn columns(root: &Type) -> Result<Vec<(String, Node)>, Fault> {
    let mut next_leaf = 0;
    let above = Above { defined: 0, repeated: 0, levels: 0 };
    let column = |field: &Type| Ok((field.name().to_owned(), node(field, above, &mut next_leaf)?));
    let fields = if root.is_group() { root.get_fields() } else { &[] };
    fields.iter().map(AsRef::as_ref).map(column).collect()
}

fn node(field: &Type, above: Above, next_leaf: &mut usize) -> Result<Node, Fault> {
    let above = Above { levels: above.levels + 1, ..above };
    if above.levels > MOST_LEVELS {
        return Err(Fault::new(format!("columns that are nested more than {MOST_LEVELS} levels deep")));
    }
    let info = field.get_basic_info();
    let repetition = if info.has_repetition() { info.repetition() } else { Repetition::REQUIRED };
    match repetition {
        Repetition::REQUIRED => shaped(field, above, next_leaf),
        Repetition::OPTIONAL => shaped(field, above.defined(), next_leaf),
        // Without a list around it, it is one, which is empty rather than null.
        Repetition::REPEATED => {
            let element = shaped(field, above.repeated(), next_leaf)?;
            Ok(list(above, element))
        }
    }
}

fn list(above: Above, element: Node) -> Node {
    let repeated = Repeated(above.repeated + 1);
    let leaves = element.leaves.clone();
    Node { defined: above.defined, leaves, shape: Shape::List(repeated, Box::new(element)) }
}

/// Returns what a field is, apart from how often it is there.
fn shaped(field: &Type, above: Above, next_leaf: &mut usize) -> Result<Node, Fault> {
    if field.is_primitive() {
        let leaf = *next_leaf;
        *next_leaf += 1;
        return Ok(Node { defined: above.defined, leaves: leaf..leaf + 1, shape: Shape::Value });
    }
    match (only_repeated(field), annotation(field)) {
        (Some(inner), Annotation::List) => {
            let element = element(inner, field.name(), above.repeated(), next_leaf)?;
            Ok(list(above, element))
        }
        (Some(inner), Annotation::Map) => map(inner, above, next_leaf),
        _ => object(field, above, next_leaf),
    }
}

fn object(field: &Type, above: Above, next_leaf: &mut usize) -> Result<Node, Fault> {
    let first = *next_leaf;
    let fields = field.get_fields();
    if fields.is_empty() {
        let name = datasets::short_name(field.name());
        return Err(Fault::new(format!(
            "column '{name}' is a group without columns, so nothing is known of it"
        )));
    }
    let member = |field: &Type| Ok((json(field.name()), node(field, above, next_leaf)?));
    let members = fields.iter().map(AsRef::as_ref).map(member);
    let mut members: Vec<(String, Node)> = members.collect::<Result<_, Fault>>()?;
    // The names themselves are in order, as they are in other nested values.
    let mut order: Vec<usize> = (0..members.len()).collect();
    order.sort_by_key(|&at| fields[at].name());
    if let Some(twice) = order.windows(2).find(|pair| fields[pair[0]].name() == fields[pair[1]].name()) {
        let name = datasets::short_name(fields[twice[0]].name());
        return Err(Fault::new(format!(
            "field '{name}' is there twice in '{}'",
            datasets::short_name(field.name())
        )));
    }
    let mut sorted: Vec<Option<(String, Node)>> = members.drain(..).map(Some).collect();
    let members = order.into_iter().filter_map(|at| sorted[at].take()).collect();
    Ok(Node { defined: above.defined, leaves: first..*next_leaf, shape: Shape::Object(members) })
}

/// Returns the element of a list, which has a group around it in files that keep to the rules, and none in older ones.
fn element(inner: &Type, list: &str, above: Above, next_leaf: &mut usize) -> Result<Node, Fault> {
    if inner.is_group()
        && let [only] = inner.get_fields()
    {
        let is_repeated = only.get_basic_info().repetition() == Repetition::REPEATED;
        let is_element = inner.name() == "array" || inner.name().strip_suffix("_tuple") == Some(list);
        if !is_repeated && !is_element {
            return node(only, above, next_leaf);
        }
    }
    shaped(inner, above, next_leaf)
}

fn map(inner: &Type, above: Above, next_leaf: &mut usize) -> Result<Node, Fault> {
    let first = *next_leaf;
    let repeated = Repeated(above.repeated + 1);
    let fields = if inner.is_group() { inner.get_fields() } else { &[] };
    let (key, value) = match fields {
        [key] if key.is_primitive() => (key, None),
        [key, value] if key.is_primitive() => (key, Some(value)),
        // Keys that are groups have no place in an object: it is a list of keys with values.
        _ => {
            let element = shaped(inner, above.repeated(), next_leaf)?;
            return Ok(list(above, element));
        }
    };
    let key = node(key, above.repeated(), next_leaf)?;
    let value = value.map(|value| node(value, above.repeated(), next_leaf)).transpose()?;
    let shape = Shape::Map(repeated, Box::new(key), value.map(Box::new));
    Ok(Node { defined: above.defined, leaves: first..*next_leaf, shape })
}

enum Annotation {
    List,
    Map,
    None,
}

fn annotation(field: &Type) -> Annotation {
    let info = field.get_basic_info();
    match (info.logical_type_ref(), info.converted_type()) {
        (Some(LogicalType::List), _) | (None, ConvertedType::LIST) => Annotation::List,
        (Some(LogicalType::Map), _) | (None, ConvertedType::MAP | ConvertedType::MAP_KEY_VALUE) => {
            Annotation::Map
        }
        _ => Annotation::None,
    }
}

/// Returns the one field of a group, if it has one that is repeated and no other.
fn only_repeated(group: &Type) -> Option<&Type> {
    match group.get_fields() {
        [only] if only.get_basic_info().repetition() == Repetition::REPEATED => Some(only),
        _ => None,
    }
}

/// Returns a name as JSON has it.
fn json(name: &str) -> String {
    serde_json::Value::from(name).to_string()
}
