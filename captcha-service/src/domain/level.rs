//! How hard a challenge is.

/// The level of a challenge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// A picture that commodity readers fail at.
    One,
    /// The same with two-digit operands and more distortion.
    Two,
    /// Two such pictures in a row: the errors of a reader multiply, and people can still read each.
    Three,
}

impl Level {
    /// 1 to 3; what is below is 1 and what is above is 3.
    pub fn clamped(number: u8) -> Self {
        match number {
            0 | 1 => Self::One,
            2 => Self::Two,
            _ => Self::Three,
        }
    }

    /// 1 to 3.
    pub fn number(self) -> u8 {
        match self {
            Self::One => 1,
            Self::Two => 2,
            Self::Three => 3,
        }
    }

    /// How many right answers in a row it takes.
    pub fn needed(self) -> u8 {
        if self == Self::Three { 2 } else { 1 }
    }

    /// Harder by so many levels.
    #[must_use]
    pub fn raised(self, by: u8) -> Self {
        Self::clamped(self.number().saturating_add(by))
    }
}
