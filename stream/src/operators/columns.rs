//! The columns of a join.

use datasets::KEY;

/// The columns of a join of two sides: the key, then the left side's others, then the right side's.
///
/// A name that both sides have would stand twice in the answer, so it is an error unless it is the key's; so is a side
/// that has a name twice or no key.
pub fn join_columns(left: &[&str], right: &[&str]) -> Result<Vec<String>, String> {
    let mut columns = vec![KEY.name.to_owned()];
    for (side, names) in [("left", left), ("right", right)] {
        if !names.contains(&KEY.name) {
            return Err(format!("the {side} side of the join has no column '{}'", KEY.name));
        }
        for (at, &name) in names.iter().enumerate() {
            if names[..at].contains(&name) {
                return Err(format!("the {side} side of the join has two columns '{name}'"));
            }
            if name == KEY.name {
                continue;
            }
            if columns.iter().any(|column| column == name) {
                return Err(format!(
                    "both sides of the join have a column '{name}'; rename one of them, such as right_{name}"
                ));
            }
            columns.push(name.to_owned());
        }
    }
    Ok(columns)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_once() {
        let columns = join_columns(&["order_value", "key"], &["key", "payment_value"]);
        assert_eq!(columns, Ok(["key", "order_value", "payment_value"].map(String::from).to_vec()));
    }

    #[test]
    fn what_is_ambiguous_is_refused() {
        for (left, right, why) in [
            (
                &["key", "value"][..],
                &["key", "x", "value"][..],
                "both sides of the join have a column 'value'",
            ),
            (&["key", "a", "a"], &["key"], "the left side of the join has two columns 'a'"),
            (&["key", "key"], &["key"], "the left side of the join has two columns 'key'"),
            (&["key", "a"], &["b"], "the right side of the join has no column 'key'"),
            (&[], &["key"], "the left side of the join has no column 'key'"),
        ] {
            let refused = join_columns(left, right).unwrap_err();
            assert!(refused.starts_with(why), "{refused}");
        }
        let refused = join_columns(&["key", "value"], &["key", "value"]).unwrap_err();
        assert!(refused.contains("rename one of them, such as right_value"), "{refused}");
    }
}
