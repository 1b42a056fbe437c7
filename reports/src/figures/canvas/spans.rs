//! Ranges on a canvas: bars in parts that are told apart by fill and pattern, marks on them, and their key.

use compare::Role;
use plotters::element::{PathElement, Rectangle, Text};
use plotters::style::text_anchor::HPos;
use plotters::style::{Color, FontStyle, RGBColor};

use super::{Canvas, DIM, Drawn, INK, SCALE, color, style};
use crate::format::{one_line, shorten};

// The style sheet replaces these, too.
const PAPER: RGBColor = RGBColor(0xFE, 0xFD, 0xFC);
pub(super) const BAD: RGBColor = RGBColor(0xB3, 0x26, 0x1D);

/// A part is seen however few records it holds.
const LEAST_WIDTH: i32 = 4 * SCALE;
/// Between the lines of a pattern.
const STEP: i32 = 5 * SCALE;
/// As many lines of a pattern in one part.
const MOST_LINES: i32 = 60;
/// A character's width, on the safe side.
const CHAR: f64 = 6.6;
/// Side and distance of the key's samples.
const SAMPLE: i32 = 12 * SCALE;

/// Describes how a part is filled: no two rely on color alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::figures) enum Fill {
    /// In the role's color.
    Solid,
    /// Pale, with lines that rise.
    Hatched,
    /// Dark, with lines that fall.
    Dark,
    /// A frame around nothing.
    Frame,
}

/// A box in the picture's units, from its left upper corner to its right lower one.
type Area = [(i32, i32); 2];

impl Canvas<'_> {
    /// A part of a bar from one corner to the opposite.
    pub(in crate::figures) fn part(
        &self,
        role: Role,
        fill: Fill,
        corner: (f64, f64),
        opposite: (f64, f64),
    ) -> Drawn {
        let (one, other) = (self.pixel(corner.0, corner.1), self.pixel(opposite.0, opposite.1));
        let (left, top) = (one.0.min(other.0), one.1.min(other.1));
        let (right, bottom) = (one.0.max(other.0), one.1.max(other.1));
        self.filled(role, fill, [(left, top), (right.max(left + LEAST_WIDTH), bottom)])
    }

    fn filled(&self, role: Role, fill: Fill, area: Area) -> Drawn {
        let inside = |color: RGBColor| Rectangle::new(area, color.filled());
        match fill {
            Fill::Solid => self.root.draw(&inside(color(role))),
            Fill::Hatched => {
                self.root.draw(&inside(PAPER))?;
                self.root.draw(&Rectangle::new(area, color(role).mix(0.3).filled()))?;
                self.root.draw(&PathElement::new(slants(area, false), DIM.stroke_width(1)))
            }
            Fill::Dark => {
                self.root.draw(&inside(INK))?;
                self.root.draw(&PathElement::new(slants(area, true), PAPER.stroke_width(1)))
            }
            Fill::Frame => {
                self.root.draw(&inside(PAPER))?;
                self.root.draw(&Rectangle::new(area, BAD.stroke_width(2)))
            }
        }
    }

    /// An upright mark through a bar.
    pub(in crate::figures) fn strike(&self, x: f64, top: f64, bottom: f64) -> Drawn {
        let (from, to) = (self.pixel(x, top), self.pixel(x, bottom));
        self.root.draw(&PathElement::new(vec![from, to], INK.stroke_width(2)))
    }

    /// Words about a place, moved aside where they would leave the picture, and cut where they are longer than it.
    pub(in crate::figures) fn words(&self, at: (f64, f64), text: &str) -> Drawn {
        let (left, right) = (self.sides().0, (self.frame.width - 4) * SCALE);
        let room = f64::from((right - left) / SCALE) / CHAR;
        let text = shorten(&one_line(text), room as usize);
        let half = (text.chars().count() as f64 * CHAR / 2.0) as i32 * SCALE;
        let (x, y) = self.pixel(at.0, at.1);
        let x = x.min(right - half).max(left + half);
        self.root.draw(&Text::new(text, (x, y), style(HPos::Center, FontStyle::Normal, INK)))
    }

    /// Returns what the fills mean, in one line from the left.
    pub(in crate::figures) fn key(&self, role: Role, y: f64, items: &[(Fill, &str)]) -> Drawn {
        let (mut x, y) = (4 * SCALE, self.pixel(0.0, y).1);
        for (fill, text) in items {
            self.filled(role, *fill, [(x, y - SAMPLE / 2), (x + SAMPLE, y + SAMPLE / 2)])?;
            x += SAMPLE + 4 * SCALE;
            self.text(text, (x, y), HPos::Left, DIM)?;
            x += (text.chars().count() as f64 * CHAR) as i32 * SCALE + 8 * SCALE;
        }
        Ok(())
    }
}

/// Slanting lines over a box as one stroke, which turns on the box's edges; they rise to the right, or fall.
fn slants([(left, top), (right, bottom)]: Area, falls: bool) -> Vec<(i32, i32)> {
    let (width, height) = (right - left, bottom - top);
    let step = STEP.max((width + height) / MOST_LINES);
    let mut line = Vec::new();
    for (index, at) in (step..width + height).step_by(step as usize).enumerate() {
        let low = if at <= height { (0, at) } else { (at - height, height) };
        let high = if at <= width { (at, 0) } else { (width, at - width) };
        line.extend(if index % 2 == 0 { [low, high] } else { [high, low] });
    }
    let placed = |(x, y): (i32, i32)| (left + x, if falls { bottom - y } else { top + y });
    line.into_iter().map(placed).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slants_stay_in_their_box_and_never_are_many() {
        for (width, height) in [(40, 120), (120, 120), (7_000, 120), (40, 4)] {
            for falls in [false, true] {
                let line = slants([(500, 300), (500 + width, 300 + height)], falls);
                let inside = |&(x, y): &(i32, i32)| {
                    (500..=500 + width).contains(&x) && (300..=300 + height).contains(&y)
                };
                assert!(line.iter().all(inside), "{width} {height}: {line:?}");
                assert!(line.len() <= 2 * MOST_LINES as usize + 2, "{width} {height}");
            }
        }
    }

    #[test]
    fn rising_and_falling_lines_mirror_each_other() {
        let (rising, falling) = (slants([(0, 0), (100, 100)], false), slants([(0, 0), (100, 100)], true));
        assert_eq!(&rising[..2], [(0, 50), (50, 0)], "from the left edge up to the upper one");
        assert_eq!(&falling[..2], [(0, 50), (50, 100)]);
    }
}
