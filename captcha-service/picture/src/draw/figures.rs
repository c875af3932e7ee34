//! Digits and signs.

use std::f32::consts::FRAC_PI_4;

use rand::{Rng, RngExt};

use super::Painter;
use crate::{
    Op, Sum,
    canvas::Mark,
    digits::{HANDS, Stroke, WIDTH},
    pen::{Point, outline},
};

/// Position of the sign.
pub(super) struct SignPosition {
    middle: Point,
    radius: f32,
}

/// A digit, its size, and the space after it.
struct Digit {
    digit: u8,
    width: f32,
    height: f32,
    gap: f32,
}

/// Space between a number and the sign: humans must never confuse the signs.
const AROUND_SIGN: f32 = 10.0;

impl<R: Rng> Painter<R> {
    /// Draws both numbers near the middle, with room for the sign between them.
    pub(super) fn digits(&mut self, sum: Sum) -> SignPosition {
        let radius = self.rng.random_range(38.0..46.0);
        let left = self.number(sum.left);
        let right = self.number(sum.right);
        let extent = |number: &[Digit]| number.iter().map(|digit| digit.width + digit.gap).sum::<f32>();
        let width = extent(&left) + extent(&right) + 2.0 * (radius + AROUND_SIGN);
        let mut x = (800.0 - width) * self.rng.random_range(0.25..0.75);
        x = self.write(left, x) + AROUND_SIGN;
        let middle = (x + radius, 140.0 + self.rng.random_range(-24.0..24.0));
        self.write(right, x + 2.0 * radius + AROUND_SIGN);
        SignPosition { middle, radius }
    }

    /// Digits of a number, without leading zeros.
    fn number(&mut self, number: u8) -> Vec<Digit> {
        let digits = [number / 100, number / 10 % 10, number % 10];
        let leading = usize::from(number < 100) + usize::from(number < 10);
        let mut number: Vec<Digit> = digits[leading..]
            .iter()
            .map(|&digit| {
                let height = self.rng.random_range(self.hardness.height.clone());
                let width = height * WIDTH / 100.0 * self.rng.random_range(1.0..1.25);
                Digit { digit, width, height, gap: self.rng.random_range(self.hardness.gap.clone()) }
            })
            .collect();
        if let Some(last) = number.last_mut() {
            last.gap = 6.0;
        }
        number
    }

    /// Draws a number from `x` on and returns its end.
    fn write(&mut self, number: Vec<Digit>, mut x: f32) -> f32 {
        for digit in number {
            let lift = self.hardness.lift;
            let middle = (x + digit.width / 2.0, 140.0 + self.rng.random_range(-lift..lift));
            self.digit(&digit, middle);
            x += digit.width + digit.gap;
        }
        x
    }

    /// Draws a digit in a random hand, each time different.
    fn digit(&mut self, digit: &Digit, middle: Point) {
        let hand = &HANDS[self.rng.random_range(0..HANDS.len())];
        let strokes = hand.get(usize::from(digit.digit)).copied().unwrap_or_default();
        let turn = self.hardness.turn;
        let (sin, cos) = self.rng.random_range(-turn..turn).sin_cos();
        let lean = self.rng.random_range(-turn..turn);
        let mut lines = Vec::with_capacity(strokes.len());
        for stroke in strokes {
            let mut points = self.wobble(stroke);
            for (x, y) in &mut points {
                let up = (*y - 50.0) * digit.height / 100.0;
                let across = (*x / WIDTH - 0.5) * digit.width + up * lean;
                (*x, *y) = (middle.0 + across * cos - up * sin, middle.1 + across * sin + up * cos);
            }
            lines.push(self.line(&points));
        }
        let width = self.rng.random_range(self.hardness.pen.clone());
        self.mark(outline(&lines, width), Mark::Ink);
    }

    /// Displaces every point of a stroke. Equal points stay equal: they are corners and closed ends.
    fn wobble(&mut self, stroke: Stroke) -> Vec<Point> {
        let reach = self.hardness.wobble;
        let mut points: Vec<Point> = Vec::with_capacity(stroke.len());
        for (index, point) in stroke.iter().enumerate() {
            let corner = index.checked_sub(1).filter(|&before| stroke[before] == *point);
            let end = (index + 1 == stroke.len() && stroke[0] == *point).then_some(0);
            let same = corner.or(end).and_then(|same| points.get(same)).copied();
            points.push(same.unwrap_or_else(|| {
                let mut off = || self.rng.random_range(-reach..reach);
                (f32::from(point.0) + off(), f32::from(point.1) + off())
            }));
        }
        points
    }

    /// Draws the sign, cut out of a disc with a rim of background, over everything else. Reading the sign alone halves
    /// the sums and excludes hardly any answer, while a human who cannot read it has no chance.
    pub(super) fn sign(&mut self, op: Op, SignPosition { middle, radius }: SignPosition) {
        let start = self.rng.random_range(0.0..FRAC_PI_4);
        let mut around: Vec<Point> = (0..8)
            .map(|corner| {
                let (sin, cos) = (start + corner as f32 * FRAC_PI_4).sin_cos();
                let reach = radius * self.rng.random_range(0.92..1.05);
                (cos * reach, sin * reach)
            })
            .collect();
        around.push(around[0]);
        let scaled = |factor: f32| -> Vec<Point> {
            around.iter().map(|(x, y)| (middle.0 + x * factor, middle.1 + y * factor)).collect()
        };
        let (rim, disc) = (self.area(&scaled(1.0 + 5.0 / radius)), self.area(&scaled(1.0)));
        self.mark(rim, Mark::Erase);
        self.mark(disc, Mark::Ink);
        let turn = self.hardness.turn;
        let (sin, cos) = self.rng.random_range(-turn..turn).sin_cos();
        let arm = radius * self.rng.random_range(0.58..0.68);
        let bar = |(x, y): Point| {
            [(middle.0 - x * arm, middle.1 - y * arm), middle, (middle.0 + x * arm, middle.1 + y * arm)]
        };
        let mut bars = vec![self.line(&bar((cos, sin)))];
        if op == Op::Plus {
            bars.push(self.line(&bar((-sin, cos))));
        }
        let width = self.rng.random_range(13.0..16.0);
        self.mark(outline(&bars, width), Mark::Erase);
    }
}
