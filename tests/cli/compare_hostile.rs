//! Shows what `compare` does with values, files and folders that nobody would send on purpose.

use std::{
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use crate::support::{Scratch, list, number, without_script};

#[test]
fn a_value_of_50_megabytes_is_shown_cut_with_its_length() {
    let scratch = Scratch::new();
    let long = "x".repeat(50_000_000);
    for (name, end) in [("left", "1"), ("right", "2")] {
        scratch.write(&format!("{name}.csv"), format!("id,v\n1,{long}{end}\n"));
    }
    let ran = scratch.run("compare left.csv right.csv --key id --html a.html --markdown a.md").expect(3);
    let page = scratch.read("a.html");
    assert!(ran.stdout.len() < 2000 && page.len() < 30_000, "{} {}", ran.stdout.len(), page.len());
    assert!(ran.stdout.contains("(50000001 bytes)") && page.contains("(50000001 bytes)"));
    assert!(scratch.read("a.md").len() < 3000);
}

#[test]
fn markdown_is_short_enough_for_a_comment_whatever_differs() {
    let scratch = Scratch::new();
    let columns: Vec<String> = (0..300).map(|column| format!("#{column}{}", "@`|".repeat(40))).collect();
    let row = |id: u32, cell: &str| format!("\n{id},{}", vec![cell.repeat(100); 300].join(","));
    let table = |cell: &str, from: u32| {
        let rows: String = (from..from + 40).map(|id| row(id, cell)).collect();
        format!("id,{}{rows}\n", columns.join(","))
    };
    scratch.write("left.csv", table("@<", 0));
    scratch.write("right.csv", table("#|", 20));
    scratch.run("compare left.csv right.csv --key id --limit 1000 --markdown a.md").expect(3);
    let markdown = scratch.read("a.md");
    assert!(markdown.len() < 65_536, "{}", markdown.len());
}

#[test]
fn markup_and_escapes_stay_text() {
    let scratch = Scratch::new();
    let name = "<script>alert(1)</script>\u{1b}[2J\u{202e}'&@team #1 [a](http://b.c)";
    scratch.write("left.csv", format!("k,\"{name}\",v\n\"{name}\",1,1\nb,1,1\n"));
    scratch.write("right.csv", format!("k,v,\"x{name}\"\n\"{name}\",\"{name}\",1\n\"c{name}\",1,1\n"));
    scratch.run("compare left.csv right.csv --key k --html a.html --markdown a.md").expect(3);
    let (page, markdown) = (without_script(&scratch.read("a.html")), scratch.read("a.md"));
    assert!(!page.contains("<script") && page.contains("&lt;script&gt;"));
    let hidden = |c: char| c.is_control() && c != '\n' || c == '\u{202e}';
    assert!(!page.contains(hidden) && !markdown.contains(hidden));
    for markup in ["<script", "@team", "](http", " #1"] {
        assert!(!markdown.contains(markup), "{markup} in {markdown}");
    }
}

#[test]
fn numbers_of_400_digits_are_compared_by_each_of_them() {
    let scratch = Scratch::new();
    let digits = "1234567890".repeat(40);
    scratch.write("left.jsonl", format!("{{\"id\":1,\"a\":{digits},\"b\":{digits},\"c\":0.{digits}}}\n"));
    scratch
        .write("right.jsonl", format!("{{\"id\":1,\"a\":{digits}.0,\"b\":{digits}1,\"c\":0.{digits}1}}\n"));
    let json = scratch.run("compare left.jsonl right.jsonl --key id --json").expect(3).json();
    let differing: Vec<u64> =
        list(&json["columns"]).iter().map(|column| number(&column["differing"])).collect();
    assert_eq!(differing, [0, 1, 1]);
    scratch.run("compare left.jsonl right.jsonl --key id --tolerance c=1e-300 --ignore b").expect(0);
}

#[test]
fn json_that_is_nested_without_end_is_refused() {
    let scratch = Scratch::new();
    let nested = format!("{{\"id\":1,\"v\":{}{}}}\n", "[".repeat(10_000), "]".repeat(10_000));
    scratch.write("left.jsonl", &nested);
    scratch.write("right.jsonl", "{\"id\":1,\"v\":1}\n");
    for line in ["left.jsonl right.jsonl", "right.jsonl left.jsonl"] {
        scratch.run(&format!("compare {line} --key id")).expect(4).says(&["left.jsonl line 1", "nested"]);
    }
}

#[test]
#[cfg(unix)]
fn what_is_no_file_is_refused_at_once() {
    let scratch = Scratch::new();
    scratch.write("table.csv", "id,v\n1,a\n");
    let made = Command::new("mkfifo").arg(scratch.path("pipe.csv")).status();
    assert!(made.expect("there is a mkfifo").success());
    std::fs::create_dir(scratch.path("empty")).expect("a folder");
    for name in ["pipe.csv", "/dev/zero", "/dev/null", "empty"] {
        let ran = scratch.run(&format!("compare {name} table.csv --key id"));
        assert!(matches!(ran.code, Some(2 | 4)) && ran.stderr.contains(name), "{ran}");
        let ran = scratch.run(&format!("compare table.csv {name} --key id"));
        assert!(matches!(ran.code, Some(2 | 4)) && ran.stderr.contains(name), "{ran}");
    }
}

#[test]
fn a_folder_with_two_schemas_is_refused() {
    let scratch = Scratch::new();
    scratch.write("table.csv", "id,v\n1,a\n");
    std::fs::create_dir(scratch.path("parts")).expect("a folder");
    scratch.write("parts/part-0.csv", "id,v\n1,a\n");
    scratch.write("parts/part-1.csv", "id,w\n2,a\n");
    scratch.run("compare parts table.csv --key id").expect(4).says(&["part-1.csv"]);
}

#[test]
fn ctrl_c_is_answered_while_a_table_is_read() {
    let scratch = Scratch::new();
    let rows = |from: u32| {
        let line = |id: u32| format!("{id},some text of row {id},{}\n", id / 7);
        (from..from + 2_000_000).fold("id,text,number\n".to_owned(), |text, id| text + &line(id))
    };
    scratch.write("left.csv", rows(0));
    scratch.write("right.csv", rows(1_000_000));
    for after in [50, 700] {
        let mut command = scratch.command();
        command.args(["compare", "left.csv", "right.csv", "--key", "id", "--html", "a.html"]);
        let child =
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts");
        std::thread::sleep(Duration::from_millis(after));
        let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
        assert!(sent.expect("there is a kill").success(), "it had ended before");
        let asked = Instant::now();
        let output = child.wait_with_output().expect("it ends");
        // A busy machine may take longer than the second that an idle one never needs.
        assert!(asked.elapsed() < Duration::from_secs(10), "{:?}", asked.elapsed());
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(130), "{said}");
        assert!(said.contains("interrupted") && output.stdout.is_empty(), "{said}");
        assert_eq!(scratch.names(""), ["left.csv", "right.csv"]);
    }
}

