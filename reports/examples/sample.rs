//! Writes a sample page: `cargo run -p reports --example sample -- pass report.html`.

#[path = "../tests/fixture/mod.rs"]
mod fixture;

use std::process::ExitCode;

fn main() -> ExitCode {
    let mut words = std::env::args().skip(1);
    let (Some(name), Some(path)) = (words.next(), words.next()) else {
        eprintln!("usage: sample NAME PATH, where NAME is one of {}", fixture::SAMPLES.join(" "));
        return ExitCode::from(2);
    };
    let Some(fixture) = fixture::sample(&name) else {
        eprintln!("error: no sample is called {name}");
        return ExitCode::from(2);
    };
    match std::fs::write(&path, reports::html(&fixture.run())) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {path}: {error}");
            ExitCode::FAILURE
        }
    }
}
