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

    /// The pixels, eight to a byte and every row on its own, a set bit for white: what PNG calls greyscale of one bit.
    pub(crate) fn bits(&self, inverted: bool) -> Vec<u8> {
        let flip = if inverted { 0 } else { 255 };
        let rows = self.sheet.data().chunks_exact(self.sheet.width() as usize);
        let mut bits = Vec::with_capacity(self.sheet.data().len() / 8 + rows.len());
        for row in rows {
            let (bytes, rest) = row.as_chunks::<8>();
            bits.extend(bytes.iter().map(|pixels| pack(*pixels) ^ flip));
            if !rest.is_empty() {
                let mut pixels = [0; 8];
                pixels[..rest.len()].copy_from_slice(rest);
                bits.push(pack(pixels) ^ flip);
            }
        }
        bits
    }
}

/// Eight pixels of 0 or 255 as eight bits, the first one highest: each pixel keeps a bit of its own, a product adds them up.
fn pack(pixels: [u8; 8]) -> u8 {
    ((u64::from_be_bytes(pixels) & 0x8040_2010_0804_0201).wrapping_mul(0x0101_0101_0101_0101) >> 56) as u8
}
