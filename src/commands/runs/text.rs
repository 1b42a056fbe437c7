//! Tables of texts for the terminal.

/// Describes on which side of its column a cell stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Left,
    Right,
}

/// Returns the lines of a table whose columns stand below each other, without spaces at their ends. Cells come from
/// files; nothing in them reaches a terminal as anything but text.
pub(super) fn aligned(table: &[Vec<String>], sides: &[Side]) -> Vec<String> {
    let shown = |row: &Vec<String>| row.iter().map(|cell| datasets::shown(cell).to_string()).collect();
    let table: Vec<Vec<String>> = table.iter().map(shown).collect();
    let width = |at: usize| table.iter().filter_map(|row| row.get(at)).map(|cell| cell.chars().count()).max();
    let widths: Vec<usize> = (0..sides.len()).map(|at| width(at).unwrap_or(0)).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).zip(sides).map(|((cell, width), side)| match side {
            Side::Left => format!("{cell:width$}"),
            Side::Right => format!("{cell:>width$}"),
        });
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    table.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_below_each_other() {
        let row = |cells: [&str; 3]| cells.map(str::to_owned).to_vec();
        let table = [row(["a", "rows", ""]), row(["bcd", "1", "é"])];
        let lines = aligned(&table, &[Side::Left, Side::Right, Side::Left]);
        assert_eq!(lines, ["a    rows", "bcd     1  é"]);
    }
}
