//! A thin layer over plotters: axes, two roles and end labels, in colours that the page's style replaces.

mod ink;
mod spans;
mod style;
mod tips;

use std::io;

use compare::Role;
use maud::{Markup, PreEscaped, html};
use plotters::chart::ChartBuilder;
use plotters::coord::Shift;
use plotters::coord::types::RangedCoordf64;
use plotters::element::{Circle, PathElement, Polygon, Rectangle, Text};
use plotters::prelude::{
    Cartesian2d, Color, DrawingArea, DrawingAreaErrorKind, IntoDrawingArea, RGBColor, SVGBackend,
};
use plotters::style::FontStyle;
use plotters::style::text_anchor::HPos;

pub(super) use self::ink::{Ink, Sample};
pub(super) use self::spans::Fill;
use self::style::{color, style};
pub(super) use self::tips::{Fine, Tip, Tips};
use super::labels::{Page, Spot, place};
use crate::format::shorten;

/// plotters rounds to whole units, so a unit is a tenth of a pixel.
const SCALE: i32 = 10;
const TOP: i32 = 12;
const BOTTOM: i32 = 26;
/// As many characters as fit right of [`Room::LINES`].
const LABEL_CHARS: usize = 16;
const LINE_HEIGHT: i32 = 15;
/// A digit's width in pixels, on the safe side.
const DIGIT: i32 = 8;

// The style sheet replaces these by the page's own colours: an attribute loses against a rule.
const STABLE: RGBColor = RGBColor(0xC9, 0xA4, 0x01);
const CANDIDATE: RGBColor = RGBColor(0x1F, 0x7A, 0xE1);
const GRID: RGBColor = RGBColor(0xD1, 0xD2, 0xD3);
const DIM: RGBColor = RGBColor(0x66, 0x70, 0x81);
const INK: RGBColor = RGBColor(0x10, 0x11, 0x12);

/// Points in the units of the axes.
pub(super) type Line = Vec<(f64, f64)>;
/// Room at the sides, in pixels.
#[derive(Debug, Clone, Copy)]
pub(super) struct Room {
    left: i32,
    right: i32,
}

impl Room {
    /// Left for the labels of the y axis, right for those at the lines' ends.
    pub(super) const LINES: Self = Self { left: 52, right: 132 };
    /// Holds the same, with words in the place of numbers on the left.
    pub(super) const BARS: Self = Self { left: 92, right: 132 };
    /// Labels stand inside, beside what they name.
    pub(super) const POINTS: Self = Self { left: 52, right: 20 };
    /// One above the other over the same time, with words or numbers on the left.
    pub(super) const TIME: Self = Self { left: 76, right: 16 };
    /// Left for the numbers of rows, which go over the whole width.
    pub(super) const SPANS: Self = Self { left: 34, right: 24 };
}

type Plane = Cartesian2d<RangedCoordf64, RangedCoordf64>;
pub(super) type Drawn = Result<(), DrawingAreaErrorKind<io::Error>>;

/// The size of a picture, and how many labels its axes have room for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame {
    /// The class of the picture: the style shows one of the two.
    pub name: &'static str,
    pub width: i32,
    pub height: i32,
    pub x_ticks: usize,
}

/// For a desk and for paper.
const WIDE: Frame = Frame { name: "wide", width: 800, height: 280, x_ticks: 6 };
/// For a telephone, 360 pixels wide.
const NARROW: Frame = Frame { name: "narrow", width: 330, height: 240, x_ticks: 4 };

/// Describes what a picture shows, in the units of its axes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Extent {
    pub x: (f64, f64),
    pub y: (f64, f64),
}

/// So far numbers can be told apart and their differences still be computed.
const FURTHEST: f64 = 1e300;
/// So far outside of a picture, in its heights and widths, something may lie; the rest is cut off there.
const OUTSIDE: f64 = 2.0;

impl Extent {
    /// Returns the same, or where there is nothing between its ends, the nearest one that can be drawn: numbers of a
    /// file may be anything.
    fn drawable(self) -> Self {
        let ends = |(low, high): (f64, f64)| {
            let finite = |end: f64| if end.is_finite() { end.clamp(-FURTHEST, FURTHEST) } else { 0.0 };
            let (low, high) = (finite(low), finite(high));
            let least = (low.abs() * 1e-9).max(f64::MIN_POSITIVE * 1e9);
            (low, if high - low >= least { high } else { low + low.abs().max(1.0) })
        };
        Self { x: ends(self.x), y: ends(self.y) }
    }

