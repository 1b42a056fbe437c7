//! Turns a finished run into HTML.
