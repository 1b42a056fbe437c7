//! Every flag of `compare`, alone, against another, and wrong.

use crate::support::{Ran, Scratch, number, text};

const LEFT: &str = "id,amount,name\n1,100,Ann\n2,-100,Bo b\n3,0.3,cy\n4,5,\n";
const RIGHT: &str = "id,amount,name\n1,101,ann\n2,-100,Bo  b \n3,0.30000000000000004,cy\n4,5,\n";

fn tables(left: &str, right: &str) -> Scratch {
    let scratch = Scratch::new();
    scratch.write("left.csv", left);
    scratch.write("right.csv", right);
    scratch
}

fn ran(scratch: &Scratch, flags: &str) -> Ran {
    scratch.run(&format!("compare left.csv right.csv --key id {flags}"))
}

/// The columns that differ, each with the number of rows.
fn differing(scratch: &Scratch, flags: &str) -> Vec<(String, u64)> {
    let ran = ran(scratch, &format!("{flags} --json"));
    let columns = ran.json()["columns"].as_array().expect("a list").clone();
    let columns =
        columns.iter().map(|column| (text(&column["name"]).to_owned(), number(&column["differing"])));
    let found: Vec<(String, u64)> = columns.filter(|(_, rows)| *rows > 0).collect();
    ran.expect(if found.is_empty() { 0 } else { 3 });
    found
}

#[test]
fn each_flag_does_what_its_name_says() {
    let scratch = tables(LEFT, RIGHT);
    for (flags, amount, name) in [
        ("", 2, 2),
        ("--tolerance amount=1", 0, 2),
        ("--tolerance amount=0.99", 1, 2),
        ("--tolerance amount=1%", 0, 2),
        ("--tolerance amount=0.99%left", 1, 2),
        ("--tolerance amount=0.995%right", 0, 2),
        ("--tolerance amount=0.995%larger", 0, 2),
        ("--tolerance amount=0.98%larger", 1, 2),
        ("--tolerance amount=1ulps", 1, 2),
        ("--tolerance amount=0.5 --tolerance amount=1%", 0, 2),
        ("--ignore amount", 0, 2),
        ("--ignore amount,name", 0, 0),
        ("--ignore amount --ignore name", 0, 0),
        ("--ignore-case", 2, 1),
        ("--ignore-case=name", 2, 1),
        ("--ignore-spaces=name", 2, 1),
        ("--ignore-spaces=name --ignore-case=name", 2, 0),
        ("--written", 2, 2),
        ("--unknown fail", 2, 2),
        ("--tolerance amount=1 --ignore-case=name --ignore-spaces=name", 0, 0),
    ] {
        let mut expected = vec![("amount".to_owned(), amount), ("name".to_owned(), name)];
        expected.retain(|(_, rows)| *rows > 0);
        assert_eq!(differing(&scratch, flags), expected, "{flags}");
    }
    ran(&scratch, "--exit-zero").expect(0).prints(&["the tables differ"]);
}

#[test]
fn a_share_is_of_the_side_that_is_named() {
    let scratch = tables("id,v\n1,100\n", "id,v\n1,110\n");
    for (tolerance, code) in
        [("10%", 0), ("10%left", 0), ("9.5%", 3), ("9.5%right", 0), ("9%right", 3), ("9.5%larger", 0)]
    {
        ran(&scratch, &format!("--tolerance {tolerance}")).expect(code);
    }
    let turned = tables("id,v\n1,110\n", "id,v\n1,100\n");
    for (tolerance, code) in [("9.5%", 0), ("9.5%right", 3), ("9.5%larger", 0), ("10%right", 0)] {
        ran(&turned, &format!("--tolerance {tolerance}")).expect(code);
    }
}

#[test]
fn written_alike_is_narrower_than_equal() {
    let scratch = tables("id,a,b\n1,1.50,2\n", "id,a,b\n1,1.5,2.0\n");
    assert_eq!(differing(&scratch, ""), []);
    assert_eq!(differing(&scratch, "--written=a"), [("a".to_owned(), 1)]);
    assert_eq!(differing(&scratch, "--written").len(), 2);
    assert_eq!(differing(&scratch, "--written --tolerance a=0"), [("b".to_owned(), 1)]);
}

#[test]
fn a_column_may_have_another_name_and_a_missing_value_a_spelling() {
    let scratch = tables("id,old,other\n1,a,NULL\n2,b,x\n", "key,new,other\n1,a,\n2,c,x\n");
    let line = "compare left.csv right.csv --key key --rename id=key --rename old=new";
    scratch.run(line).expect(3).prints(&[
        "changed 2",
        "column new differs in 1 row",
        "column other differs in 1 row",
    ]);
    scratch.run(&format!("{line} --null NULL")).expect(3).prints(&["changed 2", "other null -> (empty)"]);
    scratch.run(&format!("{line} --ignore new,other")).expect(0);
}