/// Files that aren't what `compare` reads, each with what it says of them.
#[test]
fn files_of_another_kind_are_refused_with_what_to_do() {
    let scratch = Scratch::new();
    scratch.write("table.csv", "id,v\n1,a\n2,b\n");
    let utf16: Vec<u8> = "id,v\n1,a\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let files: [(&str, &[u8], u8, &[&str]); 13] = [
        ("empty.csv", b"", 4, &["the file is empty"]),
        ("line.csv", b"\n", 4, &["the file is empty"]),
        ("empty.jsonl", b"", 4, &["the file is empty"]),
        ("none.jsonl", b"{}\n{}\n", 4, &["no line has a column"]),
        ("list.json", b"[{\"id\":1}]", 4, &["list.json line 1", "jq -c '.[]'"]),
        ("semi.csv", b"id;v\n1;a\n", 2, &["its only column is 'id;v'", "--delimiter"]),
        ("tabs.csv", b"id\tv\n1\ta\n", 2, &["its only column is", ".tsv"]),
        ("other.csv", b"user,total\n1,2\n", 2, &["no column 'id'", "it has 'user', 'total'"]),
        ("case.csv", b"ID,v\n1,2\n", 2, &["did you mean 'ID'?"]),
        ("short.csv", b"id,v\n1\n", 4, &["short.csv line 2: 1 field, the header has 2"]),
        ("latin.csv", b"id,v\n1,\xff\n", 4, &["latin.csv line 2: not UTF-8 text", "iconv"]),
        ("utf16.csv", &[b"\xff\xfe", &utf16[..]].concat(), 4, &["not UTF-8 text", "iconv"]),
        ("fake.parquet", b"id,v\n1,a\n", 4, &["fake.parquet"]),
    ];
    for (name, bytes, code, said) in files {
        std::fs::write(scratch.path(name), bytes).expect("written");
        for line in [format!("table.csv {name}"), format!("{name} table.csv")] {
            let ran = scratch.run(&format!("compare {line} --key id")).expect(i32::from(code));
            for said in said {
                assert!(ran.stderr.contains(said), "no {said:?} in {ran}");
            }
        }
    }
    // What may stand around a table doesn't matter.
    for (name, text) in [
        ("bom.csv", "\u{feff}id,v\n1,a\n2,b\n"),
        ("crlf.csv", "id,v\r\n1,a\r\n2,b\r\n"),
        ("blank.csv", "\n\nid,v\n1,a\n\n2,b\n\n"),
        ("open.csv", "id,v\n2,b\n1,a"),
        ("lines", "{\"id\":1,\"v\":\"a\"}\n{\"id\":2,\"v\":\"b\"}"),
    ] {
        scratch.write(name, text);
        scratch.run(&format!("compare table.csv {name} --key id")).expect(0).prints(&["equal 2"]);
    }
    // Flink's sink gives its parts no ending.
    std::fs::create_dir(scratch.path("parts")).expect("a folder");
    scratch.write("parts/part-0-0", " {\"id\":1,\"v\":\"a\"}\n");
    scratch.write("parts/part-1-0", "{\"id\":2,\"v\":\"b\"}\n");
    scratch.run("compare table.csv parts --key id").expect(0);
    scratch.write("parts/part-2-0.csv", "id,v\n3,c\n");
    scratch.run("compare table.csv parts --key id").expect(4).says(&["another format", "one format"]);
    scratch.write("nameless.csv", "id,v,\n1,a,\n2,b,\n");
    let line = "compare table.csv nameless.csv --key id --html a.html --markdown a.md";
    scratch.run(line).expect(3).prints(&["column extra: (no name)"]);
    assert!(scratch.read("a.html").contains("(no name)") && scratch.read("a.md").contains("(no name)"));
}

