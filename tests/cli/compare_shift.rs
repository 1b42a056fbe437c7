//! `compare` of tables that differ by one constant: it is said in words, in JSON and on the pages.

use crate::support::{Scratch, number, text};

/// Windows of a week, from this day of January on.
fn weeks(name: &str, from: u32) -> String {
    let row = |at: u32| {
        let day = from + 7 * at;
        format!("\na,2026-01-{day:02}T00:00:00Z,{}", at * at)
    };
    (0..3).fold(format!("user,{name},total"), |table, at| table + &row(at))
}

#[test]
fn keys_from_another_origin_are_named_everywhere() {
    let scratch = Scratch::new();
    scratch.write("left.csv", weeks("start", 5));
    scratch.write("right.csv", weeks("window_start", 9));
    let line = "compare left.csv right.csv --key user,window_start --rename start=window_start";
    let said = "every 'window_start' is 4 days later on the right: another origin; with that taken out 3 of 3 rows stand \
                in both tables, 3 of them equal";
    scratch
        .run(&format!("{line} --html a.html --markdown a.md"))
        .expect(3)
        .prints(&["missing 3   extra 3", said]);
    let (page, markdown) = (scratch.read("a.html").replace('\u{a0}', " "), scratch.read("a.md"));
    assert!(page.contains(&said[1..]) && markdown.contains(&said[1..]), "{page}\n{markdown}");
    let shift = &scratch.run(&format!("{line} --json")).expect(3).json()["shift"];
    assert_eq!((text(&shift["kind"]), text(&shift["seconds"])), ("constant", "345600"), "{shift}");
    assert_eq!((text(&shift["cause"]), number(&shift["rows"]["equal"])), ("origin", 3), "{shift}");
    assert_eq!(shift["columns"].to_string(), r#"["window_start"]"#);
    // A table that has most of its rows in common with the other isn't read a second time for it.
    scratch.write("like.csv", weeks("window_start", 5) + "\nb,2026-01-05T00:00:00Z,1");
    let json = scratch.run(&line.replace("right", "like").replace("a.html", "")).expect(3);
    assert!(!json.stdout.contains("every"), "{json}");
}

#[test]
fn values_one_constant_apart_are_named_everywhere() {
    let scratch = Scratch::new();
    scratch.write(
        "left.csv",
        "id,at,n,other\n1,2026-01-01T00:00:00Z,1,1\n2,2026-01-02 03:00:00Z,0.5,1\n3,x,7,1\n",
    );
    scratch.write(
        "right.csv",
        "id,at,n,other\n1,2025-12-31T22:00:00Z,2,3\n2,2026-01-02 01:00:00Z,1.50,2\n3,x,7,1\n",
    );
    let line = "compare left.csv right.csv --key id";
    scratch.run(&format!("{line} --html a.html --markdown a.md")).expect(3).prints(&[
        "column at differs in 2 rows, each 2 hours earlier on the right: another time zone, or days of one",
        "column n differs in 2 rows, each 1 larger on the right",
        "column other differs in 2 rows, apart by",
    ]);
    let (page, markdown) = (scratch.read("a.html").replace('\u{a0}', " "), scratch.read("a.md"));
    for said in ["each 2 hours earlier on the right: another time zone", "each 1 larger on the right"] {
        assert!(page.contains(said) && markdown.contains(said), "{page}\n{markdown}");
    }
    let columns = &scratch.run(&format!("{line} --json")).expect(3).json()["columns"];
    assert_eq!(columns[0]["constant"].to_string(), r#"{"cause":"zone","seconds":"-7200"}"#);
    assert_eq!(columns[1]["constant"].to_string(), r#"{"number":"1"}"#);
    assert!(
        columns[2].get("constant").is_none()
            && scratch.run(line).expect(3).stdout.matches("each").count() == 2
    );
}
