//! `compare --html` and `--markdown`: pages that say what the terminal says, written whole or not at all.

use crate::support::{Scratch, text, without_script};

fn two_tables() -> Scratch {
    let scratch = Scratch::new();
    scratch.write("old.csv", "id,amount,note,gone\n1,10.50,ab,x\n2,20,cd,x\n3,30,ef,x\n4,40,,x\n");
    scratch.write("new.csv", "id,amount,note,came\n1,10.75,ab,y\n2,20,cD,y\n4,1000040,gh,y\n5,50,ij,y\n");
    scratch
}

#[test]
fn the_page_has_both_values_and_the_markdown_is_short() {
    let scratch = two_tables();
    let line = "compare old.csv new.csv --key id --html page.html --markdown page.md";
    scratch.run(line).expect(3).prints(&["wrote page.html", "wrote page.md"]);
    let page = scratch.read("page.html");
    for said in [
        "the tables differ",
        "columns</b>",
        "<code>gone</code>",
        "<code>came</code>",
        "<code>10.<mark>50</mark></code>",
        "<code>10.<mark>75</mark></code>",
        "<code>c<mark>d</mark></code>",
        "1000000",
        "counterpoint compare old.csv new.csv --key=id",
        "<code>3</code>",
        "<code>5</code>",
        "Content-Security-Policy",
    ] {
        let said = said.replace("columns</b>", "column on the left only");
        assert!(page.replace('\u{a0}', " ").contains(&said), "no {said:?} in {page}");
    }
    assert!(!without_script(&page).contains("<script"));
    let markdown = scratch.read("page.md");
    for said in [
        "## Counterpoint: the tables differ",
        "| 1 | 1 | 3 | 0 | 0 |",
        "Missing: 1 of 1 row",
        "```sh\ncounterpoint",
    ] {
        assert!(markdown.contains(said), "no {said:?} in {markdown}");
    }
}

#[test]
fn the_command_of_a_page_repeats_the_comparison() {
    let scratch = two_tables();
    scratch.write("again.csv", "id,amount,note,gone\n1,10.50,ab,x\n2,20,cd,x\n3,30,ef,x\n4,40,,x\n");
    let flags = "--key id --rename gone=came --tolerance 0.3 --tolerance amount=1%right --ignore-spaces=note \
                 --ignore-case=note --limit 1 --exit-zero --null NA --unknown fail --type note=text --noise again.csv \
                 --ignore came";
    let first = scratch.run(&format!("compare old.csv new.csv {flags} --html page.html --json"));
    let first = first.expect(0);
    let page = scratch.read("page.html");
    let command = page.split("<pre class=\"command\">").nth(1).and_then(|rest| rest.split("</pre>").next());
    let command =
        command.expect("a command").replace("&quot;", "\"").replace("&lt;", "<").replace("&amp;", "&");
    let again = scratch.shell(&format!("counterpoint() {{ \"$COUNTERPOINT\" \"$@\" --json; }}\n{command}"));
    assert_eq!(again.expect(0).stdout, first.stdout, "{command}");
}

#[test]
fn nothing_is_written_over_and_nothing_is_left_of_a_comparison_that_fails() {
    let scratch = two_tables();
    scratch.write("page.html", "mine");
    for flags in ["--html page.html", "--markdown page.html", "--html a.html --markdown a.html"] {
        scratch.run(&format!("compare old.csv new.csv --key id {flags}")).expect(2);
    }
    let line = "compare old.csv new.csv --key id";
    scratch.run(&format!("{line} --html page.html")).expect(2).says(&["a page is never written over a file"]);
    scratch.run(&format!("{line} --markdown -")).expect(2).says(&["not to stdout"]);
    scratch.run("compare old.csv new.csv --key id --html nowhere/a.html").expect(1).says(&["nowhere"]);
    scratch.run("compare old.csv none.csv --key id --html a.html").expect(4);
    scratch.run("compare old.csv new.csv --key amout --html a.html").expect(2);
    assert_eq!(scratch.read("page.html"), "mine");
    assert_eq!(scratch.names(""), ["new.csv", "old.csv", "page.html"]);
}

#[test]
fn equal_tables_and_noise_have_pages_too() {
    let scratch = two_tables();
    scratch.run("compare old.csv old.csv --key id --html a.html --markdown a.md").expect(0);
    assert!(
        scratch.read("a.html").contains("badge pass")
            && scratch.read("a.md").contains("the tables are equal")
    );
    scratch.write("noisy.csv", "id,amount,note,gone\n1,10.50,ab,x\n2,20,cx,x\n3,30,ef,x\n4,40,,x\n");
    scratch
        .run("compare old.csv noisy.csv --key id --noise noisy.csv --html b.html --markdown b.md")
        .expect(0);
    assert!(
        scratch.read("b.html").contains("Against noise") && scratch.read("b.md").contains("within its noise")
    );
    let json = scratch.run("compare old.csv noisy.csv --key id --html c.html --json").expect(3).json();
    assert_eq!(text(&json["outcome"]), "different");
    assert!(scratch.path("c.html").exists());
}

#[test]
fn a_side_that_is_changes_has_its_facts_on_the_page() {
    let scratch = Scratch::new();
    scratch.write("table.csv", "id,v\n1,b\n");
    scratch.write("changes.csv", "op,id,v\n+I,1,a\n-U,1,a\n+U,1,b\n+I,2,x\n-D,2,x\n");
    let line = "compare table.csv changes.csv --key id --right-as op:op --html a.html --markdown a.md";
    let ran = scratch.run(line).expect(0);
    let fact = "1 at the end, 1 that came and went";
    assert!(ran.stdout.contains(fact), "{ran}");
    assert!(scratch.read("a.html").contains(fact) && scratch.read("a.md").contains(fact));
}
