//! Puts values together that columns have spread: lists, maps and objects as JSON in its one form.

use datasets::FieldKind;

use crate::column::Column;
use crate::fault::Fault;
use crate::schema::{Node, Repeated, Shape};

/// Appends what stands at a node, as JSON, and passes it in all of its columns.
pub(crate) fn write(node: &Node, columns: &mut [Column], out: &mut String) -> Result<(), Fault> {
    if is_null(node, columns)? {
        out.push_str("null");
        pass(node, columns);
        return Ok(());
    }
    match &node.shape {
        Shape::Value => write_value(&mut columns[node.leaves.start], out),
        Shape::Object(members) => {
            for (at, (name, member)) in members.iter().enumerate() {
                out.push(if at == 0 { '{' } else { ',' });
                out.push_str(name);
                out.push(':');
                write(member, columns, out)?;
            }
            out.push('}');
            Ok(())
        }
        Shape::List(repeated, element) => {
            out.push('[');
            let mut is_first = true;
            each(node, *repeated, columns, |columns| {
                if !std::mem::take(&mut is_first) {
                    out.push(',');
                }
                write(element, columns, out)
            })?;
            out.push(']');
            Ok(())
        }
        Shape::Map(repeated, key, value) => {
            let mut entries: Vec<(String, String)> = Vec::new();
            each(node, *repeated, columns, |columns| {
                let key = write_key(key, columns)?;
                let mut text = String::new();
                match value {
                    Some(value) => write(value, columns, &mut text)?,
                    None => text.push_str("null"),
                }
                entries.push((key, text));
                Ok(())
            })?;
            write_entries(entries, out)
        }
    }
}

/// Returns whether there is nothing at a node, by the first of its columns.
pub(crate) fn is_null(node: &Node, columns: &[Column]) -> Result<bool, Fault> {
    let first = &columns[node.leaves.start];
    if first.is_at_end() {
        return Err(contradictory(first));
    }
    Ok(first.defined() < node.defined)
}

/// Passes one entry in each column of a node.
pub(crate) fn pass(node: &Node, columns: &mut [Column]) {
    columns[node.leaves.clone()].iter_mut().for_each(Column::pass);
}

/// Calls `visit` for each element of a list, which passes it.
fn each(
    node: &Node,
    Repeated(level): Repeated,
    columns: &mut [Column],
    mut visit: impl FnMut(&mut [Column]) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let first = node.leaves.start;
    if columns[first].defined() == node.defined {
        pass(node, columns);
        return Ok(());
    }
    loop {
        visit(columns)?;
        if columns[first].is_at_end() || columns[first].repeats() != level {
            return Ok(());
        }
    }
}

fn write_value(column: &mut Column, out: &mut String) -> Result<(), Fault> {
    let form = column.form;
    let begin = out.len();
    let value = column.take().ok_or_else(|| Fault::new("fewer values than rows"))?;
    form.write(value, out)?;
    let is_text = match form.kind() {
        FieldKind::Text => true,
        // JSON has no NaN and no infinities.
        FieldKind::Number => !out.ends_with(|last: char| last.is_ascii_digit()),
        _ => false,
    };
    if is_text {
        let text = out.split_off(begin);
        out.push_str(&serde_json::Value::from(text).to_string());
    }
    Ok(())
}

/// Returns a key as text, which names have to be.
fn write_key(node: &Node, columns: &mut [Column]) -> Result<String, Fault> {
    if is_null(node, columns)? {
        return Err(Fault::new("a map with a key that is null"));
    }
    let column = &mut columns[node.leaves.start];
    let form = column.form;
    let mut key = String::new();
    let value = column.take().ok_or_else(|| Fault::new("fewer values than rows"))?;
    form.write(value, &mut key)?;
    Ok(key)
}

fn write_entries(mut entries: Vec<(String, String)>, out: &mut String) -> Result<(), Fault> {
    entries.sort_by(|a, b| a.0.cmp(&b.0));
    if let Some(twice) = entries.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        return Err(Fault::new(format!("a map has the key '{}' twice", datasets::short_name(&twice[0].0))));
    }
    out.push('{');
    for (at, (key, value)) in entries.into_iter().enumerate() {
        out.push_str(if at == 0 { "" } else { "," });
        out.push_str(&serde_json::Value::from(key).to_string());
        out.push(':');
        out.push_str(&value);
    }
    out.push('}');
    Ok(())
}

fn contradictory(column: &Column) -> Fault {
    let name = datasets::short_name(&column.name);
    Fault::new(format!("the file is damaged: column '{name}' has fewer entries than the columns beside it"))
}
