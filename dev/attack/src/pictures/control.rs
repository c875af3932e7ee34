//! Control: the same sums as clean text, which every reader must solve. Otherwise a low figure proves nothing.

use std::path::Path;

use captcha_picture::{Op, Sum};

use crate::{Outcome, bitmap::Bitmap};

/// Glyphs of an ordinary font, from outside of this project.
pub struct Font {
    glyphs: Vec<(char, Bitmap)>,
}

impl Font {
    /// Reads `0.png` to `9.png`, `plus.png` and `minus.png`.
    pub fn load(folder: &Path) -> Outcome<Self> {
        let mut glyphs = Vec::new();
        for (letter, name) in
            ('0'..='9').map(|digit| (digit, digit.to_string())).chain([('+', "plus".into()), ('-', "minus".into())])
        {
            glyphs.push((letter, Bitmap::from_png(&std::fs::read(folder.join(format!("{name}.png")))?)?));
        }
        Ok(Self { glyphs })
    }

    /// A sum as text, black on white.
    pub fn write(&self, sum: Sum) -> Bitmap {
        let sign = if sum.op == Op::Plus { '+' } else { '-' };
        let mut picture = Bitmap::new(800, 280);
        let mut at = 60;
        for letter in format!("{}{sign}{}", sum.left, sum.right).chars() {
            let Some((_, glyph)) = self.glyphs.iter().find(|(of, _)| *of == letter) else { continue };
            for (index, _) in glyph.ink.iter().enumerate().filter(|(_, ink)| **ink) {
                let (x, y) = (at + index % glyph.width, 60 + index / glyph.width);
                if x < picture.width && y < picture.height {
                    picture.ink[y * picture.width + x] = true;
                }
            }
            at += glyph.width;
        }
        picture
    }
}
