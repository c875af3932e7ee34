//! From a session to what is shown: a sum with its answer, drawn anew each time. No picture is kept or used twice: a pool of
//! pictures would be a pool of labels for whoever trains a reader.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use captcha_picture::{Level as Hardness, Style, draw as draw_sum, sum_for};

use crate::domain::{Level, Session};

/// What is shown or heard, as a `data:` URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Drawn {
    /// A PNG.
    Image(String),
}

/// Draws the picture that a session shows.
pub fn draw(session: &Session) -> Drawn {
    let hardness = match session.level() {
        Level::One => Hardness::L1,
        Level::Two => Hardness::L2,
        Level::Three => Hardness::L3,
    };
    let sum = sum_for(session.right_answer().number(), hardness, &mut rand::rng());
    let style = Style { inverted: session.look().inverted, ..Style::default() };
    Drawn::Image(format!("data:image/png;base64,{}", STANDARD.encode(draw_sum(sum, hardness, style, rand::random()))))
}
