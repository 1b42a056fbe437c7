//! docs/tour.md, walked as a reader walks it: each command is run where the last one left things, and prints what stands
//! below it. `COUNTERPOINT_WRITE=1 cargo test --test readme tour` writes the outputs anew; read what it changed.

mod block;
mod page;

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use super::root;
use page::{Stop, code_spans, paragraph, picture, stops};

const PAGE: &str = "docs/tour.md";
const PICTURES: &str = "docs/images/tour";

fn page() -> String {
    fs::read_to_string(root().join(PAGE)).expect("the tour is there")
}

/// Copies a folder's files and, below it, its folders; runs and what was frozen by hand are left out.
fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a fresh folder");
    for entry in fs::read_dir(from).expect("a folder that is shipped") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.file_type().expect("a type").is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("what is shipped can be copied");
        }
    }
}

/// Runs a line in a shell, with the program on the path, and returns what it prints.
fn shell(folder: &Path, line: &str) -> String {
    let program = Path::new(env!("CARGO_BIN_EXE_counterpoint")).parent().expect("a program is in a folder");
    let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap_or_default());
    let mut command = Command::new("sh");
    command.args(["-c", line]).current_dir(folder).env("PATH", path);
    let output = command.env_remove("GITHUB_ACTIONS").env_remove("CLICOLOR_FORCE").output().expect("a shell");
    assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// The text of all reports below `folder`, without their tags.
fn reports(folder: &Path) -> String {
    let Ok(entries) = fs::read_dir(folder) else { return String::new() };
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let text = |path: PathBuf| {
        if path.is_dir() {
            reports(&path)
        } else if path.ends_with("report.html") {
            without_tags(&fs::read_to_string(path).expect("a report"))
        } else {
            String::new()
        }
    };
    paths.map(text).collect()
}

fn without_tags(page: &str) -> String {
    // A picture's name and its sentence are one text where there is no picture.
    let page = page.replace("</title><desc ", ": <desc ");
    let text: String =
        page.split('<').map(|part| part.split_once('>').map_or(part, |(_, text)| text)).collect();
    let text = text.replace("&#39;", "'").replace("&quot;", "\"").replace("&lt;", "<").replace("&gt;", ">");
    block::tidy(&text.replace("&amp;", "&"))
}

/// Runs a stop's commands; returns its text with the outputs as they are now, and what is untrue of the old one.
fn walk(stop: &Stop, folder: &Path) -> (String, Vec<String>) {
    let (mut text, mut wrong, mut printed) = (stop.text.clone(), Vec::new(), String::new());
    for (line, promised) in stop.commands() {
        let output = shell(folder, line);
        if let Err(reason) = block::agrees(promised, &output) {
            wrong.push(format!("{}\n$ {line}\n{reason}", stop.title));
        }
        let renewed = block::renewed(promised, &output);
        text = text.replacen(&format!("$ {line}\n{promised}"), &format!("$ {line}\n{renewed}"), 1);
        printed.push_str(&output);
    }
    let seen = reports(folder);
    let (alternative, _) = picture(&stop.text).unwrap_or_else(|| panic!("{}: no picture", stop.title));
    if !seen.contains(&block::tidy(alternative)) {
        wrong.push(format!("{}: no report of these runs has a picture of '{alternative}'", stop.title));
    }
    let known = block::tidy(&printed) + &seen;
    let missing = |span: &&str| !known.contains(&block::tidy(span));
    let unknown: Vec<&str> =
        code_spans(paragraph(&stop.text, "**Look at**")).into_iter().filter(missing).collect();
    if !unknown.is_empty() {
        wrong.push(format!("{}: nothing printed, and no report, has {unknown:?}", stop.title));
    }
    (text, wrong)
}