    /// The point, or one in its direction that isn't too far outside for a picture's coordinates.
    fn near(&self, (x, y): (f64, f64)) -> (f64, f64) {
        let near = |at: f64, (low, high): (f64, f64)| {
            let room = (high - low) * OUTSIDE;
            if at.is_nan() { low } else { at.clamp(low - room, high + room) }
        };
        (near(x, self.x), near(y, self.y))
    }
}

/// A picture and what it says to someone who does not see it.
pub(super) struct Picture<'a> {
    /// The picture's name in the page: `curve`.
    pub id: &'a str,
    /// Names it: what is drawn over what.
    pub title: &'a str,
    /// A sentence made of its data.
    pub says: &'a str,
    pub extent: Extent,
    /// The height in per cent of the usual one.
    pub height: i32,
    pub room: Room,
}

impl Picture<'_> {
    /// The picture twice, for wide and for narrow pages.
    pub(super) fn draw(&self, paint: impl Fn(&Canvas<'_>) -> Drawn) -> Markup {
        self.draw_with(None, paint)
    }

    /// The picture twice, with what a reader is told of the point under the pointer.
    pub(super) fn draw_told(&self, tips: &Tips, paint: impl Fn(&Canvas<'_>) -> Drawn) -> Markup {
        self.draw_with(Some(tips), paint)
    }

    fn draw_with(&self, tips: Option<&Tips>, paint: impl Fn(&Canvas<'_>) -> Drawn) -> Markup {
        // The places are shares of the plot, so the wide picture's are the narrow one's, too.
        html! {
            @for (frame, own) in [(WIDE, tips), (NARROW, None)] {
                @let frame = Frame { height: frame.height * self.height / 100, ..frame };
                (self.draw_in(frame, tips.map(|_| tips::edges(self, frame)), own, &paint))
            }
        }
    }

    fn draw_in(
        &self,
        frame: Frame,
        plot: Option<String>,
        tips: Option<&Tips>,
        paint: impl Fn(&Canvas<'_>) -> Drawn,
    ) -> Markup {
        let size = (frame.width * SCALE, frame.height * SCALE);
        let mut svg = String::new();
        {
            let root = SVGBackend::with_string(&mut svg, (size.0 as u32, size.1 as u32)).into_drawing_area();
            Canvas::new(root, frame, self.room, self.extent)
                .and_then(|canvas| paint(&canvas))
                .expect("writing a picture into a string cannot fail");
        }
        // Both pictures are called by the words in the first, whichever of them is shown.
        let (name, says) = (format!("{}-name", self.id), format!("{}-says", self.id));
        html! {
            svg class=(frame.name) role="img" aria-labelledby=(name) aria-describedby=(says)
                viewBox=(format!("0 0 {} {}", size.0, size.1))
                data-plot=[plot] data-tips=[tips.map(|tips| tips.written(self.extent))] {
                @if frame.name == WIDE.name {
                    title id=(name) { (self.title) }
                    desc id=(says) { (self.says) }
                }
                (PreEscaped(inner(&svg)))
            }
        }
    }
}

/// Returns what stands between the tags `<svg …>` and `</svg>`, without what the style sheet says once for all.
fn inner(svg: &str) -> String {
    let start = svg.find('>').map_or(0, |at| at + 1);
    let end = svg.rfind("</svg>").unwrap_or(svg.len());
    // Quotes are escaped in text, so these match attributes only.
    let mut inner = svg[start..end].replace(" opacity=\"1\"", "").replace(" font-family=\"sans-serif\"", "");
    // What a picture means without being told.
    inner = inner.replace(" stroke-width=\"1\"", "").replace(" text-anchor=\"start\"", "");
    inner = inner
        .replace("<polyline fill=\"none\"", "<polyline")
        .replace(" stroke=\"none\"", "")
        .replace(" \"/>", "\"/>")
        .replace("\n</text>", "</text>");
    // The division by 1.24 and back leaves a trace.
    for size in [FONT_SIZE.to_string(), (f64::from(FONT_SIZE) * 1.24 / 1.24).to_string()] {
        inner = inner.replace(&format!(" font-size=\"{size}\""), "");
    }
    inner.replace(">\n", ">")
}

/// The size that the style sheet gives to text.
const FONT_SIZE: i32 = 12 * SCALE;

/// A picture in the making.
pub(super) struct Canvas<'a> {
    root: DrawingArea<SVGBackend<'a>, Shift>,
    area: DrawingArea<SVGBackend<'a>, Plane>,
    frame: Frame,
    room: Room,
    extent: Extent,
}

impl<'a> Canvas<'a> {
    fn new(
        root: DrawingArea<SVGBackend<'a>, Shift>,
        frame: Frame,
        room: Room,
        extent: Extent,
    ) -> Result<Self, DrawingAreaErrorKind<io::Error>> {
        let extent = extent.drawable();
        let chart = ChartBuilder::on(&root)
            .margin_left(room.left * SCALE)
            .margin_right(room.right * SCALE)
            .margin_top(TOP * SCALE)
            .margin_bottom(BOTTOM * SCALE)
            .build_cartesian_2d(extent.x.0..extent.x.1, extent.y.0..extent.y.1)?;
        let area = chart.plotting_area().clone();
        Ok(Self { root, area, frame, room, extent })
    }

    /// Returns how many labels the x axis has room for.
    pub(super) fn x_ticks(&self) -> usize {
        self.frame.x_ticks
    }

    /// A level line with its label on the left.
    pub(super) fn level(&self, y: f64, text: &str) -> Drawn {
        let (from, to) = self.sides();
        let at = self.pixel(0.0, y).1;
        self.root.draw(&PathElement::new(vec![(from, at), (to, at)], GRID.stroke_width(1)))?;
        self.text(text, (from - 8 * SCALE, at), HPos::Right, DIM)
    }

    /// A word on the left, at that height.
    pub(super) fn beside(&self, y: f64, text: &str) -> Drawn {
        let at = (self.sides().0 - 8 * SCALE, self.pixel(0.0, y).1);
        self.text(text, at, HPos::Right, DIM)
    }

    /// An upright line over the whole height.
    pub(super) fn upright(&self, x: f64) -> Drawn {
        let (low, high) = (self.pixel(x, 0.0).0, self.frame.height * SCALE);
        let line = vec![(low, TOP * SCALE), (low, high - BOTTOM * SCALE)];
        self.root.draw(&PathElement::new(line, GRID.stroke_width(1)))
    }

    /// An upright line from the bottom up to that height.
    pub(super) fn upright_below(&self, x: f64, top: f64) -> Drawn {
        let (at, upper) = self.pixel(x, top);
        let line = vec![(at, upper), (at, (self.frame.height - BOTTOM) * SCALE)];
        self.root.draw(&PathElement::new(line, GRID.stroke_width(1)))
    }

    /// A label below the x axis, moved to the left where the picture's edge would cut it.
    pub(super) fn below(&self, x: f64, text: &str) -> Drawn {
        let at = self.pixel(x, 0.0).0.min(self.frame.width * SCALE - half_width(text));
        self.text(text, (at, self.below_axis()), HPos::Center, DIM)
    }

    /// Labels below the x axis from left to right, without those that would run into the one before.
    pub(super) fn below_all(&self, labels: &[(f64, String)]) -> Drawn {
        let mut taken = i32::MIN;
        for (x, text) in labels {
            let half = half_width(text);
            let at = self.pixel(*x, 0.0).0;
            if at - half > taken {
                self.below(*x, text)?;
                taken = at + half + DIGIT * SCALE / 2;
            }
        }
        Ok(())
    }

    /// Returns what the x axis counts, beside its last label.
    pub(super) fn x_name(&self, text: &str) -> Drawn {
        self.text(text, (self.frame.width * SCALE, self.below_axis()), HPos::Right, DIM)
    }

    /// Returns what the axes count, above the picture: the y axis on the left, the x axis on the right.
    pub(super) fn names_of_axes(&self, y: &str, x: &str) -> Drawn {
        let height = TOP * SCALE / 2 + 2 * SCALE;
        self.text(y, (4 * SCALE, height), HPos::Left, DIM)?;
        self.text(x, (self.frame.width * SCALE, height), HPos::Right, DIM)
    }

    /// A line, dashed by the style sheet if it is stable's.
    pub(super) fn line(&self, role: Role, points: &[(f64, f64)]) -> Drawn {
        let points: Vec<_> = points.iter().map(|&point| self.extent.near(point)).collect();
        self.area.draw(&PathElement::new(points, color(role).stroke_width(2)))
    }

    /// A dot.
    pub(super) fn dot(&self, role: Role, at: (f64, f64)) -> Drawn {
        self.root.draw(&Circle::new(self.pixel(at.0, at.1), 4 * SCALE, color(role).filled()))
    }

    /// A number right of a bar's end.
    pub(super) fn after(&self, role: Role, at: (f64, f64), text: &str) -> Drawn {
        let (x, y) = self.pixel(at.0, at.1);
        self.text(text, (x + 6 * SCALE, y), HPos::Left, color(role))
    }

    /// The names of points beside them, where there is room; a name that finds none is left out.
    ///
    /// A point is at least as far from a name as from its dot's edge.
    /// It stands off the lines where it can.
    pub(super) fn names(&self, points: &[Named<'_>], lines: &[&[(f64, f64)]]) -> Drawn {
        let small = |&(x, y): &(f64, f64)| {
            let (x, y) = self.pixel(x, y);
            (x / SCALE, y / SCALE)
        };
        let lines: Vec<Vec<_>> = lines.iter().map(|line| line.iter().map(small).collect()).collect();
        let spots = points.iter().map(|point| {
            let (x, y) = small(&point.at);
            Spot { x, y, chars: i32::try_from(shorten(point.name, LABEL_CHARS).chars().count()).unwrap_or(0) }
        });
        let spots: Vec<Spot> = spots.collect();
        let bottom = self.frame.height - BOTTOM;
        for (point, at) in points.iter().zip(place(
            &spots,
            &lines,
            Page { left: self.room.left + 4, width: self.frame.width, bottom },
        )) {
            if let Some((x, y)) = at {
                let weight = if point.is_bold { FontStyle::Bold } else { FontStyle::Normal };
                let style = style(HPos::Center, weight, point.ink.color());
                let text = shorten(point.name, LABEL_CHARS);
                self.root.draw(&Text::new(text, (x * SCALE, y * SCALE), style))?;
            }
        }
        Ok(())
    }

    /// The area between two lines over the same x.
    pub(super) fn band(&self, role: Role, upper: &[(f64, f64)], lower: &[(f64, f64)]) -> Drawn {
        let around: Vec<_> =
            upper.iter().chain(lower.iter().rev()).map(|&point| self.extent.near(point)).collect();
        self.area.draw(&Polygon::new(around, color(role).mix(0.16)))
    }

    /// A filled box.
    pub(super) fn bar(&self, role: Role, corner: (f64, f64), opposite: (f64, f64)) -> Drawn {
        let corners = [corner, opposite].map(|corner| self.extent.near(corner));
        self.area.draw(&Rectangle::new(corners, color(role).filled()))
    }

    /// A mark that belongs to neither role.
    pub(super) fn mark(&self, from: (f64, f64), to: (f64, f64)) -> Drawn {
        let ends = [from, to].map(|end| self.extent.near(end));
        self.area.draw(&PathElement::new(ends.to_vec(), INK.stroke_width(2)))
    }

    /// The name of each line and its last value, right of its end; moved apart where they would overlap, and
    /// kept off the labels of the x axis.
    pub(super) fn ends(&self, mut ends: [End<'_>; 2]) -> Drawn {
        let mut at = ends.each_ref().map(|end| self.pixel(0.0, end.y).1);
        if at[0] > at[1] {
            at.swap(0, 1);
            ends.swap(0, 1);
        }
        let height = 2 * LINE_HEIGHT * SCALE;
        let lowest = (self.frame.height - BOTTOM) * SCALE - height / 2;
        let lack = (height * 5 / 4 - (at[1] - at[0])).max(0);
        at[1] = (at[1] + lack - lack / 2).min(lowest);
        at[0] = (at[0] - lack / 2).min(at[1] - height * 5 / 4).max(height / 2);
        at[1] = at[1].max(at[0] + height * 5 / 4);
        self.end(&ends[0], at[0])?;
        self.end(&ends[1], at[1])
    }

    fn end(&self, end: &End<'_>, at: i32) -> Drawn {
        let half = LINE_HEIGHT * SCALE / 2;
        let x = self.sides().1 + 8 * SCALE;
        let name = style(HPos::Left, FontStyle::Bold, color(end.role));
        self.root.draw(&Text::new(shorten(end.name, LABEL_CHARS), (x, at - half), name))?;
        self.text(&end.value, (x, at + half), HPos::Left, color(end.role))
    }

    fn text(&self, text: &str, at: (i32, i32), side: HPos, color: RGBColor) -> Drawn {
        self.root.draw(&Text::new(text.to_owned(), at, style(side, FontStyle::Normal, color)))
    }

    fn pixel(&self, x: f64, y: f64) -> (i32, i32) {
        self.area.map_coordinate(&self.extent.near((x, y)))
    }

    fn sides(&self) -> (i32, i32) {
        (self.room.left * SCALE, (self.frame.width - self.room.right) * SCALE)
    }

    fn below_axis(&self) -> i32 {
        (self.frame.height - BOTTOM / 2) * SCALE
    }
}

/// Returns half of a text's width, on the safe side.
fn half_width(text: &str) -> i32 {
    i32::try_from(text.chars().count()).unwrap_or(0) * DIGIT * SCALE / 2
}

/// Describes what stands right of a line's end.
pub(super) struct End<'a> {
    pub role: Role,
    /// The height of the line's end.
    pub y: f64,
    /// The job.
    pub name: &'a str,
    /// The last value, in its unit.
    pub value: String,
}

/// A point with a name.
pub(super) struct Named<'a> {
    pub at: (f64, f64),
    pub name: &'a str,
    pub ink: Ink,
    pub is_bold: bool,
}
