//! Holds docs/sql.md against what the tests ask.

use std::fs;
use std::path::Path;

#[test]
fn the_page_shows_each_query_that_is_held_against_a_reference() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(root.join("../../docs/sql.md")).expect("the page");
    let queries = root.join("../../sql_tables/queries");
    let entries = [&queries, &queries.join("spark")].map(|folder| fs::read_dir(folder).expect("queries"));
    let mut shown = 0;
    for entry in entries.into_iter().flatten() {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            continue;
        }
        let query = fs::read_to_string(&path).expect("a query");
        assert!(page.contains(&format!("```sql\n{query}```\n")), "{}", path.display());
        shown += 1;
    }
    assert_eq!(shown, page.matches("```sql\n").count());
}
