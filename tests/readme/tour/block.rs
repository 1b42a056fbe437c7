//! A block of output on the page, held against what was printed. A line `…` stands for lines that are left out, and a line that
//! ends in ` …` for one that goes on. Blank lines and the width of columns don't count.

const GAP: &str = "…";

/// Returns the text with each run of blanks and line ends as one blank.
pub(crate) fn tidy(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn lines(text: &str) -> Vec<String> {
    text.lines().map(tidy).filter(|line| !line.is_empty()).collect()
}

/// Returns whether a line of the page says what was printed.
fn says(promised: &str, printed: &str) -> bool {
    match promised.strip_suffix(" …") {
        Some(begin) => printed.starts_with(begin),
        None => promised == printed,
    }
}

/// Holds a block against what was printed; the error names the first line that isn't there.
pub(crate) fn agrees(promised: &str, printed: &str) -> Result<(), String> {
    let printed = lines(printed);
    let (mut next, mut gap) = (0, false);
    for line in lines(promised) {
        if line == GAP {
            gap = true;
            continue;
        }
        let rest = &printed[next..];
        let found = if gap { rest.iter().position(|there| says(&line, there)) } else { Some(0) };
        match found.filter(|at| rest.get(*at).is_some_and(|there| says(&line, there))) {
            Some(at) => next += at + 1,
            None => return Err(format!("promised: {line}\nprinted from there on:\n{}", rest.join("\n"))),
        }
        gap = false;
    }
    if gap || next == printed.len() {
        return Ok(());
    }
    Err(format!("printed and neither shown nor left out: {}", printed[next..].join("\n")))
}

fn common_prefix(left: &str, right: &str) -> usize {
    left.chars().zip(right.chars()).take_while(|(left, right)| left == right).count()
}

/// Makes the block anew: in the place of each of its lines the printed one that begins most like it; what is still true stays
/// as it is written.
pub(crate) fn renewed(promised: &str, printed: &str) -> String {
    let printed: Vec<&str> = printed.lines().filter(|line| !line.trim().is_empty()).collect();
    let (mut next, mut block) = (0, String::new());
    for written in promised.lines().filter(|line| !line.trim().is_empty()) {
        let line = tidy(written);
        let alike = |at: &usize| {
            let there = tidy(printed[*at]);
            (says(&line, &there), common_prefix(&line, &there), printed.len() - at)
        };
        let best = (next..printed.len()).max_by_key(alike);
        let Some(at) = best.filter(|at| line != GAP && alike(at).1 > 1) else { continue };
        if at > next {
            block.push_str("…\n");
        }
        if alike(&at).0 {
            block.push_str(written);
        } else {
            block.push_str(&shortened(printed[at].trim_end(), &line));
        }
        block.push('\n');
        next = at + 1;
    }
    if next < printed.len() {
        block.push_str("…\n");
    }
    block
}

/// Cuts a printed line about where the page has cut it.
fn shortened(printed: &str, promised: &str) -> String {
    let Some(begin) = promised.strip_suffix(" …") else { return printed.to_owned() };
    let mut kept = String::new();
    for word in printed.split(' ') {
        if kept.len() >= begin.len() {
            break;
        }
        kept.push_str(word);
        kept.push(' ');
    }
    kept.push('…');
    kept
}

#[test]
fn what_is_left_out_is_marked_and_nothing_else_may_differ() {
    let printed = "head\n\na  1\nb   2\nlong line that goes on\nend\n";
    for promised in [
        "head\na 1\nb 2\nlong line that goes on\nend\n",
        "…\nb 2\n…\n",
        "head\n…\nlong line …\nend\n",
        "head\n…\n",
        "…\nend\n",
    ] {
        assert_eq!(agrees(promised, printed), Ok(()), "{promised}");
        assert_eq!(agrees(&renewed(promised, printed), printed), Ok(()), "{promised}");
    }
    for promised in [
        "head\nb 2\n…\n",
        "…\nb 3\n…\n",
        "head\na 1\n",
        "…\nb 2\na 1\n…\n",
        "…\nlong line\n…\n",
        "a 1\n…\n",
        "…\nend\nmore\n",
    ] {
        assert!(agrees(promised, printed).is_err(), "{promised}");
    }
}

#[test]
fn a_renewed_block_keeps_its_lines() {
    let printed = "head\na  1\nb   7\nlong line that goes further\nend\n";
    let renewed = renewed("…\na    1\nb 2\nlong line that …\n…\n", printed);
    assert_eq!(renewed, "…\na    1\nb   7\nlong line that …\n…\n");
}
