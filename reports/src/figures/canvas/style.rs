//! How words are written in a picture.

use compare::Role;
use plotters::prelude::RGBColor;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontDesc, FontFamily, FontStyle, TextStyle};

use super::{CANDIDATE, FONT_SIZE, STABLE};

/// The colour of a version.
pub(super) fn color(role: Role) -> RGBColor {
    match role {
        Role::Stable => STABLE,
        Role::Candidate => CANDIDATE,
    }
}

/// Words in this colour, beside their anchor.
pub(super) fn style(side: HPos, weight: FontStyle, color: RGBColor) -> TextStyle<'static> {
    // plotters divides by 1.24 on its way into the file.
    let font = FontDesc::new(FontFamily::SansSerif, f64::from(FONT_SIZE) * 1.24, weight);
    TextStyle { font, color: color.to_backend_color(), pos: Pos::new(side, VPos::Center) }
}
