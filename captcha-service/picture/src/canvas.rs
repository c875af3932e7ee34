//! A sheet of black and white pixels, on which outlines are inked, wiped out or turned inside out.

use tiny_skia::{FillRule, Mask, Path, Transform};

use crate::Style;

/// What happens to the pixels within an outline.
#[derive(Clone, Copy)]
pub(crate) enum Mark {
    /// They get the colour of the ink.
    Ink,
    /// They get the colour of the ground.
    Wipe,
    /// Ink and ground change places.
    Invert,
}

/// The sheet. Outlines are given for 800 × 280, and come to lie in the middle of whatever size the sheet has.
pub(crate) struct Canvas {
    sheet: Mask,
    scratch: Mask,
    scale: Transform,
}

impl Canvas {
    /// An empty sheet. `None` only for sizes that [`Style::bounded`] does not let through.
    pub(crate) fn new(style: Style) -> Option<Self> {
        let (width, height) = (style.width as f32, style.height as f32);
        let factor = (width / 800.0).min(height / 280.0);
        Some(Self {
            sheet: Mask::new(style.width, style.height)?,
            scratch: Mask::new(style.width, style.height)?,
            scale: Transform::from_row(
                factor,
                0.0,
                0.0,
                factor,
                (width - 800.0 * factor) / 2.0,
                (height - 280.0 * factor) / 2.0,
            ),
        })
    }

    /// Marks everything within the outline.
    pub(crate) fn mark(&mut self, outline: &Path, mark: Mark) {
        self.scratch.fill_path(outline, FillRule::Winding, false, self.scale);
        let Some(bounds) = outline.bounds().transform(self.scale) else { return };
        let (width, height) = (self.sheet.width() as usize, self.sheet.height() as usize);
        // `as` holds negative numbers at zero.
        let (top, bottom) = ((bounds.top() - 1.0) as usize, ((bounds.bottom() + 2.0) as usize).min(height));
        let rows = top.min(bottom) * width..bottom * width;
        let sheet = self.sheet.data_mut()[rows.clone()].iter_mut();
        for (pixel, inside) in sheet.zip(&mut self.scratch.data_mut()[rows]) {
            match mark {
                Mark::Ink => *pixel |= *inside,
                Mark::Wipe => *pixel &= !*inside,
                Mark::Invert => *pixel ^= *inside,
            }
            *inside = 0;
        }
    }

    /// The rows, eight pixels to a byte, a set bit for white: what PNG calls greyscale of one bit.
    pub(crate) fn rows(&self, inverted: bool) -> impl Iterator<Item = Vec<u8>> + '_ {
        let ink = if inverted { 255 } else { 0 };
        self.sheet.data().chunks_exact(self.sheet.width() as usize).map(move |row| {
            row.chunks(8)
                .map(|pixels| {
                    pixels
                        .iter()
                        .enumerate()
                        .fold(0, |byte, (bit, &pixel)| byte | (u8::from(pixel == ink) << (7 - bit)))
                })
                .collect()
        })
    }
}
