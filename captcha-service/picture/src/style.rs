//! Size and colours of a picture.

/// Appearance of a picture. Sizes out of bounds are clamped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// Width in pixels, 160 to 1600.
    pub width: u32,
    /// Height in pixels, 56 to 560.
    pub height: u32,
    /// White on black instead of black on white.
    pub inverted: bool,
}

impl Style {
    /// 800 × 280: about a quarter of the height of a screen with 1080 lines.
    pub const LARGE: Self = Self { width: 800, height: 280, inverted: false };
    /// 400 × 140, for screens with 720 lines and for previews.
    pub const SMALL: Self = Self { width: 400, height: 140, inverted: false };

    pub(crate) fn bounded(self) -> Self {
        Self { width: self.width.clamp(160, 1600), height: self.height.clamp(56, 560), ..self }
    }
}

impl Default for Style {
    fn default() -> Self {
        Self::LARGE
    }
}
