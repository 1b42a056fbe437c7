//! The page's style, its script, and the content policy that admits these two and nothing else.

/// The style block, to the byte.
pub(crate) const STYLE: &str = include_str!("style.css");

/// The script, to the byte: what a reader's hand does to tables and pictures. Nothing on the page needs it.
pub(crate) const SCRIPT: &str = include_str!("page.js");

/// The SHA-256 of [`STYLE`] in base 64. A browser ignores the style if it does not match; a test keeps it true.
const STYLE_SHA256: &str = "Oj4xodQ8VHF48JEw9t54yP9dR+DuPOW7VjC6ydN5/co=";

/// The SHA-256 of [`SCRIPT`] in base 64, which a test keeps true as well.
const SCRIPT_SHA256: &str = "CmjI0eOzu7wzT1BTOAbDHQAtXgSyMRDNnxnXrZHA87U=";

/// The content policy: this style and this script, pictures within the page, nothing else, and no connection to anywhere.
pub(crate) fn content_policy() -> String {
    format!(
        "default-src 'none'; style-src 'sha256-{STYLE_SHA256}'; script-src 'sha256-{SCRIPT_SHA256}'; img-src data:; \
         base-uri 'none'; form-action 'none'"
    )
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;

    use super::*;

    fn hash(text: &str) -> String {
        base64::engine::general_purpose::STANDARD.encode(hmac_sha256::Hash::hash(text.as_bytes()))
    }

    #[test]
    fn the_policy_admits_style_and_script() {
        assert_eq!(STYLE_SHA256, hash(STYLE), "style.css has changed: write its new hash into STYLE_SHA256");
        assert_eq!(SCRIPT_SHA256, hash(SCRIPT), "page.js has changed: write its new hash into SCRIPT_SHA256");
    }

    #[test]
    fn the_script_fetches_nothing_and_makes_no_markup_of_text() {
        let forbidden = [
            "innerHTML",
            "outerHTML",
            "insertAdjacentHTML",
            "document.write",
            "DOMParser",
            "createContextualFragment",
            "eval",
            "Function",
            "import",
            "fetch",
            "XMLHttp",
            "WebSocket",
            "EventSource",
            "sendBeacon",
            "Worker",
            "Image",
            "http",
            "cookie",
            "localStorage",
            "location",
            ".src",
            ".href",
            ".action",
            "</",
            "<!--",
            "\r",
        ];
        for word in forbidden {
            assert!(!SCRIPT.contains(word), "{word:?} in page.js");
        }
    }

    #[test]
    fn the_style_loads_nothing() {
        for word in ["url(", "@import", "http", "</", "\r"] {
            assert!(!STYLE.contains(word), "{word:?} in style.css");
        }
    }

    /// Relative luminance, WCAG 2.2.
    fn luminance(hex: &str) -> f64 {
        let long = if hex.len() == 3 { hex.chars().flat_map(|c| [c, c]).collect() } else { hex.to_owned() };
        let channel =
            |at: usize| f64::from(u8::from_str_radix(&long[at..at + 2], 16).expect("a hex digit")) / 255.0;
        let linear = |c: f64| if c <= 0.040_45 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) };
        0.2126 * linear(channel(0)) + 0.7152 * linear(channel(2)) + 0.0722 * linear(channel(4))
    }

    fn contrast(one: f64, other: f64) -> f64 {
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    #[test]
    fn text_can_be_read_in_each_theme() {
        for theme in STYLE.split(":root{").skip(1) {
            let theme = theme.split('}').next().expect("a theme ends");
            let color = |name: &str| {
                let value = theme.split(&format!("--{name}:#")).nth(1).expect("each theme has each color");
                luminance(value.split(';').next().expect("a value ends"))
            };
            for name in ["fg", "dim", "stable", "candidate", "good", "bad", "warn"] {
                for ground in ["bg", "card"] {
                    let contrast = contrast(color(name), color(ground));
                    assert!(contrast >= 4.5, "{name} on {ground}: {contrast:.2} in {theme}");
                }
            }
        }
    }
}
