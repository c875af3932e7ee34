//! Distortions against OCR that leave pictures readable for humans.

use std::f32::consts::TAU;

use rand::{Rng, RngExt};

use super::Painter;
use crate::{
    canvas::Mark,
    pen::{Point, outline},
};

impl<R: Rng> Painter<R> {
    /// Inverted areas, curves through the digits, cuts through both.
    pub(super) fn clutter(&mut self) {
        let share = 500.0 / self.hardness.inversions.max(1) as f32;
        for index in 0..self.hardness.inversions {
            // Side by side: inverted twice is not inverted.
            let middle = 150.0 + share * (index as f32 + self.rng.random_range(0.35..0.65));
            self.inversion(middle, share / 2.0);
        }
        for curve in self.spread(self.hardness.curves) {
            // An inverted curve neither hides a digit nor joins it; as wide as a pen, it survives the removal of thin
            // lines.
            let width = self.rng.random_range(self.hardness.curve.clone());
            self.mark(outline(&[curve], width), Mark::Invert);
        }
        for cut in self.spread(self.hardness.cuts) {
            let width = self.rng.random_range(self.hardness.cut.clone());
            self.mark(outline(&[cut], width), Mark::Erase);
        }
    }

    /// Lines from the left edge to the right, each at its own height, so that they do not overlap.
    fn spread(&mut self, count: usize) -> Vec<Vec<Point>> {
        let share = 130.0 / count.max(1) as f32;
        (0..count)
            .map(|index| {
                let height = 75.0 + share * (index as f32 + self.rng.random_range(0.2..0.8));
                let points: Vec<Point> = (0..6)
                    .map(|step| (-20.0 + 168.0 * step as f32, height + self.rng.random_range(-34.0..34.0)))
                    .collect();
                self.line(&points)
            })
            .collect()
    }

    /// A large round inverted area around `x`. It extends slightly beyond `half` to either side.
    fn inversion(&mut self, x: f32, half: f32) {
        let middle: Point = (x, self.rng.random_range(110.0..170.0));
        let mut around: Vec<Point> = (0..8)
            .map(|corner| {
                let (sin, cos) = (corner as f32 * TAU / 8.0).sin_cos();
                let (wide, high) = (half * self.rng.random_range(0.7..1.1), self.rng.random_range(75.0..115.0));
                (middle.0 + cos * wide, middle.1 + sin * high)
            })
            .collect();
        around.push(around[0]);
        let area = self.area(&around);
        self.mark(area, Mark::Invert);
    }

    /// Specks of the size of a pen, which no filter removes without removing the ends of digits.
    pub(super) fn specks(&mut self) {
        let specks: Vec<Vec<Point>> = (0..self.hardness.specks)
            .map(|_| {
                let (x, y) = (self.rng.random_range(15.0..785.0), self.rng.random_range(15.0..265.0));
                vec![(x, y), (x + self.rng.random_range(-8.0..8.0), y + self.rng.random_range(-8.0..8.0))]
            })
            .collect();
        let width = self.rng.random_range(4.0..7.0);
        self.mark(outline(&specks, width), Mark::Invert);
    }
}