#[test]
fn a_tolerance_for_all_columns_is_for_those_that_hold_numbers() {
    let scratch = Scratch::new();
    scratch.write("left.csv", "id,x,s\n1,2,ann\n2,3,b\n3,n/a,c\n4,,d\n");
    scratch.write("right.csv", "id,x,s\n1,2.5,Ann\n2,3,b\n3,-,c\n4,,d\n");
    for flags in ["--tolerance 0.5", "--tolerance x=0.5"] {
        let ran = scratch.run(&format!("compare left.csv right.csv --key id {flags}")).expect(3);
        ran.prints(&["changed 2", "column x differs in 1 row", "column s differs in 1 row"]);
    }
    // Even if all of the numbers are the same.
    scratch.write("same.csv", "id,x,s\n1,2,ann\n2,3,b\n3,-,c\n4,,d\n");
    scratch.run("compare left.csv same.csv --key id --tolerance x=0.5").expect(3).prints(&["changed 1"]);
    let line = "compare left.csv right.csv --key id --tolerance s=0.5";
    scratch.run(line).expect(2).says(&["'s' holds texts such as ann and Ann"]);
}

#[test]
fn stdin_is_read_once() {
    let scratch = Scratch::new();
    scratch.write("table.csv", "id,v\n1,a\n2,b\n");
    scratch.write("other.csv", "id,v\n5,a\n6,b\n");
    scratch.write("changes.csv", "op,id,v\n+I,1,a\n-D,1,a\n+I,2,c\n");
    let piped = |file: &str, flags: &str| {
        scratch.shell(&format!("\"$COUNTERPOINT\" compare {flags} --key id < {file}"))
    };
    piped("table.csv", "table.csv -").expect(0);
    // Keys that may be shifted, a key that isn't one, and a past: each would be read again.
    piped("other.csv", "table.csv -").expect(3).prints(&["missing 2   extra 2"]);
    scratch.write("twice.csv", "id,v\n1,a\n1,b\n");
    piped("twice.csv", "table.csv -").expect(4).says(&["key '1'"]);
    let ran = piped("changes.csv", "table.csv - --right-as op:op --html a.html").expect(3);
    ran.prints(&["missing 1", "changed 1", "stdin can be read only once"]);
    assert!(scratch.read("a.html").contains("compare table.csv - --key=id"));
    let ran = piped("changes.csv", "table.csv - --right-as op:op --json").expect(3).json();
    assert!(ran["right"]["right_in_between"].is_null(), "{ran}");
    for flags in ["- -", "table.csv - --noise -", "- table.csv --noise table.csv"] {
        piped("table.csv", flags).expect(2).says(&["only once"]);
    }
}

#[test]
fn envelopes_as_a_consumer_prints_them_may_have_tombstones_without_a_key() {
    let scratch = Scratch::new();
    scratch.write("table.csv", "id,v\n1,a\n");
    let of = |op: &str, before: &str, after: &str, table: &str| {
        format!("{{\"op\":\"{op}\",\"before\":{before},\"after\":{after}{table}}}\n")
    };
    let [one, two] = [r#"{"id":1,"v":"a"}"#, r#"{"id":2,"v":"b"}"#];
    for table in [r#","source":{"schema":"public","table":"t"}"#, ""] {
        let rows = [
            of("c", "null", one, table),
            of("c", "null", two, table),
            of("d", two, "null", table),
            "null\n".into(),
        ];
        scratch.write("topic.jsonl", rows.concat());
        let line = "compare table.csv topic.jsonl --key id --right-as debezium";
        scratch.run(line).expect(0).prints(&["3 changes of 2 rows"]);
        let ran = scratch.run(&format!("{line} --table other")).expect(4);
        let said = if table.is_empty() { "the changes name no table" } else { "there are: public.t" };
        ran.says(&["no changes of table 'other'", said]);
    }
}
