//! Recorded words of each language: 1 to 19, the tens to 90, plus and minus.

use super::Language;

macro_rules! words {
    ($language:literal: $($name:literal)*) => {
        [$(include_bytes!(concat!("../../voices/", $language, "/", $name, ".ima"))),*]
    };
}

/// Recordings of a voice.
pub(super) type Voice = [&'static [u8]; 29];

/// Voice of a language.
pub(super) fn voice(language: Language) -> &'static Voice {
    match language {
        Language::Ru => &RU,
        Language::En => &EN,
    }
}

static RU: Voice = words!("ru": 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 30 40 50 60 70 80 90 "plus" "minus");
static EN: Voice = words!("en": 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 30 40 50 60 70 80 90 "plus" "minus");
