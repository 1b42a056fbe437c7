//! "Did you mean ...?": the known names that are closest to an unknown one.

/// Says how alike two names must be to be worth a hint: 1 is equal, 0 has nothing in common.
const ALIKE: f64 = 0.7;

/// The known name that is most like `word`, when any is alike enough to be what was meant.
///
/// ```
/// assert_eq!(datasets::nearest("capasity", ["capacity", "size"]), Some("capacity"));
/// assert_eq!(datasets::nearest("zebra", ["capacity", "size"]), None);
/// ```
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    nearest_names(word, known).first().copied()
}

/// Up to three known names that are like `word`, the likest first and equals in the order given.
pub fn nearest_names<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let word = word.to_lowercase();
    let mut alike: Vec<(f64, &str)> = known
        .into_iter()
        .map(|name| (likeness(&word, &name.to_lowercase()), name))
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .collect();
    alike.sort_by(|a, b| b.0.total_cmp(&a.0));
    alike.into_iter().take(3).map(|(_, name)| name).collect()
}

/// Jaro-Winkler, which favours a common beginning; it is harsh on short words, so one slip is always forgiven.
fn likeness(word: &str, name: &str) -> f64 {
    let likeness = strsim::jaro_winkler(word, name);
    if !word.is_empty() && strsim::osa_distance(word, name) == 1 { likeness.max(ALIKE) } else { likeness }
}

/// The hint `` did you mean `x`? ``, when there is something to mean.
pub(crate) fn did_you_mean<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    either(nearest_names(word, known))
}

/// The hint `` did you mean `x`, `y` or `z`? `` of these names, when there are any.
pub(crate) fn either<'a>(names: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let names: Vec<String> = names.into_iter().map(|name| format!("`{}`", crate::shown(name))).collect();
    let (last, rest) = names.split_last()?;
    let choice = if rest.is_empty() { last.clone() } else { format!("{} or {last}", rest.join(", ")) };
    Some(format!("did you mean {choice}?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_likest_come_first_and_three_at_most() {
        let known = ["first-fit", "best-fit", "worst-fit", "next-fit", "harmonic"];
        assert_eq!(nearest("frist-fit", known), Some("first-fit"));
        assert_eq!(nearest("BEST-FIT", known), Some("best-fit"));
        assert!(nearest_names("fist-fit", known).len() <= 3);
        assert_eq!(nearest("mni", ["max", "min"]), Some("min"));
        assert_eq!(nearest("", known), None);
        assert_eq!(nearest("", ["a"]), None);
        assert_eq!(nearest("x", []), None);
    }

    #[test]
    fn the_hint_reads_as_a_sentence() {
        assert_eq!(did_you_mean("u120_0O", ["u120_00"]).as_deref(), Some("did you mean `u120_00`?"));
        assert_eq!(
            did_you_mean("u120_0", ["u120_00", "u120_01"]).as_deref(),
            Some("did you mean `u120_00` or `u120_01`?")
        );
    }
}
