//! Shows what `compare` does with values, files and folders that nobody would send on purpose.

use std::{
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use crate::support::{Scratch, list, number};

#[test]
fn a_value_of_megabytes_is_shown_cut_with_its_length() {
    let scratch = Scratch::new();
    let long = "x".repeat(4_000_000);
    for (name, end) in [("left", "1"), ("right", "2")] {
        scratch.write(&format!("{name}.csv"), format!("id,v\n1,{long}{end}\n"));
    }
    let ran = scratch.run("compare left.csv right.csv --key id --html a.html --markdown a.md").expect(3);
    let page = scratch.read("a.html");
    assert!(ran.stdout.len() < 2000 && page.len() < 30_000, "{} {}", ran.stdout.len(), page.len());
    assert!(ran.stdout.contains("(4000001 bytes)") && page.contains("(4000001 bytes)"));
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
    let (page, markdown) = (scratch.read("a.html"), scratch.read("a.md"));
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
