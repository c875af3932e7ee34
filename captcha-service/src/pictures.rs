//! From a session to what is shown.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::domain::Session;

/// What is shown or heard, as a `data:` URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Drawn {
    /// A PNG.
    Image(String),
    /// A WAV.
    Audio(String),
}

/// The smallest PNG there is, until there are real ones.
const DOT: &[u8] = &[
    0x89, b'P', b'N', b'G', 13, 10, 26, 10, 0, 0, 0, 13, b'I', b'H', b'D', b'R', 0, 0, 0, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0,
    0x37, 0x6e, 0xf9, 0x24, 0, 0, 0, 10, b'I', b'D', b'A', b'T', 0x78, 1, 0x63, 0x60, 0, 0, 0, 2, 0, 1, 0x73, 0x75, 1,
    0x18, 0, 0, 0, 0, b'I', b'E', b'N', b'D', 0xae, 0x42, 0x60, 0x82,
];

/// Draws the picture that a session shows, or speaks it.
pub fn draw(session: &Session) -> Drawn {
    let data = STANDARD.encode(DOT);
    if session.look().audio {
        Drawn::Audio(format!("data:audio/wav;base64,{data}"))
    } else {
        Drawn::Image(format!("data:image/png;base64,{data}"))
    }
}
