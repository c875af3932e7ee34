//! Black-and-white bitmap on which outlines are filled, erased or inverted.

use tiny_skia::{FillRule, Mask, Path, Transform};

use crate::Style;

/// Operation on the pixels within an outline.
#[derive(Clone, Copy)]
pub(crate) enum Mark {
    /// Sets the ink colour.
    Ink,
    /// Sets the background colour.
    Erase,
    /// Swaps ink and background.
    Invert,
}

/// The bitmap. Outlines use coordinates of 800 × 280, scaled and centred to its size.
pub(crate) struct Canvas {
    sheet: Mask,
    scratch: Mask,
    scale: Transform,
}

impl Canvas {
    /// An empty bitmap. `None` only for sizes that [`Style::bounded`] rules out.
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

    /// Applies `mark` to everything within the outline.
    pub(crate) fn mark(&mut self, outline: &Path, mark: Mark) {
        if matches!(mark, Mark::Ink) {
            self.sheet.fill_path(outline, FillRule::Winding, false, self.scale);
            return;
        }
        self.scratch.fill_path(outline, FillRule::Winding, false, self.scale);
        let Some(bounds) = outline.bounds().transform(self.scale) else { return };
        let (width, height) = (self.sheet.width() as usize, self.sheet.height() as usize);
        // `as` saturates negative numbers at zero.
        let (top, bottom) = ((bounds.top() - 1.0) as usize, ((bounds.bottom() + 2.0) as usize).min(height));
        let erase = matches!(mark, Mark::Erase);
        let rows = top.min(bottom) * width..bottom * width;
        let sheet = self.sheet.data_mut()[rows.clone()].iter_mut();
        for (pixel, inside) in sheet.zip(&mut self.scratch.data_mut()[rows]) {
            *pixel = if erase { *pixel & !*inside } else { *pixel ^ *inside };
            *inside = 0;
        }
    }

    /// Pixels, eight per byte, rows padded to bytes, a set bit for white: PNG greyscale of bit depth 1.
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

/// Packs eight pixels of 0 or 255 into eight bits, the first one highest: each pixel keeps one bit, a product adds
/// them up.
fn pack(pixels: [u8; 8]) -> u8 {
    ((u64::from_be_bytes(pixels) & 0x8040_2010_0804_0201).wrapping_mul(0x0101_0101_0101_0101) >> 56) as u8
}
