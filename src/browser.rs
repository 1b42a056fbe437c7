//! Shows a page in the browser.

use std::{
    path::Path,
    process::{Command, Stdio},
};

use platform::Error;

/// Hands a file to the program that opens pages.
pub(crate) fn show(file: &Path) -> Result<(), Error> {
    let file = std::path::absolute(file).map_err(|cause| Error::System {
        action: "find",
        path: file.to_owned(),
        cause,
    })?;
    let (program, before) = opener();
    let mut command = Command::new(&program);
    command.args(before).arg(&file).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let failed = |why: String| {
        Error::usage(format!("{} could not be opened: {why}", datasets::shown_path(&file)))
            .with_hint("set BROWSER to the program that shows pages, or open the file yourself")
    };
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(failed(format!("{program} ended with {status}"))),
        Err(cause) => Err(failed(format!("{program}: {cause}"))),
    }
}

/// The program that opens pages, and what it is told before the file.
fn opener() -> (String, &'static [&'static str]) {
    if let Some(browser) = std::env::var("BROWSER").ok().filter(|browser| !browser.is_empty()) {
        return (browser, &[]);
    }
    if cfg!(target_os = "macos") {
        ("open".to_owned(), &[])
    } else if cfg!(windows) {
        ("cmd".to_owned(), &["/C", "start", ""])
    } else {
        ("xdg-open".to_owned(), &[])
    }
}
