//! The parts of a page: stops, commands with their outputs, pictures, links, headings.

use std::collections::BTreeSet;

pub(crate) struct Stop {
    pub(crate) title: String,
    pub(crate) text: String,
}

/// Returns the sections whose headings begin with a number.
pub(crate) fn stops(page: &str) -> Vec<Stop> {
    let sections = page.split("\n## ").skip(1);
    let numbered = sections.filter(|text| text.starts_with(|first: char| first.is_ascii_digit()));
    let stop =
        |text: &str| Stop { title: text.lines().next().unwrap_or("").to_owned(), text: text.to_owned() };
    numbered.map(stop).collect()
}

impl Stop {
    /// Returns each command of the stop with the output that the page shows, in order.
    pub(crate) fn commands(&self) -> Vec<(&str, &str)> {
        let blocks = self.text.split("```console\n").skip(1);
        let blocks = blocks.filter_map(|rest| rest.split_once("```")).map(|(block, _)| block);
        blocks.flat_map(commands).collect()
    }

    /// Returns the words in the line below the heading, which the stop explains.
    pub(crate) fn announced(&self) -> Vec<&str> {
        let line = self.text.lines().find(|line| line.starts_with('*')).unwrap_or("");
        line.trim_matches(['*', '.']).split(", ").collect()
    }
}

fn commands(block: &str) -> Vec<(&str, &str)> {
    let block = block.strip_prefix("$ ").expect("a block begins with a command");
    block.split("\n$ ").map(|command| command.split_once('\n').unwrap_or((command, ""))).collect()
}

/// Returns a picture's text and file, the first of them.
pub(crate) fn picture(text: &str) -> Option<(&str, &str)> {
    let (_, rest) = text.split_once("![")?;
    let (alternative, rest) = rest.split_once("](")?;
    Some((alternative, rest.split_once(')')?.0))
}

/// Returns the paragraph that begins so, or nothing.
pub(crate) fn paragraph<'a>(text: &'a str, begin: &str) -> &'a str {
    text.split("\n\n").find(|part| part.starts_with(begin)).unwrap_or("")
}

/// Returns what stands between backquotes.
pub(crate) fn code_spans(paragraph: &str) -> Vec<&str> {
    paragraph.split('`').skip(1).step_by(2).collect()
}

/// Returns the targets of a page's links within the repository, pictures among them.
pub(crate) fn links(text: &str) -> Vec<&str> {
    let targets = text.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(target, _)| target);
    targets.filter(|target| !target.contains("://")).collect()
}

/// Returns the names by which a page's headings are linked to.
pub(crate) fn anchors(page: &str) -> BTreeSet<String> {
    let headings = page.lines().filter(|line| line.starts_with('#'));
    headings.map(|line| slug(line.trim_start_matches('#').trim())).collect()
}

fn slug(heading: &str) -> String {
    let kept = heading.to_lowercase();
    kept.chars()
        .filter(|c| c.is_alphanumeric() || " -_".contains(*c))
        .map(|c| if c == ' ' { '-' } else { c })
        .collect()
}
