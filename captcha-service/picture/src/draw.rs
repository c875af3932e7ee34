//! Draws a sum.

use rand::{Rng, RngExt, SeedableRng, rngs::StdRng};
use tiny_skia::{Path, PathBuilder};

use crate::{
    Level, Op, Style, Sum,
    canvas::{Canvas, Mark},
    digits::{HANDS, WIDTH},
    level::Hardness,
    pen::{Field, Point, outline, smooth},
    png::encode,
};

/// Draws a sum as a PNG of one bit a pixel, without text and metadata. The same arguments give the same file.
///
/// The file's length is [`FLOOR`](crate::FLOOR) or the next multiple of [`BUCKET`](crate::BUCKET); at 800 × 280 it is
/// never more than 6 KiB. A new picture wants a new seed: two drawings of one sum are two chances to read it.
#[must_use]
pub fn draw(sum: Sum, level: Level, style: Style, seed: [u8; 32]) -> Vec<u8> {
    let style = style.bounded();
    let mut rng = StdRng::from_seed(seed);
    let Some(mut canvas) = Canvas::new(style) else { return Vec::new() };
    let hardness = level.hardness();
    let field = Field::new(hardness.warp, &mut rng);
    let mut painter = Painter { canvas: &mut canvas, field: &field, hardness: &hardness, rng: &mut rng };
    painter.figures(sum);
    painter.clutter();
    encode(style.width, style.height, canvas.rows(style.inverted), &mut rng)
}

struct Painter<'a, R> {
    canvas: &'a mut Canvas,
    field: &'a Field,
    hardness: &'a Hardness,
    rng: &'a mut R,
}

/// Something to draw, and how much room it takes.
enum Figure {
    Digit { digit: u8, height: f32 },
    Sign { op: Op, radius: f32 },
}

impl Figure {
    fn width(&self) -> f32 {
        match self {
            Self::Digit { height, .. } => height * WIDTH / 100.0,
            Self::Sign { radius, .. } => radius * 2.0,
        }
    }
}

