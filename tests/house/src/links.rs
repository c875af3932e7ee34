//! Links between documents, and paths that documents quote.

use crate::finding::Finding;
use crate::markdown::Document;
use crate::tree::{Tree, folder_of};

/// Links to files and headings that are not there, and paths of sources that are not there.
pub fn links(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.files().filter(|(path, _)| path.ends_with(".md")) {
        let document = Document::parse(text);
        for link in &document.links {
            if let Some(fact) = broken(tree, path, &link.text) {
                findings.push(Finding::new(path, link.line, fact, "link to what is there, or drop the link"));
            }
        }
        // Decisions and the changelog name files of their time.
        if path.contains("decisions/") || path == "CHANGELOG.md" {
            continue;
        }
        for span in &document.spans {
            let quoted = span.text.trim_end_matches('/');
            if is_path(tree, quoted) && !is_there(tree, quoted) && !is_generated(tree, quoted) {
                let fact = format!("there is no {quoted}");
                findings.push(Finding::new(
                    path,
                    span.line,
                    fact,
                    "name the file by its path from the root of the tree",
                ));
            }
        }
    }
    findings
}

/// The fact about a link that leads nowhere.
fn broken(tree: &Tree, from: &str, link: &str) -> Option<String> {
    // Documentation of code links to items as well.
    if link.contains("://") || link.contains("::") || link.starts_with("mailto:") {
        return None;
    }
    let (file, anchor) = link.split_once('#').map_or((link, None), |(file, anchor)| (file, Some(anchor)));
    let target = if file.is_empty() { from.to_owned() } else { resolve(folder_of(from), file)? };
    if !tree.has(&target) {
        return Some(format!("the link leads to {target}, which is not there"));
    }
    let anchor = anchor.filter(|_| target.ends_with(".md"))?;
    let document = Document::parse(tree.text(&target)?);
    let is_there = document.anchors.iter().any(|heading| heading == anchor);
    (!is_there).then(|| format!("{target} has no heading #{anchor}"))
}

/// The path of `file` seen from `folder`; `None` when it leaves the tree.
fn resolve(folder: &str, file: &str) -> Option<String> {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in file.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            name => parts.push(name),
        }
    }
    Some(parts.join("/"))
}

/// `true` for a path from the root, or from the folder of a crate.
fn is_there(tree: &Tree, path: &str) -> bool {
    let (end, inside) = (format!("/{path}"), format!("/{path}/"));
    tree.has(path) || tree.files().any(|(file, _)| file.ends_with(&end) || file.contains(&inside))
}

/// `true` for a path that git ignores.
fn is_generated(tree: &Tree, path: &str) -> bool {
    tree.text(".gitignore").unwrap_or_default().lines().any(|line| line.trim_matches('/') == path)
}

/// `true` for text that reads as a source of Rust, or as a path below a folder of the root. Capitals stand for a name,
/// as in `NAME.rs`.
fn is_path(tree: &Tree, text: &str) -> bool {
    let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-./".contains(&byte));
    let has_placeholder =
        text.split(['/', '.', '_']).any(|word| word.len() > 1 && word.bytes().all(|byte| byte.is_ascii_uppercase()));
    let is_source = text.strip_suffix(".rs").is_some_and(|stem| !stem.is_empty());
    let is_below_root = text.split_once('/').is_some_and(|(folder, _)| {
        !folder.is_empty() && !folder.starts_with('.') && tree.below(folder).next().is_some()
    });
    plain && !has_placeholder && (is_source || is_below_root)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_that_lead_nowhere_are_reported() {
        let tree = Tree::of([
            (
                "docs/a.md",
                "# Here\n[b](b.md) [b](b.md#there) [me](#here) [up](../README.md) [out](https://example.org)\n[c](c.md) [b](b.md#gone)",
            ),
            ("docs/b.md", "## There\n"),
            ("README.md", "[docs](docs/) [a](docs/a.md#here)"),
        ]);
        let found: Vec<_> = links(&tree).into_iter().map(|found| (found.line, found.fact)).collect();
        let expected = [(3, "the link leads to docs/c.md, which is not there"), (3, "docs/b.md has no heading #gone")];
        assert_eq!(found, expected.map(|(line, fact)| (line, fact.to_owned())));
    }

    #[test]
    fn quoted_paths_that_are_not_there_are_reported() {
        let tree = Tree::of([
            (
                "docs/a.md",
                "`kit/src/lib.rs` `src/lib.rs` `kit/src/` `kit/src/gone.rs` `flows/gone.rs` `text/html` `GET /kit/x` `kit/<name>.rs` `kit/NAME.rs` `kit/made/`",
            ),
            ("kit/src/lib.rs", ""),
            (".gitignore", "/kit/made/\n"),
        ]);
        let found: Vec<_> = links(&tree).into_iter().map(|found| found.fact).collect();
        assert_eq!(found, ["there is no kit/src/gone.rs", "there is no flows/gone.rs"]);
    }
}
