//! `man`: the manual, a page for each command.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use clap::CommandFactory;
use clap_mangen::Man;
use platform::Error;
use serde::Serialize;

use crate::{cli::Cli, new_file::NewFile, output::Output};

#[derive(Serialize)]
struct Printed {
    schema: &'static str,
    /// The pages that were written.
    files: Vec<String>,
    /// The page, where no folder was named.
    #[serde(skip_serializing_if = "Option::is_none")]
    page: Option<String>,
}

pub(super) fn man(folder: Option<&Path>, output: &Output) -> Result<u8, Error> {
    let pages =
        pages().map_err(|cause| Error::System { action: "write", path: "the manual".into(), cause })?;
    let mut printed = Printed { schema: "counterpoint.man/1", files: Vec::new(), page: None };
    match folder {
        None => {
            let page = pages.into_iter().next().map(|page| page.text).unwrap_or_default();
            output.raw(&page);
            printed.page = Some(page);
        }
        Some(folder) => {
            let written = write(folder, &pages)?;
            output.line(format_args!("wrote {} pages into {}", written.len(), datasets::shown_path(folder)));
            printed.files = written.iter().map(|path| path.display().to_string()).collect();
        }
    }
    output.json(&printed);
    Ok(0)
}

/// A page, and what its file is called.
struct Page {
    file: String,
    text: String,
}

/// The program's own page, and one for each command that help shows, and for each of theirs.
fn pages() -> io::Result<Vec<Page>> {
    let mut program = Cli::command();
    program.build();
    all(&program).into_iter().map(page).collect()
}

fn all(command: &clap::Command) -> Vec<clap::Command> {
    let is_shown = |command: &&clap::Command| !command.is_hide_set() && command.get_name() != "help";
    let below = command.get_subcommands().filter(is_shown).flat_map(all);
    [command.clone()].into_iter().chain(below).collect()
}

fn page(command: clap::Command) -> io::Result<Page> {
    let man = Man::new(command);
    let mut text = Vec::new();
    man.render(&mut text)?;
    Ok(Page { file: man.get_filename(), text: String::from_utf8_lossy(&text).into_owned() })
}

/// Writes the pages into a folder, or none of them if one is there.
fn write(folder: &Path, pages: &[Page]) -> Result<Vec<PathBuf>, Error> {
    fs::create_dir_all(folder).map_err(|cause| Error::System {
        action: "create",
        path: folder.to_owned(),
        cause,
    })?;
    let paths: Vec<PathBuf> = pages.iter().map(|page| folder.join(&page.file)).collect();
    let files = paths.iter().map(|path| NewFile::prepare(path)).collect::<Result<Vec<_>, _>>()?;
    for (file, page) in files.into_iter().zip(pages) {
        file.write(&page.text)?;
    }
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_has_a_page_with_all_of_its_flags() {
        let pages = pages().expect("the manual");
        let mut program = Cli::command();
        program.build();
        let mut count = 0;
        check(&program, &pages, &mut count);
        assert!(count == pages.len() && count > 15, "{count}");
        for command in program.get_subcommands().filter(|command| command.is_hide_set()) {
            assert!(!pages[0].text.contains(&format!("counterpoint\\-{}", command.get_name())));
        }
    }

    fn check(command: &clap::Command, pages: &[Page], count: &mut usize) {
        *count += 1;
        let name = command.get_display_name().unwrap_or_else(|| command.get_name());
        let file = format!("{name}.1");
        let page = pages.iter().find(|page| page.file == file).unwrap_or_else(|| panic!("no {file}"));
        // roff writes a hyphen that is one with a backslash.
        let text = page.text.replace('\\', "");
        for flag in command.get_arguments().filter_map(clap::Arg::get_long) {
            assert!(text.contains(&format!("--{flag}")), "{file}: --{flag}");
        }
        for below in
            command.get_subcommands().filter(|below| !below.is_hide_set() && below.get_name() != "help")
        {
            assert!(text.contains(&format!("{}(1)", below.get_display_name().expect("built"))), "{file}");
            check(below, pages, count);
        }
    }
}
