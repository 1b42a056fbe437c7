//! Tells the page's script how to read the value under the pointer.

use super::{BOTTOM, Extent, Frame, Picture, Room, SCALE, TOP};

/// Describes how the page's script reads values off the lines of a picture: what its axes count.
#[derive(Debug, Clone, Copy)]
pub(in crate::figures) struct Tips {
    /// `records`, or `percentile` on a logarithmic axis of what lies above.
    pub x: &'static str,
    /// `ratio`, or `time` on a logarithmic axis of nanoseconds.
    pub y: &'static str,
}

impl Tips {
    /// Returns what the axes count, the plot's edges in the picture's units, and the values there.
    pub(super) fn axes(&self, picture: &Picture<'_>, frame: Frame) -> String {
        let Room { left, right } = picture.room;
        let edges =
            [left, frame.width - right, frame.height - BOTTOM, TOP].map(|edge| (edge * SCALE).to_string());
        let Extent { x, y } = picture.extent.drawable();
        let values = [x.0, x.1, y.0, y.1].map(|value| value.to_string());
        format!("{} {} {} {}", self.x, self.y, edges.join(" "), values.join(" "))
    }
}
