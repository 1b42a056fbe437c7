//! The name of the program, for commands that it tells its user to type: an author's own has a name of its own.

/// Returns the name of this program's file, `counterpoint` where it can't be had.
pub(crate) fn program() -> String {
    let path = std::env::current_exe().ok();
    let name = path.as_deref().and_then(|path| path.file_stem()).and_then(|name| name.to_str());
    name.map_or_else(|| "counterpoint".to_owned(), datasets::shell_word)
}