#[test]
fn rows_are_listed_up_to_the_limit() {
    let rows = |from: u32| (from..from + 9).fold(String::new(), |rows, id| rows + &format!("{id},{from}\n"));
    let scratch = tables(&format!("id,v\n{}", rows(0)), &format!("id,v\n{}", rows(5)));
    ran(&scratch, "--limit 2").expect(3).prints(&[
        "(2 of 5 rows missing)",
        "(2 of 5 rows extra)",
        "(2 of 4 rows that changed)",
    ]);
    let json = ran(&scratch, "--limit 3 --json").expect(3).json();
    for kind in ["missing", "extra", "changed"] {
        assert_eq!(json["differing"][kind].as_array().map(Vec::len), Some(3), "{kind}");
    }
    assert!(!ran(&scratch, "--limit 0").expect(3).stdout.contains("  ~ "));
}

#[test]
fn types_bring_spellings_into_one() {
    let scratch = tables("id,t,d\n1,2024-01-02T03:04:05Z,1.5\n", "id,t,d\n1,1704164645000000,1.50\n");
    assert_eq!(differing(&scratch, ""), [("t".to_owned(), 1)]);
    assert_eq!(differing(&scratch, "--type t=timestamp:us"), []);
    for (flags, said) in [
        ("--type t", "expected COLUMN=TYPE"),
        ("--type t=tim", "--type t=tim"),
        ("--type t=date --type t=date", "named twice"),
    ] {
        ran(&scratch, flags).expect(2).says(&[said]);
    }
    // A type of a column that one side has is enough.
    scratch.write("right.csv", "id,t,d,more\n1,2024-01-02T03:04:05Z,1.5,1\n");
    ran(&scratch, "--type more=date --ignore more --exit-zero").expect(0);
    scratch.write("changes.csv", "op,id,t,d\n+I,1,2024-01-02T03:04:05Z,1.5\n");
    for (right, flags, said) in [
        ("right.csv", "--type mor=date", "did you mean 'more'?"),
        ("right.csv", "--type t=timestamp:us --type nothing=date", "neither table has a column 'nothing'"),
        ("changes.csv --right-as op:op", "--type tt=date", "did you mean 't'?"),
    ] {
        scratch.run(&format!("compare left.csv {right} --key id {flags}")).expect(2).says(&[said]);
    }
}

#[test]
fn a_key_names_each_column_once() {
    let scratch = tables("id,v\n1,a\n", "id,v\n1,a\n");
    scratch.run("compare left.csv right.csv --key id,v,id").expect(2).says(&["--key names 'id' twice"]);
    scratch.run("compare left.csv right.csv --key id,").expect(2).says(&["no column ''", "it has 'id', 'v'"]);
}

