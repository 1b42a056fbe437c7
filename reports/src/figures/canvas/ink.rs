//! Lines, areas and words that belong to neither version, or not to a version alone.

use compare::Role;
use plotters::element::{Circle, PathElement, Polygon, Rectangle};
use plotters::style::text_anchor::HPos;
use plotters::style::{Color, RGBColor};

use super::{BOTTOM, CANDIDATE, Canvas, DIGIT, DIM, Drawn, INK, SCALE, STABLE, TOP, spans::BAD};

/// A character's width in a line of words, on the safe side.
const CHAR: f64 = 7.2;
/// Side of the samples in the line of words.
const SAMPLE: i32 = 10 * SCALE;

/// A color that keeps its meaning everywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::figures) enum Ink {
    Stable,
    Candidate,
    /// That of the text.
    Text,
    /// Paler than the text.
    Dim,
    /// Marks what is wrong.
    Bad,
}

impl From<Role> for Ink {
    fn from(role: Role) -> Self {
        match role {
            Role::Stable => Self::Stable,
            Role::Candidate => Self::Candidate,
        }
    }
}

impl Ink {
    pub(super) fn color(self) -> RGBColor {
        match self {
            Self::Stable => STABLE,
            Self::Candidate => CANDIDATE,
            Self::Text => INK,
            Self::Dim => DIM,
            Self::Bad => BAD,
        }
    }
}

/// How what a line of words names is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::figures) enum Sample {
    /// A filled box.
    Full(Ink),
    /// A pale box.
    Pale(Ink),
    /// A line.
    Line(Ink),
    /// An upright mark.
    Mark(Ink),
}

impl Canvas<'_> {
    /// A line.
    pub(in crate::figures) fn stroke(&self, ink: Ink, points: &[(f64, f64)]) -> Drawn {
        let points: Vec<_> = points.iter().map(|&(x, y)| self.pixel(x, y)).collect();
        self.root.draw(&PathElement::new(points, ink.color().stroke_width(2)))
    }

    /// The pale area between two lines over the same x.
    pub(in crate::figures) fn area(&self, ink: Ink, upper: &[(f64, f64)], lower: &[(f64, f64)]) -> Drawn {
        let around = upper.iter().chain(lower.iter().rev());
        let around: Vec<_> = around.map(|&(x, y)| self.pixel(x, y)).collect();
        self.root.draw(&Polygon::new(around, ink.color().mix(PALE).filled()))
    }

    /// A box, filled or pale with a frame; at least so wide that it is seen.
    pub(in crate::figures) fn block(
        &self,
        ink: Ink,
        is_pale: bool,
        corner: (f64, f64),
        opposite: (f64, f64),
    ) -> Drawn {
        let (one, other) = (self.pixel(corner.0, corner.1), self.pixel(opposite.0, opposite.1));
        let (left, right) = (one.0.min(other.0), one.0.max(other.0).max(one.0.min(other.0) + 2 * SCALE));
        self.filled_block(ink, is_pale, [(left, one.1.min(other.1)), (right, one.1.max(other.1))])
    }

    fn filled_block(&self, ink: Ink, is_pale: bool, area: [(i32, i32); 2]) -> Drawn {
        let color = ink.color();
        if is_pale {
            self.root.draw(&Rectangle::new(area, color.mix(PALE).filled()))?;
            self.root.draw(&Rectangle::new(area, color.stroke_width(1)))
        } else {
            self.root.draw(&Rectangle::new(area, color.filled()))
        }
    }

    /// A dot.
    pub(in crate::figures) fn point(&self, ink: Ink, at: (f64, f64)) -> Drawn {
        self.root.draw(&Circle::new(self.pixel(at.0, at.1), 4 * SCALE, ink.color().filled()))
    }

    /// A dot half as large, for the end of a bar.
    pub(in crate::figures) fn point_small(&self, ink: Ink, at: (f64, f64)) -> Drawn {
        self.root.draw(&Circle::new(self.pixel(at.0, at.1), 2 * SCALE, ink.color().filled()))
    }

    /// A thin upright line in that ink from the bottom up to that height.
    pub(in crate::figures) fn moment(&self, ink: Ink, x: f64, top: f64) -> Drawn {
        let (at, upper) = self.pixel(x, top);
        let line = vec![(at, upper), (at, (self.frame.height - BOTTOM) * SCALE)];
        self.root.draw(&PathElement::new(line, ink.color().stroke_width(1)))
    }

    /// The numbers of upright lines, counted from 1, at one height: what would run together is one label, `4–6`.
    pub(in crate::figures) fn numbers(&self, y: f64, at: &[f64]) -> Drawn {
        let pixels: Vec<_> = at.iter().map(|&x| self.pixel(x, y).0 / SCALE).collect();
        let height = self.pixel(0.0, y).1;
        for (x, text) in together(&pixels, self.frame.width) {
            self.text(&text, (x * SCALE, height), HPos::Center, INK)?;
        }
        Ok(())
    }

    /// Says what is drawn, in words with samples, in one line above the plot; what has no room is left out.
    pub(in crate::figures) fn told(&self, items: &[(Sample, String)]) -> Drawn {
        let (mut x, y) = (4 * SCALE, (TOP + 10) * SCALE);
        for (sample, text) in items {
            let width = (text.chars().count() as f64 * CHAR) as i32 * SCALE;
            if x + SAMPLE + 4 * SCALE + width > self.frame.width * SCALE {
                break;
            }
            let area = [(x, y - SAMPLE / 2), (x + SAMPLE, y + SAMPLE / 2)];
            match *sample {
                Sample::Full(ink) => self.filled_block(ink, false, area)?,
                Sample::Pale(ink) => self.filled_block(ink, true, area)?,
                Sample::Line(ink) => self.drawn(ink, [(x, y), (x + SAMPLE, y)])?,
                Sample::Mark(ink) => {
                    let middle = x + SAMPLE / 2;
                    self.drawn(ink, [(middle, y - SAMPLE / 2), (middle, y + SAMPLE / 2)])?;
                }
            }
            x += SAMPLE + 4 * SCALE;
            self.text(text, (x, y), HPos::Left, DIM)?;
            x += width + 10 * SCALE;
        }
        Ok(())
    }

    fn drawn(&self, ink: Ink, ends: [(i32, i32); 2]) -> Drawn {
        self.root.draw(&PathElement::new(ends.to_vec(), ink.color().stroke_width(2)))
    }
}

