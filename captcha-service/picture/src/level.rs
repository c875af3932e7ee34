//! Difficulty levels and their drawing parameters.

use std::ops::Range;

/// Difficulty of a picture, for programs and, inevitably, for humans.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Light: a small number is added or subtracted, figures are apart.
    L1,
    /// Normal: two two-digit numbers, figures touch, curves cross them.
    L2,
    /// Hard: as level 2, with inverted areas.
    L3,
}

/// Drawing parameters of a level. Lengths are those of a picture of 800 × 280, angles are radians.
pub(crate) struct Hardness {
    /// Height of a digit.
    pub height: Range<f32>,
    /// Width of the pen.
    pub pen: Range<f32>,
    /// Space between the digits of one number; negative values overlap them.
    pub gap: Range<f32>,
    /// Maximum rotation and slant of a digit to either side.
    pub turn: f32,
    /// Maximum displacement of each point of a digit, in hundredths of its height.
    pub wobble: f32,
    /// Maximum displacement by the distortion field.
    pub warp: f32,
    /// Maximum offset of a digit above or below the middle.
    pub lift: f32,
    /// Number of curves across the picture, and their width.
    pub curves: usize,
    pub curve: Range<f32>,
    /// Number of cuts in the background colour across the picture, and their width.
    pub cuts: usize,
    pub cut: Range<f32>,
    /// Number of inverted areas.
    pub inversions: usize,
    /// Number of small specks in both colours.
    pub specks: usize,
}

impl Level {
    pub(crate) fn hardness(self) -> Hardness {
        match self {
            Self::L1 => Hardness {
                height: 148.0..168.0,
                pen: 18.0..23.0,
                gap: 16.0..28.0,
                turn: 0.12,
                wobble: 1.5,
                warp: 7.0,
                lift: 14.0,
                curves: 1,
                curve: 7.0..9.0,
                cuts: 1,
                cut: 4.0..6.0,
                inversions: 0,
                specks: 20,
            },
            Self::L2 => Hardness {
                height: 148.0..172.0,
                pen: 16.0..21.0,
                gap: -8.0..4.0,
                turn: 0.2,
                wobble: 2.5,
                warp: 10.0,
                lift: 18.0,
                curves: 2,
                curve: 11.0..15.0,
                cuts: 2,
                cut: 5.0..7.0,
                inversions: 0,
                specks: 20,
            },
            Self::L3 => Hardness {
                height: 152.0..174.0,
                pen: 17.0..21.0,
                gap: 2.0..12.0,
                turn: 0.18,
                wobble: 2.5,
                warp: 12.0,
                lift: 20.0,
                curves: 1,
                curve: 8.0..11.0,
                cuts: 1,
                cut: 5.0..7.0,
                inversions: 2,
                specks: 12,
            },
        }
    }
}
