//! Compares two files of rows: `cargo run --release -p compare --example compare_files -- LEFT RIGHT KEY,KEY`.

use std::{path::Path, time::Instant};

use compare::{ComparingRows, Rule, Rules, compare_rows};
use datasets::{RowsForm, open_rows};

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [left, right, key] = &args[..] else {
        eprintln!("usage: compare_files LEFT RIGHT KEY[,KEY...]");
        std::process::exit(2);
    };
    let start = Instant::now();
    let open = |path: &String| open_rows(Path::new(path), &RowsForm::default(), &|| true).expect("a table");
    let how = ComparingRows {
        key: key.split(',').map(str::to_owned).collect(),
        rules: Rules::all(Rule::Number),
        listed: 20,
        chars: 200,
        ..ComparingRows::default()
    };
    let found = compare_rows(&mut *open(left), &mut *open(right), &how, &|| true).expect("keys");
    println!("{:?} in {:.2} s", found.rows, start.elapsed().as_secs_f64());
}
