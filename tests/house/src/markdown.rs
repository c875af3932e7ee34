//! Markdown as far as rules read it: code, links, headings.

/// A part of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Line, counted from 1.
    pub line: usize,
    /// Its text.
    pub text: String,
}

/// A document, split by what its parts are.
#[derive(Debug, Default)]
pub struct Document {
    /// Lines of fenced code, with the language of their block.
    pub code: Vec<(String, Part)>,
    /// Text in backticks.
    pub spans: Vec<Part>,
    /// Targets of links and pictures.
    pub links: Vec<Part>,
    /// Anchors of headings, as hosts of repositories make them.
    pub anchors: Vec<String>,
}

impl Document {
    /// Reads a document.
    pub fn parse(text: &str) -> Self {
        let mut document = Self::default();
        let mut fence: Option<String> = None;
        for (index, line) in text.lines().enumerate() {
            let number = index + 1;
            if let Some(language) = line.trim_start().strip_prefix("```") {
                fence = if fence.is_some() { None } else { Some(language.trim().to_owned()) };
            } else if let Some(language) = &fence {
                document.code.push((language.clone(), Part { line: number, text: line.to_owned() }));
            } else {
                document.prose(number, line);
            }
        }
        document
    }

    fn prose(&mut self, line: usize, text: &str) {
        if let Some(heading) = text.strip_prefix('#') {
            let anchor = anchor(heading.trim_start_matches('#').trim());
            let before = self.anchors.iter().filter(|other| **other == anchor).count();
            self.anchors.push(if before == 0 { anchor } else { format!("{anchor}-{before}") });
        }
        let mut outside = String::new();
        for (index, part) in text.split('`').enumerate() {
            if index % 2 == 1 {
                self.spans.push(Part { line, text: part.to_owned() });
            } else {
                outside.push_str(part);
            }
        }
        for (at, _) in outside.match_indices("](") {
            let target = outside[at + 2..].split([')', ' ']).next().unwrap_or_default();
            self.links.push(Part { line, text: target.to_owned() });
        }
    }
}

/// The anchor of a heading: lower case, without punctuation, words joined by `-`.
fn anchor(heading: &str) -> String {
    let heading = heading.to_lowercase();
    let kept = heading.chars().filter(|letter| letter.is_alphanumeric() || [' ', '-', '_'].contains(letter));
    kept.map(|letter| if letter == ' ' { '-' } else { letter }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_told_apart() {
        let document = Document::parse(
            "# One's `own` account\ntext `make test` [a](b.md#c \"t\")\n```sh\nmake up # [x](y)\n```\n# One's own account\n",
        );
        assert_eq!(document.anchors, ["ones-own-account", "ones-own-account-1"]);
        assert_eq!(document.spans, [Part { line: 1, text: "own".into() }, Part { line: 2, text: "make test".into() }]);
        assert_eq!(document.links, [Part { line: 2, text: "b.md#c".into() }]);
        assert_eq!(document.code, [("sh".into(), Part { line: 4, text: "make up # [x](y)".into() })]);
    }
}
