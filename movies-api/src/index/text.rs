//! Folds text so that queries match titles: case, ё/е, accents, punctuation, keyboard layout.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// The words of a text: lower case, without accents (so ё is е, and й is и), split at everything that is no letter or
/// digit.
pub(super) fn words(text: &str) -> Vec<String> {
    fold(text).split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

fn fold(text: &str) -> String {
    let plain = text.chars().filter(|c| !matches!(c, '\'' | '’'));
    plain.flat_map(char::to_lowercase).nfd().filter(|c| !is_combining_mark(*c)).collect()
}

/// The words that identify a title: without a leading English article, unless nothing would remain.
pub(super) fn title_words(title: &str) -> Vec<String> {
    let mut words = words(title);
    if words.len() > 1 && is_article(&words[0]) {
        words.remove(0);
    }
    words
}

/// `true` for an English article.
pub(super) fn is_article(word: &str) -> bool {
    matches!(word, "the" | "a" | "an")
}

/// Sort key of a title.
pub(super) fn sort_key(title: &str) -> String {
    title_words(title).join(" ")
}

const LATIN: &str = "`qwertyuiop[]asdfghjkl;'zxcvbnm,.";
const RUSSIAN: &str = "ёйцукенгшщзхъфывапролджэячсмитьбю";

/// The same keys on the other keyboard layout: `ghbdtn` is `привет`, `ьфекшч` is `matrix`. `None` where the text has
/// letters of both alphabets, or of neither.
pub(super) fn other_layout(text: &str) -> Option<String> {
    let lower = text.to_lowercase();
    let latin = lower.chars().any(|c| c.is_ascii_lowercase());
    let russian = lower.chars().any(|c| RUSSIAN.contains(c));
    let (from, to) = match (latin, russian) {
        (true, false) => (LATIN, RUSSIAN),
        (false, true) => (RUSSIAN, LATIN),
        _ => return None,
    };
    let swap = |c: char| from.chars().position(|key| key == c).and_then(|key| to.chars().nth(key)).unwrap_or(c);
    Some(lower.chars().map(swap).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_folded() {
        assert_eq!(words("Ёжик в тумане"), ["ежик", "в", "тумане"]);
        assert_eq!(words("Amélie — Le Fabuleux"), ["amelie", "le", "fabuleux"]);
        assert_eq!(words("Ocean's Eleven (2001)"), ["oceans", "eleven", "2001"]);
        assert!(words(" … ").is_empty());
    }

    #[test]
    fn an_article_does_not_count_unless_it_is_all_there_is() {
        assert_eq!(title_words("The Matrix"), ["matrix"]);
        assert_eq!(title_words("A"), ["a"]);
    }

    #[test]
    fn the_other_layout_is_found_both_ways() {
        assert_eq!(other_layout("ьфекшч").as_deref(), Some("matrix"));
        assert_eq!(other_layout("Vfnhbwf").as_deref(), Some("матрица"));
        assert_eq!(other_layout("ghbdtn, vbh").as_deref(), Some("приветб мир"));
        assert_eq!(other_layout("mix смесь"), None);
        assert_eq!(other_layout("1984"), None);
    }
}
