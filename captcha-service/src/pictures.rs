//! Rendering of challenges: a sum for the answer, drawn or spoken afresh each time. Pictures are never stored or
//! reused: a pool of pictures would be labelled training data.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use captcha_picture::{Language, Level as Hardness, Style, draw as draw_sum, speak, sum_for};

use crate::domain::{Challenge, Level};

/// A rendered sum, as a `data:` URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RenderedSum {
    /// PNG.
    Image(String),
    /// WAV.
    Audio(String),
}

/// Draws or speaks the sum of a challenge.
pub fn draw(challenge: &Challenge) -> RenderedSum {
    let hardness = match challenge.level() {
        Level::One => Hardness::L1,
        Level::Two => Hardness::L2,
        Level::Three => Hardness::L3,
    };
    let presentation = challenge.presentation();
    let sum = sum_for(challenge.right_answer().number(), hardness, &mut rand::rng());
    if presentation.audio {
        let language = match presentation.language {
            contracts::Language::Ru => Language::Ru,
            contracts::Language::En => Language::En,
        };
        return RenderedSum::Audio(format!(
            "data:audio/wav;base64,{}",
            STANDARD.encode(speak(sum, language, rand::random()))
        ));
    }
    let style = Style { inverted: presentation.inverted, ..Style::default() };
    RenderedSum::Image(format!(
        "data:image/png;base64,{}",
        STANDARD.encode(draw_sum(sum, hardness, style, rand::random()))
    ))
}
