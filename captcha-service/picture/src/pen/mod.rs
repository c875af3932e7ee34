//! Geometry: from pen points to outlines that can be filled.

mod field;
mod line;

pub(crate) use field::Field;
pub(crate) use line::{Point, area, outline, smooth};