#[test]
fn every_command_of_the_tour_prints_what_the_page_says() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for shipped in ["experiments", "datasets/data", "examples/late-data-python"] {
        copy_folder(&root().join(shipped), &folder.path().join(shipped));
    }
    let python = Command::new("python3").arg("--version").output().is_ok();
    let (mut page, mut wrong) = (page(), Vec::new());
    for stop in stops(&page.clone()) {
        if stop.text.contains("takes `python3`") && !python {
            println!("skipped: there is no python3 for '{}'", stop.title);
            continue;
        }
        // Each stop's reports are its own; what it has made otherwise stays for the next.
        let (renewed, untrue) = walk(&stop, folder.path());
        fs::remove_dir_all(folder.path().join("runs")).unwrap_or_default();
        page = page.replacen(&stop.text, &renewed, 1);
        wrong.extend(untrue);
    }
    if std::env::var_os("COUNTERPOINT_WRITE").is_some() {
        fs::write(root().join(PAGE), page).expect("the page can be written");
    }
    assert!(wrong.is_empty(), "{PAGE} is untrue:\n\n{}", wrong.join("\n\n"));
}

#[test]
fn ten_stops_each_have_a_command_a_picture_a_number_and_a_change() {
    let page = page();
    let script = fs::read_to_string(root().join("scripts/tour-pictures.sh")).expect("the script is there");
    let stops = stops(&page);
    assert_eq!(stops.len(), 10);
    let mut bytes = 0;
    for (number, stop) in stops.iter().enumerate() {
        let title = &stop.title;
        assert!(title.starts_with(&format!("{}. ", number + 1)), "{title}");
        assert!(stop.commands().len() >= 2, "{title}: a command, and one for the change");
        assert!(
            stop.commands().iter().any(|(line, _)| script.contains(line)),
            "{title}: no picture of its runs"
        );
        assert!(!code_spans(paragraph(&stop.text, "**Look at**")).is_empty(), "{title}: nothing to look at");
        assert!(!paragraph(&stop.text, "**Change**").is_empty(), "{title}: nothing to change");
        let (_, file) = picture(&stop.text).unwrap_or_else(|| panic!("{title}: no picture"));
        let size = fs::metadata(root().join("docs").join(file)).unwrap_or_else(|_| panic!("no {file}")).len();
        assert!((1_000..60 << 10).contains(&size), "{file} has {size} bytes");
        bytes += size;
    }
    assert!(bytes < 500 << 10, "the pictures have {bytes} bytes");
    let files = fs::read_dir(root().join(PICTURES)).expect("a folder of pictures").count();
    assert_eq!(files, stops.len(), "each picture is shown once");
}

#[test]
fn the_links_of_tour_and_glossary_lead_somewhere() {
    for name in [PAGE, "docs/glossary.md"] {
        let text = fs::read_to_string(root().join(name)).expect("the page is there");
        let links = page::links(&text);
        assert!(links.len() > 20, "{name}: {links:?}");
        for link in links {
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            let file = if file.is_empty() { root().join(name) } else { root().join("docs").join(file) };
            assert!(file.exists(), "{name}: {link} leads nowhere");
            if !anchor.is_empty() {
                let target = fs::read_to_string(&file).expect("a page");
                assert!(page::anchors(&target).contains(anchor), "{name}: {link} has no such heading");
            }
        }
    }
}

/// Every word of the glossary has a sentence and a place where it is shown, and stands in its order.
#[test]
fn the_glossary_is_in_order_and_each_word_is_shown_somewhere() {
    let text = fs::read_to_string(root().join("docs/glossary.md")).expect("the glossary is there");
    let entries: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("- **")).collect();
    assert!(entries.len() > 30, "{}", entries.len());
    let words: Vec<String> =
        entries.iter().map(|entry| entry.split("**").next().unwrap_or("").to_lowercase()).collect();
    let mut sorted = words.clone();
    sorted.sort();
    sorted.dedup();
    assert_eq!(words, sorted);
    for entry in entries {
        assert!(entry.contains("**: ") && !page::links(entry).is_empty(), "{entry}");
    }
    // The words that the stops announce are all explained.
    for stop in stops(&page()) {
        for word in stop.announced() {
            assert!(words.contains(&word.to_lowercase()), "{}: the glossary lacks '{word}'", stop.title);
        }
    }
}
