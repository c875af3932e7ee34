//! Display name of a user, typed or from a social provider.

use std::fmt;

use unicode_normalization::UnicodeNormalization;

/// The longest name, in characters.
const MAX_CHARS: usize = 64;
/// Zero width non-joiner: keeps letters apart that would join, as in `علی‌رضا`.
const ZWNJ: char = '\u{200c}';
/// Zero width joiner: makes one sign of several, as in family emoji.
const ZWJ: char = '\u{200d}';

/// A name as it is stored and shown: in Unicode normal form C, its words separated by one space, at most 64 characters,
/// without control characters and without characters that are invisible or reorder the text around them. Joiners stay
/// where they belong to the spelling (RFC 5892, appendix A) or to an emoji (UTS #51). May be empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DisplayName(String);

/// The text is too long for a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must have at most {MAX_CHARS} characters")]
pub struct InvalidDisplayName;

impl DisplayName {
    /// Reads a name that was typed. Control and invisible characters are removed: they come along when text is copied.
    ///
    /// # Errors
    /// [`InvalidDisplayName`].
    pub fn parse(raw: &str) -> Result<Self, InvalidDisplayName> {
        let name = visible(raw);
        if name.chars().count() > MAX_CHARS { Err(InvalidDisplayName) } else { Ok(Self(name)) }
    }

    /// Reads a name that cannot be corrected by its user: one that is too long is truncated.
    pub fn shortened(raw: &str) -> Self {
        let name: String = visible(raw).chars().take(MAX_CHARS).collect();
        Self(name.trim_end_matches([' ', ZWJ, ZWNJ]).to_owned())
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// `true` when there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for DisplayName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<DisplayName> for String {
    fn from(name: DisplayName) -> Self {
        name.0
    }
}

fn visible(raw: &str) -> String {
    let spaced = raw.chars().map(|c| if c.is_whitespace() { ' ' } else { c });
    let characters: Vec<char> = spaced.filter(|c| !(c.is_control() || is_hidden(*c))).nfc().collect();
    let mut name = String::with_capacity(raw.len());
    for (index, c) in characters.iter().enumerate() {
        let last = name.chars().next_back();
        let keep = match *c {
            ZWNJ | ZWJ => joins(last, *c, characters.get(index + 1).copied()),
            ' ' => last.is_some_and(|last| last != ' '),
            _ => true,
        };
        if keep {
            name.push(*c);
        }
    }
    // Composes again: marks that were separated from their letter by a joiner follow it now.
    name.trim_end().nfc().collect()
}

/// Characters without a glyph, and those that change the direction of the following text (UAX #9). Variation selectors
/// and tags are not among them: they belong to emoji and to names in Han characters.
const fn is_hidden(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180e}'
        | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}'
        | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{1d173}'..='\u{1d17a}')
}

/// `true` where a joiner has a meaning: between letters of scripts that are written with joiners, and between the parts
/// of an emoji. Between other letters it would make two names that look alike.
fn joins(before: Option<char>, joiner: char, after: Option<char>) -> bool {
    let (Some(before), Some(after)) = (before, after) else { return false };
    let letters = is_of_joining_script(before) && is_of_joining_script(after);
    letters || joiner == ZWJ && is_of_emoji(before) && is_of_emoji(after)
}

/// Blocks of the scripts whose letters have joining forms or conjuncts.
const fn is_of_joining_script(c: char) -> bool {
    matches!(c,
        '\u{600}'..='\u{8ff}' // Arabic, Syriac, Thaana, N'Ko, Mandaic
        | '\u{900}'..='\u{dff}' // Indic scripts, Sinhala
        | '\u{f00}'..='\u{109f}' // Tibetan, Myanmar
        | '\u{1780}'..='\u{18af}' // Khmer, Mongolian
        | '\u{1a20}'..='\u{1cff}' // Tai Tham to Vedic extensions
        | '\u{a800}'..='\u{abff}' // further Indic scripts
        | '\u{fb50}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}' // Arabic presentation forms
        | '\u{10a00}'..='\u{11fff}' | '\u{1e900}'..='\u{1eeff}')
}

/// Blocks in which pictographs, their modifiers and their variation selectors are.
const fn is_of_emoji(c: char) -> bool {
    matches!(c, '\u{2190}'..='\u{27ff}' | '\u{2900}'..='\u{2bff}' | '\u{fe0f}' | '\u{1f000}'..='\u{1faff}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn typed(raw: &str) -> String {
        DisplayName::parse(raw).unwrap().into()
    }

    #[test]
    fn joiners_stay_where_a_script_or_an_emoji_needs_them() {
        for name in [
            "علی\u{200c}رضا",
            "Anna 👩\u{200d}👩\u{200d}👧",
            "श\u{94d}\u{200d}याम",
            "❤\u{fe0f}\u{200d}🔥",
            "葛\u{e0100}",
        ] {
            assert_eq!(typed(name), name);
            assert_eq!(DisplayName::shortened(name).as_str(), name);
        }
        for name in ["An\u{200d}na", "An\u{200c}na", "\u{200d}Anna\u{200c}", "Anna\u{200d}👧", "Анна\u{200c} \u{200d}"]
        {
            assert!(!typed(name).contains([ZWJ, ZWNJ]), "{name:?}");
        }
        assert_eq!(typed("علی\u{200c}\u{200c}رضا"), "علی\u{200c}رضا", "one is enough");
    }

    #[test]
    fn invisible_and_bidirectional_characters_are_removed() {
        for name in
            ["\u{202e}Anna", "An\u{2066}na\u{2069}", "\u{feff}Anna\u{200b}", "An\u{ad}na\u{200f}", "Anna\u{61c}"]
        {
            assert_eq!(typed(name), "Anna", "{name:?}");
        }
        for invisible in ["", " \u{202e} ", "\u{3164}\u{3164}", "\u{2800}", "\u{200d}\u{200c}"] {
            assert!(DisplayName::parse(invisible).unwrap().is_empty(), "{invisible:?}");
        }
    }

    #[test]
    fn spellings_of_one_name_are_one() {
        assert_eq!(typed("  Anna\u{a0}\u{2003} P. "), "Anna P.");
        assert_eq!(typed("Андреи\u{306}"), "Андрей");
        assert_eq!(typed("Zoe\u{301}"), "Zo\u{e9}");
        assert_eq!(DisplayName::shortened("Анна\n\tИванова\u{7}").as_str(), "Анна Иванова");
    }

    #[test]
    fn control_characters_are_removed_and_line_breaks_are_spaces() {
        for (raw, name) in
            [("An\u{0}na", "Anna"), ("A\u{1b}[31m", "A[31m"), ("A\r\nB\t", "A B"), ("\u{85}A\u{9f}", "A")]
        {
            assert_eq!(typed(raw), name, "{raw:?}");
        }
    }

    #[test]
    fn typed_names_have_at_most_64_characters() {
        assert!(DisplayName::parse(&"я".repeat(64)).is_ok());
        assert_eq!(DisplayName::parse(&"я".repeat(65)), Err(InvalidDisplayName));
        assert_eq!(DisplayName::shortened(&"я".repeat(1000)).as_str().chars().count(), 64);
    }

    proptest! {
        #[test]
        fn a_name_read_again_is_the_same(raw in "(?s).{0,80}") {
            let once = DisplayName::shortened(&raw);
            prop_assert_eq!(DisplayName::parse(once.as_str()), Ok(once.clone()));
            prop_assert!(!once.as_str().chars().any(|c| c.is_control() || is_hidden(c)));
        }
    }
}
