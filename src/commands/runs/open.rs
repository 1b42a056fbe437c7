//! `runs open`: a run's report in the browser.

use std::path::Path;

use platform::Error;

use crate::{browser, history::named, output::Output};

pub(super) fn open(run: &str, folder: &Path, output: &Output) -> Result<u8, Error> {
    let report = named(run, folder)?.folder.join("report.html");
    if !report.is_file() {
        let shown = datasets::shown_path(&report);
        return Err(Error::input(format!("{shown}: the run has no report"))
            .with_hint(format!("'{} report' writes it again", crate::program::program())));
    }
    output.line(format_args!("report   {}", datasets::shown_path(&report)));
    browser::show(&report)?;
    Ok(0)
}
