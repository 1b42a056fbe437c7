//! Holds docs/sql.md against what the tests ask.

use std::fs;
use std::path::Path;

#[test]
fn the_page_shows_each_query_that_is_held_against_a_reference() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(root.join("../../docs/sql.md")).expect("the page");
    let mut shown = 0;
    for entry in fs::read_dir(root.join("tests/queries")).expect("queries") {
        let path = entry.expect("an entry").path();
        let query = fs::read_to_string(&path).expect("a query");
        assert!(page.contains(&format!("```sql\n{query}```\n")), "{}", path.display());
        shown += 1;
    }
    assert_eq!(shown, page.matches("```sql\n").count());
}
