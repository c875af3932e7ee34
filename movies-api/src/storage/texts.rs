//! Texts of sources: cleaning, and folding for keys.

/// Trims a text; an empty one is `None`. NUL is removed too: JSON can carry it, PostgreSQL cannot store it.
pub fn clean(text: &str) -> Option<String> {
    let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\0');
    (!text.is_empty()).then(|| text.replace('\0', ""))
}

/// Folds case and white space, so that spellings of one title or name are equal.
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for word in text.split(|c: char| c.is_whitespace() || c == '\0').filter(|word| !word.is_empty()) {
        if !folded.is_empty() {
            folded.push(' ');
        }
        folded.push_str(&word.to_lowercase());
    }
    folded
}

#[cfg(test)]
mod tests {
    use super::{clean, fold};

    #[test]
    fn texts_are_trimmed_and_lose_nul() {
        assert_eq!(clean("  The Kid \0\n").as_deref(), Some("The Kid"));
        assert_eq!(clean("a\0b").as_deref(), Some("ab"));
        assert_eq!(clean(" \0 "), None);
    }

    #[test]
    fn spellings_of_one_title_are_equal() {
        assert_eq!(fold("  The\t GODFATHER "), "the godfather");
    }
}
