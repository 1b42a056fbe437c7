//! Writes XML: elements with attributes, one to a line.

/// A document under way.
pub(super) struct Xml {
    text: String,
    depth: usize,
}

impl Xml {
    pub(super) fn new() -> Self {
        Self { text: "<?xml version=\"1.0\" encoding=\"UTF-8\"?>".to_owned(), depth: 0 }
    }

    /// Begins an element that holds others.
    pub(super) fn open(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.begin(name, attributes);
        self.text.push('>');
        self.depth += 1;
    }

    /// Ends the element that was begun last.
    pub(super) fn close(&mut self, name: &str) {
        self.depth -= 1;
        self.line();
        self.text.extend(["</", name, ">"]);
    }

    /// Writes an element that holds nothing.
    pub(super) fn empty(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.begin(name, attributes);
        self.text.push_str("/>");
    }

    /// Writes an element that holds text alone.
    pub(super) fn text(&mut self, name: &str, attributes: &[(&str, &str)], text: &str) {
        self.begin(name, attributes);
        self.text.push('>');
        self.escaped(text);
        self.text.extend(["</", name, ">"]);
    }

    /// The whole, when every element has ended.
    pub(super) fn end(mut self) -> String {
        self.text.push('\n');
        self.text
    }

    fn begin(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.line();
        self.text.extend(["<", name]);
        for (name, value) in attributes {
            self.text.extend([" ", name, "=\""]);
            self.escaped(value);
            self.text.push('"');
        }
    }

    fn line(&mut self) {
        self.text.push('\n');
        self.text.extend(std::iter::repeat_n("    ", self.depth));
    }

    /// Characters that XML has no place for must have been replaced before.
    fn escaped(&mut self, text: &str) {
        for c in text.chars() {
            match c {
                '<' => self.text.push_str("&lt;"),
                '>' => self.text.push_str("&gt;"),
                '&' => self.text.push_str("&amp;"),
                '\'' => self.text.push_str("&apos;"),
                '"' => self.text.push_str("&quot;"),
                c => self.text.push(c),
            }
        }
    }
}