/// How much of its color a pale area has.
const PALE: f64 = 0.28;

/// Labels for numbered places from left to right: those that would overlap become one.
fn together(pixels: &[i32], width: i32) -> Vec<(i32, String)> {
    struct Group {
        first: usize,
        last: usize,
        from: i32,
        to: i32,
    }
    impl Group {
        fn text(&self) -> String {
            if self.first == self.last {
                self.first.to_string()
            } else {
                format!("{}–{}", self.first, self.last)
            }
        }
        fn half(&self) -> i32 {
            i32::try_from(self.text().chars().count()).unwrap_or(0) * DIGIT / 2 + 2
        }
        fn middle(&self, width: i32) -> i32 {
            (self.from / 2 + self.to / 2).min(width - self.half()).max(self.half())
        }
    }
    let mut groups: Vec<Group> = Vec::new();
    for (index, &x) in pixels.iter().enumerate() {
        let number = index + 1;
        let mut new = Group { first: number, last: number, from: x, to: x };
        while let Some(before) = groups.pop() {
            if before.middle(width) + before.half() <= new.middle(width) - new.half() {
                groups.push(before);
                break;
            }
            new = Group {
                first: before.first,
                from: before.from.min(new.from),
                to: before.to.max(new.to),
                ..new
            };
        }
        groups.push(new);
    }
    groups.iter().map(|group| (group.middle(width), group.text())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_would_run_together_are_one_label() {
        assert_eq!(together(&[100, 100, 300], 800), [(100, "1–2".to_owned()), (300, "3".to_owned())]);
        assert_eq!(together(&[], 800), []);
        let texts =
            |pixels: &[i32]| together(pixels, 330).into_iter().map(|(_, text)| text).collect::<Vec<_>>();
        assert_eq!(texts(&[10, 20, 30, 200]), ["1–3", "4"]);
    }

    proptest::proptest! {
        #[test]
        fn labels_never_overlap_and_name_each_number_once(mut pixels in proptest::collection::vec(0..800_i32, 0..40)) {
            pixels.sort_unstable();
            let labels = together(&pixels, 800);
            let half = |text: &str| i32::try_from(text.chars().count()).expect("short") * DIGIT / 2;
            for pair in labels.windows(2) {
                proptest::prop_assert!(pair[0].0 + half(&pair[0].1) <= pair[1].0 - half(&pair[1].1));
            }
            let numbers: Vec<usize> = labels.iter().flat_map(|(_, text)| {
                let ends: Vec<usize> = text.split('–').map(|end| end.parse().expect("a number")).collect();
                ends[0]..=ends[ends.len() - 1]
            }).collect();
            proptest::prop_assert_eq!(numbers, (1..=pixels.len()).collect::<Vec<_>>());
        }
    }
}
