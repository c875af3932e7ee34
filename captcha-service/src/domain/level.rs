//! Difficulty of a challenge.

/// Level of a challenge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// A picture that off-the-shelf OCR fails at.
    One,
    /// The same with two-digit operands and more distortion.
    Two,
    /// Two such pictures in a row: a reader's error rates multiply, and people can still read each.
    Three,
}

impl Level {
    /// 1 to 3, clamped.
    pub fn clamped(number: u8) -> Self {
        match number {
            0 | 1 => Self::One,
            2 => Self::Two,
            _ => Self::Three,
        }
    }

    /// Number, 1 to 3.
    pub fn number(self) -> u8 {
        match self {
            Self::One => 1,
            Self::Two => 2,
            Self::Three => 3,
        }
    }

    /// Right answers in a row that are needed.
    pub fn needed(self) -> u8 {
        if self == Self::Three { 2 } else { 1 }
    }

    /// Raised by this many levels.
    #[must_use]
    pub fn raised(self, by: u8) -> Self {
        Self::clamped(self.number().saturating_add(by))
    }
}
