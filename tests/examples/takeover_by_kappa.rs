//! `examples/takeover-by-kappa`: a program in another language reprocesses the log and takes over.

use crate::page::Example;

#[test]
fn a_program_in_another_language_takes_over() {
    let Some(example) = Example::new("takeover-by-kappa", &["python3", "node"]) else { return };
    let name = "examples/takeover-by-kappa";
    let freeze = format!("{name}/items.csv --problem bin-packing --set capacity=150 --to {name}/data/items");
    assert_eq!(example.run(&format!("target/release/counterpoint freeze {freeze}")).code, 0);
    let code = example.run(&example.gate()).code;
    let results = example.results("bin-packing");
    let kappa = &results["architectures"]["kappa"];
    assert_eq!(kappa["end"], "took-over", "{kappa}");
    assert!(kappa["switched_at"].as_u64() > Some(80), "{kappa}");
    assert_eq!(
        (&results["stable"]["cost"]["value"], &results["candidate"]["cost"]["value"]),
        (&170.into(), &169.into())
    );
    // A busy machine feeds late, and then the times are invalid, which nothing here is about.
    assert!(code == 0 || code == 6, "{code}");
}
