//! A streaming job: reads records from stdin, writes rows to stdout. It counts the records of each @KEY@: put your own here.
use std::{collections::BTreeMap, io};

fn main() -> io::Result<()> {
    let mut lines = io::stdin().lines();
    let header = lines.next().unwrap_or_else(|| Ok(String::new()))?;
    let column = fields(&header).iter().position(|name| name == "@KEY@").expect("the column");
    println!("{},n", quoted("@KEY@")); // the header of its own rows: ready
    let mut counts = BTreeMap::new();
    for line in lines {
        *counts.entry(fields(&line?).swap_remove(column)).or_insert(0) += 1;
    }
    for (key, n) in counts {
        println!("{},{n}", quoted(&key)); // a row may come at any time
    }
    Ok(())
}

fn fields(line: &str) -> Vec<String> {
    let (mut fields, mut field, mut is_quoted) = (Vec::new(), String::new(), false);
    for char in line.chars().chain([',']) {
        is_quoted ^= char == '"';
        if char == ',' && !is_quoted {
            let text = std::mem::take(&mut field);
            let inner = text.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
            fields.push(inner.map_or(text.clone(), |inner| inner.replace("\"\"", "\"")));
        } else {
            field.push(char);
        }
    }
    fields
}

fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\r', '\n']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}
