//! Values of two tables beside each other, where they differ marked.

use compare::{Alike, Glance};
use maud::{Markup, html};

use crate::format::shorten;

/// A cell is a glance, not a document.
pub(crate) const MOST_CHARS: usize = 240;

/// A key as one text.
pub(crate) fn key_of(key: &[Glance], alike: &Alike) -> String {
    let fields: Vec<String> = key.iter().map(|field| field.shown(alike)).collect();
    shorten(&fields.join(", "), MOST_CHARS)
}

/// Two cells that differ, as they are shown: what both begin and end with stays plain.
pub(crate) fn marked(left: &Glance, right: &Glance, alike: &Alike) -> [Markup; 2] {
    let texts = [left, right].map(|glance| glance.shown(alike).chars().collect::<Vec<char>>());
    let [left, right] = &texts;
    let same = |pairs: &mut dyn Iterator<Item = (&char, &char)>| pairs.take_while(|(a, b)| a == b).count();
    let before = same(&mut left.iter().zip(right));
    let shorter = left.len().min(right.len()) - before;
    let behind = same(&mut left.iter().rev().zip(right.iter().rev()).take(shorter));
    texts.each_ref().map(|text| {
        let text_of = |from: usize, to: usize| text[from..to].iter().collect::<String>();
        let end = text.len() - behind;
        html! {
            code {
                (text_of(0, before))
                @if end > before { mark { (text_of(before, end)) } }
                (text_of(end, text.len()))
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn both(left: &str, right: &str) -> [String; 2] {
        let glance = |text: &str| Glance {
            kind: datasets::FieldKind::Number,
            text: text.to_owned(),
            cut_from_bytes: None,
        };
        marked(&glance(left), &glance(right), &Alike::default()).map(Markup::into_string)
    }

    #[test]
    fn only_what_differs_is_marked() {
        let check = |left, right, expected: [&str; 2]| assert_eq!(both(left, right), expected);
        check("12.50", "12.75", ["<code>12.<mark>50</mark></code>", "<code>12.<mark>75</mark></code>"]);
        check("aa", "aaa", ["<code>aa</code>", "<code>aa<mark>a</mark></code>"]);
        check("é<", "è<", ["<code><mark>é</mark>&lt;</code>", "<code><mark>è</mark>&lt;</code>"]);
        check("", "1", ["<code></code>", "<code><mark>1</mark></code>"]);
    }
}
