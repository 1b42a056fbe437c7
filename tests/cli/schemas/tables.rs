//! Holds what is printed of two tables that are compared to its schema.

use super::held::check;
use crate::support::Scratch;

pub(super) const SCHEMAS: &[&str] = &["comparison"];

const LEFT: &str =
    "id,at,name,n\na,2024-05-17T10:00:00Z,x,1\nb,2024-05-17T11:00:00Z,y,2\nc,2024-05-17T12:00:00Z,z,3\n";

#[test]
fn comparisons_of_each_outcome() {
    let scratch = Scratch::new();
    scratch.write("left.csv", LEFT);
    let other = LEFT.replace(",x,1", ",X,1.5").replace("c,2024", "d,2024").replace(":00Z", ":30Z");
    scratch.write("right.csv", other.replace("name", "called"));
    scratch.write("numbers.csv", "id,n\n1,5\n2,6\n3,7\n");
    scratch.write("shifted.csv", "id,n\n11,5\n12,6\n13,7\n");
    scratch.write("changes.csv", "op,id,n\n+I,1,4\n-U,1,4\n+U,1,5\n+I,2,6\n+I,4,1\n-D,4,1\n+I,3,8\n");
    for (words, code) in [
        ("left.csv left.csv --key id", 0),
        ("left.csv right.csv --key id", 3),
        ("left.csv right.csv --key id --rename name=called --tolerance n=1 --ignore-case=called", 3),
        ("left.csv right.csv --key id --noise left.csv", 3),
        ("left.csv left.csv --key id --noise right.csv", 0),
        ("numbers.csv shifted.csv --key id", 3),
        ("numbers.csv changes.csv --key id --right-as op:op", 3),
        ("numbers.csv changes.csv --key id --right-as op:op --max-churn 0", 3),
    ] {
        let ran = scratch.run(&format!("compare {words} --json"));
        assert_eq!(ran.code, Some(code), "{words}: {}", ran.stderr);
        check("comparison", &ran.json());
    }
}
