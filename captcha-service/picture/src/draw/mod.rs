//! Drawing of a sum: first the digits, then the clutter, the sign last.

mod clutter;
mod figures;

use rand::{Rng, SeedableRng, rngs::StdRng};
use tiny_skia::Path;

use crate::{
    Level, Style, Sum,
    canvas::{Canvas, Mark},
    level::Hardness,
    pen::{Field, Point, area, smooth},
    png::encode,
};

/// Draws a sum as a PNG of one bit per pixel, without text and metadata. The same arguments give the same file.
///
/// The length is a multiple of [`BUCKET`](crate::BUCKET), and exactly that up to 800 × 280. Use a new seed for each
/// picture: two drawings of one sum are two chances to read it.
#[must_use]
pub fn draw(sum: Sum, level: Level, style: Style, seed: [u8; 32]) -> Vec<u8> {
    let style = style.bounded();
    let mut rng = StdRng::from_seed(seed);
    let Some(canvas) = Canvas::new(style) else { return Vec::new() };
    let hardness = level.hardness();
    let field = Field::new(hardness.warp, &mut rng);
    let mut painter = Painter { canvas, field, hardness, rng };
    let sign = painter.digits(sum);
    painter.clutter();
    painter.sign(sum.op, sign);
    painter.specks();
    let Painter { canvas, mut rng, .. } = painter;
    encode(style.width, style.height, &canvas.bits(style.inverted), &mut rng)
}

/// A picture in progress.
struct Painter<R> {
    canvas: Canvas,
    field: Field,
    hardness: Hardness,
    rng: R,
}

impl<R: Rng> Painter<R> {
    /// A smooth line through the points, distorted by the field.
    fn line(&self, points: &[Point]) -> Vec<Point> {
        let mut line = smooth(points);
        line.iter_mut().for_each(|point| *point = self.field.bend(*point));
        line
    }

    /// The area within a smooth line around the points.
    fn area(&self, around: &[Point]) -> Option<Path> {
        area(&self.line(around))
    }

    fn mark(&mut self, outline: Option<Path>, mark: Mark) {
        if let Some(outline) = outline {
            self.canvas.mark(&outline, mark);
        }
    }
}
