//! How hard a picture is to read, and what that means in numbers.

use std::ops::Range;

/// How hard a picture is to read, for programs and, alas, for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Light: a small number is added or taken away, figures stand apart.
    L1,
    /// Normal: two numbers of two digits, figures touch, curves cross them.
    L2,
    /// Hard: as level 2, and parts of the picture are turned inside out.
    L3,
}

/// What the drawing does at a level. Lengths are those of a picture of 800 × 280, angles are radians.
pub(crate) struct Hardness {
    /// Height of a digit.
    pub height: Range<f32>,
    /// Width of the pen.
    pub pen: Range<f32>,
    /// Space between the digits of one number; below zero they cross.
    pub gap: Range<f32>,
    /// How far a digit may turn and lean to either side.
    pub turn: f32,
    /// How far every point that a digit goes through may be off, in hundredths of its height.
    pub wobble: f32,
    /// How far the field that bends everything moves a point.
    pub warp: f32,
    /// How far a digit may stand above or below the middle.
    pub lift: f32,
    /// Curves through everything, of the width of the pen.
    pub curves: usize,
    /// Cuts in the colour of the ground.
    pub cuts: usize,
    /// Areas that are turned inside out.
    pub inversions: usize,
    /// Small specks in both colours.
    pub specks: usize,
}

impl Level {
    pub(crate) fn hardness(self) -> Hardness {
        match self {
            Self::L1 => Hardness {
                height: 138.0..158.0,
                pen: 17.0..22.0,
                gap: 16.0..28.0,
                turn: 0.12,
                wobble: 1.5,
                warp: 7.0,
                lift: 16.0,
                curves: 1,
                cuts: 1,
                inversions: 0,
                specks: 24,
            },
            Self::L2 => Hardness {
                height: 138.0..166.0,
                pen: 15.0..21.0,
                gap: -8.0..6.0,
                turn: 0.2,
                wobble: 2.5,
                warp: 11.0,
                lift: 22.0,
                curves: 2,
                cuts: 2,
                inversions: 0,
                specks: 30,
            },
            Self::L3 => Hardness {
                height: 142.0..170.0,
                pen: 15.0..20.0,
                gap: -16.0..-2.0,
                turn: 0.24,
                wobble: 3.0,
                warp: 13.0,
                lift: 24.0,
                curves: 2,
                cuts: 2,
                inversions: 2,
                specks: 30,
            },
        }
    }
}
