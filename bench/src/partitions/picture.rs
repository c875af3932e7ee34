//! Bar charts on a logarithmic scale, as SVG for light and dark backgrounds.

use std::fmt::Write as _;

/// One bar.
pub struct Bar {
    /// Text on its left.
    pub label: String,
    /// Value, by which it is drawn.
    pub value: f64,
    /// Text on its right.
    pub text: String,
    /// Its colour.
    pub colour: Colour,
}

/// Meaning of a bar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colour {
    /// Good.
    Green,
    /// A price.
    Orange,
    /// A warning.
    Red,
}

impl Colour {
    const fn hex(self) -> &'static str {
        match self {
            Self::Green => "#2da44e",
            Self::Orange => "#d4870f",
            Self::Red => "#cf4040",
        }
    }
}

/// A bar chart.
pub struct Picture {
    /// Headline.
    pub title: String,
    /// Quantity, scale and run.
    pub subtitle: String,
    /// Value at which bars start.
    pub from: f64,
    /// A reference line and its label.
    pub aim: Option<(f64, String)>,
    /// From top to bottom.
    pub bars: Vec<Bar>,
}

const WIDTH: f64 = 860.0;
const LABELS: f64 = 330.0;
const TEXTS: f64 = 130.0;
const TOP: f64 = 74.0;
const STEP: f64 = 26.0;

impl Picture {
    /// Draws it.
    pub fn svg(&self) -> String {
        let height = TOP + self.bars.len() as f64 * STEP + 24.0;
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" \
             font-family=\"system-ui, sans-serif\" font-size=\"13\">\n<title>{}</title>\n<style>text{{fill:#1f2328}}\
             .soft{{fill:#59636e}}line{{stroke:#8c959f}}@media(prefers-color-scheme:dark){{text{{fill:#e6edf3}}\
             .soft{{fill:#9198a1}}}}</style>\n",
            escape(&self.title)
        );
        let _ = writeln!(
            svg,
            "<text x=\"12\" y=\"24\" font-size=\"17\" font-weight=\"600\">{}</text>",
            escape(&self.title)
        );
        let _ = writeln!(svg, "<text class=\"soft\" x=\"12\" y=\"44\">{}</text>", escape(&self.subtitle));
        self.rule(&mut svg, self.from, height, "");
        if let Some((value, text)) = &self.aim {
            self.rule(&mut svg, *value, height, text);
        }
        for (number, bar) in self.bars.iter().enumerate() {
            self.bar(&mut svg, bar, TOP + number as f64 * STEP);
        }
        svg.push_str("</svg>\n");
        svg
    }

    fn bar(&self, svg: &mut String, bar: &Bar, y: f64) {
        let (start, end) = (self.x(self.from), self.x(bar.value));
        let (left, width) = (start.min(end), (end - start).abs().max(1.0));
        let _ = writeln!(
            svg,
            "<text x=\"{:.0}\" y=\"{:.0}\" text-anchor=\"end\">{}</text><rect x=\"{left:.1}\" y=\"{:.0}\" \
             width=\"{width:.1}\" height=\"16\" rx=\"2\" fill=\"{}\"/>",
            LABELS - 10.0,
            y + 13.0,
            escape(&bar.label),
            y,
            bar.colour.hex()
        );
        let _ = writeln!(
            svg,
            "<text class=\"soft\" x=\"{:.1}\" y=\"{:.0}\">{}</text>",
            start.max(end) + 6.0,
            y + 13.0,
            escape(&bar.text)
        );
    }

    fn rule(&self, svg: &mut String, value: f64, height: f64, text: &str) {
        let x = self.x(value);
        let _ = writeln!(
            svg,
            "<line x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{:.0}\" y2=\"{:.0}\" stroke-dasharray=\"3 3\"/>\
             <text class=\"soft\" x=\"{x:.1}\" y=\"{:.0}\" text-anchor=\"middle\" font-size=\"12\">{}</text>",
            TOP - 6.0,
            height - 20.0,
            TOP - 11.0,
            escape(text)
        );
    }

    fn x(&self, value: f64) -> f64 {
        let values =
            || self.bars.iter().map(|bar| bar.value).chain([self.from]).chain(self.aim.iter().map(|aim| aim.0));
        let (least, most) = (values().fold(f64::MAX, f64::min), values().fold(f64::MIN, f64::max));
        let share = (value / least).ln() / (most / least).ln().max(f64::MIN_POSITIVE);
        LABELS + share * (WIDTH - LABELS - TEXTS)
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