impl<R: Rng> Painter<'_, R> {
    /// The two numbers and the sign between them, somewhere near the middle.
    fn figures(&mut self, sum: Sum) {
        let mut figures = Vec::with_capacity(7);
        let mut width = 0.0;
        let sign = Figure::Sign { op: sum.op, radius: self.rng.random_range(36.0..46.0) };
        let digits = |number: u8| {
            (number >= 100)
                .then_some(number / 100)
                .into_iter()
                .chain((number >= 10).then_some(number / 10 % 10))
                .chain([number % 10])
        };
        for (number, last) in [(sum.left, false), (sum.right, true)] {
            for digit in digits(number) {
                let figure = Figure::Digit { digit, height: self.rng.random_range(self.hardness.height.clone()) };
                let gap = self.rng.random_range(self.hardness.gap.clone());
                width += figure.width() + gap;
                figures.push((figure, gap));
            }
            if last {
                break;
            }
        }
        let at = figures.len() - digits(sum.right).count();
        let gap = self.rng.random_range(self.hardness.gap.clone()) + 12.0;
        if let Some((_, before)) = figures.get_mut(at.wrapping_sub(1)) {
            width += sign.width() + gap + 12.0;
            *before += 12.0;
        }
        figures.insert(at, (sign, gap));
        let slack = (800.0 - width).max(0.0);
        let mut x = slack * self.rng.random_range(0.3..0.7);
        for (figure, gap) in figures {
            let middle = (x + figure.width() / 2.0, 140.0 + self.rng.random_range(-1.0..1.0) * self.hardness.lift);
            x += figure.width() + gap;
            match figure {
                Figure::Digit { digit, height } => self.digit(digit, height, middle),
                Figure::Sign { op, radius } => self.sign(op, radius, middle),
            }
        }
    }

    /// One digit in one of the hands, no two times alike.
    fn digit(&mut self, digit: u8, height: f32, middle: Point) {
        let hand = &HANDS[self.rng.random_range(0..HANDS.len())];
        let strokes = hand.get(usize::from(digit)).copied().unwrap_or_default();
        let turn = self.hardness.turn;
        let (sin, cos) = self.rng.random_range(-turn..turn).sin_cos();
        let lean = self.rng.random_range(-turn..turn);
        let unit = height / 100.0;
        let wobble = self.hardness.wobble;
        let mut lines = Vec::with_capacity(strokes.len());
        for stroke in strokes {
            let mut moved: Vec<Point> = Vec::with_capacity(stroke.len());
            for (index, &(x, y)) in stroke.iter().enumerate() {
                // Equal points stay equal: they are corners and closed ends.
                let same = (index > 0 && stroke[index - 1] == (x, y)).then_some(index.wrapping_sub(1));
                let same = same.or((index > 2 && index + 1 == stroke.len() && stroke[0] == (x, y)).then_some(0));
                if let Some(point) = same.and_then(|same| moved.get(same)) {
                    moved.push(*point);
                    continue;
                }
                let x = f32::from(x) - WIDTH / 2.0 + self.rng.random_range(-wobble..wobble);
                let y = f32::from(y) - 50.0 + self.rng.random_range(-wobble..wobble);
                let x = x + y * lean;
                moved.push((middle.0 + (x * cos - y * sin) * unit, middle.1 + (x * sin + y * cos) * unit));
            }
            lines.push(smooth(&moved).into_iter().map(|point| self.field.bend(point)).collect());
        }
        let width = self.rng.random_range(self.hardness.pen.clone());
        self.mark(outline(&lines, width), Mark::Ink);
    }

    /// The sign, cut out of a disc: alone it would be the easiest thing to read.
    fn sign(&mut self, op: Op, radius: f32, middle: Point) {
        let mut around: Vec<Point> = Vec::with_capacity(9);
        let start = self.rng.random_range(0.0..std::f32::consts::FRAC_PI_4);
        for corner in 0..8 {
            let (sin, cos) = (start + corner as f32 * std::f32::consts::FRAC_PI_4).sin_cos();
            let reach = radius * self.rng.random_range(0.9..1.05);
            around.push((middle.0 + cos * reach, middle.1 + sin * reach));
        }
        around.push(around[0]);
        let disc = self.area(&around);
        self.mark(disc, Mark::Ink);
        let turn = self.hardness.turn;
        let (sin, cos) = self.rng.random_range(-turn..turn).sin_cos();
        let arm = radius * self.rng.random_range(0.58..0.68);
        let mut bars = vec![smooth(&[
            (middle.0 - cos * arm, middle.1 - sin * arm),
            middle,
            (middle.0 + cos * arm, middle.1 + sin * arm),
        ])];
        if op == Op::Plus {
            bars.push(smooth(&[
                (middle.0 + sin * arm, middle.1 - cos * arm),
                middle,
                (middle.0 - sin * arm, middle.1 + cos * arm),
            ]));
        }
        for bar in &mut bars {
            bar.iter_mut().for_each(|point| *point = self.field.bend(*point));
        }
        let width = self.rng.random_range(13.0..16.0);
        self.mark(outline(&bars, width), Mark::Wipe);
    }

    /// Everything that is in the way.
    fn clutter(&mut self) {
        for _ in 0..self.hardness.inversions {
            self.inversion();
        }
        for _ in 0..self.hardness.curves {
            let width = self.rng.random_range(self.hardness.pen.clone()) * 0.6;
            let curve = self.across(70.0..210.0);
            self.mark(outline(&[curve], width), Mark::Invert);
        }
        for _ in 0..self.hardness.cuts {
            let width = self.rng.random_range(5.0..8.0);
            let curve = self.across(80.0..200.0);
            self.mark(outline(&[curve], width), Mark::Wipe);
        }
        for _ in 0..self.hardness.specks {
            let middle: Point = (self.rng.random_range(20.0..780.0), self.rng.random_range(20.0..260.0));
            let end = (middle.0 + self.rng.random_range(-7.0..7.0), middle.1 + self.rng.random_range(-7.0..7.0));
            let width = self.rng.random_range(3.0..7.0);
            self.mark(outline(&[vec![middle, end]], width), Mark::Invert);
        }
    }

    /// A line from the left edge to the right.
    fn across(&mut self, y: std::ops::Range<f32>) -> Vec<Point> {
        let points: Vec<Point> =
            (0..6).map(|step| (-20.0 + step as f32 * 168.0, self.rng.random_range(y.clone()))).collect();
        smooth(&points).into_iter().map(|point| self.field.bend(point)).collect()
    }

    /// A large round area, turned inside out.
    fn inversion(&mut self) {
        let middle: Point = (self.rng.random_range(150.0..650.0), self.rng.random_range(90.0..190.0));
        let mut around: Vec<Point> = Vec::with_capacity(8);
        for corner in 0..7 {
            let (sin, cos) = (corner as f32 * std::f32::consts::TAU / 7.0).sin_cos();
            around.push((
                middle.0 + cos * self.rng.random_range(70.0..150.0),
                middle.1 + sin * self.rng.random_range(50.0..110.0),
            ));
        }
        around.push(around[0]);
        let area = self.area(&around);
        self.mark(area, Mark::Invert);
    }

    /// What a smooth line around these points encloses.
    fn area(&self, around: &[Point]) -> Option<Path> {
        let mut builder = PathBuilder::new();
        for (index, point) in smooth(around).into_iter().enumerate() {
            let (x, y) = self.field.bend(point);
            if index == 0 { builder.move_to(x, y) } else { builder.line_to(x, y) }
        }
        builder.close();
        builder.finish()
    }

    fn mark(&mut self, outline: Option<Path>, mark: Mark) {
        if let Some(outline) = outline {
            self.canvas.mark(&outline, mark);
        }
    }
}
