//! User codes as people type them: small letters, other dashes, spaces, Cyrillic letters that look alike, and the Russian
//! layout left on.

use crate::user_code::{ALPHABET, LENGTH, UserCode};

/// Length of the longest text that is looked at, in characters.
const MAX_TYPED: usize = 64;
/// Keys of the Russian layout, by the Latin letters on them.
const LAYOUT: [(char, u8); 20] = [
    ('И', b'B'),
    ('С', b'C'),
    ('В', b'D'),
    ('А', b'F'),
    ('П', b'G'),
    ('Р', b'H'),
    ('О', b'J'),
    ('Л', b'K'),
    ('Д', b'L'),
    ('Ь', b'M'),
    ('Т', b'N'),
    ('З', b'P'),
    ('Й', b'Q'),
    ('К', b'R'),
    ('Ы', b'S'),
    ('Е', b'T'),
    ('М', b'V'),
    ('Ц', b'W'),
    ('Ч', b'X'),
    ('Я', b'Z'),
];
/// Cyrillic letters that look like Latin ones of the alphabet.
const LOOK_ALIKES: [(char, u8); 9] = [
    ('В', b'B'),
    ('С', b'C'),
    ('Н', b'H'),
    ('Ј', b'J'),
    ('К', b'K'),
    ('М', b'M'),
    ('Р', b'P'),
    ('Т', b'T'),
    ('Х', b'X'),
];

/// What a text may mean: by its looks, and by the keys that were pressed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypedCode {
    readings: Vec<UserCode>,
}

/// The text is no user code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a code has eight letters")]
pub struct InvalidUserCode;

impl TypedCode {
    /// Reads a text.
    ///
    /// # Errors
    /// [`InvalidUserCode`].
    pub fn parse(text: &str) -> Result<Self, InvalidUserCode> {
        if text.chars().nth(MAX_TYPED).is_some() {
            return Err(InvalidUserCode);
        }
        let letters: Vec<char> = text.chars().filter(|c| !is_separator(*c)).flat_map(char::to_uppercase).collect();
        let mut readings: Vec<UserCode> =
            [&LOOK_ALIKES[..], &LAYOUT[..]].iter().filter_map(|table| read(&letters, table)).collect();
        readings.dedup();
        if readings.is_empty() { Err(InvalidUserCode) } else { Ok(Self { readings }) }
    }

    /// One or two codes, the likelier one first.
    pub fn readings(&self) -> &[UserCode] {
        &self.readings
    }
}

fn read(letters: &[char], table: &[(char, u8)]) -> Option<UserCode> {
    let letter = |typed: &char| {
        let latin = u8::try_from(*typed).ok().filter(|byte| ALPHABET.contains(byte));
        latin.or_else(|| table.iter().find(|(cyrillic, _)| cyrillic == typed).map(|(_, latin)| *latin))
    };
    let code: Vec<u8> = letters.iter().map(letter).collect::<Option<_>>()?;
    <[u8; LENGTH]>::try_from(code).ok().map(UserCode)
}

/// Spaces and dashes of all kinds, and what keyboards of phones put in their place.
fn is_separator(c: char) -> bool {
    c.is_whitespace()
        || matches!(c, '-' | '_' | '.' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::user_code::UserCodeKey;

    fn readings(text: &str) -> Vec<String> {
        let typed = TypedCode::parse(text);
        typed.map(|typed| typed.readings.iter().map(ToString::to_string).collect()).unwrap_or_default()
    }

    #[test]
    fn case_dashes_and_spaces_do_not_matter() {
        for text in
            ["WDJB-MJHT", "wdjbmjht", " wdjb mjht ", "WDJB – MJHT", "w d j b\u{a0}m j h t", "WDJB.MJHT", "WDJB_MJHT"]
        {
            assert_eq!(readings(text), ["WDJB-MJHT"], "{text}");
        }
    }

    #[test]
    fn cyrillic_look_alikes_are_read_by_their_looks_and_then_by_their_keys() {
        // В, С, Н, К, М, Р, Т, Х, all Cyrillic: Н and Х are on no key of the alphabet.
        assert_eq!(readings("ВСНК-МРТХ"), ["BCHK-MPTX"]);
        assert_eq!(readings("всск мртт"), ["BCCK-MPTT", "DCCR-VHNN"]);
        assert_eq!(readings("WDJВ-МJНТ"), ["WDJB-MJHT"], "mixed with Latin ones");
    }

    #[test]
    fn the_russian_layout_may_be_left_on() {
        assert_eq!(readings("цвои-ьоре"), ["WDJB-MJHT"]);
        assert_eq!(readings("ЙЫЗЯ ПЛДЧ"), ["QSPZ-GKLX"]);
    }

    #[test]
    fn other_texts_are_no_codes() {
        let long = "B".repeat(10_000);
        for text in [
            "",
            "WDJB-MJH",
            "WDJB-MJHTB",
            "WDJA-MJHT",
            "WDJ8-MJHT",
            "WDJB/MJHT",
            "ЩЩЩЩ-ЩЩЩЩ",
            "ＷＤＪＢ－ＭＪＨＴ",
            &long,
        ] {
            assert_eq!(TypedCode::parse(text), Err(InvalidUserCode), "{text:?}");
        }
        assert!(TypedCode::parse(&format!("WDJB-MJHT{}", " ".repeat(60))).is_err(), "longer than what is looked at");
    }

    proptest! {
        #[test]
        fn a_code_that_was_made_is_read_back(_seed in 0_u8..64, lower: bool) {
            let code = UserCode::generate().unwrap();
            let text = code.to_string();
            let typed = TypedCode::parse(&if lower { text.to_lowercase() } else { text }).unwrap();
            prop_assert_eq!(typed.readings(), &[code]);
        }

        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,80}") {
            let _ = TypedCode::parse(&text);
        }
    }

    #[test]
    fn of_a_hundred_thousand_guesses_each_tries_one_code_and_none_is_right() {
        let (key, code) = (UserCodeKey::new(b"a key"), UserCode::generate().unwrap());
        let (stored, mut tried) = (key.mac(code), 0);
        for _ in 0..100_000 {
            let guess = UserCode::generate().unwrap(); // this very one once in 256,000 runs
            let typed = TypedCode::parse(&guess.to_string().to_lowercase()).unwrap();
            tried += typed.readings().len();
            assert!(typed.readings().iter().all(|reading| key.mac(*reading) != stored), "{guess}");
        }
        assert_eq!(tried, 100_000);
    }
}
