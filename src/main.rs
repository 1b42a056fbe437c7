//! Counterpoint with the problems and versions that it ships.

fn main() -> std::process::ExitCode {
    counterpoint::run(counterpoint::Catalog::shipped())
}
