//! First fit as a process: see docs/processes.md.

use std::io::{BufRead, Write};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let capacity: u64 = std::env::var("COUNTERPOINT_PARAMETER_CAPACITY")?.parse()?;
    let mut rooms: Vec<u64> = Vec::new();
    let mut out = std::io::stdout().lock();
    for (number, line) in std::io::stdin().lock().lines().enumerate() {
        let line = line?;
        if number == 0 {
            writeln!(out, "{line}")?; // the header, sent back: ready
            continue;
        }
        let size: u64 = line.parse()?;
        let bin = rooms.iter().position(|&room| room >= size).unwrap_or(rooms.len());
        if bin == rooms.len() {
            rooms.push(capacity);
        }
        rooms[bin] -= size;
        writeln!(out, "{bin}")?;
    }
    Ok(())
}
