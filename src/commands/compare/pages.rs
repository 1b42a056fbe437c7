//! The comparison as files to be passed on: an HTML page, and Markdown.

use std::path::Path;

use platform::Error;
use replay::Control;
use reports::Comparison;

use crate::{cli::CompareArgs, new_file::NewFile, output::Output};

fn prepared(path: &Path) -> Result<NewFile, Error> {
    let shown = datasets::shown_path(path);
    if path == Path::new(datasets::STDIN) {
        return Err(Error::usage("a page is written into a file, not to stdout")
            .with_hint("name one, such as with --html page.html"));
    }
    NewFile::prepare(path).map_err(|error| match error {
        Error::TargetExists(_) => Error::usage(format!("{shown} exists already"))
            .with_hint("a page is never written over a file: choose another name, or remove this one"),
        other => other,
    })
}

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
            path.as_deref().map(|path| Ok::<_, Error>((path, prepared(path)?))).transpose()
        };
        Ok(Self { html: file(&args.html)?, markdown: file(&args.markdown)? })
    }

    /// Writes them, unless it is told to stop: a page of all rows takes a while.
    pub(super) fn write(
        self,
        comparison: &Comparison<'_>,
        output: &Output,
        control: &Control,
    ) -> Result<(), Error> {
        for (file, render) in [
            (self.html, reports::comparison_html as fn(&Comparison<'_>) -> String),
            (self.markdown, reports::comparison_markdown),
        ] {
            if let Some((path, file)) = file {
                control.check()?;
                let page = render(comparison);
                control.check()?;
                file.write(&page)?;
                output.line(format_args!("wrote {}", datasets::shown_path(path)));
            }
        }
        Ok(())
    }
}
