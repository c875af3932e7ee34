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
    /// How many curves go through everything, and how wide they are.
    pub curves: usize,
    pub curve: Range<f32>,
    /// How many cuts in the colour of the ground go through everything, and how wide they are.
    pub cuts: usize,
    pub cut: Range<f32>,
    /// Areas that are turned inside out.
    pub inversions: usize,
    /// Small specks in both colours.
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
