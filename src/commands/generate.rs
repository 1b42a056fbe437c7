//! `generate`: a seeded dataset.

use platform::Error;
use replay::Control;

use crate::{cli::GenerateArgs, output::Output};

pub(super) fn generate(args: GenerateArgs, output: &Output, control: &Control) -> Result<u8, Error> {
    let parameters = super::settings(&args.set)?;
    let GenerateArgs { generator, records, seed, name, to, .. } = args;
    let go = || control.check().is_ok();
    let manifest = datasets::generate_frozen((&generator, records, seed), &parameters, name, &to, &go)?;
    super::freeze::print(&[manifest], &to, output);
    Ok(0)
}
