//! Names of a client for people.

use contracts::language::Language;

/// Length of the longest name, in characters.
const MAX_NAME: usize = 64;

/// What people read instead of a client's id, in each language; empty where it has none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClientNames {
    /// English.
    pub en: String,
    /// Russian.
    pub ru: String,
}

impl ClientNames {
    /// The name in this language, or in another one; `None` without any.
    pub fn in_language(&self, language: Language) -> Option<&str> {
        let (first, second) = match language {
            Language::En => (&self.en, &self.ru),
            Language::Ru => (&self.ru, &self.en),
        };
        [first, second].into_iter().map(String::as_str).find(|name| !name.is_empty())
    }

    /// Checks both names: short, and nothing in them that is not seen.
    pub(crate) fn check(&self) -> Result<(), String> {
        for (language, name) in [("en", &self.en), ("ru", &self.ru)] {
            let is_shown = |c: char| c == ' ' || !(c.is_control() || c.is_whitespace() || is_invisible(c));
            if name.chars().count() > MAX_NAME || !name.chars().all(is_shown) {
                return Err(format!("{language}: a name has at most {MAX_NAME} characters, all of them visible"));
            }
        }
        Ok(())
    }
}

/// Marks that change the direction or the look of what is around them (UTS 55 §1).
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_shown_in_the_language_of_the_reader_or_in_the_other_one() {
        let names = |en: &str, ru: &str| ClientNames { en: en.into(), ru: ru.into() };
        for (names, in_english, in_russian) in [
            (names("Films", "Фильмы"), Some("Films"), Some("Фильмы")),
            (names("Films", ""), Some("Films"), Some("Films")),
            (names("", ""), None, None),
        ] {
            assert_eq!(names.in_language(Language::En), in_english);
            assert_eq!(names.in_language(Language::Ru), in_russian);
        }
    }

    #[test]
    fn a_name_that_is_long_or_hides_something_is_rejected() {
        let of = |name: &str| ClientNames { en: String::new(), ru: name.into() }.check().is_ok();
        assert!(of("Фильмы — дома") && of(&"я".repeat(64)));
        for name in ["я".repeat(65), "a\u{202e}b".into(), "a\u{200b}".into(), "a\tb".into(), "a\u{a0}b".into()] {
            assert!(!of(&name), "{name:?}");
        }
    }
}