#[test]
fn sides_may_be_changes() {
    let scratch = Scratch::new();
    scratch.write("table.csv", "id,v\n1,b\n3,c\n");
    scratch.write("op.csv", "op,id,v\n+I,1,a\n-U,1,a\n+U,1,b\n+I,2,x\n-D,2,x\n+I,3,c\n");
    scratch.run("compare table.csv op.csv --key id --right-as op:op").expect(0);
    scratch.run("compare op.csv table.csv --key id --left-as op:op").expect(0);
    scratch.run("compare op.csv op.csv --key id --left-as op:op --right-as op:op").expect(0);
    let row = |table: &str, op: &str, row: &str| {
        let (before, after) = if op == "d" { (row, "null") } else { ("null", row) };
        format!(
            "{{\"before\":{before},\"after\":{after},\"op\":\"{op}\",\"source\":{{\"schema\":\"public\",\"table\":\"{table}\"}}}}\n"
        )
    };
    let rows = [
        ("a", "c", r#"{"id":1,"v":"b"}"#),
        ("b", "c", r#"{"id":9,"v":"z"}"#),
        ("a", "c", r#"{"id":3,"v":"c"}"#),
    ];
    scratch.write("changes.jsonl", rows.map(|(table, op, cells)| row(table, op, cells)).concat());
    let line = "compare table.csv changes.jsonl --key id --right-as debezium";
    scratch.run(&format!("{line} --table public.a")).expect(0);
    scratch.run(&format!("{line} --table public.a --columns id,v")).expect(0);
    scratch.run(&format!("{line} --table public.b")).expect(3);
    scratch.write("plain.csv", "id,v\n1,2\n");
    for (flag, why) in
        [("--table public.a", "neither side is a changelog"), ("--columns id,v", "both tables name")]
    {
        scratch.run(&format!("compare plain.csv plain.csv --key id {flag}")).expect(2).says(&[why]);
    }
    scratch.run(&format!("{line} --table public.c")).expect(4).says(&["public.c"]);
    scratch
        .run("compare table.csv op.csv --key id --right-as debesium")
        .expect(2)
        .says(&["--right-as", "debesium"]);
    scratch.run("compare op.csv table.csv --key id --left-as op:ob").expect(4).says(&["ob"]);
}

#[test]
fn what_cannot_be_known_is_a_difference_where_it_is_asked_for() {
    let scratch = Scratch::new();
    scratch.write("table.csv", "id,v\n1,b\n");
    let row = r#"{"id":1,"v":"__debezium_unavailable_value"}"#;
    scratch.write("changes.jsonl", format!("{{\"before\":null,\"after\":{row},\"op\":\"u\"}}\n"));
    let line = "compare table.csv changes.jsonl --key id --right-as debezium";
    scratch.run(line).expect(0).prints(&["unknown 1", "can't be known"]);
    let json = scratch.run(&format!("{line} --unknown fail --json --html a.html")).expect(3).json();
    assert_eq!([number(&json["rows"]["changed"]), number(&json["columns"][0]["unknown"])], [1, 1]);
    assert!(scratch.read("a.html").contains("Cells that can't be known"));
}

#[test]
fn flags_that_contradict_each_other_are_refused() {
    let scratch = tables(LEFT, RIGHT);
    for (flags, said) in [
        ("--ignore amount --tolerance amount=1", "--ignore"),
        ("--written=amount --tolerance amount=1", "--tolerance"),
        ("--ignore-case=name --written=name", "--ignore-case"),
        ("--tolerance name=1 --ignore-spaces=name", "--ignore-spaces"),
        ("--written --tolerance 1", "all columns"),
        ("--ignore id", "part of the key"),
        ("--tolerance id=1", "part of the key"),
    ] {
        ran(&scratch, flags).expect(2).says(&[said]);
    }
    for (flags, said) in [
        ("--rename name=label --rename amount=label", "named twice"),
        ("--rename nme=amount", "nme"),
        ("--rename name=amount", "amount"),
        ("--rename name", "LEFT=RIGHT"),
        ("--rename =name", "LEFT=RIGHT"),
        ("--tolerance amount=", "[COLUMN=]AMOUNT"),
        ("--tolerance -1", "-1"),
        ("--tolerance=-1", "AMOUNT"),
        ("--tolerance amount=1%middle", "AMOUNT"),
        ("--tolerance amount=NaN", "AMOUNT"),
        ("--tolerance amount=inf", "AMOUNT"),
        ("--tolerance amount=-1ulps", "AMOUNT"),
        ("--unknown maybe", "maybe"),
        ("--limit -1", "-1"),
        ("--limit x", "x"),
    ] {
        let ran = ran(&scratch, flags).expect(2);
        assert!(ran.stderr.contains(said), "{flags}: {ran}");
    }
}

#[test]
fn names_that_no_table_has_are_answered_with_those_that_are_near() {
    let scratch = tables(LEFT, RIGHT);
    for flags in ["--ignore amuont", "--tolerance amuont=1", "--written=amuont", "--ignore-case=amuont"] {
        ran(&scratch, flags).expect(2).says(&["amuont"]).hints("'amount'");
    }
    scratch.run("compare left.csv right.csv --key idd").expect(2).says(&["left.csv", "idd"]).hints("'id'");
    ran(&scratch, "--rename nam=name").expect(2).hints("'name'");
    ran(&scratch, "--tolerance name=1").expect(2).says(&["'name' holds texts"]);
    scratch.write("right.csv", "id,amount,title\n1,100,x\n");
    ran(&scratch, "").expect(3).prints(&["column missing: name", "column extra: title"]);
    ran(&scratch, "--ignore name,title").expect(3).prints(&["missing 3   extra 0   changed 0   equal 1"]);
}

#[test]
fn a_key_that_is_none_is_told_with_three_examples() {
    let scratch = tables("id,v\n1,a\n1,b\n2,c\n2,c\n3,d\n3,e\n4,f\n4,g\n", "id,v\n1,a\n");
    let ran = ran(&scratch, "").expect(4).says(&["left.csv", "the same key '1'", "'2'", "'3'"]);
    assert!(!ran.stderr.contains("'4'") && ran.stderr.contains("more"), "{ran}");
    scratch.run("compare right.csv left.csv --key id").expect(4).says(&["left.csv", "rows 1 and 2"]);
}
