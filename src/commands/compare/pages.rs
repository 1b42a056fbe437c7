//! The comparison as files to be passed on: an HTML page, and Markdown.

use std::path::Path;

use platform::Error;
use reports::Comparison;

use crate::{cli::CompareArgs, new_file::NewFile, output::Output};

/// The files that are asked for.
pub(super) struct Pages<'a> {
    html: Option<(&'a Path, NewFile)>,
    markdown: Option<(&'a Path, NewFile)>,
}

impl<'a> Pages<'a> {
    /// Looks at their places before anything is read.
    pub(super) fn prepare(args: &'a CompareArgs) -> Result<Self, Error> {
        if args.html.is_some() && args.html == args.markdown {
            return Err(Error::usage("--html and --markdown name one file"));
        }
        let file = |path: &'a Option<std::path::PathBuf>| {
            path.as_deref().map(|path| Ok::<_, Error>((path, NewFile::prepare(path)?))).transpose()
        };
        Ok(Self { html: file(&args.html)?, markdown: file(&args.markdown)? })
    }

    pub(super) fn write(self, comparison: &Comparison<'_>, output: &Output) -> Result<(), Error> {
        for (file, render) in [
            (self.html, reports::comparison_html as fn(&Comparison<'_>) -> String),
            (self.markdown, reports::comparison_markdown),
        ] {
            if let Some((path, file)) = file {
                file.write(&render(comparison))?;
                output.line(format_args!("wrote {}", datasets::shown_path(path)));
            }
        }
        Ok(())
    }
}
